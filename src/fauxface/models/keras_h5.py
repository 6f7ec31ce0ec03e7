"""Reading weight files of Keras 2 (HDF5) strictly: exactly the layers that a network has, checked before any is used.

Such a file has a group for each layer, whose attribute ``weight_names`` lists its arrays in Keras's order; the root's
``layer_names`` lists the layers. Nothing in it is ever executed: no pickles, no Keras. The file is read into memory
first, so that what was checked is what is used, and everything that could lead out of it (links, external storage,
virtual data) or blow up (compression, arrays of other sizes) is refused. Parsing itself is the HDF5 library's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import h5py
import numpy as np
from h5py import h5f, h5o, h5p  # pyright: ignore[reportAttributeAccessIssue] (compiled, without stubs)
from numpy.typing import NDArray

from fauxface.errors import WeightsError

Shapes = Mapping[str, Mapping[str, tuple[int, ...]]]
"""Layer → kind of array → its shape, the arrays in the order in which Keras stores them."""
Arrays = dict[str, dict[str, NDArray[np.float32]]]

_SIGNATURE: Final = b"\x89HDF\r\n\x1a\n"
_MAX_BYTES: Final = 256 << 20
_MAX_OBJECTS: Final = 10_000
_MAX_NAMES_BYTES: Final = 1 << 20
# What h5py raises for damaged files, besides OSError; found by damaging some.
_OF_HDF5: Final = (OSError, RuntimeError, ValueError, LookupError, TypeError, ArithmeticError, MemoryError)
# Keras 1 called the arrays otherwise ("conv1_1_W_1:0"), and a scope in TensorFlow may number them.
_KINDS: Final = {
    "W": "kernel",
    "b": "bias",
    "running_mean": "moving_mean",
    "running_std": "moving_variance",
} | {k: k for k in ("kernel", "bias", "gamma", "beta", "moving_mean", "moving_variance")}
_KIND: Final = re.compile(rf"(?:.*[/_])?({'|'.join(_KINDS)})(?:_\d+)?(?::0)?")


def read(path: Path, shapes: Shapes) -> Arrays:
    """The arrays of a weight file that holds exactly these layers.

    Whether it is the published file, by size and hash, is for `fauxface.weights.fetch` to say.

    Args:
        path: the file, at most 256 MiB.
        shapes: every layer that has weights.

    Returns:
        for each layer its arrays by kind (kernel, bias, gamma, beta, moving_mean, moving_variance), float32, all
        finite, as Keras lays them out (kernels: height, width, in, out).

    Raises:
        WeightsError: weights_not_found; weights_pickled; weights_damaged (no HDF5, cut short, unreadable, not finite);
            weights_of_another_network (layers or arrays missing, too many or of other shapes); bad_weights (what
            Keras never writes: links, data outside the file, compression).
    """
    data = _bytes(path)
    try:
        with _opened(data) as opened:
            return _read(opened, shapes, str(path))
    except _OF_HDF5 as e:
        reason = (str(e).splitlines() or [type(e).__name__])[0]
        raise WeightsError(
            f"{path}: damaged or cut short ({reason}). Nothing was loaded; get it again", code="weights_damaged"
        ) from e


def _opened(data: bytes) -> h5py.File:
    """The library's own file in memory; through a Python file object, damaged offsets overflow."""
    access = h5p.create(h5p.FILE_ACCESS)
    access.set_fapl_core(backing_store=False)
    access.set_file_image(data)
    return h5py.File(h5f.open(b"weights", h5f.ACC_RDONLY, access))


def _bytes(path: Path) -> bytes:
    try:
        if not path.is_file():  # also refuses pipes and devices, which could be read forever
            raise WeightsError(f"{path}: no such weight file", code="weights_not_found")
        with path.open("rb") as opened:
            data = opened.read(_MAX_BYTES + 1)
    except (OSError, ValueError) as e:  # ValueError: a NUL in the path
        raise WeightsError(f"{path}: cannot be read ({e})", code="weights_not_found") from e
    if len(data) > _MAX_BYTES:
        raise WeightsError(f"{path}: larger than 256 MiB, no weights of ours", code="weights_too_large")
    if data.startswith((b"PK\x03\x04", b"\x80")):
        raise WeightsError(
            f"{path}: this is a pickle or a ZIP archive (.pth, .keras), which is never opened; wanted is the published "
            ".h5. Nothing was loaded",
            code="weights_pickled",
        )
    if not data.startswith(_SIGNATURE):
        what = "it is empty" if not data else "is it a web page?" if data.lstrip()[:1] == b"<" else "wanted is an .h5"
        raise WeightsError(f"{path}: not an HDF5 file ({what}). Nothing was loaded", code="weights_damaged")
    return data


