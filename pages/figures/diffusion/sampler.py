"""The exact sampler: paths from noise to data, what comes out, its numbers, the noise of a step."""

import math
from functools import lru_cache

import numpy as np
import torch

from core.diffusion.pair import Pair
from core.experiments.diffusion.sampler import Sampler, measured, rule, schedule, target
from core.words import number, spaced
from pages.figures.marks import arrows, dots, line, note
from pages.figures.marks import rule as straight
from pages.figures.plot import Handle, Panel, Picture, axis, coarse, panel, rows

REACH = 4.5  # of the line that is drawn
DRAWN = 32  # steps of the thin paths
BINS = np.linspace(-REACH, REACH, 91)
POINTS = np.linspace(-REACH, REACH, 181)
NAMES = ("share right of 0", "mean there", "σ there")
ADDED = (
    ("beta", "third", "σ² = β", "β"),
    ("posterior", "good", "σ² = β̃", "β̃"),
    ("half", "second", "DDIM, η = ½", "η = ½"),
)
STEP = r"x_{t-1} = \tfrac{1}{\sqrt{\alpha_t}}\,x_t + q_t\,\varepsilon + \role{third}{\sigma_t z}"
NUMBERS = (
    r"@x+1@ = @p@\cdot(@x@) + (@q@)\cdot(@eps@) + \role{third}{(@fresh@)}"
    r"\qquad \role{force}{\hat x_0 = @x0@}"
)


def figure(
    run: Sampler, *, method: str, weight: float, mean: float, sigma: float, T: int, betas: str
) -> Picture:
    """Paths with the played one, histogram over the density, ratios, σₜ of the samplers."""
    pair = Pair(weight, mean, sigma)
    return Picture(
        (_paths(run, pair, T), _ends(run, pair), _numbers(run, pair), _added(method, T, betas)),
        frames=T + 1,
        track=_track(run, method, T, betas),
        formula=(STEP, NUMBERS),
    )


def _track(run: Sampler, method: str, T: int, betas: str) -> dict[str, np.ndarray]:
    """The played path, t = T, …, 0; what a step does is repeated at the end, where none is left."""
    plan, x = schedule(T, betas), run.x[:, 0]
    p, q, sigma = (part.flip(0)[:T] for part in rule(plan, method))
    level = plan.alpha_bar[1:].flip(0)
    eps = (x[:-1] - level.sqrt() * run.x0) / (1 - level).sqrt()
    fresh = torch.where(sigma > 0, x[1:] - p * x[:-1] - q * eps, 0.0)
    columns = {"x0": run.x0, "p": p, "q": q, "eps": eps, "fresh": fresh}
    ended = {name: np.append(part.numpy(), part[-1]) for name, part in columns.items()}
    ended["x0"][-1] = float(x[-1])
    return {"t": np.arange(T, -1, -1), "x": x.numpy(), **ended}


def _paths(run: Sampler, pair: Pair, T: int) -> Panel:
    at = np.unique(np.linspace(0, T, min(T, DRAWN) + 1).round().astype(int))
    gap = torch.full((1, run.x.shape[1]), torch.nan, dtype=torch.float64)
    many = torch.cat([run.x[torch.from_numpy(at)], gap]).T
    times = np.broadcast_to(np.append(T - at, np.nan), many.shape)
    x, t = run.x[:, 0].numpy(), np.arange(T, -1, -1)
    tails = np.stack([t, x], -1)
    tips = np.stack([0 * t, np.append(run.x0.numpy(), x[-1])], -1)
    ends = [straight("theory", "mode", y=m, span=(T, 0), width=1) for m in (-pair.mean, pair.mean)]
    return panel(
        "paths",
        f"{run.x.shape[1]} of {spaced(len(run.ends))} samples, from noise to data",
        line(times.ravel(), many.ravel(), "faint", "samples", width=0.7),
        ends,
        line(t, x, "model", "one sample", play=True),
        arrows(tails, tips, "force", "x̂₀", frames=True),
        x=axis("step t, from noise (left) to data (right)", T, 0, zeroline=False),
        y=axis("sample xₜ", -REACH, REACH),
        alt=f"Paths from noise at t = {T} to data at t = 0; the one played goes from {x[0]:.2f} to "
        f"{x[-1]:.2f}.",
    )


