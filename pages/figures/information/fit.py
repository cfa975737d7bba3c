"""Two bumps and a bell, the landscape of the divergence, where it is paid, all three."""

import math
from functools import lru_cache

import numpy as np
import torch

from core.experiments.information.fit import (
    MU,
    NARROWEST,
    SIGMA,
    SLID,
    WIDE,
    WIDEST,
    Fit,
    integrand,
    landscape,
    slid,
    target,
)
from core.experiments.information.fit_claims import NAMES
from core.information import DIRECTIONS
from core.words import number, tex
from pages.figures.marks import band, contours, dots, line, lying, note, rule
from pages.figures.plot import Handle, Panel, Picture, axis, coarse, panel, rows

X = np.linspace(-5.0, 5.0, 251)
MOST = 3.0  # nats that are drawn as a bar
ALIKE = 1e-7  # nats
SHARES = np.r_[0.004, 0.012, 0.03, np.linspace(0.06, 0.96, 13)]  # of the map below an iso-line
WHERE = {"forward": "p is and q is not", "reverse": "q is and p is not", "jsd": "they differ"}
TEX = {
    "forward": r"\mathrm{KL}(p\,\|\,q) = \int p\log\frac pq",
    "reverse": r"\mathrm{KL}(q\,\|\,p) = \int q\log\frac qp",
    "jsd": r"\mathrm{JSD} = \tfrac12\int p\log\frac pm + \tfrac12\int q\log\frac qm",
}


def figure(
    run: Fit, *, mu: float, sigma: float, direction: str, apart: float, width: float,
    weight: float, slide: int,
) -> Picture:  # fmt: skip
    """Four panels; the player slides q downhill."""
    known = apart, width, weight
    m, s = run.q.tolist()
    log_q = -0.5 * ((X - m) / s) ** 2 - math.log(s * math.sqrt(2 * math.pi))
    path = slid(*known, direction, mu, sigma)[: slide + 1].numpy() if slide else None
    value = float(run.values[DIRECTIONS.index(direction)])
    return Picture(
        (
            _bells(run, np.exp(log_q), known, slide),
            _map(run, path, direction, known),
            _paid(run, log_q, direction, known),
            _three(run, direction),
        ),
        frames=SLID + 1,
        drive="slide",
        formula=(rf"{TEX[direction]} = \role{{force}}{{{tex(value)}}}\ \text{{nats}}",),
    )


@lru_cache(maxsize=64)
def _log_target(known: tuple[float, float, float]) -> np.ndarray:
    return target(*known).log_density(torch.from_numpy(X)).numpy()


def _stand(run: Fit, slide: int) -> tuple[float, float, dict, dict]:
    """Where a handle is, and what it sets beside its own so that q goes on from where it is."""
    m = float(np.clip(float(run.q[0]), -WIDE, WIDE))
    s = float(np.clip(float(run.q[1]), NARROWEST, WIDEST))
    if not slide:
        return m, s, {}, {}
    return m, s, {"slide": 0, "mu": round(m, 3)}, {"slide": 0, "sigma": round(s, 3)}


def _bells(run: Fit, q: np.ndarray, known: tuple, slide: int) -> Panel:
    p = np.exp(_log_target(known))
    top = max(0.85, 0.46 / known[1])
    m, s, mean, spread = _stand(run, slide)
    peak = 1 / (s * math.sqrt(2 * math.pi))
    flank = m + s if m + s < 4.9 else m - s
    side = 1.0 if flank > m else -1.0
    return panel(
        "bells",
        f"Two bumps p, and q = N({number(m, zero=5e-4)}, {number(s)}²)",
        band(X, 0 * X, p, "data", "p"),
        line(X, p, "data", "p", label="p", width=2.2, dash="solid"),
        line(X, np.minimum(q, 2 * top), "model", "q", label="q", width=2.6, pin=True),
        x=axis("x", -5.0, 5.0),
        y=axis("density", 0.0, top),
        alt=f"p has bumps at ±{number(known[0] / 2)}; q has mean {number(m, zero=5e-4)} and "
        f"standard deviation {number(s)}.",
        handles=(
            Handle(m, min(peak, 0.97 * top), ("mu",), "mean μ", ((1.0, 0.0),), also=spread,
                   frees="x", role="model"),
            Handle(flank, min(peak * math.exp(-0.5), 0.9 * top), ("sigma",),
                   "standard deviation σ", ((side, 0.0),), (-side * m,), also=mean, click=False,
                   frees="x", role="model"),
        ),
    )  # fmt: skip


