"""The ball with memory: path, map of rates, decay, momentum eigenvalues."""

import math
from functools import lru_cache

import numpy as np

from core.experiments.landscapes.ball import Ball
from pages.figures.marks import contours, dots, line
from pages.figures.plot import Handle, Panel, Picture, axis, coarse

REACH = 1.6  # half-width of the window along the flat direction
RATES = np.array([0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999, 1.02, 1.2, 1.6])
BOTTOM, TOP = 1e-12, 1e4  # window of f/f₀
CIRCLE = np.exp(2j * np.pi * np.linspace(0, 1, 129))
GRAD = r"\nabla f"


def figure(
    result: Ball, *, method: str, kappa: float, lr_L: float, beta: float, steps: int, **_: object
) -> Picture:
    """Path on the bowl, cursor on the map of rates, f and energy, eigenvalues on the unit disc."""
    frames = len(result.x) if result.diverged_at < 0 else result.diverged_at + 1
    x, memory, push = (v.numpy() for v in (result.x, result.memory, result.push))
    return Picture(
        panels=(
            _path(result, x[:frames], kappa),
            _map(result, lr_L, beta),
            _decay(result, steps),
            _disc(result),
        ),
        frames=frames,
        track={
            "k": np.arange(frames),
            **{f"x{i + 1}": x[:frames, i] for i in (0, 1)},
            **{f"memory{i + 1}": memory[:frames, i] for i in (0, 1)},
            **{f"push{i + 1}": push[:frames, i] for i in (0, 1)},
            "f": result.f.numpy()[:frames],
        },
        formula=_formula(method),
    )


def _formula(method: str) -> tuple[str, ...]:
    keep = r"\role{second}{\beta(x_k - x_{k-1})}"
    force = {
        "momentum": rf"\role{{force}}{{\eta{GRAD}(x_k)}}",
        "nesterov": rf"\role{{force}}{{\eta{GRAD}(x_k + \beta(x_k - x_{{k-1}}))}}",
        "momentum_ema": rf"\role{{force}}{{\eta(1-\beta){GRAD}(x_k)}}",
    }[method]
    return (
        rf"x_{{k+1}} = x_k + {keep} - {force}",
        *(
            rf"@x{i}+1@ = @x{i}@ + \role{{second}}{{(@memory{i}@)}} + \role{{force}}{{(@push{i}@)}}"
            for i in (1, 2)
        ),
    )


def _path(result: Ball, x: np.ndarray, kappa: float) -> Panel:
    height = coarse(REACH / math.sqrt(kappa))
    root = math.sqrt(kappa)
    return Panel(
        "path",
        "The ball on the bowl ½(x₁² + κx₂²)",
        (
            _bowl(kappa, height),
            line(x[:, 0], x[:, 1], "model", "path", play=True, pin=True),
            dots([0.0], [0.0], "good", "minimum"),
        ),
        {
            "xaxis": axis("x₁ (flat direction, λ = μ = 1)", -REACH, REACH),
            "yaxis": axis(f"x₂ (steep direction, λ = L = {kappa:.4g})", -height, height),
        },
        f"Contours of the bowl with κ = {kappa:.4g} and a path of {len(x) - 1} steps from "
        f"({x[0, 0]:.3g}, {x[0, 1]:.3g}) to ({x[-1, 0]:.3g}, {x[-1, 1]:.3g}).",
        handles=(
            Handle(
                x[0, 0],
                x[0, 1],
                ("x0", "y0"),
                "start",
                matrix=((1.0, 0.0), (0.0, root)),
                also={"start": "free"},
            ),
        ),
    )


@lru_cache(maxsize=32)
def _bowl(kappa: float, height: float) -> dict:
    x, y = np.linspace(-REACH, REACH, 65), np.linspace(-height, height, 65)
    z = 0.5 * (x**2 + kappa * y[:, None] ** 2)
    return contours(x, y, z, np.array([0.003, 0.03, 0.1, 0.3, 0.6, 1.0, 1.6, 2.4, 3.6]))


def _map(result: Ball, lr_L: float, beta: float) -> Panel:
    field, lowest = result.map, result.map.best
    inside = field.border <= 4.0
    return Panel(
        "map",
        "Rate per step for every (ηL, β)",
        (
            contours(field.lr_L, field.beta, field.rate, RATES),
            line(field.border[inside], field.beta[inside], "theory", "border", label="rate 1"),
            dots(lowest[:1], lowest[1:2], "good", "lowest rate", size=10, label="lowest"),
        ),
        {
            "xaxis": axis("ηL, step size times L", 0.0, 4.0),
            "yaxis": axis("memory β", 0.0, 1.0),
        },
        f"Map of the contraction rate. At ηL = {lr_L:.3g}, β = {beta:.3g} it is {result.rate:.4f}; "
        f"the lowest rate {lowest[2]:.4f} is at ηL = {lowest[0]:.3g}, β = {lowest[1]:.3g}; "
        f"for this β the border of stability is ηL = {result.edge:.3g}.",
        handles=(Handle(lr_L, beta, ("lr_L", "beta"), "step size and memory"),),
    )


def _decay(result: Ball, steps: int) -> Panel:
    k = np.arange(len(result.f))
    start = max(float(result.f[0]), 1e-300)
    end = len(k) if result.diverged_at < 0 else result.diverged_at + 1
    f, energy, plain = (
        np.clip(v.numpy() / start, 1e-30, 1e30) for v in (result.f, result.energy, result.plain)
    )
    rate = np.exp(np.clip(2 * k * math.log(max(result.rate, 1e-30)), -69, 69))
    measured = "not measurable" if result.measured is None else f"{result.measured:.4f}"
    return Panel(
        "decay",
        f"Rate per step: predicted {result.rate:.4f}, measured {measured}",
        (
            line(k, plain, "faint", "without memory", label="β = 0"),
            line(k, rate, "theory", "predicted rate", label="ρ²ᵏ"),
            line(k[:end], energy[:end], "third", "energy", label="energy"),
            line(k[:end], f[:end], "model", "f", label="f", play=True, pin=True),
        ),
        {
            "xaxis": axis("step k", 0, coarse(steps)),
            "yaxis": axis("f(xₖ)/f(x₀)", BOTTOM, TOP, log=True),
        },
        f"f and energy against the step on a logarithmic scale; predicted rate {result.rate:.4f} "
        f"per step, measured {measured}.",
    )


def _disc(result: Ball) -> Panel:
    roots = result.eigenvalues.numpy()
    reach = 1.3 if np.abs(roots).max() <= 1.3 else 3.3
    flat, steep = roots
    words = ["a pair that overshoots" if r.imag.any() else "real, no overshoot" for r in roots]
    return Panel(
        "disc",
        "Momentum eigenvalues; a pair off the axis overshoots",
        (
            line([-reach, reach], [0, 0], "faint", "real axis"),
            line(CIRCLE.real, CIRCLE.imag, "ink", "unit circle"),
            line(result.rate * CIRCLE.real, result.rate * CIRCLE.imag, "theory", "rate", label="ρ"),
            dots(flat.real, flat.imag, "model", "flat direction", size=9, label="flat"),
            dots(steep.real, steep.imag, "force", "steep direction", size=9, label="steep"),
        ),
        {
            "xaxis": axis("Re z", -reach, reach),
            "yaxis": axis("Im z", -reach, reach),
        },
        f"Momentum eigenvalues: flat direction {words[0]} of modulus {np.abs(flat).max():.4f}, "
        f"steep direction {words[1]} of modulus {np.abs(steep).max():.4f}.",
        equal=True,
    )
