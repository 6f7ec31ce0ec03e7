"""Loading published weights into a trunk: safetensors only, and every tensor or none."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor, nn

from fauxface.errors import WeightsError
from fauxface.models.trunk import TrunkWithMap

_FLOATS: Final = {"F32", "F16", "BF16"}
_COUNTER: Final = ".num_batches_tracked"


def loader(*left_out: str) -> Callable[[nn.Module, Path], None]:
    """A `load` for networks whose published file holds, besides the trunk, names that begin like these."""
    return partial(load, left_out=left_out)


def load(module: nn.Module, path: Path, left_out: tuple[str, ...]) -> None:
    """Copy published weights into the trunk of a network; its one-logit classifier stays as it is.

    Everything is checked before the first number is copied: every name and shape of the trunk must be there, and
    nothing else but what is left out. The counters of batch normalisation may be missing, as older files do not have
    them and nothing here reads them.

    Args:
        module: a `TrunkWithMap` as the registry builds it.
        path: a safetensors file.
        left_out: beginnings of the names that are not ours (the 1000-class classifier, ``"fc."``).

    Raises:
        WeightsError: weights_not_found, weights_pickled, weights_damaged (truncated, not safetensors, not finite),
            weights_of_another_network; the network is then as it was.
    """
    assert isinstance(module, TrunkWithMap), "the registry pairs these weights with such a network"
    _refuse_pickles(path)
    wanted = module.trunk.state_dict()
    found = _read(path, wanted, left_out)
    with torch.no_grad():
        for name, tensor in found.items():
            wanted[name].copy_(tensor)


def _refuse_pickles(path: Path) -> None:
    try:
        if not path.is_file():  # also refuses pipes and devices, which could be read forever
            raise WeightsError(f"{path}: no such weight file", code="weights_not_found")
        with path.open("rb") as file:
            start = file.read(8)
    except (OSError, ValueError) as e:  # ValueError: a NUL in the path
        raise WeightsError(f"{path}: cannot be read ({e})", code="weights_not_found") from e
    # PyTorch's .pth is a zip, or, before 1.6, a bare pickle (0x80 and the protocol).
    if start.startswith(b"PK") or (start[:1] == b"\x80" and start[1:2] in b"\x01\x02\x03\x04\x05" and len(start) > 1):
        raise WeightsError(
            f"{path}: this is a pickle (.pth, .bin), which can run code when it is opened; fauxface reads safetensors "
            "only. Nothing was loaded",
            code="weights_pickled",
        )


def _read(path: Path, wanted: dict[str, Tensor], left_out: tuple[str, ...]) -> dict[str, Tensor]:
    """The trunk's tensors out of a file, checked."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            names = [n for n in file.keys() if n in wanted or not n.startswith(left_out)]  # noqa: SIM118 (no dict)
            _check_names(path, set(names), set(wanted))
            for name in names:
                _check_kind(path, name, file.get_slice(name), wanted[name])
            found = {name: file.get_tensor(name) for name in names}
    except (SafetensorError, OSError, ValueError) as e:
        raise WeightsError(
            f"{path}: truncated, or no safetensors file ({e}). Nothing was loaded", code="weights_damaged"
        ) from e
    for name, tensor in found.items():
        if not torch.isfinite(tensor).all():
            raise WeightsError(f"{path}: '{name}' is not finite. Nothing was loaded", code="weights_damaged")
    return found


def _check_names(path: Path, names: set[str], wanted: set[str]) -> None:
    missing = sorted(n for n in wanted - names if not n.endswith(_COUNTER))
    foreign = sorted(names - wanted)
    for what, which in (("lacks", missing), ("has besides", foreign)):
        if which:
            more = f" and {len(which) - 1} more" if len(which) > 1 else ""
            raise WeightsError(
                f"{path}: weights of another network: it {what} '{which[0]}'{more}. Nothing was loaded",
                code="weights_of_another_network",
            )


def _check_kind(path: Path, name: str, found: Any, wanted: Tensor) -> None:
    """``found``: a slice of safetensors, of which nothing was read yet."""
    shape, kind = tuple(found.get_shape()), found.get_dtype()
    if shape != tuple(wanted.shape):
        raise WeightsError(
            f"{path}: weights of another network: '{name}' is {shape}, not {tuple(wanted.shape)}. Nothing was loaded",
            code="weights_of_another_network",
        )
    if not (kind in _FLOATS if wanted.is_floating_point() else kind == "I64"):
        raise WeightsError(f"{path}: '{name}' holds {kind} numbers. Nothing was loaded", code="weights_damaged")