@lru_cache(maxsize=32)
def _field(known: tuple[float, float, float], direction: str, least: float) -> dict:
    z = landscape(*known, direction)
    levels = np.unique(np.quantile(z, SHARES))
    return contours(MU, SIGMA, z, levels[levels > least])


def _map(run: Fit, path: np.ndarray | None, direction: str, known: tuple) -> Panel:
    m, s, _, _ = _stand(run, path is not None)
    found = run.optima.numpy()
    best = found[:, 2] < found[0, 2] + ALIKE
    others = int((~best).sum())
    count = int(best.sum())
    also = f", and {others} higher valley{'s' * (others > 1)}" if others else ""
    return panel(
        "map",
        f"{NAMES[direction]} over all Gaussians: {count} lowest place{'s' * (count > 1)}{also}",
        _field(known, direction, run.best[2]),
        others > 0 and dots(*found[~best, :2].T, "third", "a higher valley", 10,
                            label="a higher valley"),
        dots(*found[best, :2].T, "good", "best", 13, label="best"),
        path is not None and line(*path.T, "force", "slide", label="slide", width=2.4),
        path is not None and dots(*path.T, "force", "steps", 4),
        dots([m], [s], "model", "q", 9, label="q"),
        x=axis("mean μ", -WIDE, WIDE),
        y=axis("standard deviation σ", 0.0, WIDEST),
        alt=f"{NAMES[direction]} is least at mean {number(run.best[0], zero=5e-4)} and standard "
        f"deviation {number(run.best[1])}; q stands at {number(m, zero=5e-4)}, {number(s)}.",
        handles=(
            Handle(m, s, ("mu", "sigma"), "mean and standard deviation of q",
                   also={} if path is None else {"slide": 0}, role="model"),
        ),
    )  # fmt: skip


def _paid(run: Fit, log_q: np.ndarray, direction: str, known: tuple) -> Panel:
    paid = integrand(_log_target(known), log_q, direction)
    where = WHERE[direction]
    top = coarse(max(0.5, float(paid.max())))
    seen = np.maximum(paid, -0.35 * top)
    value = float(run.values[DIRECTIONS.index(direction)])
    return panel(
        "paid",
        f"{NAMES[direction]} is paid where {where}: {number(value, zero=5e-7)} nats",
        band(X, 0 * X, seen.clip(min=0), "wrong", "paid"),
        band(X, seen.clip(max=0), 0 * X, "good", "given back"),
        line(X, seen, "force", "integrand", width=2),
        rule("faint", "0", y=0.0, span=(-5.0, 5.0)),
        x=axis("x", -5.0, 5.0),
        y=axis("nats for each unit of x", -0.35 * top, 1.05 * top),
        alt=f"The area above 0 less that below is {number(value, zero=5e-7)} nats; the curve is "
        f"highest at x = {number(X[paid.argmax()])}.",
    )


def _three(run: Fit, direction: str) -> Panel:
    values = run.values.numpy()
    told = [f"{NAMES[each]} = {number(v, zero=5e-7)}" for each, v in zip(DIRECTIONS, values)]
    at, chosen = np.arange(3), DIRECTIONS.index(direction)
    least = run.best[2]
    return panel(
        "three",
        f"All three at once, in nats; the least {NAMES[direction]} is {number(least, zero=5e-7)}",
        [lying([0.0], [min(values[i], MOST)], [i], "force" if i == chosen else "faint", told[i],
               width=20) for i in at],
        least < MOST and line([least, least], [chosen - 0.4, chosen + 0.4], "good", "least",
                              width=4),
        line([math.log(2)] * 2, [1.6, 2.4], "theory", "log 2"),
        note(math.log(2) + 0.03, 2.0, "at most log 2", "theory"),
        x=axis("nats", 0.0, MOST),
        y=rows(told, "divergence"),
        alt="; ".join(told) + " nats.",
        margin={"l": 150},
    )  # fmt: skip
