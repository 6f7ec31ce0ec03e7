"""Refuse ONNX files that point to other files, before ONNX Runtime sees them.

ONNX lets a tensor say "my numbers lie in that file". A model that is loaded from bytes resolves such names
against the current folder (seen with ONNX Runtime 1.32 when graph optimisation is off), so a model from a
stranger could read files beside it into its own constants. The weights of fauxface are always one file, so
any such reference is refused.

This reads just enough of the protobuf wire format to visit every tensor; nothing is decoded and no package is
needed.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from fauxface.errors import WeightsError

# For each message of onnx.proto3: field number → the message it holds, for the fields that may lead to a
# tensor.
_CHILDREN: Final[dict[str, dict[int, str]]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node", 11: "attribute"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
}
_EXTERNAL_DATA, _DATA_LOCATION = 13, 14
_MAX_DEPTH = 32


def refuse_external_data(model: bytes | Path) -> None:
    """Pass if the model, given as its bytes or its file, is self-contained.

    Of a file only what stands between the numbers is read.

    Raises:
        WeightsError: bad_weights if a tensor lies in another file, or the bytes are no protobuf, or none are there.
    """
    try:
        if isinstance(model, bytes):
            _visit(memoryview(model), "model", 0)
        else:
            with model.open("rb") as file:
                # Closed when the last view of it is gone: an error keeps some.
                _visit(memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)), "model", 0)
    except OSError as e:
        raise WeightsError(f"the weights cannot be read ({e.strerror})") from e
    except (IndexError, ValueError) as e:
        raise WeightsError(f"the weights are not a valid ONNX file ({e})") from e


def _visit(message: memoryview, kind: str, depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise ValueError("nested too deeply")
    children = _CHILDREN.get(kind, {})
    for number, value in _fields(message):
        if kind == "tensor" and (number == _EXTERNAL_DATA or (number == _DATA_LOCATION and value != 0)):
            raise WeightsError("the ONNX file keeps numbers in another file, which is refused: export it as one file")
        if number in children:
            if not isinstance(value, memoryview):
                raise ValueError(f"field {number} has the wrong kind")
            _visit(value, children[number], depth + 1)


def _fields(message: memoryview) -> Iterator[tuple[int, memoryview | int | None]]:
    """(field number, bytes of a nested value, or the number, or None for fixed-width ones)."""
    at, end = 0, len(message)
    while at < end:
        key, at = _varint(message, at)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, at = _varint(message, at)
            yield number, value
        elif wire == 2:
            size, at = _varint(message, at)
            if size > end - at:
                raise ValueError("it ends too early")
            yield number, message[at : at + size]
            at += size
        elif wire in (1, 5):
            yield number, None
            at += 8 if wire == 1 else 4
        else:
            raise ValueError("unknown wire type")


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError("a number is too long")
