"""The importances of real data: one row for each feature, the sums, and errors that shrink."""

from typing import Literal

import numpy as np

from core.experiments.shapley.risk_data import MEASURES, RiskData
from core.experiments.shapley.risk_data_claims import share
from pages.figures.marks import dots, line, lying, note, rule, segments, whiskers
from pages.figures.parts.importance import ROLE, SHORT, sums
from pages.figures.plot import PLAIN, Panel, Picture, axis, coarse, panel, rows

AT = dict(zip(MEASURES, (-0.22, 0.0, 0.14, 0.28, 0.42), strict=True))  # within a row
UNIT = "% of the risk without features"
ERRORS = "± 2 standard errors over the rows"


def figure(run: RiskData, *, measures: Literal["three", "five"] = "three") -> Picture:
    """SAGE as bars, its rivals as dots, their sums, and the largest error against the pairs."""
    seen = MEASURES if measures == "five" else MEASURES[:3]
    total = _tex(100 * float(run.values[0].nan_to_num().sum()) / run.nobody)
    formula = (
        rf"\textstyle\sum_j \role{{model}}{{\hat\varphi_j}} = \role{{model}}{{{total}}}\,\%"
        rf"\qquad \frac{{R(f_\varnothing) - R(f)}}{{R(f_\varnothing)}} = "
        rf"\frac{{{_tex(run.nobody)} - {_tex(run.everybody)}}}{{{_tex(run.nobody)}}} = "
        rf"{_tex(100 * run.saved / run.nobody)}\,\%"
    )
    return Picture((_bars(run, seen), _sums(run, seen), _errors(run)), formula=(formula,))


def _tex(value: float) -> str:
    return f"{value:.0f}" if 1e4 <= abs(value) < 1e9 else f"{value:.4g}"


def _told(run: RiskData, m: int, value: float) -> str:
    name = SHORT[MEASURES[m]]
    return f"{name} {share(run, value)}" if np.isfinite(value) else f"{name} not yet known"


def _bars(run: RiskData, seen: tuple[str, ...]) -> Panel:
    scale, names = 100 / run.nobody, run.table.features
    order = np.argsort(-run.values[MEASURES.index("permutation")].numpy(), kind="stable")
    parts = (run.values[:, order], 2 * run.errors[:, order], run.exact[order])
    values, errors, exact = (scale * part.numpy() for part in parts)
    ends = np.stack((values - errors, values + errors))[:, : len(seen)]
    right, p = coarse(max(float(np.nanmax(ends[1])), 1.0)), len(order)
    least = float(np.nanmin(ends[0]))
    left = -0.03 * right if least > -0.03 * right else -coarse(-least)
    at, middle = np.arange(p, dtype=float), np.arange(p) + AT["sage"]
    tails, tips = ([(x, y) for y in at - 0.46] for x in (left, 1.03 * right))
    ticks = np.stack((exact, middle - 0.2), 1), np.stack((exact, middle + 0.2), 1)

    def measured(m: int, name: str) -> tuple[dict, ...]:
        known, role, text = np.isfinite(values[m]), ROLE[name], SHORT[name]
        x, spread, y = values[m, known], errors[m, known], (at + AT[name])[known]
        if name == "sage" and known.any():
            return lying(0 * x, x, y, role, text, width=9), whiskers(x, spread, y, ERRORS)
        around = lying(x - spread, x + spread, y, role, ERRORS, width=1)
        return (around, dots(x, y, role, text, 6)) if known.any() else ()

    named = (
        note(left + (0.02 + 0.32 * (m % 3)) * (right - left), y, f"● {SHORT[name]}", ROLE[name])
        for m, name in enumerate(seen)
        for y in (-1.0 - 0.6 * (len(seen) > 3 > m),)
    )
    alt = (
        f"{names[j]}: {', '.join(_told(run, m, run.values[m, j].item()) for m in range(len(seen)))}"
        for j in order[:4]
    )
    return panel(
        "bars",
        "What each column saves, ± 2 errors; dashed: exact SAGE",
        segments(tails, tips, "faint", "rows", width=0.6),
        rule("faint", "0", x=0, span=(-0.6, p - 0.4), width=1),
        [measured(m, name) for m, name in enumerate(seen)],
        named,
        bool(np.isfinite(exact).all()) and segments(*ticks, "theory", "exact SAGE", width=1.6),
        x=axis(f"importance, {UNIT}", left, right * 1.03, nticks=7),
        y=rows([names[j] for j in order], "feature")
        | {"range": [p - 0.4, -2.0 if len(seen) > 3 else -1.4]},
        margin={"l": 128, "r": 8, "t": 4, "b": 38},
        alt="; ".join(alt) + ".",
    )


def _sums(run: RiskData, seen: tuple[str, ...]) -> Panel:
    saved, totals = share(run, run.saved), run.values.nansum(1).tolist()
    ends = np.array([[0.0, 100 / run.nobody * total] for total in totals[: len(seen)]])
    known = run.values.isfinite().any(1).tolist()
    texts = [share(run, total) if there else "not yet" for total, there in zip(totals, known)]
    alt = ", ".join(f"{SHORT[name]} {text}" for name, text in zip(seen, texts))
    return sums(
        f"Their sums; dashed: saved by all, {saved}",
        ends,
        100 * run.saved / run.nobody,
        texts[: len(seen)],
        UNIT,
        f"{alt}; all features save {saved}.",
        [dots([ends[m, 1]], [m], ROLE[k], SHORT[k], 9) for m, k in enumerate(seen) if m],
        measures=seen,
    )


def _errors(run: RiskData) -> Panel:
    widest = 100 / run.nobody * run.noise.numpy().max(1, initial=0.0)
    known = np.isfinite(widest) & (widest > 0)
    counts = run.each.shape[1] * np.arange(1, len(widest) + 1)[known]
    top, traces, alt = 10.0, [], "No error is known yet."
    if widest := widest[known].tolist():
        top, last = coarse(max(widest)), f"{widest[-1]:.2g} %"
        law = widest[-1] * np.sqrt(counts[-1] / counts)
        alt = f"After {run.pairs} pairs the largest standard error by the orders is {last}."
        traces = [
            line(counts, law, "theory", "1/√M", width=1.5),
            note(counts[0], 1.5 * max(law[0], widest[0]), "1/√M", "theory"),
            line(counts, widest, "model", "largest error", label=last, pin=True),
        ]
    return panel(
        "errors",
        "SAGE's random orders: the largest error they leave",
        traces,
        x=axis("pairs of a row and an order M", 10, 1e5, log=True, dtick=1),
        y=axis("standard error, %", top / 200, top * 2, log=True, dtick=1, **PLAIN),
        margin={"l": 56, "r": 12, "t": 4, "b": 36},
        alt=alt,
    )
