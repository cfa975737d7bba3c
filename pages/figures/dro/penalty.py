"""Worst risk and first order over the radius, their gap, the rows on their way, the slopes."""

import math

import numpy as np
import torch

from core.adversarial import ball_boundary
from core.experiments.dro.penalty import ORDERS, RADII, ROWS, Penalty, labels
from core.words import number, tex
from pages.figures.marks import arrows, bars, dots, line, note, rule, segments
from pages.figures.plot import Handle, Panel, Picture, axis, coarse, panel

HALF = 3.2
MEANS = {"1": "the largest", "2": "the root mean square", "inf": "the mean"}
NAMES = {"1": "1", "2": "2", "inf": r"\infty"}
BALLS = {name: ball_boundary(p, 73).numpy() for name, p in ORDERS.items()}
LOW = 1e-7


def figure(
    run: Penalty, *, eps: float, loss: str, p: str, norm: str, beta1: float, beta2: float
) -> Picture:
    """The four panels."""
    panels = (
        _risks(run, eps),
        _gap(run, eps),
        _rows(run, eps, loss, norm, beta1, beta2),
        _slopes(run, p),
    )
    return Picture(panels, formula=_formula(run, eps, p))


def _formula(run: Penalty, eps: float, p: str) -> tuple[str, ...]:
    first = run.risk + eps * run.slope
    return (
        rf"\role{{wrong}}{{\sup_{{W_{{{NAMES[p]}}} \le {tex(eps, 3)}}} E_Q[\ell]}} = "
        rf"\role{{wrong}}{{{tex(run.worst)}}},\qquad R + \varepsilon\,\role{{force}}"
        rf"{{\lVert\nabla_x \ell\rVert}} = {tex(run.risk)} + {tex(eps, 3)}\cdot "
        rf"\role{{force}}{{{tex(run.slope)}}} = {tex(first)}",
    )


def _risks(run: Penalty, eps: float) -> Panel:
    x = np.concatenate([[0.0], RADII.numpy()])
    worst = np.concatenate([[run.risk], run.path.numpy()])
    seen = np.isfinite(worst)
    last = run.risk + run.slope
    low = min(0.0, math.floor(run.risk))
    top = coarse(1.05 * max(float(worst[seen].max()), last, 0.2))
    first, here = run.risk + eps * run.slope, run.worst
    finite = math.isfinite(here)
    at = here if finite else first
    told = f"Worst risk {number(here, 4)}, first order {number(first, 4)}"
    return panel(
        "risk",
        told,
        line([0, 1], [run.risk, last], "theory", "risk + ε · slope", label="risk + ε · slope"),
        finite and line(x[seen], worst[seen], "wrong", "worst", label="worst risk", width=2.5),
        finite and segments([[eps, first]], [[eps, here]], "ink", "gap", width=2),
        finite and dots([eps], [run.at_moved], "force", "at the moved rows", 7),
        dots([eps], [first], "ink", "first order", 7),
        not finite and note(0.05, 0.9 * top, "worst risk: ∞", "wrong"),
        x=axis("radius ε", 0, 1, dtick=0.2),
        y=axis("risk", low, top),
        alt=f"{told} at ε = {eps:.3g}; at ε = 0 both are {number(run.risk)}.",
        handles=(Handle(eps, at, ("eps",), "radius ε", ((1.0, 0.0),), frees="x", role="wrong"),),
    )


def _gap(run: Penalty, eps: float) -> Panel:
    gaps = run.gaps.numpy()
    seen = np.isfinite(gaps) & (gaps > 0)
    some = bool(seen.any())
    x, y = RADII.numpy()[seen], gaps[seen]
    power = run.order
    told = f"grows like the power {power:.2f} of ε" if power else "none that can be measured"
    if not bool(np.isfinite(gaps).all()):
        told = "infinite"
    here = run.worst - run.risk - eps * run.slope
    shown = some and math.isfinite(here) and here > LOW and eps >= RADII[0]
    return panel(
        "gap",
        f"Gap: {told}",
        some and line(x, y[0] * (x / x[0]) ** 2, "theory", "slope 2", label="slope 2"),
        some and line(x, y, "wrong", "gap", label="gap", width=2.5),
        shown and dots([eps], [here], "ink", "gap now", 8),
        not some and note(0.01, 1e-3, told),
        x=axis("radius ε", float(RADII[0]), 1, log=True, dtick=1),
        y=axis("worst risk − first order", LOW, 100, log=True, dtick=2),
        alt=f"The gap between worst risk and first order over ε: {told}.",
    )


def _rows(run: Penalty, eps: float, loss: str, norm: str, beta1: float, beta2: float) -> Panel:
    rows, moved = ROWS.numpy(), run.moved.numpy()
    far = np.abs(moved - rows).max(1) > 1e-3
    ring = [line(*(x + eps * BALLS[norm]).T, "faint", f"within ε of row {i + 1}")
            for i, x in enumerate(rows)]  # fmt: skip
    names = [note(x[0], x[1], f"y = {y:.0f}") for x, y in zip(rows, labels(loss), strict=True)]
    ways = ", ".join(number(np.abs(each).max()) for each in moved - rows)
    return panel(
        "rows",
        "The rows, and where they go to first order",
        ring,
        bool(far.any()) and arrows(rows[far], moved[far], "force", "way"),
        arrows(np.zeros((1, 2)), [[beta1, beta2]], "model", "β", label="β"),
        dots(*rows.T, "data", "rows", 9),
        names,
        x=axis("x₁, β₁", -HALF, HALF, dtick=1),
        y=axis("x₂, β₂", -HALF, HALF, dtick=1),
        alt=f"Three rows; the largest coordinate of the way of each is {ways}; "
        f"β = ({beta1:.3g}, {beta2:.3g}).",
        handles=(Handle(beta1, beta2, ("beta1", "beta2"), "β", click=False, role="model"),),
        equal=True,
    )


def _slopes(run: Penalty, p: str) -> Panel:
    each = run.slopes.numpy()
    top = coarse(1.1 * max(float(each.max()), 0.1))
    names = ", ".join(number(v) for v in each)
    number_of = torch.arange(1, len(each) + 1)
    return panel(
        "slopes",
        f"What counts is {MEANS[p]} of the slopes: {number(run.slope)}",
        bars(number_of, each, "force", "slope"),
        rule("theory", "what counts", y=run.slope, span=(0.5, 3.5), label="what counts"),
        x=axis("row", 0.5, 3.5, tickvals=[1, 2, 3]),
        y=axis("‖∇ℓᵢ‖, dual norm", 0, top),
        alt=f"Slopes of the loss at the rows: {names}; {MEANS[p]} is {number(run.slope)}.",
    )
