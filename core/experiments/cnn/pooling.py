"""The pooling bench: what a window keeps, where its gradient goes, what a shift of one pixel does.

A window and a signal are pictures of one row, so there is one code for all three benches.
"""

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from core.check import choose, require
from core.convolution import pool
from core.table import read

BENCHES = ("window", "signal", "picture")
KINDS = ("max", "min", "average", "softmax", "lse")
TIMES = ("1", "500")
SAMPLES = 12  # of a signal
SIDE, FRAME = 8, 2  # pixels of a picture, and the zeros around it
LARGEST = 1000.0  # size of a number in a table
REACH = 20.0  # of the slider of beta
LEAST = 1e-3  # size of beta for log-sum-exp, which has no value at 0
POINTS = 161  # of the curve over beta
OVERFLOW = 709.78  # largest exponent a float64 can hold


class Bench(NamedTuple):
    """One pooling of one input, before and after a shift.

    Attributes:
        x: input, (rows, columns).
        shift: (rows, columns); shifted: the input moved by it, zeros entering.
        size, stride: of the window, (rows, columns).
        beta: β, the multiplier included.
        out, out_shifted: pooled values, (R, S).
        shares: ∂outᵤ/∂xⱼ for every output u and every entry j of its window, (R S, entries).
        places: flat index into x of these entries, (R S, entries).
        grad: ∂(Σ out)/∂x, shape of x.
        picked: (row, column) of the output looked at, None when there is no such output.
        window: values in its window, or in that of output 0, (entries,).
        betas, soft, lse: β over the slider, softmax pooling and (1/β) ln Σ exp(βx) of that window,
            (POINTS,); lse is NaN at β = 0, where it has no value.
    """

    x: Tensor
    shift: tuple[int, int]
    shifted: Tensor
    size: tuple[int, int]
    stride: tuple[int, int]
    beta: float
    out: Tensor
    out_shifted: Tensor
    shares: Tensor
    places: Tensor
    grad: Tensor
    picked: tuple[int, int] | None
    window: Tensor
    betas: Tensor
    soft: Tensor
    lse: Tensor

    @property
    def number(self) -> int:
        """Of the output looked at, 0 when there is none."""
        return self.picked[0] * self.out.shape[1] + self.picked[1] if self.picked else 0

    @property
    def changed(self) -> Tensor:
        """Which outputs differ after the shift, (R, S)."""
        return (self.out - self.out_shifted).abs() > 1e-9

    @property
    def value(self) -> float:
        """The output looked at."""
        return float(self.out.view(-1)[self.number])

    @property
    def bound(self) -> float:
        """ln n / |β|, what softmax pooling may stay away from the extreme; ∞ at β = 0."""
        return math.log(len(self.window)) / abs(self.beta) if self.beta else math.inf

    @property
    def share(self) -> Tensor:
        """Its gradient with respect to its window, (entries,)."""
        return self.shares[self.number]


def bench(
    bench: str,
    kind: str,
    beta: float,
    times: str,
    values: str,
    wave: str,
    pixels: str,
    r: int,
    s: int,
    dx: int,
    dy: int,
    u: int,
) -> Bench:
    r"""max, min, mean or :math:`\sum_i \mathrm{softmax}(\beta x)_i\, x_i` of windows.

    Args:
        bench: "window" is one window holding `values`; "signal" slides over `wave`; "picture"
            slides over `pixels` in a frame of two zeros, r × r.
        kind: one of `KINDS`; "lse" is (1/β) ln Σ exp(βx), which is not softmax pooling.
        beta: in [-20, 20]; times: "1" or "500", which multiplies it.
        values: 1 to 12 numbers; wave: 12 numbers; pixels: 8 × 8 numbers, all within ±1000.
        r, s: side and stride of the window, in [1, 12]; not used by "window".
        dx, dy: shift in columns and rows, in [-2, 2]; dy is used by "picture", dx not by "window".
        u: number of the output looked at.

    Raises:
        ValueError: a value out of its range, a cell that is no number, "lse" with |β| < 0.001.
    """
    choose("bench", bench, BENCHES)
    choose("kind", kind, KINDS)
    choose("times", times, TIMES)
    require("beta", beta, -REACH, REACH)
    for name, whole, low, high in (
        ("r", r, 1, SAMPLES),
        ("s", s, 1, SAMPLES),
        ("dx", dx, -2, 2),
        ("dy", dy, -2, 2),
        ("u", u, 0, 10_000),
    ):
        require(name, whole, low, high, integer=True)
    beta = float(beta) * int(times)
    if kind == "lse" and abs(beta) < LEAST:
        raise ValueError(
            f"expected beta to be at least {LEAST} in size for log-sum-exp, got {beta:g}: "
            "(1/β) ln Σ exp(βx) grows without bound towards 0"
        )
    x, size, stride, shift = _input(bench, values, wave, pixels, int(r), int(s), int(dx), int(dy))
    moved = shifted(x, shift)
    places = _places(x.shape, size, stride)
    windows = x.reshape(-1)[places]
    out = _pooled(x, size, stride, kind, beta)
    shares = _shares(windows, kind, beta)
    grad = torch.zeros(x.numel(), dtype=x.dtype)
    grad.index_add_(0, places.reshape(-1), shares.reshape(-1))
    picked = divmod(int(u), out.shape[1]) if u < out.numel() else None
    window = windows[int(u) if picked else 0]
    betas = torch.linspace(-REACH, REACH, POINTS, dtype=x.dtype) * int(times)
    return Bench(
        x=x,
        shift=shift,
        shifted=moved,
        size=size,
        stride=stride,
        beta=beta,
        out=out,
        out_shifted=_pooled(moved, size, stride, kind, beta),
        shares=shares,
        places=places,
        grad=grad.view_as(x),
        picked=picked,
        window=window,
        betas=betas,
        soft=softmax_pooling(window, betas),
        lse=torch.where(betas == 0, torch.nan, torch.logsumexp(betas[:, None] * window, 1) / betas),
    )


