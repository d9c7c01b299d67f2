# SPDX-License-Identifier: Apache-2.0
"""Build simulators with Verilator and cocotb's runner, and keep them by the hash of everything that went into them.

An entry of the cache is a folder ``build/sim/<name>-<hash>`` that appears complete or not at all: the build runs in a
scratch folder beside it, under a lock, and only the finished executable is moved in.
"""

import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import cocotb_tools.config

from tb.build import toolchain
from tb.build.alias import aliased, is_plain, make_folder
from tb.build.delays import delayed
from tb.build.object_cache import ObjectCache
from tb.build.paths import MODELS, OBJECTS, SIMULATORS, TOPS
from tb.build.runner import PublicByListRunner, clean_environment
from tb.build.sources import CORE_INCLUDES, CORE_ROOT, RTL_INCLUDE, rtl_sources
from tb.code_coverage import collect
from traindeploy.errors import UserError
from traindeploy.platform import L2, L3, TCDM, HardwareConfig
from traindeploy.platform.configurations import build_name
from traindeploy.platform.generate import generate
from traindeploy.records.progress import BuildBegan, BuildEnded, Event, Progress

KEEP = 6  # cache entries per name
DIGEST = "digest"  # in an entry: of its executable
BUILDERS = [Path(__file__).with_name(name) for name in ("runner.py", "object_cache.py")]  # decide how it is built
PLATFORM_OPTIMIZE = "-O2"
COUNTING_OPTIMIZE = "-O1"  # counters of coverage are most of the code then, and built only now and again
PLATFORM_INLINE = ("--inline-mult", "2000")  # -O3 inlines every module everywhere: 9 % more code, about 9 % slower
UNKNOWN_IS_RANDOM = ("--x-assign", "unique", "--x-initial", "unique")  # overrides what every build has


class SimulationError(Exception):
    """A simulation ended without passing: the message says how, and where its log is."""


@dataclass(frozen=True)
class Build:
    """A finished simulator: ``directory`` holds the executable, named like the top module."""

    directory: Path
    top: str
    waves: bool = False

    def test(
        self,
        module: str,
        test_dir: Path,
        *,
        testcase: str | None = None,
        plusargs: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        timeout: float = 600,
        seed: int = 1,
    ) -> None:
        """Run the cocotb tests of ``module`` in ``test_dir``; the simulator's output goes to ``sim.log`` there.

        Raises:
            SimulationError: a test failed, none ran, or ``timeout`` seconds passed.
        """
        test_dir = Path(test_dir).resolve()
        test_dir.mkdir(parents=True, exist_ok=True)
        log, results = test_dir / "sim.log", test_dir / "results.xml"
        runner = PublicByListRunner(toolchain.Verilator(Path("verilator"), "", {}, ()), timeout=timeout)
        reason = ""
        with clean_environment():
            try:
                runner.test(
                    module,
                    self.top,
                    hdl_toplevel_lang="verilog",
                    testcase=testcase,
                    seed=seed,
                    plusargs=list(plusargs),
                    extra_env={"COCOTB_ANSI_OUTPUT": "0", **(env or {})},
                    build_dir=self.directory,
                    test_dir=test_dir,
                    results_xml=str(results),
                    log_file=log,
                )
            except (RuntimeError, SystemExit) as error:
                reason = str(error)
        collect.keep(test_dir, module)
        failed = runner.failed_tests(results)
        if failed or reason:
            raise SimulationError(f"{module}: {failed or reason}; see {log}\n{_tail(log)}")