def _read(opened: h5py.File, shapes: Shapes, name: str) -> Arrays:
    found = dict(_datasets(opened, name))
    root: h5py.Group = opened
    prefix = ""
    if "layer_names" not in opened.attrs and isinstance(saved := opened.get("model_weights"), h5py.Group):
        root, prefix = saved, "/model_weights"  # a whole model, saved at once
    listed = _names(root, "layer_names", name)
    _same(len(set(listed)) == len(listed), name, "it lists a layer twice")
    for layer in shapes:
        _same(layer in listed, name, f"it lacks layer '{layer}'")
    wanted: dict[str, dict[str, h5py.Dataset]] = {}
    for layer in listed:
        group = root.get(layer)
        if not isinstance(group, h5py.Group):
            raise WeightsError(f"{name}: it lists a layer '{layer}' that it does not hold", code="weights_damaged")
        # Looked up in what the walk has found, so that no name can lead anywhere else.
        paths = [f"{prefix}/{layer}/{array}" for array in _names(group, "weight_names", name)]
        arrays = shapes.get(layer, {})
        _same(len(paths) == len(arrays), name, f"layer '{layer}' has {len(paths)} arrays, not {len(arrays)}")
        if arrays:
            wanted[layer] = {}
        for path, (kind, shape) in zip(paths, arrays.items(), strict=True):
            _same(path in found, name, f"it lacks '{path}'")
            called = _KIND.fullmatch(path)
            _same(called is not None and _KINDS[called[1]] == kind, name, f"'{path}' should be the {kind}")
            dataset = found.pop(path)
            _same(dataset.shape == shape, name, f"'{path}' is {dataset.shape}, not {shape}")
            wanted[layer][kind] = dataset
    _same(not found, name, f"it has besides '{next(iter(found), '')}'")
    return {layer: {kind: _array(d, kind, name) for kind, d in arrays.items()} for layer, arrays in wanted.items()}


def _same(ok: bool, name: str, what: str) -> None:
    if not ok:
        raise WeightsError(
            f"{name}: weights of another network: {what}. Nothing was loaded", code="weights_of_another_network"
        )


def _datasets(opened: h5py.File, name: str) -> Iterator[tuple[str, h5py.Dataset]]:
    """Every array in the file by its path, after looking at what kind of thing each is; no link is followed."""
    todo: list[tuple[str, h5py.Group]] = [("", opened)]
    seen = {_address(opened)}
    while todo:
        path, group = todo.pop()
        for key in group:
            where = f"{path}/{key}"
            if not isinstance(group.get(key, getlink=True), h5py.HardLink):
                raise WeightsError(f"{name}: '{where}' is a link that may lead out of the file, which is not followed")
            found = group[key]
            if isinstance(found, h5py.Datatype) or _address(found) in seen or len(seen) > _MAX_OBJECTS:
                raise WeightsError(f"{name}: '{where}' has no place in a weight file")
            seen.add(_address(found))
            if isinstance(found, h5py.Group):
                todo.append((where, found))
                continue
            assert isinstance(found, h5py.Dataset)
            _check_storage(found, f"{name}: '{where}'")
            yield where, found


def _address(thing: h5py.Group | h5py.Dataset) -> int:
    """Where an object lies in the file: the same for two names of one object."""
    return h5o.get_info(thing.id).addr


def _check_storage(dataset: h5py.Dataset, where: str) -> None:
    if dataset.external or dataset.is_virtual:
        raise WeightsError(f"{where} takes its numbers from another file, which is not followed")
    # Keras writes arrays whole. Refusing all else also refuses what would unpack to a thousand times its size.
    if dataset.chunks is not None or dataset.id.get_create_plist().get_nfilters():
        raise WeightsError(f"{where} is compressed or in pieces, as Keras never writes it")
    if dataset.dtype != np.dtype(np.float32):
        raise WeightsError(f"{where} holds {dataset.dtype}, not float32")
    if dataset.shape is None or dataset.id.get_storage_size() != dataset.nbytes:
        raise WeightsError(f"{where} is incomplete: its numbers are not in the file", code="weights_damaged")


def _names(group: h5py.Group, key: str, name: str) -> list[str]:
    """A list of names in an attribute. Only text of fixed length, as Keras 2 wrote it: the other kind can claim any
    size."""
    if key not in group.attrs:
        raise WeightsError(f"{name}: not a weight file of Keras 2: '{group.name}' has no attribute '{key}'")
    attribute = group.attrs.get_id(key)
    size = int(np.prod(attribute.shape, dtype=object)) * attribute.dtype.itemsize
    if len(attribute.shape) != 1 or size > _MAX_NAMES_BYTES:
        raise WeightsError(f"{name}: the attribute '{key}' of '{group.name}' is not a list of names")
    if size == 0 or not attribute.shape[0]:
        return []  # Keras writes an empty list as numbers
    if attribute.dtype.kind != "S":
        raise WeightsError(f"{name}: the attribute '{key}' of '{group.name}' is not a list of names")
    values = np.asarray(group.attrs[key]).tolist()
    return [value.decode("utf-8", "backslashreplace") for value in values]


def _array(dataset: h5py.Dataset, kind: str, name: str) -> NDArray[np.float32]:
    values = np.asarray(dataset[()], dtype=np.float32)
    if not np.isfinite(values).all():
        raise WeightsError(f"{name}: '{dataset.name}' holds a number that is not finite", code="weights_damaged")
    if kind == "moving_variance" and (values < 0).any():
        raise WeightsError(f"{name}: '{dataset.name}' is a variance below 0", code="weights_damaged")
    return values
