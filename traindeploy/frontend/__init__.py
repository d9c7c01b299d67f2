# SPDX-License-Identifier: Apache-2.0
"""ONNX files and built-in models in, forward graphs out."""

from pathlib import Path

import onnx

from traindeploy.errors import UserError
from traindeploy.frontend.cct import CCT2, CCT_TINY, build_cct
from traindeploy.frontend.lower import lower
from traindeploy.frontend.names import explaining
from traindeploy.frontend.onnx_import import read_file, read_model
from traindeploy.frontend.patterns import fuse_patterns
from traindeploy.frontend.simplify import pool_before_relu
from traindeploy.ir import Graph
from traindeploy.records.names import model_name

BUILT_IN = {"cct2": CCT2, "cct_tiny": CCT_TINY}


def load_model(model: str, seed: int = 0) -> Graph:
    """The forward graph of a built-in model (weights from ``seed``) or of an ONNX file (its own weights).

    Layout nodes (``Reshape``, ``Transpose``) are still present: ``views.fold_views`` removes them after
    differentiation. UserError if the model is unknown, unreadable or uses what is not supported.
    """
    return graph_of(model_file(model, seed), model)


def model_file(model: str, seed: int = 0) -> onnx.ModelProto:
    """The built-in model as a file would hold it, or the ONNX file. UserError if there is none, or none that reads."""
    if model in BUILT_IN:
        return build_cct(BUILT_IN[model], seed)
    if model.endswith(".onnx"):
        return read_file(Path(model))
    raise UserError(f"unknown model '{model}': expected {', '.join(BUILT_IN)}, or the path of an .onnx file")


def graph_of(model: onnx.ModelProto, file: str) -> Graph:
    """The forward graph of an ONNX model; ``file`` is what errors call it. UserError as ``load_model``."""
    source = read_model(model, file)
    with explaining(source.renamed):
        fuse_patterns(source)
        graph = lower(source, model_name(file))
    pool_before_relu(graph)
    return graph
