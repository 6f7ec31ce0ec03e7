"""ResNet-68 is what the paper says it is."""

import pytest
import torch
from torch import nn

from fauxface.errors import RecipeError
from fauxface.models import registry
from fauxface.models.resnet import Bottleneck, ResNet


@pytest.fixture(scope="module")
def resnet68() -> ResNet:
    torch.manual_seed(0)
    model = registry.create("resnet68")
    assert isinstance(model, ResNet)
    return model.eval()


def test_it_has_68_weighted_layers_by_the_papers_count(resnet68: ResNet) -> None:
    skips = {m for b in resnet68.modules() if isinstance(b, Bottleneck) for m in b.skip.modules()}
    layers = [m for m in resnet68.modules() if isinstance(m, (nn.Conv2d, nn.Linear)) and m not in skips]
    assert len(layers) == 68


def test_parameter_count(resnet68: ResNet) -> None:
    # By hand: conv + batch norm of a block with input c and width w is c·w + 9w² + 4w² + 12w, a projection is
    # 4cw + 8w; stem 7·7·3·64 + 128; classifier 2048 + 1.
    total, channels = 7 * 7 * 3 * 64 + 128, 64
    for depth, w in zip((3, 4, 12, 3), (64, 128, 256, 512), strict=True):
        for j in range(depth):
            total += channels * w + 13 * w * w + 12 * w + (4 * channels * w + 8 * w if j == 0 else 0)
            channels = 4 * w
    total += 2048 + 1
    assert registry.count_parameters(resnet68) == total == 30_213_185


def test_shapes_stage_by_stage(resnet68: ResNet) -> None:
    with torch.inference_mode():
        x = resnet68.stem(torch.zeros(1, 3, 224, 224))
        shapes = [tuple(x.shape)]
        for stage in resnet68.stages:
            x = stage(x)
            shapes.append(tuple(x.shape))
    assert shapes == [(1, 64, 56, 56), (1, 256, 56, 56), (1, 512, 28, 28), (1, 1024, 14, 14), (1, 2048, 7, 7)]


def test_the_logit_is_the_mean_of_the_activation_map_plus_the_bias() -> None:
    torch.manual_seed(1)
    model = ResNet((1, 1, 1, 1), width=8, zero_init_residual=False).eval()
    nn.init.constant_(model.classifier.bias, 0.7)
    x = torch.randn(2, 3, 96, 64)
    with torch.inference_mode():
        logit, activation_map = model(x)
        by_the_book = model.classifier(model.features(x).mean(dim=(2, 3)))[:, 0]
    assert activation_map.shape == (2, 3, 2)
    torch.testing.assert_close(logit, by_the_book)
    torch.testing.assert_close(logit, activation_map.mean(dim=(1, 2)) + 0.7)


def test_zero_init_makes_each_identity_block_the_identity() -> None:
    block = ResNet((2,), width=8).stages[0][1]  # pyright: ignore[reportIndexIssue]
    x = torch.rand(1, 32, 5, 5)
    torch.testing.assert_close(block(x), x)


def test_unknown_names_and_options_are_refused_with_a_hint() -> None:
    with pytest.raises(RecipeError, match="resnet68"):
        registry.create("resnet86")
    with pytest.raises(RecipeError, match="dephts"):
        registry.create("resnet68", dephts=(1, 1))
