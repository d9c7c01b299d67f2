# SPDX-License-Identifier: Apache-2.0
"""What a mismatch says of itself before anybody looks: where it comes from, and how to repeat it alone.

``triage`` is the entrance; its folder holds ``triage.json`` (traindeploy/records/triage.py), ``reproducer/`` and the
waveform.
"""

from traindeploy.triage.run import triage

__all__ = ["triage"]
