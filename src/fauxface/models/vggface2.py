"""ResNet-50 and SENet-50 as they were trained on VGGFace2 and published for Keras.

Layers, names and hyper-parameters are those of release v2.0 of rcmalli/keras-vggface, itself converted from the Caffe
networks of Cao et al., "VGGFace2: A dataset for recognising faces across pose and age" (2018). They differ from
today's ResNet-50 in four places: the stride of a stage sits in its first 1×1 convolution, "same" padding of the stem
is uneven as TensorFlow has it, the max pooling has no padding, and so a 224-pixel picture gives 55×55 after the stem.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor, nn
from torch.nn import functional as F

from fauxface.models import keras_weights
from fauxface.models.entry import ModelEntry, Pretrained
from fauxface.models.trunk import TrunkWithMap
from fauxface.weights.remote import RemoteFile

_RELEASE = "https://github.com/rcmalli/keras-vggface/releases/download/v2.0/"
_STEM = "conv1/7x7_s2"


def same_padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """Zeros before and after one side for TensorFlow's "same": ⌈size / stride⌉ results, the odd zero at the end."""
    needed = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return needed // 2, needed - needed // 2


class SqueezeExcitation(nn.Module):
    """Weighs each channel by what the whole picture says (Hu et al. 2018), with biases, a sixteenth in the middle."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.down = nn.Conv2d(channels, channels // 16, 1)
        self.up = nn.Conv2d(channels // 16, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to the same."""
        return x * self.up(F.relu(self.down(x.mean(dim=(2, 3), keepdim=True)))).sigmoid()


class Block(nn.Module):
    """1×1 with the stride, 3×3, 1×1, around a skip connection that is projected where the shape changes."""

    def __init__(self, channels_in: int, width: int, stride: int, project: bool, squeeze: bool, epsilon: float) -> None:
        super().__init__()
        channels_out = 4 * width
        self.reduce = _conv_norm(channels_in, width, 1, stride, epsilon)
        self.middle = _conv_norm(width, width, 3, 1, epsilon)
        self.increase = _conv_norm(width, channels_out, 1, 1, epsilon)
        self.squeeze: nn.Module = SqueezeExcitation(channels_out) if squeeze else nn.Identity()
        self.project: nn.Module = (
            _conv_norm(channels_in, channels_out, 1, stride, epsilon) if project else nn.Identity()
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, C_in, H, W) to (N, 4·width, ⌈H/stride⌉, ⌈W/stride⌉)."""
        y = F.relu(self.reduce(x), inplace=True)
        y = F.relu(self.middle(y), inplace=True)
        return F.relu(self.squeeze(self.increase(y)) + self.project(x))

    def keras_layers(self, prefix: str) -> Iterator[tuple[str, nn.Module]]:
        """(Keras name, layer) for each layer that has weights."""
        parts = {"1x1_reduce": self.reduce, "3x3": self.middle, "1x1_increase": self.increase, "1x1_proj": self.project}
        for name, part in parts.items():
            if isinstance(part, nn.Sequential):
                yield prefix + name, part[0]
                yield f"{prefix}{name}/bn", part[1]
        if isinstance(self.squeeze, SqueezeExcitation):
            yield prefix + "1x1_down", self.squeeze.down
            yield prefix + "1x1_up", self.squeeze.up


class VGGFace2Trunk(nn.Module):
    """ResNet-50 or SENet-50 of VGGFace2 without its last layer.

    Args:
        squeeze: SENet-50 instead of ResNet-50.
        depths: blocks in each stage.
        width: channels of the stem and of the first stage's 3×3 convolutions; each later stage doubles them.
    """

    def __init__(self, squeeze: bool = False, depths: Sequence[int] = (3, 4, 6, 3), width: int = 64) -> None:
        super().__init__()
        # The published networks use Keras's own epsilon in one and 1e-4 in the other.
        epsilon = 1e-4 if squeeze else 1e-3
        self.stem = nn.Sequential(nn.Conv2d(3, width, 7, 2, bias=False), nn.BatchNorm2d(width, eps=epsilon))
        stages, channels = [], width
        for i, depth in enumerate(depths):
            blocks = []
            for j in range(depth):
                stride = 2 if i > 0 and j == 0 else 1
                blocks.append(Block(channels, width << i, stride, j == 0, squeeze, epsilon))
                channels = 4 * (width << i)
            stages.append(nn.Sequential(*blocks))
        self.stages = nn.Sequential(*stages)
        self.channels = channels
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.xavier_uniform_(module.weight)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Features of normalised pictures.

        Args:
            x: (N, 3, H, W), red, green, blue with the means of the entry taken off, not scaled; 32 pixels or more.

        Returns:
            (N, 32·width, h, w), 7×7 for 224 pixels; their mean over positions is the embedding of a face.
        """
        top, bottom = same_padding(x.shape[2], 7, 2)
        left, right = same_padding(x.shape[3], 7, 2)
        x = F.relu(self.stem(F.pad(x, (left, right, top, bottom))), inplace=True)
        return self.stages(F.max_pool2d(x, 3, 2))

    def keras_layers(self) -> dict[str, nn.Module]:
        """Every layer of the published file by its name there."""
        layers: dict[str, nn.Module] = {_STEM: self.stem[0], f"{_STEM}/bn": self.stem[1]}
        for i, stage in enumerate(self.stages, start=2):
            assert isinstance(stage, nn.Sequential)
            for j, block in enumerate(stage, start=1):
                assert isinstance(block, Block)
                layers |= dict(block.keras_layers(f"conv{i}_{j}_"))
        return layers


def _conv_norm(channels_in: int, channels_out: int, kernel: int, stride: int, epsilon: float) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, kernel, stride, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(channels_out, eps=epsilon),
    )


def _pretrained(file_name: str) -> Pretrained:
    # The publisher names neither size nor hash, and for the terms points to the page of the networks' authors.
    file = RemoteFile(file_name, _RELEASE + file_name, "terms of Oxford VGG's VGGFace2 page")

    return Pretrained("vggface2", file, _load)


def _load(network: nn.Module, path: Path) -> None:
    assert isinstance(network, TrunkWithMap)
    assert isinstance(network.trunk, VGGFace2Trunk)
    keras_weights.load(network.trunk.keras_layers(), path, bgr=_STEM)


def _entry(name: str, squeeze: bool, file_name: str) -> ModelEntry:
    def build(**options: Any) -> nn.Module:
        trunk = VGGFace2Trunk(squeeze, **options)
        return TrunkWithMap(trunk, trunk.channels)

    return ModelEntry(
        name,
        build,
        224,
        f"{'SENet' if squeeze else 'ResNet'}-50 of VGGFace2 (Cao et al. 2018), as in keras-vggface 2.0",
        mean=(131.0912, 103.8827, 91.4953),
        std=(1.0, 1.0, 1.0),
        pretrained=(_pretrained(file_name),),
    )


ENTRIES = (
    _entry("vggface2-resnet-50", False, "rcmalli_vggface_tf_notop_resnet50.h5"),
    _entry("vggface2-senet-50", True, "rcmalli_vggface_tf_notop_senet50.h5"),
)
