"""The default runtime: the right graph runs, and every wrong one is refused with a `WeightsError`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fauxface.errors import WeightsError
from fauxface.runtime.onnx import OnnxSession
from fauxface.runtime.onnx_guard import refuse_external_data

onnx = pytest.importorskip("onnx", reason="needs onnx, from the extra 'train', to build a tiny network")


def batch(n: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.random.default_rng(n).normal(size=(n, 3, 32, 32)).astype(np.float32)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_logits_and_maps(n: int, build_tiny_onnx: Callable[..., bytes]) -> None:
    logit, maps = OnnxSession(build_tiny_onnx(), threads=1).run(batch(n))
    assert logit.shape == (n,)
    assert maps.shape == (n, 4, 4)
    assert logit.dtype == maps.dtype == np.float32
    np.testing.assert_allclose(logit, batch(n).mean(axis=(1, 2, 3)), atol=1e-5)
    np.testing.assert_allclose(maps.mean(axis=(1, 2)), logit, atol=1e-5)


def test_input_size(build_tiny_onnx: Callable[..., bytes]) -> None:
    assert OnnxSession(build_tiny_onnx(), threads=1).input_size == 32


@pytest.mark.parametrize(
    "change",
    [{"input_name": "x"}, {"logit_name": "probability"}, {"map_name": "heat"}, {"batch": 1}],
    ids=["input", "logit", "map", "fixed batch"],
)
def test_other_graphs_are_refused(change: dict[str, Any], build_tiny_onnx: Callable[..., bytes]) -> None:
    with pytest.raises(WeightsError):
        OnnxSession(build_tiny_onnx(**change))


def test_a_batch_that_does_not_fit(build_tiny_onnx: Callable[..., bytes]) -> None:
    session = OnnxSession(build_tiny_onnx(), threads=1)
    with pytest.raises(WeightsError):
        session.run(np.zeros((1, 3, 16, 16), dtype=np.float32))


def test_damaged_bytes(build_tiny_onnx: Callable[..., bytes]) -> None:
    rng, refused = np.random.default_rng(3), 0
    for _ in range(300):
        model = bytearray(build_tiny_onnx())
        for at in rng.integers(0, len(model), rng.integers(1, 6)):
            model[at] = rng.integers(0, 256)
        if rng.random() < 0.3:
            del model[rng.integers(1, len(model)) :]
        try:
            OnnxSession(bytes(model), threads=1).run(batch(1))
        except WeightsError:
            refused += 1
    assert refused > 100


@pytest.mark.parametrize("data", [b"", b"ORTM" * 100, b"\0\0\0\0ORTM" + bytes(100), b"no network at all"])
def test_no_model_at_all(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(WeightsError):
        OnnxSession(data)
    (tmp_path / "model.onnx").write_bytes(data)
    with pytest.raises(WeightsError):
        OnnxSession(tmp_path / "model.onnx")


def test_from_a_file_or_from_its_bytes(build_tiny_onnx: Callable[..., bytes], tmp_path: Path) -> None:
    (tmp_path / "model").write_bytes(build_tiny_onnx())
    sessions = (OnnxSession(model, threads=1) for model in (build_tiny_onnx(), tmp_path / "model"))
    (one, _), (other, _) = (session.run(batch(2)) for session in sessions)
    assert np.array_equal(one, other)
    with pytest.raises(WeightsError, match="cannot be read"):
        OnnxSession(tmp_path / "nowhere")


def external(place: str) -> bytes:
    """A model whose constant lies in the file secret.bin: as a weight, in an attribute, or in a subgraph."""
    tensor = onnx.TensorProto(name="w", data_type=1, dims=[3], data_location=onnx.TensorProto.EXTERNAL)
    for key, value in (("location", "secret.bin"), ("offset", "0"), ("length", "12")):
        entry = tensor.external_data.add()
        entry.key, entry.value = key, value
    helper, number = onnx.helper, onnx.TensorProto.FLOAT
    x, y = (helper.make_tensor_value_info(n, number, [3]) for n in ("x", "y"))
    add = helper.make_node("Add", ["x", "w"], ["y"])
    constant = helper.make_node("Constant", [], ["w"], value=tensor)
    if place == "weight":
        graph = helper.make_graph([add], "g", [x], [y], [tensor])
    elif place == "attribute":
        graph = helper.make_graph([constant, add], "g", [x], [y])
    else:
        inner = helper.make_graph([constant], "inner", [], [helper.make_tensor_value_info("w", number, [3])])
        branch = helper.make_node("If", ["flag"], ["y"], then_branch=inner, else_branch=inner)
        graph = helper.make_graph([branch], "g", [helper.make_tensor_value_info("flag", 9, [])], [y])
    return helper.make_model(graph).SerializeToString()


@pytest.mark.parametrize("place", ["weight", "attribute", "subgraph"])
def test_other_files_are_never_read(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret.bin").write_bytes(np.arange(3, dtype=np.float32).tobytes())
    monkeypatch.chdir(tmp_path)
    with pytest.raises(WeightsError, match="another file"):
        OnnxSession(external(place))
    (tmp_path / "model.onnx").write_bytes(external(place))
    with pytest.raises(WeightsError, match="another file"):
        OnnxSession(tmp_path / "model.onnx")


def test_the_guard_passes_whole_files(build_tiny_onnx: Callable[..., bytes]) -> None:
    refuse_external_data(build_tiny_onnx())


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_the_guard_survives_any_bytes(data: bytes) -> None:
    try:
        refuse_external_data(data)
    except WeightsError as error:
        code = error.code
        assert code == "bad_weights"


def test_nested_without_end() -> None:
    message = b""
    for _ in range(200):  # node → attribute → graph → node → …
        for field in (1, 5, 6):
            size, header = len(message), bytes([field << 3 | 2])
            varint = bytearray()
            while size > 127:
                varint.append(size & 127 | 128)
                size >>= 7
            message = header + bytes(varint) + bytes([size]) + message
    with pytest.raises(WeightsError):
        refuse_external_data(b"\x3a" + message)


def test_the_file_is_not_kept_in_memory(build_tiny_onnx: Callable[..., bytes]) -> None:
    data = build_tiny_onnx()
    before = sys.getrefcount(data)
    session = OnnxSession(data, threads=1)
    assert sys.getrefcount(data) == before
    assert session.input_size == 32
