r"""Discrete convolution and cross-correlation of signals and pictures, with every border.

(h ∗ x)[u] = Σ_t h[t] x[u − t]  and  (h ⋆ x)[u] = Σ_t h[t] x[u + t]  (CNN-13, CNN-15, CNN-16).

Each mode is the correlation of an extended x with h or with h turned by 180°: y[u] = Σ_t g[t]
p[stride u + dilation t]. The methods differ in how that sum is computed, not in its value.
"""

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from core.check import choose, require
from core.convolution import methods
from core.convolution.sizes import span

MODES = ("full", "same", "valid", "circular", "causal")
BOUNDARIES = ("zero", "reflect", "replicate", "circular")
METHODS = ("auto", "direct", "shift", "separable", "fft")
Steps = int | tuple[int, ...]
Ints = Sequence[int]


def convolve(
    x: Tensor,
    h: Tensor,
    mode: str = "full",
    flip: bool = True,
    stride: Steps = 1,
    dilation: Steps = 1,
    boundary: str = "zero",
    method: str = "auto",
) -> Tensor:
    """y[u] = Σ_t h[t] x[u − t] over the last h.ndim dimensions of x; u + t with flip=False.

    With k = dilation (len(h) − 1) + 1 the length of the spread kernel, each axis of length n gives

    ========  ===========  ====================================================================
    mode      length       which u
    ========  ===========  ====================================================================
    full      n + k − 1    every window that touches x
    same      n            full from (k − 1) // 2 on as in scipy; with flip=False the centring
                           of torch's padding="same", which differs for even k
    valid     n − k + 1    only windows inside x
    circular  n            Σ_t h[t] x[(u − t) mod n], u + t with flip=False; any k
    causal    n            the first n of full: no output looks ahead
    ========  ===========  ====================================================================

    Args:
        x: (..., n) or (..., rows, columns), float32 or float64; each leading entry on its own.
        h: kernel, (k,) or (rows, columns), dtype and device of x.
        flip: True is convolution, False cross-correlation, which deep learning calls convolution.
        stride: keep every stride-th output, an integer or one per axis.
        dilation: distance of neighbouring kernel entries in x, an integer or one per axis.
        boundary: what lies outside x in full, same and causal: zeros, the mirror image without the
            edge repeated (reflect), the edge value (replicate), or x again (circular). The other
            modes never ask.
        method: how to compute it: one torch layer (direct), one shifted copy for each weight
            (shift), a column and a row (separable), transforms (fft); auto takes the fastest.

    Returns:
        (..., ⌈length / stride⌉), differentiable in x and h.

    Raises:
        ValueError: an empty, non-finite or non-floating tensor; unequal dtypes; more kernel than x
            has dimensions; in valid a kernel longer than x; same with stride > 1; a mirror image
            longer than x; method separable with rank above 1 or with a gradient of h wanted; an
            unknown name.
    """
    check_pair(x, h)
    choose("method", method, METHODS)
    stride = per_axis("stride", stride, h.ndim)
    dilation = per_axis("dilation", dilation, h.ndim)
    lengths = x.shape[-h.ndim :]
    margins = reach(lengths, h.shape, mode, flip, stride, dilation, boundary)
    boundary = "circular" if mode == "circular" else boundary
    if boundary != "zero":
        x, margins = extend(x, margins, boundary), [(0, 0)] * h.ndim
    window = h.flip(tuple(range(h.ndim))) if flip else h
    pictures = x.reshape(-1, *x.shape[-h.ndim :])
    if h.ndim == 1:  # a signal is a picture of one row
        pictures, window = pictures[:, None], window[None]
        margins, stride, dilation = [(0, 0), *margins], (1, *stride), (1, *dilation)
    if method == "auto":
        method = methods.fastest(pictures, window, margins, stride, dilation)
    y = methods.METHODS[method](pictures, window, margins, stride, dilation)
    return y.reshape(*x.shape[: -h.ndim], *y.shape[-h.ndim :]).contiguous()


