"""SAGE and its rivals: five importances of each feature, their sums, and where they come from."""

from functools import partial

import numpy as np

from core.experiments.shapley.risk import MEASURES, Importances
from core.experiments.shapley.risk_claims import listed, number, question
from core.shapley.coalitions import coalitions
from core.words import tex
from pages.figures.marks import dots, line, lying, whiskers
from pages.figures.parts.players import members
from pages.figures.plot import PLAIN, Handle, Panel, Picture, axis, coarse, rows

_tex = partial(tex, digits=3, zero=5e-5)
ROLE = {
    "sage": "model",
    "lofo": "force",
    "permutation": "third",
    "resampling": "second",
    "alone": "fourth",
}
SHORT = {"sage": "SAGE", "lofo": "LOFO", "permutation": "permuted", "resampling": "resampled"}
SHORT["alone"] = "alone"
GAP = 1.25  # rows between two measures
UNITS = {"gauss": "squared error", "xor": "nats", "copy": "nats"}


def figure(
    run: Importances, *, world: str, rho: float, flip: float, feature: str, adds: bool, **_
) -> Picture:
    """Bars with their errors, the sums, the importances along ρ or the flips, and the game."""
    followed = min(int(feature), run.features) - 1
    return Picture(
        panels=(
            _bars(run, world, adds),
            _sums(run, world, adds),
            _curves(run, world, followed),
            _game(run, world),
        ),
        formula=_formula(run, world, rho, flip),
    )


def _formula(run: Importances, world: str, rho: float, flip: float) -> tuple[str, ...]:
    sage, last = run.exact[0].tolist(), run.exact[1].tolist()
    parts = " + ".join(_tex(value) for value in sage)
    total = (
        rf"\textstyle\sum_j \role{{model}}{{\varphi_j}} = {parts} = {_tex(sum(sage))} = "
        rf"R(f_\varnothing) - R(f) = {_tex(-run.v[0].item())} - {_tex(-run.v[-1].item())}"
        rf"\qquad \sum_j \role{{force}}{{\text{{LOFO}}_j}} = {_tex(sum(last))}"
    )
    if world == "gauss":
        b1, b2 = (_tex(value) for value in run.beta[:2].tolist())
        r = _tex(rho)
        return (
            r"\role{model}{\varphi_1} = \tfrac12\,[(\beta_1 + \rho\beta_2)^2 + (1 - \rho^2)\,"
            rf"\beta_1^2] = \tfrac12\,[({b1} + ({r})({b2}))^2 + (1 - ({r})^2)\,({b1})^2] = "
            rf"\role{{model}}{{{_tex(sage[0])}}}",
            rf"\role{{force}}{{\text{{LOFO}}_1}} = (1 - \rho^2)\,\beta_1^2 = "
            rf"\role{{force}}{{{_tex(last[0])}}}\qquad \role{{third}}{{\text{{permuted}}_1}} = "
            rf"2\,f_1^2 = \role{{third}}{{{_tex(run.exact[2, 0].item())}}}",
            rf"\role{{fourth}}{{\text{{alone}}_1}} = (\beta_1 + \rho\beta_2)^2 = "
            rf"\role{{fourth}}{{{_tex(run.exact[4, 0].item())}}}\qquad I(X_1; Y) = "
            r"-\tfrac12 \log\bigl(1 - \text{alone}_1 / \operatorname{Var} Y\bigr) = "
            rf"{_tex(run.information[0].item())}\text{{ nats}}",
            total,
        )
    q = _tex(flip)
    return (
        rf"I(X_1, X_2; Y) = \log 2 - h(q) = \log 2 - h({q}) = {_tex(run.saved)},\quad "
        rf"\role{{model}}{{\varphi_1}} = \role{{model}}{{\varphi_2}} = \tfrac12\,I = "
        rf"\role{{model}}{{{_tex(sage[0])}}}",
        rf"\role{{fourth}}{{I(X_1; Y)}} = {_tex(run.exact[4, 0].item())},\qquad "
        rf"\role{{force}}{{I(X_1; Y \mid X_2)}} = {_tex(last[0])}",
        total,
    )


# --- the bars ------------------------------------------------------------------------------------


