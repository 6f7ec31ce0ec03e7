"""What the gradients of depthwise convolutions cost in bfloat16, by PyTorch's kernels and by ours, side by side.

Run it on a quiet machine:  python benchmarks/depthwise.py  (prints; half a minute)
"""

from __future__ import annotations

import time
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d

from fauxface.models.depthwise import DepthwiseConv2d
from fauxface.runtime.allocator import keeping

SHAPES = ((96, 96, 3, 2), (144, 48, 5, 2), (240, 24, 5, 1), (240, 24, 3, 2), (672, 12, 5, 1), (672, 12, 5, 2))
"""Channels, side, kernel and stride of EfficientNet-Lite0's layers on crops of 192 pixels."""
BATCH, ROUNDS = 16, 7


def seconds(run: Callable[[], object]) -> float:
    """The fastest of some rounds, after one that does not count."""
    times = []
    for _ in range(ROUNDS + 1):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times[1:])


def main() -> None:
    """Print a row a shape."""
    print(f"{torch.get_num_threads()} threads; milliseconds there and back: PyTorch's, ours, ratio")
    with keeping():
        for channels, side, kernel, stride in SHAPES:
            layer = DepthwiseConv2d(channels, channels, kernel, stride, groups=channels, bias=False)
            x = torch.randn(BATCH, channels, side, side).bfloat16().to(memory_format=torch.channels_last)
            x.requires_grad_()
            theirs = seconds(lambda x=x, layer=layer: there_and_back(x, lambda v: plain(v, layer)))
            ours = seconds(lambda x=x, layer=layer: there_and_back(x, layer))
            row = f"{channels:5} channels {side:3} px {kernel}x{kernel} stride {stride}"
            print(f"{row}: {theirs * 1e3:7.1f} {ours * 1e3:7.1f} {theirs / ours:6.1f}")


def plain(x: Tensor, layer: DepthwiseConv2d) -> Tensor:
    """PyTorch's own convolution, padded evenly."""
    return conv2d(x, layer.weight, stride=layer.stride, padding=layer.kernel_size[0] // 2, groups=layer.groups)


def there_and_back(x: Tensor, layer: nn.Module | Callable[[Tensor], Tensor]) -> None:
    """One pass with gradients, as training under autocast does it."""
    with torch.autocast("cpu", torch.bfloat16):
        y = layer(x)
    y.backward(torch.ones_like(y))


if __name__ == "__main__":
    main()
