"""The arena: the ball with all attacks, what they reach step by step, and over the radius."""

from functools import lru_cache

import numpy as np
import torch

from core.adversarial import ball_boundary, certified_radius
from core.adversarial.plane import HALF, learned, zero_lines
from core.experiments.adversarial.arena import (
    FINE,
    RADII,
    SHARP,
    Arena,
    blobs,
    hill_of,
    margin,
    net_of,
)  # fmt: skip
from pages.figures.marks import arrows, contours, dots, line, rule, segments
from pages.figures.parts.decision import AXES
from pages.figures.plot import Handle, Panel, Picture, axis, coarse, panel

LOSSES = np.array([0.01, 0.1, 0.3, 0.693, 1.5, 3, 5, 8, 12])
LEVELS = {
    "formula": np.linspace(-2.2, 2.2, 12),
    "masked": SHARP * np.array([0.01, 1, 3, 6, 10, 15]),
    "target": -LOSSES[::-1],
}
TITLES = {"formula": "height L", "target": "L = −loss of the target"}
CLASSES = ("fourth", "second", "third")
STEPS = {
    "inf": r"\alpha\,\mathrm{sign}\,\nabla L",
    "2": r"\alpha\,\nabla L/\|\nabla L\|_2",
    "1": r"\alpha\,\mathrm{sign}(\partial_j L)\,e_j",
    "plain": r"\alpha\,\nabla L",
}
NUMBERS = r"= \mathrm{Proj}\left[(@δ₁@,\ @δ₂@) + \role{force}{(@s₁@,\ @s₂@)}\right]"
NUMBERS += r" = \role{wrong}{(@δ₁+1@,\ @δ₂+1@)}"


def figure(run: Arena, *, steps: int) -> Picture:
    """The step of the current frame is drawn before and after its projection."""
    mine = run.winner
    delta = (run.paths[mine] - run.x).numpy()
    push = (run.moved[mine, 1:] - run.paths[mine, :-1]).numpy()
    push = np.vstack([push, np.zeros((1, 2))])  # the last iterate is where it stays
    shown = {"k": np.arange(steps + 1), "δ₁": delta[:, 0], "δ₂": delta[:, 1]}
    shown |= {"s₁": push[:, 0], "s₂": push[:, 1], "L": run.heights[mine].numpy()}
    law = r"\role{wrong}{\delta_{k+1}} = \mathrm{Proj}\left[\delta_k + "
    law += rf"\role{{force}}{{{STEPS[run.norm]}}}\right]"
    return Picture(
        (_map(run), _climb(run, steps), _sweep(run)),
        frames=steps + 1,
        track=shown,
        formula=(law + NUMBERS,),
    )


# --- the map -------------------------------------------------------------------------------------


@lru_cache(maxsize=32)
def _field(hill: str, label: int) -> tuple[dict, ...]:
    """What is climbed, where the net changes its mind, and what it learned."""
    side = torch.linspace(-HALF, HALF, 67, dtype=torch.float64)
    grid = torch.cartesian_prod(side, side)
    z = hill_of(hill, label).height(grid).view(67, 67).T
    field = contours(side, side, z, LEVELS.get(hill, LOSSES))
    if hill == "formula":
        return (field,)
    edge = zero_lines(side, side, margin(hill, label, grid).view(67, 67).T)
    three = hill in ("three", "target")
    X, y = blobs() if three else learned("moons" if hill == "masked" else hill)[1:]
    points = (dots(*X[y == c].T, CLASSES[c], f"class {c}", 4) for c in range(int(y.max()) + 1))
    return field, segments(*edge, "ink", "boundary", width=2.2), *points


def _late(tail: np.ndarray, tip: np.ndarray, frames: int, role: str, name: str) -> dict:
    """An arrow that is seen from the first step on."""
    tails, tips = np.tile(tail, (frames, 1)), np.tile(tip, (frames, 1))
    tips[0] = tails[0] = np.nan
    return arrows(tails, tips, role, name, frames=True, label=name)


