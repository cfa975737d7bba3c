"""A unit along x₁ with its tangent, shares, units; a digit by slope and by contribution."""

from typing import Annotated

import numpy as np

from core.experiments.importance.saliency import LEVELS, REACH, SECOND, Saliency
from core.experiments.importance.saliency_claims import place, tops
from core.shapley.digits import GREY
from core.signature import between
from core.words import bracket, number, tex
from pages.figures.marks import boxes, cells, dots, line, lying, note, rule
from pages.figures.plot import PLAIN, Handle, Panel, Pick, Picture, axis, ceiling, panel, rows

X = np.linspace(-REACH, REACH, 241)
UNITS = np.geomspace(0.01, 100, 41)
INKS = ((1, 5, 0.16), (5, 9, 0.3), (9, 13, 0.44), (13, 17, 0.58))  # grey levels, size of a dot
TICKS = {"tickvals": list(range(8)), "ticktext": list("12345678"), **PLAIN}


def figure(
    run: Saliency, *, world: str, x1: float, x2: float, w1: float, c: float,
    pixel: Annotated[int, between(0, 63)] = 31,
) -> Picture:  # fmt: skip
    """Three panels for the unit, four for the digit."""
    unit = world == "unit"
    j = 0 if unit else pixel
    slope, f = tex(run.slope[j]), tex(run.f)
    name = "1" if unit else rf"{{{j // 8 + 1},{j % 8 + 1}}}"
    formula = (
        rf"\role{{force}}{{\frac{{\partial f}}{{\partial x_{name}}} = {slope}}}, \qquad "
        rf"f(x) - \bar f = {f} - {bracket(run.mean[j])} = "
        rf"\role{{model}}{{{tex(run.contribution[j])}}}"
    )
    if unit:
        panels = (_along_unit(run, x1, x2, w1), _shares(run, c), _over_units(run, w1, c))
    else:
        panels = (
            _map(run, j, run.slope.numpy(), "slope", "Slope of f by each pixel; dots: the ink"),
            _map(run, j, run.contribution.numpy(), "contribution", "Contribution of each pixel"),
            _both(run, j),
            _along_pixel(run, j),
        )
    return Picture(panels, formula=(formula,))


def _along_unit(run: Saliency, x1: float, x2: float, w1: float) -> Panel:
    f = 1 / (1 + np.exp(-(w1 * X + SECOND * x2)))
    slope, mean = float(run.slope[0]), float(run.mean[0])
    half = min(1.6, 0.3 / slope if slope > 0 else 1.6)
    return panel(
        "along",
        "f as x₁ changes: slope at x, and distance from its mean",
        line(X, f, "ink", "f", width=2),
        rule("theory", "f̄", y=mean, span=(-REACH, REACH), label="f̄, the mean over x₁"),
        line([x1, x1], [mean, run.f], "model", "contribution", label="contribution", width=4),
        line([x1 - half, x1 + half], [run.f - half * slope, run.f + half * slope], "force",
             "slope", label="slope", width=3),
        x=axis("x₁", -REACH, REACH),
        y=axis("f", -0.08, 1.12),
        alt=f"At x₁ = {number(x1)} f is {number(run.f)}, its slope {number(slope, zero=1e-12)}, "
        f"its mean over x₁ {number(mean)}.",
        handles=(Handle(x1, run.f, ("x1",), "x₁", ((1.0, 0.0),), frees="x", role="ink"),),
    )  # fmt: skip


def _shares(run: Saliency, c: float) -> Panel:
    both = np.abs(np.stack([run.slope.numpy(), run.contribution.numpy()]))
    total = both.sum(1)
    known = total > 1e-12
    first = np.divide(both[:, 0], total, out=np.zeros(2), where=known)
    at, second = np.arange(2.0)[known], "x₂" if c == 1 else f"{number(c)} x₂"
    texts = [(number(a, zero=1e-12), number(b, zero=1e-12)) for a, b in both]
    return panel(
        "shares",
        f"Sizes for x₁ and for {second}, as shares",
        known.any() and lying(0 * at, first[known], at, "model", "x₁", width=30),
        known.any() and lying(first[known], 0 * at + 1, at, "third", second, width=30),
        [note(0.02, k + 0.36, f"x₁: {texts[k][0]}", "model") for k in range(2)],
        [note(0.6, k + 0.36, f"{second}: {texts[k][1]}", "third") for k in range(2)],
        x=axis("share", 0, 1.02, tickformat=".0%"),
        y=rows(("slope", "contribution"), "measure"),
        margin={"l": 92, "r": 8, "t": 4, "b": 36},
        alt=f"Sizes of slopes: {' and '.join(texts[0])}; of contributions: "
        f"{' and '.join(texts[1])}.",
    )


