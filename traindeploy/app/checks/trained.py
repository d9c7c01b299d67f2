# SPDX-License-Identifier: Apache-2.0
"""What is trained is what the strategy says, as it follows from the user's file.

``lp``: the last linear layer. ``ft<n>``: the matrices of the last n encoder blocks, and the head, that is all linear
layers behind the last block. ``lora<n>``: the adapters of those matrices, and the head. Strategies by structure and by
name: ``file_parameters``.
"""

import re
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from traindeploy.app.checks.facts import Compiled
from traindeploy.app.checks.file_layers import FileLayers, Layer
from traindeploy.app.checks.file_parameters import STRUCTURAL, wanted_names
from traindeploy.app.checks.model import evaluate_file, file_of
from traindeploy.frontend.branches import take_branches
from traindeploy.records.self_check import SelfCheck, at_most, counted_twice

NAME = "what the strategy trains"
Key = tuple[tuple[int, ...], bytes]  # of a parameter: sorted sides, and its elements in ascending order
Keys = Counter[Key]


@dataclass(frozen=True)
class Wanted:
    """What must be trained, and what else may be: layers beside the last block, neither before nor behind it."""

    must: Keys
    may: Keys = field(default_factory=Counter)


def check(compiled: Compiled) -> list[SelfCheck]:
    """Parameters that are trained though the file's structure says nothing of them, or the other way round."""
    options = compiled.options
    image = compiled.samples[0][compiled.image]
    try:
        file = file_of(options)
        take_branches(file)
        found = FileLayers(file, lambda model, names: evaluate_file(model, image, names))
        wanted = _wanted(found, options.strategy, options.lora_rank)
    except Exception as error:  # noqa: BLE001 whatever a strange file makes of the search: nothing is shown
        said = " ".join(f"{type(error).__name__} {error}".split())
        text = f"the file's layers cannot be found a second time, so that nothing shows what is to be trained: {said}"
        return [at_most(NAME, "gradients", np.nan, 0.0, "", text)]
    added = set(compiled.added)
    trained = {n: t.data for n, t in compiled.graph.tensors.items() if t.trainable and t.data is not None}
    keys = {name: _added(data.shape) if name in added else _key(data) for name, data in trained.items()}
    count = Counter(keys.values())
    extra, missing = min(((count - (w.must + w.may), w.must - count) for w in wanted), key=lambda e: sum(map(_size, e)))
    text = f"{len(trained)} parameters of {sum(map(np.size, trained.values())):,} elements, as the file's layers say"
    if extra:
        named = ", ".join(repr(name) for name, key in keys.items() if key in extra)
        text = f"trained, but no part of what {options.strategy} trains: {named}"
    elif missing:
        shapes = ", ".join(str(list(key[0])) for key in missing)
        text = f"{options.strategy} trains these, which stay as they are: parameters of sides {shapes}"
    return [counted_twice(NAME, "gradients", _size(extra) + _size(missing), 0, "wrong", text)]


def _size(keys: Keys) -> int:
    return sum(keys.values())


def _key(data: np.ndarray) -> Key:
    """What a parameter of the file is known by, however it lies."""
    sides = tuple(sorted(n for n in data.shape if n > 1))
    return sides, np.sort(data.astype(np.float32), axis=None).tobytes()


def _added(shape: tuple[int, ...]) -> Key:
    """What an adapter that the run adds is known by."""
    return tuple(shape), b"added"


def _wanted(found: FileLayers, strategy: str, rank: int) -> list[Wanted]:
    """What may be trained, any one of these. ValueError if the file lacks what the strategy needs."""
    if strategy.partition(":")[0] in STRUCTURAL:
        names = wanted_names(found, strategy)
        return [Wanted(_keys(found, names.must), _keys(found, names.may))]
    match = re.fullmatch(r"(lp|ft|lora)(\d*)", strategy)
    if match is None:
        raise ValueError(f"no strategy is called {strategy}")
    kind, count = match[1], int(match[2] or 0)
    if kind == "lp":  # of parallel last layers any may be the one
        return [Wanted(_parts(found, [layer])) for layer in found.layers if not found.behind(layer)]
    if len(found.blocks) < count:
        raise ValueError(f"{len(found.blocks)} encoder blocks in the file")
    last, matrices = found.blocks[-1], [layer for block in found.blocks[-count:] for layer in block]
    head = found.behind(last[-1])
    beside = [o for o in found.layers if o not in (*head, *last) and not set(last) & set(found.behind(o))]
    must, may = _parts(found, head), _parts(found, beside)
    if kind == "ft":
        must += _parts(found, matrices, bias=False)
    elif any(layer.adapter for layer in found.layers):
        must += Counter(_key(found.values[name]) for layer in matrices for name in layer.adapter or ())
    else:
        sizes = [found.values[layer.weight].shape[-2:] for layer in matrices]
        must += Counter(_added(shape) for rows, columns in sizes for shape in ((rows, rank), (rank, columns)))
    return [Wanted(must, may)]


def _parts(found: FileLayers, layers: list[Layer], *, bias: bool = True) -> Keys:
    """The parameters of ``layers``; a weight of the file that is used twice counts once."""
    return _keys(found, [n for layer in layers for n in (layer.weight, layer.bias if bias else "") if n])


def _keys(found: FileLayers, names: list[str]) -> Keys:
    return Counter(key for _, key in {(found.roots(n), _key(found.values[n])) for n in names})
