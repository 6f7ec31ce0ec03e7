"""The network of traces, and how it stands beside another one."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from fauxface.models import registry
from fauxface.models.beside import RISE, VOUCH, Beside
from fauxface.models.kernel_head import CLIP
from fauxface.models.traces import TraceNetwork
from fauxface.runtime.onnx import OnnxSession
from fauxface.training.kernel_ridge import fit
from fauxface.training.onnx_file import halve, to_onnx


def pictures(n: int = 2, side: int = 64, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (n, 3, side, side), generator=generator).float()


def smooth(n: int, seed: int = 0) -> Tensor:
    """Soft shades without noise, 64 pixels a side."""
    return interpolate(pictures(n, 3, seed), size=64, mode="bilinear").round()


def test_beside_adds_the_weighted_logits_and_keeps_the_face_s_map() -> None:
    torch.manual_seed(0)
    options = {"directions": 4, "points": 8, "kinds": 2}
    both = registry.create("resnet-tiny-traces", face={"width": 4}, traces=options).eval()
    assert isinstance(both, Beside)
    both.shares.copy_(torch.tensor([2.0, 0.5, 1.5]))
    both.bias.fill_(-0.25)
    x = (pictures() - 127.5) / 127.5
    with torch.inference_mode():
        logit, shown = both(x)
        face, seen = both.face(x)
        traces, _ = both.traces(x)
        _, worn = both.traces.words(x)
    believed = torch.minimum(traces, VOUCH + RISE * face.clamp(min=0))
    torch.testing.assert_close(worn.sum(dim=1), torch.ones(2))
    assert worn.min() > 0
    torch.testing.assert_close(logit, 2 * face + (0.5 * worn[:, 0] + 1.5 * worn[:, 1]) * believed - 0.25)
    torch.testing.assert_close(shown, 2 * seen)


class Says(torch.nn.Module):
    """A network that says the same of every picture, and that it is not worn."""

    kinds = 1

    def __init__(self, logit: float) -> None:
        super().__init__()
        self.logit = logit

    def words(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return torch.full((len(x),), self.logit), torch.ones(len(x), 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return torch.full((len(x),), self.logit), torch.zeros(len(x), 2, 2)


@pytest.mark.parametrize(
    ("face", "traces", "believed"),
    [
        (-2.0, 9.0, 1.0),
        (-2.0, -0.25, -0.25),
        (-2.0, -9.0, -9.0),
        (0.0, 9.0, 1.0),
        (0.5, 9.0, 2.5),
        (0.5, 1.0, 1.0),
        (3.0, 9.0, 9.0),
        (2.75, -9.0, -9.0),
    ],
)
def test_traces_accuse_freely_and_vouch_only_as_far_as_the_face_allows(
    face: float, traces: float, believed: float
) -> None:
    both = Beside(Says(face), Says(traces))  # type: ignore[arg-type]
    torch.testing.assert_close(both(pictures())[0], torch.full((2,), face + believed))


def test_statistics_like_none_before_count_no_more_than_rare_ones() -> None:
    network = TraceNetwork(directions=4, points=8).eval()
    statistics = torch.zeros(1, network.statistics.size)
    rare, absurd = statistics + CLIP, statistics + 1e6
    torch.testing.assert_close(network.head(absurd), network.head(rare), atol=1e-4, rtol=0)
    assert not torch.isclose(network.head(rare), network.head(statistics))


@pytest.mark.timeout(1000)  # the exporter took 275 s on a slow machine
def test_a_file_says_the_same_and_keeps_the_statistics_whole_in_half_precision() -> None:
    """Variances of shares, and the little energy of a smooth picture, are below what half precision can tell apart."""
    torch.manual_seed(0)
    network = TraceNetwork(directions=8, points=16)
    statistics = network.statistics(smooth(16))
    network.head.scale.train()
    for _ in range(60):
        network.head.scale(statistics)
    network.eval()
    fit(network.head, statistics, torch.arange(16) % 2)
    x = (smooth(4, seed=1) - 127.5) / 127.5
    with torch.inference_mode():
        wanted = network(x)[0].numpy()
    assert np.ptp(wanted) > 0.05
    model = onnx.load_model_from_string(to_onnx(network, 64))
    constants = [t for t in model.graph.initializer if len(t.raw_data) > 4 * 4096 and not t.name.endswith(".weight")]
    assert len({(tuple(t.dims), t.raw_data) for t in constants}) == len(constants), "each region's averages once"
    assert constants
    got, _ = OnnxSession(model.SerializeToString(), threads=1).run(x.numpy())
    # A pattern that lies on an edge counts otherwise in another runtime; at an eighth of 64 pixels it is one of eight.
    np.testing.assert_allclose(got, wanted, atol=0.01)
    halve(model)
    got, _ = OnnxSession(model.SerializeToString(), threads=1).run(x.numpy())
    np.testing.assert_allclose(got, wanted, atol=0.02)