def _ends(run: Sampler, pair: Pair) -> Panel:
    counts = np.histogram(run.ends.numpy(), BINS)[0] / (len(run.ends) * (BINS[1] - BINS[0]))
    x, y = np.repeat(BINS, 2), np.concatenate([[0], np.repeat(counts, 2), [0]])
    high = 1.2 * coarse(0.4 / pair.std)
    root = pair.std * math.sqrt(2 * math.pi)
    found, wanted = measured(run.ends), target(pair)
    return panel(
        "ends",
        "What came out (grey), and the data (dashed)",
        line(x, y.clip(max=high), "data", "samples", width=1.6),
        line(POINTS, _density(pair), "theory", "density of the data", label="data"),
        x=axis("x₀", -REACH, REACH),
        y=axis("density", 0, high),
        alt=f"Share right of 0: {found.share:.3f} of the samples, {wanted.share:.3f} of the data.",
        handles=(
            Handle(
                pair.mean,
                pair.weight / root,
                ("mean", "weight"),
                "place and weight of the right mode",
                matrix=((1.0, 0.0), (0.0, root)),
            ),
            Handle(
                -pair.mean,
                (1 - pair.weight) / root,
                ("mean", "weight"),
                "place and weight of the left mode",
                matrix=((-1.0, 0.0), (0.0, -root)),
                offset=(0.0, 1.0),
                click=False,
            ),
        ),
    )


@lru_cache(maxsize=64)
def _density(pair: Pair) -> np.ndarray:
    return pair.mixture.density(torch.from_numpy(POINTS)).numpy()


def _numbers(run: Sampler, pair: Pair) -> Panel:
    found, wanted, traces, told = measured(run.ends), target(pair), [], []
    for i, (name, got, exact) in enumerate(zip(NAMES, found, wanted, strict=True)):
        told.append(f"{name} {number(got)}, data {number(exact)}" if got == got else f"no {name}")
        text = f"{number(got)} (data: {number(exact)})" if got == got else "nothing there"
        ratio = min(got / exact, 2.0) if got == got else 0.0
        traces += [dots([ratio], [i], "model", name, 10), note(ratio, i - 0.28, text, "model")]
    return panel(
        "numbers",
        "Samples over data: 1 is right",
        straight("theory", "right", x=1, span=(-0.6, 2.4)),
        traces,
        x=axis("of the samples, over that of the data", -0.05, 2.05),
        y=rows(NAMES, "right of 0"),
        margin={"l": 104, "r": 8, "t": 6, "b": 40},
        alt="; ".join(told) + ".",
    )


def _added(method: str, T: int, betas: str) -> Panel:
    plan, t = schedule(T, betas), np.arange(T, 0, -1)
    at = np.unique(np.linspace(0, T - 1, min(T, 128)).round().astype(int))
    none = method in ("none", "ddim")
    bold, thin = {"width": 3.2}, {"width": 1.4}
    traces = [
        line(
            t[at], _sigma(plan, each)[at], *look, **(bold if each == method else thin), label=short
        )
        for each, *look, short in ADDED
    ]
    chosen = {each: text for each, _, text, _ in ADDED}.get(method, "none")
    return panel(
        "added",
        f"Fresh noise σₜ of each step; here: {chosen}",
        traces,
        straight(
            "force" if none else "faint", "none", y=0, span=(T, 0), **(bold if none else thin)
        ),
        x=axis("step t", T, 0, zeroline=False),
        y=axis("σₜ", -0.05, 1.05),
        alt=f"σₜ against t for β, β̃ and η = ½; this sampler: {chosen}.",
    )


def _sigma(plan, method: str) -> np.ndarray:
    return rule(plan, method).sigma[1:].flip(0).numpy()
