# SPDX-License-Identifier: Apache-2.0
"""``traindeploy grad``: the training step as an ONNX file of its own."""

import os
import tempfile
from pathlib import Path

import onnx

from golden.directional import gradients
from traindeploy.app.options import Options
from traindeploy.errors import UserError
from traindeploy.export import training_model
from traindeploy.frontend import graph_of, model_file
from traindeploy.training import derive_step


def write(options: Options, target: Path) -> str:
    """Write the step of ``options`` to ``target``, whole or not at all; a line that says what is in it.

    UserError for a model or option that is not supported, and for a file that cannot be written.
    """
    file = model_file(options.model, options.seed)
    graph = derive_step(graph_of(file, options.model), options.training)
    found = gradients(graph)
    shapes = {given.name: _shape(given) for given in file.graph.input if given.name in graph.inputs}
    model = training_model(graph, found, shapes)
    try:
        handle, scratch = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
        with os.fdopen(handle, "wb") as output:
            output.write(model.SerializeToString())
        os.chmod(scratch, 0o644)
        os.replace(scratch, target)
    except OSError as error:
        raise UserError(f"{target}: cannot be written ({error.strerror})") from None
    return f"{target}: {len(model.graph.node)} nodes, the gradients of {len(found)} parameters and their updates"


def _shape(given: onnx.ValueInfoProto) -> tuple[int, ...]:
    """As the file has it, with 1 for what is left open, which can only be the batch."""
    return tuple(d.dim_value or 1 for d in given.type.tensor_type.shape.dim)
