"""The importances of real data: one row for each feature, the sums, and errors that shrink."""

import numpy as np

from core.experiments.shapley.risk_data import MEASURES, RiskData
from core.experiments.shapley.risk_data_claims import share
from pages.figures.marks import dots, line, lying, whiskers
from pages.figures.plot import PLAIN, Panel, Picture, axis, coarse, rows
from pages.figures.shapley.risk import ROLE, SHORT

AT = dict(zip(MEASURES, (-0.22, -0.01, 0.14, 0.28, 0.42), strict=True))  # within a row
AXIS = "% of the risk without features"


def figure(run: RiskData, **_) -> Picture:
    """SAGE as bars, its rivals as dots, their sums, and the largest error against the pairs."""
    total = _tex(100 * float(np.nansum(run.values[0])) / run.nobody)
    return Picture(
        panels=(_bars(run), _sums(run), _errors(run)),
        formula=(
            r"\textstyle\sum_j \role{model}{\hat\varphi_j} = \role{model}{" + total + r"}\,\%"
            rf"\qquad \frac{{R(f_\varnothing) - R(f)}}{{R(f_\varnothing)}} = "
            rf"\frac{{{_tex(run.nobody)} - {_tex(run.everybody)}}}{{{_tex(run.nobody)}}} = "
            rf"{_tex(100 * run.saved / run.nobody)}\,\%",
        ),
    )


def _tex(value: float) -> str:
    return f"{value:.4g}" if abs(value) < 1e4 else f"{value:.0f}"


def _percent(run: RiskData) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    scale = 100 / run.nobody
    return tuple(scale * each.numpy() for each in (run.values, run.errors, run.exact))


def _bars(run: RiskData) -> Panel:
    values, errors, exact = _percent(run)
    order = np.argsort(-values[MEASURES.index("permutation")], kind="stable")
    names = [run.table.features[j] for j in order]
    seen = np.concatenate([values + 2 * errors, values - 2 * errors])
    right = coarse(max(float(np.nanmax(seen)), 1.0))
    left = float(np.nanmin(seen))
    left = -0.03 * right if left > -0.03 * right else -coarse(-left)
    at = np.arange(len(order), dtype=float)
    gap = np.full(len(at), np.nan)
    across = np.tile((left, 1.03 * right, np.nan), len(at)), np.stack((at, at, gap), -1) - 0.46
    traces = [
        line(across[0], across[1].ravel(), "faint", "rows", width=0.6),
        line([0, 0], [-0.6, len(at) - 0.4], "faint", "0", width=1),
    ]
    for m, measure in enumerate(MEASURES):
        y, known = at + AT[measure], np.isfinite(values[m, order])
        if not known.any():
            continue
        x, spread, y = values[m, order][known], 2 * errors[m, order][known], y[known]
        if measure == "sage":
            traces.append(lying(0 * x, x, y, ROLE[measure], "SAGE", width=9))
            traces.append(whiskers(x, spread, y, "± 2 standard errors"))
        else:
            faint = whiskers(x, spread, y, "± 2 standard errors")
            faint["meta"] |= {"role": ROLE[measure], "width": 1}
            traces += [faint, dots(x, y, ROLE[measure], SHORT[measure], 6)]
    if np.isfinite(exact).all():
        x, y = exact[order], at + AT["sage"]
        ticks = np.stack((x, x, gap), -1).ravel(), np.stack((y - 0.2, y + 0.2, gap), -1).ravel()
        traces.append(line(*ticks, "theory", "exact SAGE", width=1.6))
    return Panel(
        "bars",
        "SAGE (bars; dashed: exact) and its rivals (dots), ± 2 errors",
        tuple(traces),
        {
            "xaxis": axis(f"importance, {AXIS}", left, right * 1.03, nticks=7),
            "yaxis": rows(names, "feature"),
            "margin": {"l": 128, "r": 8, "t": 4, "b": 38},
        },
        "; ".join(
            f"{run.table.features[j]}: "
            + ", ".join(
                f"{SHORT[measure]} {share(run, run.values[m, j].item())}"
                for m, measure in enumerate(MEASURES)
            )
            for j in order[:4]
        )
        + ".",
    )


def _sums(run: RiskData) -> Panel:
    """Sums of what is known, and the legend of the dots."""
    values, _, _ = _percent(run)
    totals, saved = np.nansum(values, axis=1), 100 * run.saved / run.nobody
    right = coarse(max(float(totals.max()), saved, 1.0))
    left = min(float(totals.min()), 0.0)
    left = -0.02 * right if left > -0.02 * right else -coarse(-left)
    traces = [line([saved, saved], [-0.6, 4.6], "theory", "R(f_∅) − R(f)")]
    for m, measure in enumerate(MEASURES):
        text = share(run, totals[m] * run.nobody / 100)
        text = text if np.isfinite(values[m]).any() else "not yet"
        traces.append(lying([0], [totals[m]], [m], ROLE[measure], SHORT[measure], width=11))
        if measure != "sage":
            traces.append(dots([totals[m]], [m], ROLE[measure], SHORT[measure], 9))
        traces.append(line([max(totals[m], 0)], [m], ROLE[measure], text, label=text))
    return Panel(
        "sums",
        f"Their sums; dashed: saved by all, {share(run, run.saved)}",
        tuple(traces),
        {
            "xaxis": axis(f"sum, {AXIS}", left, right * 1.25, nticks=5),
            "yaxis": rows([SHORT[measure] for measure in MEASURES], "measure"),
            "margin": {"l": 86, "r": 8, "t": 4, "b": 36},
        },
        ", ".join(
            f"{SHORT[m]} {share(run, t * run.nobody / 100)}"
            for m, t in zip(MEASURES, totals, strict=True)
        )
        + f"; all features save {share(run, run.saved)}.",
    )


def _errors(run: RiskData) -> Panel:
    counts = run.counts.numpy().astype(float)
    widest = 100 * run.widest.numpy() / run.nobody
    shown = widest > 0
    counts, widest = counts[shown], widest[shown]
    top = coarse(float(widest.max())) if len(widest) else 10.0
    traces = []
    if len(widest):
        law = widest[-1] * np.sqrt(counts[-1] / counts)
        traces = [
            line(counts, law, "theory", "1/√M", width=1.5),
            line(counts[:1], law[:1], "theory", "1/√M", label="1/√M"),
            line(counts, widest, "model", "largest error", label=f"{widest[-1]:.2g} %", pin=True),
        ]
    return Panel(
        "errors",
        "SAGE's largest standard error against the pairs M",
        tuple(traces),
        {
            "xaxis": axis("pairs of a row and an order M", 10, 1e5, log=True, dtick=1),
            "yaxis": axis("error, %", top / 200, top * 2, log=True, dtick=1, **PLAIN),
            "margin": {"l": 56, "r": 12, "t": 4, "b": 36},
        },
        f"After {run.pairs} pairs the largest standard error is {widest[-1]:.2g} %."
        if len(widest)
        else "No pairs yet.",
    )
