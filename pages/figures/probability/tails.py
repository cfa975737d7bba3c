"""The tail with its bounds, the law itself, and the law that is worst at this ε."""

import math

import numpy as np
import torch

from core.experiments.probability.tails import KS, Tails, bounds, irwin_density, single, spread
from core.experiments.probability.tails_claims import percent
from core.words import number, tex
from pages.figures.marks import band, bars, dots, line, note, rule
from pages.figures.plot import Handle, Panel, Picture, axis, ceiling, panel

FLOOR, TOP, REACH = 1e-5, 2.0, 6.5
DRAWN = {
    "chebyshev": ("theory", "Chebyshev"),
    "markov": ("third", "Markov"),
    "cantelli": ("second", "Cantelli"),
    "hoeffding": ("fourth", "Hoeffding"),
}
PLACES = np.linspace(-REACH, REACH, 261)


def figure(run: Tails, *, of: str, side: str) -> Picture:
    """Three panels."""
    k, n = tex(run.k), f"{run.n}\\cdot " if run.n > 1 else ""
    lines = ()
    if "cantelli" in run.bounds:
        lines = (rf"P(X - \mu \ge {k}\,\sigma) = {tex(run.exact, 3)} \;\le\; \frac{{1}}"
                 rf"{{1 + {n}{k}^2}} = {tex(run.bounds['cantelli'], 3)}",)  # fmt: skip
    elif run.bounds:
        lines = (rf"P(|X - \mu| \ge {k}\,\sigma) = {tex(run.exact, 3)} \;\le\; \frac{{1}}"
                 rf"{{{n}{k}^2}} = {tex(run.bounds['chebyshev'], 3)}",)  # fmt: skip
    return Picture((_tail(run, of, side), _law(run, of, side), _worst(run, side)), formula=lines)


def _tail(run: Tails, of: str, side: str) -> Panel:
    x = KS.numpy()
    promised = bounds(KS, of, side, run.n, run.far, run.width)
    here = min(max(run.exact, FLOOR * 1.3), TOP)
    whose = "the mean" if run.n > 1 else "the law"
    told = (
        f"{percent(run.exact)} of {whose} {'is' if run.n > 1 else 'lies'} {number(run.k)}σ or more "
    )
    told += "away" if side == "both" else "above μ"
    unit = "σ" if promised else "units of the scale"
    if not promised:
        told = f"{percent(run.exact)} of the law lies {number(run.k)} or more from its middle"
    return panel(
        "tail",
        told,
        [
            line(x, y.numpy().clip(FLOOR / 10, 1e3), *DRAWN[name], label=DRAWN[name][1], width=2)
            for name, y in promised.items()
        ],
        line(
            x, run.curve.numpy().clip(FLOOR / 10), "model", "exact tail", label="exact", width=2.6
        ),
        not promised and note(3.2, 1e-3, "no bound applies", "wrong"),
        dots([run.k] * len(run.bounds), [*run.bounds.values()], "faint", "bounds here", 6),
        x=axis(f"ε in {unit}, k", 0.4, 6.1, dtick=1),
        y=axis("probability", FLOOR, TOP, log=True, dtick=1),
        alt=f"{told}. Promised: at most {percent(run.best)}." if promised else f"{told}.",
        handles=(
            Handle(run.k, here, ("k",), "distance k", ((1.0, 0.0),), frees="x", role="model"),
        ),
    )


def _law(run: Tails, of: str, side: str) -> Panel:
    one = single(of, run.k, side)
    name = "the law" if run.n == 1 else f"the mean of {run.n} copies"
    told = f"{name[0].upper()}{name[1:]}; what is far off in vermillion"
    edges = [run.k] if side == "above" else [-run.k, run.k]
    if one.discrete:
        z, masses = (each.numpy() for each in spread(of, one, run.n))
        seen = masses > 1e-6
        z, masses = z[seen], masses[seen]
        far = _far(z, run.k, side)
        marks = [
            bars(z[~far], masses[~far], "model", "near"),
            bars(z[far], masses[far], "wrong", "far"),
        ]
        top, height = 1.0 if of == "touching" else ceiling(float(masses.max())), "probability"
    else:
        f = _density(of, one, run.n)
        far = _far(PLACES, run.k, side)
        top, height = ceiling(float(f.max())), "density"
        marks = [line(PLACES, f, "model", "density", width=2.4)]
        for part in (far & (PLACES > 0), far & (PLACES < 0)):
            if part.any():
                marks.append(band(PLACES[part], 0 * f[part], f[part], "wrong", "far"))
    where = "(x − μ)/σ" if run.bounds else "x in units of the scale"
    return panel(
        "law",
        told,
        marks,
        [rule("force", "ε", x=at, span=(0, top), width=1.6) for at in edges],
        x=axis(where, -REACH, REACH, dtick=2),
        y=axis(height, 0, top),
        alt=f"{percent(run.exact)} are beyond {number(run.k)}.",
    )


def _far(z: np.ndarray, k: float, side: str) -> np.ndarray:
    return (z if side == "above" else np.abs(z)) >= k * (1 - 1e-9)


def _density(of: str, one, n: int) -> np.ndarray:
    z = torch.from_numpy(PLACES)
    if of == "uniform":
        return irwin_density(z, n).numpy()
    mean, sigma = (0.0, 1.0) if of == "cauchy" else (one.mean, math.sqrt(one.variance))
    return (one.density(mean + sigma * z) * sigma).numpy()


def _worst(run: Tails, side: str) -> Panel:
    """The law that attains the bound for one copy at this ε."""
    k = run.k
    if side == "above":
        z, masses = np.array([-1 / k, k]), np.array([k * k, 1]) / (1 + k * k)
    else:
        a = max(k, 1.0)
        z, masses = np.array([-a, 0, a]), np.array([0.5, a * a - 1, 0.5]) / (a * a)
    far = _far(z, k, side)
    out = float(masses[far].sum())
    told = f"The worst law for ε = {number(k)}σ: {percent(out)} out there"
    return panel(
        "worst",
        told,
        bars(z[~far], masses[~far], "model", "near"),
        bars(z[far], masses[far], "wrong", "far"),
        [
            rule("force", "ε", x=at, span=(0, 1), width=1.6)
            for at in ([-k, k] if side == "both" else [k])
        ],
        x=axis("(x − μ)/σ", -REACH, REACH, dtick=2),
        y=axis("probability", 0, 1),
        alt=told + "; mean 0, variance 1.",
    )
