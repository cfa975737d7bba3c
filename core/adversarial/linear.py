r"""Linear classifiers: the least perturbation, the worst corner, the nearest class, all exact.

Two classes: ŷ = sign(wᵀx + b) with y in {−1, 1}; the boundary counts as an error. For p ≥ 1 and its
dual exponent q the distance of x to the boundary is |wᵀx + b| / ‖w‖_q, and within ‖δ‖_p ≤ ε the
score y(wᵀx + b) falls by at most ε‖w‖_q. Neither changes under (w, b) → (cw, cb) when ε‖w‖_q is
read against the margin: the margin alone says nothing about robustness.

Sources: ROB-04 to ROB-10.
"""

import math
from itertools import combinations
from typing import NamedTuple

import torch
from torch import Tensor

from core.adversarial.balls import dual_exponent, exponent, norm_of, radius, steepest

BELOW_ONE = (
    "Below p = 1 this is no norm: the triangle inequality fails and there is no dual norm. Its "
    "ball reaches as far as the L1 ball does, only along the axes, so one coordinate moves."
)
TIED = "Several coordinates have the largest weight: any of them would do, the first moves."
FREE = "Coordinates without weight may move as well at no cost: this is one of many solutions."


class Perturbation(NamedTuple):
    """The least δ that brings x to the boundary of a linear classifier."""

    delta: Tensor  # δ*, (..., d)
    distance: Tensor  # ‖δ*‖_p, (...)
    dual: float  # ‖w‖_q, by which the score is divided
    q: float  # the dual exponent; ∞ for p < 1, where it stands for the convex hull of the ball
    touch: Tensor  # x + δ*, (..., d): on the boundary, a hair further crosses it
    score: Tensor  # wᵀx + b, (...)
    is_norm: bool  # p ≥ 1
    note: str  # what is remarkable, or ""


class WorstCase(NamedTuple):
    """What the worst δ with ‖δ‖_p ≤ ε does to y(wᵀx + b)."""

    delta: Tensor  # the worst corner, (..., d)
    drop: Tensor  # ε‖w‖_q, (...)
    margin: Tensor  # y(wᵀx + b) of x itself, (...)
    robust: Tensor  # margin > drop, (...) bool


class Margins(NamedTuple):
    """x against every class j in turn; at j = y the margin is 0 and the distance ∞."""

    margins: Tensor  # m_j = (w_y − w_j)ᵀx + b_y − b_j, (..., K)
    norms: Tensor  # ‖w_y − w_j‖_q, (..., K)
    distances: Tensor  # m_j / ‖w_y − w_j‖_q, signed; ∞ where w_j = w_y, (..., K)
    nearest: Tensor  # the class j* of the smallest distance, (...) int64
    runner_up: Tensor  # the class of the smallest margin, (...) int64
    distance: Tensor  # of x to the region of j*; 0 where x is misread already, ∞ without j*, (...)
    delta: Tensor  # the least perturbation to its boundary; 0 where x is misread already, (..., d)
    right: Tensor  # every margin is above 0: what distances need in order to mean this, (...) bool
    ignored: Tensor  # w_j = w_y for a class j ≠ y: no perturbation changes that margin, (..., K)


def linear_min_perturbation(w: Tensor, b: float, x: Tensor, norm: float) -> Perturbation:
    r"""δ* = −(wᵀx + b) v with ‖δ*‖_p = |wᵀx + b| / ‖w‖_q, where v has wᵀv = 1 and the least size.

    Args:
        w: weights, (d,), not all 0.
        b: offset.
        x: points, (..., d).
        norm: p in (0, ∞]. Below 1 the result is right and `note` says what it is not.

    Raises:
        ValueError: w = 0, p ≤ 0, shapes that do not fit, a number that is not finite.
    """
    p = exponent(norm, name="norm")
    w, x = _weights(w, x)
    score = x @ w + _offset(b)
    hull = max(p, 1.0)  # the L1 ball is the convex hull of every smaller one
    q, v = dual_exponent(hull), steepest(w, hull)
    dual = w @ v
    delta = -(score / dual).unsqueeze(-1) * v
    if p < 1:
        note = BELOW_ONE
    elif p == 1 and int((w.abs() == w.abs().max()).sum()) > 1:
        note = TIED
    else:
        note = FREE if math.isinf(p) and bool((w == 0).any()) else ""
    return Perturbation(delta, score.abs() / dual, float(dual), q, x + delta, score, p >= 1, note)


