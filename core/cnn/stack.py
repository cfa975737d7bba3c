"""A stack of layers along one axis: its receptive field, and where in the field the gradient sits.

A layer is (k, s, d), kernel, stride and dilation, and layers are counted from the input upwards;
level 0 is the input. Unit u of level l sees the inputs from J_l u to J_l u + r_l − 1, where
J_l = s_1 ⋯ s_l. A square kernel treats rows and columns alike, so one axis is enough.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.rng import generator

Layers = tuple[tuple[int, int, int], ...]


def sizes(layers: Layers) -> tuple[list[int], list[int]]:
    """The fields r_0, …, r_L and the distances J_0, …, J_L of neighbouring units in inputs."""
    r, J = [1], [1]
    for k, s, d in layers:
        r.append(r[-1] + d * (k - 1) * J[-1])
        J.append(J[-1] * s)
    return r, J


def needed(layers: Layers, n: int) -> int:
    """How many layers see n inputs, the last one repeated as often as it takes; −1 if never."""
    r, jump, count = 1, 1, 0
    while r < n:
        k, s, d = layers[min(count, len(layers) - 1)]
        if count >= len(layers) and k == 1:
            return -1
        r, jump, count = r + d * (k - 1) * jump, jump * s, count + 1
    return count


def units(layers: Layers, top: int) -> tuple[int, ...]:
    """Units of every level below `top` units of the last one, without padding."""
    found = [top]
    for k, s, d in reversed(layers):
        found.append((found[-1] - 1) * s + d * (k - 1) + 1)
    return tuple(reversed(found))


def cone(layers: Layers, widths: tuple[int, ...], unit: int) -> tuple[Tensor, ...]:
    """Which of the units of each level kernel entries lead to from `unit` above all layers."""
    masks = [np.arange(widths[len(layers)]) == unit]
    for (k, s, d), width in zip(reversed(layers), reversed(widths[: len(layers)])):
        below = np.zeros(width, dtype=bool)
        below[s * masks[-1].nonzero()[0][:, None] + d * np.arange(k)] = True
        masks.append(below)
    return tuple(map(torch.from_numpy, reversed(masks)))


def kernels(layers: Layers, weights: str) -> list[Tensor]:
    """One kernel per layer with Σ |w| = 1: "uniform" is 1/k, "sobel" is (1, 0, …, 0, −1)/2."""
    found = [torch.full((k,), 1 / k, dtype=torch.float64) for k, _, _ in layers]
    if weights == "sobel":
        for w in found:
            if len(w) > 1:
                w[0], w[1:-1], w[-1] = 0.5, 0.0, -0.5
    return found


def gradient(layers: Layers, w: list[Tensor], width: int, unit: int) -> tuple[Tensor, Tensor]:
    """∂(unit)/∂(input), (width,), and ∂(unit)/∂(lowest weights), (k,), both by autograd.

    The weights' gradient depends on the input, which is random with a fixed seed.
    """
    x = 1 + torch.rand(1, 1, width, generator=generator(0), dtype=torch.float64)
    leaves = [x, *(kernel.clone() for kernel in w[:1])]
    y, *lowest = (leaf.requires_grad_() for leaf in leaves)
    for kernel, (_, s, d) in zip([*lowest, *w[1:]], layers):
        y = F.conv1d(y, kernel[None, None], stride=s, dilation=d)
    by_x, *by_w = torch.autograd.grad(y[0, 0, unit], leaves)
    return by_x[0, 0], by_w[0] if by_w else torch.zeros(0)


def paths(layers: Layers, w: list[Tensor]) -> np.ndarray:
    """∂(unit)/∂(its field) without autograd: the dilated kernels convolved with one another."""
    profile = np.ones(1)
    for (k, _, d), jump, kernel in zip(layers, sizes(layers)[1], w):
        spread = np.zeros(d * jump * (k - 1) + 1)
        spread[:: d * jump] = kernel.numpy()
        profile = np.convolve(profile, spread)
    return profile


def spreads(layers: Layers, w: list[Tensor]) -> np.ndarray:
    """Deviation of |∂(unit)/∂(input)| at each level, in inputs; exact for weights of one sign."""
    steps = np.array([d for _, _, d in layers]) * np.array(sizes(layers)[1][:-1])
    parts = np.array([variance(np.abs(kernel.numpy())) for kernel in w])
    return np.sqrt(np.append(0.0, (steps**2 * parts).cumsum()))


def variance(mass: np.ndarray) -> float:
    """Variance of the position under masses ≥ 0, (n,)."""
    j, share = np.arange(len(mass)), mass / mass.sum()
    return float(share @ (j - share @ j) ** 2)
