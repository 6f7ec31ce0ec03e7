"""More statistics of each depth than means and deviations over all places."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from fauxface.models import level_maps
from fauxface.models.efficientnet_lite import STAGES as FIVE
from fauxface.models.efficientnet_lite import MultiLevel
from fauxface.models.rich_pooling import CORRELATED, STAGES, WIDTHS, RichPooling, rich_columns


@pytest.fixture(scope="module")
def network() -> RichPooling:
    torch.manual_seed(0)
    network = RichPooling().eval()
    torch.nn.init.normal_(network.classifier.weight)
    torch.nn.init.constant_(network.classifier.bias, 0.3)
    return network


def test_its_columns_are_the_statistics_that_they_say(network: RichPooling) -> None:
    x = torch.randn(2, 3, 128, 128)
    with torch.no_grad():
        levels = network.levels(x)
        found = network.pooled(levels).numpy()
    level = levels[1].numpy()
    middle = level[:, :, 8:24, 8:24]
    rim = np.ones((32, 32), dtype=bool)
    rim[8:24, 8:24] = False

    inner, outer = found[:, rich_columns("inner", [1])], found[:, rich_columns("outer", [1])]
    np.testing.assert_allclose(inner[:, :24], middle.mean(axis=(2, 3)), rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(inner[:, 24:], middle.std(axis=(2, 3)), rtol=1e-2, atol=4e-3)
    np.testing.assert_allclose(outer[:, :24], level[:, :, rim].mean(axis=2), rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(outer[:, 24:], level[:, :, rim].std(axis=2), rtol=1e-2, atol=4e-3)

    together = found[0, rich_columns("correlations", [1])]
    expected = np.corrcoef(level[0].reshape(24, -1))[np.triu_indices(24, 1)]
    np.testing.assert_allclose(together, expected, atol=0.05)
    assert np.corrcoef(together, expected)[0, 1] > 0.99


def test_columns_are_each_ones_own_and_all_of_them(network: RichPooling) -> None:
    groups = [rich_columns(name, STAGES) for name in ("whole", "inner", "outer")]
    groups.append(rich_columns("correlations", CORRELATED))

    assert [len(group) for group in groups] == list(WIDTHS)
    assert sorted(np.concatenate(groups)) == list(range(network.classifier.in_features))
    assert len(rich_columns("correlations", [2])) == 40 * 39 // 2


def test_statistics_of_the_whole_are_those_of_a_network_with_fewer_stages(network: RichPooling) -> None:
    part = MultiLevel(FIVE).eval()
    trunk = {
        k: v for k, v in network.state_dict().items() if k in part.state_dict() and not k.startswith(("norm", "class"))
    }
    part.load_state_dict(trunk, strict=False)
    x = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        found = network.pooled(network.levels(x))[:, rich_columns("whole", FIVE)]
        torch.testing.assert_close(found, part.pooled(part.levels(x)))


@pytest.mark.parametrize("side", [32, 64, 128])
def test_the_mean_of_the_map_and_the_bias_are_the_logit(network: RichPooling, side: int) -> None:
    x = torch.randn(2, 3, side, side)
    with torch.no_grad():
        logit, activation_map = network(x)

    assert torch.isfinite(activation_map).all()
    torch.testing.assert_close(activation_map.mean(dim=(1, 2)) + 0.3, logit, rtol=1e-3, atol=1e-3)


def test_the_map_needs_no_settling_where_sides_fit(network: RichPooling) -> None:
    """Each part's mean is what its statistics add to the logit: nothing is only moved there."""
    x = torch.randn(1, 3, 256, 256)
    weight = torch.randn(sum(WIDTHS))
    with torch.no_grad():
        levels = network.levels(x)
        pooled = network.pooled(levels)
        raw = network._unsettled_map(levels, pooled, weight, (16, 16))

    hair = 1e-2 * float((pooled * weight).abs().sum())  # what is added to variances is in the features only
    assert abs(float(raw.mean()) - float(pooled[0] @ weight)) < hair


def test_what_only_the_middle_shows_lies_in_the_middle_of_the_map() -> None:
    level = torch.zeros(1, 4, 16, 16)
    level[:, 0, 6:10, 6:10] = 3.0
    values = level_maps.brought_to([level], (16, 16))
    weight = torch.zeros(8)
    weight[0] = 1.0
    moments = torch.ones(1, 8)

    inner = level_maps.of_moments(values, moments, weight, (16, 16), "inner")
    outer = level_maps.of_moments(values, moments, weight, (16, 16), "outer")

    assert float(inner[0, 0, 6:10, 6:10].min()) > 0
    assert float(outer.abs().max()) == 0


def test_a_level_of_few_places_has_no_rim() -> None:
    for region in ("inner", "outer"):
        assert torch.equal(level_maps.region_weights(region, 2, 3), torch.ones(1, 1, 2, 3))


def test_a_flat_picture_gives_finite_numbers(network: RichPooling) -> None:
    with torch.no_grad():
        logit, activation_map = network(torch.zeros(1, 3, 64, 64))
        assert torch.isfinite(logit).all()
        assert torch.isfinite(activation_map).all()
