"""The law of the sum over the bell, its gap over n, running means, and where the gap is."""

import math
from itertools import pairwise

import numpy as np

from core.experiments.probability.bell import COUNTS, DRAWS, Bell, the
from core.probability import phi
from core.words import number, tex
from pages.figures.marks import band, dots, line, rule, segments
from pages.figures.plot import Handle, Panel, Picture, axis, panel

REACH, PLACES = 4.5, 300  # of z that is drawn
LEAST, MOST = 2e-3, 2.0  # of a gap
N = np.arange(1, 11)
Z = np.linspace(-REACH, REACH, 181)
BELL = np.exp(-(Z**2) / 2) / math.sqrt(2 * math.pi)
COLOURS = ("model", "third", "fourth")


def figure(run: Bell, *, law: str, p: float, n: int) -> Picture:
    """Four panels."""
    wild = law == "cauchy"
    formula = ()
    if not wild:
        formula = (
            rf"\sup_z|F_{{{n}}}(z)-\Phi(z)| = \role{{model}}{{{tex(run.gap)}}} \le "
            rf"\frac{{0.4748}}{{\sqrt{{{n}}}}}\,\frac{{E|X-\mu|^3}}{{\sigma^3}} = "
            rf"{tex(float(run.bounds[n - 1]))}",
        )
    panels = _law(run, law), _gaps(run, wild), _means(run, law, p), _off(run)
    return Picture(panels, formula=formula)


def _seen(run: Bell) -> np.ndarray:
    """Numbers of the places that are drawn: of a density few enough for a curve."""
    near = np.flatnonzero(np.abs(run.z.numpy()) <= 1.05 * REACH)
    return near if run.discrete else near[:: max(1, len(near) // PLACES)]


def _law(run: Bell, law: str) -> Panel:
    k, one = _seen(run), run.n == 1
    z, height = run.z.numpy()[k], run.height.numpy()[k]
    what = "mean" if law == "cauchy" else "standardised sum"
    told = f"The {what} of {run.n} copies" if not one else "One copy"
    top = 1.1 if law == "exponential" else 0.5
    if run.discrete:
        width = float(run.z[1] - run.z[0])
        ends = z[:, None] + width / 2 * np.array([-1, 1])
        stairs = np.c_[z * 0, height, height, z * 0].ravel()
        marks = band(np.repeat(ends, 2, 1).ravel(), 0 * stairs, stairs, "model", "masses")
    else:
        if law in ("exponential", "uniform") and len(z):  # its walls
            z, height = np.r_[z[0], z, z[-1]], np.r_[0, height, 0]
        marks = [line(z, height, "model", what, label=what, width=2.6, pin=True)]
    return panel(
        "law",
        f"{told} beside the bell",
        line(Z, BELL, "theory", "bell", label="bell", width=2),
        marks,
        x=axis("z", -REACH, REACH),
        y=axis("density", 0.0, top),
        alt=f"{told}; the largest distance of its c.d.f. from the bell's is {number(run.gap)}.",
    )


def _gaps(run: Bell, wild: bool) -> Panel:
    gaps = run.gaps.numpy()
    told = f"Gap {number(run.gap)} for {run.n} cop{'ies' if run.n > 1 else 'y'}"
    grip = Handle(run.n, float(np.clip(run.gap, LEAST, MOST)), ("n",), "copies n",
                  ((1.0, 0.0),), frees="x", role="force")  # fmt: skip
    return panel(
        "gaps",
        f"{told}, whatever n is" if wild else told,
        not wild and line(N, run.bounds.numpy(), "theory", "bound", label="bound", width=1.8),
        line(N, gaps[0] * N**-0.5, "faint", "half for four times as many",
             label="1/√n", width=1.6),
        line(N, gaps, "model", "gap", label="gap", width=2),
        dots(N, gaps, "model", "gap", 7),
        x=axis("copies n", 0.9, 11.5, log=True, tickvals=[1, 2, 3, 4, 5, 6, 8, 10]),
        y=axis("gap, largest |Fₙ − Φ|", LEAST, MOST, log=True, dtick=1),
        alt=f"{told}; from 1 to 10 copies it goes from {number(gaps[0])} to {number(gaps[9])}.",
        handles=(grip,),
    )  # fmt: skip


def _means(run: Bell, law: str, p: float) -> Panel:
    k, one = np.array(COUNTS, dtype=float), the(law, p)
    wild = one.mean is None
    middle, sigma = (0.0, 5.0) if wild else (one.mean, math.sqrt(one.variance))
    low, high = middle - 1.6 * sigma, middle + 1.6 * sigma
    told = "Running means jump, and never settle" if wild else "Running means settle like 1/√k"
    ends = "; ".join(number(float(path[-1])) for path in run.means)
    return panel(
        "means",
        told,
        not wild and band(k, middle - 1.96 * sigma / np.sqrt(k), middle + 1.96 * sigma / np.sqrt(k),
                          "faint", "95 %"),
        rule("theory", "middle" if wild else "μ", y=middle, span=(1, DRAWS)),
        [
            line(k, np.clip(path.numpy(), 2 * low - middle, 2 * high - middle), role,
                 f"draws {number(j + 1)}", width=1.8, dash="solid")
            for j, (path, role) in enumerate(zip(run.means, COLOURS))
        ],
        x=axis("draws k", 1, DRAWS, log=True, dtick=1),
        y=axis("mean of the first k", low, high),
        alt=f"{told}: after {DRAWS} draws the three means are {ends}.",
    )  # fmt: skip


def _off(run: Bell) -> Panel:
    k = _seen(run)
    z, cdf = run.z.numpy()[k], run.cdf.numpy()[k]
    if run.discrete:  # stairs between the jumps
        at, heights = np.r_[-REACH, z, REACH], np.r_[0.0, cdf]
        parts = [np.linspace(a, b, 12) for a, b in pairwise(at)]
        z = np.concatenate(parts)
        off = np.repeat(heights, 12) - phi(z).numpy()
    else:
        z = z + float(run.z[1] - run.z[0]) / 2
        left, right = np.linspace(-REACH, z[0], 24), np.linspace(z[-1], REACH, 24)
        left, right = left[left < z[0]], right[right > z[-1]]  # beyond a law that ends in view
        z = np.r_[left, z, right]
        cdf = np.r_[0 * left, cdf, 0 * right + 1]
        off = cdf - phi(z).numpy()
    most = 1.15 * float(run.gaps.max())
    before = off[np.abs(z - run.at).argsort()[:8]]
    side = math.copysign(1.0, float(before[np.abs(before).argmax()]))
    told = f"The gap is largest at z = {number(run.at, zero=1e-9)}"
    return panel(
        "off",
        told,
        rule("faint", "0", y=0.0, span=(-REACH, REACH)),
        line(z, off, "model", "Fₙ − Φ", label="Fₙ − Φ", width=2),
        segments([[run.at, 0.0]], [[run.at, side * run.gap]], "force", "gap", width=3),
        x=axis("z", -REACH, REACH),
        y=axis("Fₙ(z) − Φ(z)", -most, most),
        alt=f"{told}, where it is {number(run.gap)}.",
    )
