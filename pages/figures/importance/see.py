"""The cloud with what is seen and what is done; or rates of two groups, each block a share."""

import math
from functools import lru_cache

import numpy as np

from core.experiments.importance.see import Cloud, See, strata
from core.importance import seen_slope
from core.words import bracket, number, tex
from pages.figures.marks import arrows, dots, line, lying, note, rule, segments, whiskers
from pages.figures.parts.knobs import Rail, rail
from pages.figures.parts.maps import BARE
from pages.figures.parts.treatments import formulas, group_blocks, raw_to_adjusted, row_by_row
from pages.figures.plot import Handle, Panel, Picture, axis, coarse, panel, rows

PLACES = {"Z": (0.0, 1.0), "X": (-1.0, -0.6), "Y": (1.0, -0.6)}
ARROWS = (("Z", "X", (-0.6, 0.1)), ("X", "Y", (-0.16, 0.2)), ("Z", "Y", (0.3, 0.1)))  # and the text
THIRD = 0.4307  # of a standard normal Z a third lies below −0.4307, a third above 0.4307
THIRDS = (("second", "low Z"), ("data", "Z in the middle"), ("fourth", "high Z"))


def figure(
    run: See, *, a: float, b: float, c: float, x: float, counts: str, blend: float
) -> Picture:
    """Four panels for the model, three for counts."""
    if run.cloud is None:
        found, blended = run.counted.rates, run.counted.blended
        names = strata(counts)
        panels = (
            group_blocks(found, blended, names, blend),
            row_by_row(found, names),
            raw_to_adjusted(found, blended, blend),
        )
        return Picture(panels, formula=formulas(found))
    panels = (
        _cloud(run.cloud, a, b, c, x), _graph(a, b, c),
        _slopes(run.cloud, a, b, c), _laws(a, b, c, x),
    )  # fmt: skip
    shown = rf"\role{{model}}{{b + \frac{{c\,a}}{{a^2+1}}}} = {tex(b)} + "
    shown += rf"\frac{{{tex(c)}\cdot {bracket(a)}}}{{{bracket(a)}^2 + 1}} = "
    shown += rf"\role{{model}}{{{tex(seen_slope(a, b, c))}}},\qquad "
    shown += rf"\role{{force}}{{\text{{do}}: b = {tex(b)}}}"
    return Picture(panels, formula=(shown,))


def _tall(a: float, b: float, c: float) -> float:
    """How far Y reaches."""
    return coarse(3.3 * math.sqrt((b * a + c) ** 2 + b * b + 1))


def _cloud(run: Cloud, a: float, b: float, c: float, x: float) -> Panel:
    wide, tall = coarse(3.3 * math.hypot(a, 1)), _tall(a, b, c)
    ends = np.array([-wide, wide])
    z, u, y = (v.numpy() for v in (run.z, run.x, run.y))
    kinds = z < -THIRD, np.abs(z) <= THIRD, z > THIRD
    middle = float(y.mean() - run.seen * u.mean())
    inside, held = [], float(run.held[0])
    for (role, name), mine in zip(THIRDS, kinds, strict=True):
        left, up = u[mine], y[mine]
        inside.append(dots(left, up, role, name, 5))
        span = np.array([-1.9, 1.9]) * left.std()
        at = up.mean() + held * span
        look = {"width": 3, "dash": "solid", "label": name}
        inside.append(line(left.mean() + span, at, role, f"{name}, held fixed", **look))
    done = run.done.numpy()
    return panel(
        "cloud",
        "Y over X, coloured by Z; orange: everybody, once X is set",
        inside,
        dots(np.full(len(done), x), done, "force", "after do(X = x)", 3.5),
        line(ends, middle + run.seen * ends, "model", "seen: the regression", label="see",
             width=2.5),
        line(ends, b * ends, "theory", "done: E[Y | do(x)]", label="do"),
        x=axis("X", -wide, wide),
        y=axis("Y", -tall, tall),
        alt=f"The regression of Y on X has the slope {number(run.seen)}, with Z held fixed "
        f"{number(held)}; do(X) moves Y by {number(b)} a unit.",
        handles=(Handle(x, float(done.mean()), ("x",), "set X to", ((1.0, 0.0),), frees="x",
                        role="force"),),
    )  # fmt: skip


