"""The density between two blobs, its mass over the training, the law of x₁, the exact map."""

import math
from typing import Literal

import numpy as np
import torch

from core.experiments.flows.bridge import (
    FLOWS,
    NAMES,
    SPREAD,
    Bridge,
    columns,
    exact_slope,
    gap_of_data,
    half_gap,
    moments,
    points_of,
)
from core.experiments.flows.bridge_claims import blobs_profile, road, share
from core.words import number
from pages.figures.marks import contours, dots, line, rule
from pages.figures.plot import Handle, Panel, Picture, axis, panel

WIDE, TALL = 4.4, 3.0  # half the sides of what is seen
ACROSS, UP = np.linspace(-WIDE, WIDE, 56), np.linspace(-TALL, TALL, 36)
LEVELS = np.array([1e-6, 1e-5, 1e-4, 1e-3, 3e-3, 0.01, 0.03, 0.06, 0.1, 0.15, 0.2])
LEAST = 5e-5  # of the masses that are drawn
LABELLED = ("8", "pair")  # beside the one that is shown; the others lie too near
SHOWN = 200
ALONG = torch.linspace(0, 1, 401, dtype=torch.float64)
Depth = Literal["1", "2", "4", "8", "pair"]


def figure(run: Bridge, *, a: float, steps: int, seed: int, depth: Depth = "2") -> Picture:
    """`depth` says which flow is seen; the newest of it, while it learns."""
    when = np.array(moments(steps))[: run.gaps.shape[1]]
    return Picture((
        _map(run, a, seed, depth, int(when[-1])),
        _gaps(run, a, depth, when, steps),
        _profile(run, a, depth),
        _exact(run, a, depth),
    ))  # fmt: skip


def named(depth: str) -> str:
    """A flow in words."""
    base, layers = FLOWS[depth]
    return f"{layers} layer{'s' * (layers > 1)} from {'two bells' if base == 'two' else 'one bell'}"


def _map(run: Bridge, a: float, seed: int, depth: str, step: int) -> Panel:
    flow, g = run.flow(depth), half_gap(a)
    x = torch.from_numpy(np.stack(np.meshgrid(ACROSS, UP), -1).reshape(-1, 2))
    p = flow.log_prob(x).clamp(-60, 5).exp().view(len(UP), len(ACROSS)).numpy()
    way = road(flow, a, ALONG).numpy()
    way = np.where(np.abs(way) <= [WIDE, TALL], way, np.nan)
    return panel(
        "map",
        f"{named(depth).capitalize()} after {step} step{'s' * (step != 1)}",
        contours(ACROSS, UP, p, LEVELS) | {"name": "p"},
        [rule("faint", "edge of the gap", x=at, span=(-TALL, TALL)) for at in (-g, g)],
        dots(*points_of(a, seed)[:SHOWN].numpy().T, "data", "data", 3),
        line(*way.T, "force", "a straight line of noise", dash="solid",
             label="a straight line of noise"),
        x=axis("x₁", -WIDE, WIDE),
        y=axis("x₂", -TALL, TALL),
        alt=f"{named(depth).capitalize()}: {share(run.gap(depth))} of its mass lies in the gap "
        f"between −{g:.3g} and {g:.3g}.",
        handles=(
            Handle(a, 0.0, ("a",), "distance of the blobs", ((1.0, 0.0),), frees="x", click=False),
        ),
        equal=True,
    )  # fmt: skip


def _gaps(run: Bridge, a: float, depth: str, when: np.ndarray, steps: int) -> Panel:
    traces, true = [], gap_of_data(a)
    for name, masses in zip(NAMES, run.gaps.clamp(min=LEAST / 10).numpy()):
        role = "second" if name == "pair" else "model"
        label = "two bells" if name == "pair" else f"{name} layer{'s' * (name != '1')}"
        label = label if name in (*LABELLED, depth) else ""
        wide = 3.2 if name == depth else 1.3
        traces.append(line(when, masses, role, named(name), label=label, width=wide))
    return panel(
        "gap",
        f"Mass in the gap: {share(run.gap(depth))}, the data {share(true)}",
        rule("theory", "the data", y=max(true, 1.15 * LEAST), span=(0, steps), label="the data"),
        traces,
        x=axis("step of the training", 0, steps),
        y=axis("mass in the gap", LEAST, 1.0, log=True, dtick=1),
        alt="Mass in the gap now: "
        + ", ".join(f"{named(name)} {share(run.gap(name))}" for name in NAMES)
        + f"; the data {share(true)}.",
    )


def _profile(run: Bridge, a: float, depth: str) -> Panel:
    x, low = columns(a)[0].numpy(), 1e-7
    own = run.profile[NAMES.index(depth)].clamp(min=low / 10).numpy()
    true = blobs_profile(a).clamp(min=low / 10).numpy()
    g = half_gap(a)
    return panel(
        "profile",
        "Density of x₁",
        [rule("faint", "edge of the gap", x=at, span=(low, 1.0)) for at in (-g, g)],
        line(x, true, "theory", "data", label="data"),
        line(x, own, "model", "flow", label="flow", width=2.5),
        x=axis("x₁", -5.5, 5.5),
        y=axis("density of x₁", low, 1.0, log=True, dtick=2),
        alt=f"The density of x₁ in the middle: flow {number(own[len(x) // 2], 2)}, data "
        f"{number(true[len(x) // 2], 2)}.",
    )


def _exact(run: Bridge, a: float, depth: str) -> Panel:
    """The rising maps of the line from N(0, 1) to the laws of x₁, as (Φ⁻¹(F(x)), x)."""
    x = np.linspace(-a - 1.2, a + 1.2, 161)
    upper = torch.from_numpy(np.abs(x))
    tail = sum(torch.special.erfc((upper - c) / (SPREAD * math.sqrt(2))) for c in (-a, a)) / 4
    z = np.sign(x) * -torch.special.ndtri(tail).numpy()
    at, weights = columns(a)
    held = run.profile[NAMES.index(depth)] * weights
    below = ((held.cumsum(0) - held / 2) / held.sum()).clamp(1e-4, 1 - 1e-4)
    slope = number(exact_slope(a), 2)
    return panel(
        "exact",
        f"On the line: the exact map has slope {slope} at 0",
        line(torch.special.ndtri(below), at, "model", "flow's x₁", label="flow's x₁"),
        line(z, x, "theory", "exact map", label="exact map"),
        x=axis("noise z, one number", -3.2, 3.2),
        y=axis("x₁", -WIDE, WIDE, dtick=2),
        alt=f"The exact map from one bell to the blobs has slope {slope} in the middle of the gap.",
    )
