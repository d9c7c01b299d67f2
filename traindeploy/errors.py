# SPDX-License-Identifier: Apache-2.0
"""The one exception that users see: the command line prints it as a single line and exits with status 2."""


class UserError(Exception):
    """Bad input or a missing tool: the message names the thing, what was expected, and what to do."""
