r"""The inequality of Polyak and Łojasiewicz, ½‖∇f‖² ≥ μ(f − f*): fast descent without convexity.

>>> pl_constant(shape("sine_valley", 3.0), 0.0, -10, 10)  # 0.17553, although f″ goes down to −4
>>> pl_constant(lambda x: ((x @ A.T - b) ** 2).sum(-1) / 2, 0.0, low, high)  # of vectors

μ > 0 makes every stationary point a global minimum, and with step 1/L the gap f − f* falls by
1 − μ/L in each step. Sources: OPT-03 to OPT-05, OPT-07; Karimi, Nutini and Schmidt 2016.
"""

import torch
from torch import Tensor
from torch.quasirandom import SobolEngine

from core.check import require
from core.convexity.jets import Function, answer, derivatives, interval, places
from core.convexity.parabolas import NODES, WEIGHTS, Curvatures
from core.convexity.search import lowest

GRID = 4001
NOISY = 2e-6  # of |f| + |f*|: a smaller gap has lost too many digits
STEP = 1e-4  # of the interval, over which a slope must be smooth
NOTHING = 1e-12  # of the middle of all ratios: a smaller one is 0
NEWTON = 5
STARTS, KEPT, ROUNDS = 4096, 3, 100  # places looked at, followed, and how far


def pl_constant(f: Function, minimum: float, low: float | Tensor, high: float | Tensor) -> float:
    """The largest μ with ½‖∇f‖² ≥ μ(f − f*) on [low, high], 0 where there is none above 0.

    On the line from a grid of 4001 places and ever finer ones in its six deepest valleys; where
    f − f* has no digits left it is f″. In more dimensions from 4096 places of a box, the best three
    of them followed downhill: an upper bound of the constant of the box, exact for quadratics.

    Args:
        f: on the line entry by entry; of points (..., d) with values (...) where low is a tensor.
        minimum: f*, the global infimum.
        low, high: ends of an interval, or corners (d,) of a box.

    Raises:
        ValueError: low ≥ high, f below `minimum` somewhere, f finite nowhere.
    """
    require("minimum", minimum)
    if isinstance(low, Tensor) and low.ndim:
        return _in_a_box(f, minimum, places("low", low), places("high", high))
    low, high = interval(float(low), float(high))
    x = torch.linspace(low, high, GRID, dtype=torch.float64)
    size = _size(f, x)
    ratios = _ratio(f, minimum, x, size, high - low)
    known = ratios[ratios.isfinite()]
    if not len(known):
        raise ValueError(f"expected f to leave its minimum in [{low:g}, {high:g}], got a flat f")
    _, depth = lowest(lambda x: _ratio(f, minimum, x, size, high - low), low, high, GRID, 7, 6)
    mu = float(depth[0])
    return mu if mu > NOTHING * float(known.median()) else 0.0


def pl_ratio(f: Function, minimum: float, x: Tensor) -> Tensor:
    """½ f′² / (f − f*) at two or more places x on the line, the shape of x.

    At a minimum it is its limit f″; on a flat bottom, where every μ will do, and where f is not
    finite it is ∞.

    Raises:
        ValueError: f below `minimum`.
    """
    require("minimum", minimum)
    x = places("x", x)
    return _ratio(f, minimum, x, _size(f, x), float(x.max() - x.min()))


def _size(f: Function, x: Tensor) -> float:
    values = answer(f, x).abs()
    return float(values[values.isfinite()].max()) if values.isfinite().any() else 0.0


def _ratio(f: Function, minimum: float, x: Tensor, size: float, width: float) -> Tensor:
    """½ f′² / (f − f*) to all digits, for an f with values up to `size` on a part of that width."""
    value, slope, bend, third = derivatives(f, x, 3)
    gap, scale = value - minimum, value.abs() + abs(minimum)
    under = gap < -1e-9 * scale - 1e-14 * size
    if under.any():
        at, found = x[under][0].item(), value[under][0].item()
        raise ValueError(f"expected minimum ≤ f everywhere, got f({at:g}) = {found:g}")
    ratio = 0.5 * slope * slope / gap
    low = gap <= NOISY * (size + abs(minimum))
    if low.any():
        rows = (x[low], slope[low], bend[low], third[low])
        at_rest, exact = _near_minimum(f, *rows, width)
        ratio[low] = exact.where(at_rest, ratio[low])
        blurred = low & (gap <= NOISY * scale)
        blurred[low] &= ~at_rest
        if blurred.any():
            ratio[blurred] = _blurred(f, x[blurred], slope[blurred], bend[blurred], STEP * width)
    return ratio.nan_to_num(torch.inf, torch.inf, torch.inf)


