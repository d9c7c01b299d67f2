# SPDX-License-Identifier: Apache-2.0
"""Records to JSON and back, from their annotations alone: a field is written down once, in its dataclass.

A *record* is a frozen dataclass. One that stands in a file of its own is a *root*: it has a ``VERSION``, and its JSON
object begins with its name and version. Values may be bool, int, float, str, None, an Enum of texts, a PurePosixPath,
tuples, mappings from text, other records, and unions of these; records in a union are told apart by their ``Literal``
fields. Numbers that JSON does not have are written as the texts "NaN", "Infinity" and "-Infinity".

``DERIVED`` names the properties that are written for readers of the file and ignored when it is read. A field whose
annotation is ``Annotated[..., VOLATILE]`` may differ between two runs of the same thing (dates, seconds, machines);
``stable`` leaves it out.
"""

import json
import math
import os
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from functools import cache
from pathlib import Path, PurePath, PurePosixPath
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    ClassVar,
    Literal,
    Protocol,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from traindeploy.errors import UserError

VOLATILE = "volatile"  # as an element of Annotated: may differ between two runs of the same thing
INFINITIES = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


class RecordError(UserError):
    """A text or file is no record of the type and version asked for; the message names the field."""


class Root(Protocol):
    """A record with a file of its own."""

    VERSION: ClassVar[int]


R = TypeVar("R", bound=Root)


def plain(value: Any, *, stable: bool = False) -> Any:
    """``value`` as JSON's types; ``stable`` leaves out what may differ between two runs of the same thing.

    TypeError if it holds what no record may hold, such as a NumPy array or number.
    """
    if is_dataclass(value) and not isinstance(value, type):
        return _plain_record(value, stable)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, PurePath):
        return value.as_posix()
    if isinstance(value, tuple | list):
        return [plain(item, stable=stable) for item in value]
    if isinstance(value, Mapping):
        return {_text_key(key): plain(item, stable=stable) for key, item in value.items()}
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else next(k for k, v in INFINITIES.items() if _same(v, value))
    if value is None or type(value) in (bool, int, str):
        return value
    raise TypeError(f"a record cannot hold {value!r} ({type(value).__name__})")


def text(record: Root, *, stable: bool = False) -> str:
    """``record`` as indented JSON text that ends with a newline."""
    return json.dumps(plain(record, stable=stable), indent=1, allow_nan=False) + "\n"


def line(record: Any) -> str:
    """``record`` (a root or not) as one line of JSON, without a newline."""
    return json.dumps(plain(record), allow_nan=False)


def write(record: Root, path: Path) -> None:
    """Write ``record`` to ``path``: whole or not at all."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_text(text(record), encoding="utf-8")
    partial.replace(path)


def read(kind: type[R], path: Path) -> R:
    """The ``kind`` in ``path``; RecordError (one line) if it holds another record, version, or field."""
    try:
        return cast(R, parse(kind, path.read_text(encoding="utf-8"), str(path)))
    except OSError as error:
        raise RecordError(f"{path}: {error.strerror}") from None


def parse(kind: Any, source: str, where: str = "") -> Any:
    """The ``kind`` (a record or a union of records) in the JSON text ``source``; ``where`` begins messages."""
    try:
        document = json.loads(source)
    except json.JSONDecodeError as error:
        raise RecordError(f"{where or 'record'}: not JSON: {error}") from None
    return decode(kind, document, where or getattr(kind, "__name__", "record"))


def decode(hint: Any, value: Any, where: str) -> Any:
    """``value``, of JSON's types, as what the annotation ``hint`` says; RecordError names ``where``."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return decode(arguments[0], value, where)
    if not _fits(hint, value):
        raise RecordError(f"{where}: expected {name_of(hint)}, found {_shown(value)}")
    if origin in (Union, UnionType):
        return decode(next(member for member in arguments if _is_member(member, value)), value, where)
    if origin is tuple:
        return _decode_tuple(arguments, value, where)
    if origin in (dict, Mapping):
        return {key: decode(arguments[1], item, f"{where}.{key}") for key, item in value.items()}
    if is_dataclass(hint):
        return _decode_record(hint, value, where)
    if hint is float:
        return INFINITIES[value] if isinstance(value, str) else float(value)
    if isinstance(hint, type) and issubclass(hint, Enum | PurePath):
        return _decode_text(hint, value, where)
    return value


@cache
def hints(kind: Any) -> dict[str, Any]:
    """Annotations of a record's fields, by name, ``Annotated`` included."""
    return get_type_hints(kind, include_extras=True)


def notes(hint: Any) -> tuple[Any, ...]:
    """What ``Annotated`` adds to a field's type: its sentence, and ``VOLATILE``."""
    return get_args(hint)[1:] if get_origin(hint) is Annotated else ()


