"""Three importances of every column beside each other, and the rows that shuffling makes."""

import math
from typing import Annotated

import numpy as np

from core.experiments.importance.real import MOST, WAYS, Real, learned
from core.experiments.importance.real_claims import Beside, beside, second, share
from core.signature import between
from core.words import number, tex
from pages.figures.marks import band, dots, line, lying, note, rule, segments, whiskers
from pages.figures.plot import Panel, Pick, Picture, axis, coarse, panel, rows

ROLES = ("third", "second", "force")  # of `WAYS`
AT = np.array([-0.26, 0.0, 0.26])  # within the row of a column
SEEN = 400  # rows drawn at most


def figure(
    run: Real, *, data: str, target: str, model: str, twin: bool, repeats: int, seed: int,
    feature: Annotated[int, between(0, MOST - 1)] = 4,
) -> Picture:  # fmt: skip
    """Bars of all columns done so far, and one column against its nearest relative."""
    table, _ = learned(data, target, model, twin)
    at = beside(data, target, model, twin, seed, feature)
    told = second(data, target, model, twin, repeats, seed).expected
    panels = _bars(run, table.features, at.j, told), _cloud(at, table.features)
    if at.j >= run.done:
        return Picture(panels)
    rise, way = run.rise[:, at.j], r"\role{%s}{\text{%s: }%s\,\%%}"
    left = tex(run.risk + float(rise[2]))
    return Picture(panels, formula=(
        rf"\role{{force}}{{R(f_{{-j}}) - R(f) = {left} - {tex(run.risk)} = {tex(rise[2])}}}",
        r",\quad ".join(way % (role, name, tex(100 * value / run.unit, 3, 5e-3))
                        for role, name, value in zip(ROLES, WAYS, rise, strict=True)),
    ))  # fmt: skip


def _bars(run: Real, names: tuple[str, ...], j: int, told: np.ndarray | None) -> Panel:
    k, p, scale = run.done, len(names), 100 / run.unit
    rise, error = (scale * each[:, :k].numpy() for each in (run.rise, 2 * run.error))
    right = coarse(max(1.0, float((rise + error).max())))
    least = min(0.0, float((rise - error).min()))
    left = -0.03 * right if least > -0.03 * right else -coarse(-least)
    y = np.arange(k) + AT[:, None]
    exact = 100 * told[0, :k] if told is not None else np.zeros(0)
    ends = (np.stack([exact, y[0][: len(exact)] + side], 1) for side in (-0.17, 0.17))
    legend = (note(left + (0.02 + 0.3 * m) * (right - left), -0.95, f"● {name}", ROLES[m])
              for m, name in enumerate(WAYS))  # fmt: skip
    spots = np.stack([np.zeros(p), np.arange(p)], 1)
    more = f"; {share(run, float(run.rise[0, j]))} shuffled" if j < k else ""
    return panel(
        "bars",
        "What each column is worth, ± 2 errors" + "; ticks: over all orders" * (told is not None),
        band([left, right], [j - 0.5] * 2, [j + 0.5] * 2, "faint", "looked at"),
        rule("faint", "0", x=0, span=(-0.6, p - 0.4), width=1),
        [lying(0 * rise[m], rise[m], y[m], role, WAYS[m], width=7) for m, role in enumerate(ROLES)],
        whiskers(rise.ravel(), error.ravel(), y.ravel(), "± 2 standard errors over the rows"),
        told is not None and segments(*ends, "theory", "mean over all orders", width=1.6),
        legend,
        x=axis("rise of the loss, % of the loss of guessing", left, right, nticks=7),
        y=rows(names, "column") | {"range": [p - 0.4, -1.4]},
        margin={"l": 138, "r": 8, "t": 4, "b": 38},
        pick=Pick.spots(spots, "feature", "column", j),
        alt=f"{names[j]}" + more + "; " + "; ".join(_worth(run, names, m) for m in range(3)) + ".",
    )  # fmt: skip


def _worth(run: Real, names: tuple[str, ...], m: int) -> str:
    """The column that is worth most so far by one of the ways."""
    best = int(run.rise[m, : run.done].argmax())
    return f"most {WAYS[m]}: {names[best]}, {share(run, float(run.rise[m, best]))}"


def _cloud(at: Beside, names: tuple[str, ...]) -> Panel:
    step = math.ceil(len(at.x) / SEEN)
    x, (own, shuffled, redrawn) = at.x[::step], at.y[:, ::step]
    low, high = math.floor(min(at.x.min(), -2)) - 0.3, math.ceil(max(at.x.max(), 2)) + 0.3
    down, up = math.floor(min(at.y[:2].min(), -2)) - 0.3, math.ceil(max(at.y[:2].max(), 2)) + 0.3
    edge = np.array([low, high])
    unit = "in standard deviations"
    return panel(
        "cloud",
        f"Shuffled {names[at.j]}; dashed: edge of the data",
        [line(edge, at.rho * edge + side * at.widest, "theory", "edge of the data", width=1.6)
         for side in (-1, 1)],
        dots(x, shuffled, "third", "shuffled", 6, symbol="cross"),
        dots(x, np.clip(redrawn, down, up), "second", "redrawn", 4),
        dots(x, own, "data", "rows", 4),
        x=axis(f"{names[at.other]}, {unit}", low, high),
        y=axis(f"{names[at.j]}, {unit}", down, up),
        alt=f"Correlation {number(at.rho)} of {names[at.j]} and {names[at.other]}; {at.off} of "
        f"{len(at.x)} shuffled rows lie outside the lines.",
    )  # fmt: skip
