# SPDX-License-Identifier: Apache-2.0
"""The records in one JSON list; docs/reference/records.schema.json describes each of them."""

import json
from collections.abc import Sequence

from traindeploy.records import serial
from traindeploy.records.case import CaseRecord


def render(records: Sequence[CaseRecord]) -> bytes:
    """The JSON list, a record a line."""
    lines = ",\n".join(json.dumps(serial.plain(record), allow_nan=False) for record in records)
    return f"[\n{lines}\n]\n".encode()