def reach(
    lengths: Ints, kernel: Ints, mode: str, flip: bool, stride: Ints, dilation: Ints, boundary: str
) -> list[tuple[int, int]]:
    """Per axis, how many entries before and after x the windows of `convolve` reach.

    Refuses sizes and names as `convolve` does.
    """
    choose("mode", mode, MODES)
    choose("boundary", boundary, BOUNDARIES)
    if mode == "same" and max(stride) > 1:
        raise ValueError(f"expected stride 1 with mode same, got {max(stride)}")
    margins = []
    for n, k in zip(lengths, map(span, kernel, dilation)):
        if mode == "valid" and k > n:
            raise ValueError(f"expected h to span at most the {n} entries of x, got {k}")
        before, after = {
            "full": (k - 1, k - 1),
            "same": (k // 2, (k - 1) // 2) if flip else ((k - 1) // 2, k // 2),
            "valid": (0, 0),
            "circular": (k - 1, 0) if flip else (0, k - 1),
            "causal": (k - 1, 0),
        }[mode]
        if boundary == "reflect" and mode != "circular" and max(before, after) >= n:
            allowed = f"[0, {n - 1}] for {n} entries"
            raise ValueError(f"expected a reflected margin in {allowed}, got {max(before, after)}")
        margins.append((before, after))
    return margins


def source(n: int, before: int, after: int, boundary: str) -> Tensor:
    """Which entry of x the extended signal repeats, (before + n + after,); −1 where it is zero."""
    u = torch.arange(-before, n + after)
    if boundary == "zero":
        return torch.where((u >= 0) & (u < n), u, -1)
    if boundary == "reflect":
        return (n - 1) - ((n - 1) - u.abs()).abs()
    return u.clamp(0, n - 1) if boundary == "replicate" else u.remainder(n)


def windows(
    lengths: Ints, kernel: Ints, mode: str, flip: bool, stride: Ints, dilation: Ints, boundary: str
) -> list[Tensor]:
    """Per axis, which entry of x output u meets at entry t of its window, (outputs, k); −1: zero.

    The window holds h backwards when `flip`: entry t of it is h[k − 1 − t]. Refuses as `reach`.
    """
    margins = reach(lengths, kernel, mode, flip, stride, dilation, boundary)
    boundary = "circular" if mode == "circular" else boundary
    axes = zip(lengths, kernel, margins, stride, dilation)
    return [source(n, *m, boundary).unfold(0, span(k, d), s)[:, ::d] for n, k, m, s, d in axes]


def extend(x: Tensor, margins: Sequence[tuple[int, int]], boundary: str) -> Tensor:
    """x with (before, after) more entries on each of its last len(margins) axes."""
    pads = [m for pair in reversed(margins) for m in pair]
    if boundary == "zero":
        return F.pad(x, pads)
    lengths = x.shape[-len(margins) :]
    if all(max(pair) <= n for n, pair in zip(lengths, margins)):  # else torch refuses circular
        y = F.pad(x.reshape(1, -1, *lengths), pads, boundary)
        return y.reshape(*x.shape[: -len(margins)], *y.shape[2:])
    for axis, (before, after) in zip(range(-len(margins), 0), margins):
        u = source(x.shape[axis], before, after, boundary).to(x.device)
        left, right = u[:before], u[before + x.shape[axis] :]
        x = torch.cat((x.index_select(axis, left), x, x.index_select(axis, right)), axis)
    return x


def per_axis(name: str, value: Steps, axes: int) -> tuple[int, ...]:
    """`value` for each of the axes, refused by name unless whole and at least 1."""
    values = tuple(value) if isinstance(value, (tuple, list)) else (value,) * axes
    if len(values) != axes:
        raise ValueError(f"expected {name} to have {axes} entries, got {len(values)}")
    return tuple(int(require(name, v, 1, integer=True)) for v in values)


def check_pair(x: Tensor, h: Tensor) -> None:
    """Refuse a signal and a kernel that do not fit each other, or are no numbers."""
    check_tensor("x", x)
    check_tensor("h", h)
    if x.dtype != h.dtype:
        raise ValueError(f"expected h to be {x.dtype} like x, got {h.dtype}")
    if h.ndim not in (1, 2) or x.ndim < h.ndim:
        raise ValueError(f"expected h with 1 or 2 of the {x.ndim} dimensions of x, got {h.ndim}")


def check_tensor(name: str, x: Tensor) -> None:
    """Refuse, by name, a tensor that is empty, not float32 or float64, or not finite."""
    dtype = x.dtype if isinstance(x, Tensor) else type(x).__name__
    if dtype not in (torch.float32, torch.float64):
        raise ValueError(f"expected {name} to be a float32 or float64 tensor, got {dtype}")
    if x.numel() == 0:
        raise ValueError(f"expected {name} with entries, got shape {tuple(x.shape)}")
    if not math.isfinite(x.detach().sum()):  # the sum alone may overflow
        wrong = x[~x.isfinite()]
        if len(wrong):
            raise ValueError(f"expected {name} to be finite, got {wrong[0].item()}")
