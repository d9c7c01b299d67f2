# SPDX-License-Identifier: Apache-2.0
"""Agents that watch the platform's engines and cores, whatever program it runs, and what judges their items."""
