"""Four ways from one noise: their paths, the map from noise to data, errors, there and back."""

import math
from functools import lru_cache

import numpy as np
import torch

from core.experiments.diffusion.solvers import (
    COUNTS,
    LEFT,
    MEAN,
    Solvers,
    angles,
    convergence,
    data,
    error,
    even,
    noises,
    order,
    there_and_back,
)
from core.words import number
from pages.figures.marks import dots, line, rule
from pages.figures.plot import Handle, Panel, Picture, axis, panel

REACH = 3.3  # of the line that is drawn
STARTS = np.linspace(-3, 3, 121)
ROLES = {"Euler": "model", "Heun": "third", "DDIM": "second", "DDPM": "fourth"}
STEP = r"x_{k+1} = \cos\delta\; x_k + \sin\delta\; v_k\quad\text{(Euler)}"


def figure(
    run: Solvers, *, start: float, steps: int, eta: float, variance: str, sigma: float, seed: int
) -> Picture:
    """Paths, the map, errors against calls of the model, error of there and back."""
    plan, x = even(steps), run.euler[:, 0]
    level = plan.alpha_bar.flip(0)
    x0 = data(sigma).x0(x, level)
    noise = (1 - level).sqrt()
    eps = (x - level.sqrt() * x0) / noise.clamp(min=1e-12)
    delta = float(angles(steps)[1])
    c, s = math.cos(delta), math.sin(delta)
    return Picture(
        (
            _paths(run, start, steps, eta),
            _map(run, start, steps, sigma),
            _errors(run, steps, variance, sigma, seed),
            _back(steps, sigma),
        ),
        frames=steps + 1,
        track={
            "φ": np.degrees(angles(steps).flip(0).numpy()),
            **{name: _path(run, name).numpy() for name in ROLES},
            "v": -(level.sqrt() * eps - noise * x0).numpy(),
        },
        formula=(STEP, rf"@Euler+1@ = {c:.4f}\cdot(@Euler@) + {s:.4f}\cdot(@v@)"),
    )


def _path(run: Solvers, name: str) -> torch.Tensor:
    return {"Euler": run.euler[:, 0], "Heun": run.heun[:, 0], "DDIM": run.ddim, "DDPM": run.ddpm}[
        name
    ]


def _paths(run: Solvers, start: float, steps: int, eta: float) -> Panel:
    fine, phi = (np.degrees(angles(n).flip(0).numpy()) for n in (len(run.flow) - 1, steps))
    names = {**{name: name for name in ROLES}, "DDIM": f"DDIM, η = {eta:.2g}"}
    ends = ", ".join(f"{name} at {float(_path(run, name)[-1]):.2f}" for name in ROLES)
    return panel(
        "paths",
        "From one noise to data: exact flow (dashed) and four methods",
        [rule("faint", "mode", y=m, span=(92, -2), width=1) for m in (-MEAN, MEAN)],
        [
            line(phi, _path(run, name), role, names[name], label=name, play=True)
            for name, role in reversed(ROLES.items())
        ],
        line(fine, run.flow, "theory", "exact flow"),
        x=axis("angle φ in degrees, cos φ = √ᾱ: noise at 90, data at 0", 93, -9, zeroline=False),
        y=axis("x", -REACH, REACH),
        alt=f"From x = {start:.2f} the exact flow ends at {float(run.flow[-1]):.2f}, {ends}.",
        handles=(
            Handle(
                float(fine[0]), start, ("start",), "starting noise", matrix=((0.0, 1.0),), frees="y"
            ),
        ),
    )


@lru_cache(maxsize=64)
def _exact(sigma: float) -> np.ndarray:
    pair, x = data(sigma), torch.from_numpy(STARTS)
    return pair.quantile(pair.cdf(x, LEFT)).numpy()


def _map(run: Solvers, start: float, steps: int, sigma: float) -> Panel:
    x, exact = noises(), float(run.flow[-1])
    lone = [
        dots([start], [float(_path(run, name)[-1])], ROLES[name], name, 8, label=name)
        for name in ("DDIM", "DDPM")
    ]
    off = error(run.heun[-1, 1:], sigma)
    return panel(
        "map",
        "Noise to data: exact (dashed), Euler, Heun",
        line(x, run.euler[-1, 1:], ROLES["Euler"], "Euler"),
        line(x, run.heun[-1, 1:], ROLES["Heun"], "Heun"),
        line(STARTS, _exact(sigma), "theory", "exact map"),
        lone,
        x=axis("starting noise x at 90°", -REACH, REACH),
        y=axis("data x₀", -REACH, REACH),
        alt=f"x = {start:.2f} goes to {exact:.2f}; Heun is off by {number(off)} on average.",
        handles=(
            Handle(start, exact, ("start",), "starting noise", matrix=((1.0, 0.0),), frees="x"),
        ),
    )


def _errors(run: Solvers, steps: int, variance: str, sigma: float, seed: int) -> Panel:
    S = np.array(COUNTS, dtype=float)
    euler, heun = (convergence(method, sigma).numpy() for method in ("euler", "heun"))
    noisy = convergence(variance, sigma, 0.0, seed).numpy()
    rates = order(torch.from_numpy(euler)), order(torch.from_numpy(heun))
    now = [
        dots([calls], [max(error(part[-1, 1:], sigma), 1e-6)], ROLES[name], f"{name} now", 9)
        for name, part, calls in (("Euler", run.euler, steps), ("Heun", run.heun, 2 * steps - 1))
    ]
    far, near = S[-1], 2 * S[-1] - 1
    return panel(
        "errors",
        f"Fitted orders: Euler {rates[0]:.2f}, Heun {rates[1]:.2f} (dots: now)",
        line([8, far], [euler[-1] * far / 8, euler[-1]], "theory", "1/S", label="1/S", width=1.2),
        line(
            [15, near],
            [heun[-1] * (near / 15) ** 2, heun[-1]],
            "theory",
            "1/S²",
            label="1/S²",
            width=1.2,
        ),
        line(S, noisy, ROLES["DDPM"], "DDPM", label="DDPM"),
        line(S, euler, ROLES["Euler"], "Euler", label="Euler"),
        line(2 * S - 1, heun, ROLES["Heun"], "Heun", label="Heun"),
        now,
        x=axis("calls of the model", 1, 1000, log=True, dtick=1),
        y=axis("mean distance", 1e-5, 10, log=True, dtick=1),
        alt=f"With 256 steps Euler is off by {number(euler[-1])}, Heun by {number(heun[-1])}, DDPM "
        f"by {number(noisy[-1])}.",
    )


def _back(steps: int, sigma: float) -> Panel:
    S, now = np.array(COUNTS, dtype=float), there_and_back(sigma, steps)
    found = np.array([there_and_back(sigma, count) for count in COUNTS])
    return panel(
        "back",
        f"Data to noise and back by DDIM: off by {number(now)}",
        line(
            [8, S[-1]], [found[-1] * S[-1] / 8, found[-1]], "theory", "1/S", label="1/S", width=1.2
        ),
        line(S, found, "model", "there and back"),
        dots([steps], [now], "model", "now", 9),
        x=axis("steps S each way", 1, 1000, log=True, dtick=1),
        y=axis("mean distance", 1e-3, 10, log=True, dtick=1),
        alt=f"In {steps} steps each way off by {number(now)}, in 256 by {number(found[-1])}.",
    )
