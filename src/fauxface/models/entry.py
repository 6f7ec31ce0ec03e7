"""What the registry knows of a network: how to build it, what it expects, and the public weights it can start from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from torch import nn

from fauxface.weights.remote import PackagedFile, RemoteFile


@dataclass(frozen=True, slots=True)
class Pretrained:
    """Published weights that a network can start from.

    Attributes:
        name: what they were trained on, as recipes call them ("imagenet", "vggface2").
        file: where they are published, with their licence.
        load: puts a file's weights into a network that `ModelEntry.build` has made, all of them but the classifier,
            or raises ``WeightsError`` and leaves the network as it was.
    """

    name: str
    file: RemoteFile | PackagedFile
    load: Callable[[nn.Module, Path], None]


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A network that can be built by name.

    Attributes:
        build: called with the recipe's ``model_options``; gives a module whose ``forward`` takes normalised pictures
            (N, 3, H, W) in RGB order and returns logits for *real* (N,) and class-activation maps (N, h, w).
        input_size: side in pixels that its source uses.
        source: where the network comes from.
        mean, std: per channel (RGB) in units of 0–255; input = (pixel - mean) / std.
        input_jpeg: quality of the JPEG file that each picture is saved to before the network sees it; 0: none is.
        fixed_size: it takes pictures of ``input_size`` only (a flattened last layer).
        pretrained: public weights to start from, the usual ones first.
    """

    name: str
    build: Callable[..., nn.Module]
    input_size: int
    source: str
    mean: tuple[float, float, float] = (127.5, 127.5, 127.5)
    std: tuple[float, float, float] = (127.5, 127.5, 127.5)
    input_jpeg: int = 0
    fixed_size: bool = False
    pretrained: tuple[Pretrained, ...] = ()
