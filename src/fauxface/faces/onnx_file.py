"""Writes an ONNX file without the ``onnx`` package: just enough of its protobuf for small networks.

The field numbers are those of ``onnx.proto3``. A message is a row of fields; each is a key (number and kind), then a
number in base 128 or a length and that many bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

IR_VERSION: Final = 8
OPSET: Final = 13
_FLOAT: Final = 1
_INT_KIND, _INTS_KIND = 2, 7  # of an attribute

Dimension = int | str


def node(kind: str, inputs: Sequence[str], output: str, **attributes: int | Sequence[int]) -> bytes:
    """One operation with one output; attributes are whole numbers or lists of them."""
    parts = [_text(1, name) for name in inputs] + [_text(2, output), _text(3, output), _text(4, kind)]
    return b"".join([*parts, *(_bytes(5, _attribute(name, value)) for name, value in attributes.items())])


def model(
    nodes: Sequence[bytes],
    constants: Mapping[str, NDArray[np.float32]],
    inputs: Mapping[str, Sequence[Dimension]],
    outputs: Mapping[str, Sequence[Dimension]],
) -> bytes:
    """A whole file.

    Args:
        nodes: from `node`, in an order in which they can be computed.
        constants: float32 arrays by name.
        inputs, outputs: name → shape of float32 tensors; a text is a dimension that is free.
    """
    graph = b"".join(
        [
            *(_bytes(1, n) for n in nodes),
            _text(2, "network"),
            *(_bytes(5, _tensor(name, array)) for name, array in constants.items()),
            *(_bytes(11, _value(name, shape)) for name, shape in inputs.items()),
            *(_bytes(12, _value(name, shape)) for name, shape in outputs.items()),
        ]
    )
    return _number(1, IR_VERSION) + _text(2, "fauxface") + _bytes(7, graph) + _bytes(8, _number(2, OPSET))


def _attribute(name: str, value: int | Sequence[int]) -> bytes:
    if isinstance(value, int):
        return _text(1, name) + _number(3, value) + _number(20, _INT_KIND)
    return _text(1, name) + b"".join(_number(8, v) for v in value) + _number(20, _INTS_KIND)


def _tensor(name: str, array: NDArray[np.float32]) -> bytes:
    dims = b"".join(_number(1, d) for d in array.shape)
    return dims + _number(2, _FLOAT) + _text(8, name) + _bytes(9, np.ascontiguousarray(array, "<f4").tobytes())


def _value(name: str, shape: Sequence[Dimension]) -> bytes:
    dims = b"".join(_bytes(1, _number(1, d) if isinstance(d, int) else _text(2, d)) for d in shape)
    tensor = _number(1, _FLOAT) + _bytes(2, dims)
    return _text(1, name) + _bytes(2, _bytes(1, tensor))


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _text(field: int, value: str) -> bytes:
    return _bytes(field, value.encode("ascii"))


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*out, value))