def _input(
    bench: str, values: str, wave: str, pixels: str, r: int, s: int, dx: int, dy: int
) -> tuple[Tensor, tuple[int, int], tuple[int, int], tuple[int, int]]:
    """x, size, stride and (rows, columns) of the shift."""
    if bench == "window":
        x = _table(values, "values", tuple((1, n) for n in range(1, SAMPLES + 1)))
        return x, (1, x.shape[1]), (1, 1), (0, 0)
    if bench == "signal":
        return _table(wave, "wave", ((1, SAMPLES),)), (1, r), (1, s), (0, dx)
    x = F.pad(_table(pixels, "pixels", ((SIDE, SIDE),)), (FRAME,) * 4)
    return x, (r, r), (s, s), (dy, dx)


def _table(text: str, name: str, shapes: tuple[tuple[int, int], ...]) -> Tensor:
    table = read(text, name) if name == "values" else read(text, name, shapes=shapes)
    if table.shape not in shapes:
        got = f"{table.shape[0]} rows of {table.shape[1]}"
        raise ValueError(f"expected values to be one row of 1 to {SAMPLES} numbers, got {got}")
    for value in (float(table.min()), float(table.max())):
        require(f"every number of {name}", value, -LARGEST, LARGEST)
    return table


def shifted(x: Tensor, shift: tuple[int, int]) -> Tensor:
    """x moved by shift (rows, columns), down and right when positive; zeros enter."""
    (dy, dx), (rows, columns) = shift, x.shape
    out = torch.zeros_like(x)
    here = out[max(dy, 0) : rows + min(dy, 0), max(dx, 0) : columns + min(dx, 0)]
    here.copy_(x[max(-dy, 0) : rows + min(-dy, 0), max(-dx, 0) : columns + min(-dx, 0)])
    return out


def _places(shape: torch.Size, size: tuple[int, int], stride: tuple[int, int]) -> Tensor:
    """Flat index of every entry of every window, (windows, entries)."""
    index = torch.arange(shape[0] * shape[1]).view(shape)
    return (
        index.unfold(0, size[0], stride[0]).unfold(1, size[1], stride[1]).flatten(2).flatten(0, 1)
    )


def _pooled(
    x: Tensor, size: tuple[int, int], stride: tuple[int, int], kind: str, beta: float
) -> Tensor:
    if kind != "lse":
        return pool(x, size, stride, kind, beta if kind == "softmax" else None)
    windows = x.unfold(0, size[0], stride[0]).unfold(1, size[1], stride[1]).flatten(2)
    return torch.logsumexp(beta * windows, 2) / beta


def _shares(windows: Tensor, kind: str, beta: float) -> Tensor:
    """∂out/∂xᵢ per window; a tie of max or min goes to its first place, as in torch."""
    if kind == "average":
        return torch.full_like(windows, 1 / windows.shape[1])
    if kind in ("max", "min"):
        winner = windows.argmax(1) if kind == "max" else windows.argmin(1)
        return F.one_hot(winner, windows.shape[1]).to(windows)
    weights = torch.softmax(beta * windows, 1)
    if kind == "lse":
        return weights
    soft = (weights * windows).sum(1, keepdim=True)
    return weights * (1 + beta * (windows - soft))


