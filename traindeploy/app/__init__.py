# SPDX-License-Identifier: Apache-2.0
"""The driver, which may import everything: command line, options, and one run from model to report."""
