"""The numbers themselves, both formulas over the offset, the gaps of the format, the errors."""

import numpy as np

from core.experiments.probability.cancel import OFFSETS, UNIT, Cancel, N, over_offsets, sample
from core.words import number, tex
from pages.figures.marks import arrows, band, dots, line, rule, segments
from pages.figures.plot import PLAIN, Handle, Panel, Picture, axis, panel

EDGES = np.linspace(-4, 4, 33)
TALL, LOW, HIGH = 10.0, 1e-9, 1e12  # view of the variances and of the errors, both over σ²
TICKS = 60  # numbers of the format that are drawn one by one


def figure(run: Cancel, *, c: float, sigma: float, precision: str, seed: int) -> Picture:
    """Four panels."""
    found = over_offsets(seed, precision, sigma)
    square = run.squares - run.one_pass
    shown = (
        rf"E[X^2] - E[X]^2 = {tex(run.squares, 10)} - {tex(square, 10)} = "
        rf"\role{{wrong}}{{{tex(run.one_pass, 5)}}},\quad E[(X - E X)^2] = "
        rf"\role{{model}}{{{tex(run.two_pass, 5)}}}"
    )
    return Picture(
        (
            _curves(run, c, sigma, found),
            _data(run, c, sigma, seed),
            _gaps(run, c),
            _errors(run, c, sigma, precision, found),
        ),
        formula=(shown,),
    )


def _offsets() -> dict:
    ticks = {"tickvals": [1, 1e2, 1e4, 1e6, 1e8, 1e10],
             "ticktext": ["1", "100", "10⁴", "10⁶", "10⁸", "10¹⁰"]}  # fmt: skip
    return axis("offset c", 1, 1e10, log=True, **ticks)


def _curves(run: Cancel, c: float, sigma: float, found: np.ndarray) -> Panel:
    one, two = np.clip(found / sigma**2, -2 * TALL, 2 * TALL).T
    here = float(np.clip(run.one_pass / sigma**2, -TALL, TALL))
    return panel(
        "curves",
        f"The variance of {N:,} numbers x + c, over c".replace(",", " "),
        line(OFFSETS, one, "wrong", "one pass, joined", width=0.8, dash="solid"),
        dots(OFFSETS, one, "wrong", "one pass", 6, label="E[X²] − E[X]²"),
        rule("theory", "the variance", y=run.exact / sigma**2, span=(1, 1e10)),
        line(OFFSETS, two, "model", "two passes", width=2.5, label="E[(X − E X)²]"),
        x=_offsets(),
        y=axis("variance, in units of σ²", -TALL, TALL),
        alt=f"At c = {number(c)} one pass gives {number(run.one_pass)}, two give "
        f"{number(run.two_pass)}, the variance is {number(run.exact)}.",
        handles=(
            Handle(max(c, 1.0), here, ("c",), "offset c", ((1.0, 0.0),), frees="x", role="wrong"),
        ),
    )


def _data(run: Cancel, c: float, sigma: float, seed: int) -> Panel:
    x = sample(seed)
    counts = np.histogram(x, EDGES)[0] / (N * (EDGES[1] - EDGES[0]))
    steps, heights = np.repeat(EDGES, 2)[1:-1] * sigma, np.repeat(counts, 2)
    sd = float(np.sqrt(run.exact))
    ticks = np.array([-3, 0, 3]) * sigma
    names = [f"c {'+' if t > 0 else '−'} {number(abs(t))}" if t else "c" for t in ticks]
    return panel(
        "data",
        f"The numbers: c moves all of them, c = {number(c)}",
        band(steps, 0 * heights, heights, "data", "numbers"),
        line(steps, heights, "data", "numbers"),
        segments([[-sd, 0.44]], [[sd, 0.44]], "theory", "σ", label="±σ"),
        x=axis("number x + c", -4 * sigma, 4 * sigma, tickvals=ticks.tolist(), ticktext=names),
        y=axis("density, times σ", 0, 0.5),
        alt=f"{N} numbers around c = {number(c)} with standard deviation {number(sd)}.",
    )


def _gaps(run: Cancel, c: float) -> Panel:
    """Near E[X]² the numbers of the format, the two sides as they are and as they are kept."""
    centre = (c + run.middle) ** 2
    reach = 4.0 * max(run.spacing, run.exact)
    first, last = ((centre + side * reach) // run.spacing for side in (-1, 1))
    kept = np.array([run.squares - run.one_pass, run.squares]) - centre
    ticks = []
    if last - first <= TICKS:
        ticks = np.arange(first, last + 1) * run.spacing - centre
    told = np.clip(kept, -reach, reach)
    return panel(
        "gaps",
        f"Near E[X²] the format has a number every {number(run.spacing)}",
        len(ticks) > 0
        and segments(np.c_[ticks, 0 * ticks], np.c_[ticks, 0 * ticks + 0.45], "faint", "numbers"),
        rule("ink", "line of numbers", y=0, span=(-reach, reach), width=1),
        dots([0], [1], "theory", "E[X]² exact", 8, label="E[X]²"),
        arrows([[0, 1]], [[run.exact, 1]], "good", "variance exact"),
        dots(told[:1], [0.45], "wrong", "E[X]² kept", 8, label="E[X]²"),
        arrows([[told[0], 0.45]], [[told[1], 0.45]], "wrong", "one pass", label="E[X²]"),
        x=axis("distance from the exact E[X]²", -reach, reach, exponentformat="power"),
        y=axis("as", -0.2, 1.4, tickvals=[0.45, 1], ticktext=["kept", "exact"], **PLAIN),
        alt=f"Exact, E[X²] lies {number(run.exact)} above E[X]²; as kept, {number(run.one_pass)}.",
    )


def _errors(run: Cancel, c: float, sigma: float, precision: str, found: np.ndarray) -> Panel:
    off = np.abs(found / run.exact - 1).clip(LOW / 10, 10 * HIGH)
    here, rounding = float(np.clip(run.lost, LOW, HIGH)), UNIT[precision] * (OFFSETS / sigma) ** 2
    return panel(
        "errors",
        "Error over the variance: it grows as c²",
        line(OFFSETS, off[:, 0], "wrong", "one pass", label="one pass"),
        line(OFFSETS, off[:, 1], "model", "two passes", label="two passes"),
        line(OFFSETS, rounding.clip(LOW / 10, 10 * HIGH), "theory", "one rounding of c²",
             label="u c²/σ²"),
        rule("faint", "all is lost", y=1, span=(1, 1e10)),
        x=_offsets(),
        y=axis("error / variance", LOW, HIGH, log=True, tickvals=[1e-8, 1e-4, 1, 1e4, 1e8],
               ticktext=["10⁻⁸", "10⁻⁴", "1", "10⁴", "10⁸"]),
        alt=f"At c = {number(c)} one pass is off by {number(run.lost)} times the variance.",
        handles=(
            Handle(max(c, 1.0), here, ("c",), "offset c", ((1.0, 0.0),), frees="x", role="wrong"),
        ),
    )  # fmt: skip