def _over_units(run: Saliency, w1: float, c: float) -> Panel:
    ratio = SECOND / w1
    first, second = (abs(float(each)) for each in run.contribution)
    told = second / first if first > 1e-9 else 0.0
    seen = 1e-4 < told < 1e3
    return panel(
        "units",
        "x₂ against x₁, as x₂ is measured in other units",
        rule("faint", "as much", y=1, span=(0.01, 100), label="as much as x₁"),
        line(UNITS, ratio / UNITS, "force", "by slope", label="by slope", width=2.4),
        seen and rule("model", "by contribution", y=told, span=(0.01, 100),
                      label="by contribution", width=2.4),
        x=axis("x₂ is measured as c x₂: c", 0.01, 100, log=True, dtick=1),
        y=axis("x₂ over x₁", 1e-4, 1e3, log=True, dtick=2),
        alt=f"At c = {number(c)} the slope by x₂ is {number(ratio / c)} of that by x₁, its "
        f"contribution {number(told)}.",
        handles=(Handle(c, ratio / c, ("c",), "unit c", ((1.0, 0.0),), frees="x",
                        role="force"),),
    )  # fmt: skip


# --- a digit -------------------------------------------------------------------------------------


def _ink(x: np.ndarray) -> list[dict]:
    row, column = np.divmod(np.arange(64), 8)
    return [
        dots(column[at], row[at], "ink", "ink", 6, symbol="circle", unit=size)
        for low, high, size in INKS
        if (at := (x >= low) & (x < high)).any()
    ]


def _map(run: Saliency, j: int, values: np.ndarray, name: str, title: str) -> Panel:
    k, at = int(np.abs(values).argmax()), divmod(j, 8)
    top = abs(float(values[k]))
    return panel(
        name,
        title,
        cells(values.reshape(8, 8), name, low=-1.3 * top, high=1.3 * top),
        _ink(run.x.numpy()),
        boxes([[*divmod(k, 8), *divmod(k, 8)]], "force" if name == "slope" else "model", "largest"),
        boxes([[*at, *at]], "ink", "pixel looked at"),
        x=axis("column", -0.5, 7.5, **TICKS),
        y=axis("row", 7.5, -0.5, **TICKS),
        margin={"l": 42, "r": 6, "t": 4, "b": 34},
        alt=f"Largest in {place(k)}, {number(values[k])}; {number(values[j], zero=5e-5)} in "
        f"{place(j)}, which is looked at.",
        pick=Pick.numbered(8, 8, "pixel", "pixel", at),
        equal=True,
    )


def _both(run: Saliency, j: int) -> Panel:
    slope, gave = run.slope.abs().numpy(), run.contribution.abs().numpy()
    steep, most = tops(run)
    return panel(
        "both",
        "Each pixel: slope against contribution",
        dots(slope, gave, "data", "pixels", 6),
        dots(slope[[steep]], gave[[steep]], "force", "steepest", 10),
        dots(slope[[most]], gave[[most]], "model", "contributes most", 10),
        note(slope[steep], gave[steep], "steepest", "force"),
        note(slope[most], gave[most], "contributes most", "model"),
        x=axis("size of the slope", 0, ceiling(slope.max())),
        y=axis("size of the contribution", 0, ceiling(gave.max())),
        alt=f"The steepest pixel contributes {number(gave[steep], zero=5e-5)}, that which "
        f"contributes most {number(gave[most])}, with a slope of {number(slope[most])}.",
        pick=Pick.spots(np.stack([slope, gave], 1), "pixel", "pixel", j),
    )


def _along_pixel(run: Saliency, j: int) -> Panel:
    level, f = np.arange(LEVELS), run.along[j].numpy()
    x, slope, mean = float(run.x[j]), float(run.slope[j]), float(run.mean[j])
    low, high = float(run.along.min()), float(run.along.max())
    room = 0.06 * (high - low)
    end = np.array([max(x - 3, 0), min(x + 3, GREY)])
    return panel(
        "along",
        f"f as the pixel in {place(j)} changes",
        line(level, f, "ink", "f", width=2),
        rule("theory", "f̄", y=mean, span=(0, GREY), label="f̄"),
        line([x, x], [mean, run.f], "model", "contribution", width=4),
        line(end, run.f + slope * (end - x), "force", "slope", label="slope", width=3),
        dots([x], [run.f], "ink", "the picture", 7),
        x=axis("grey level of the pixel", -0.4, GREY + 0.4),
        y=axis("f", low - room, high + room),
        alt=f"Its level is {number(x)} with f = {number(run.f)} and slope {number(slope)}; the "
        f"mean over all digits is {number(mean)}.",
    )
