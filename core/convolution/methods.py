"""Four ways to compute y[u] = Σ_t g[t] p[stride u + dilation t], and which one is fastest.

Everywhere x is (pictures, rows, columns), p is x with margins of zeros, g the window (k, l). A
signal is a picture of one row. All but separable are differentiable in g as well as in x.
"""

import math
from functools import cache

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.forward_ad import unpack_dual

from core.convolution.sizes import span

Pair = tuple[int, int]
Pairs = list[Pair]
FOLD = 16  # columns that become channels: one vector register of float32
CACHED = 400_000  # entries worked on at a time


def outputs(x: Tensor, kernel: Pair, margins: Pairs, stride: Pair, dilation: Pair) -> list[int]:
    """Rows and columns of y."""
    sizes = zip(x.shape[1:], kernel, margins, stride, dilation)
    return [(n + sum(around) - span(k, d)) // s + 1 for n, k, around, s, d in sizes]


def direct(x: Tensor, g: Tensor, margins: Pairs, stride: Pair, dilation: Pair) -> Tensor:
    """One convolution layer of torch; on the CPU wide float32 pictures are folded first."""
    rows, columns = outputs(x, g.shape, margins, stride, dilation)
    if _folds(x, columns, len(x) * rows * columns * g.numel()):
        return _folded(x, g, margins, stride, dilation)
    p = _padded(x, margins)[:, None]
    return F.conv2d(p, g[None, None], stride=stride, dilation=dilation)[:, 0]


def _padded(x: Tensor, margins: Pairs) -> Tensor:
    return F.pad(x, (*margins[1], *margins[0])) if any(map(any, margins)) else x


def _folds(x: Tensor, columns: int, products: int) -> bool:
    cpu32 = x.dtype == torch.float32 and x.device.type == "cpu"
    return cpu32 and columns >= 4 * FOLD and products >= 100_000


def _folded(x: Tensor, g: Tensor, margins: Pairs, stride: Pair, dilation: Pair) -> Tensor:
    """The same sum as a layer from stride · FOLD to FOLD channels, which are neighbouring columns.

    A layer with one channel leaves vector registers empty. Here output column FOLD b + o is channel
    o at place b, and its weight for input column stride o + dilation t is g[:, t].
    """
    _, columns = outputs(x, g.shape, margins, stride, dilation)
    block, places = stride[1] * FOLD, -(-columns // FOLD)
    blocks = _blocks(stride[1], span(g.shape[1], dilation[1]))
    (left, right), around = margins[1], margins[0]
    spare = (places + blocks - 1) * block - (left + x.shape[2] + right)
    p = F.pad(x, (left, right + spare, *around)).view(len(x), -1, places + blocks - 1, block)
    o = torch.arange(FOLD)[:, None]
    weight = g.new_zeros(FOLD, blocks * block, len(g))
    weight[o, stride[1] * o + dilation[1] * torch.arange(g.shape[1])] = g.T
    weight = weight.view(FOLD, blocks, block, len(g)).permute(0, 2, 3, 1)
    steps = {"stride": (stride[0], 1), "dilation": (dilation[0], 1)}
    y = F.conv2d(p.permute(0, 3, 1, 2), weight, **steps)
    return y.permute(0, 2, 3, 1).flatten(2)[..., :columns]


def _blocks(stride: int, reach: int) -> int:
    """How many blocks of stride · FOLD columns the windows of FOLD neighbouring outputs touch."""
    return -(-(stride * (FOLD - 1) + reach) // (stride * FOLD))


def shift(x: Tensor, g: Tensor, margins: Pairs, stride: Pair, dilation: Pair) -> Tensor:
    """One shifted and scaled copy of the picture added for each entry of g that is not 0."""
    rows, columns = outputs(x, g.shape, margins, stride, dilation)
    p, y = _padded(x, margins), x.new_zeros(len(x), rows, columns)
    # a weight of 0 has a gradient too, and one term stays, so that y depends on x in any case
    taps = list(np.ndindex(*g.shape)) if tracked(g) else g.nonzero().tolist() or [[0, 0]]
    (s, z), (d, e), some = stride, dilation, max(1, CACHED // (rows * columns))
    for k in range(0, len(x), some):  # so that y stays near the processor
        for i, j in taps:
            down = slice(d * i, d * i + s * (rows - 1) + 1, s)
            along = slice(e * j, e * j + z * (columns - 1) + 1, z)
            y[k : k + some].addcmul_(p[k : k + some, down, along], g[i, j])
    return y


def separable(x: Tensor, g: Tensor, margins: Pairs, stride: Pair, dilation: Pair) -> Tensor:
    """Columns, then rows: k + l products for each output instead of k · l.

    Raises:
        ValueError: a window that is no outer product, or that is to be differentiated: its
            neighbours are none, so the factors say nothing of them.
    """
    if tracked(g):
        raise ValueError("expected h without gradient with method separable, got one that wants it")
    factors = factor(g)
    if factors is None:
        rank = int(torch.linalg.matrix_rank(g))
        raise ValueError(f"expected h of rank 1 with method separable, got rank {rank}")
    for f, half in zip(factors, _passes(margins, stride, dilation)):
        x = METHODS[fastest(x, f, *half)](x, f, *half)
    return x


def _passes(margins: Pairs, stride: Pair, dilation: Pair) -> tuple[tuple, tuple]:
    """What the pass along columns and the one along rows take of margins, stride and dilation."""
    down = [margins[0], (0, 0)], (stride[0], 1), (dilation[0], 1)
    return down, ([(0, 0), margins[1]], (1, stride[1]), (1, dilation[1]))


def factor(g: Tensor) -> tuple[Tensor, Tensor] | None:
    """A column (k, 1) and a row (1, l) whose product is g up to rounding; None if g has none.

    The cross through the largest entry: at rank 1 all others follow from it, and whole numbers
    stay whole, as they would not with singular vectors.
    """
    i, j = divmod(int(g.abs().argmax()), g.shape[1])
    column, row = g[:, j : j + 1], g[i : i + 1]
    if g[i, j] != 0:
        column = column / g[i, j]
    wrong = (g - column * row).abs().max()
    return (column, row) if wrong <= 4 * torch.finfo(g.dtype).eps * g[i, j].abs() else None


def fft(x: Tensor, g: Tensor, margins: Pairs, stride: Pair, dilation: Pair) -> Tensor:
    """The inverse transform of the product of the transforms of x and of the window backwards.

    A length of n + max(margins) is enough: what wraps round falls on outputs that are not kept, and
    so would the weights that a shorter length cuts off.
    """
    sizes = outputs(x, g.shape, margins, stride, dilation)
    spans = [span(k, d) for k, d in zip(g.shape, dilation)]
    N, f = transform_sizes(x, margins), g.new_zeros(spans)
    f[:: dilation[0], :: dilation[1]] = g.flip(0, 1)
    weights = _forward(f, N)
    rows, columns = (
        slice(k - 1 - before, k - 1 - before + s * (u - 1) + 1, s)
        for k, (before, _), s, u in zip(spans, margins, stride, sizes)
    )
    parts = []
    for part in x.split(max(1, CACHED // math.prod(N))):
        spectrum = _forward(part, N) * weights
        if N[0] > 1:
            spectrum = torch.fft.ifft(spectrum, dim=-2)[:, rows]
        parts.append(torch.fft.irfft(spectrum, n=N[1])[..., columns])
    return torch.cat(parts)


def _forward(x: Tensor, N: list[int]) -> Tensor:
    spectrum = torch.fft.rfft(x, n=N[1])
    return torch.fft.fft(spectrum, n=N[0], dim=-2) if N[0] > 1 else spectrum


def transform_sizes(x: Tensor, margins: Pairs) -> list[int]:
    """Lengths of the transform of each axis, without prime factors above 5."""
    return [_fast_length(n + max(around)) for n, around in zip(x.shape[1:], margins)]


@cache
def _fast_length(n: int) -> int:
    """The smallest 2^a 3^b 5^c ≥ n."""
    odd = (3**b * 5**c for b in range(n.bit_length()) for c in range(n.bit_length()))
    return min(q << (-(-n // q) - 1).bit_length() for q in odd if q < 2 * n)


METHODS = {"direct": direct, "shift": shift, "separable": separable, "fft": fft}


def fastest(x: Tensor, g: Tensor, margins: Pairs, stride: Pair, dilation: Pair) -> str:
    """Name of the method expected to need the least time.

    Off the CPU without measurements, and not direct: cuDNN rounds to TF32 where torch lets it.
    """
    if x.device.type != "cpu":
        return "shift" if g.numel() <= 32 else "fft"
    costs = _costs(x, g.shape, margins, stride, dilation)
    rest = min(costs, key=costs.get)
    if min(g.shape) < 2 or tracked(g):
        return rest
    halves = _passes(margins, stride, dilation)
    shapes = (len(g), 1), (1, g.shape[1])
    two = sum(min(_costs(x, shape, *half).values()) for shape, half in zip(shapes, halves))
    return "separable" if two + 50_000 < costs[rest] and factor(g) is not None else rest


def _costs(x: Tensor, kernel: Pair, margins: Pairs, stride: Pair, dilation: Pair) -> dict:
    """Nanoseconds on one core, from measurements of 1 × 64 to 3 × 512 × 512 entries.

    The transform spoils exact zeros and whole numbers, so it has to save a quarter of a ms.
    """
    single = x.dtype == torch.float32
    rows, columns = outputs(x, kernel, margins, stride, dilation)
    entries, taps = len(x) * rows * columns, math.prod(kernel)
    spans = [span(k, d) for k, d in zip(kernel, dilation)]
    N = transform_sizes(x, margins)
    direct = 15_000 + (0.25 if entries * taps < 1e6 else 1.5) * entries * taps
    if _folds(x, columns, entries * taps):
        width = FOLD * stride[1] * _blocks(stride[1], spans[1])
        direct = 60_000 + entries * (0.6 + 0.0125 * kernel[0] * width)
    elif single:
        direct = 20_000 + 0.25 * entries * taps
    return {
        "direct": direct,
        "shift": 0.4 * entries + taps * (6_000 + entries * (0.13 if single else 0.25)),
        "fft": 300_000 + 45 * sum(N) + len(x) * math.prod(N) * (6.5 if single else 14),
    }


def tracked(g: Tensor) -> bool:
    """Whether a derivative with respect to g is being recorded, backward or forward."""
    return (g.requires_grad and torch.is_grad_enabled()) or unpack_dual(g).tangent is not None