def _map(run: Arena) -> Panel:
    x, frames, mine = run.x.numpy(), run.paths.shape[1], run.winner
    path, moved, best = run.paths[mine].numpy(), run.moved[mine, 1:].numpy(), run.best.numpy()
    hole = np.full((1, 2), np.nan)
    clipped = np.where(np.abs(moved - path[1:]).max(1, keepdims=True) > 1e-9, moved, np.nan)
    others = [p.numpy() for k, p in enumerate(run.paths) if k != mine]
    away = best - x
    from_ = best + 0.35 * away / max(float(np.hypot(*away)), 1e-9)
    return panel(
        "map",
        "The ball around x",
        _field(run.hill, run.label),
        line(*(run.x + run.eps * ball_boundary(run.p, 65)).T, "ink", "rim of the ball", width=1.6),
        [line(*p.T, "faint", "another start", width=1.4) for p in others],
        line(*path.T, "wrong", "PGD", play=True, pin=True),
        len(run.fool) > 1 and _late(x, run.fool[-1].numpy(), frames, "third", "DeepFool"),
        _late(x, run.single.numpy(), frames, "fourth", "FGSM"),
        _late(from_, best, frames, "good", "highest"),
        arrows(path, np.vstack([moved, hole]), "force", "step", frames=True),
        arrows(
            np.vstack([clipped, hole]), np.vstack([path[1:], hole]), "ink", "back", frames=True,
        ),
        **AXES,
        alt=f"Ball of radius {run.eps:.3g} around ({x[0]:.3g}, {x[1]:.3g}). FGSM ends at "
        f"({run.single[0]:.3g}, {run.single[1]:.3g}), PGD at ({path[-1, 0]:.3g}, "
        f"{path[-1, 1]:.3g}), the highest place is ({best[0]:.3g}, {best[1]:.3g}).",
        handles=(
            Handle(*x.tolist(), ("x1", "x2"), "point x"),
            Handle(
                float(x[0]) + run.eps, float(x[1]), ("eps",), "radius ε", ((1.0, 0.0),),
                (-float(x[0]),), click=False, frees="x", role="wrong",
            ),
        ),
        equal=True,
    )  # fmt: skip


# --- what is reached -----------------------------------------------------------------------------


def _height(run: Arena, top: float) -> dict:
    title = TITLES.get(run.hill, "loss L")
    if run.hill == "formula":
        return axis(title, -2.5, 2.5)
    if run.hill == "target":
        return axis(title, -coarse(max(-run.start, -float(run.bend.min()), 0.1)), 0)
    return axis(title, 0, coarse(max(top, 0.01)))


def _climb(run: Arena, steps: int) -> Panel:
    k, mine, noise = np.arange(steps + 1), run.winner, float(run.shaken.mean())
    span = (0, coarse(steps))
    others = [h for j, h in enumerate(run.heights) if j != mine]
    return panel(
        "climb",
        "Reached step by step",
        rule("theory", "highest in the ball", y=run.top, span=span, label="highest"),
        rule("fourth", "FGSM", y=run.fgsm, span=span, label="FGSM"),
        rule("data", "noise, mean", y=noise, span=span, label="noise, mean"),
        [line(k, h, "faint", "another start", width=1.4) for h in others],
        line(k, run.heights[mine], "wrong", "PGD", label="PGD", play=True, pin=True),
        x=axis("step k", *span),
        y=_height(run, run.top),
        alt=f"From {run.start:.4g} PGD comes to {run.pgd:.4g} in {steps} steps, FGSM to "
        f"{run.fgsm:.4g}, noise to {noise:.4g} on average; the highest is {run.top:.4g}.",
    )


def _sweep(run: Arena) -> Panel:
    r, (pgd, top) = RADII.numpy(), run.curves.numpy()
    here, limit = _height(run, float(top.max())), float(RADII[-1])
    found = float(run.size(run.fool[-1])) if len(run.fool) > 1 else None
    end, net = tuple(here["range"]), run.hill != "formula"
    safe = net and float(certified_radius(net_of(run.hill), run.x[None], norm=run.p))
    return panel(
        "sweep",
        "Reached with every radius ε",
        line(r, top, "theory", "highest in the ball", label="highest"),
        line(r, run.control, "data", "noise, mean", label="noise, mean"),
        line(FINE, run.bend, "fourth", "FGSM", label="FGSM"),
        line(r, pgd, "wrong", "PGD", label="PGD", pin=True),
        found is not None
        and found <= limit
        and rule("third", "size of DeepFool", x=found, span=end, label="DeepFool crosses"),
        net
        and safe <= limit
        and rule("good", "certain, by the norms of the layers", x=safe, span=end, label="certain"),
        rule("faint", "ε", x=run.eps, span=end),
        x=axis("radius ε", 0, limit),
        y=here,
        alt=f"At ε = {run.eps:.3g}: FGSM {run.fgsm:.4g}, PGD {run.pgd:.4g}, the highest "
        f"{run.top:.4g}.",
        handles=(Handle(run.eps, run.pgd, ("eps",), "radius ε", ((1.0, 0.0),), frees="x"),),
    )