def worst_corner(
    w: Tensor, b: float, x: Tensor, y: int | Tensor, eps: float | Tensor, norm: float = math.inf
) -> WorstCase:
    """min y wᵀδ over ‖δ‖_p ≤ ε is −ε‖w‖_q; at p = ∞ it is attained at −ε sign(y w), sign 0 = 0.

    Args:
        w, b, x: as in `linear_min_perturbation`.
        y: the class, −1 or 1, or a tensor (...) of them.
        eps: ε ≥ 0, or a tensor that broadcasts to (...).
        norm: p in [1, ∞].

    Raises:
        ValueError: y is neither −1 nor 1, ε < 0, p < 1, w = 0.
    """
    p = exponent(norm, 1, name="norm")
    w, x = _weights(w, x)
    y = torch.as_tensor(y, dtype=x.dtype, device=x.device)
    if not bool((y.abs() == 1).all()):
        raise ValueError(f"expected y to be -1 or 1, got {y.flatten().tolist()}")
    eps = radius(eps, x)
    v = steepest(w, p)
    drop = (
        (torch.as_tensor(eps, dtype=x.dtype, device=x.device) * (w @ v))
        .expand(*x.shape[:-1], 1)
        .squeeze(-1)
    )
    margin = y * (x @ w + _offset(b))
    delta = (-eps * y.unsqueeze(-1) * v).expand(x.shape) + 0.0  # no negative zeros
    return WorstCase(delta, drop, margin, margin > drop)


def multiclass_margins(
    W: Tensor, b: Tensor, x: Tensor, y: int | Tensor, *, norm: float = 2
) -> Margins:
    """How far x is from being read as each of the other classes of argmax_j w_jᵀx + b_j.

    The class with the second highest score need not be the nearest one. All of W, b, x are taken
    as float64; a vector that is common to all w_j changes nothing.

    Args:
        W: weights, (K, d), K ≥ 2.
        b: offsets, (K,).
        x: points, (..., d).
        y: the class of each, an int or (...).
        norm: p in [1, ∞].

    Raises:
        ValueError: shapes that do not fit, a class outside 0 … K − 1, p < 1.
    """
    p = exponent(norm, 1, name="norm")
    W, b, x, y = _classes(W, b, x, y)
    scores = x @ W.T + b
    mine = y.unsqueeze(-1)
    margins = scores.gather(-1, mine) - scores
    apart = W[y].unsqueeze(-2) - W  # w_y − w_j, (..., K, d)
    norms = norm_of(apart, dual_exponent(p))
    own = torch.zeros_like(margins, dtype=torch.bool).scatter_(-1, mine, True)
    ignored = (norms == 0) & ~own
    distances = torch.where(norms > 0, margins / torch.where(norms > 0, norms, 1.0), math.inf)
    right = (margins > 0).logical_or(own).all(-1)
    distance, nearest = distances.min(-1)
    runner_up = margins.masked_fill(own, math.inf).argmin(-1)
    there = nearest.view(*nearest.shape, 1, 1).expand(*nearest.shape, 1, x.shape[-1])
    away = steepest(apart.gather(-2, there).squeeze(-2), p)
    moves = right & distance.isfinite()
    delta = torch.where(moves, -distance, 0.0).unsqueeze(-1) * away + 0.0
    distance = torch.where(right, distance, 0.0)
    return Margins(
        margins, norms, distances, nearest, runner_up, distance, delta, right, ignored
    )  # fmt: skip


