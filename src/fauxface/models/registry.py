"""Every network by its name."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from torch import nn

from fauxface.errors import RecipeError
from fauxface.models import (
    efficientnet_lite,
    mesonet,
    plain_cnn,
    resnet,
    rich_pooling,
    timm_networks,
    vggface2,
    vggface16,
)
from fauxface.models.entry import ModelEntry

# One group a file, in the order that lists show them in.
_GROUPS = (
    efficientnet_lite.ENTRIES,
    rich_pooling.ENTRIES,
    resnet.ENTRIES,
    vggface2.ENTRIES,
    vggface16.ENTRIES,
    timm_networks.ENTRIES,
    mesonet.ENTRIES,
    plain_cnn.ENTRIES,
)
REGISTRY: dict[str, ModelEntry] = {entry.name: entry for group in _GROUPS for entry in group}


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
    """How many numbers a network has, of trained and of frozen parts."""
    return sum(p.numel() for p in model.parameters())