def _bars(run: Importances, world: str, adds: bool) -> Panel:
    exact, found, errors = run.exact.numpy(), run.found.numpy(), run.errors.numpy()
    low, high = np.quantile(run.draws.numpy(), (0.1, 0.9), axis=0)
    seen = np.stack([exact, found + 2 * errors, high])
    right = coarse(float(np.max(seen[np.isfinite(seen)], initial=0.01)))
    least = float(min((found - 2 * errors).min(), low.min()))
    left = -0.05 * right if least > -0.05 * right else -coarse(-least)
    p, traces, places, names = run.features, [], [], []
    for m, measure in enumerate(MEASURES):
        role = "wrong" if adds and measure == "lofo" else ROLE[measure]
        head = m * (p + GAP)
        at = head + 0.95 + np.arange(p)
        places += at.tolist()
        names += [f"X{'₁₂₃'[j]}" for j in range(p)]
        traces += [
            line([left], [head], role, measure, label=question(measure, world)),
            lying(0 * at, found[m], at, role, measure, width=9),
            lying(low[m], high[m], at + 0.38, role, "20 draws", width=1.6),
            whiskers(found[m], 2 * errors[m], at, "± 2 standard errors"),
        ]
        for j in range(p):
            true = min(float(exact[m, j]), right * 1.04)
            traces.append(line([true, true], at[j] + np.array([-0.46, 0.46]), "theory", "exact"))
            end = max(found[m, j] + 2 * errors[m, j], true, high[m, j])
            text = f"{number(found[m, j])} ({number(exact[m, j])})"
            traces.append(line([end], [at[j]], role, text, label=text))
    last = places[-1] + 0.7
    traces.append(line([0, 0], [-0.6, last], "faint", "0", width=1))
    return Panel(
        "bars",
        "From n rows, ± 2 errors, thin: 20 draws; dashed (exact)",
        tuple(traces),
        {
            "xaxis": axis(f"importance, {UNITS[world]}", left, right * 1.45, nticks=7),
            "yaxis": axis("feature", last, -0.7, tickvals=places, ticktext=names, **PLAIN),
            "margin": {"l": 48, "r": 8, "t": 4, "b": 38},
        },
        "; ".join(
            f"{SHORT[measure]} {listed(found[m].tolist())}, exact {listed(exact[m].tolist())}"
            for m, measure in enumerate(MEASURES)
        )
        + ".",
    )


def _sums(run: Importances, world: str, adds: bool) -> Panel:
    """Each measure's values laid end to end, against the risk saved over the same rows."""
    found, saved = run.found.numpy(), run.saved_found
    ends = np.concatenate((np.zeros((5, 1)), found.cumsum(1)), axis=1)
    right = coarse(max(float(ends.max()), saved, 0.01))
    left = min(float(ends.min()), saved)
    left = -0.02 * right if left > -0.02 * right else -coarse(-left)
    traces = []
    for m, measure in enumerate(MEASURES):
        role = "wrong" if adds and measure == "lofo" else ROLE[measure]
        for j in range(run.features):
            start, end = ends[m, j], ends[m, j + 1]
            gap = 0.006 * right * np.sign(end - start)
            if abs(end - start) > abs(gap):
                traces.append(lying([start], [end - gap], [m], role, f"X{j + 1}", width=11))
        total = ends[m, -1]
        text = number(total)
        if adds and measure == "lofo":
            text += f", not {number(saved)}"
        traces.append(line([ends[m].max()], [m], role, text, label=text))
    traces.append(line([saved, saved], [-0.6, 4.6], "theory", "R(f_∅) − R(f)"))
    return Panel(
        "sums",
        f"Sums beside the risk saved, {number(saved)} (dashed)",
        tuple(traces),
        {
            "xaxis": axis(f"sum, {UNITS[world]}", left, right * 1.25, nticks=5),
            "yaxis": rows([SHORT[measure] for measure in MEASURES], "measure"),
            "margin": {"l": 86, "r": 8, "t": 4, "b": 36},
        },
        "Sums: "
        + ", ".join(f"{SHORT[m]} {number(e)}" for m, e in zip(MEASURES, ends[:, -1], strict=True))
        + f"; risk saved {number(saved)}.",
    )


# --- along the parameter, and the game ---------------------------------------------------------


