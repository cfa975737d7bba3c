"""The ball with memory: path, map of rates, decay, momentum eigenvalues."""

import math
from functools import lru_cache

import numpy as np

from core.experiments.landscapes.ball import Ball, rate_map
from core.optimizers import in_steps
from pages.figures.marks import contours, dots, line, rule
from pages.figures.parts.landscape import columns, fall, start_at
from pages.figures.plot import Handle, Panel, Picture, axis, coarse, panel

REACH = 1.6  # half-width of the window along the flat direction
RATES = np.array([0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999, 1.02, 1.2, 1.6])
CIRCLE = np.exp(2j * np.pi * np.linspace(0, 1, 129))
FORCES = {
    "momentum": r"\eta\nabla f(x_k)",
    "nesterov": r"\eta\nabla f(x_k + \beta(x_k - x_{k-1}))",
    "momentum_ema": r"\eta(1-\beta)\nabla f(x_k)",
}
NUMBERS = r"@x#+1@ = @x#@ + \role{second}{(@memory#@)} + \role{force}{(@push#@)}"


def figure(run: Ball, *, steps: int) -> Picture:
    """Path on the bowl, cursor on the map of rates, f and energy, eigenvalues on the unit disc."""
    frames = len(run.x) if run.diverged_at < 0 else run.diverged_at + 1
    k, paths = np.arange(frames), {"x": run.x, "memory": run.memory, "push": run.push}
    track = columns({name: path[:frames] for name, path in paths.items()}, "12")
    return Picture(
        (_path(run, frames), _map(run), _decay(run, frames, steps), _disc(run)),
        frames=frames,
        track={"k": k, **track, "f": run.f.numpy()[:frames]},
        formula=(
            r"x_{k+1} = x_k + \role{second}{\beta(x_k - x_{k-1})} - "
            rf"\role{{force}}{{{FORCES[run.method]}}}",
            *(NUMBERS.replace("#", i) for i in "12"),
        ),
    )


def _path(run: Ball, frames: int) -> Panel:
    root, x = math.sqrt(run.kappa), run.x.numpy()[:frames]
    height = coarse(REACH / root)
    stretched = f", x₂ stretched ×{REACH / height:.3g}" if height < REACH else ""
    return panel(
        "path",
        "The ball on the bowl" + stretched,
        _bowl(run.kappa, height),
        line(x[:, 0], x[:, 1], "model", "path", play=True, pin=True),
        dots([0.0], [0.0], "good", "minimum"),
        x=axis("x₁ (flat)", -REACH, REACH),
        y=axis("x₂ (steep)", -height, height),
        alt=f"Path of {in_steps(frames - 1)} on the bowl, from ({x[0, 0]:.3g}, {x[0, 1]:.3g}).",
        handles=(start_at(x[0], "start", matrix=((1.0, 0.0), (0.0, root))),),
    )


@lru_cache(maxsize=32)
def _bowl(kappa: float, height: float) -> dict:
    x, y = np.linspace(-REACH, REACH, 65), np.linspace(-height, height, 65)
    z = 0.5 * (x**2 + kappa * y[:, None] ** 2)
    return contours(x, y, z, np.array([0.003, 0.03, 0.1, 0.3, 0.6, 1.0, 1.6, 2.4, 3.6]))


def _map(run: Ball) -> Panel:
    lr_L, beta, rate = rate_map(run.method, run.kappa).best
    return panel(
        "map",
        "Rate per step for every step and memory",
        _field(run.method, run.kappa),
        dots([lr_L], [beta], "good", "lowest rate", size=10, label="lowest"),
        x=axis("step times curvature, ηL", 0.0, 4.0),
        y=axis("memory β", 0.0, 1.0),
        alt=f"At ηL = {run.lr_L:.3g}, β = {run.beta:.3g} rate {run.rate:.4f}, lowest {rate:.4f}.",
        handles=(Handle(run.lr_L, run.beta, ("lr_L", "beta"), "step size and memory"),),
    )


@lru_cache(maxsize=32)
def _field(method: str, kappa: float) -> tuple[dict, dict]:
    field = rate_map(method, kappa)
    inside = field.border <= 4.0
    return (
        contours(field.lr_L, field.beta, field.rate, RATES),
        line(field.border[inside], field.beta[inside], "theory", "border", label="rate 1"),
    )


def _decay(run: Ball, frames: int, steps: int) -> Panel:
    k, start = np.arange(len(run.f)), max(float(run.f[0]), 1e-300)
    f, energy, plain = (
        np.clip(v.numpy() / start, 1e-30, 1e30) for v in (run.f, run.energy.sum(-1), run.plain)
    )
    rate = np.exp(np.clip(2 * k * math.log(max(run.rate, 1e-30)), -69, 69))
    measured = "not measurable" if run.measured is None else f"{run.measured:.4f}"
    return fall(
        "decay",
        f"Rate per step: predicted {run.rate:.4f}, measured {measured}",
        line(k, plain, "faint", "without memory", label="β = 0"),
        line(k, rate, "theory", "predicted rate", label="ρ²ᵏ"),
        line(k[:frames], energy[:frames], "third", "energy", label="energy"),
        line(k[:frames], f[:frames], "model", "f", label="f", play=True, pin=True),
        last=coarse(steps),
        y="f(xₖ)/f(x₀)",
        low=1e-12,
        high=1e4,
        alt=f"f and energy by step; rate predicted {run.rate:.4f}, measured {measured}.",
    )


def _disc(run: Ball) -> Panel:
    flat, steep = roots = run.eigenvalues.numpy()
    reach = 1.3 if np.abs(roots).max() <= 1.3 else 3.3
    words = ["a pair that overshoots" if r.imag.any() else "real, no overshoot" for r in roots]
    ring = run.rate * CIRCLE
    return panel(
        "disc",
        "What one step multiplies by; a pair off the real axis overshoots",
        rule("faint", "real axis", y=0, span=(-reach, reach)),
        line(CIRCLE.real, CIRCLE.imag, "ink", "unit circle"),
        line(ring.real, ring.imag, "theory", "rate", label="ρ"),
        rule("faint", "imaginary axis", x=0, span=(-reach, reach)),
        dots(flat.real, flat.imag, "model", "flat direction", size=9, label="flat"),
        dots(steep.real, steep.imag, "force", "steep direction", size=9, label="steep"),
        x=axis("real part of z", -reach, reach),
        y=axis("imaginary part", -reach, reach),
        alt=f"Eigenvalues: flat {words[0]}, steep {words[1]}, largest modulus {run.rate:.4f}.",
        equal=True,
    )
