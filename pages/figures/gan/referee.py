"""The two laws with the referee between them, what it loses where, and the score."""

import math

import numpy as np

from core.experiments.gan.referee import EDGE, LEAST, Referee, knots
from core.words import number, tex
from pages.figures.marks import band, dots, line, lying, note, rule
from pages.figures.plot import Handle, Paint, Panel, Picture, axis, coarse, panel, rows

KNOTS = np.arange(-EDGE, EDGE + 1.0)
LOW, HIGH = 10 * LEAST, 1 - 10 * LEAST  # what the pen reaches
LOWEST = -3.6  # of the scores that are drawn
X = axis("x", -EDGE, EDGE)


def figure(
    run: Referee,
    *,
    mu: float,
    sigma: float,
    second: float,
    referee: str,
    own: str,
    best: bool = False,
    printed: bool = False,
) -> Picture:
    """The referee over the two laws, what it loses at every place, V of it and of the best."""
    seen = run.x.abs() < EDGE + 0.5
    x, D = run.x[seen].numpy(), run.logit.sigmoid()[seen].numpy()
    real, fake = run.terms(run.logit)
    sides = rf"\role{{data}}{{{tex(real)}}} + \role{{model}}{{({tex(fake)})}}"
    return Picture(
        (
            _court(
                run, seen, x, D, _grips(mu, sigma, second), own if referee == "own" else "", best
            ),
            _loss(run, x, run.lost[seen].numpy()),
            _score(run, referee, printed),
        ),
        formula=(
            r"V(D) = \role{data}{E_{\text{data}}\log D} + "
            rf"\role{{model}}{{E_{{\text{{fakes}}}}\log(1-D)}} = {sides} = "
            rf"\role{{third}}{{{tex(run.value)}}}",
            rf"V(D^*) = 2\,\mathrm{{JSD}} - \log 4 = 2\cdot{tex(run.jsd)} - {tex(math.log(4))} = "
            rf"{tex(run.best_value, zero=5e-7)}",
        ),
    )


def _grips(mu: float, sigma: float, second: float) -> tuple[tuple[float, float], ...]:
    """Where the fakes' hill is held: at its top and at one width to its right."""
    weight = max(1 - second, second) if mu == 0 else 1 - second
    top = max(weight, 0.1) / (sigma * math.sqrt(2 * math.pi))
    return (mu, top), (mu + sigma, top * math.exp(-0.5))


def _court(
    run: Referee, seen, x: np.ndarray, D: np.ndarray, grips: tuple, own: str, best: bool
) -> Panel:
    p, q = run.p_data[seen].numpy(), run.p_g[seen].numpy()
    scale, high = coarse(max(p.max(), q.max())), p > 0.01 * p.max()
    (mu, top), (edge, side) = grips
    at_knots = knots(own).numpy() if own else np.interp(KNOTS, x, D).clip(LOW, HIGH)
    grip = {"click": False, "frees": "x", "role": "model"}
    handles = (
        Handle(mu, top / scale, ("mu",), "centre of the fakes", **grip),
        Handle(edge, side / scale, ("sigma",), "width of the fakes", offset=(-mu,), **grip),
    )
    star = run.best.sigmoid()[seen].numpy()
    return panel(
        "court",
        "Data, fakes, and how real the referee calls them: draw D",
        band(x, 0 * p, p / scale, "data", "data"),
        band(x, 0 * q, q / scale, "model", "fakes"),
        dots(x[high][::2], p[high][::2] / scale, "data", "data", 3),
        note(x[p.argmax()], p.max() / scale, "data", "data"),
        note(mu, top / scale, "fakes", "model"),
        best and line(x, star, "theory", "the best referee", label="D*"),
        line(x, D, "third", "this referee", label="D", width=3, dash="solid", pin=True),
        own != "" and dots(KNOTS, at_knots, "third", "knots", 6),
        x=X,
        y=axis("D(x), laws to scale", 0.0, 1.04),
        alt=f"The referee D runs from {D.min():.3g} to {D.max():.3g}; fakes around {mu:.3g}.",
        handles=handles,
        paint=Paint(
            "own", at_knots, LOW, HIGH, 0.01, "the referee D", -float(EDGE), also={"referee": "own"}
        ),
    )


def _loss(run: Referee, x: np.ndarray, lost: np.ndarray) -> Panel:
    lost = np.maximum(lost, 0.0)
    high, area = coarse(max(1.05 * lost.max(), 0.1)), number(run.gap, 3, zero=5e-7)
    return panel(
        "loss",
        f"Where this referee loses: in all {area}",
        band(x, 0 * lost, lost, "wrong", "lost"),
        x=X,
        y=axis("lost at x", 0.0, high),
        alt=f"This referee loses {area} in all, most at x = {x[lost.argmax()]:.2g}."
        if run.gap > 5e-7
        else "This referee loses nothing.",
    )


def _score(run: Referee, referee: str, printed: bool) -> Panel:
    names = ["drawn" if referee == "own" else "this referee", "the best"]
    scores = [(run.value, "third"), (run.best_value, "theory")]
    if printed:
        names, scores = [*names, "printed, q = p"], [*scores, (-math.log(2), "wrong")]
    span = (len(names) - 0.5, -0.5)
    return panel(
        "score",
        f"The score: V(D) = {number(run.value)}, V(D*) = {number(run.best_value, 3, zero=5e-7)}",
        rule("faint", "a coin", x=-math.log(4), span=span, label="−log 4"),
        [lying([max(V, LOWEST)], [0.0], [k], role, names[k]) for k, (V, role) in enumerate(scores)],
        [note(max(V, LOWEST), k, number(V), role) for k, (V, role) in enumerate(scores)],
        x=axis("V, at most 0", LOWEST, 0.0),
        y=rows(names, "who judges"),
        alt=f"V is {run.value:.4g} for this referee and {run.best_value:.4g} for the best.",
    )
