"""What the solvers claim: their steps, their orders, the exact map, and what fresh noise does."""

import math

import torch
from torch import Tensor

from core.check import Check, at_least, at_most, same
from core.diffusion import exact_eps
from core.experiments.diffusion.solvers import (
    COUNTS,
    LEFT,
    Solvers,
    angles,
    convergence,
    data,
    error,
    even,
    mean_error,
    noises,
    order,
    there_and_back,
)
from core.words import number


def checks(
    run: Solvers, *, start: float, steps: int, eta: float, variance: str, sigma: float, seed: int
) -> list[Check]:
    """Orders, both steps, the exact flow, order of the points, fresh noise, the common start."""
    euler, heun = (convergence(method, sigma) for method in ("euler", "heun"))
    off = max(abs(order(euler) - 1), abs(order(heun) - 2))
    turned, mended = _steps(run, steps, sigma)
    pair, level = data(sigma), angles(len(run.flow) - 1).cos().square().flip(0)
    kept = pair.cdf(run.flow, level) - pair.cdf(torch.tensor(start, dtype=torch.float64), LEFT)
    back = [there_and_back(sigma, count) for count in COUNTS[-2:]]
    known = {0.0: run.euler[:, 0], 1.0: run.ddpm}.get(eta, run.ddim)
    needs = (eta == 0 or (eta == 1 and variance == "posterior"), "η is between 0 and 1")
    if eta == 1:
        needs = (needs[0], "σ² of DDPM is not β̃")
    paths = (run.euler[0, 0], run.heun[0, 0], run.ddim[0], run.ddpm[0], run.flow[0])
    many = torch.cat([torch.tensor([start], dtype=torch.float64), noises()])
    starts = torch.cat([torch.stack(paths), run.euler[0], run.heun[0]])
    return [
        at_most(
            "",
            "from 64 to 256 steps the error of Euler falls like 1/S, of Heun like 1/S²: distance "
            "of the fitted orders to 1 and 2, the larger",
            off,
            0.15,
        ),
        same(
            "DDPM-08",
            "a step of Euler is x′ = √ᾱ′ x̂₀ + √(1 − ᾱ′) ε, that of DDIM without fresh noise: "
            "largest distance",
            run.euler[1:],
            turned,
        ),
        at_least(
            "DDPM-08",
            "without fresh noise who starts further right ends further right: smallest gap of "
            "Euler's ends, in order",
            run.euler[-1, 1:].diff().min(),
            0.0,
        ),
        same(
            "",
            "the exact flow keeps the share of points to its left: largest change on the way",
            kept,
            torch.zeros_like(kept),
        ),
        same(
            "",
            "a step of Heun takes the mean of the velocities at both its ends, but for the last: "
            "largest distance",
            run.heun[1:],
            mended,
        ),
        same(
            "DDPM-08",
            "DDIM with η = 0 is Euler, with η = 1 it is DDPM with β̃ and the same noise: largest "
            "distance",
            run.ddim,
            known,
            needs=(needs,),
        ),
        at_most(
            "DDPM-08",
            "noise made of data by DDIM and turned back comes closer with more steps: mean "
            "distance to the data with 256 steps, at most 0.7 times that with 128",
            back[1],
            0.7 * back[0],
        ),
        same(
            "DDPM-04",
            "all start from one noise: largest distance",
            starts,
            torch.cat([many[:1].expand(5), many, many]),
        ),
    ]


def _steps(run: Solvers, steps: int, sigma: float) -> tuple[Tensor, Tensor]:
    """The states after a step of Euler and of Heun from each of their own, shapes (S, 65)."""
    plan, mixture = even(steps), data(sigma).mixture
    t = torch.arange(steps, 0, -1)
    level, after = plan.alpha_bar[t, None], plan.alpha_bar[t - 1, None]

    def seen(x: Tensor, t: Tensor, level: Tensor) -> tuple[Tensor, Tensor]:
        eps = exact_eps(mixture, x, t, plan.alpha_bar)
        return eps, (x - (1 - level).sqrt() * eps) / level.sqrt()

    def stepped(x: Tensor) -> Tensor:
        eps, x0 = seen(x, t, level)
        return after.sqrt() * x0 + (1 - after).sqrt() * eps

    x, delta = run.heun[:-1], float(angles(steps)[1])
    (eps, x0), guess = seen(x, t, level), stepped(run.heun[:-1])
    last, (there, data0) = guess[-1:], seen(guess, t - 1, after)
    v = level.sqrt() * eps - (1 - level).sqrt() * x0
    ahead = after.sqrt() * there - (1 - after).sqrt() * data0
    # the angle falls by δ: the velocity turned along is v cos δ + x sin δ
    mean = guess - delta / 2 * (ahead - math.cos(delta) * v - math.sin(delta) * x)
    return stepped(run.euler[:-1]), torch.cat([mean[:-1], last])


def says(run: Solvers, *, start: float, steps: int, eta: float, variance: str, sigma: float) -> str:
    """Where all end from this noise, and how far off they are on average."""
    exact, euler, heun = float(run.flow[-1]), float(run.euler[-1, 0]), float(run.heun[-1, 0])
    told = f"From {number(start)} the exact flow ends at {number(exact)}: Euler at {number(euler)}"
    told += f"{_wrong(euler, exact)}, Heun at {number(heun)}{_wrong(heun, exact)}; "
    dice = f"DDIM at {number(float(run.ddim[-1]))} and DDPM at {number(float(run.ddpm[-1]))}"
    told += (
        f"{dice}, where their fresh noise sends them. "
        if eta
        else (f"{dice}, the first like Euler, the second where its fresh noise sends it. ")
    )
    off = [number(error(part[-1, 1:], sigma)) for part in (run.euler, run.heun)]
    calls = f"{steps} call{'s' * (steps > 1)}"
    if steps == 1:
        return f"{told}Over 64 starts both are off by {off[0]} on average, in {calls} of the model."
    return (
        f"{told}Over 64 starts Euler is off by {off[0]} on average in {calls} of the model, Heun "
        f"by {off[1]} in {2 * steps - 1}."
    )


def _wrong(end: float, exact: float) -> str:
    return " (the other mode)" if end * exact < 0 else ""


def _dice(run: Solvers, *, sigma: float, eta: float, seed: int) -> tuple[float, dict[str, float]]:
    """How many times nearer the end of DDIM comes when 8 steps become 256."""
    few, many = (float(convergence("ddim", sigma, eta, seed)[i]) for i in (2, -1))
    return few / many, {"few": few, "many": many}


def _calls(run: Solvers, *, steps: int, sigma: float) -> tuple[str, dict[str, object]]:
    """Who is nearer with as many calls: Heun with S steps, Euler with 2S − 1."""
    euler, heun = mean_error("euler", 2 * steps - 1, sigma), mean_error("heun", steps, sigma)
    return "heun" if heun < euler else "euler", {"euler": euler, "heun": heun}


answers = {
    "dice": _dice,
    "calls": _calls,
    "back": lambda run, *, sigma, steps: (
        there_and_back(sigma, steps),
        {"off": there_and_back(sigma, steps), "more": there_and_back(sigma, 10 * steps)},
    ),
}
