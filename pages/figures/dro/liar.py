"""The line with its liars, the four estimates, how far they move over ε and over K."""

import numpy as np

from core import table
from core.dro import median_bias_bound
from core.experiments.dro.liar import NAMES, PLACES, SHARES, Liar, over_place, over_share
from core.words import bracket, number, tex
from pages.figures.marks import bars, dots, line, lying, note, rule
from pages.figures.plot import Handle, Paint, Panel, Picture, axis, coarse, panel, rows

ROLES = ("wrong", "good", "third", "model")
LABELS = ("mean", "median", "trimmed", "Huber")
GOLDEN = 0.6180339887  # spreads points over the height without clumps
MOST = 400  # liars drawn
FLOOR, TOP = 0.01, 300.0  # of a move that is drawn
PEN = 5.0  # a drawn number reaches from −PEN to PEN


def figure(
    run: Liar, *, eps: float, K: float, points: str, numbers: str, trim: float
) -> Picture:  # fmt: skip
    """Line, estimates, moves over ε, moves over K or the numbers to draw."""
    panels = [_strip(run, eps, K), _marks(run, eps, K, points), _over_share(run, eps, K, points,
              trim)]  # fmt: skip
    panels.append(_pad(numbers) if points == "mine" else _over_place(run, eps, K, trim))
    mean, told = float(run.clean[0]), float(run.told[0])
    return Picture(
        tuple(panels),
        formula=(
            rf"\role{{wrong}}{{\text{{mean}}}} = (1-\varepsilon)\,{tex(mean)} + \varepsilon K = "
            rf"{tex(1 - eps)}\cdot {bracket(mean)} + {tex(eps)}\cdot {bracket(K)} = "
            rf"\role{{wrong}}{{{tex(told)}}}",
        ),
    )


def _window(run: Liar, K: float) -> dict:
    """The line from the points to the liars, in a frame that rarely moves."""
    far = max(5.0, coarse(max(abs(K), float(run.x.abs().max()))))
    ends = (-0.25 * far, 1.12 * far) if K >= 0 else (-1.12 * far, 0.25 * far)
    low = min(ends[0], 1.1 * float(run.x.min()))
    return axis("place on the line", low, max(ends[1], 1.1 * float(run.x.max())))


def _strip(run: Liar, eps: float, K: float) -> Panel:
    x, n = run.x.numpy(), len(run.x)
    count = MOST if eps == 1 else min(MOST, round(n * eps / (1 - eps)))
    count = max(count, 1) if eps else 0
    high, off = (np.arange(k) * GOLDEN % 1 for k in (n, count))
    return panel(
        "line",
        f"{n} honest point{'s' * (n > 1)} and a share {number(eps)} of liars",
        dots(x, high, "data", "honest points", 5),
        count > 0 and dots(np.full(count, K), off, "wrong", "liars", 6, label="liars"),
        x=_window(run, K),
        y=axis("spread for the eye", -0.15, 1.15, showticklabels=False, showgrid=False, ticks=""),
        alt=f"{n} honest points between {number(x[0])} and {number(x[-1])}; a share {number(eps)} "
        f"stands at {number(K)}.",
        handles=(
            Handle(K, 0.5, ("K",), "where the liars stand", ((1.0, 0.0),), frees="x", role="wrong"),
        ),
    )


def _marks(run: Liar, eps: float, K: float, points: str) -> Panel:
    told, clean, window = run.told.numpy(), run.clean.numpy(), _window(run, K)
    bound = median_bias_bound(eps) if points == "law" else np.inf
    return panel(
        "estimates",
        "Four estimates of the middle; grey: without the liars",
        [
            [
                lying(min(clean[k], told[k]), max(clean[k], told[k]), k, role, NAMES[k], width=4),
                dots([clean[k]], [k], "faint", f"{NAMES[k]} without liars", 8),
                dots([told[k]], [k], role, NAMES[k], 11),
                note(told[k], k - 0.3, number(told[k], zero=5e-4), role),
            ]
            for k, role in enumerate(ROLES)
        ],
        bound < 1e6 and lying(-bound, bound, 1.28, "theory", "bound of the median", width=3),
        x=window,
        y=rows(LABELS, "estimate"),
        alt="; ".join(
            f"{name} {number(now, zero=5e-4)}, without liars {number(before, zero=5e-4)}"
            for name, now, before in zip(NAMES, told, clean)
        )
        + ".",
    )


