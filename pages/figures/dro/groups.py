"""Rows of two groups and both fits, the risks by the weight of a group, and the adversary's mix."""

import numpy as np
from torch import Tensor

from core.experiments.dro.groups import GRID, Fit, Groups, rows_of
from core.words import number, tex
from pages.figures.marks import band, dots, line, rule
from pages.figures.plot import Handle, Panel, Picture, axis, ceiling, panel

DRAWN = 100  # rows that are drawn, in the shares of the data
WIDE = 6.0


def figure(
    run: Groups, *, share: float, radius: float, loss: str, noise1: float, noise2: float, seed: int
) -> Picture:
    """The rows with both fits, the risks of all fits, and the mixes of two of them."""
    rows = rows_of(loss, noise1, noise2, seed)
    # without a whole group some risks are far beyond
    ends = (run.path.risks[2:-2], run.plain.risks, run.robust.risks)
    top = ceiling(max(float(each.max()) for each in ends))
    panels = (
        _line(run, rows, share) if loss == "squared" else _classes(run, rows, share),
        _risks(run, top),
        _mix(run, share, radius, top),
    )
    within = rf"|q - {tex(share, 3)}|\,\le\,{tex(radius, 3)}"
    formula = (
        rf"\min_\beta\ \role{{wrong}}{{\max_{{{within}}}}}\ (1-q)\,R_1(\beta) + q\,R_2(\beta) = "
        rf"\role{{model}}{{{tex(run.value)}}},\qquad \text{{plain fit: }}{tex(run.plain_value)}",
    )
    return Picture(panels, formula=formula)


def _few(rows, share: float) -> list[tuple[np.ndarray, np.ndarray]]:
    second = round(DRAWN * share)
    counts = (DRAWN - second, second)
    return [(X[:k].numpy(), y[:k].numpy()) for (X, y), k in zip(rows, counts, strict=True)]


def _line(run: Groups, rows, share: float) -> Panel:
    first, second = _few(rows, share)
    x = np.array([-2.0, 2.0])
    plain, robust = (fit.beta.numpy() for fit in run[:2])
    return panel(
        "rows",
        f"{len(first[1])} rows of group 1, {len(second[1])} of group 2",
        dots(first[0][:, 1], first[1], "data", "group 1", 6),
        dots(second[0][:, 1], second[1], "third", "group 2", 8, label="group 2"),
        line(x, plain[0] + plain[1] * x, "ink", "plain fit", label="plain fit", width=2),
        line(x, robust[0] + robust[1] * x, "model", "worst shares", label="worst shares", width=3),
        x=axis("x", -2.2, 2.2),
        y=axis("y", -4, 4),
        alt=f"Two groups on two lines; the plain fit has slope {plain[1]:.3g}, that for the worst "
        f"shares {robust[1]:.3g}.",
    )


def _classes(run: Groups, rows, share: float) -> Panel:
    first, second = _few(rows, share)
    drawn = []
    for (X, y), role, name in ((first, "data", "group 1"), (second, "third", "group 2")):
        for kind, size in ((0, 5), (1, 9)):
            some = X[y == kind]
            drawn.append(dots(some[:, 1], some[:, 2], role, f"{name}, class {kind}", size))
    return panel(
        "rows",
        f"{len(first[1])} rows of group 1, {len(second[1])} of group 2; class 1 drawn large",
        drawn,
        line(*_border(run.plain.beta), "ink", "plain fit", label="plain fit", width=2),
        line(*_border(run.robust.beta), "model", "worst shares", label="worst shares", width=3),
        x=axis("true feature", -4, 4),
        y=axis("misleading feature", -5, 5),
        alt="Two classes, told apart by the true feature; the misleading one tells the opposite "
        f"in group 2. Its weight is {float(run.plain.beta[2]):.3g} in the plain fit and "
        f"{float(run.robust.beta[2]):.3g} in that for the worst shares.",
    )


def _border(beta: Tensor) -> np.ndarray:
    """Where a linear score is 0, long enough for the panel, (2, 2)."""
    b = beta.numpy()
    normal = b[1:] / max(float(np.hypot(*b[1:])), 1e-9)
    foot = -b[0] / max(float(np.hypot(*b[1:])), 1e-9) * normal
    way = WIDE * np.array([-normal[1], normal[0]])
    return np.clip(np.stack([foot - way, foot + way], 1), -1e3, 1e3)


def _risks(run: Groups, top: float) -> Panel:
    q, risks = GRID.numpy(), run.path.risks.numpy()
    marks = []
    for fit, role, name in ((run.plain, "ink", "plain fit"), (run.robust, "model", "worst shares")):
        marks.append(rule("faint", name, x=fit.q, span=(0, top)))
        marks.append(dots([fit.q] * 2, fit.risks, role, name, 9))
    even = run.path.even
    told = f"equal at {number(even)}" if 0 < even < 1 else "nowhere equal"
    return panel(
        "risks",
        f"Risks by weight q of group 2: {told}",
        line(q, risks[:, 0], "data", "R₁", label="R₁, group 1", width=2.5),
        line(q, risks[:, 1], "third", "R₂", label="R₂, group 2", width=2.5),
        marks,
        x=axis("weight q of group 2 in the fit", 0, 1, dtick=0.2),
        y=axis("risk", 0, top),
        alt=f"R₁ grows and R₂ falls with q; {told}. Plain fit {_both(run.plain)}, worst shares "
        f"{_both(run.robust)}.",
        handles=(
            Handle(run.plain.q, float(run.plain.risks[1]), ("share",), "share of group 2",
                   ((1.0, 0.0),), frees="x"),
        ),
    )  # fmt: skip


def _both(fit: Fit) -> str:
    return " and ".join(number(each) for each in fit.risks)


def _mix(run: Groups, share: float, radius: float, top: float) -> Panel:
    ends = np.array([0.0, 1.0])
    least = (1 - GRID) * run.path.risks[:, 0] + GRID * run.path.risks[:, 1]
    worst = [
        max((fit.mix(q), q) for q in (run.low, run.high))[::-1] for fit in (run.plain, run.robust)
    ]
    right = share <= 0.5
    end, side = (run.high, 1.0) if right else (run.low, -1.0)
    return panel(
        "mix",
        f"Worst mix: plain {number(run.plain_value)}, worst shares {number(run.value)}",
        band([run.low, run.high], [0, 0], [top, top], "wrong", "within the radius"),
        line(GRID, least, "theory", "least mix", label="least mix"),
        line(ends, run.plain.risks, "ink", "plain fit", label="plain fit", width=2),
        line(ends, run.robust.risks, "model", "worst shares", label="worst shares", width=3),
        dots(*np.array(worst).T, "wrong", "the adversary's choice", 9),
        x=axis("adversary's weight q of group 2", 0, 1, dtick=0.2),
        y=axis("(1 − q) R₁ + q R₂", 0, top),
        alt=f"Each fit is a line over q. Between {run.low:.3g} and {run.high:.3g} the plain fit "
        f"reaches {run.plain_value:.3g}, that for the worst shares {run.value:.3g}.",
        handles=(
            Handle(end, 0.0, ("radius",), "radius of the adversary", ((side, 0.0),),
                   (-side * share,), frees="x", role="wrong"),
        ),
    )  # fmt: skip