def _near_minimum(
    f: Function, x: Tensor, slope: Tensor, bend: Tensor, third: Tensor, width: float
) -> tuple[Tensor, Tensor]:
    """Whether Newton's method arrives at a minimum nearby, and the ratio with f − f* from there."""
    f = getattr(f, "f", f)  # a step may leave the domain of a Shape
    bottom, step = x, -slope / bend
    for _ in range(NEWTON):
        bottom = bottom + step.where(step.abs() <= width, torch.nan)
        _, first, second = derivatives(f, bottom.nan_to_num(0.0), 2)
        step = -first / second
    off = x - bottom
    found = (step.abs() <= 1e-9 * width) & (off.abs() <= 0.1 * width) & (second > 0)
    s = (NODES + 1) / 2
    inner = derivatives(f, (bottom[..., None] + off[..., None] * s).nan_to_num(0.0), 1)[1]
    rise = off * (inner * WEIGHTS).sum(-1) / 2  # f(x) − f(bottom) without a difference
    series = bend - third * off / 3
    return found, series.where(off.abs() <= 1e-6 * width, 0.5 * slope * slope / rise)


def _blurred(f: Function, x: Tensor, slope: Tensor, bend: Tensor, step: float) -> Tensor:
    """The limit at a minimum where f″ is 0, at a corner, or on a flat bottom."""
    before, after = (derivatives(f, x + s * step, 1)[1] for s in (-1, 1))
    turn, limit = (after - before).abs() / (2 * step), bend.clamp_min(0.0)
    limit = limit.where((turn - limit).abs() <= 1e-3 * (1 + limit), turn)
    flat = (before == 0) & (after == 0) & (slope == 0)
    return limit.where(~flat, torch.inf)


def least_squares(A: Tensor) -> Curvatures:
    """μ and L of ½‖Ax − b‖²: the least positive and the largest eigenvalue of AᵀA.

    With fewer equations than unknowns f is not strongly convex, its minimisers are a whole plane,
    and it is PL all the same (OPT-05).

    Raises:
        ValueError: A is not a finite matrix, or 0.
    """
    A = places("A", A)
    if A.ndim != 2 or not A.numel():
        raise ValueError(f"expected A of shape (m, n), got {tuple(A.shape)}")
    sigma = torch.linalg.svdvals(A)
    kept = sigma[sigma > sigma[0] * max(A.shape) * torch.finfo(torch.float64).eps]
    if not len(kept):
        raise ValueError("expected A with an entry other than 0, got 0")
    return Curvatures(float(kept[-1] ** 2), float(sigma[0] ** 2))


def _in_a_box(f: Function, minimum: float, low: Tensor, high: Tensor) -> float:
    if low.ndim != 1 or low.shape != high.shape or not bool((low < high).all()):
        raise ValueError(f"expected low < high of one shape (d,), got {low.tolist()}")
    with torch.inference_mode(False):  # so that autograd may keep them
        low, high = low.clone(), high.clone()
        middle, half = (low + high) / 2, (high - low) / 2

    def ratio(u: Tensor) -> Tensor:
        """Of points in the box by their angles, so that nothing leaves it."""
        x = middle + half * torch.sin(u)
        value = f(x)
        (slope,) = torch.autograd.grad(value.sum(), x, create_graph=True)
        gap = value - minimum
        if bool((gap < -1e-9 * (value.abs() + abs(minimum))).any()):
            raise ValueError(f"expected minimum ≤ f everywhere, got f = {value.min().item():g}")
        clear = gap > NOISY * (value.abs() + abs(minimum)) / 2
        return 0.5 * (slope * slope).sum(-1) / gap.where(clear, torch.nan)

    with torch.inference_mode(False), torch.enable_grad():
        u = torch.pi * (SobolEngine(len(low)).draw(STARTS, dtype=torch.float64) - 0.5)
        first = ratio(u.requires_grad_()).detach().nan_to_num(torch.inf, torch.inf, torch.inf)
        scale, best = float(first[first.isfinite()].median()), float(first.min())
        for start in u.detach()[first.argsort()[:KEPT]]:
            at = start.clone().requires_grad_()
            search = torch.optim.LBFGS(
                [at], 1.0, ROUNDS, tolerance_grad=1e-11, tolerance_change=1e-16, history_size=20,
                line_search_fn="strong_wolfe",
            )  # fmt: skip

            def closure(at=at, search=search) -> Tensor:
                search.zero_grad()
                height = ratio(at) / scale
                height.backward()
                return height

            search.step(closure)
            end = float(ratio(at).detach())
            best = min(best, end) if end == end else best
    return best if best > NOTHING * scale else 0.0
