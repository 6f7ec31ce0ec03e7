"""Weight files that are not what they should be load nothing, and say why."""

from __future__ import annotations

import io
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from tests.models import keras_reference as keras
from torch import nn

from fauxface.errors import WeightsError
from fauxface.models import keras_weights, registry
from fauxface.models.keras_h5 import read

SHAPES: dict[str, dict[str, tuple[int, ...]]] = {
    "conv1/7x7_s2": {"kernel": (3, 3, 3, 2)},
    "conv1/7x7_s2/bn": dict.fromkeys(("gamma", "beta", "moving_mean", "moving_variance"), (2,)),
    "down": {"kernel": (1, 1, 2, 4), "bias": (4,)},
}
KERNEL = "conv1/7x7_s2/conv1/7x7_s2/kernel:0"
MEAN = "conv1/7x7_s2/bn/conv1/7x7_s2/bn/moving_mean:0"
VARIANCE = "conv1/7x7_s2/bn/conv1/7x7_s2/bn/moving_variance:0"
BIAS = "down/down/bias:0"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A good file of three layers."""
    return keras.write_h5(tmp_path / "weights.h5", keras.random_weights(SHAPES))


def network() -> dict[str, nn.Module]:
    return {
        "conv1/7x7_s2": nn.Conv2d(3, 2, 3, bias=False),
        "conv1/7x7_s2/bn": nn.BatchNorm2d(2),
        "down": nn.Conv2d(2, 4, 1),
    }


def refused(path: Path, code: str, reason: str) -> None:
    """Loading fails with this code and reason, and the network is as it was."""
    layers = network()
    before = {k: v.clone() for name, m in layers.items() for k, v in m.state_dict(prefix=f"{name}.").items()}
    with pytest.raises(WeightsError, match=reason) as caught:
        keras_weights.load(layers, path, bgr="conv1/7x7_s2")
    assert caught.value.code == code
    assert str(path) in caught.value.message
    assert "\n" not in caught.value.message
    for name, module in layers.items():
        for key, value in module.state_dict(prefix=f"{name}.").items():
            assert torch.equal(value, before[key]), key


def test_a_good_file(path: Path) -> None:
    weights = keras.random_weights(SHAPES)
    found = read(path, SHAPES)
    for layer, arrays in weights.items():
        for kind, values in arrays.items():
            np.testing.assert_array_equal(found[layer][kind], values)


def test_layouts_and_colours(path: Path) -> None:
    layers, weights = network(), keras.random_weights(SHAPES)
    keras_weights.load(layers, path, bgr="conv1/7x7_s2")
    first, norm, down = layers["conv1/7x7_s2"].state_dict(), layers["conv1/7x7_s2/bn"], layers["down"].state_dict()
    assert isinstance(norm, nn.BatchNorm2d)
    for out in range(2):
        for colour in range(3):
            theirs = weights["conv1/7x7_s2"]["kernel"][:, :, 2 - colour, out]
            np.testing.assert_array_equal(first["weight"][out, colour].numpy(), theirs)
    np.testing.assert_array_equal(down["weight"][:, :, 0, 0].numpy().T, weights["down"]["kernel"][0, 0])
    np.testing.assert_array_equal(down["bias"].numpy(), weights["down"]["bias"])
    for ours, theirs in zip(norm.state_dict().values(), weights["conv1/7x7_s2/bn"].values(), strict=False):
        np.testing.assert_array_equal(ours.numpy(), theirs)


@pytest.mark.parametrize(("root", "scope"), [("/model_weights", ""), ("/", "_1")])
def test_other_spellings_of_keras(root: str, scope: str, tmp_path: Path) -> None:
    path = keras.write_h5(tmp_path / "w.h5", keras.random_weights(SHAPES), root=root, scope=scope)
    assert set(read(path, SHAPES)) == set(SHAPES)


def test_names_of_keras_1(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        file.move("down/down/kernel:0", "down/down_W_1:0")
        file.move("down/down/bias:0", "down/down_b_1:0")
        file["down"].attrs["weight_names"] = np.array([b"down_W_1:0", b"down_b_1:0"])
    assert read(path, SHAPES)["down"]["bias"].shape == (4,)


Change = Callable[[h5py.File], object]


def dataset(file: h5py.File, name: str) -> h5py.Dataset:
    found = file[name]
    assert isinstance(found, h5py.Dataset)
    return found


def replaced(name: str, **options: object) -> Change:
    """The same numbers, stored otherwise."""

    def change(file: h5py.File) -> None:
        values = dataset(file, name)[()]
        del file[name]
        file.create_dataset(name, **({"data": values} | options))

    return change


def listed(file: h5py.File, group: str, key: str, names: list[str]) -> None:
    file[group].attrs[key] = np.array([n.encode() for n in names])


def linked(link: object) -> Change:
    def change(file: h5py.File) -> None:
        del file[BIAS]
        file[BIAS] = link

    return change


def virtual(file: h5py.File) -> None:
    del file[BIAS]
    layout = h5py.VirtualLayout((4,), np.float32)
    layout[:] = h5py.VirtualSource("/etc/hostname", "x", (4,), np.float32)
    file.create_virtual_dataset(BIAS, layout)


def external(file: h5py.File) -> None:
    del file[BIAS]
    file.create_dataset(BIAS, (4,), np.float32, external=[("/etc/hostname", 0, 16)])


def long_names(file: h5py.File) -> None:
    del file["down"].attrs["weight_names"]
    file["down"].attrs.create("weight_names", ["down/kernel:0", "down/bias:0"], dtype=h5py.string_dtype())


ANOTHER, DAMAGED, STRANGE = "weights_of_another_network", "weights_damaged", "bad_weights"


@pytest.mark.parametrize(
    ("change", "code", "reason"),
    [
        (lambda f: f.create_dataset("down/down/extra:0", data=np.ones(3, np.float32)), ANOTHER, "besides '/down"),
        (lambda f: f.create_group("dense").create_dataset("W", data=np.ones(9, np.float32)), ANOTHER, "besides '/dens"),
        (lambda f: f.__delitem__(MEAN), ANOTHER, "lacks '/conv1"),
        (lambda f: listed(f, "down", "weight_names", ["down/kernel:0"]), ANOTHER, "has 1 arrays, not 2"),
        (lambda f: listed(f, "down", "weight_names", ["down/bias:0", "down/kernel:0"]), ANOTHER, "be the kernel"),
        (lambda f: listed(f, "down", "weight_names", ["down/kernel:0", "../x/bias:0"]), ANOTHER, "lacks '/down/.."),
        (lambda f: listed(f, "/", "layer_names", ["down"]), ANOTHER, "lacks layer 'conv1/7x7_s2'"),
        (lambda f: listed(f, "/", "layer_names", [*SHAPES, "down"]), ANOTHER, "lists a layer twice"),
        (lambda f: listed(f, "/", "layer_names", [*SHAPES, "gone"]), DAMAGED, "does not hold"),
        (lambda f: f.attrs.__delitem__("layer_names"), STRANGE, "not a weight file of Keras 2"),
        (lambda f: f.attrs.__setitem__("layer_names", 3), STRANGE, "not a list of names"),
        (long_names, STRANGE, "not a list of names"),
        (replaced(KERNEL, data=np.ones((3, 3, 2, 3), np.float32)), ANOTHER, r"\(3, 3, 2, 3\), not \(3, 3, 3, 2\)"),
        (replaced(BIAS, data=np.ones(4)), STRANGE, "float64, not float32"),
        (replaced(BIAS, data=np.array([1, 2, np.nan, 4], np.float32)), DAMAGED, "not finite"),
        (replaced(VARIANCE, data=np.array([1, -1], np.float32)), DAMAGED, "below 0"),
        (replaced(BIAS, compression="gzip"), STRANGE, "compressed or in pieces"),
        (replaced(BIAS, data=None, shape=(1 << 40,), dtype=np.float32), DAMAGED, "incomplete"),
        (replaced(BIAS, data=h5py.Empty(np.float32)), DAMAGED, "incomplete"),
        (linked(h5py.ExternalLink("/etc/hostname", "/x")), STRANGE, "may lead out of the file"),
        (linked(h5py.SoftLink("/down/down/kernel:0")), STRANGE, "may lead out of the file"),
        (lambda f: f.__setitem__("down/loop", f["/"]), STRANGE, "no place in a weight file"),
        (lambda f: f.__setitem__("type", np.dtype(np.float32)), STRANGE, "no place in a weight file"),
        (virtual, STRANGE, "from another file"),
        (external, STRANGE, "from another file"),
    ],
)
def test_content_that_is_refused(change: Change, code: str, reason: str, path: Path) -> None:
    with h5py.File(path, "r+") as file:
        change(file)
    refused(path, code, reason)


class Bomb:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("exploded",)


def zipped() -> bytes:
    file = io.BytesIO()
    torch.save({"bias": torch.ones(4)}, file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "code", "reason"),
    [
        (b"", "weights_damaged", "it is empty"),
        (b"<!doctype html><title>Not found</title>", "weights_damaged", "web page"),
        (b"\0" * 5000, "weights_damaged", "not an HDF5 file"),
        (b"\x89HDF\r\n\x1a\n", "weights_damaged", "damaged or cut short"),
        (b"\x89HDF\r\n\x1a\n" + b"\xff" * 5000, "weights_damaged", "damaged or cut short"),
        (pickle.dumps(Bomb()), "weights_pickled", "never opened"),
        (zipped(), "weights_pickled", "never opened"),
    ],
    ids=["empty", "page", "zeros", "only a signature", "rubbish", "pickle", "pth"],
)
def test_files_of_other_kinds(
    data: bytes, code: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "weights.h5"
    path.write_bytes(data)
    refused(path, code, reason)
    assert not (tmp_path / "exploded").exists()


def test_no_file_and_no_regular_file(tmp_path: Path) -> None:
    refused(tmp_path / "nowhere.h5", "weights_not_found", "no such weight file")
    os.mkfifo(tmp_path / "pipe.h5")
    refused(tmp_path / "pipe.h5", "weights_not_found", "no such weight file")
    refused(tmp_path, "weights_not_found", "no such weight file")


def test_a_file_too_large_is_not_parsed(tmp_path: Path) -> None:
    path = tmp_path / "large.h5"
    with path.open("wb") as file:
        file.write(b"\x89HDF\r\n\x1a\n")
        file.truncate((256 << 20) + 1)  # a hole: takes no room
    refused(path, "weights_too_large", "256 MiB")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_file_cut_short(share: float, path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    refused(path, "weights_damaged", "damaged or cut short")


def test_damaged_bytes_never_end_in_another_error(path: Path) -> None:
    good, rng = path.read_bytes(), np.random.default_rng(0)
    outcomes = {"loaded": 0, "refused": 0}
    for _ in range(200):
        data = bytearray(good)
        for at in rng.integers(0, len(data), rng.integers(1, 20)):
            data[at] = rng.integers(256)
        path.write_bytes(data)
        try:
            read(path, SHAPES)
            outcomes["loaded"] += 1
        except WeightsError:
            outcomes["refused"] += 1
    assert min(outcomes.values()) > 10  # the bytes did matter, and not all of them


@pytest.mark.parametrize(("name", "of"), [("vggface2-resnet-50", "senet"), ("vggface2-senet-50", "resnet")])
def test_the_file_of_the_sister_network(name: str, of: str, tmp_path: Path) -> None:
    tiny = registry.create(name, width=16)
    before = {k: v.clone() for k, v in tiny.state_dict().items()}
    shapes = keras.residual_shapes(of == "senet")
    small = {n: {k: tuple(d if d < 16 else 1 for d in s) for k, s in arrays.items()} for n, arrays in shapes.items()}
    path = keras.write_h5(tmp_path / f"{of}.h5", keras.random_weights(small))
    with pytest.raises(WeightsError, match="another network") as caught:
        registry.entry(name).pretrained[0].load(tiny, path)
    assert caught.value.code == "weights_of_another_network"
    assert all(torch.equal(v, before[k]) for k, v in tiny.state_dict().items())
