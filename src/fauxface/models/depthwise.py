"""Depthwise convolution whose gradients are computed in single precision under bfloat16 autocast.

PyTorch's CPU kernels (2.15, oneDNN) are slow at the gradients of strided or 5×5 depthwise convolutions in bfloat16: on
a processor with AMX, there and back takes two to seven times as long as here (`benchmarks/depthwise.py`), and training
EfficientNet-Lite0 twice as long. The way forward is as fast in bfloat16, and stays in it.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, pad


class DepthwiseConv2d(nn.Conv2d):
    """One k×k filter a channel, padded so that a stride of s gives ceil(side / s) places, as TensorFlow pads."""

    def forward(self, input: Tensor) -> Tensor:  # named as torch names it
        """(N, C, H, W) to (N, C, ceil(H / s), ceil(W / s))."""
        x, padding = self._padded(input)
        device = x.device.type
        if self.bias is None and device == "cpu" and torch.is_grad_enabled() and torch.is_autocast_enabled(device):
            kind = torch.get_autocast_dtype(device)
            return _Single.apply(x.to(kind), self.weight.to(kind), self.stride, padding)
        return conv2d(x, self.weight, self.bias, stride=self.stride, padding=padding, groups=self.groups)

    def _padded(self, x: Tensor) -> tuple[Tensor, list[int]]:
        """What the convolution is to see, and how far it pads that itself; only uneven edges need a copy."""
        missing = [
            max((-(-side // stride) - 1) * stride + kernel - side, 0)
            for side, kernel, stride in zip(x.shape[2:], self.kernel_size, self.stride, strict=True)
        ]
        if all(more % 2 == 0 for more in missing):
            return x, [more // 2 for more in missing]
        high, wide = missing
        return pad(x, (wide // 2, wide - wide // 2, high // 2, high - high // 2)), [0, 0]


class _Single(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, stride: tuple[int, int], padding: list[int]) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.stride, ctx.padding = stride, padding
        return conv2d(x, weight, stride=stride, padding=padding, groups=len(weight))

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None, None]:
        x, weight = ctx.saved_tensors
        of_x, of_weight, _ = torch.ops.aten.convolution_backward(
            gradients[0].float(), x.float(), weight.float(), None,
            ctx.stride, ctx.padding, [1, 1], False, [0, 0], len(weight), [True, True, False],
        )  # fmt: skip
        return of_x.to(x.dtype), of_weight.to(weight.dtype), None, None


def with_depthwise(trunk: nn.Module) -> None:
    """In place, the same trunk with its square, unbiased depthwise convolutions replaced; names and numbers stay."""
    for name, module in trunk.named_children():
        if isinstance(module, nn.Conv2d) and module.groups == module.in_channels == module.out_channels > 1:
            assert module.bias is None
            (high, wide), (down, across) = module.kernel_size, module.stride
            made = DepthwiseConv2d(
                module.in_channels, module.out_channels, (high, wide), (down, across), groups=module.groups, bias=False
            )
            made.weight = module.weight
            setattr(trunk, name, made)
        else:
            with_depthwise(module)
