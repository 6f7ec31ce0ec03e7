"""The network of traces: its statistics are what they are said to be, and it stands beside another one."""

from __future__ import annotations

from collections import Counter
from itertools import product

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from fauxface.models import registry
from fauxface.models.beside import Beside
from fauxface.models.traces import TraceNetwork, TraceStatistics
from fauxface.runtime.onnx import OnnxSession
from fauxface.training.onnx_file import to_onnx

PATTERNS = 39  # of 125 triples of five levels, a triple, its mirror image and its negative being one


def pictures(n: int = 2, side: int = 48, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (n, 3, side, side), generator=generator).float()


def smooth(n: int, seed: int = 0) -> Tensor:
    """Soft shades without noise, 64 pixels a side."""
    return interpolate(pictures(n, 3, seed), size=64, mode="bilinear").round()


def test_patterns_are_counted_as_a_loop_would_count_them() -> None:
    """Luminance steps across, in steps of 3, along rows and columns; an independent count with Python's own tools."""
    picture = pictures(1) // 16  # small differences, or all levels would be the outermost
    red, green, blue = picture[0].double().numpy()
    y = (0.299 * red + 0.587 * green + 0.114 * blue).astype(np.float32)
    levels = np.rint((y[:, 1:] - y[:, :-1]) / 3.001).clip(-2, 2).astype(int)
    counted: Counter[tuple[int, ...]] = Counter()
    for rows in (levels, levels.T):
        for row in rows.tolist():
            counted.update(zip(row, row[1:], row[2:], strict=False))
    kinds: Counter[tuple[int, ...]] = Counter()
    for triple, n in counted.items():
        kinds[min(triple, triple[::-1], tuple(-v for v in triple), tuple(-v for v in triple[::-1]))] += n
    order = sorted(
        {min(t, t[::-1], tuple(-v for v in t), tuple(-v for v in t[::-1])) for t in product(range(-2, 3), repeat=3)}
    )
    wanted = np.array([kinds[kind] for kind in order]) / sum(kinds.values())
    got = TraceStatistics()(picture)[0, PATTERNS : 2 * PATTERNS].square().numpy()
    assert len(order) == PATTERNS
    np.testing.assert_allclose(np.sort(got), np.sort(wanted), atol=5e-5)  # rows and columns count alike


@pytest.mark.parametrize("grey", [False, True])
def test_no_difference_lies_on_an_edge(grey: bool) -> None:
    """Another runtime's last digit would decide where it counts; twice the precision stands for another runtime."""
    picture = pictures(4) // 16
    picture = picture[:, :1].expand(-1, 3, -1, -1) if grey else picture
    exact = TraceStatistics().double()(picture.double())
    torch.testing.assert_close(TraceStatistics()(picture).double(), exact, atol=1e-5, rtol=0)


def test_every_group_of_patterns_is_a_distribution() -> None:
    shares = TraceStatistics()(pictures())[:, : 10 * PATTERNS].square().reshape(2, 10, PATTERNS).sum(dim=2)
    torch.testing.assert_close(shares, torch.ones(2, 10), atol=1e-4, rtol=0)


def test_mirror_images_and_turned_pictures_have_the_same_spectrum() -> None:
    statistics, picture = TraceStatistics(), pictures(side=64)
    there = statistics(picture)
    torch.testing.assert_close(statistics(picture.flip(3)), there, atol=2e-3, rtol=0)
    spectrum = slice(10 * PATTERNS, None)
    torch.testing.assert_close(statistics(picture.transpose(2, 3))[:, spectrum], there[:, spectrum], atol=2e-3, rtol=0)


def test_energy_shows_where_its_frequency_is() -> None:
    """A wave of one frequency along x, in grey: that coefficient of the luminance stands out, chroma has nothing."""
    statistics = TraceStatistics()
    wave = 128 + 60 * torch.cos(torch.pi * 9 * (torch.arange(64) + 0.5) / 32)
    luminance, cb, cr = statistics(wave.expand(1, 3, 64, 64))[0, 10 * PATTERNS :].reshape(3, -1)
    row, column = statistics.pairs // 32, statistics.pairs % 32
    waves = (column >= 5).nonzero()[:, 0]  # below lies the brightness, which the window spreads a little
    best = waves[luminance[waves].argmax()]
    assert row[best] <= 2
    assert abs(column[best] - 9) <= 1
    assert luminance.max() > 5
    assert max(cb.max(), cr.max()) < 0


def test_brightness_does_not_move_the_patterns() -> None:
    statistics, picture = TraceStatistics(), pictures() // 2
    patterns = slice(0, 10 * PATTERNS)
    torch.testing.assert_close(
        statistics(picture + 20)[:, patterns], statistics(picture)[:, patterns], atol=1e-5, rtol=0
    )


def test_beside_adds_the_weighted_logits_and_keeps_the_face_s_map() -> None:
    torch.manual_seed(0)
    both = registry.create("resnet-tiny-traces", face={"width": 4}, traces={"hidden": 8}).eval()
    assert isinstance(both, Beside)
    both.shares.copy_(torch.tensor([2.0, 0.5]))
    both.bias.fill_(-0.25)
    x = (pictures() - 127.5) / 127.5
    with torch.inference_mode():
        logit, shown = both(x)
        face, seen = both.face(x)
        traces, _ = both.traces(x)
    torch.testing.assert_close(logit, 2 * face + 0.5 * traces.clamp(max=2.0) - 0.25)
    torch.testing.assert_close(shown, 2 * seen)


@pytest.mark.parametrize(("says", "believed"), [(9.0, 2.0), (0.25, 0.25), (-9.0, -9.0)])
def test_traces_accuse_freely_and_vouch_only_a_little(says: float, believed: float) -> None:
    both = registry.create("resnet-tiny-traces", face={"width": 4}, traces={"hidden": 8}).eval()
    assert isinstance(both, Beside)
    last = both.traces.head[-1]
    assert isinstance(last, torch.nn.Linear)
    torch.nn.init.zeros_(last.weight)
    torch.nn.init.constant_(last.bias, says)
    x = (pictures() - 127.5) / 127.5
    with torch.inference_mode():
        torch.testing.assert_close(both(x)[0], both.face(x)[0] + believed)


@pytest.mark.parametrize("half", [False, True])
def test_a_file_in_half_precision_keeps_the_statistics_whole(half: bool) -> None:
    """Variances of shares, and the little energy of a smooth picture, are below what half precision can tell apart."""
    torch.manual_seed(0)
    network = TraceNetwork(hidden=8)
    statistics = network.statistics(smooth(16))
    network.head.train()
    for _ in range(60):
        network.head(statistics)
    network.eval()
    x = (smooth(4, seed=1) - 127.5) / 127.5
    with torch.inference_mode():
        wanted = network(x)[0].numpy()
    got, _ = OnnxSession(to_onnx(network, 64, half=half), threads=1).run(x.numpy())
    np.testing.assert_allclose(got, wanted, atol=0.01 if half else 2e-4)
    assert np.ptp(wanted) > 0.05
