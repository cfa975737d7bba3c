"""Signed rectangles and their sum; a cloud and its image; variances of weighted sums."""

import numpy as np

from core.experiments.probability.moments import Moments
from core.experiments.probability.moments_claims import least
from core.probability import ellipse
from core.words import bracket, number, pmatrix, tex
from pages.figures.marks import arrows, cells, dots, line, lying, rule
from pages.figures.parts.clouds import boxes, directions, many, square
from pages.figures.parts.drawing import pad
from pages.figures.plot import PLAIN, Handle, Panel, Picture, axis, ceiling, panel, rows

SHOWN = 12  # rectangles that are drawn
MIX = np.linspace(-1, 2, 61)
THIRDS = {"tickvals": [0, 1, 2], "ticktext": ["low", "middle", "high"], **PLAIN}
TINY = 1e-12


def figure(
    run: Moments, *, view: str, shape: str, drawing: str, dx: float, dy: float, a11: float,
    a12: float, a21: float, a22: float, b1: float, b2: float, w1: float, w2: float,
) -> Picture:  # fmt: skip
    """The panels of one view, one of them a pad if the cloud is drawn."""
    if view == "areas":
        up, down = _parts(run)
        panels = [_plane(run, dx, dy), _sum(run, up, down), _cells(run)]
        shown = rf"\role{{model}}{{{tex(up)}}} - \role{{wrong}}{{{tex(-down)}}}"
        shown = rf"\mathrm{{Cov}} = {shown} = {tex(run.covariance)}"
    elif view == "map":
        A = np.array([[a11, a12], [a21, a22]])
        panels = [_map(run, A, np.array([b1, b2])), _spread(run)]
        map_, one, two = (_matrix(m) for m in (A, run.sigma.numpy(), run.spread.numpy()))
        shown = rf"A\,\Sigma A^\top = {map_}{one}{map_}^\top = {two}"
    else:
        panels = [directions(run.points, run.sigma, w1, w2), _mix(run, w1, w2), many(run.sigma)]
        shown = rf"\role{{model}}{{{tex(run.own)}}} + \role{{force}}{{{bracket(run.shared)}}}"
        shown = (
            r"\role{model}{a_1^2\sigma_1^2 + a_2^2\sigma_2^2} + \role{force}{2a_1a_2\mathrm{Cov}}"
            rf" = {shown} = {tex(run.variance)}"
        )
    if shape == "drawn":
        panels[1:-1] = [pad(drawing)]  # in the place of the one in the middle
    return Picture(tuple(panels), formula=(shown,))


def _top(most: float) -> float:
    """Where an axis ends that holds `most`: 1 if there is nothing to hold."""
    return ceiling(most) if most > TINY else 1.0


def _matrix(m: np.ndarray) -> str:
    return pmatrix([tex(v, 3) for v in row] for row in m.tolist())


def _parts(run: Moments) -> tuple[float, float]:
    """What the rectangles give that count up, and those that count down."""
    return float(run.areas.clamp(min=0).mean()), float(run.areas.clamp(max=0).mean())


def _plane(run: Moments, dx: float, dy: float) -> Panel:
    areas, first = run.areas.numpy(), run.points[0].tolist()
    shown = np.unique(np.r_[0, np.argsort(-np.abs(areas), kind="stable")[:SHOWN]])
    some = f"the largest {SHOWN} of {len(areas)}" if len(areas) > SHOWN else "all of them"
    home = dx - first[0], dy - first[1]
    far = 1.07 * float(run.points[1:].abs().max())
    return panel(
        "plane",
        f"Rectangles from the mean to the points: {some}",
        boxes(run.mean, run.points[shown[areas[shown] > 0]], "model", "counted up"),
        boxes(run.mean, run.points[shown[areas[shown] < 0]], "wrong", "counted down"),
        dots(*run.points.T, "data", "points", 6),
        dots(*run.mean[:, None], "ink", "mean", 9, label="mean"),
        **square(far, *map(abs, first), *map(abs, home)),
        alt=f"The rectangle of the point with the handle, at ({first[0]:.3g}, {first[1]:.3g}), "
        f"counts {number(areas[0], zero=TINY)}.",
        handles=(Handle(*first, ("dx", "dy"), "a point", offset=home),),
        equal=True,
    )


def _sum(run: Moments, up: float, down: float) -> Panel:
    reach, span = _top(run.most), (-0.5, 2.5)
    cov = number(run.covariance, zero=1e-9 * reach)
    return panel(
        "sum",
        f"Mean of all signed areas: covariance {cov}",
        lying([0], [up], [0], "model", "counted up"),
        lying([0], [down], [1], "wrong", "counted down"),
        lying([0], [run.covariance], [2], "ink", "covariance"),
        rule("theory", "bound", x=-run.most, span=span, label="−σ₁σ₂"),
        rule("theory", "bound", x=run.most, span=span, label="σ₁σ₂"),
        rule("faint", "0", x=0, span=span),
        x=axis("area divided by the number of points", -reach, reach),
        y=rows(["up", "down", "covariance"], "signed areas"),
        alt=f"Up {number(up)}, down {number(down)}, together {cov}; at most {number(run.most)}.",
    )


