# SPDX-License-Identifier: Apache-2.0
"""Where the bench's things lie in the working copy; the rest is in traindeploy.platform.paths."""

from traindeploy.platform.paths import BUILD, ROOT

MODELS, CHECKERS, TOPS, BLOCKS = (ROOT / "tb" / folder for folder in ("models", "checkers", "tops", "blocks"))
SIMULATORS = BUILD / "sim"
OBJECTS = BUILD / "objects"