def _curves(at: np.ndarray, found: np.ndarray, run: Liar) -> list[dict]:
    """How far each estimate has moved, on an axis of powers."""
    moved = np.abs(found - run.clean.numpy()[:, None]).clip(FLOOR / 10, 10 * TOP)
    return [
        line(at, each, role, name, label=short, width=2.4)
        for each, role, name, short in zip(moved, ROLES, NAMES, LABELS)
    ]


def _moves() -> dict:
    return axis("move", FLOOR, TOP, log=True, dtick=1)


def _here(run: Liar) -> float:
    return float(run.moved[0].abs().clamp(FLOOR, TOP))


def _over_share(run: Liar, eps: float, K: float, points: str, trim: float) -> Panel:
    found = over_share(run.x.numpy().tobytes(), K, trim)
    below = SHARES[SHARES < 0.5]
    bound = [median_bias_bound(float(e)) for e in below]
    ends = (FLOOR, TOP)
    return panel(
        "share",
        f"How far liars at {number(K)} carry each, over their share",
        trim > 0 and rule("faint", "what is trimmed", x=trim, span=ends, label="cut off"),
        rule("faint", "half", x=0.5, span=ends, label="half"),
        _curves(SHARES, found, run),
        points != "mine"
        and line(below, np.clip(bound, FLOOR / 10, TOP), "theory", "bound", label="bound"),
        x=axis("share ε of liars", 0.0, 0.6),
        y=_moves(),
        alt=f"At ε = {number(eps)} "
        + ", ".join(
            f"{name} has moved by {number(m, zero=5e-4)}"
            for name, m in zip(NAMES, run.moved.abs())
        )
        + ".",
        handles=(
            Handle(
                min(eps, 0.6), _here(run), ("eps",), "share ε", ((1.0, 0.0),), frees="x",
                role="wrong",
            ),
        ),
    )  # fmt: skip


def _over_place(run: Liar, eps: float, K: float, trim: float) -> Panel:
    side = -1.0 if K < 0 else 1.0
    found = over_place(run.x.numpy().tobytes(), eps, side, trim)
    here = float(np.clip(abs(K), PLACES[0], PLACES[-1]))
    return panel(
        "reach",
        f"How far a share {number(eps)} carries each, over where it stands",
        _curves(PLACES, found, run),
        x=axis("distance |K| of the liars from 0", PLACES[0], PLACES[-1], log=True, dtick=1),
        y=_moves(),
        alt=f"From |K| = {number(PLACES[0])} to {number(PLACES[-1])} the mean's move grows to "
        f"{number(abs(found[0, -1] - float(run.clean[0])))}, the median's to "
        f"{number(abs(found[1, -1] - float(run.clean[1])))}.",
        handles=(
            Handle(here, _here(run), ("K",), "where the liars stand", ((side, 0.0),), frees="x",
                   role="wrong"),
        ),
    )  # fmt: skip


def _pad(numbers: str) -> Panel:
    values = table.signal(numbers, "numbers").numpy()
    seen = np.clip(values, -PEN, PEN)
    return panel(
        "pad",
        "Draw the honest points here",
        bars(np.arange(len(values)), seen, "data", "honest points"),
        x=axis("number of the point", -0.6, max(len(values), 2) - 0.4),
        y=axis("its place", -PEN, PEN),
        alt=f"{len(values)} numbers between {number(values.min())} and {number(values.max())}.",
        paint=Paint("numbers", values.tolist(), -PEN, PEN, 0.1, "the honest points"),
    )
