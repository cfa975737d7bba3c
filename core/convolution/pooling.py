"""Pooling: one number for each window (CNN-29 to CNN-31)."""

import torch
import torch.nn.functional as F
from torch import Tensor

from core.check import choose, require
from core.convolution.operator import Steps, check_tensor, per_axis

KINDS = ("max", "min", "average", "softmax")


def pool(
    x: Tensor,
    size: Steps,
    stride: Steps | None = None,
    kind: str = "max",
    beta: float | None = None,
) -> Tensor:
    """max, min, mean, or Σᵢ exp(beta xᵢ) xᵢ / Σⱼ exp(beta xⱼ) (softmax) of every full window.

    Softmax pooling is the mean at beta = 0 and tends to the maximum (minimum) as beta → ∞ (−∞):
    0 ≤ max − softmax ≤ ln(entries) / beta for beta > 0.

    Args:
        x: (..., n) or (..., rows, columns), float32 or float64.
        size: length of the window, or its (rows, columns); the last len(size) axes are pooled.
        stride: distance of the windows, `size` when None.
        kind: one of `KINDS`.
        beta: sharpness of softmax, finite; the other kinds do not use it.

    Returns:
        (..., ⌊(n − size) / stride⌋ + 1). The gradient of a maximum goes to its first place alone.

    Raises:
        ValueError: a window longer than x, size or stride < 1, softmax without finite beta, an
            unknown kind, an empty, non-finite or non-floating x.
    """
    choose("kind", kind, KINDS)
    check_tensor("x", x)
    axes = len(size) if isinstance(size, (tuple, list)) else 1
    size = per_axis("size", size, axes)
    stride = size if stride is None else per_axis("stride", stride, axes)
    if axes not in (1, 2) or x.ndim < axes:
        raise ValueError(f"expected size with 1 or 2 of the {x.ndim} dimensions of x, got {axes}")
    for n, k in zip(x.shape[-axes:], size):
        require("size", k, 1, n, integer=True)
    if kind == "softmax":
        if beta is None:
            raise ValueError("expected beta finite for softmax pooling, got None")
        return _softmax(x, size, stride, require("beta", beta))
    pictures = x.reshape(-1, 1, *x.shape[-axes:])
    maximum, mean = (F.max_pool1d, F.avg_pool1d) if axes == 1 else (F.max_pool2d, F.avg_pool2d)
    if kind == "average":
        y = mean(pictures, size, stride)
    elif kind == "max":
        y = maximum(pictures, size, stride)
    else:
        y = -maximum(-pictures, size, stride)
    return y.reshape(*x.shape[:-axes], *y.shape[2:])


def _softmax(x: Tensor, size: tuple[int, ...], stride: tuple[int, ...], beta: float) -> Tensor:
    values = x
    for axis, (k, s) in enumerate(zip(size, stride), start=x.ndim - len(size)):
        values = values.unfold(axis, k, s)
    values = values.flatten(-len(size))
    extreme = values.detach().amax(-1) if beta > 0 else values.detach().amin(-1)
    weights = torch.softmax(beta * (values - extreme[..., None]), -1)
    return (weights * values).sum(-1)
