# SPDX-License-Identifier: Apache-2.0
"""What the reports of a run show, computed from its records: plain functions without any layout."""
