"""A ball and its dual beside it, the size of x over p."""

import math

import numpy as np

from core.adversarial import ball_boundary
from core.experiments.adversarial.norms import BALLS, Norms
from core.words import number, tex
from pages.figures.marks import arrows, dots, line, rule, segments
from pages.figures.plot import Handle, Panel, Picture, axis, panel

HALF = 1.8  # of the windows
LOW, HIGH = 0.3, 20.0  # of p in the picture
EVERY = np.geomspace(LOW, HIGH, 61)


def figure(run: Norms) -> Picture:
    """The ball, the dual ball, the size over p."""
    p, q = (r"\infty" if math.isinf(e) else f"{e:.4g}" for e in (run.p, run.q))
    return Picture(
        (_ball(run), _dual(run), _sizes(run)),
        formula=(
            rf"|x^\top y| = {tex(abs(run.product))} \;\le\; \lVert x\rVert_{{{p}}}\,"
            rf"\lVert y\rVert_{{{q}}} = {tex(run.size)}\cdot {tex(run.dual)} = "
            rf"{tex(run.size * run.dual)}",
            rf"\lVert e_1 + e_2\rVert_{{{p}}} = {tex(run.both)}, \qquad "
            r"\lVert e_1\rVert + \lVert e_2\rVert = 2",
        ),
        wide=True,
    )


def _normal(v: np.ndarray, at: np.ndarray, name: str) -> list[dict]:
    """The line through a point of a ball that no point of the ball is beyond in direction v."""
    size = np.linalg.norm(v)
    if size == 0:
        return []
    along = 8 * np.array([-v[1], v[0]]) / size
    return [
        line(*np.stack([at - along, at + along]).T, "theory", f"farthest in the direction {name}"),
        dots([at[0]], [at[1]], "good", f"farthest along {name}", 9),
    ]


def _side(name: str, title: str, ring: np.ndarray, role: str, v, other, best, what: str, also):
    """A ball with its own vector, and where it is farthest along the other one."""
    seen, toward = v.numpy(), other.numpy()
    size = max(np.linalg.norm(toward), 1e-9)
    mine, theirs = what
    return panel(
        name,
        title,
        line(*ring.T, role, "unit ball", box=True),
        _normal(toward, best.numpy(), theirs),
        arrows(np.zeros((1, 2)), (0.6 * toward / size)[None], "ink", theirs, label=theirs),
        also,
        dots([seen[0]], [seen[1]], "ink", mine, label=mine),
        **_plane(mine),
        alt=f"{mine} at ({seen[0]:.3g}, {seen[1]:.3g}); farthest along {theirs} lies "
        f"({best[0]:.3g}, {best[1]:.3g}).",
        handles=(_grip(seen, mine),),
        equal=True,
    )


def _plane(name: str) -> dict:
    return {
        "x": axis(f"{name}₁", -HALF, HALF, dtick=1),
        "y": axis(f"{name}₂", -HALF, HALF, dtick=1),
    }


def _grip(at: np.ndarray, name: str) -> Handle:
    return Handle(float(at[0]), float(at[1]), (f"{name}1", f"{name}2"), f"the vector {name}")


def _ball(run: Norms) -> Panel:
    role = "faint" if run.convex else "wrong"
    chord = [
        segments([[1.0, 0.0]], [[0.0, 1.0]], role, "from e₁ to e₂"),
        dots([0.5], [0.5], role, "½(e₁ + e₂)", 8),
        dots([1.0], [0.0], "ink", "e₁", 4, label="e₁"),
        dots([0.0], [1.0], "ink", "e₂", 4, label="e₂"),
    ]
    if run.p in BALLS and run.size > 1:
        x, at = run.x.numpy(), run.nearest[BALLS.index(run.p)].numpy()
        chord.append(segments([x], [at], "third", "to the nearest point"))
        chord.append(dots([at[0]], [at[1]], "third", "nearest point", 9, label="nearest"))
    return _side(
        "ball",
        f"Size at most 1 by p = {number(run.p)}; the star is farthest along y",
        ball_boundary(run.p, 241).numpy(),
        "model",
        run.x,
        run.y,
        run.best_x,
        "xy",
        chord,
    )


def _dual(run: Norms) -> Panel:
    hull = ", of the hull" * (not run.convex)
    return _side(
        "dual",
        f"Dual ball, q = {number(run.q, 4)}{hull}; the star is farthest along x",
        ball_boundary(run.q, 241).numpy(),
        "fourth",
        run.y,
        run.x,
        run.best_y,
        "yx",
        None,
    )


def _sizes(run: Norms) -> Panel:
    less, most = np.clip(np.sort(np.abs(run.x.numpy())), 1e-6, 1e6)
    sizes = most * (1 + (less / most) ** EVERY) ** (1 / EVERY)
    shown = float(np.clip(run.p, LOW, HIGH))
    here = float(np.clip(run.size, 1e-6, 1e6))
    return panel(
        "sizes",
        "The size of x falls with p, to its largest entry",
        rule("faint", "p = 1", x=1.0, span=(0.1, 30.0), label="norm from here"),
        rule("theory", "largest entry", y=float(most), span=(LOW, HIGH), label="‖x‖∞"),
        line(EVERY, sizes, "model", "‖x‖ₚ", label="‖x‖ₚ"),
        x=axis("p", LOW, HIGH, log=True),
        y=axis("‖x‖ₚ", 0.1, 30.0, log=True),
        alt=f"The size of x falls from {sizes[0]:.3g} to {sizes[-1]:.3g}; its largest entry is "
        f"{most:.3g}, its size at p = {number(run.p)} is {run.size:.3g}.",
        handles=(Handle(shown, here, ("p",), "exponent p", also={"infinite": False}, frees="x"),),
    )
