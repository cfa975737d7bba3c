"""Many dimensions: three pictures that look alike, the drop over d, the score over ε."""

from functools import lru_cache

import numpy as np

from core.experiments.adversarial.dimensions import DIMS, MOST, Many, grid, law, ratios
from core.words import number, tex
from pages.figures.marks import cells, dots, line, note, rule
from pages.figures.parts.maps import BARE
from pages.figures.plot import Handle, Panel, Picture, axis, coarse, panel

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
    """Four of them, two by two: what the attack adds has ±ε as white and black."""
    rows, columns = grid(run.d)
    added = (run.attacked - run.x) / (2 * run.eps or 1.0) + 0.5
    maps = np.full((4, rows * columns), np.nan, dtype="f4")
    maps[:, : run.d] = np.stack([run.x, run.attacked, added, run.noised])
    gap, aside = 0.16 * rows, 0.06 * columns
    more = f", ×{0.5 / run.eps:.2g}" if run.eps else ""
    names = ("original", "attacked", f"attack alone{more}", "with noise")
    places = [(i * (1 + gap / rows) * rows, j * (columns + aside)) for i in (0, 1) for j in (0, 1)]
    corners = [(i, j - 0.5, name) for (i, j), name in zip(places, names, strict=True)]
    return panel(
        "pictures",
        f"{run.d} pixels, none of which changes by more than ε = {run.eps:.3g}",
        [
            cells(each, name, scale="grey", low=0.0, high=1.0, at=at)
            for each, name, at in zip(maps.reshape(4, rows, columns), names, places, strict=True)
        ],
        x=axis("black is 0, white is 1", -0.5, 2 * columns + aside - 0.5, **BARE),
        y=axis("rows of pixels", 2 * rows + gap - 0.5, -0.5 - gap, **BARE),
        margin={"l": 24, "r": 8, "t": 4, "b": 28},
        notes=[_name(*corner) for corner in corners],
        alt=f"Pictures of {run.d} pixels: original, attacked, what the attack adds, with noise; no "
        f"pixel changes by more than {run.eps:.3g}.",
        equal=True,
    )


def _name(y: float, x: float, text: str) -> dict:
    """The name of a picture, over its upper left corner."""
    place = {"x": x, "y": y - 0.5, "xanchor": "left", "yanchor": "bottom"}
    return {"text": text, "showarrow": False, "font": {"size": 12}, **place}


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
