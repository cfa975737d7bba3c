"""What warping a line claims: FLOW-01, FLOW-02, FLOW-03, PROB-19 with errata E-08, E-68."""

import math
from collections.abc import Callable
from functools import cache

import numpy as np
import torch
from numpy.polynomial.legendre import leggauss

from core.check import Check, at_least, at_most, equal, same
from core.experiments.flows.warp import Shape, Warp, shape
from core.flows import affine, integral, line_law, pushforward_density
from core.words import number

STEP = 1e-5  # of a difference quotient
NODES, WEIGHTS = leggauss(24)


@cache
def laws(base: str) -> list:
    """The law of z, or those it is mixed of in equal parts, from another library."""
    from scipy import stats  # slow to import

    one = {"normal": stats.norm(), "uniform": stats.uniform(-2, 4), "exponential": stats.expon()}
    return [one[base]] if base in one else [stats.norm(mean, 0.5) for mean in (-2, 2)]


def pdf(base: str, z: np.ndarray) -> np.ndarray:
    """The density of z, from another library."""
    return np.mean([law.pdf(z) for law in laws(base)], axis=0)


def checks(
    run: Warp, *, map: str, alpha: float, beta: float, heights: str, smooth: bool, base: str,
    z: float,
) -> list[Check]:  # fmt: skip
    """Area, mean slope, strips, inverse, log form, the affine case, as printed."""
    f = shape(map, alpha, beta, heights, smooth)
    flow = (run.is_flow, "f folds or is flat: it has no inverse")
    return [
        _area(run, f, base),
        _mean_slope(run, f, base),
        _strips(run, f, base, flow),
        _inverse(run, f, flow),
        _log_form(run, f, base, z),
        _turns(run, f),
        _scaled(run, map, alpha, beta, base),
        _printed_place(map, base) if map != "affine" else _printed_sign(alpha, beta, base),
    ]  # fmt: skip


def _mean(f: Shape, base: str, of: Callable) -> float:
    """E of a function of z over z ≥ start, by a sum over z in pieces between the knots."""
    law = line_law(base)
    if f.piece is None or f.start >= law.high:
        return 0.0
    low = max(f.start, law.low)
    z = np.unique([low, *np.arange(math.ceil(low), law.high), law.high])
    half = np.diff(z)[:, None] / 2
    at = (z[1:] + z[:-1])[:, None] / 2 + half * NODES
    return float((pdf(base, at) * of(torch.from_numpy(at)).numpy() * WEIGHTS * half).sum())


def _area(run: Warp, f: Shape, base: str) -> Check:
    if run.is_flow:
        return equal("FLOW-02", "the area under the density of x is 1", run.total, 1.0, tol=1e-6)
    mass = _mean(f, base, torch.ones_like)
    claim = "the formula on the last piece alone finds no more than its mass: area, mass"
    return equal("FLOW-02", claim, run.total, mass, tol=1e-5)


def _mean_slope(run: Warp, f: Shape, base: str) -> Check:
    claim = "without the determinant the area is the mean of |f′(z)|: area, mean"
    slope = _mean(f, base, lambda z: f.derivative(z).abs())
    return equal("FLOW-02", claim, run.forgotten, slope, tol=1e-5)


def _strips(run: Warp, f: Shape, base: str, flow: tuple[bool, str]) -> Check:
    """By a quadrature over x between the images of two borders."""
    claim = "every strip has the mass ⅛ before and after the map: largest difference"
    at = run.borders
    before = np.mean([np.diff(law.cdf(at.numpy())) for law in laws(base)], axis=0).tolist()
    after = before
    if run.is_flow:
        g, law = f.piece, line_law(base)
        bends = torch.tensor(g.breaks, dtype=torch.float64)
        z = torch.lerp(at[:-1, None], at[1:, None], torch.linspace(0, 1, 161).double())
        z = torch.cat([z, bends.expand(len(z), -1)], 1).clamp(at[:-1, None], at[1:, None])
        known = (g.inverse, g.inverse_derivative, law.log_prob)
        after = [integral(lambda x: pushforward_density(x, *known), g.forward(row)) for row in z]
    return same("FLOW-02", claim, [*before, *after], [1 / 8] * 16, tol=1e-6, needs=(flow,))


def _inverse(run: Warp, f: Shape, flow: tuple[bool, str]) -> Check:
    claim = "f⁻¹(f(z)) = z: largest difference"
    back = f.piece.inverse(run.x) if run.is_flow else run.z
    return same("FLOW-01", claim, back, run.z, tol=1e-7, needs=(flow,))


def _log_form(run: Warp, f: Shape, base: str, z: float) -> Check:
    """Slopes by difference quotients, densities from another library."""
    claim = "ln p(x) = ln p(z) − ln |f′(z)|, at z and all over: largest difference"
    off = (run.z - run.z.round()).abs() > 2 * STEP  # the slope may jump at whole numbers
    at, height = run.z[off], torch.from_numpy(pdf(base, run.z[off].numpy()))
    rise = (f.forward(at + STEP) - f.forward(at - STEP)) / (2 * STEP)
    some = (height > 0) & (rise.abs() > 1e-8)
    logs = height[some].log() - rise[some].abs().log()
    mine = torch.cat([rise, height, logs, torch.tensor(_by_hand(f, base, z, run.point.density))])
    found = [run.slope[off], run.height[off], run.density[off][some].log()]
    return same("FLOW-03", claim, torch.cat([*found, torch.tensor(run.point)]), mine, tol=1e-6)