@lru_cache(maxsize=1)
def _ways() -> tuple[tuple[Rail, tuple, np.ndarray, str], ...]:
    """Of each arrow: its line, drawn ends, where its strength is written, its name."""
    found = []
    for source, target, beside in ARROWS:
        along = rail(PLACES[source], PLACES[target], 0.1)
        ends = along.at(0.13)[None], along.at(0.87)[None]
        found.append((along, ends, along.at(0.5) + np.array(beside), f"{source} → {target}"))
    return tuple(found)


@lru_cache(maxsize=1)
def _nodes() -> tuple[dict, ...]:
    x, y = zip(*PLACES.values(), strict=True)
    names = [note(u + (-0.32 if name == "X" else 0.13), v, name) for name, (u, v) in PLACES.items()]
    return dots(x, y, "data", "quantities", 22), *names


def _graph(a: float, b: float, c: float) -> Panel:
    marks, handles = [], []
    for name, value, (along, ends, aside, what) in zip("abc", (a, b, c), _ways()):
        marks.append(arrows(*ends, "ink" if value else "faint", what, width=1 + abs(value)))
        marks.append(note(*aside, f"{name} = {number(value)}"))
        handles.append(along.knob(value, name, f"strength {name} of {what}"))
    return panel(
        "graph",
        "What moves what: slide a knob along its arrow",
        marks,
        _nodes(),
        x=axis("strengths: −3 near the tail, 3 near the tip", -1.6, 1.6, **BARE),
        y=axis("causes on top", -1.0, 1.3, **BARE),
        alt=f"Z → X with a = {number(a)}, X → Y with b = {number(b)}, Z → Y with c = {number(c)}.",
        handles=tuple(handles),
    )


def _slopes(run: Cloud, a: float, b: float, c: float) -> Panel:
    spread, n = a * a + 1, len(run.x)
    names = ("see", "Z held fixed", "do")
    found = np.array([run.seen, float(run.held[0]), b])
    error = np.array([math.sqrt((c * c / spread + 1) / spread / n), 1 / math.sqrt(n), 0.0])
    exact = (seen_slope(a, b, c), b, b)
    at = np.arange(3)
    return panel(
        "slopes",
        "What a unit of X comes with, and what it makes",
        [lying([0.0], [found[k]], [k], role, names[k], width=20)
         for k, role in enumerate(("model", "data", "force"))],
        whiskers(found[:2], 2 * error[:2], at[:2], "± 2 standard errors"),
        segments(np.c_[exact, at - 0.36], np.c_[exact, at + 0.36], "theory", "exact"),
        [note(found[k] + 0.12 + 2 * error[k], k, number(found[k], 2, zero=0.01)) for k in at],
        rule("faint", "0", x=0, span=(-0.6, 2.6)),
        x=axis("Y for a unit of X; dashed: exact", -5, 5),
        y=rows(names, "slope"),
        margin={"l": 96, "r": 8, "t": 6, "b": 40},
        alt="; ".join(f"{k}: {number(v, 2, zero=0.01)}" for k, v in zip(names, found)) + ".",
    )  # fmt: skip


def _laws(a: float, b: float, c: float, x: float) -> Panel:
    """Y where X is x, and Y once X is set to x."""
    tall = _tall(a, b, c)
    y = np.linspace(-tall, tall, 161)
    seen = (seen_slope(a, b, c) * x, math.sqrt(c * c / (a * a + 1) + 1))
    done = (b * x, math.hypot(c, 1))
    curves = [np.exp(-(((y - m) / s) ** 2) / 2) / (s * math.sqrt(2 * math.pi))
              for m, s in (seen, done)]  # fmt: skip
    return panel(
        "laws",
        f"Y where X is {number(x)}, and Y once X is set to {number(x)}",
        line(y, curves[0], "model", "P(y | X = x)", label="see", width=2.5),
        line(y, curves[1], "force", "P(y | do(X = x))", label="do", width=2.5, dash="dash"),
        x=axis("Y", -tall, tall),
        y=axis("density", 0, 0.45),
        alt=f"Seen: mean {number(seen[0], zero=1e-9)}, deviation {number(seen[1])}; done: mean "
        f"{number(done[0], zero=1e-9)}, deviation {number(done[1])}.",
    )
