"""One logit from a map of features, with the exact class-activation map: the head of every network that pools."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def classify(features: Tensor, classifier: nn.Linear) -> tuple[Tensor, Tensor]:
    """Global average pooling and a linear classifier, the other way round.

    The classifier is applied to every position before pooling. That is the same logit, and the mean of the map plus
    the bias *is* the logit (Zhou et al. 2016).

    Args:
        features: (N, C, h, w).
        classifier: from C features to one logit.

    Returns:
        logits, (N,), and class-activation maps, (N, h, w), both float32.
    """
    # The classifier's few parameters stay in full precision under autocast; they decide the calibration.
    with torch.autocast(features.device.type, enabled=False):
        weight = classifier.weight.float().reshape(1, -1, 1, 1)
        activation_map = (features.float() * weight).sum(dim=1)
        logit = activation_map.mean(dim=(1, 2)) + classifier.bias.float()
    return logit, activation_map
