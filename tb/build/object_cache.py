# SPDX-License-Identifier: Apache-2.0
"""Objects of generated C++ that did not change, so that a rebuild compiles what a change of RTL has touched.

Verilator writes the same text for what an edit leaves alone. An object is kept under the digest of all that its
compilation reads: its source, all generated headers (each source includes them all), the compiler and the flags.
Verilator's run-time library, which does not depend on the design, and the bench's C++ are kept in the same manner.
A compiler cache from elsewhere would not do: ccache is no Python package, and sccache leaves a server behind and does
not know precompiled headers.
"""

import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

LIMIT = 1 << 30  # bytes kept, some twenty platforms


class ObjectCache:
    """Objects in ``folder``; ``recipe`` names versions and flags, whatever is the same for the whole build."""

    def __init__(self, folder: Path, recipe: str) -> None:
        self.folder = folder
        self.recipe = recipe

    def take(self, build_dir: Path) -> set[str]:
        """Copy the objects that are kept into ``build_dir``; the kinds of generated sources ("fast", "slow") left."""
        missing = set()
        for kind, stem, kept in self._objects(build_dir):
            built = build_dir / f"{stem}.o"
            try:
                shutil.copyfile(kept, built)
                os.utime(kept)
            except FileNotFoundError:
                built.unlink(missing_ok=True)
                missing |= {kind} & {"fast", "slow"}
        return missing

    def keep(self, build_dir: Path) -> None:
        """Add the objects of ``build_dir`` that are not kept yet; each appears whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for _, stem, kept in self._objects(build_dir):
            with suppress(OSError):  # no such object, somebody else was first, or another file system
                os.link(build_dir / f"{stem}.o", kept)
        self._prune()

    def _objects(self, build_dir: Path) -> Iterator[tuple[str, str, Path]]:
        """(kind, stem, place in the cache) of each object; none of the sources that make joins into one."""
        # Switches of the design, such as tracing and coverage, and flags given on Verilator's command line.
        makefile = (build_dir / "Vtop.mk").read_text()
        switches, _, lists = (build_dir / "Vtop_classes.mk").read_text().partition("### Object file lists")
        flags = re.search(r"VM_USER_CFLAGS = (.*?)\n\n", makefile, re.DOTALL)
        library = hashlib.sha256(f"{self.recipe}\0{switches}\0{flags and flags[1]}".encode())
        design = library.copy()
        for header in sorted(build_dir.glob("*.h")):
            design.update(f"\0{header.name}\0".encode() + header.read_bytes())
        for group, speed, names in re.findall(r"^VM_(\w+)_(FAST|SLOW) \+= \\\n((?:  \w+ \\\n)*)", lists, re.MULTILINE):
            for stem in re.findall(r"\w+", names):
                if group == "GLOBAL":
                    yield "library", stem, self._place(library, "library", stem)
                elif "VM_PARALLEL_BUILDS = 1" in switches:
                    text = (build_dir / f"{stem}.cpp").read_bytes()
                    yield speed.lower(), stem, self._place(design, speed, stem, text)
        for stem, source in re.findall(r"^(\w+)\.o: (\S+\.cpp)", makefile, re.MULTILINE):
            near = sorted(path for path in Path(source).parent.glob("*.h*") if path.is_file())
            text = b"\0".join(path.read_bytes() for path in [Path(source), *near])
            yield "bench", stem, self._place(design, "bench", stem, text)

    def _place(self, base: "hashlib._Hash", kind: str, stem: str, text: bytes = b"") -> Path:
        digest = base.copy()
        digest.update(f"\0{kind} {stem}\0".encode() + text)
        return self.folder / f"{stem}-{digest.hexdigest()[:32]}.o"

    def _prune(self) -> None:
        """Drop the objects that were unused for longest; other builds may do the same at this moment."""
        kept = []
        for path in self.folder.glob("*.o"):
            with suppress(FileNotFoundError):
                kept.append((path.stat().st_mtime, path.stat().st_size, path))
        total = sum(size for _, size, _ in kept)
        for _, size, path in sorted(kept):
            if total <= LIMIT:
                break
            path.unlink(missing_ok=True)
            total -= size
