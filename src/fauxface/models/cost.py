"""What a network costs: its parameters, and the arithmetic for one picture."""

from __future__ import annotations

from dataclasses import dataclass

from fauxface.models import registry


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one network at the input size of its entry.

    Attributes:
        parameters: what is trained, counted, with our one-logit classifier.
        flops: floating-point operations for one picture, a multiply-add being two; convolutions and matrix products
            only, which are nearly all.
    """

    parameters: int
    flops: int


def cost(name: str) -> Cost:
    """Count without computing: tensors have shapes only, so the largest network takes no memory.

    Raises:
        RecipeError: no network of that name.
    """
    import torch
    from torch._subclasses.fake_tensor import FakeTensorMode
    from torch.utils.flop_counter import FlopCounterMode

    size = registry.entry(name).input_size
    # Not the "meta" device: autocast, which our classifiers switch off, does not know it.
    with FakeTensorMode(), torch.inference_mode(), FlopCounterMode(display=False) as counter:
        network = registry.create(name).eval()
        network(torch.zeros(1, 3, size, size))
    return Cost(registry.count_parameters(network), counter.get_total_flops())
