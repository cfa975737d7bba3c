"""Five tuned methods on one landscape, their heights, and the score of every learning rate."""

import numpy as np

from core.experiments.landscapes.race import LRS, Race, ground
from core.landscapes import Landscape
from core.landscapes.terrain import Field
from core.optimizers import NAMES
from pages.figures.marks import dots, line, rule
from pages.figures.parts.landscape import ROLES, fall
from pages.figures.parts.terrain import decades, frame, minima, terrain
from pages.figures.plot import Handle, Panel, Picture, axis, panel


def figure(
    run: Race, *, landscape: str, kappa: float, angle: float, formula: str, steps: int, tol: float
) -> Picture:
    """Paths on the map, gap against step, score against learning rate, ranking."""
    last = _last(run, steps, tol)
    gaps = {m: gap[: last + 1] for m, gap in zip(run.methods, run.gap.numpy())}
    _, top = decades(1.0, float(steps))
    return Picture(
        (
            _map(run, *ground(landscape, kappa, angle, formula), last),
            _gap(gaps, last, tol),
            _scores(run, steps, top),
            _ranking(run, steps, top),
        ),
        frames=last + 1,
        track={"k": np.arange(last + 1)} | gaps,
    )


def _last(run: Race, steps: int, tol: float) -> int:
    """Where the film ends: 1, 2, 5, 10, … steps after the slowest arrival, at most `steps`."""
    arrived = run.arrived(tol).numpy()
    slowest = 1.2 * arrived.max() if (arrived >= 0).any() else steps
    nice = [k * 10**p for p in range(1, 4) for k in (1, 2, 5)]
    return min([n for n in nice if slowest <= n <= steps], default=steps)


def _map(run: Race, land: Landscape, grid: Field, last: int) -> Panel:
    x0, y0 = run.x[0, 0].tolist()
    paths = {}
    for method, x, lr in zip(run.methods, run.x.numpy(), run.lr.tolist()):
        paths[method] = (*x[: last + 1].T, ROLES[method], f"{NAMES[method]}, lr {lr:.2g}")
    return panel(
        "map",
        f"Each method with its own best learning rate on {land.name}",
        terrain(grid),
        [line(*path, play=True, label=path[-1]) for path in paths.values()],
        minima(land),
        **frame(land),
        alt=f"Contours of {land.name} with the tuned paths of {', '.join(run.methods)} from "
        f"({x0:.3g}, {y0:.3g}).",
        handles=(Handle(x0, y0, ("x0", "y0"), "start"),),
        equal=True,
    )


def _gap(gaps: dict[str, np.ndarray], last: int, tol: float) -> Panel:
    k = np.arange(last + 1)
    ends = ", ".join(f"{m} {gap[last]:.2g}" for m, gap in gaps.items())
    return fall(
        "gap",
        "Height above the minimum, share of the start's",
        [
            line(k, np.where(gap > 0, gap, np.nan), ROLES[m], NAMES[m], play=True, label=NAMES[m])
            for m, gap in gaps.items()
        ],
        rule("theory", "tolerance", y=tol, span=(0, last)),
        last=last,
        y="(fₖ − f*)/(f₀ − f*)",
        low=1e-3 * tol,
        high=1e2,
        alt=f"Relative height after {last} steps: {ends}.",
    )


def _scores(run: Race, steps: int, top: float) -> Panel:
    lrs, score, traces = LRS.numpy(), run.score.numpy(), []
    arrived = np.where(score <= steps, np.maximum(score, 1), np.nan)
    for method, row, best in zip(run.methods, arrived, run.best.tolist()):
        traces.append(line(lrs, row, ROLES[method], NAMES[method], label=NAMES[method]))
        if np.isfinite(row[best]):
            traces.append(dots(lrs[[best]], row[[best]], ROLES[method], "tuned", size=9))
    tuned = ", ".join(f"{m} {lr:.2g}" for m, lr in zip(run.methods, run.lr.tolist()))
    return panel(
        "scores",
        "Steps needed by each learning rate; missing where it fails",
        traces,
        x=axis("learning rate lr", 1e-5, 2, log=True),
        y=axis("steps needed", 1, top, log=True),
        alt=f"Steps to the tolerance against the learning rate; the best are {tuned}.",
    )


def _ranking(run: Race, steps: int, top: float) -> Panel:
    traces, words = [], []
    for rank, i in enumerate(run.order):
        method, score = run.methods[i], run.lowest[i]
        fine = score <= steps
        words.append(f"{NAMES[method]} {score:.0f}" if fine else f"{NAMES[method]}: not in {steps}")
        role, end = (ROLES[method], max(score, 1.0)) if fine else ("faint", float(steps))
        traces.append(rule(role, method, y=-rank, span=(1, end), label=words[-1]))
    return panel(
        "ranking",
        "Ranking by the slowest start",
        traces,
        x=axis("steps needed", 1, top * 100, log=True),
        y=axis("rank", -4.5, 0.5, showticklabels=False),
        alt="Ranking: " + ", ".join(words) + ".",
    )
