"""The loss under its bound, λ_min along the run and over the width, and the fit."""

from functools import lru_cache
from typing import Annotated

import numpy as np
import torch

from core.convexity import least_eigenvalues, wide_limit
from core.convexity.wide import circle, labelled, raised
from core.experiments.convexity.wide import WIDTHS, Run, Wide, place
from core.signature import between
from core.words import number
from pages.figures.marks import dots, line, note, rule
from pages.figures.plot import Handle, Panel, Picture, axis, panel

LOW, HIGH = 1e-14, 1e2  # of the loss that is drawn
FLAT, STEEP = 1e-7, 10.0  # of eigenvalues
OTHERS = 5  # seeds whose start is shown
TICKS = {"tickvals": list(WIDTHS), "ticktext": [str(m) for m in WIDTHS]}


def figure(
    run: Wide, *, points: int, steps: int, seed: int, width: Annotated[int, between(2, 512)] = 512
) -> Picture:
    """Four panels; of the width that is nearest among those learned so far."""
    k = place(width, len(run.runs))
    m, one = WIDTHS[k], run.runs[k]
    panels = (
        _loss(one, m, steps),
        _fit(one, m, points, seed),
        _widths(run, k, points, seed),
        _along(one, m, steps),
    )
    track = {"step": one.step.numpy(), "loss": one.loss.numpy()}
    track |= {"half": one.half.numpy(), "sure": (one.least * one.loss).numpy()}
    track |= {"least": one.least.numpy()}
    line_ = (
        r"\role{force}{\tfrac12\|\nabla\ell\|^2 = @half@}\ \ge\ "
        r"\role{model}{\lambda_{\min}}\,\ell = \role{model}{@least@}\cdot @loss@ = @sure@"
    )
    return Picture(panels, frames=len(one.step), track=track, formula=(line_,))


def _loss(one: Run, m: int, steps: int) -> Panel:
    loss, bound = (np.clip(v.numpy(), LOW / 10, HIGH) for v in (one.loss, one.bound))
    left, sure = (number(v[-1], 2, zero=1e-24) for v in (one.loss, one.bound))
    return panel(
        "loss",
        f"The loss of width {m} and what λₘᵢₙ promises",
        line(one.step, bound, "theory", "bound", label="bound"),
        line(one.step, loss, "model", "loss ℓ", label="loss ℓ", play=True, pin=True),
        x=axis("step", 0, steps),
        y=axis("loss ℓ", LOW, HIGH, log=True, dtick=4),
        alt=f"Width {m}: the loss ends at {left}, its bound at {sure}.",
    )


def _fit(one: Run, m: int, points: int, seed: int) -> Panel:
    angles, y = labelled(points, seed)
    fit = one.fit.numpy()
    return panel(
        "fit",
        f"What width {m} has learned",
        line(circle(), fit, "model", "network", width=2),
        dots(angles, y, "data", "points", 9),
        x=axis("angle on the circle", 0, 2 * np.pi, tickvals=[0, np.pi, 2 * np.pi],
               ticktext=["0", "π", "2π"]),
        y=axis("label ±1, and network", -3, 3),
        alt=f"{points} points with labels ±1 and the function of width {m}.",
    )  # fmt: skip


def _widths(run: Wide, k: int, points: int, seed: int) -> Panel:
    done = WIDTHS[: len(run.runs)]
    first, low = (
        np.maximum([float(v) for v in column], FLAT)
        for column in ([r.least[0] for r in run.runs], [r.least.min() for r in run.runs])
    )
    others, limit = _starts(points), _limit(points, seed)
    x = np.repeat(WIDTHS, OTHERS)
    return panel(
        "widths",
        f"λₘᵢₙ over the width: {number(run.runs[k].least.min())} at least for {WIDTHS[k]}",
        dots(x, np.maximum(others, FLAT), "faint", "start of other seeds", 4),
        rule("theory", "infinite width", y=limit, span=(1.6, 640), label="infinite width"),
        line(done, first, "second", "at the start", width=1.5),
        line(done, low, "model", "least along the run", width=2.2, label="least along the run"),
        x=axis("width", 1.6, 640, log=True, **TICKS),
        y=axis("λₘᵢₙ", FLAT, STEEP, log=True, dtick=2),
        alt=f"At width {WIDTHS[k]} λₘᵢₙ is {number(run.runs[k].least[0])} at the start; at "
        f"infinite width {number(limit)}.",
        handles=(Handle(float(WIDTHS[k]), float(low[k]), ("width",), "width", ((1.0, 0.0),),
                        frees="x", role="model"),),
    )  # fmt: skip


@lru_cache(maxsize=16)
def _starts(points: int) -> np.ndarray:
    return least_eigenvalues(list(WIDTHS), OTHERS, points).numpy().ravel()


@lru_cache(maxsize=64)
def _limit(points: int, seed: int) -> float:
    return float(torch.linalg.eigvalsh(wide_limit(raised(labelled(points, seed)[0])))[0])


def _along(one: Run, m: int, steps: int) -> Panel:
    share = (one.half / one.loss.clamp_min(1e-300)).numpy()
    least = np.maximum(one.least.numpy(), FLAT / 10)
    none = bool(least.max() < FLAT)
    return panel(
        "along",
        "The inequality along the run",
        line(one.step, np.clip(share, FLAT, STEEP), "force", "½‖∇ℓ‖²/ℓ", label="½‖∇ℓ‖²/ℓ"),
        line(one.step, least, "model", "λₘᵢₙ", label="λₘᵢₙ", play=True, width=2.2),
        none and note(0.1 * steps, 3 * FLAT, "λₘᵢₙ = 0", "model"),
        x=axis("step", 0, steps),
        y=axis("λₘᵢₙ and ½‖∇ℓ‖²/ℓ", FLAT, STEEP, log=True, dtick=2),
        alt=f"λₘᵢₙ of width {m} goes from {number(one.least[0])} to {number(one.least[-1])}.",
    )
