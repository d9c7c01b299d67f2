# SPDX-License-Identifier: Apache-2.0
"""Builds firmware with the clang and lld of the ziglang wheel."""

import importlib.util
import struct
import subprocess
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from traindeploy.codegen.action_words import action_header
from traindeploy.codegen.kernel_header import kernel_header
from traindeploy.errors import UserError
from traindeploy.platform import L2_FIRMWARE, TCDM_VARIABLES
from traindeploy.platform.generate import generate
from traindeploy.platform.paths import write_if_changed
from traindeploy.records.program import FirmwareSize

ROOT = Path(__file__).resolve().parents[2]
FIRMWARE = ROOT / "firmware"
MARCH = "rv32imc_zicsr_zfinx_xcvmem_xcvmac_xcvalu_xcvbi_xcvelw_xcvbitmanip_xcvsimd"

# Exactness first: nothing is fused, reordered or approximated that the source does not say; without -fno-math-errno
# __builtin_fmaf would be a library call. No relaxation: hardware loops need the layout that the assembler saw.
FLAGS = [
    "--target=riscv32-unknown-none-elf",
    f"-march={MARCH}",
    "-mabi=ilp32",
    "-mtune=rocket",
    "-mno-relax",
    "-std=c17",
    "-O2",
    "-ffp-contract=off",
    "-fno-math-errno",
    "-ffreestanding",
    "-fno-builtin-memset",
    "-fno-builtin-memcpy",
    "-ffunction-sections",
    "-fdata-sections",
    "-fomit-frame-pointer",
    "-gline-tables-only",  # a fault names function and line; changes no byte that is loaded
    "-ffile-compilation-dir=.",
    "-Wframe-larger-than=512",  # stacks are STACK_BYTES
    "-Wall",
    "-Wextra",
    "-Werror",
]


def zig_directory() -> Path:
    """Folder of the ziglang wheel; UserError if it is not installed."""
    spec = importlib.util.find_spec("ziglang")
    if spec is None or not spec.submodule_search_locations:
        raise UserError("RISC-V compiler not found: the Python package 'ziglang' is missing; run `pip install ziglang`")
    return Path(next(iter(spec.submodule_search_locations)))


def _run(command: Sequence[str | Path], what: str) -> None:
    try:
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    except OSError as error:
        hint = "reinstall the package 'ziglang'"
        raise UserError(f"cannot start the RISC-V compiler to {what}: {error}; {hint}") from None
    if done.returncode != 0:
        raise UserError(f"cannot {what}: {done.stderr.strip() or done.stdout.strip()}")


def sources(firmware: Path = FIRMWARE) -> list[Path]:
    """The runtime's and kernels' sources, in a fixed order."""
    files = [path for folder in ("runtime", "kernels") for path in (firmware / folder).iterdir()]
    return sorted(path for path in files if path.suffix in (".c", ".S"))


def build(
    program: Sequence[Path],
    elf: Path,
    generated: Path | None = None,
    defines: Sequence[str] = (),
    firmware: Path | None = None,
) -> FirmwareSize:
    """Compile ``program`` (C or assembly, defining ``td_main``) with runtime and kernels and link it to ``elf``.

    ``generated`` holds td_platform.h and the register headers, and gets td_kernels.h and td_actions.h (default:
    build/generated); ``firmware`` holds the folders of runtime and kernels (default: ``FIRMWARE``).
    The result is byte-identical for identical sources. UserError if the compiler is missing, a source does not compile
    or the program does not fit; then ``elf`` is not written.
    """
    firmware = FIRMWARE if firmware is None else firmware
    generated = generate() if generated is None else generated
    write_if_changed(generated / "td_kernels.h", kernel_header())
    write_if_changed(generated / "td_actions.h", action_header())
    zig = zig_directory()
    folders = [firmware / "kernels", firmware / "runtime", generated]
    includes = [*(f"-I{folder}" for folder in folders), "-isystem", str(zig / "lib/include")]
    with tempfile.TemporaryDirectory(prefix="td_firmware_") as temporary:
        jobs = [
            (source, Path(temporary) / f"{i}_{source.stem}.o")
            for i, source in enumerate([*sources(firmware), *program])
        ]

        def compile_one(job: tuple[Path, Path]) -> None:
            source, output = job
            # Names in the line table are those in the repository, or the program's own: the same on every machine.
            names = [f"-ffile-prefix-map={source.parent}=.", f"-ffile-prefix-map={firmware}=firmware"]  # the last wins
            flags = [*FLAGS, *(f"-D{name}" for name in defines), *includes, *names]
            _run([zig / "zig", "clang", *flags, "-c", source, "-o", output], f"compile {source.name}")

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(compile_one, jobs))
        linked = Path(temporary) / "firmware.elf"
        regions = (L2_FIRMWARE, TCDM_VARIABLES)
        defsyms = [
            f"--defsym={r.name}_{what}={getattr(r, what.lower()):#x}" for r in regions for what in ("BASE", "SIZE")
        ]
        script = firmware / "runtime/link.ld"
        placed: list[str | Path] = ["-T", script, f"--symbol-ordering-file={firmware / 'kernels/link_order.txt'}"]
        linker: list[str | Path] = [zig / "zig", "ld.lld", "--gc-sections", "--no-relax", "--no-warn-symbol-ordering"]
        objects = [output for _, output in jobs]
        _run(
            [*linker, *defsyms, *placed, "-o", linked, *objects],
            f"link the firmware (L2 has room for {L2_FIRMWARE.size} bytes of it)",
        )
        report = size_report(linked)
        elf.parent.mkdir(parents=True, exist_ok=True)
        partial = elf.with_suffix(".partial")
        partial.write_bytes(linked.read_bytes())
        partial.replace(elf)
    return report


def assemble(source: Path, binary: Path) -> None:
    """Assemble one file with the firmware's flags into a flat image linked to address 0; UserError if it is wrong."""
    zig, unlinked = zig_directory() / "zig", binary.with_suffix(".o")
    flags = [flag for flag in FLAGS if not flag.startswith("-g")]
    include = f"-I{FIRMWARE / 'kernels'}"
    _run([zig, "clang", *flags, include, "-c", source, "-o", unlinked], f"assemble {source.name}")
    link: list[str | Path] = [zig, "ld.lld", "--image-base=0", "-Ttext=0", "--oformat=binary"]
    _run([*link, "-o", binary, unlinked], f"link {source.name}")


def sections(elf: Path) -> dict[str, tuple[int, int, int]]:
    """Section name -> (address, file offset, bytes) of a 32-bit little-endian ELF file."""
    image = elf.read_bytes()
    offset, size, count, names = *struct.unpack_from("<I", image, 32), *struct.unpack_from("<HHH", image, 46)
    headers = [struct.unpack_from("<10I", image, offset + i * size) for i in range(count)]
    base = headers[names][4]

    def name(at: int) -> str:
        return image[base + at : image.index(b"\0", base + at)].decode()

    return {name(h[0]): (h[3], h[4], h[5]) for h in headers}


def size_report(elf: Path) -> FirmwareSize:
    """Sizes of a firmware that ``build`` has linked."""
    found = sections(elf)
    sizes = [found.get(name, (0, 0, 0))[2] for name in (".text", ".rodata", ".tcdm_data", ".bss")]
    return FirmwareSize(*sizes)