def name_of(hint: Any) -> str:
    """An annotation as a reader of an error message or a table wants to see it."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return name_of(arguments[0])
    if origin in (Union, UnionType):
        return " or ".join(name_of(member) for member in arguments)
    if origin is Literal:
        return " or ".join(repr(value) for value in arguments)
    if origin is tuple:
        named = ", ".join(name_of(item) for item in arguments if item is not Ellipsis)
        return f"list of {named}" if arguments[-1] is Ellipsis else f"[{named}]"
    if origin in (dict, Mapping):
        return f"object of {name_of(arguments[1])}"
    if isinstance(hint, type) and issubclass(hint, Enum):
        return " or ".join(repr(member.value) for member in hint)
    return {NoneType: "null", str: "text", PurePosixPath: "path"}.get(hint, getattr(hint, "__name__", str(hint)))


def is_required(field: "Field[Any]") -> bool:
    """Whether a document must have the field."""
    return field.default is MISSING and field.default_factory is MISSING


def _plain_record(record: Any, stable: bool) -> dict[str, Any]:
    kind: Any = type(record)
    head = {"record": kind.__name__, "version": kind.VERSION} if hasattr(kind, "VERSION") else {}
    kept = [f.name for f in fields(record) if not (stable and VOLATILE in notes(hints(kind)[f.name]))]
    names = [*kept, *getattr(kind, "DERIVED", ())]
    return head | {name: plain(getattr(record, name), stable=stable) for name in names}


def _decode_record(kind: Any, document: dict[str, Any], where: str) -> Any:
    rest = dict(document)
    if hasattr(kind, "VERSION"):
        _check_head(kind, rest.pop("record", None), rest.pop("version", None), where)
    for name in getattr(kind, "DERIVED", ()):
        rest.pop(name, None)
    values = {}
    for field in fields(kind):
        if field.name in rest:
            values[field.name] = decode(hints(kind)[field.name], rest.pop(field.name), f"{where}.{field.name}")
        elif is_required(field):
            raise RecordError(f"{where}: {kind.__name__} lacks {field.name!r}")
    if rest:
        raise RecordError(f"{where}: {kind.__name__} has no field {next(iter(rest))!r}")
    return kind(**values)


def _check_head(kind: Any, name: Any, version: Any, where: str) -> None:
    if name is not None and name != kind.__name__:
        raise RecordError(f"{where}: holds a {_shown(name)}, not a {kind.__name__}")
    if version != kind.VERSION:
        found = "without a version" if version is None else f"of version {_shown(version)}"
        raise RecordError(
            f"{where}: a {kind.__name__} {found}, but this TrainDeploy reads version {kind.VERSION}: make it again"
        )


def _decode_tuple(arguments: tuple[Any, ...], value: list[Any], where: str) -> tuple[Any, ...]:
    items = [arguments[0]] * len(value) if arguments[-1] is Ellipsis else list(arguments)
    if len(items) != len(value):
        raise RecordError(f"{where}: expected {len(items)} values, found {len(value)}")
    return tuple(decode(item, part, f"{where}[{i}]") for i, (item, part) in enumerate(zip(items, value, strict=True)))


def _decode_text(kind: Any, value: str, where: str) -> Any:
    try:
        return kind(value)
    except ValueError:
        known = ", ".join(member.value for member in kind)
        raise RecordError(f"{where}: expected one of {known}, found {_shown(value)}") from None


def _fits(hint: Any, value: Any) -> bool:
    """Whether a value can be what ``hint`` says, by its outermost type."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _fits(arguments[0], value)
    if origin in (Union, UnionType):
        return any(_is_member(member, value) for member in arguments)
    if origin is Literal:
        return any(type(value) is type(known) and value == known for known in arguments)
    if origin is tuple:
        return isinstance(value, list)
    if origin in (dict, Mapping):
        return isinstance(value, dict)
    if is_dataclass(hint):
        return isinstance(value, dict)
    if hint is float:
        return type(value) in (int, float) or (isinstance(value, str) and value in INFINITIES)
    if isinstance(hint, type) and issubclass(hint, Enum | PurePath):
        return isinstance(value, str)
    return value is None if hint is NoneType else type(value) is hint


def _is_member(hint: Any, value: Any) -> bool:
    """Whether ``value`` is the member ``hint`` of a union: records are told apart by their ``Literal`` fields."""
    if not is_dataclass(hint) or not isinstance(hint, type):
        return _fits(hint, value)
    tags = {name: tag for name, tag in hints(hint).items() if get_origin(tag) is Literal}
    return isinstance(value, dict) and all(_fits(tag, value.get(name)) for name, tag in tags.items())


def _same(a: float, b: float) -> bool:
    return a == b or (math.isnan(a) and math.isnan(b))


def _text_key(key: Any) -> str:
    if isinstance(key, str):
        return str(key)
    raise TypeError(f"a record's mapping has the key {key!r}: only texts can be keys")


def _shown(value: Any) -> str:
    shown = json.dumps(value)
    return shown if len(shown) <= 40 else shown[:37] + "..."
