"""Several classes: the map with the least changes, margins and distances side by side."""

import math
from functools import lru_cache

import numpy as np
import torch

from core.adversarial import ball_boundary
from core.experiments.adversarial.classes import REACH, Classes, boundary, dual, regions
from core.words import number, tex
from pages.figures.marks import arrows, dots, line, lying, note, rule
from pages.figures.plot import PLAIN, Handle, Panel, Picture, axis, coarse, panel, rows

ROLES = ("model", "fourth", "third", "second", "data")  # of classes 1 to 5
MOST = 8.0  # distances beyond are cut


def figure(run: Classes, *, aim: bool = False) -> Picture:
    """`aim` draws the least change to the target too."""
    return Picture((_map(run, aim), _margins(run), _distances(run, aim)), formula=_formula(run))


def _formula(run: Classes) -> tuple[str, ...]:
    q = {"∞": r"\infty"}.get(dual(run.p), dual(run.p))
    terms = [
        rf"\frac{{m_{{{j + 1}}}}}{{\|w_{run.y + 1}-w_{j + 1}\|_{{{q}}}}} = "
        rf"\frac{{{tex(run.found.margins[j])}}}{{{tex(run.found.norms[j])}}} = "
        + rf"\role{{wrong}}{{{tex(run.found.distances[j])}}}" * (j == int(run.found.nearest))
        + tex(run.found.distances[j]) * (j != int(run.found.nearest))
        for j in run.others
        if run.found.norms[j] > 0
    ]
    scores = r",\quad ".join(f"f_{j + 1} = {tex(s)}" for j, s in enumerate(run.scores))
    return (scores, *(r",\qquad ".join(terms[k : k + 2]) for k in range(0, len(terms), 2)))


def _map(run: Classes, aim: bool) -> Panel:
    x, found = run.x.numpy(), run.found
    kinds = tuple(map(tuple, run.W.tolist())), tuple(run.b.tolist())
    tip, goal = x + found.delta.numpy(), x + np.nan_to_num(run.to_target.numpy())
    away, aimed_at = bool(found.delta.any()), f"to class {run.target + 1}"
    aimed = aim and run.reached and bool(run.to_target.any())
    told = f"δ* leads to class {int(found.nearest) + 1}, {number(found.distance)} away"
    return panel(
        "map",
        f"What each place is read as; x = ({number(x[0])}, {number(x[1])}) is of class {run.y + 1}",
        _areas(*kinds),
        _lines(*kinds, run.y),
        away and _ball(run),
        aimed and arrows(x[None], goal[None], "wrong", aimed_at, label=aimed_at),
        away and arrows(x[None], tip[None], "wrong", "δ*", label="δ*"),
        x=axis("x₁", -REACH, REACH, **PLAIN),
        y=axis("x₂", -REACH, REACH, **PLAIN),
        alt=f"x = ({x[0]:.3g}, {x[1]:.3g}) is read as class {run.read + 1}"
        + (f"; {told}." if away else "."),
        handles=(Handle(x[0], x[1], ("x0", "x1"), "the point x", role=ROLES[run.y]),),
        equal=True,
    )


def _tensors(W: tuple, b: tuple) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.tensor(W, dtype=torch.float64), torch.tensor(b, dtype=torch.float64)


@lru_cache(maxsize=64)
def _areas(W: tuple, b: tuple) -> list[dict]:
    """The region of each class as a wash of its colour, with its name where there is room."""
    out = []
    for j, corners in enumerate(regions(*_tensors(W, b))):
        if len(corners) < 3:
            continue
        name, closed = f"class {j + 1}", np.vstack([corners, corners[:1]])
        out.append(line(*closed.T, ROLES[j], name, box=True, dash="solid") | {"fill": "toself"})
        step, following = corners[:, 0] * np.roll(corners[:, 1], -1), np.roll(corners, -1, 0)
        cross = step - following[:, 0] * corners[:, 1]
        if abs(cross.sum()) > 2:
            middle = ((corners + following) * cross[:, None]).sum(0) / (3 * cross.sum())
            out.append(note(middle[0] - 0.6, middle[1], name, ROLES[j]))
    return out


