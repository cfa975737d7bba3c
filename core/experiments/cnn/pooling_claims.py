"""CNN-29, CNN-30 and CNN-31 on the pooling bench, with erratum E-63."""

import math

import torch

from core.check import Check, at_least, at_most, equal
from core.convolution import pool
from core.experiments.cnn.pooling import OVERFLOW, POINTS, Bench, shifted, softmax_pooling


def checks(run: Bench, *, bench: str, kind: str, **_) -> list[Check]:
    """CNN-29, CNN-30, and CNN-31 with erratum E-63 on this input."""
    return [*_softmax(run), *_routing(run, kind), *_maximum(run, bench)]


def _softmax(run: Bench) -> list[Check]:
    """Softmax pooling of the window looked at, whatever kind is on the bench."""
    x, beta, n = run.window, run.beta, len(run.window)
    soft = float(softmax_pooling(x, torch.tensor([beta], dtype=x.dtype)))
    extreme = x.max() if beta >= 0 else x.min()
    gap = abs(float(extreme) - soft)
    nonzero = abs(beta) > 1e-4
    still = "" if nonzero else "needs β ≠ 0; at β = 0 softmax pooling is the mean"
    exponents = beta * x
    p = torch.softmax(exponents, 0)
    entropy = -float(torch.xlogy(p, p).sum())
    total = float(exponents.logsumexp(0))
    safe = beta if nonzero else 1.0
    bound = at_most(
        "CNN-29",
        "0 ≤ max − softmax ≤ ln n / β" if beta >= 0 else "0 ≤ softmax − min ≤ ln n / |β|",
        gap,
        math.log(n) / abs(safe),
        applies=nonzero,
        why=still,
    )
    return [
        equal(
            "CNN-29",
            "softmax pooling is (ln Σ exp(βx) − H) / β with the entropy H of its weights: it is "
            "not log-sum-exp",
            soft,
            (total - entropy) / safe,
            # a difference of numbers as large as βx, divided by β
            tol=1e-9 * max(1.0, 1 / abs(safe)),
            applies=nonzero,
            why=still,
        ),
        bound,
        at_least(
            "CNN-29",
            "softmax pooling never falls as β grows: smallest step of the curve",
            float(run.soft.diff().min()),
            0.0,
        ),
        equal(
            "CNN-29",
            "at β = 0 it is the mean",
            float(run.soft[POINTS // 2]),
            float(x.mean()),
        ),
        (at_least if beta >= 0 else at_most)(
            "CNN-29",
            "log-sum-exp (1/β) ln Σ exp(βx) lies beyond the "
            + ("maximum" if beta >= 0 else "minimum")
            + ", never inside the window's values",
            total / safe,
            float(extreme),
            applies=nonzero,
            why=still,
        ),
        at_most(
            "CNN-29",
            f"e^{OVERFLOW:g} is the largest a float holds; with β·extreme subtracted the largest "
            "exponent is at most 0",
            float((exponents - exponents.max()).max()),
            0.0,
            why=f"without it the largest exponent is {float(exponents.max()):.4g}",
        ),
    ]


def _routing(run: Bench, kind: str) -> list[Check]:
    hard = kind in ("max", "min")
    return [
        equal(
            "CNN-30",
            "the gradient of one output sums to 1 over its window: largest distance over all "
            "outputs",
            float((run.shares.sum(1) - 1).abs().max()),
            0.0,
            tol=1e-9 * max(1.0, abs(run.beta)),
        ),
        equal(
            "CNN-30",
            "a maximum (minimum) sends its gradient to one entry, ties included: entries of this "
            "window that get any",
            int((run.share != 0).sum()),
            1,
            applies=hard,
            why="" if hard else "only max and min pooling pick a winner",
        ),
    ]


def _maximum(run: Bench, bench: str) -> list[Check]:
    """Max pooling of this input, whatever kind is on the bench."""
    flat = bench != "picture"
    (r, s), row = (run.size[1], run.stride[1]), run.x[:1]
    runs = [row[:, k : k + (row.shape[1] - r) + 1 : s] for k in range(r)]
    direct = torch.stack(runs).amax(0)
    square = pool(run.x, run.size, run.stride, "max")
    columns = pool(run.x, (run.size[0], 1), (run.stride[0], 1), "max")
    both = pool(columns, (1, run.size[1]), (1, run.stride[1]), "max")
    return [
        equal(
            "CNN-30",
            "max pooling is max {xᵢ₊ₖ : 0 ≤ k < r}, the largest of r shifted copies: largest "
            "distance",
            float((direct - pool(row, (1, r), (1, s), "max")).abs().max()),
            0.0,
        ),
        equal(
            "CNN-31",
            "max {xᵢ₊ₖ,ⱼ₊ₗ} with two indices (E-63) is max pooling of the columns, then of the "
            "rows: largest distance",
            float((square - both).abs().max()),
            0.0,
            applies=not flat,
            why="needs a picture" if flat else "",
        ),
        _moves_along(run, flat),
    ]


def _moves_along(run: Bench, flat: bool) -> Check:
    """A shift by a multiple of the stride moves the outputs; any other shift changes them."""
    dy, dx = run.shift
    (a, rest_y), (b, rest_x) = divmod(dy, run.stride[0]), divmod(dx, run.stride[1])
    fits = rest_x == rest_y == 0 and (dx or dy) and abs(a) < run.out.shape[0]
    fits = bool(fits and abs(b) < run.out.shape[1])
    moved = shifted(run.out, (a, b)) if fits else run.out
    inside = shifted(torch.ones_like(run.out), (a, b)) > 0 if fits else run.out > math.inf
    off = (moved - run.out_shifted).abs()[inside]
    return equal(
        "CNN-30" if flat else "CNN-31",
        "a shift by a multiple of the stride moves the outputs along, unchanged: largest "
        "difference",
        float(off.max()) if fits else 0.0,
        0.0,
        applies=fits,
        why="" if fits else "needs a shift by a multiple of the stride, not 0",
    )
