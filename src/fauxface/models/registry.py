"""Every network by its name: an entry is a builder and the facts that its card starts from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from torch import nn

from fauxface.errors import RecipeError
from fauxface.models.resnet import ResNet


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A network that can be built by name.

    Attributes:
        build: called with the recipe's ``model_options``; gives a module whose ``forward`` takes normalised pictures
            (N, 3, H, W) and returns logits for *real* (N,) and class-activation maps (N, h, w).
        input_size: side in pixels that its source uses.
        mean, std: per channel in units of 0–255; input = (pixel - mean) / std.
        source: where the network comes from.
    """

    name: str
    build: Callable[..., nn.Module]
    input_size: int
    source: str
    mean: tuple[float, float, float] = (127.5, 127.5, 127.5)
    std: tuple[float, float, float] = (127.5, 127.5, 127.5)


def _resnet(depths: tuple[int, ...], width: int) -> Callable[..., nn.Module]:
    def build(**options: Any) -> nn.Module:
        return ResNet(**{"depths": depths, "width": width, **options})

    return build


_ENTRIES = (
    ModelEntry("resnet68", _resnet((3, 4, 12, 3), 64), 224, "the paper, Fig. 4; depths by its count of 68 layers"),
    ModelEntry("resnet68-slim", _resnet((3, 4, 12, 3), 16), 224, "ResNet-68 at a quarter of the width, for CPUs"),
    ModelEntry("resnet-tiny", _resnet((1, 1, 1, 1), 8), 64, "a ResNet small enough for tests"),
)
REGISTRY: dict[str, ModelEntry] = {entry.name: entry for entry in _ENTRIES}


def entry(name: str) -> ModelEntry:
    """The entry of a network.

    Raises:
        RecipeError: no network of that name; the message names the nearest ones.
    """
    if name not in REGISTRY:
        near = get_close_matches(name, REGISTRY, n=3) or sorted(REGISTRY)
        raise RecipeError(f"no network is called '{name}'; did you mean {', '.join(near)}?", code="unknown_model")
    return REGISTRY[name]


def create(name: str, **options: Any) -> nn.Module:
    """Build a network with fresh weights (seed torch first if they must be reproducible).

    Raises:
        RecipeError: no network of that name, or an option that it does not take.
    """
    found = entry(name)
    try:
        return found.build(**options)
    except (TypeError, ValueError, ArithmeticError, RuntimeError) as e:  # RuntimeError: PyTorch, sizes below 0
        reason = (str(e).splitlines() or [type(e).__name__])[0]
        raise RecipeError(f"network '{name}': {reason}", code="bad_model_options") from e


def count_parameters(model: nn.Module) -> int:
    """Trained numbers in a network."""
    return sum(p.numel() for p in model.parameters())
