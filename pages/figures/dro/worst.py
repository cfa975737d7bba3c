"""The worst law under g, the curves that touch g, the dual over its price, the value over ε."""

from typing import Annotated

import numpy as np
import torch

from core.experiments.dro.worst import FAR, HIGH, LOW, Worst, dual, function, ladder
from core.signature import between
from core.words import number, tex
from pages.figures.marks import arrows, dots, line, note, rule, segments
from pages.figures.plot import Handle, Panel, Picture, axis, coarse, panel

Z = np.sort(np.append(np.linspace(LOW, HIGH, 241), 2 - 1e-6))  # steep where the step is
WIDE = np.linspace(-20, 22, 421)  # where the dual looks for more
TALL = {"step": (-0.4, 1.6), "concave": (-5.0, 2.0), "linear": (-1.5, 3.0), "sine": (-2.0, 3.5)}
SHARES = np.linspace(0, 1, 61)  # of the axis of λ
MOST = 1e9  # of what is drawn
PLACE = axis("place z", LOW, HIGH, dtick=1)


def figure(
    run: Worst,
    *,
    g: str,
    formula: str,
    p: float,
    eps: float,
    split: bool,
    shift: Annotated[float, between(-1, 1)] = 0.0,
) -> Picture:
    """Four panels; `shift` moves λ away from the best one, by a share of its axis."""
    f = function(g, formula)
    height = _heights(f, Z)
    tall = TALL.get(g) or _frame(height)
    law, radius = _law(run, f, height, tall), _radius(run, g, formula, p, eps, split)
    if run.endless:
        return Picture((law, radius), formula=(r"\role{wrong}{\sup_Q\mathbb E_Q[g]} = \infty",))
    priced = 1e-6 < run.lam < 1e12
    top = coarse(1.6 * run.lam if priced else (tall[1] - tall[0]) / 2**p)
    lam = float(np.clip(min(run.lam, top) + shift * top, 0.0, top))
    lifts = dual(f, run.atoms, p, np.append(top * SHARES, lam), WIDE, run.points)
    bound = np.append(top * SHARES, lam) * eps**p + lifts.mean(1)
    touch = _touch(run, f, height, tall, p, lam, lifts[-1])
    lift, now = float(lifts[-1].mean()), float(bound[-1])
    numbers = (
        rf"\role{{wrong}}{{\mathbb E_Q[g] = {tex(run.value)}}}\ \le\ D(\lambda) = "
        rf"\lambda\varepsilon^{{{tex(p, 3)}}} + \tfrac1n\textstyle\sum_i\varphi_i = "
        rf"{tex(lam)}\cdot {tex(eps**p)} + {tex(lift)} = \role{{good}}{{{tex(now)}}}"
    )
    return Picture((law, touch, _dual(run, bound, top, lam), radius), formula=(numbers,))


def _heights(f, places: np.ndarray) -> np.ndarray:
    """g for drawing: a gap where it is no number."""
    found = f(torch.from_numpy(places)).double().numpy()
    return np.where(np.isfinite(found), found.clip(-MOST, MOST), np.nan)


def _frame(values: np.ndarray) -> tuple[float, float]:
    """An axis around all values, with room; it rarely moves."""
    seen = values[np.isfinite(values)]
    low, high = (float(seen.min()), float(seen.max())) if len(seen) else (0.0, 1.0)
    step = coarse((high - low) / 6) or 1.0
    return step * np.floor(low / step - 0.2), step * np.ceil(high / step + 0.2)


def _listed(values) -> str:
    return ", ".join(f"{v:.3g}" for v in np.asarray(values) + 0.0)


def _law(run: Worst, f, height: np.ndarray, tall: tuple[float, float]) -> Panel:
    atoms, ends, masses = (each.numpy() for each in (run.atoms, run.points, run.masses))
    base, at = _heights(f, atoms).clip(*tall), _heights(f, ends).clip(*tall)
    tails = np.stack([atoms, base], 1)[run.owner.numpy()]
    tips = np.stack([ends.clip(LOW, HIGH), at], 1)
    moved = run.way.numpy() > 0.02 * (HIGH - LOW)
    beyond = ends[(ends > HIGH) | (ends < LOW)]
    value = number(run.value, zero=1e-9) + (" at worst" if run.endless else " by the law shown")
    part = abs(masses * len(atoms) - 1) > 1e-9
    return panel(
        "law",
        f"Mean of g: {number(run.home, zero=1e-9)} at the atoms, {value}",
        line(Z, height, "ink", "g", label="g", width=2),
        rule("theory", "mean over the atoms", y=run.home, span=(LOW, HIGH), label="atoms"),
        not run.endless and abs(run.value - run.home) > 1e-9 and rule(
            "wrong", "mean by the law shown", y=run.value, span=(LOW, HIGH), label="law shown"),
        bool(moved.any()) and arrows(tails[moved], tips[moved], "wrong", "moved"),
        not run.endless and [
            dots([x], [y], "wrong", f"mass {m:.3g}", 7 + 22 * m**0.5, label=number(m, 2) * int(cut))
            for (x, y), m, cut in zip(tips, masses, part)
        ],
        dots(atoms, base, "data", "atoms", 7),
        len(beyond) > 0 and note(HIGH - 2.2, tall[0] + 0.08 * (tall[1] - tall[0]),
                                 f"a part goes to {number(beyond[0])}", "wrong"),
        x=PLACE,
        y=axis("g(z)", *tall),
        alt=f"{len(atoms)} atoms at {_listed(atoms)}; the law shown has the points "
        f"{_listed(ends)} with masses {_listed(masses)} and the mean {number(run.value, 4)}.",
        handles=tuple(
            Handle(float(z), float(y), (f"z{i + 1}",), f"atom z{i + 1}", ((1.0, 0.0),),
                   frees="x", click=i == 0)
            for i, (z, y) in enumerate(tails[[run.owner.tolist().index(k) for k in
                                              range(len(atoms))]])
        ),
    )  # fmt: skip


