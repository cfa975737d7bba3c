"""Five tuned methods on one landscape, their heights, and the score of every learning rate."""

import numpy as np

from core.experiments.landscapes.race import Race
from core.optimizers import NAMES
from pages.figures.landscapes.wild import decades, terrain
from pages.figures.marks import dots, line
from pages.figures.parts.landscape import ROLES
from pages.figures.plot import Handle, Panel, Picture, axis


def race(result: Race, *, x0: float, y0: float, steps: int, tol: float, **_) -> Picture:
    """Paths on the map, gap against step, score against learning rate, ranking."""
    last = _last(result, steps)
    return Picture(
        (
            _map(result, x0, y0, last),
            _gap(result, last, tol),
            _scores(result, steps),
            _ranking(result, steps),
        ),
        frames=last + 1,
        track={"k": np.arange(last + 1)}
        | {m: gap.numpy()[: last + 1] for m, gap in zip(result.methods, result.gap)},
    )


def _last(result: Race, steps: int) -> int:
    """Where the film ends: 1, 2, 5, 10, … steps after the slowest arrival, at most `steps`."""
    arrived = result.arrived.numpy()
    slowest = 1.2 * arrived.max() if (arrived >= 0).any() else steps
    nice = [k * 10**p for p in range(1, 4) for k in (1, 2, 5)]
    return min([n for n in nice if slowest <= n <= steps], default=steps)


def _map(result: Race, x0: float, y0: float, last: int) -> Panel:
    traces = [terrain(result.field)]
    for method, x, lr in zip(result.methods, result.x.numpy(), result.lr.tolist()):
        name = f"{NAMES[method]}, lr {lr:.2g}"
        traces.append(
            line(x[: last + 1, 0], x[: last + 1, 1], ROLES[method], name, play=True, label=name)
        )
    minima = result.land.minima.numpy()
    if len(minima):
        traces.append(dots(minima[:, 0], minima[:, 1], "good", "minimum", size=10))
    (left, right), (front, back) = result.land.domain
    return Panel(
        "map",
        f"Each method with its own best learning rate on {result.land.name}",
        tuple(traces),
        {"xaxis": axis("x", left, right), "yaxis": axis("y", front, back)},
        f"Contours of {result.land.name} with the tuned paths of {', '.join(result.methods)} from "
        f"({x0:.3g}, {y0:.3g}).",
        handles=(Handle(x0, y0, ("x0", "y0"), "start"),),
        equal=True,
    )


def _gap(result: Race, last: int, tol: float) -> Panel:
    k, traces = np.arange(last + 1), []
    for method, gap in zip(result.methods, result.gap.numpy()):
        shown = np.where(gap > 0, gap, np.nan)[: last + 1]
        traces.append(line(k, shown, ROLES[method], NAMES[method], play=True, label=NAMES[method]))
    traces.append(line(np.array([0, last]), np.array([tol, tol]), "theory", "tolerance"))
    ends = ", ".join(f"{m} {gap[last]:.2g}" for m, gap in zip(result.methods, result.gap.tolist()))
    return Panel(
        "gap",
        "Height above the minimum, share of the start's",
        tuple(traces),
        {"xaxis": axis("step k", 0, last),
         "yaxis": axis("(fₖ − f*)/(f₀ − f*)", 1e-3 * tol, 1e2, log=True)},
        f"Relative height after {last} steps: {ends}.",
    )  # fmt: skip


def _scores(result: Race, steps: int) -> Panel:
    lrs, traces = result.lrs.numpy(), []
    for i, method in enumerate(result.methods):
        score, best = result.score[i].numpy(), int(result.best[i])
        arrived = np.where(score <= steps, np.maximum(score, 1), np.nan)
        traces.append(line(lrs, arrived, ROLES[method], NAMES[method], label=NAMES[method]))
        if score[best] <= steps:
            here = slice(best, best + 1)
            traces.append(dots(lrs[here], arrived[here], ROLES[method], "tuned", size=9))
    _, top = decades(1.0, float(steps))
    tuned = ", ".join(f"{m} {lr:.2g}" for m, lr in zip(result.methods, result.lr.tolist()))
    return Panel(
        "scores",
        "Steps needed by each learning rate; missing where it fails",
        tuple(traces),
        {"xaxis": axis("learning rate lr", 1e-5, 2, log=True),
         "yaxis": axis("steps needed", 1, top, log=True)},
        f"Steps to the tolerance against the learning rate; the best are {tuned}.",
    )  # fmt: skip


def _ranking(result: Race, steps: int) -> Panel:
    lowest, traces, words = result.score.amin(1).tolist(), [], []
    _, top = decades(1.0, float(steps))
    for rank, i in enumerate(result.order):
        method, fine = result.methods[i], lowest[i] <= steps
        text = f"{NAMES[method]} {lowest[i]:.0f}" if fine else f"{NAMES[method]}: not in {steps}"
        words.append(text)
        end = max(lowest[i], 1.0) if fine else float(steps)
        role = ROLES[method] if fine else "faint"
        traces.append(line(np.array([1, end]), np.array([-rank, -rank]), role, method, label=text))
    return Panel(
        "ranking",
        "Ranking by the slowest start",
        tuple(traces),
        {"xaxis": axis("steps needed", 1, top * 100, log=True),
         "yaxis": axis("rank", -4.5, 0.5, showticklabels=False)},
        "Ranking: " + ", ".join(words) + ".",
    )  # fmt: skip
