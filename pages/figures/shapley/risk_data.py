"""The importances of real data: one row for each feature, the sums, and errors that shrink."""

import numpy as np
from torch import Tensor

from core.experiments.shapley.risk_data import MEASURES, RiskData
from core.experiments.shapley.risk_data_claims import share
from pages.figures.marks import dots, line, lying, note, rule, segments, whiskers
from pages.figures.parts.importance import ROLE, SHORT, sums
from pages.figures.plot import PLAIN, Panel, Picture, axis, coarse, panel, rows

AT = dict(zip(MEASURES, (-0.22, -0.01, 0.14, 0.28, 0.42), strict=True))  # within a row
UNIT = "% of the risk without features"
ERRORS = "± 2 standard errors"


def figure(run: RiskData) -> Picture:
    """SAGE as bars, its rivals as dots, their sums, and the largest error against the pairs."""
    total = _tex(100 * float(np.nansum(run.values[0])) / run.nobody)
    formula = (
        rf"\textstyle\sum_j \role{{model}}{{\hat\varphi_j}} = \role{{model}}{{{total}}}\,\%"
        rf"\qquad \frac{{R(f_\varnothing) - R(f)}}{{R(f_\varnothing)}} = "
        rf"\frac{{{_tex(run.nobody)} - {_tex(run.everybody)}}}{{{_tex(run.nobody)}}} = "
        rf"{_tex(100 * run.saved / run.nobody)}\,\%"
    )
    return Picture((_bars(run), _sums(run), _errors(run)), formula=(formula,))


def _tex(value: float) -> str:
    return f"{value:.4g}" if abs(value) < 1e4 else f"{value:.0f}"


def _listed(run: RiskData, values: Tensor) -> str:
    each = zip(SHORT.values(), values.tolist(), strict=True)
    return ", ".join(f"{name} {share(run, value)}" for name, value in each)


def _bars(run: RiskData) -> Panel:
    scale, names = 100 / run.nobody, run.table.features
    order = np.argsort(-run.values[MEASURES.index("permutation")].numpy(), kind="stable")
    parts = (run.values[:, order], 2 * run.errors[:, order], run.exact[order])
    values, errors, exact = (scale * each.numpy() for each in parts)
    right = coarse(max(float(np.nanmax(values + errors)), 1.0))
    least, p = float(np.nanmin(values - errors)), len(order)
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

    return panel(
        "bars",
        "SAGE (bars; dashed: exact) and its rivals (dots), ± 2 errors",
        segments(tails, tips, "faint", "rows", width=0.6),
        rule("faint", "0", x=0, span=(-0.6, p - 0.4), width=1),
        [measured(m, name) for m, name in enumerate(MEASURES)],
        bool(np.isfinite(exact).all()) and segments(*ticks, "theory", "exact SAGE", width=1.6),
        x=axis(f"importance, {UNIT}", left, right * 1.03, nticks=7),
        y=rows([names[j] for j in order], "feature"),
        margin={"l": 128, "r": 8, "t": 4, "b": 38},
        alt="; ".join(f"{names[j]}: {_listed(run, run.values[:, j])}" for j in order[:4]) + ".",
    )


def _sums(run: RiskData) -> Panel:
    totals, saved = run.values.nansum(1), share(run, run.saved)
    ends = np.stack((np.zeros(5), 100 / run.nobody * totals.numpy()), 1)
    known = zip(totals.tolist(), run.values.isfinite().any(1).tolist(), strict=True)
    texts = [share(run, total) if there else "not yet" for total, there in known]
    return sums(
        f"Their sums; dashed: saved by all, {saved}",
        ends,
        100 * run.saved / run.nobody,
        texts,
        UNIT,
        f"{_listed(run, totals)}; all features save {saved}.",
        [dots([ends[m, 1]], [m], ROLE[k], SHORT[k], 9) for m, k in enumerate(MEASURES) if m],
    )


def _errors(run: RiskData) -> Panel:
    counts, widest = run.counts.numpy(), 100 / run.nobody * run.widest.numpy()
    counts, widest = counts[widest > 0], widest[widest > 0]
    top, traces, alt = 10.0, [], "No standard error is known yet."
    if len(widest):
        top, last = coarse(float(widest.max())), f"{widest[-1]:.2g} %"
        law = widest[-1] * np.sqrt(counts[-1] / counts)
        alt = f"After {run.pairs} pairs the largest standard error is {last}."
        traces = [
            line(counts, law, "theory", "1/√M", width=1.5),
            note(counts[0], law[0], "1/√M", "theory"),
            line(counts, widest, "model", "largest error", label=last, pin=True),
        ]
    return panel(
        "errors",
        "SAGE's largest standard error against the pairs M",
        traces,
        x=axis("pairs of a row and an order M", 10, 1e5, log=True, dtick=1),
        y=axis("error, %", top / 200, top * 2, log=True, dtick=1, **PLAIN),
        margin={"l": 56, "r": 12, "t": 4, "b": 36},
        alt=alt,
    )
