"""Pictures of a training batch get a part of another one."""

from __future__ import annotations

import pytest
import torch
from pydantic import ValidationError

from fauxface.data.mixing import MixingSettings, mix


def batch(n: int = 8, side: int = 20) -> tuple[torch.Tensor, torch.Tensor]:
    """Black photographs and white fakes, by turns."""
    targets = torch.arange(n).float() % 2
    return (255 * targets)[:, None, None, None].expand(n, 3, side, side).clone(), targets


def mixed(settings: MixingSettings, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    return mix(*batch(), settings, torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("kind", ["blend", "paste"])
def test_a_target_says_how_much_of_a_picture_is_whose(kind: str) -> None:
    pictures, targets = mixed(MixingSettings.model_validate({"kind": kind, "probability": 1.0}))
    assert torch.allclose(pictures.mean(dim=(1, 2, 3)) / 255, targets, atol=1e-5)
    assert (targets - batch()[1]).abs().max() > 0.05


def test_pasted_pictures_keep_their_pixels_and_blended_ones_do_not() -> None:
    pasted, _ = mixed(MixingSettings(kind="paste", probability=1.0))
    assert set(pasted.unique().tolist()) == {0.0, 255.0}
    blended, _ = mixed(MixingSettings(kind="blend", probability=1.0))
    assert len(blended.unique()) > 4


@pytest.mark.parametrize("kind", ["blend", "paste"])
def test_the_other_part_is_no_larger_than_asked(kind: str) -> None:
    settings = MixingSettings.model_validate({"kind": kind, "probability": 1.0, "share": 0.2})
    for seed in range(20):
        _, targets = mixed(settings, seed)
        # Sides are whole pixels: a rectangle may be a little larger.
        assert (targets - batch()[1]).abs().max() <= 0.2 + 0.03


def test_a_share_of_the_pictures_is_mixed() -> None:
    changed = [int((mixed(MixingSettings(probability=0.5), s)[1] != batch()[1]).sum()) for s in range(50)]
    assert 0.35 < sum(changed) / (50 * 8) < 0.6
    pictures, targets = mixed(MixingSettings(probability=0.0))
    assert torch.equal(pictures, batch()[0])
    assert torch.equal(targets, batch()[1])


def test_the_same_seed_mixes_alike() -> None:
    first, second, other = (mixed(MixingSettings(probability=1.0), seed)[0] for seed in (3, 3, 4))
    assert torch.equal(first, second)
    assert not torch.equal(first, other)


@pytest.mark.parametrize("wrong", [{"share": 0.0}, {"share": 1.5}, {"probability": -0.1}, {"kind": "fold"}])
def test_settings_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        MixingSettings.model_validate(wrong)
