"""Worst risk and first order over the radius, their gap, the rows on their way."""

import math

import numpy as np

from core.adversarial import ball_boundary
from core.experiments.dro.penalty import ORDERS, RADII, ROWS, Penalty, labels
from core.words import number, tex
from pages.figures.marks import arrows, dots, line, note, segments
from pages.figures.plot import Handle, Panel, Picture, axis, coarse, panel

MEANS = {"1": "the largest", "2": "the root mean square", "inf": "the mean"}
NAMES = {"1": "1", "2": "2", "inf": r"\infty"}
BALLS = {name: ball_boundary(p, 73).numpy() for name, p in ORDERS.items()}
LOW = 1e-7


def figure(
    run: Penalty, *, eps: float, loss: str, p: str, norm: str, beta1: float, beta2: float
) -> Picture:
    """Risks over the radius, their gap, the rows and their slopes."""
    panels = (_risks(run, eps), _gap(run, eps), _rows(run, eps, loss, p, norm, beta1, beta2))
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
        some and line(x, 0.2 * y[0] * (x / x[0]) ** 2, "theory", "slope 2", label="slope 2"),
        some and line(x, y, "wrong", "gap", label="gap", width=2.5),
        shown and dots([eps], [here], "ink", "gap now", 8),
        not some and note(0.01, 1e-3, told),
        x=axis("radius ε", float(RADII[0]), 1, log=True, dtick=1),
        y=axis("worst risk − first order", LOW, 100, log=True, dtick=2),
        alt=f"The gap between worst risk and first order over ε: {told}.",
    )


def _rows(
    run: Penalty, eps: float, loss: str, p: str, norm: str, beta1: float, beta2: float
) -> Panel:
    rows, moved = ROWS.numpy(), run.moved.numpy()
    far = np.abs(moved - rows).max(1) > 1e-3
    ring = [line(*(x + eps * BALLS[norm]).T, "faint", f"within ε of row {i + 1}")
            for i, x in enumerate(rows)]  # fmt: skip
    names = [
        note(*x, f"y = {y:.0f}, slope {number(slope)}")
        for x, y, slope in zip(rows, labels(loss), run.slopes, strict=True)
    ]
    slopes = ", ".join(number(each) for each in run.slopes)
    told = f"{MEANS[p]} of the slopes counts, {number(run.slope)}"
    return panel(
        "rows",
        f"Rows on their way; slope {number(run.slope)}, {MEANS[p]}",
        ring,
        bool(far.any()) and arrows(rows[far], moved[far], "force", "way"),
        dots(*rows.T, "data", "rows", 9),
        names,
        x=axis("x₁", -3.5, 4.5, dtick=1),
        y=axis("x₂", -1.6, 2.6, dtick=1),
        alt=f"Three rows with slopes {slopes}: {told}. β = ({beta1:.3g}, {beta2:.3g}).",
        equal=True,
    )
