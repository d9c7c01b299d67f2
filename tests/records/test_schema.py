# SPDX-License-Identifier: Apache-2.0
"""The published schema and page are those of the dataclasses, and documents that are written keep to them."""

import json

import jsonschema
import pytest

from traindeploy.records import schema, serial
from traindeploy.records.bench import BenchRecord
from traindeploy.records.verdict import Verdict


@pytest.fixture(scope="module")
def validator():
    document = schema.json_schema()
    jsonschema.Draft202012Validator.check_schema(document)
    return jsonschema.Draft202012Validator(document)


def test_the_documents_in_docs_are_up_to_date(tmp_path):
    schema.write_docs(tmp_path)
    for path in tmp_path.iterdir():
        stated = (schema.DOCS / path.name).read_text()
        assert stated == path.read_text(), f"{path.name} is out of date: python -m traindeploy.records.schema"


def test_what_is_written_keeps_to_the_schema(validator, case):
    for record in (case, BenchRecord(verdict=Verdict.ERROR, losses=(float("nan"),))):
        validator.validate(json.loads(serial.text(record)))


def test_the_schema_refuses_what_reading_refuses(validator, case):
    document = json.loads(serial.text(case))
    for change in ({"version": 99}, {"surprise": 1}, {"seed": "7"}, {"verdict": "maybe"}):
        assert not validator.is_valid(document | change), change
        with pytest.raises(serial.RecordError):
            serial.decode(type(case), document | change, "x")
