# SPDX-License-Identifier: Apache-2.0
"""Register maps as data: ``register_map("redmule").FLAGS.word(y_broadcast=1)``.

The source is ``rtl/<folder>/<block>.rdl``. Reading SystemRDL takes most of a second, so the result is kept in
``build/generated/<block>.json`` with the digest of what it was made from.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from traindeploy.errors import UserError
from traindeploy.platform.paths import GENERATED, RTL, write_if_changed


@dataclass(frozen=True)
class Choice:
    """One of the values that a field may have."""

    name: str
    value: int
    meaning: str


@dataclass(frozen=True)
class Field:
    """Bits ``lsb + width - 1`` to ``lsb``; ``access`` is software's, ``hardware`` the block's own: r, w or rw.

    ``encoding`` is the name of the enumeration of its values, which are ``choices``.
    """

    name: str
    lsb: int
    width: int
    access: str
    hardware: str
    meaning: str
    encoding: str = ""
    choices: tuple[Choice, ...] = ()

    @property
    def mask(self) -> int:
        return ((1 << self.width) - 1) << self.lsb


@dataclass(frozen=True)
class Register:
    """32 bits at byte ``offset``; one of ``count`` that are ``stride`` bytes apart if it belongs to ``array``."""

    name: str
    offset: int
    reset: int
    meaning: str
    fields: tuple[Field, ...]
    array: str = ""
    count: int = 1
    stride: int = 0

    @property
    def is_word(self) -> bool:
        """No fields worth a name: the register is one 32-bit value."""
        return len(self.fields) == 1 and self.fields[0].width == 32

    @property
    def access(self) -> str:
        return "".join(sorted({letter for field in self.fields for letter in field.access}))

    def at(self, index: int) -> int:
        """Byte offset of element ``index`` of its array. IndexError outside."""
        if not 0 <= index < self.count:
            raise IndexError(f"{self.name} has {self.count} elements, not an element {index}")
        return self.offset + index * self.stride

    def field(self, name: str) -> Field:
        """KeyError if there is none of this name."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(f"{self.name} has the fields {', '.join(f.name for f in self.fields)}, not {name}")

    def word(self, **values: int) -> int:
        """The register with these fields, all others 0. ValueError if a value has more bits than its field."""
        word = 0
        for name, value in values.items():
            field = self.field(name)
            if not 0 <= value < 1 << field.width:
                raise ValueError(f"{value} does not fit into the {field.width} bits of {self.name}.{name}")
            word |= int(value) << field.lsb
        return word

    def get(self, word: int, name: str) -> int:
        """The field ``name`` of ``word``."""
        field = self.field(name)
        return (word & field.mask) >> field.lsb

    def values(self, word: int) -> dict[str, int]:
        """Every field of ``word`` by name."""
        return {field.name: self.get(word, field.name) for field in self.fields}

    def choice(self, field: str, name: str) -> int:
        """The value called ``name`` of ``field``. KeyError if there is none."""
        choices = {choice.name: choice.value for choice in self.field(field).choices}
        if name not in choices:
            raise KeyError(f"{self.name}.{field} knows {', '.join(choices)}, not {name}")
        return choices[name]


@dataclass(frozen=True)
class RegisterMap:
    """All registers of ``block`` in the order of their offsets; ``map.FLAGS`` is the one of this name."""

    block: str
    registers: tuple[Register, ...]

    def __getattr__(self, name: str) -> Register:
        return self.register(name)

    def register(self, name: str) -> Register:
        """The register of this name. AttributeError if there is none."""
        for register in self.registers:
            if register.name == name:
                return register
        raise AttributeError(f"{self.block} has no register {name}")

    def arrays(self) -> Iterator[tuple[str, Register]]:
        """(name, first register) of every array."""
        seen: set[str] = set()
        for register in self.registers:
            if register.array and register.array not in seen:
                seen.add(register.array)
                yield register.array, register

    def encodings(self) -> dict[str, Field]:
        """Every enumeration's name, and a field that has it."""
        return {field.encoding: field for r in self.registers for field in r.fields if field.encoding}


def map_files(folder: Path = RTL) -> dict[str, Path]:
    """Block -> its SystemRDL file."""
    return {path.stem: path for path in sorted(folder.rglob("*.rdl"))}


@cache
def register_map(block: str) -> RegisterMap:
    """The register map of ``block``, ``rtl/**/<block>.rdl``. UserError if there is none or it is wrong."""
    files = map_files()
    if block not in files:
        raise UserError(f"no register map {block}.rdl under {RTL}: there are {', '.join(files)}")
    return load(files[block], GENERATED)


def load(source: Path, kept: Path) -> RegisterMap:
    """The map in ``source``; ``kept`` is the folder where it lies ready to be read. UserError if it is wrong."""
    reader = Path(__file__).with_name("rdl.py")
    digest = hashlib.sha256(source.read_bytes() + reader.read_bytes() + Path(__file__).read_bytes()).hexdigest()
    ready = kept / f"{source.stem}.json"
    if ready.exists():
        found = json.loads(ready.read_text())
        if found["digest"] == digest:
            return _from_json(found)
    from traindeploy.platform.rdl import read  # half a second to import

    made = RegisterMap(source.stem, tuple(read(source)))
    with suppress(OSError):  # a folder that cannot be written makes us slow, no more
        write_if_changed(ready, json.dumps({"digest": digest, **asdict(made)}, indent=1) + "\n")
    return made


def _from_json(found: dict[str, Any]) -> RegisterMap:
    def field(data: dict[str, Any]) -> Field:
        return Field(**data | {"choices": tuple(Choice(**choice) for choice in data["choices"])})

    def register(data: dict[str, Any]) -> Register:
        return Register(**data | {"fields": tuple(map(field, data["fields"]))})

    return RegisterMap(found["block"], tuple(map(register, found["registers"])))
