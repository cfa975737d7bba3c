"""A layer of many channels: one sum of products for every place of every map."""

import math

import torch
from torch import Tensor

from core.check import require
from core.convolution.operator import extend, reach


def layer(
    x: Tensor, weight: Tensor, bias: Tensor, *, mode: str = "valid", groups: int = 1, flip=False
) -> Tensor:
    """y_k = b_k + Σ_c w_kc ⋆ x_c over the channels c of the group of kernel k (CNN-33).

    Args:
        x, weight, bias: (c, rows, columns), (K, c / groups, p, q) and (K,); outputs are (K, …).
        mode: "valid", "same" or "full", as in `core.convolution.convolve`.
        groups: the channels and the kernels fall into so many blocks that never meet.
        flip: True turns every kernel by 180°, which is convolution; deep learning correlates.

    Raises:
        ValueError: groups that does not divide c and K, shapes that do not fit, a kernel larger
            than x in "valid", an unknown mode.
    """
    _require_fit(x, weight, bias, groups)
    p, q = weight.shape[2:]
    margins = reach(x.shape[1:], (p, q), mode, flip, (1, 1), (1, 1), "zero")
    windows = extend(x, margins, "zero").unfold(1, p, 1).unfold(2, q, 1)
    kernels = weight.flip((2, 3)) if flip else weight
    blocks = windows.unflatten(0, (groups, -1)), kernels.unflatten(0, (groups, -1))
    return torch.einsum("gcijab,gkcab->gkij", *blocks).flatten(0, 1) + bias[:, None, None]


def layer_gradient(
    delta: Tensor, weight: Tensor, *, mode: str = "valid", flip: bool = False
) -> Tensor:
    """∂R/∂x_c = Σ_k δ_k ∗ w_kc for the layer y_k = b_k + Σ_c w_kc ⋆ x_c (CNN-26).

    What is correlated on the way up is convolved on the way down: full where the layer is valid.
    `delta` is δ = ∂R/∂y, (K, rows, columns); the rest is as in `layer` with one group.
    """
    back = weight.transpose(0, 1)
    whole, none = {"valid": "full", "same": "same"}[mode], back.new_zeros(len(back))
    return layer(delta, back, none, mode=whole, flip=not flip)


def decimal(z: Tensor) -> Tensor:
    """z to nine decimals, with the gradient of z.

    Sums of whole grey levels times hundredths are decimal fractions, which float64 misses by a
    hair, another one for every order of summing. Without that hair a tie in a maximum is a tie and
    a zero before ReLU a zero, for every way to compute it.
    """
    return z + (z.detach().round(decimals=9) - z.detach())


def divisors(c: int, K: int) -> list[int]:
    """The numbers of groups that c channels and K kernels can be split into."""
    return [g for g in range(1, math.gcd(c, K) + 1) if c % g == K % g == 0]


def _require_fit(x: Tensor, weight: Tensor, bias: Tensor, groups: int) -> None:
    if x.ndim != 3 or weight.ndim != 4 or bias.shape != weight.shape[:1]:
        shapes = ", ".join(str(tuple(t.shape)) for t in (x, weight, bias))
        wanted = "x (c, m, n), weight (K, c/groups, p, q), bias (K,)"
        raise ValueError(f"expected {wanted}, got {shapes}")
    c, (K, own) = len(x), weight.shape[:2]
    require("groups", groups, 1, integer=True)
    if K % groups or own * groups != c:
        layers = f"{c} channels and {K} kernels of depth {own}"
        raise ValueError(f"expected groups to divide {layers}, got {groups}")
