"""The dense head answers as its two layers do, and its map adds up to its logit."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fauxface.models.dense_head import DenseHead
from fauxface.runtime.onnx import OnnxSession
from fauxface.training.onnx_file import to_onnx


def head(negative_slope: float, dropout: float = 0.0) -> DenseHead:
    torch.manual_seed(3)
    made = DenseHead(5, 4, 6, negative_slope=negative_slope, dropout=dropout)
    nn.init.normal_(made.hidden.bias)
    nn.init.constant_(made.classifier.bias, 0.4)
    return made.eval()


def bias_terms(made: DenseHead, features: Tensor) -> Tensor:
    """What the logit is for features of zero, the hidden units being as active as they are for these features."""
    active = made.hidden(features.flatten(1)) > 0
    slope = torch.where(active, 1.0, made.negative_slope)
    return (slope * made.hidden.bias * made.classifier.weight).sum(dim=1) + made.classifier.bias


@pytest.mark.parametrize("negative_slope", [0.0, 0.1])
def test_the_mean_of_the_map_plus_the_bias_terms_is_the_logit(negative_slope: float) -> None:
    made = head(negative_slope)
    features = torch.randn(7, 5, 4, 4)
    with torch.inference_mode():
        logit, activation_map = made(features)
        hidden = F.leaky_relu(made.hidden(features.flatten(1)), negative_slope)
        by_the_book = made.classifier(hidden)[:, 0]
        rest = bias_terms(made, features)
    assert 0 < (hidden > 0).sum() < hidden.numel(), "both sides of the kink must be met"
    assert activation_map.shape == (7, 4, 4)
    torch.testing.assert_close(logit, by_the_book)
    torch.testing.assert_close(activation_map.mean(dim=(1, 2)) + rest, logit)


def test_the_map_shows_where_the_evidence_lies() -> None:
    made = head(0.0)
    features = torch.zeros(1, 5, 4, 4)
    features[0, :, 1, 2] = torch.randn(5)
    with torch.inference_mode():
        activation_map = made(features)[1][0]
    assert activation_map.abs().argmax() == 1 * 4 + 2
    assert (activation_map != 0).sum() == 1


def test_gradients_are_those_of_the_plain_layers() -> None:
    made = head(0.1)
    features = torch.randn(3, 5, 4, 4)
    made(features)[0].square().sum().backward()
    got = [p.grad.clone() for p in made.parameters() if p.grad is not None]
    made.zero_grad()
    plain = made.classifier(F.leaky_relu(made.hidden(features.flatten(1)), 0.1))[:, 0]
    plain.square().sum().backward()
    wanted = [p.grad for p in made.parameters()]
    assert len(got) == 4
    torch.testing.assert_close(got, wanted)


def test_dropout_acts_in_training_only_and_keeps_the_mean() -> None:
    made = head(1.0, dropout=0.5)  # slope 1: a linear head, so that dropout keeps the expected logit
    features = torch.randn(1, 5, 4, 4)
    with torch.inference_mode():
        calm = made(features)[0]
        assert torch.equal(calm, made(features)[0])
        wild = made.train()(features.expand(20_000, -1, -1, -1))[0]
    assert wild.std() > 0.01
    torch.testing.assert_close(wild.mean(), calm[0], atol=4 * float(wild.std()) / 20_000**0.5, rtol=0)


class Whole(nn.Module):
    """A picture to features to a head, the smallest network that has one."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 5, 2, 2)
        self.head = head(0.1, dropout=0.5)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.head(self.stem(x))


def test_onnx_agrees_for_any_number_of_pictures() -> None:
    network = Whole().eval()
    session = OnnxSession(to_onnx(network, 8), threads=1)
    for n in (1, 5):
        x = torch.randn(n, 3, 8, 8)
        with torch.inference_mode():
            wanted = network(x)
        for got, want in zip(session.run(x.numpy()), wanted, strict=True):
            np.testing.assert_allclose(got, want.numpy(), atol=1e-5)
