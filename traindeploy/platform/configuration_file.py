# SPDX-License-Identifier: Apache-2.0
"""A hardware configuration from a file: what ``CONFIG=mine.toml`` says beside the built-in ones."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

from traindeploy.errors import UserError
from traindeploy.platform.chip import NUM_CORES
from traindeploy.platform.configurations import CONFIGS, HardwareConfig

SUFFIX = ".toml"
BASE = "base"  # the key that names the built-in configuration which a file changes
LARGEST_TILE = 128  # columns of a tile of RedMule
WORDS_BESIDE = 1  # of the wide port, for misalignment


@dataclass(frozen=True)
class Key:
    """A number that a file may hold."""

    meaning: str
    low: int
    high: int


KEYS: dict[str, Key] = {
    "height": Key("multiply-adders of RedMule that follow each other in a row (H)", 1, LARGEST_TILE),
    "rows": Key("rows of RedMule (L)", 1, LARGEST_TILE),
    "pipe": Key("pipeline registers of a multiply-adder (P)", 0, 7),
    "tcdm_banks": Key("banks of the TCDM, a power of two", 2, 128),
    "num_fpus": Key("floating-point units of the eight cores, a divisor of eight", 1, NUM_CORES),
    "fpu_latency": Key("cycles of a pipelined floating-point operation, from grant to result", 1, 3),
}


def is_choice(choice: str) -> bool:
    """Whether ``choice`` names a built-in configuration, or a file."""
    return choice in CONFIGS or choice.endswith(SUFFIX)


def configuration(choice: str) -> HardwareConfig:
    """The configuration that ``CONFIG=choice`` means.

    Raises:
        UserError: there is none of that name, or the file cannot be read, or what it says cannot be built.
    """
    if choice in CONFIGS:
        return CONFIGS[choice]
    found = variants(choice)
    if len(found) > 1:
        raise UserError(f"{choice}: {len(found)} configurations, for lists; `traindeploy sweep {choice}` runs them all")
    return found[0]


def variants(file: str) -> list[HardwareConfig]:
    """All configurations of a file, in which a list stands for each of its numbers in turn. UserError as above."""
    document = _read(file)
    name = document.pop(BASE, "paper")
    if name not in CONFIGS:
        raise UserError(f"{file}: {BASE} = {name!r}: expected one of {', '.join(CONFIGS)}")
    unknown = [key for key in document if key not in KEYS]
    if unknown:
        raise UserError(f"{file}: unknown key {unknown[0]!r}: expected {', '.join([BASE, *KEYS])}")
    lists = {key: value if isinstance(value, list) else [value] for key, value in document.items()}
    several = [key for key, values in lists.items() if len(values) > 1]
    found = []
    for values in product(*lists.values()):
        numbers = dict(zip(lists, values, strict=True))
        wrong = [*_out_of_range(numbers)]
        own = replace(CONFIGS[name], **numbers, checks=()) if not wrong else CONFIGS[name]
        if wrong := wrong or [*_impossible(own)]:
            raise UserError(f"{file}: {'; '.join(wrong)}")
        label = "-".join([Path(file).stem, *(f"{key}{numbers[key]}" for key in several)])
        found.append(replace(own, name=label, choice=file))
    if not found:
        raise UserError(f"{file}: an empty list: expected one number or more")
    return found


def written(config: HardwareConfig, path: Path) -> HardwareConfig:
    """``config`` as a file of its own, which chooses it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{key} = {getattr(config, key)}\n" for key in KEYS), encoding="utf-8")
    return replace(config, choice=str(path))


def _read(file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(Path(file).read_text(encoding="utf-8"))
    except OSError as error:
        known = ", ".join(CONFIGS)
        raise UserError(f"CONFIG={file}: {error.strerror}; expected {known}, or the path of a {SUFFIX} file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{file}: is not TOML ({error})") from None


def _out_of_range(numbers: Mapping[str, Any]) -> Iterator[str]:
    for name, value in numbers.items():
        key = KEYS[name]
        if isinstance(value, bool) or not isinstance(value, int) or not key.low <= value <= key.high:
            yield f"{name} = {value!r}: expected a number from {key.low} to {key.high}, the {key.meaning}"


def _impossible(config: HardwareConfig) -> Iterator[str]:
    """What the RTL refuses to elaborate."""
    columns, banks = config.tile_columns, config.tcdm_banks
    if not config.rows <= columns <= LARGEST_TILE:
        numbers = f"height {config.height}, rows {config.rows}, pipe {config.pipe}"
        yield f"{numbers}: a tile has height * (pipe + 1) = {columns} columns, expected rows to {LARGEST_TILE}"
    if banks & (banks - 1) or banks < columns + WORDS_BESIDE:
        least = columns + WORDS_BESIDE
        yield f"tcdm_banks = {banks}: expected a power of two of {least} or more, the words of RedMule's port"
    if NUM_CORES % config.num_fpus:
        yield f"num_fpus = {config.num_fpus}: expected a divisor of {NUM_CORES}"