def _by_hand(f: Shape, base: str, z: float, otherwise: float) -> list[float]:
    """z, f(z), f′(z), p_z(z) and p_z(z)/|f′(z)|, the last as given where it is 0/0 or infinite."""
    at = torch.tensor([z], dtype=torch.float64)
    x, slope = float(f.forward(at)), float(f.derivative(at))
    height = float(pdf(base, np.array(z)))
    return [z, x, slope, height, height / abs(slope) if height and slope else otherwise]


def _turns(run: Warp, f: Shape) -> Check:
    """Slopes on both sides of the places."""
    claim = "f′ keeps its sign; where it does not, no inverse: product of f′ on both sides ≤ 0"
    left, right = f.derivative(run.turns - STEP), f.derivative(run.turns + STEP)
    worst = float((left * right).max()) if len(run.turns) else 0.0
    needs = ((not run.is_flow, "f′ keeps its sign: f is one-to-one"),)
    return at_most("FLOW-01", claim, worst, 0.0, needs=needs)


def _scaled(run: Warp, map: str, alpha: float, beta: float, base: str) -> Check:
    claim = f"the density of αz + β is p((x − β)/α)/|α|, α = {number(alpha)}: largest difference"
    straight = map == "affine" and alpha != 0
    needs = ((straight, "f is no α z + β with α other than 0"),)
    inner = slice(1, -1)  # at the ends of a law rounding decides
    z = (run.x.numpy() - beta) / alpha if straight else run.x.numpy()
    mine = torch.from_numpy(pdf(base, z)) / (abs(alpha) if straight else 1.0)
    return same("PROB-19", claim, run.density[inner], mine[inner], tol=1e-7, needs=needs)


def _printed_sign(alpha: float, beta: float, base: str) -> Check:
    claim = "as printed (E-08) with 1/α in place of 1/|α| the area is −1 for α < 0"
    f, law = affine(alpha or 1.0, beta), line_law(base)
    z = torch.linspace(law.low, law.high, 400, dtype=torch.float64)
    area = integral(lambda x: law.log_prob(f.inverse(x)).exp() / (alpha or 1.0), f.forward(z))
    needs = ((alpha < 0, "α > 0: both are the same"),)
    return equal("PROB-19", claim, area, -1.0, tol=1e-6, needs=needs)


def _printed_place(map: str, base: str) -> Check:
    claim = "as printed (E-68) ∂f(x)/∂z: with f′ taken at x in place of z the area is off 1 by"
    g, law = shape("sinh", 1.0, 0.0, "", False), line_law(base)
    z = torch.linspace(law.low, law.high, 800, dtype=torch.float64)
    back, slope = g.piece.inverse, g.derivative
    area = integral(lambda x: law.log_prob(back(x)).exp() / slope(x), g.forward(z))
    needs = ((map == "sinh", "shown for the curved map 2 sinh(z/2) + 1"),)
    return at_least("FLOW-03", claim, abs(area - 1), 0.01, needs=needs)


def says(run: Warp, *, map: str, alpha: float, base: str) -> str:
    """What the map does at z, and the areas; or why it is no flow."""
    point = run.point
    if map == "affine" and alpha == 0:
        return "No flow: α = 0 puts all mass on the point x = β. One point has no density."
    if not run.is_flow:
        return _refused(run)
    areas = (
        f"The area is {number(run.total, 5)}; without the determinant {number(run.forgotten, 5)}."
    )
    if point.height == 0:
        return f"The law has no mass at z = {number(point.z)}. {areas}"
    steep = abs(point.slope)
    does = "keeps a strip as wide as it is"
    if abs(steep - 1) > 1e-9:
        does = f"makes a strip {'twice' if steep == 2 else number(steep) + ' times'} as wide"
    turned = " and turns the line round" * (point.slope < 0)
    heights = f"{number(point.height)} becomes {number(point.density)} at x = {number(point.x)}"
    return f"At z = {number(point.z)} the map {does}{turned}: the height {heights}. {areas}"


def _refused(run: Warp) -> str:
    turn = float(run.turns[0])
    before, after = run.slope[run.z < turn - 1e-6], run.slope[run.z > turn + 1e-6]
    where = f"f′ changes its sign at z = {number(turn)}: two places z go to one x"
    if after[0] == 0:
        where = f"f is flat from z = {number(turn)} on: a whole strip goes to one x"
    elif len(before) and before[-1] == 0:
        where = f"f is flat up to z = {number(turn)}: a whole strip goes to one x"
    area, last = number(run.total, 4, zero=1e-9), number(float(run.turns[-1]))
    there = ", for all the mass is there" * (run.total > 1 - 1e-6)
    found = f"On z > {last} alone the formula finds the area {area}{there}."
    return f"No flow: {where}, and there is no inverse. {found}"


answers = {
    "double": lambda run, forget: (
        run.point.height / run.point.height if forget else run.point.density / run.point.height,
        {"before": run.point.height, "after": run.point.density},
    ),
    "forgotten": lambda run: run.forgotten,
    "fold": lambda run: run.total,
}
