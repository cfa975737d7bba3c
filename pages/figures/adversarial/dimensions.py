"""Many dimensions: three pictures that look alike, the drop over d, the score over ε."""

from functools import lru_cache

import numpy as np

from core.experiments.adversarial.dimensions import DIMS, MOST, Many, grid, law, ratios
from core.words import number, tex
from pages.figures.marks import cells, dots, line, note, rule
from pages.figures.parts.maps import BARE, side_by_side
from pages.figures.plot import Handle, Panel, Picture, axis, coarse, panel

NAMES = ("original", "attacked", "with noise")
LOW, HIGH = 1e-3, 20.0  # of the drop
FAR = 0.2  # of ε
LAWS = {"ones": "ε√d", "gauss": "ε√(2d/π)", "sparse": "2ε"}


def figure(run: Many, *, seed: int) -> Picture:
    """Three panels: the pictures, the drop of the score over d, the score over ε."""
    one, m, after = number(run.ratio, 4), number(run.margin), run.score(run.attacked)
    return Picture(
        (_pictures(run), _drop(run, seed), _score(run)),
        formula=(
            r"w^\top(x+\delta)+b = \role{model}{m} - \role{wrong}{\varepsilon\,\|w\|_1} = "
            rf"{tex(run.margin)} - \role{{wrong}}{{{tex(run.eps)}\cdot {one}}} = {tex(after)}",
            r"\|\delta\|_2 = \role{wrong}{" + tex(run.length) + r"},\qquad "
            rf"\text{{distance to the boundary in }}L_2:\ \frac{{m}}{{\|w\|_2}} = {m}",
        ),
    )


def _pictures(run: Many) -> Panel:
    rows, columns = grid(run.d)
    maps = np.full((3, rows * columns), np.nan, dtype="f4")
    maps[:, : run.d] = np.stack([run.x, run.attacked, run.noised])
    middles = [columns / 2 - 0.5 + k * (columns + 1) for k in range(3)]
    return panel(
        "pictures",
        f"One picture of {run.d} pixels, twice changed by ε = {run.eps:.3g} in each pixel"
        if run.kind != "sparse"
        else f"One picture of {run.d} pixels, twice changed by at most ε = {run.eps:.3g}",
        cells(
            side_by_side(maps.reshape(3, rows, columns)), "pixels", scale="grey", low=0.0, high=1.0
        ),
        x=axis(
            "the same scale of grey in all three",
            -0.5,
            3 * columns + 1.5,
            **BARE | {"showticklabels": True, "tickvals": middles, "ticktext": NAMES},
        ),
        y=axis("row", rows - 0.5, -0.5, **BARE),
        margin={"l": 30, "r": 8, "t": 4, "b": 44},
        alt=f"Three pictures of {run.d} pixels: original, attacked, with noise; no pixel differs "
        f"by more than {run.eps:.3g}.",
        equal=True,
    )


@lru_cache(maxsize=64)
def _laws(kind: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """‖w‖₁/‖w‖₂ as it is and as its law says, over `DIMS`."""
    return ratios(kind, seed).numpy(), np.array([law(kind, d) for d in DIMS])


def _drop(run: Many, seed: int) -> Panel:
    own, foreseen = (np.clip(run.eps * r, LOW / 10, None) for r in _laws(run.kind, seed))
    here, some = float(np.clip(run.drop, LOW, HIGH)), run.eps > 0
    return panel(
        "drop",
        f"What the score loses: {run.drop:.3g} in {run.d} pixels",
        rule("good", "score m", y=run.margin, span=(2, MOST), label="score m"),
        some and line(DIMS, own, "wrong", "attack", label="attack", width=3),
        some and line(DIMS, foreseen, "theory", "law", width=1.4),
        some and note(60, 1.9 * np.interp(60, DIMS, foreseen), LAWS[run.kind], "theory"),
        some and rule("data", "noise", y=run.eps, span=(2, MOST), label="noise, ε‖w‖₂"),
        x=axis("number of pixels d", 1.8, 3600, log=True),
        y=axis("drop of the score", LOW, HIGH, log=True, dtick=1),
        alt=f"The drop is {run.drop:.3g} for d = {run.d}, noise moves by {run.eps:.3g} or so.",
        handles=(
            Handle(run.d, here, ("d",), "number of pixels", ((1.0, 0.0),), frees="x", role="wrong"),
        ),
    )


def _score(run: Many) -> Panel:
    eps, top = np.array([0.0, FAR]), coarse(run.margin)
    after, noised, one = run.score(run.attacked), run.score(run.noised), run.ratio
    low = -3.2 * top
    return panel(
        "score",
        f"Score over ε: 0 at ε = {run.needed:.3g}",
        rule("ink", "boundary", y=0, span=(0, FAR), label="boundary"),
        line(eps, run.margin - eps * one, "wrong", "attacked", label="attacked"),
        line(eps, run.margin - eps, "faint", "a step of length ε", width=1.2, label="L₂ step ε"),
        run.needed < FAR and dots([run.needed], [0.0], "theory", "least ε", 9, symbol="diamond"),
        after >= low and dots([run.eps], [after], "wrong", "attacked now", 9),
        dots([run.eps], [max(noised, low)], "data", "with noise", 9, label="with noise"),
        x=axis("ε, largest change of a pixel", 0, FAR),
        y=axis("score", low, 1.3 * top),
        alt=f"Score {run.margin:.3g} at ε = 0, {after:.3g} at {run.eps:.3g}, with noise "
        f"{noised:.3g}.",
        handles=(
            Handle(run.eps, max(after, low), ("eps",), "ε", ((1.0, 0.0),), frees="x", role="wrong"),
        ),
    )
