"""The older VGG-16 "VGGFace" network, as the notebook behind the paper's Tables III and IV used it."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor, nn

from fauxface.models import keras_weights
from fauxface.models.dense_head import DenseHead
from fauxface.models.entry import ModelEntry, Pretrained
from fauxface.weights.remote import RemoteFile

_FILE_NAME = "rcmalli_vggface_tf_notop_vgg16.h5"
_FILE = RemoteFile(
    _FILE_NAME,
    f"https://github.com/rcmalli/keras-vggface/releases/download/v2.0/{_FILE_NAME}",
    "terms of Oxford VGG's VGGFace page: non-commercial research",
)
_DEPTHS = (2, 2, 3, 3, 3)


class VGGFace16(nn.Module):
    """VGG-16's thirteen convolutions (Parkhi et al. 2015), then 2048 ReLU units on flattened features and one logit.

    For pictures of 224 × 224 only. The published file holds the convolutions; the dense layers are new, so it does not
    matter that Keras would flatten them as height, width, channel and PyTorch flattens channel first.

    Args:
        width: channels of the first stage; each later one doubles them, up to eight times as many.
        hidden: units of the dense layer.
    """

    def __init__(self, width: int = 64, hidden: int = 2048) -> None:
        super().__init__()
        stages, channels = [], 3
        for i, depth in enumerate(_DEPTHS):
            layers: list[nn.Module] = []
            for _ in range(depth):
                layers += [nn.Conv2d(channels, min(width << i, 8 * width), 3, padding=1), nn.ReLU(inplace=True)]
                channels = min(width << i, 8 * width)
            stages.append(nn.Sequential(*layers, nn.MaxPool2d(2)))
        self.stages = nn.Sequential(*stages)
        self.head = DenseHead(channels, 7, hidden)
        for module in self.stages.modules():
            if isinstance(module, nn.Conv2d) and module.bias is not None:
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)

    def features(self, x: Tensor) -> Tensor:
        """(N, 3, H, W) to (N, 8·width, H/32, W/32), rounded down at each of the five halvings."""
        return self.stages(x)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Judge normalised pictures, (N, 3, 224, 224): logits for *real*, (N,), and maps, (N, 7, 7), both float32."""
        return self.head(self.features(x))

    def keras_layers(self) -> dict[str, nn.Module]:
        """Every layer of the published file by its name there."""
        layers: dict[str, nn.Module] = {}
        for i, stage in enumerate(self.stages, start=1):
            convolutions = [m for m in stage.modules() if isinstance(m, nn.Conv2d)]
            layers |= {f"conv{i}_{j}": m for j, m in enumerate(convolutions, start=1)}
        return layers


def _load(network: nn.Module, path: Path) -> None:
    assert isinstance(network, VGGFace16)
    keras_weights.load(network.keras_layers(), path, bgr="conv1_1")


ENTRIES = (
    ModelEntry(
        "vggface-vgg16",
        VGGFace16,
        224,
        "VGG-16 of VGGFace (Parkhi et al. 2015), as in keras-vggface 2.0, with the notebook's dense head",
        mean=(129.1863, 104.7624, 93.5940),
        std=(1.0, 1.0, 1.0),
        fixed_size=True,
        pretrained=(Pretrained("vggface", _FILE, _load),),
    ),
)
