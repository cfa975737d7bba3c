"""The tail with its bounds, the law itself, and the law that is worst at this ε."""

import math

import numpy as np
import torch

from core.experiments.probability.tails import KS, Tails, bounds, irwin_density, single, spread
from core.experiments.probability.tails_claims import percent, touching
from core.words import number, tex
from pages.figures.marks import band, bars, dots, line, note, rule, segments
from pages.figures.plot import Handle, Panel, Picture, axis, ceiling, panel

FLOOR, TOP, REACH = 1e-5, 2.0, 6.5
DRAWN = {
    "chebyshev": ("theory", "Chebyshev"),
    "markov": ("third", "Markov"),
    "cantelli": ("second", "Cantelli"),
    "hoeffding": ("fourth", "Hoeffding"),
}
THICK = {"width": 3, "dash": "solid"}
PLACES = np.linspace(-REACH, REACH, 261)


def figure(run: Tails, *, of: str, side: str) -> Picture:
    """Three panels, two where no single law with a variance is looked at."""
    k, n = tex(run.k), f"{run.n}\\cdot " if run.n > 1 else ""
    x = r"\bar X" if run.n > 1 else "X"
    lines = ()
    if "cantelli" in run.bounds:
        lines = (rf"P({x} - \mu \ge {k}\,\sigma) = {tex(run.exact, 3)} \;\le\; \frac{{1}}"
                 rf"{{1 + {n}{k}^2}} = {tex(run.bounds['cantelli'], 3)}",)  # fmt: skip
    elif run.bounds:
        lines = (rf"P(|{x} - \mu| \ge {k}\,\sigma) = {tex(run.exact, 3)} \;\le\; \frac{{1}}"
                 rf"{{{n}{k}^2}} = {tex(run.bounds['chebyshev'], 3)}",)  # fmt: skip
    panels = [_tail(run, of, side), _law(run, of, side)]
    if run.bounds and run.n == 1:
        panels.append(_worst(run, side))
    return Picture(tuple(panels), formula=lines)


def _tail(run: Tails, of: str, side: str) -> Panel:
    x = KS.numpy()
    promised = bounds(KS, of, side, run.n, run.far, run.width)
    here = min(max(run.exact, FLOOR * 1.3), TOP)
    unit = "σ" if promised else "units of the scale"
    mean = "The mean is " if run.n > 1 else ""
    where = "above μ" if side == "above" else "away from μ"
    told = f"{mean}{number(run.k)}σ or more {where}: {percent(run.exact)}"
    if not promised:
        where = "above" if side == "above" else "from"
        told = f"{number(run.k)} or more {where} the middle: {percent(run.exact)}"
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
        marks = [_masses(z[part], masses[part], *how) for part, how in (
            (~far, ("model", "near")), (far, ("wrong", "far")))]  # fmt: skip
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
        [rule("faint", "ε", x=at, span=(0, top), width=1.4) for at in edges],
        marks,
        x=axis(where, -REACH, REACH, dtick=2),
        y=axis(height, 0, top),
        alt=f"{percent(run.exact)} are beyond {number(run.k)}.",
    )


def _masses(z: np.ndarray, masses: np.ndarray, role: str, name: str) -> dict:
    if len(z) < 12:
        return bars(z, masses, role, name, **THICK)
    return segments(np.stack([z, 0 * z], 1), np.stack([z, masses], 1), role, name, dash="solid")


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
    z, masses = (each.numpy() for each in touching(k, side))
    far, edges = _far(z, k, side), [k] if side == "above" else [-k, k]
    out = float(masses[far].sum())
    told = f"The worst law for ε = {number(k)}σ: {percent(out)} out there"
    return panel(
        "worst",
        told,
        [rule("faint", "ε", x=at, span=(0, 1), width=1.4) for at in edges],
        bars(z[~far], masses[~far], "model", "near", **THICK),
        bars(z[far], masses[far], "wrong", "far", **THICK),
        x=axis("(x − μ)/σ", -REACH, REACH, dtick=2),
        y=axis("probability", 0, 1),
        alt=told + "; mean 0, variance 1.",
    )
