"""Two networks side by side: one that sees the face, one that sees the traces."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import torch
from torch import Tensor, nn

from fauxface.models import resnet
from fauxface.models.entry import ModelEntry
from fauxface.models.traces import INPUT_JPEG, MIDDLE, SPREAD, TraceNetwork

VOUCH: Final = 1.0
RISE: Final = 3.0


class Beside(nn.Module):
    """The logits of two networks added up, each with its own weight (logistic stacking, Wolpert 1992).

    Traces may accuse as strongly as they like, but where the face looks made they may hardly vouch for a picture:
    statistics like a camera's are what a generator nobody has seen may have too, or a fake that somebody sprinkled with
    noise, and then it is the face that must tell. Believed in full they pushed some or all of our own eigenface fakes,
    which are sums of photographs, to "real" (`docs/experiments.md`, 11, 14, 15, 18 and 22).

    How much the traces count depends on how a picture looks worn: what a strong JPEG left of them is weaker evidence
    than it takes itself for (`docs/experiments.md`, 22).

    The map is the face network's share alone: a statistic of the whole picture has no place in it.

    Args:
        face: gives logits (N,) and maps (N, h, w).
        traces: gives logits (N,), and in which shares pictures look worn each way, (N, kinds).
        vouch: largest logit for *real* that is believed of the traces where the face's logit is 0 or below; where it is
            above, ``RISE`` times as much more.
    """

    shares: Tensor
    bias: Tensor

    def __init__(self, face: nn.Module, traces: TraceNetwork, vouch: float = VOUCH) -> None:
        super().__init__()
        self.face = face
        self.traces = traces
        self.vouch = vouch
        self.register_buffer("shares", torch.ones(1 + traces.kinds))  # the face's, and the traces' for each wear
        self.register_buffer("bias", torch.tensor(0.0))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Judge normalised pictures.

        Args:
            x: (N, 3, H, W), at least 64 pixels a side.

        Returns:
            logits for *real*, (N,), and the face network's class-activation maps, (N, h, w), both float32.
        """
        words, activation_map = self.words(x)
        return self.logit(words), activation_map * self.shares[0]

    def words(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """What is believed of either's words on normalised pictures, (N, 1 + kinds); and the face's maps."""
        face, activation_map = self.face(x)
        return self.believed(face, *self.traces.words(x)), activation_map

    def believed(self, face: Tensor, traces: Tensor, worn: Tensor) -> Tensor:
        """The face's logits (N,), and the traces' as far as it lets them vouch, dealt out by wear; (N, 1 + kinds)."""
        vouched = torch.minimum(traces, self.vouch + RISE * face.clamp(min=0))
        return torch.cat([face[:, None], vouched[:, None] * worn], dim=1)

    def logit(self, words: Tensor) -> Tensor:
        """What is believed (N, 1 + kinds) as one logit, (N,)."""
        return (words * self.shares).sum(dim=1) + self.bias


def _beside(face: str) -> Callable[..., nn.Module]:
    build = next(entry.build for entry in resnet.ENTRIES if entry.name == face)

    def both(face: Mapping[str, Any] | None = None, traces: Mapping[str, Any] | None = None) -> nn.Module:
        return Beside(build(**(face or {})), TraceNetwork(**(traces or {})))

    return both


ENTRIES = tuple(
    ModelEntry(
        f"{face}-traces",
        _beside(face),
        256,
        f"{face} and, beside it, the network called traces",
        mean=(MIDDLE, MIDDLE, MIDDLE),
        std=(SPREAD, SPREAD, SPREAD),
        input_jpeg=INPUT_JPEG,
    )
    for face in ("resnet68", "resnet68-slim", "resnet-tiny")
)