def targeted_min_perturbation(
    W: Tensor, b: Tensor, x: Tensor, target: int, *, y: int | None = None
) -> Tensor:
    """The least δ in L₂ after which no class scores above `target`, (d,); NaN if there is none.

    To beat class y alone can be too little: a third class may be in between. δ is the projection on
    {δ: (w_j − w_t)ᵀδ ≤ m_j for all j}: on the face of some set of classes, all of which are tried.

    Args:
        W, b: K ≤ 10 classes, as in `multiclass_margins`.
        x: one point, (d,).
        target: the class t that x + δ is to be read as (or tied with).
        y: the true class, which t must differ from.

    Raises:
        ValueError: t = y, more than 10 classes, a class outside 0 … K − 1.
    """
    if y is not None and target == y:
        raise ValueError(f"expected target other than the true class y = {y}, got {target}")
    W, b, x, t = _classes(W, b, x, target, name="target")
    if x.ndim != 1 or len(W) > 10:
        raise ValueError(f"expected x of shape (d,) and at most 10 classes, got {tuple(x.shape)}")
    scores = W @ x + b
    others = [j for j in range(len(W)) if j != int(t)]
    A, m = W[others] - W[t], scores[t] - scores[others]
    slack = 1e-9 * float(1 + m.abs().max())
    best = torch.full_like(x, math.nan)
    if bool((m >= 0).all()):
        return torch.zeros_like(x)
    for size in range(1, min(len(others), len(x)) + 1):
        for face in combinations(range(len(others)), size):
            delta = torch.linalg.pinv(A[list(face)]) @ m[list(face)]
            if bool((A @ delta <= m + slack).all()) and not delta.norm() >= best.norm():
                best = delta
    return best


def holder(x: Tensor, y: Tensor, p: float) -> tuple[Tensor, Tensor]:
    """|xᵀy| and ‖x‖_p‖y‖_q, the two sides of Hölder's inequality, each (...); p in [1, ∞]."""
    return (x * y).sum(-1).abs(), norm_of(x, exponent(p, 1)) * norm_of(y, dual_exponent(p))


def _weights(w: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    w, x = (torch.as_tensor(each, dtype=torch.float64) for each in (w, x))
    if w.ndim != 1 or x.shape[-1:] != w.shape or not len(w):
        raise ValueError(f"expected w (d,), x (..., d), got {tuple(w.shape)}, {tuple(x.shape)}")
    _finite(w=w, x=x)
    if not bool(w.any()):
        raise ValueError("expected w other than 0: it has no boundary, got w = 0")
    return w, x


def _offset(b: float | Tensor) -> float:
    b = float(b)
    if not math.isfinite(b):
        raise ValueError(f"expected b to be finite, got {b:g}")
    return b


def _classes(W, b, x, y, *, name: str = "y") -> tuple[Tensor, Tensor, Tensor, Tensor]:
    W, b, x = (torch.as_tensor(each, dtype=torch.float64) for each in (W, b, x))
    y = torch.as_tensor(y, device=x.device)
    fits = W.ndim == 2 and len(W) >= 2 and b.shape == W.shape[:1] and x.shape[-1:] == W.shape[1:]
    if not fits:
        got = f"{tuple(W.shape)}, {tuple(b.shape)}, {tuple(x.shape)}"
        raise ValueError(f"expected W (K, d), b (K,), x (..., d) with K ≥ 2, got {got}")
    _finite(W=W, b=b, x=x)
    whole = not (y.is_floating_point() or y.is_complex() or y.dtype == torch.bool)
    if not whole or not bool(((y >= 0) & (y < len(W))).all()):
        raise ValueError(f"expected {name} a whole number in [0, {len(W) - 1}], got {y.tolist()}")
    if y.ndim and y.shape != x.shape[:-1]:
        raise ValueError(f"expected {name} of shape {tuple(x.shape[:-1])}, got {tuple(y.shape)}")
    return W, b, x, y.long().expand(x.shape[:-1])


def _finite(**tensors: Tensor) -> None:
    for name, each in tensors.items():
        if not bool(each.isfinite().all()):
            raise ValueError(f"expected {name} to be finite, got an infinite entry or NaN")