def _curves(run: Importances, world: str, j: int) -> Panel:
    name = f"X{'₁₂₃'[j]}"
    curves, x = run.curves[:, :, j].numpy(), run.sweep.numpy()
    bounded = curves[:, len(x) // 10 :] if world == "xor" else curves  # one rises to ∞ at q = 0
    top = coarse(float(max(bounded.max(), 0.01)))
    traces = [line([run.at, run.at], [0, top], "faint", "now", width=1.5)]
    traces += _named(curves, x, top, world)
    for m, measure in enumerate(MEASURES):
        now = float(run.exact[m, j])
        if now <= top:
            traces.append(dots([run.at], [now], ROLE[measure], "now", 7))
    low, high, ticks, symbol, param = (
        (-1.05, 1.55, [-1, -0.5, 0, 0.5, 1], "correlation ρ", "rho")
        if world == "gauss"
        else (-0.02, 0.52, [0, 0.1, 0.2, 0.3, 0.4, 0.5], "chance of a flip q", "flip")
    )
    return Panel(
        "curves",
        f"Importances of {name} along {symbol[-1]}, whole law",
        tuple(traces),
        {
            "xaxis": axis(symbol, low, high, tickvals=ticks),
            "yaxis": axis("importance", 0, top * 1.04, nticks=5),
            "margin": {"l": 48, "r": 8, "t": 4, "b": 36},
        },
        f"At {symbol} = {number(run.at)} {name} has "
        + ", ".join(
            f"{SHORT[m]} {number(value)}"
            for m, value in zip(MEASURES, run.exact[:, j].tolist(), strict=True)
        )
        + ".",
        handles=(
            Handle(
                run.at,
                float(run.exact[0, j]),
                (param,),
                symbol,
                matrix=((1.0, 0.0),),
                offset=(0.0,),
                frees="x",
                role="model",
            ),
        ),
    )


def _named(curves: np.ndarray, x: np.ndarray, top: float, world: str) -> list[dict]:
    """The curves (5, K), those that coincide under one name, named where there is room."""
    traces, names = [], {}
    for m, measure in enumerate(MEASURES):
        same = [k for k in names if np.allclose(curves[k], curves[m])]
        names.setdefault(same[0] if same else m, []).append(SHORT[measure])
    for m, together in names.items():
        y = np.where(curves[m] <= 1.5 * top, curves[m], np.nan)
        role, name = ROLE[MEASURES[m]], " = ".join(together)
        traces.append(line(x, y, role, name))
        inside = np.flatnonzero(curves[m] <= 0.9 * top)
        at = {"lofo": 0.3, "resampling": 0.22}.get(MEASURES[m], 1.0)
        if world != "gauss":
            at = 0.06 if curves[m].any() else 0.6
        place = inside[inside >= int(at * (len(x) - 1))][:1] if len(inside) else inside
        place = place if len(place) else np.array([len(x) - 1])
        traces.append(line(x[place], y[place], role, name, label=name))
    return traces


def _game(run: Importances, world: str) -> Panel:
    order = sorted(range(len(run.v)), key=lambda s: (int(coalitions(run.features)[s].sum()), s))
    exact, learned = run.v[order].numpy(), run.learned[order].numpy()
    low = -coarse(float(max(-exact.min(), -learned.min(), 0.01)))
    at = np.arange(len(order), dtype=float)
    gap = np.full_like(at, np.nan)
    return Panel(
        "game",
        "The game v(S) = −R(f_S); dashed: exact",
        (
            line(
                np.stack((at, at, gap), -1).ravel(),
                np.stack((0 * at, learned, gap), -1).ravel(),
                "data",
                "v(S)",
                width=12,
                cap="butt",
            ),
            line(
                np.stack((at - 0.42, at + 0.42, gap), -1).ravel(),
                np.stack((exact, exact, gap), -1).ravel(),
                "theory",
                "exact",
                width=1.6,
            ),
        ),
        {
            "xaxis": axis(
                "coalition S",
                -0.7,
                len(order) - 0.3,
                tickvals=at.tolist(),
                ticktext=[members(s) for s in order],
                **PLAIN,
            ),
            "yaxis": axis("v(S)", low, -0.02 * low, nticks=5),
            "margin": {"l": 52, "r": 8, "t": 4, "b": 36},
        },
        ", ".join(f"v({members(s)}) = {number(v)}" for s, v in zip(order, exact.tolist())) + ".",
    )