def softmax_pooling(window: Tensor, betas: Tensor) -> Tensor:
    """Σᵢ softmax(βx)ᵢ xᵢ of one window for many β, (len(betas),)."""
    return torch.softmax(betas[:, None] * window, 1) @ window


def weights(run: Bench) -> Tensor:
    """softmax(βx) of the window looked at, (entries,)."""
    return torch.softmax(run.beta * run.window, 0)


def says(run: Bench, *, bench: str, kind: str, **_) -> str:
    """What happened, in one or two plain sentences."""
    if bench == "window":
        return f"{_kept(run, kind)} {_routed(run, kind)}"
    told = _after_shift(run) if run.shift != (0, 0) else _without_shift(run)
    if run.picked is None:
        return (
            f"{told} There is no output of that number now: the curve over β is that of output 0."
        )
    return told


def _kept(run: Bench, kind: str) -> str:
    """The pooled value among the values of its window."""
    low, mean, high = (float(f(run.window)) for f in (torch.min, torch.mean, torch.max))
    if kind == "average":
        return f"The mean {mean:.4g} is kept, of values from {low:.4g} to {high:.4g}."
    if kind in ("max", "min"):
        return f"The {kind}imum {run.value:.4g} is kept and everything else forgotten."
    if kind == "lse":
        side, edge = ("above the maximum", high) if run.beta > 0 else ("below the minimum", low)
        return (
            f"(1/β) ln Σ exp(βx) = {run.value:.4g} lies {side} {edge:.4g}: log-sum-exp is a "
            "smooth maximum, but it is not softmax pooling and no mean of the values."
        )
    edge, name = (high, "maximum") if run.beta >= 0 else (low, "minimum")
    told = f"Softmax pooling with β = {run.beta:g} gives {run.value:.6g}"
    if abs(run.beta) < 1e-6:
        return f"{told}: every weight is 1/{len(run.window)}, it is the mean."
    gap, bound = abs(edge - run.value), math.log(len(run.window)) / abs(run.beta)
    told += f", {gap:.3g} from the {name} {edge:.4g}; ln n / |β| = {bound:.3g} is allowed."
    largest = float((run.beta * run.window).max())
    if largest > OVERFLOW:
        told += f" exp({largest:.0f}) overflows; with β·max subtracted first nothing does."
    return told


def _routed(run: Bench, kind: str) -> str:
    """Where the gradient goes."""
    share, best = run.share, int(run.share.argmax())
    if kind in ("max", "min"):
        tied = int((run.window == run.window[best]).sum())
        if tied > 1:
            return f"{tied} entries tie; the first of them takes the whole gradient."
        return f"Entry {best} takes the whole gradient, the others get 0."
    if can_fall(run) == "yes":
        worst = int(share.argmin())
        return (
            f"Raising entry {worst} would lower the pooled value: its gradient is "
            f"{float(share[worst]):.3g}."
        )
    return f"Every entry gets its share of the gradient, {float(share.max()):.3g} at most."


def _after_shift(run: Bench) -> str:
    count, total = int(run.changed.sum()), run.out.numel()
    dy, dx = run.shift
    moved = int((run.x != run.shifted).sum())
    told = f"{count} of {total} outputs change; {moved} of {run.x.numel()} inputs did."
    if count == 0:
        return f"{told} This pooling does not notice the shift."
    if dy % run.stride[0] == dx % run.stride[1] == 0:
        return f"{told} The shift is a multiple of the stride: the outputs move along, unchanged."
    return f"{told} The shift is no multiple of the stride: values are lost and others appear."


def _without_shift(run: Bench) -> str:
    reached = int((run.grad != 0).sum())
    return (
        f"{run.out.numel()} outputs from {run.x.numel()} inputs, {reached} of which get a gradient."
    )


def kept(run: Bench) -> str:
    """The pooled value to three digits, as the options of a prediction."""
    return f"{run.value:.3g}"


def changed_in_words(run: Bench) -> str:
    """How many outputs differ after the shift."""
    count = int(run.changed.sum())
    return "none" if count == 0 else "1 to 8" if count <= 8 else "more than 8"


def ties_in_words(run: Bench) -> str:
    """What the entries that tie for the maximum get."""
    first, second = run.share[run.window == run.window.max()].tolist()[:2]
    if abs(first - 0.5) < 0.05 and abs(second - 0.5) < 0.05:
        return "½ each"
    return "1 each" if first == second == 1 else "1 for one of them, 0 for the other"


def can_fall(run: Bench) -> str:
    """Whether raising some entry lowers the pooled value."""
    return "yes" if float(run.share.min()) < -1e-6 else "no"
