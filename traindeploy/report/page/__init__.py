# SPDX-License-Identifier: Apache-2.0
"""The shell that every page shares: see README.md."""

from traindeploy.report.page import chart, lanes, parts
from traindeploy.report.page.shell import Section, Statement, Tile, render, write
from traindeploy.report.page.tables import Cell, Column, table

__all__ = ["Cell", "Column", "Section", "Statement", "Tile", "chart", "lanes", "parts", "render", "table", "write"]
