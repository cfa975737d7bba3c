"""A layer of many channels: one sum of products for every place of every map."""

import math

import torch
from torch import Tensor

from core.check import require
from core.convolution.operator import extend, reach


def layer(
    x: Tensor,
    weight: Tensor,
    bias: Tensor,
    *,
    mode: str = "valid",
    groups: int = 1,
    flip: bool = False,
) -> Tensor:
    """y_k = b_k + Σ_c w_kc ⋆ x_c over the channels c of the group of kernel k (CNN-33).

    Args:
        x: (c, rows, columns).
        weight: (K, c / groups, p, q), one kernel p × q × (c / groups) for each of the K maps.
        bias: (K,).
        mode: "valid", "same" or "full", as in `core.convolution.convolve`.
        groups: the channels and the kernels fall into so many blocks that never meet.
        flip: True turns every kernel by 180°, which is convolution; deep learning correlates.

    Returns:
        (K, rows, columns) of the outputs.

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

    Args:
        delta: δ = ∂R/∂y, (K, rows, columns).
        weight, mode, flip: as in `layer` with one group.

    Returns:
        (c, rows, columns), the shape of x.
    """
    back = weight.transpose(0, 1)
    whole = {"valid": "full", "same": "same"}[mode]
    return layer(delta, back, back.new_zeros(len(back)), mode=whole, flip=not flip)


def decimal(z: Tensor) -> Tensor:
    """z to nine decimals, with the gradient of z.

    Sums of whole grey levels times hundredths are decimal fractions, which float64 misses by a
    hair, another one for every order of summing. Without that hair a tie in a maximum is a tie and
    a zero before ReLU a zero, for every way to compute it.
    """
    return z + (z.detach().round(decimals=9) - z.detach())


def first_channel(k: int, K: int, own: int, groups: int) -> int:
    """The first of the `own` channels that kernel k of K reads."""
    return k // (K // groups) * own


def divisors(c: int, K: int) -> list[int]:
    """The numbers of groups that c channels and K kernels can be split into."""
    return [g for g in range(1, math.gcd(c, K) + 1) if c % g == K % g == 0]


def _require_fit(x: Tensor, weight: Tensor, bias: Tensor, groups: int) -> None:
    if x.ndim != 3 or weight.ndim != 4 or bias.shape != weight.shape[:1]:
        shapes = ", ".join(str(tuple(t.shape)) for t in (x, weight, bias))
        raise ValueError(
            f"expected x (c, m, n), weight (K, c/groups, p, q), bias (K,), got {shapes}"
        )
    c, K = x.shape[0], weight.shape[0]
    require("groups", groups, 1, integer=True)
    if c % groups or K % groups or weight.shape[1] * groups != c:
        raise ValueError(
            f"expected groups to divide {c} channels and {K} kernels of depth {weight.shape[1]}, "
            f"got {groups}"
        )
