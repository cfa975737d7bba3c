"""Pooling beside `core.convolution.pool`: log-sum-exp, the way of the gradient, and shifts."""

import torch
import torch.nn.functional as F
from torch import Tensor

from core.convolution import pool


def windows(x: Tensor, size: tuple[int, int], stride: int) -> Tensor:
    """The entries of every window of x (rows, columns), (R, S, entries)."""
    return x.unfold(0, size[0], stride).unfold(1, size[1], stride).flatten(2)


def pooled(x: Tensor, size: tuple[int, int], stride: int, kind: str, beta: float) -> Tensor:
    """`pool`, or kind "lse", (1/β) ln Σ exp(βx), which is not softmax pooling, (R, S)."""
    if kind == "lse":
        return torch.logsumexp(beta * windows(x, size, stride), 2) / beta
    return pool(x, size, (stride, stride), kind, beta if kind == "softmax" else None)


def shares(x: Tensor, size: tuple[int, int], stride: int, kind: str, beta: float) -> Tensor:
    """∂outᵤ/∂xⱼ for every entry j of every window u, (R, S, entries).

    A tie of max or min goes to its first place, as in torch.
    """
    each = windows(x, size, stride)
    if kind in ("max", "min"):
        winner = each.argmax(2) if kind == "max" else each.argmin(2)
        return F.one_hot(winner, each.shape[2]).to(each)
    weights = torch.softmax((0 if kind == "average" else beta) * each, 2)
    if kind != "softmax":
        return weights
    return weights * (1 + beta * (each - (weights * each).sum(2, keepdim=True)))


def received(parts: Tensor, shape: tuple[int, int], size: tuple[int, int], stride: int) -> Tensor:
    """∂(Σ out)/∂x from `shares`: what each entry of x gets where every output sends 1."""
    places = windows(torch.arange(shape[0] * shape[1]).view(shape), size, stride)
    grad = torch.zeros(shape[0] * shape[1], dtype=parts.dtype)
    return grad.index_add_(0, places.flatten(), parts.flatten()).view(shape)


def over_beta(window: Tensor, betas: Tensor) -> tuple[Tensor, Tensor]:
    """Softmax pooling and log-sum-exp of one window for many β; the latter is NaN at β = 0."""
    exponents = betas[:, None] * window
    soft = torch.softmax(exponents, 1) @ window
    return soft, torch.where(betas == 0, torch.nan, torch.logsumexp(exponents, 1) / betas)


def shifted(x: Tensor, shift: tuple[int, int]) -> Tensor:
    """x moved by shift (rows, columns), down and right when positive; zeros enter."""
    dy, dx = shift
    return F.pad(x, (dx, -dx, dy, -dy))
