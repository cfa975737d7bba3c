"""The marble in its bowl: the plane, the eigen-basis, the fall of f and the multipliers."""

import numpy as np
import torch

from core.landscapes import quadratic
from core.landscapes.bowl import Bowl, is_best
from pages.figures.plot import Handle, Panel, Picture, arrows, axis, coarse, contours, dots, line

REACH = 1.6  # half-width of the plane
TINY = 1e-30  # zeros on a logarithmic axis fall out of the frame instead of vanishing


def figure(run: Bowl, *, kappa: float, angle: float, lr_L: float, steps: int, **_) -> Picture:
    """Four panels: plane, eigen-basis, f against k, multipliers."""
    x = run.x.numpy()
    grad = run.grad.numpy()
    return Picture(
        panels=(
            _plane(run, kappa, angle),
            _eigenbasis(run, kappa, angle),
            _fall(run, steps),
            _dial(run),
        ),
        frames=len(x),
        track={
            "k": np.arange(len(x)),
            "x": x[:, 0],
            "y": x[:, 1],
            "gx": grad[:, 0],
            "gy": grad[:, 1],
            "f": run.f.numpy(),
        },
        formula=(
            r"x_{@k@+1} = x_{@k@} - \eta\,\role{force}{\nabla f(x_{@k@})} = "
            r"\begin{pmatrix} @x@ \\ @y@ \end{pmatrix} - "
            rf"{run.lr:.4g}\,\role{{force}}{{\begin{{pmatrix}} @gx@ \\ @gy@ \end{{pmatrix}}}} = "
            r"\role{model}{\begin{pmatrix} @x+1@ \\ @y+1@ \end{pmatrix}}",
            rf"1 - \eta\mu = 1 - {run.lr:.4g}\cdot{run.mu:.4g} = {run.multipliers[0]:.5g},\qquad "
            rf"1 - \eta L = 1 - {run.lr:.4g}\cdot{run.L:.4g} = {run.multipliers[1]:.5g}",
        ),
    )


def _plane(run: Bowl, kappa: float, angle: float) -> Panel:
    side = np.linspace(-REACH, REACH, 80)
    grid = torch.from_numpy(np.stack(np.meshgrid(side, side), axis=-1))
    # Geometric levels show wall and floor alike; an ellipse thinner than the grid would show beads.
    cell = side[1] - side[0]
    floor = max(0.02 * run.mu, 1.2 * run.L * cell**2)
    levels = np.geomspace(floor, run.L * REACH**2, 11)
    x = run.x.numpy()
    traces = [
        contours(side, side, quadratic(kappa, angle).f(grid).numpy(), levels),
        line(x[:, 0], x[:, 1], "model", "gradient descent", play=True, pin=True),
        dots([0], [0], "good", "minimum", 13),
    ]
    if run.miss or run.f[0] > 0:
        start, downhill = x[0], -run.grad[0].numpy()
        traces += [
            arrows(start[None], _toward(start, -start), "good", "to x*", label="to x*"),
            arrows(start[None], _toward(start, downhill), "force", "−∇f", label="−∇f"),
        ]
    end = (
        f"leaves the bowl at step {run.diverged_at}"
        if run.diverged_at >= 0
        else (f"ends {np.hypot(*x[-1]):.2g} from the minimum")
    )
    return Panel(
        "plane",
        "The bowl from above",
        tuple(traces),
        {"xaxis": axis("x", -REACH, REACH), "yaxis": axis("y", -REACH, REACH)},
        f"Level sets with axis ratio √κ = {kappa**0.5:.3g}. The path of gradient descent starts at "
        f"({x[0, 0]:.3g}, {x[0, 1]:.3g}), where −∇f points {run.miss:.0f}° away from the minimum, "
        f"and {end}.",
        handles=(
            Handle(
                float(x[0, 0]),
                float(x[0, 1]),
                ("x0", "y0"),
                "start point",
                also={"start": "free"},
            ),
        ),
        equal=True,
    )


def _toward(start: np.ndarray, direction: np.ndarray, length: float = 0.42) -> np.ndarray:
    """Tip of an arrow of fixed length, shape (1, 2)."""
    return (start + length * direction / np.hypot(*direction))[None]


