# SPDX-License-Identifier: Apache-2.0
"""Write docs/reference/testplan.md: ``python -m tests.plan``."""

from tests.plan.page import PAGE, page

if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE)
