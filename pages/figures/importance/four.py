"""The importances over ρ or over the dial, bars with their errors, shuffled rows."""

import math

import numpy as np

from core.experiments.importance.four import NAMES, Four, curves
from core.experiments.importance.four_claims import SUPPORT, outside
from core.words import number, tex
from pages.figures.marks import cells, dots, line, lying, note, segments, whiskers
from pages.figures.parts.rings import ellipse
from pages.figures.plot import PLAIN, Handle, Panel, Picture, axis, coarse, panel, rows

REACH = 3.6
ROLES = ("third", "second", "fourth", "force")  # of the four
LABELS = (*NAMES, "I(X₁;Y|X₂)", "I(X₁;Y)")
USUAL = 2.6  # the reach of bars that holds most of the rises of a squared loss
BITS = 0.8  # the largest number of a table of bits, log 2, and room


def figure(
    run: Four, *, world: str, rho: float, t: float, noise: float, loss: str, n: int
) -> Picture:
    """Curves, bars, and the rows or the masses that each way makes."""
    bits = world == "bits"
    third = _table(run) if bits else _cloud(run, rho, n)
    left, told = tex(run.exact[3]), tex(run.told[1])
    lost = rf"\role{{force}}{{R(f_{{-1}}) - R(f) = {left}}}"
    sign = "=" if loss == "log" else r",\quad"
    formula = [
        rf"{lost} {sign} \role{{model}}{{I(X_1;Y\,|\,X_2) = {told}}}\ \text{{nats}}",
        rf"\role{{third}}{{\text{{shuffled: }} {tex(run.exact[0])}}},\quad "
        rf"\role{{second}}{{\text{{redrawn: }} {tex(run.exact[1])}}}",
    ]
    place = t if bits else rho
    return Picture(
        (_curves(run, world, place, noise, loss), _bars(run, world, loss), third),
        formula=tuple(formula),
    )


def _finite(values: np.ndarray, top: float) -> np.ndarray:
    return np.where(values <= 1.5 * top, values, np.nan)


def _curves(run: Four, world: str, place: float, noise: float, loss: str) -> Panel:
    bits, log = world == "bits", loss == "log"
    at, losses, told = (each.numpy() for each in curves(world, noise, loss))
    top = BITS if bits else coarse(1.04 / noise**2) if log else 2.4
    unit = "loss without x₁" + (", information: nats" if log else "; information in nats")
    ways = (0, 1, 3)
    found = (run.exact if bits else run.rows.found)[list(ways)].numpy()
    shown = found <= 1.2 * top
    names = [NAMES[k] for k in ways]
    drawn = [
        line(at, _finite(losses[k], top), ROLES[k], name, label=name, width=2.4, dash="dash")
        for k, name in zip(ways, names, strict=True)
        if np.isfinite(losses[k]).any() and (losses[k] <= top).any()
    ]
    end, what = (1.0, "share t of the duplicate") if bits else (1.0, "correlation ρ")
    ticks = {"tickvals": [0, 0.25, 0.5, 0.75, 1]}
    if bits:
        ticks["ticktext"] = ["XOR", "0.25", "0.5", "0.75", "copy"]
    return panel(
        "curves",
        "Worth of x₁: lines over all rows" + ("" if bits else ", dots from these rows"),
        line(at, _finite(told[1], top), "model", LABELS[4], label=LABELS[4],
             width=6 if log else 2),
        bits and line(at, told[0], "data", LABELS[5], label=LABELS[5], width=2),
        drawn,
        [dots([place], [value], ROLES[k], f"{name} now", 9)
         for k, name, value, seen in zip(ways, names, found, shown, strict=True) if seen],
        x=axis(what, -0.02, end + 0.02, **ticks),
        y=axis(unit, -0.03 * top, top),
        alt=f"At {number(place)}: " + "; ".join(
            f"{name} {number(value, zero=1e-9)}"
            for name, value in zip(LABELS, [*run.exact, *run.told.flip(0)], strict=True)) + ".",
        handles=(
            Handle(place, min(float(run.exact[3]), top), ("t" if bits else "rho",), what,
                   ((1.0, 0.0),), frees="x", role="force"),
        ),
    )  # fmt: skip