@lru_cache(maxsize=64)
def _lines(W: tuple, b: tuple, y: int) -> list[dict]:
    """Where the margin to each class is 0, beyond its region too."""
    ends = {j: boundary(*_tensors(W, b), y, j) for j in range(len(b)) if j != y}
    return [
        line(*cut.T, "theory", f"margin to class {j + 1} is 0", width=1.2)
        for j, cut in ends.items()
        if cut is not None
    ]


def _ball(run: Classes) -> dict:
    ring = run.x + run.found.distance * ball_boundary(run.p, 65)
    return line(*ring.T.numpy(), "wrong", "all changes as large as δ*", width=1.2)


def _bars(run: Classes, values: np.ndarray, mark: int, word: str, cut=math.inf) -> list[dict]:
    """A bar for each other class, one of them marked by a word; none is longer than `cut`."""
    out = []
    for at, j in enumerate(run.others):
        if np.isfinite(values[j]):
            role, shown = ROLES[j], number(values[j])
            size = float(np.clip(values[j], -cut, cut))
            out.append(lying([0], [size], [at], role, f"class {j + 1}"))
            text = f"{shown}, {word}" if j == mark else shown
            out.append(note(max(size, 0), at, text, role))
        else:
            out.append(note(0, at, "no boundary", ROLES[j]))
    return out


def _axes(run: Classes, title: str, values: np.ndarray, least: float) -> dict:
    seen = values[run.others]
    seen = seen[np.isfinite(seen)]
    high, low = coarse(max(seen.max(initial=0.0), least)), coarse(-seen.min(initial=0.0))
    names = [f"class {j + 1}" for j in run.others]
    return {
        "x": axis(title, -1.02 * low, high + 0.45 * (high + low)),
        "y": rows(names, "other class"),
        "margin": {"l": 62, "r": 10, "t": 6, "b": 40},
    }


def _margins(run: Classes) -> Panel:
    values, second = run.found.margins.numpy(), int(run.found.runner_up)
    told = "; ".join(f"class {j + 1}: {values[j]:.3g}" for j in run.others)
    return panel(
        "margins",
        f"Margin: how far each score is below that of class {run.y + 1}",
        rule("faint", "zero", x=0, span=(-0.6, len(values) - 1.4)),
        _bars(run, values, second, "second " * bool(run.found.right) + "highest score"),
        **_axes(run, "margin mⱼ", values, 0.5),
        alt=f"Margins: {told}.",
    )


def _distances(run: Classes, aim: bool) -> Panel:
    values = run.found.distances.numpy()
    near = int(run.found.nearest) if run.bounded else -1
    told = "; ".join(f"class {j + 1}: {number(values[j])}" for j in run.others)
    least = (
        run.targeted.numpy()[run.others] if aim and run.p == 2 else np.full(len(run.others), np.nan)
    )
    at = np.flatnonzero(least <= MOST)
    span = np.clip(np.where(np.isfinite(values), values, 0.0), -MOST, MOST)
    span[run.others] = np.fmax(span[run.others], np.where(least <= MOST, least, np.nan))
    return panel(
        "distances",
        f"Distance of x to the boundary with each{', in L₁' * (run.p == 1)}"
        + ", in the largest coordinate" * (run.p > 2),
        rule("faint", "zero", x=0, span=(-0.6, len(values) - 1.4)),
        _bars(run, values, near, "nearest", MOST),
        len(at) > 0 and _reach(least[at], at + 0.3),
        **_axes(run, "distance mⱼ / ‖w − wⱼ‖", span, 0.5),
        alt=f"Distances: {told}.",
    )


def _reach(least: np.ndarray, at: np.ndarray) -> tuple[dict, dict]:
    """How far each class really is, in L₂."""
    return (
        dots(least, at, "wrong", "to where it is read", 9, symbol="diamond"),
        note(least[-1], at[-1], "to where it is read", "wrong"),
    )
