"""The velocity and the points on their way, where a solver lands, its error, both NLL."""

import math
from typing import Annotated, Literal

import numpy as np
import torch

from core.experiments.flows.straight import COUNTS, TIMES, Straight, moments
from core.experiments.flows.straight_claims import WORDS, probe, slope
from core.flows import METHODS
from core.signature import between
from core.words import number
from pages.figures.marks import arrows, dots, line, note, rule
from pages.figures.parts.drawing import pad
from pages.figures.plot import Handle, Panel, Picture, axis, panel

EDGE = 3.2
SIDE = torch.linspace(-2.7, 2.7, 11, dtype=torch.float64)
LATTICE = torch.cartesian_prod(SIDE, SIDE)
LENGTH = 0.17  # of an arrow for a velocity of 1
LONGEST = 0.5
ROLES = {"euler": "model", "heun": "third", "rk4": "fourth"}
DRAWN = 40  # paths
LOW, HIGH = 1e-7, 5.0  # of the errors that are drawn
Place = Annotated[float, between(-3, 3)]


def figure(
    run: Straight, *, data: str, steps: int, drawing: str,
    method: Literal[METHODS] = "euler", calls: Literal[tuple(map(str, COUNTS))] = "1",
    z1: Place = 1.0, z2: Place = 0.5, frame: Annotated[int, between(0, TIMES)] = TIMES,
) -> Picture:  # fmt: skip
    """The player goes along the paths; while both learn, the newest of them are seen."""
    k, done = frame, run.progress == 1
    panels = [
        _field(run, k, (z1, z2)),
        _landing(run, method, calls, k),
        _errors(run, method, calls),
        pad(drawing) if data == "drawn" else _curves(run, np.array(moments(steps))),
    ]
    t = np.arange(TIMES + 1) / TIMES
    film = {"frames": TIMES + 1, "drive": "frame", "track": {"t": t}} if done else {}
    formula = r"\frac{dy}{dt} = v(y, t),\qquad \ln p(x) = \ln p_z(z) - \int_0^1 "
    formula += r"\operatorname{tr} \frac{\partial v}{\partial y}\,dt"
    return Picture(tuple(panels), formula=(formula,), **film)


def _field(run: Straight, k: int, z: tuple[float, float]) -> Panel:
    t = k / TIMES
    with torch.no_grad():
        way = LENGTH * run.velocity(LATTICE, t)
    way = way * (LONGEST / way.norm(dim=1, keepdim=True).clamp(min=LONGEST))
    tails, tips = LATTICE.numpy(), (LATTICE + way).numpy()
    own = probe(run, *z).numpy()
    at = own[round(t * (len(own) - 1))]
    paths = run.path[: k + 1, :DRAWN].numpy()
    gap = np.full((1, DRAWN, 2), np.nan, "f4")
    trails = np.concatenate([paths, gap]).swapaxes(0, 1).reshape(-1, 2)
    return panel(
        "field",
        f"Velocity v(y, t) at t = {t:.3g}, and the points so far",
        dots(*run.points.numpy().T, "faint", "data", 4),
        arrows(tails, tips, "force", "v"),
        line(*trails.T, "model", "paths", width=0.8, dash="solid"),
        dots(*run.path[k].numpy().T, "model", "points", 4),
        line(*own.T, "ink", "path of your point", width=2.2),
        dots([at[0]], [at[1]], "ink", "your point", 9, label="your point"),
        x=axis("y₁", -EDGE, EDGE),
        y=axis("y₂", -EDGE, EDGE),
        alt=f"At t = {t:.3g}; your point starts at ({number(z[0], 3)}, {number(z[1], 3)}) and "
        f"ends at ({number(own[-1, 0], 3)}, {number(own[-1, 1], 3)}).",
        handles=(Handle(*z, ("z1", "z2"), "your point of noise"),),
        equal=True,
    )


def _landing(run: Straight, method: str, calls: str, k: int) -> Panel:
    """Where the solver ends, and where it should."""
    true = run.path[-1].numpy()
    title, lands, off, told = "Where a solver lands", [], [], "Both flows still learn."
    if run.progress == 1:
        m, n = METHODS.index(method), COUNTS.index(int(calls))
        ends, plural = run.ends[m, n].numpy(), "s" * (calls != "1")
        title = f"Where {calls} step{plural} of {WORDS[method]} end{'s' * (calls == '1')}"
        lands = dots(*ends.T, ROLES[method], "solver", 5)
        inside = (np.abs(ends) <= EDGE).all(1)
        lost = int((~inside).sum())
        off = note(-3.0, -2.9, f"{lost} lie outside", "wrong") if lost else []
        told = f"Root mean square error {number(run.errors[m, n], 2)}."
    return panel(
        "landing",
        title,
        dots(*true.T, "faint", "ends of the paths", 5),
        lands,
        off,
        x=axis("y₁ at t = 1", -EDGE, EDGE),
        y=axis("y₂ at t = 1", -EDGE, EDGE),
        alt=f"{title}. {told}",
        equal=True,
    )


def _errors(run: Straight, method: str, calls: str) -> Panel:
    """Error over the number of steps, in logarithms, beside lines of slope 1, 2 and 4."""
    n, traces, title = np.array(COUNTS, dtype=float), [], "Error over the number of steps"
    told = "Both flows still learn."
    if run.progress == 1:
        errors = run.errors.clamp(LOW / 2, 2 * HIGH).numpy()
        for m, (name, order) in enumerate(zip(METHODS, (1, 2, 4))):
            ideal = np.clip(errors[m, -1] * (n[-1] / n[2:]) ** order, LOW / 2, 2 * HIGH)
            traces.append(line(n[2:], ideal, "theory", f"slope {order}", width=1))
            traces.append(line(n, errors[m], ROLES[name], WORDS[name], label=WORDS[name],
                               width=3 if name == method else 1.6))  # fmt: skip
        m, i = METHODS.index(method), COUNTS.index(int(calls))
        traces.append(dots([n[i]], [errors[m, i]], ROLES[method], "now", 9))
        slopes = [f"{slope(run, name):.1f}" for name in METHODS]
        title = f"Error of order {slopes[0]}, {slopes[1]} and {slopes[2]}"
        told = f"Now {number(run.errors[m, i], 2)}. {title}."
    ticks = {"tickvals": list(COUNTS), "ticktext": list(map(str, COUNTS))}
    return panel(
        "errors",
        title,
        traces,
        x=axis("steps of the solver", 0.9, 40, log=True, **ticks),
        y=axis("error", LOW, HIGH, log=True, dtick=2),
        alt=f"Error over the number of steps. {told}",
    )


def _curves(run: Straight, when: np.ndarray) -> Panel:
    seen, end = when[: run.nll.shape[1]], int(when[-1])
    one, other = run.nll.numpy()
    low = min(0.0, math.floor(max(run.nll.min().item(), -20.0)))
    told = f", least possible {number(run.floor, 3)}" if run.floor is not None else ""
    return panel(
        "curves",
        "Mean −ln p of held-out points",
        run.floor is not None
        and rule("good", "least possible", y=run.floor, span=(0, end), label="least possible"),
        line(seen, other, "second", "coupling", label="four coupling layers"),
        line(seen, one, "model", "flow matching", label="flow matching", width=2.5),
        x=axis("step of the training", 0, end),
        y=axis("NLL", low, 5.0),
        alt=f"Flow matching {number(one[-1], 3)}, coupling layers {number(other[-1], 3)}{told}.",
    )