def build_block(
    name: str,
    top: str,
    sources: Sequence[Path | str],
    *,
    parameters: Mapping[str, object] | None = None,
    includes: Sequence[Path] = (),
    public: Mapping[str, Sequence[str]] | None = None,
    defines: Mapping[str, object] | None = None,
    args: Sequence[str] = (),
    optimize: str = "-O1",
    assertions: bool = True,
    waves: bool = False,
    progress: Progress | None = None,
) -> Build:
    """A simulator of module ``top``, from the cache if nothing that goes into it has changed.

    ``sources`` may hold SystemVerilog, ``.vlt`` and C++ files; the generated register packages, the memory model and
    its host memory are added, and CV32E40P's files are ``tb.build.sources.CORE_SOURCES``. ``public`` maps modules to
    the variables that cocotb may touch (default: everything in ``top`` itself); ``optimize`` is g++'s level.

    Raises:
        UserError: a host tool is missing, or Verilator or the C++ compiler refused the design (errors are quoted).
    """
    verilator = toolchain.find_verilator()
    if waves:
        toolchain.require_lz4()
    if counting := collect.wish():
        name, args, sources = f"{name}-coverage", (*args, *counting.arguments), (*sources, *counting.control)
    generated = generate()
    files = [*sorted(generated.glob("*_pkg.sv")), MODELS / "td_sram.sv"]
    files = list(dict.fromkeys(Path(f).resolve() for f in [*files, *sources, MODELS / "host_memory.cpp"]))
    folders = list(dict.fromkeys([generated, RTL_INCLUDE, *map(Path, includes)]))
    if strange := next((path for path in [*files, *folders] if not is_plain(aliased(str(path)))), None):
        raise UserError(f"{strange}: Verilator cannot handle a path with other characters than A-Za-z0-9_./@,=~-")
    control = _control_file(public if public is not None else {top: ["*"]})
    options = [
        *("-O3", "--x-assign", "fast", "--x-initial", "fast", "--no-timing"),
        *("-Wno-fatal", "-Werror-USERERROR", "-Wno-TIMESCALEMOD"),  # USERERROR: $error in elaboration
        *("--output-split", "15000", "--output-split-cfuncs", "3000", "-LDFLAGS", "-rdynamic"),
        "--assert" if assertions else "--no-assert",
        *(part for region in (TCDM, L2, L3) for part in ("-CFLAGS", f"-DTD_{region.name}_SIZE={region.size}")),
        *(("--trace-fst", "--trace-structs", "-DTD_WAVES") if waves else ()),
        *args,
    ]
    make_variables = [*verilator.make_variables, f"OPT_FAST={optimize}", "OPT_SLOW=-O0", "OPT_GLOBAL=-O1"]
    recipe = {
        "top": top,
        "parameters": {k: str(v) for k, v in sorted((parameters or {}).items())},
        "defines": {k: str(v) for k, v in sorted((defines or {}).items())},
        "options": options,
        "make": make_variables,
        "control": control,
        "verilator": verilator.version,
        "compiler": toolchain.compiler_version(),
        "cocotb": [version("cocotb"), str(cocotb_tools.config.libs_dir)],
        "files": [[path.name, _digest(path)] for path in files],
        "headers": [[path.name, _digest(path)] for path in _headers(folders, files)],
        "builder": [[path.name, _digest(path)] for path in BUILDERS],
    }
    key = hashlib.sha256(json.dumps(recipe).encode()).hexdigest()[:16]
    entry = SIMULATORS / f"{name}-{key}"
    if _is_whole(entry, top):
        os.utime(entry)
        return Build(entry, top, waves)
    with _locked(SIMULATORS / f".{name}-{key}.lock"):
        if not _is_whole(entry, top):
            started = time.monotonic()
            _notify(progress, BuildBegan(name=name))
            SIMULATORS.mkdir(parents=True, exist_ok=True)
            scratch = SIMULATORS / f".{name}-{key}.build"
            work = make_folder(scratch)
            for folder in (scratch, work):
                shutil.rmtree(folder, ignore_errors=True)  # of a build that was killed
                folder.mkdir(exist_ok=True)
            try:
                (work / "control.vlt").write_text(control)
                _compile(verilator, top, work, files, folders, options, make_variables, parameters, defines, waves)
                _publish(work, scratch / "entry", entry, top)
            finally:
                for folder in (scratch, work):
                    shutil.rmtree(folder, ignore_errors=True)
            _prune(name)
            _notify(progress, BuildEnded(name=name, seconds=time.monotonic() - started))
    return Build(entry, top, waves)


def build_platform(
    config: HardwareConfig,
    *,
    waves: bool = False,
    disturbable: bool = False,
    arithmetic: str = "rtl",
    randomized: bool = False,
    delays: bool = False,
    optimize: str = PLATFORM_OPTIMIZE,
    progress: Progress | None = None,
) -> Build:
    """The simulator of the whole platform, ``td_tb_top``, in configuration ``config``. Raises as ``build_block``.

    ``waves`` adds tracing and the assertions; ``disturbable`` lets the bench write the rows' sums in RedMule;
    ``arithmetic`` "host" replaces RedMule's multiply-adders by models with the host's fused multiply-add;
    ``delays`` lets DMA, HyperBus and RedMule begin after random delays (plusargs as below), with the assertions;
    ``randomized`` makes unknown values random (``Build.test``'s plusargs choose a seed) and has the assertions.
    """
    public = PLATFORM_PUBLIC | (DISTURBABLE if disturbable else {})
    host = arithmetic == "host"
    optimize = COUNTING_OPTIMIZE if collect.wish() else optimize
    variant = f"{'-host' if host else ''}{'-waves' if waves else ''}{'-disturbable' if disturbable else ''}"
    variant += f"{'-random' if randomized else ''}{'-delays' if delays else ''}"
    with delayed(rtl_sources(host)) if delays else nullcontext(rtl_sources(host)) as sources:
        return build_block(
            f"{build_name(config)}{variant}",
            "td_tb_top",
            [
                *sources,
                MODELS / "td_hyperram.sv",
                *(TOPS / name for name in ("td_timeline.sv", "td_probe.sv", "td_tb_top.sv", "probe.cpp")),
            ],
            parameters=config.parameters,
            includes=CORE_INCLUDES,
            public=public,
            optimize=optimize,
            args=(*PLATFORM_INLINE, *(UNKNOWN_IS_RANDOM if randomized else ())),
            assertions=waves or randomized or delays,
            waves=waves,
            progress=progress,
        )