def _eigenbasis(run: Bowl, kappa: float, angle: float) -> Panel:
    z = run.z.numpy()
    flat = _reach(abs(z[0, 0]), REACH)
    steep = _reach(abs(z[0, 1]), min(coarse(1.2 / kappa), REACH))
    turn = np.linspace(0, 2 * np.pi, 65)
    rings = np.sqrt(2 * float(run.f[0])) * 0.5 ** np.arange(5)[:, None]
    ellipses = np.full((2, 5, 66), np.nan)
    ellipses[0, :, :65] = rings / np.sqrt(run.mu) * np.cos(turn)
    ellipses[1, :, :65] = rings / np.sqrt(run.L) * np.sin(turn)
    (a, b), (c, d) = quadratic(kappa, angle).axes.tolist()
    zoom = flat / steep
    return Panel(
        "eigenbasis",
        "The same run along the axes of the bowl"
        + (f", z₂ stretched ×{zoom:.3g}" if zoom > 1.01 else ""),
        (
            line(ellipses[0].ravel(), ellipses[1].ravel(), "faint", "level sets"),
            line(z[:, 0], z[:, 1], "model", "gradient descent", play=True, pin=True),
            dots([0], [0], "good", "minimum", 13),
        ),
        {
            "xaxis": axis("z₁ (flat, λ = μ)", -flat, flat),
            "yaxis": axis("z₂ (steep, λ = L)", -steep, steep),
        },
        f"In eigen-coordinates the run starts at ({z[0, 0]:.3g}, {z[0, 1]:.3g}). Each step "
        f"multiplies z₁ by {run.multipliers[0]:.4g} and z₂ by {run.multipliers[1]:.4g}; z₂ changed "
        f"sign {run.flips} times.",
        handles=(
            Handle(
                float(z[0, 0]),
                float(z[0, 1]),
                ("x0", "y0"),
                "start point in eigen-coordinates",
                matrix=((a, b), (c, d)),
                also={"start": "free"},
            ),
        ),
    )


def _reach(value: float, narrow: float) -> float:
    """Half-width of an axis. A point dragged inside one frame never changes the frame."""
    return next(r for r in (narrow, REACH, 2.2) if value <= r or r == 2.2)


def _fall(run: Bowl, steps: int) -> Panel:
    k = np.arange(len(run.f))
    scale = float(run.f[0]) or 1.0
    f = np.maximum(run.f.numpy() / scale, TINY)
    bound = np.clip(run.bound.numpy() / scale, TINY, None)
    lr_L = run.lr * run.L
    if lr_L <= 1:
        name, label = "theorem", "(1 − μ/L)ᵏ" if abs(lr_L - 1) < 1e-9 else "(1 − ημ)ᵏ"
    elif is_best(run):
        name, label = "theorem", "((κ−1)/(κ+1))²ᵏ"
    else:
        name, label = "exact rate", "max|1 − ηλ|²ᵏ, exact rate"
    at = run.needed if run.needed >= 0 else run.last
    right = coarse(steps)
    beside = min(int(0.4 * right), len(k) - 1)
    traces = [
        line(np.array([0, right]), np.array([1e-6, 1e-6]), "faint", "10⁻⁶", label="10⁻⁶"),
        line(k, bound, "theory", name),
        line(k[[beside]], 30 * bound[[beside]], "theory", name, label=label),
        line(k, f, "model", "f(xₖ) − f*", play=True, pin=True, label="f(xₖ) − f*"),
    ]
    if run.needed >= 0:
        traces.append(
            dots([run.needed], f[[run.needed]], "good", f"fell by 10⁶ at {run.needed}", 11)
        )
    return Panel(
        "fall",
        "The fall of f and what theory promises",
        tuple(traces),
        {
            "xaxis": axis("step k", 0, right),
            "yaxis": axis("(fₖ − f*)/(f₀ − f*)", 1e-8, 1e2, log=True, dtick=2),
        },
        f"At step {at} f stands at {f[at]:.3g} of its start and the {name} {label} at "
        f"{bound[at]:.3g}: a gap of a factor {bound[at] / f[at]:.3g}.",
    )


def _dial(run: Bowl) -> Panel:
    flat, steep = run.multipliers.tolist()
    rail = np.array([-1.3, 1.3])

    def mark(at: float) -> dict:
        return line(np.array([at, at]), np.array([-0.5, 2.7]), "faint", f"{at:g}")

    def reach(at: float, row: int, name: str, role: str) -> list[dict]:
        level = np.array([row, row], float)
        return [
            line(rail, level, "faint", "axis"),
            line(np.array([1.0, at]), level, role, name, width=3),
            dots([at], [row], role, name, 12),
            line([at], [row + 0.36], role, name, label=f"{name} = {at:.4g}".replace("= -", "= −")),
        ]

    def note(at: float, text: str) -> dict:
        return {"x": at, "y": 2.4, "text": text, "showarrow": False, "font": {"size": 11}}

    return Panel(
        "dial",
        "What one step multiplies each coordinate by",
        (
            *(mark(at) for at in (-1.0, 0.0, 1.0)),
            *reach(flat, 1, "1 − ημ", "second"),
            *reach(steep, 0, "1 − ηL", "wrong" if abs(steep) > 1 else "model"),
        ),
        {
            "xaxis": axis("multiplier 1 − ηλ", -1.3, 1.3, tickvals=[-1, -0.5, 0, 0.5, 1]),
            "yaxis": axis(
                "λ", -0.5, 2.7, tickvals=[0, 1], ticktext=["L", "μ"], showgrid=False, zeroline=False
            ),
            "annotations": [
                note(-1.15, "grows"),
                note(-0.5, "flips its sign"),
                note(0.5, "keeps its sign"),
                note(1.15, "grows"),
            ],
        },
        f"Multipliers {flat:.4g} of the flat and {steep:.4g} of the steep coordinate; below 0 a "
        "coordinate flips its sign at every step, beyond ±1 it grows.",
    )