def _touch(
    run: Worst, f, height: np.ndarray, tall: tuple, p: float, lam: float, lifts: np.ndarray
) -> Panel:
    low, high = tall
    atoms, ends = run.atoms.numpy(), run.points.numpy()
    over = lifts[:, None] + lam * np.abs(Z - atoms[:, None]) ** p
    over[over > high] = np.nan
    feet = np.stack([np.stack([atoms, 0 * atoms + low], 1), np.stack([atoms, lifts], 1)])
    at = _heights(f, ends)
    gap = lifts[run.owner.numpy()] + lam * run.way.numpy() ** p - at
    touching = (gap < 1e-6 * (1 + np.abs(at))) & (ends >= LOW) & (ends <= HIGH) & (at <= high)
    return panel(
        "touch",
        f"At the price λ = {number(lam)}: curves on top of g",
        segments(*feet.clip(None, [HIGH, high]), "faint", "atoms"),
        line(Z, height, "ink", "g", label="g", width=2),
        [line(Z, each, "model", f"φ{k} + λ|z − z{k}|ᵖ", width=1.8, label=f"φ{k}")
         for k, each in zip("₁₂₃", over)],
        dots(ends[touching], at[touching], "good", "they touch", 10),
        x=PLACE,
        y=axis("g and curves", low, high),
        alt=f"At λ = {lam:.3g} the lifts φ are {_listed(lifts)}.",
    )  # fmt: skip


def _dual(run: Worst, bound: np.ndarray, top: float, lam: float) -> Panel:
    now, values, best = bound[-1], bound[:-1], min(run.lam, top)
    spread = coarse(1.5 * max(float(values[-1]) - run.dual, 1e-3))
    low, high = _frame(np.array([run.value, run.dual + spread]))
    told = f"D(λ) = {number(now, 4, zero=1e-9)}, the law shown {number(run.value, 4, zero=1e-9)}"
    return panel(
        "dual",
        f"{told}, gap {number(now - run.value, 2, zero=1e-8)}",
        line(top * SHARES, np.where(values <= high, values, np.nan), "theory", "D(λ)",
             label="D(λ)", width=2),
        rule("wrong", "law shown", y=run.value, span=(0, top), label="law shown"),
        run.lam <= top and dots([run.lam], [run.dual], "good", "the best price", 11),
        x=axis("price λ of the cost", 0, top),
        y=axis("bound D(λ)", low, high),
        alt=f"The bound is least, {run.dual:.4g}, at λ = {number(run.lam)}; "
        f"at {lam:.3g} it is {now:.4g}.",
        handles=(Handle(lam, float(np.clip(now, low, high)), ("shift",), "price λ",
                        ((1 / top, 0.0),), (-best / top,), frees="x", role="model"),),
    )  # fmt: skip


def _radius(run: Worst, g: str, formula: str, p: float, eps: float, split: bool) -> Panel:
    found = ladder(g, formula, p, tuple(run.atoms.tolist()))
    low, high = _frame(np.append(found.whole if found.endless else found.split, run.home))
    here = run.home if run.endless else run.value
    return panel(
        "radius",
        "The worst case over the radius ε",
        not found.endless and line(found.eps, found.split, "wrong", "atoms may be split",
                                 label="split", width=2.2),
        line(found.eps, found.whole, "second", "atoms moved whole", label="whole"),
        found.endless and note(0.1, low + 0.85 * (high - low), "split: ∞ for every ε > 0", "wrong"),
        x=axis("radius ε", 0, FAR, dtick=0.5),
        y=axis("mean of g", low, high),
        alt=f"At ε = {eps:.3g} the law shown has the mean {number(run.value, 4)}.",
        handles=(Handle(eps, float(np.clip(here, low, high)), ("eps",), "radius ε", ((1.0, 0.0),),
                        frees="x", role="wrong" if split else "second"),),
    )  # fmt: skip