def _bars(run: Four, world: str, loss: str) -> Panel:
    exact = np.r_[run.exact.numpy(), run.told.flip(0).numpy()]
    bits = run.rows is None
    found, errors = exact.copy(), np.zeros(6)
    if not bits:
        found[:4], errors[:4] = run.rows.found.numpy(), 2 * run.rows.errors.numpy()
    finite = np.isfinite(found)
    most = float((found + errors)[finite].max(initial=0.0))
    top = BITS if bits else USUAL if most <= USUAL and loss == "squared" else coarse(most)
    least = min(float((found - errors)[finite].min(initial=0.0)), 0.0)
    left = -0.02 * top if least > -0.02 * top else -coarse(-least)
    ends = np.where(finite, found, 1.04 * top)
    heights = np.arange(6)
    texts = [number(value, zero=5e-5) for value in found]
    return panel(
        "bars",
        "Over all rows" if bits else "These rows ± 2 standard errors; dashed: all rows",
        [lying([0.0], [ends[k]], [k], role, LABELS[k], width=18)
         for k, role in enumerate((*ROLES, "model", "data"))],
        not bits and whiskers(found[:4], errors[:4], heights[:4], "± 2 standard errors"),
        not bits and segments(np.stack([exact[:4], heights[:4] - 0.4], 1),
                              np.stack([exact[:4], heights[:4] + 0.4], 1), "theory", "all rows",
                              width=2),
        [note(ends[k] + errors[k] + 0.015 * top, k, texts[k])
         for k in range(6)],
        x=axis("loss without x₁" + (" and information, nats" if loss == "log"
                                    else "; information in nats"), left, 1.28 * top, nticks=6),
        y=rows(LABELS, "measure"),
        margin={"l": 92, "r": 8, "t": 4, "b": 36},
        alt="; ".join(f"{name}: {text}" for name, text in zip(LABELS, texts, strict=True)) + ".",
    )  # fmt: skip


def _cloud(run: Four, rho: float, n: int) -> Panel:
    step = math.ceil(n / 400)
    x = run.rows.x[::step].numpy()
    shuffled = run.rows.shuffled[::step].numpy()
    off = outside(run, rho)
    return panel(
        "cloud",
        "Rows, and with x₁ shuffled; 99 % of all in the ellipse",
        dots(shuffled, x[:, 1], "third", "shuffled", 5, symbol="cross"),
        dots(*x.T, "data", "rows", 4),
        line(*ellipse(rho, math.sqrt(SUPPORT)), "theory", "99 % of all rows", width=2),
        x=axis("x₁", -REACH, REACH),
        y=axis("x₂", -REACH, REACH),
        alt=f"{n} rows of correlation {number(rho)}; {off} of them lie outside the ellipse once x₁ "
        "is shuffled.",
        handles=(
            Handle(2.0, 2.0 * rho, ("rho",), "correlation ρ", ((0.0, 0.5),), frees="y",
                   click=False, role="ink"),
        ),
        equal=True,
    )  # fmt: skip


def _table(run: Four) -> Panel:
    pairs = run.table.sum(2)
    shuffled = pairs.sum(1)[:, None] * pairs.sum(0)
    masses = np.stack([pairs.flatten(), shuffled.flatten(), pairs.flatten()], 1)
    names = [f"x₁ = {i // 2}, x₂ = {i % 2}" for i in range(4)]
    return panel(
        "table",
        "How often each pair of bits comes",
        cells(masses, "P", scale="heat", low=0.0, high=0.9, numbers=3),
        x=axis("rows", -0.5, 2.5, tickvals=[0, 1, 2], ticktext=["data", "shuffled", "redrawn"],
               **PLAIN),
        y=axis("pair", 3.5, -0.5, tickvals=list(range(4)), ticktext=names, **PLAIN),
        alt="In the data and shuffled: " + "; ".join(
            f"{name}: {number(a)}, {number(b)}"
            for name, (a, b, _) in zip(names, masses.tolist(), strict=True)) + ".",
        margin={"l": 110},
    )  # fmt: skip
