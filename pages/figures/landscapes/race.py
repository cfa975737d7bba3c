"""Five tuned methods on one landscape, their heights, and the score of every step."""

import numpy as np

from core.experiments.landscapes.race import LRS, Race, ground
from core.landscapes import Landscape
from core.optimizers import NAMES, arrival
from pages.figures.marks import dots, line, rule
from pages.figures.parts.landscape import ROLES, fall
from pages.figures.parts.terrain import decades, frame, minima, terrain
from pages.figures.plot import Handle, Panel, Picture, axis, coarse, panel


def figure(
    run: Race, *, landscape: str, kappa: float, angle: float, formula: str, steps: int, tol: float
) -> Picture:
    """Paths on the map, ranking, gap against k, score against η."""
    frames = _last(run, steps, tol) + 1
    gaps = {m: gap[:frames] for m, gap in zip(run.methods, run.gap.numpy())}
    k, top = np.arange(frames), decades(1.0, float(steps))[1]
    land = ground(landscape, kappa, angle, formula)
    return Picture(
        (
            _map(run, land, frames),
            _ranking(run, steps, top),
            _gap(gaps, k, tol),
            _scores(run, steps, top),
        ),
        frames=frames,
        track={"k": k} | gaps,
    )


def _last(run: Race, steps: int, tol: float) -> int:
    """Where the film ends: 10, 20, 50, … steps after the slowest arrival, at most `steps`."""
    slowest = int(arrival(run.gap, tol).max())
    return min(steps, max(10, int(coarse(1.2 * slowest)))) if slowest >= 0 else steps


def _map(run: Race, land: Landscape, frames: int) -> Panel:
    x0, y0 = run.x[0, 0].tolist()
    names = [f"{NAMES[m]}, η {lr:.2g}" for m, lr in zip(run.methods, run.lr.tolist())]
    return panel(
        "map",
        f"Each method with its own best step on {land.name}",
        terrain(land),
        [
            line(*x[:frames].T, ROLES[method], name, play=True, label=NAMES[method])
            for method, x, name in zip(run.methods, run.x, names)
        ],
        minima(land),
        **frame(land),
        alt=f"Tuned paths on {land.name} from ({x0:.3g}, {y0:.3g}): {', '.join(names)}.",
        handles=(Handle(x0, y0, ("x0", "y0"), "start"),),
        equal=True,
    )


def _gap(gaps: dict[str, np.ndarray], k: np.ndarray, tol: float) -> Panel:
    ends, traces = ", ".join(f"{NAMES[m]} {gap[-1]:.2g}" for m, gap in gaps.items()), []
    for m, gap in gaps.items():
        gap, name = np.where(gap > 0, gap, np.nan), NAMES[m]
        traces.append(line(k, gap, ROLES[m], name, play=True, label=name))
    return fall(
        "gap",
        "Height above the minimum, share of the start's",
        traces,
        rule("theory", "the share", y=tol, span=(0, k[-1]), label="the share"),
        last=k[-1],
        y="share of the height",
        low=1e-3 * tol,
        high=1e2,
        alt=f"Relative height after {k[-1]} steps: {ends}.",
    )


def _scores(run: Race, steps: int, top: float) -> Panel:
    score, lr, traces = run.score.numpy(), run.lr.tolist(), []
    arrived = np.where(score <= steps, np.maximum(score, 1), np.nan)
    for i, method in enumerate(run.methods):
        role, name, least = ROLES[method], NAMES[method], run.lowest[i]
        traces.append(line(LRS, arrived[i], role, name, label=name))
        if least <= steps:
            traces.append(dots(lr[i : i + 1], [max(least, 1)], role, "tuned", size=9))
    tuned = ", ".join(f"{NAMES[m]} {rate:.2g}" for m, rate in zip(run.methods, lr))
    return panel(
        "scores",
        "Steps needed with each η; missing where it fails",
        traces,
        x=axis("step η", 1e-5, 2, log=True),
        y=axis("steps needed", 1, top, log=True),
        alt=f"Steps needed against η; the best are {tuned}.",
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
        alt=f"Ranking: {', '.join(words)}.",
    )
