# SPDX-License-Identifier: Apache-2.0
"""Bad models are one clear line: the file, the node, the operator or shape, and what to do."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from tests.frontend.onnx_models import model, normal, save
from traindeploy.errors import UserError
from traindeploy.frontend import load_model

node = helper.make_node


def message(path: str) -> str:
    with pytest.raises(UserError) as caught:
        load_model(path)
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_unknown_model_lists_the_built_in_ones():
    assert message("resnet") == "unknown model 'resnet': expected cct2, cct_tiny, or the path of an .onnx file"


def test_missing_file(tmp_path):
    assert "no such ONNX file" in message(str(tmp_path / "none.onnx"))


@pytest.mark.parametrize("content", [b"", b"\xff\xfe garbage " * 100, b"PK\x03\x04 not a model"])
def test_corrupt_file_is_named(tmp_path, content):
    path = tmp_path / "bad.onnx"
    path.write_bytes(content)
    text = message(str(path))
    assert text.startswith(f"{path}: ")
    assert "ONNX file" in text


@pytest.mark.parametrize("keep", [0.3, 0.9, 0.999])
def test_truncated_file_is_named(tmp_path, keep):
    path = Path(save(model([node("MatMul", ["x", "w"], ["y"], "mm")], {"w": normal(64, 64)}, [1, 64]), tmp_path))
    data = path.read_bytes()
    path.write_bytes(data[: int(keep * len(data))])
    assert message(str(path)).startswith(f"{path}: ")


def test_unsupported_operator_names_node_and_operator(tmp_path):
    path = save(model([node("Sin", ["x"], ["y"], "wave")], {}, [1, 4]), tmp_path)
    text = message(path)
    assert text.startswith(f"{path}: node 'wave': unsupported operator Sin; supported: Abs, ")


def test_the_nearest_way_that_is_supported_is_named(tmp_path):
    path = save(
        model([node("ConvTranspose", ["x", "w"], ["y"], "up")], {"w": normal(2, 3, 2, 2)}, [1, 2, 4, 4]), tmp_path
    )
    assert "unsupported operator ConvTranspose (nearest: an Upsample of whole numbers" in message(path)


def test_operator_of_a_foreign_domain_is_named_with_it(tmp_path):
    nodes = [node("Fancy", ["x"], ["y"], "f", domain="org.example")]
    assert "unsupported operator org.example.Fancy" in message(
        save(model(nodes, {}, [1, 4], extra_domains=["org.example"]), tmp_path)
    )


@pytest.mark.parametrize("dims", [["batch", "n"], [None, None], [1, "n"], ["n"], [0, 4], [1, 0]])
def test_dynamic_input_shape_is_shown(tmp_path, dims):
    text = message(save(model([node("Relu", ["x"], ["y"], "r")], {}, dims), tmp_path))
    assert "input 'x' has the dynamic shape [" in text
    assert "static shapes" in text


def test_shape_computed_at_run_time_names_the_reshape(tmp_path):
    proto = model([node("Relu", ["x"], ["y"], "r")], {}, [1, 4])
    del proto.graph.node[:]
    cast = node("Cast", ["x"], ["s"], "cast", to=TensorProto.INT64)
    proto.graph.node.extend([cast, node("Reshape", ["x", "s"], ["y"], "dynamic")])
    text = message(save(proto, tmp_path))
    assert "node 'cast' (Cast): computes in int64" in text


def test_batch_above_one_is_refused(tmp_path):
    assert "batch size 2; export it with batch 1" in message(
        save(model([node("Relu", ["x"], ["y"], "r")], {}, [2, 4]), tmp_path)
    )


def test_missing_weights_name_node_and_weight(tmp_path):
    proto = model([node("MatMul", ["x", "w"], ["y"], "mm")], {"w": normal(4, 4)}, [1, 4])
    del proto.graph.initializer[:]
    text = message(save(proto, tmp_path))
    assert "node 'mm' (MatMul) reads 'w'" in text
    assert "weights missing" in text


def test_missing_external_data_is_named(tmp_path):
    proto = model([node("MatMul", ["x", "w"], ["y"], "mm")], {"w": normal(64, 64)}, [1, 64])
    path = tmp_path / "model.onnx"
    onnx.save(proto, path, save_as_external_data=True, location="weights.bin", size_threshold=0)
    load_model(str(path))
    (tmp_path / "weights.bin").unlink()
    text = message(str(path))
    assert "weights" in text
    assert str(path) in text


def test_training_graph_is_refused(tmp_path):
    proto = model([node("Relu", ["x"], ["y"], "r")], {}, [1, 4])
    proto.graph.input.append(helper.make_tensor_value_info("labels", TensorProto.INT64, [1]))
    assert "give the inference graph, without loss and labels" in message(save(proto, tmp_path))


def test_other_element_types_are_refused(tmp_path):
    proto = model([node("MatMul", ["x", "w"], ["y"], "mm")], {"w": normal(4, 4).astype(np.float64)}, [1, 4])
    proto.graph.input[0].type.tensor_type.elem_type = TensorProto.DOUBLE
    proto.graph.output[0].type.tensor_type.elem_type = TensorProto.DOUBLE
    assert "only float32" in message(save(proto, tmp_path))


@pytest.mark.parametrize(
    ("nodes", "weights", "shape", "expected"),
    [
        ([node("Max", ["x", "w"], ["y"], "s")], {"w": normal(4)}, [1, 4], "a constant of one number"),
        ([node("MatMul", ["x", "w"], ["y"], "m")], {"w": normal(2, 4, 4)}, [1, 3, 4], "cannot multiply"),
        (
            [node("Conv", ["x", "w"], ["y"], "c", group=2, kernel_shape=[1, 1])],
            {"w": normal(4, 2, 1, 1)},
            [1, 2, 4, 4],
            "expect 4 channels",
        ),
        (
            [node("MaxPool", ["x"], ["y"], "p", kernel_shape=[2, 2], strides=[2, 2], dilations=[2, 2])],
            {},
            [1, 2, 5, 5],
            "dilations of a pooling",
        ),
    ],
)
def test_unsupported_forms_name_the_node_and_what_is_expected(tmp_path, nodes, weights, shape, expected):
    text = message(save(model(nodes, weights, shape), tmp_path))
    assert f"node '{nodes[0].name}'" in text
    assert expected in text
