"""The atoms with their intervals and the worst law, the worst case over p, how far mass goes."""

from typing import Annotated

import numpy as np
import torch

from core.experiments.dro.unify import HIGH, LOW, P, Unify, loss
from core.experiments.dro.unify_claims import NAMES
from core.signature import between
from core.words import number, tex
from pages.figures.marks import arrows, dots, line, rule, segments
from pages.figures.plot import Handle, Panel, Picture, axis, coarse, panel

Z = np.linspace(LOW, HIGH, 301)
TALL = {"wave": (-3.0, 3.4), "fixed": (-1.2, 3.6), "free": (-1.2, 3.6)}
RANKS = np.arange(len(P))
POWERS = {"tickvals": list(range(len(P))), "ticktext": list(NAMES)}
EQUAL = 1e-9  # a part with less mass is none


def figure(run: Unify, *, g: str, rho: float, k: Annotated[int, between(0, 5)] = 0) -> Picture:
    """Three panels; the player goes through p."""
    now, limit = tex(float(run.values[k])), tex(run.adversarial)
    limit += r",\ \text{labels kept}" if g == "free" else ""
    tops = r"\tfrac1n\textstyle\sum_i\max_{|z - z_i|\le\rho} g"
    return Picture(
        (_places(run, g, rho, k), _values(run, g, k), _ways(run, rho, k)),
        frames=len(P),
        drive="k",
        track={"1/p": 1 / np.array(P)},
        formula=(
            rf"\role{{wrong}}{{\sup_{{W_{{{tex(P[k])}}}\le\rho}}\mathbb E_Q[g] = {now}}}",
            rf"\role{{good}}{{{tops} = {limit}}}",
        ),
    )


def _curves(g: str) -> list[dict]:
    if g != "fixed":
        height = loss(g)(torch.from_numpy(Z)).numpy()
        name = "g" if g == "wave" else "loss, worse label"
        return [line(Z, height, "ink", name, label=name, width=2)]
    minus, plus, _ = loss(g)(torch.from_numpy(np.tile(Z, (3, 1)))).numpy()
    return [
        line(Z, plus, "model", "loss, y = 1", label="loss, y = 1", width=2),
        line(Z, minus, "third", "loss, y = −1", label="loss, y = −1", width=2),
    ]


def _places(run: Unify, g: str, rho: float, k: int) -> Panel:
    low, high = TALL[g]
    atoms, tops = run.atoms.numpy(), run.tops.numpy()
    f, kept = loss(g), loss("fixed" if g == "free" else g)
    base = f(run.atoms[:, None]).numpy()[:, 0]
    best = kept(run.tops[:, None]).numpy()[:, 0]
    seen = run.masses[k].numpy() > EQUAL
    ends, masses, owner = (each[k].numpy()[seen] for each in (run.points, run.masses, run.owner))
    at = f(torch.from_numpy(np.tile(ends, (3, 1)))).numpy()[owner, np.arange(len(ends))]
    rows = low + (high - low) * np.array([0.05, 0.1, 0.15])
    left, right = np.stack([atoms - rho, rows], 1), np.stack([atoms + rho, rows], 1)
    signs = ["−", "+", "+"] if g != "wave" else [""] * 3
    moved = np.abs(ends - atoms[owner]) > 0.15
    tails, tips = np.stack([atoms, base], 1)[owner], np.stack([ends, at], 1)
    highest = "highest within ρ" + ", labels kept" * (g == "free")
    value = number(float(run.values[k]), 5)
    listed = ", ".join(f"{z:.3g}" for z in ends + 0.0)
    return panel(
        "places",
        f"p = {NAMES[k]}: the worst law has the mean {value}, the atoms {number(run.home, 4)}",
        _curves(g),
        segments(left, right, "theory", "within ρ", width=3, dash="solid"),
        segments(np.stack([atoms, rows], 1), np.stack([atoms, base], 1), "faint", "atoms"),
        bool(moved.any()) and arrows(tails[moved], tips[moved], "wrong", "moved"),
        [dots([x], [y], "wrong", f"mass {m:.2g}", 6 + 22 * m**0.5)
         for x, y, m in zip(ends, at, masses)],
        dots(tops, best, "good", highest, 7, label=highest),
        [dots([x], [y], "data", "atom", 7, label=sign) for x, y, sign in zip(atoms, base, signs)],
        x=axis("place z" if g == "wave" else "place x", LOW, HIGH, dtick=1),
        y=axis("g(z)" if g == "wave" else "loss", low, high),
        alt=f"At p = {NAMES[k]} the worst law has its mass at {listed}; its mean is {value}.",
        handles=(
            *(Handle(float(z), float(np.clip(y, low, high)), (f"z{i + 1}",), f"atom z{i + 1}",
                     ((1.0, 0.0),), frees="x", click=False)
              for i, (z, y) in enumerate(zip(atoms, base))),
            Handle(float(atoms[2] + rho), float(rows[2]), ("rho",), "radius ρ", ((1.0, 0.0),),
                   (-float(atoms[2]),), frees="x", role="theory", click=False),
        ),
    )  # fmt: skip


def _values(run: Unify, g: str, k: int) -> Panel:
    values = run.values.numpy()
    everything = np.append(values, run.adversarial)
    step = coarse((float(np.ptp(everything)) or 0.1) / 4)
    low = step * np.floor(everything.min() / step - 0.3)
    high = step * np.ceil(everything.max() / step + 0.3)
    span, name = (-0.4, 5.4), "mean of local maxima" + ", labels kept" * (g == "free")
    return panel(
        "values",
        "The worst case within ρ, by p",
        rule("good", name, y=run.adversarial, span=span, label=name),
        line(RANKS, values, "wrong", "worst case", width=1.4),
        dots(RANKS, values, "wrong", "worst case", 7),
        dots([k], [values[k]], "wrong", "now", 13),
        x=axis("power p of the cost", *span, **POWERS),
        y=axis("mean of g", low, high),
        alt="Worst cases: " + ", ".join(f"{v:.5g} at p = {n}" for n, v in zip(NAMES, values))
        + f"; mean of local maxima {run.adversarial:.5g}.",
    )  # fmt: skip


def _ways(run: Unify, rho: float, k: int) -> Panel:
    way, masses = run.way.numpy(), run.masses.numpy()
    rank = np.broadcast_to(RANKS[:, None], way.shape)
    whole, part = masses > 1 / 3 - EQUAL, (masses > EQUAL) & (masses <= 1 / 3 - EQUAL)
    now = masses[k] > EQUAL
    far = float((way * (masses > EQUAL)).max())
    return panel(
        "ways",
        "How far mass goes",
        rule("good", "ρ", y=rho, span=(-0.4, 5.4), label="ρ"),
        dots(rank[part], way[part], "wrong", "a part of an atom", 5),
        dots(rank[whole], way[whole], "wrong", "an atom", 8),
        dots(np.full(now.sum(), k), way[k][now], "wrong", "now", 12),
        x=axis("power p of the cost", -0.4, 5.4, **POWERS),
        y=axis("distance from its atom", -0.05 * max(1.0, coarse(far)), max(1.0, coarse(far))),
        alt=f"With radius {rho:.3g} some mass goes {way[k][now].max():.3g} at p = {NAMES[k]}.",
    )