# What the bench reads and drives: nothing else is visible to VPI, which keeps the model fast.
PLATFORM_PUBLIC = {
    "td_tb_top": [
        *("clk_i", "rst_ni", "fetch_enable_i", "boot_addr_i", "dump_on_i", "first_fetch", "eoc", "eoc_value"),
        *("fault", "fault_source", "fault_core", "fault_addr", "fault_pc"),
        *("mailbox_valid", "mailbox_data", "core_pc", "core_sleep", "engine_busy"),
    ],
}
# The partial sums of a row of RedMule, which tests of the bench falsify.
DISTURBABLE = {"td_redmule_row": ["acc_q"]}


def _compile(
    verilator: toolchain.Verilator,
    top: str,
    scratch: Path,
    files: Sequence[Path],
    folders: Sequence[Path],
    options: Sequence[str],
    make_variables: Sequence[str],
    parameters: Mapping[str, object] | None,
    defines: Mapping[str, object] | None,
    waves: bool,
) -> None:
    objects = ObjectCache(
        OBJECTS, json.dumps([verilator.version, toolchain.compiler_version(), waves, *make_variables])
    )
    runner = PublicByListRunner(verilator, make_variables=make_variables, trace=waves, objects=objects)
    log = scratch / "build.log"
    with clean_environment(verilator.environment):
        try:
            runner.build(
                sources=[scratch / "control.vlt", *(f for f in files if f.suffix != ".cpp")],
                build_args=[*options, *(str(f) for f in files if f.suffix == ".cpp")],
                includes=folders,
                parameters=parameters or {},
                defines=defines or {},
                hdl_toplevel=top,
                build_dir=scratch,
                log_file=log,
            )
        except RuntimeError as error:
            kept = SIMULATORS / f"{top}-failed.log"
            shutil.copy(log, kept)
            raise UserError(
                f"the simulator of {top} does not build, see {kept}:\n{_tail(kept, errors=True)}"
            ) from error


def _is_whole(entry: Path, top: str) -> bool:
    """Whether the entry's executable is the one that was built: a disk that ran full or a copy may have cut it off."""
    try:
        return (entry / DIGEST).read_text() == _digest(entry / top)
    except (OSError, UserError):
        return False


def _publish(work: Path, staged: Path, entry: Path, top: str) -> None:
    """Move what was built in ``work`` to ``staged``, perhaps on another disk, and from there to ``entry`` at once."""
    staged.mkdir()
    for name in (top, "build.log", "control.vlt"):
        shutil.move(work / name, staged / name)
    (staged / DIGEST).write_text(_digest(staged / top))
    shutil.rmtree(entry, ignore_errors=True)
    staged.rename(entry)


def _prune(name: str) -> None:
    """Drop the oldest entries of ``name``, and what killed builds of any name left behind more than a day ago."""
    for scratch in SIMULATORS.glob(".*.build"):
        if time.time() - scratch.stat().st_mtime > 86400:
            shutil.rmtree(scratch, ignore_errors=True)
    entries = [p for p in SIMULATORS.glob(f"{name}-*") if len(p.name) == len(name) + 17 and p.is_dir()]
    for old in sorted(entries, key=lambda p: p.stat().st_mtime, reverse=True)[KEEP:]:
        shutil.rmtree(old, ignore_errors=True)


def _control_file(public: Mapping[str, Sequence[str]]) -> str:
    lines = ["// SPDX-License-Identifier: Apache-2.0", "`verilator_config"]
    lines.append(f'lint_off -file "{CORE_ROOT}/*"')
    lines += [f'public_flat_rw -module "{m}" -var "{v}"' for m, names in public.items() for v in names]
    return "\n".join([*lines, ""])


def _headers(folders: Sequence[Path], files: Sequence[Path]) -> list[Path]:
    """What sources may include: all below ``folders``, and what lies beside C++ files."""
    near = {file.parent for file in files if file.suffix == ".cpp"}
    found = {p for folder in folders for p in folder.rglob("*") if p.suffix in (".svh", ".vh", ".h", ".hpp")}
    return sorted(found | {p for folder in near for p in folder.glob("*.h*") if p.is_file()})


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError as error:
        raise UserError(f"{path}: no such source file for the simulator") from error


def _tail(log: Path, lines: int = 25, errors: bool = False) -> str:
    if not log.exists():
        return ""
    text = log.read_text(errors="replace").splitlines()
    if errors:
        text = [line for line in text if "rror" in line] or text
        return "\n".join(text[:lines])
    return "\n".join(text[-lines:])


def _notify(progress: Progress | None, event: Event) -> None:
    if progress is not None:
        progress(event)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