def _cells(run: Moments) -> Panel:
    excess = run.excess.T.numpy()
    return panel(
        "cells",
        "Probability of a cell, less what independence gives it",
        cells(np.where(np.abs(excess) < TINY, 0.0, excess), "P(cell) − P(column) P(row)",
              low=-0.25, high=0.25, numbers=2),
        x=axis("x", -0.5, 2.5, **THIRDS),
        y=axis("y", -0.5, 2.5, **THIRDS),
        alt=f"The largest of nine differences from the product is "
        f"{number(np.abs(excess).max(), 2, zero=TINY)}.",
    )  # fmt: skip


def _map(run: Moments, A: np.ndarray, b: np.ndarray) -> Panel:
    before, after = (
        ellipse(points.mean(0), sigma, 2.0, 90).T
        for points, sigma in ((run.points, run.sigma), (run.image, run.spread))
    )
    names, params = ("Ae₁", "Ae₂"), (("a11", "a21"), ("a12", "a22"))
    columns = list(zip(names, params, b + A.T, ("force", "good"), strict=True))
    held = {"offset": tuple((-b).tolist()), "click": False}
    return panel(
        "map",
        "Each point x (grey) goes to Ax + b (blue)",
        dots(*run.points.T, "faint", "points", 4),
        line(*before, "faint", "ellipse of 2σ before"),
        dots(*run.image.T, "model", "images", 5),
        line(*after, "model", "ellipse of 2σ after", width=2.5),
        [arrows(b[None], tip[None], role, name, label=name) for name, _, tip, role in columns],
        **square(*(1.5 * run.sds).tolist(), times=4),
        alt="; ".join(f"{n} leads to ({x:.3g}, {y:.3g})" for n, _, (x, y), _ in columns) + ".",
        handles=(
            *(Handle(*tip.tolist(), p, f"column {name}", **held, role=role)
              for name, p, tip, role in columns),
            Handle(*b.tolist(), ("b1", "b2"), "shift b", click=False),
        ),
        equal=True,
    )  # fmt: skip


def _spread(run: Moments) -> Panel:
    before, after = (m.flatten()[[0, 3, 1]].numpy() for m in (run.sigma, run.spread))
    reach, three = _top(max(4.2 * before[:2].max(), np.abs(after).max())), np.arange(3)
    names = ["Var of first", "Var of second", "Cov"]
    both = zip(names, before, after, strict=True)
    return panel(
        "spread",
        "Before (grey) and after (blue)",
        lying(0, before, three - 0.17, "faint", "before", width=9),
        lying(0, after, three + 0.17, "model", "after", width=9),
        rule("ink", "0", x=0, span=(-0.5, 2.5), width=1),
        x=axis("value", min(-reach / 4, -ceiling(max(0, -after[2]))), reach),
        y=rows(names, "entry of the matrix"),
        alt="; ".join(f"{n} {number(p, zero=TINY)} → {number(q, zero=TINY)}" for n, p, q in both),
    )


def _mix(run: Moments, w1: float, w2: float) -> Panel:
    (xx, xy), (_, yy) = run.sigma.tolist()
    alone = MIX**2 * xx + (1 - MIX) ** 2 * yy
    found = alone + 2 * MIX * (1 - MIX) * xy
    reach, best = 2.4 * max(xx, yy, TINY), least(run)
    told = f"least at a₁ = {number(best[0], zero=1e-9)}" if best else "all alike"
    here = float(np.interp(w1, MIX, found).clip(0, reach))
    share = Handle(
        min(max(w1, -1.0), 2.0), here, ("w1", "w2"), "share a₁", ((1.0, 0.0), (-1.0, 0.0)),
        (0.0, 1.0), frees="x", role="force",
    )  # fmt: skip
    return panel(
        "mix",
        f"Shares a₁ and a₂ = 1 − a₁: {told}",
        line(MIX, alone, "theory", "if Cov were 0", label="if Cov were 0"),
        line(MIX, found, "model", "variance", width=2.5, label="variance"),
        best is not None and dots([best[0]], [best[1]], "good", "least", 10, label="least"),
        x=axis("share a₁ of X", -1, 2),
        y=axis("variance of a₁X + a₂Y", -0.05 * reach, reach),
        alt=f"Of the sums with a₁ + a₂ = 1 the variance is {told}.",
        handles=(share,),
    )
