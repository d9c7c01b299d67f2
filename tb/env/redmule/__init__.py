# SPDX-License-Identifier: Apache-2.0
"""The pyuvm environment of RedMule alone: jobs as sequence items, golden/redmule.py as scoreboard, coverage."""
