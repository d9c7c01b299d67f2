# SPDX-License-Identifier: Apache-2.0
"""What is generated is used: a register, a field or a constant that nobody names is taken out again."""

import re
from functools import cache
from pathlib import Path

import pytest

from traindeploy.platform.generate import generate
from traindeploy.platform.paths import ROOT
from traindeploy.platform.registers import map_files, register_map

HERE = "tests/platform"
SV, C = ("rtl/**/*.sv", "tb/**/*.sv", "tests/**/*.sv"), ("firmware/**/*", "tests/**/*.[chS]")


UNUSED = {  # by C, and why it is there all the same
    "TD_EVENT_BARRIER_MASK": "a wait at a barrier needs no mask",
    "TD_ICACHE_BASE": "the cache runs as it comes out of reset",
    "TD_SOC_PERIPHERALS_BASE": "a region that hardware divides further",
}


@cache
def text(patterns: tuple[str, ...]) -> str:
    """Everything that may use a name, but for comments, what generates it, and these tests."""
    files = {path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()}
    skipped = ("build/", ".venv/", "traindeploy/platform/", HERE)
    kept = [path for path in sorted(files) if not str(path.relative_to(ROOT)).startswith(skipped)]
    found = "\n".join(path.read_text() for path in kept if path.suffix in (".sv", ".c", ".h", ".S"))
    return re.sub(r"//[^\n]*|/\*.*?\*/", " ", found, flags=re.DOTALL)


@cache
def words(patterns: tuple[str, ...]) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text(patterns)))


@cache
def members() -> frozenset[str]:
    """Every name that SystemVerilog takes for a member of a struct: ``word.name``, or ``name:`` in a pattern."""
    return frozenset(name for pair in re.findall(r"\.(\w+)|\b(\w+)\s*:", text(SV)) for name in pair if name)


def packages() -> list[Path]:
    return sorted(generate().glob("td_*_pkg.sv"))


@pytest.mark.parametrize("package", packages(), ids=lambda path: path.stem)
def test_rtl_or_benches_use_every_constant_and_every_struct(package: Path) -> None:
    source = package.read_text()
    constants = set(re.findall(r"localparam .*? (\w+) =", source))
    structs = set(re.findall(r"function automatic (\w+)_t unpack_", source))
    used = words(SV)
    unused = {name for name in constants if name not in used}
    unused |= {name for name in structs if not used & {f"{name}_t", f"pack_{name}", f"unpack_{name}"}}
    assert sorted(unused) == []


def test_firmware_or_test_programs_use_every_constant_of_the_platform() -> None:
    names = set(re.findall(r"#define (TD_\w+)", (generate() / "td_platform.h").read_text())) - {"TD_PLATFORM_H"}
    sizes = {name for name in names if name.endswith("_SIZE")}  # come with the base of a region
    assert {name for name in names - sizes if name not in words(C)} == set(UNUSED)


@pytest.mark.parametrize("block", map_files())
def test_every_field_is_named_by_somebody(block: str) -> None:
    unnamed = []
    for register in register_map(block).registers:
        if register.is_word:
            continue
        label = f"{block}_{register.name.lower()}"
        for field in register.fields:
            macro = f"TD_{block}_{register.name}_{field.name}_".upper()
            rtl = f"{label}_t" in words(SV) or f"unpack_{label}" in words(SV) or f"pack_{label}" in words(SV)
            by_rtl = rtl and field.name in members()
            by_c = any(word.startswith(macro) for word in words(C))
            if not by_rtl and not by_c:
                unnamed.append(f"{register.name}.{field.name}")
    assert unnamed == []


def test_every_kind_of_macro_is_used() -> None:
    used = words(C)
    for kind in ("OFFSET", "STRIDE", "MASK", "PUT", "GET"):
        assert any(word.startswith("TD_") and word.endswith(f"_{kind}") for word in used), kind
