"""SAGE and its rivals: five importances of each feature, their sums, and where they come from."""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import torch

from core.experiments.shapley.risk import Risk, lines, sweep
from core.experiments.shapley.risk_claims import listed, number, question
from core.shapley.coalitions import by_size
from core.shapley.risk import MEASURES
from core.words import tex
from pages.figures.marks import dots, lying, note, rule, segments, whiskers
from pages.figures.parts.importance import ROLE, SHORT, curves, sums
from pages.figures.parts.players import by_coalition, members, standing
from pages.figures.plot import PLAIN, Handle, Panel, Picture, axis, coarse, panel

GAP = 1.25  # rows between two measures
ALONG = {  # frame, ticks and name of the axis
    "rho": (-1.05, 1.55, [-1, -0.5, 0, 0.5, 1], "correlation ρ"),
    "flip": (-0.02, 0.52, [0, 0.1, 0.2, 0.3, 0.4, 0.5], "chance of a flip q"),
}
UNITS = {"gauss": "squared error", "xor": "nats", "copy": "nats"}


def figure(run: Risk, *, world: str, rho: float, flip: float, adds: bool = False) -> Picture:
    """Bars with their errors, the sums, the importances along ρ or the flips, and the game."""
    roles = list((ROLE | ({"lofo": "wrong"} if adds else {})).values())
    lines = _curves(run, world, rho if world == "gauss" else flip)
    panels = _bars(run, world, roles), _sums(run, world, roles, adds), lines, _game(run)
    return Picture(panels, formula=tuple(_formula(run, world, rho, flip)))


def _formula(run: Risk, world: str, rho: float, flip: float) -> Iterator[str]:
    sage, last = run.exact[0].tolist(), run.exact[1].tolist()
    first, alone = tex(sage[0]), rf"\role{{fourth}}{{{tex(run.exact[4, 0])}}}"
    if world == "gauss":
        (b1, b2), r = map(tex, run.beta[:2]), tex(rho)
        yield (
            r"\role{model}{\varphi_1} = \tfrac12\,[(\beta_1 + \rho\beta_2)^2 + (1 - \rho^2)\,"
            rf"\beta_1^2] = \tfrac12\,[({b1} + ({r})({b2}))^2 + (1 - ({r})^2)\,({b1})^2] = "
            rf"\role{{model}}{{{first}}}"
        )
        yield (
            r"\role{force}{\text{LOFO}_1} = (1 - \rho^2)\,\beta_1^2 = "
            rf"\role{{force}}{{{tex(last[0])}}}\qquad \role{{third}}{{\text{{permuted}}_1}} = "
            rf"2\,f_1^2 = \role{{third}}{{{tex(run.exact[2, 0])}}}"
        )
        yield (
            rf"\role{{fourth}}{{\text{{alone}}_1}} = (\beta_1 + \rho\beta_2)^2 = {alone}\qquad "
            r"I(X_1; Y) = -\tfrac12 \log\bigl(1 - \text{alone}_1 / \operatorname{Var} Y\bigr) = "
            rf"{tex(run.information[0])}\text{{ nats}}"
        )
    else:
        yield (
            rf"I(X_1, X_2; Y) = \log 2 - h(q) = \log 2 - h({tex(flip)}) = {tex(run.saved)},\quad "
            rf"\role{{model}}{{\varphi_1 = \varphi_2 = \tfrac12\,I = {first}}}"
        )
        yield (
            rf"\role{{fourth}}{{I(X_1; Y)}} = {tex(run.exact[4, 0])},\qquad "
            rf"\role{{force}}{{I(X_1; Y \mid X_2)}} = {tex(last[0])}"
        )
    yield (
        rf"\textstyle\sum_j \role{{model}}{{\varphi_j}} = {' + '.join(map(tex, sage))} = "
        rf"{tex(sum(sage))} = R(f_\varnothing) - R(f) = {tex(-run.v[0])} - {tex(-run.v[-1])}"
        rf"\qquad \sum_j \role{{force}}{{\text{{LOFO}}_j}} = {tex(sum(last))}"
    )


def _bars(run: Risk, world: str, roles: list[str]) -> Panel:
    exact, found, errors = run.exact.numpy(), run.found.numpy(), 2 * run.errors.numpy()
    low, high = np.quantile(run.draws.numpy(), (0.1, 0.9), axis=0)
    seen = np.stack([exact, found + errors, high])
    right = coarse(float(np.max(seen[np.isfinite(seen)], initial=0.01)))
    least = float(min((found - errors).min(), low.min()))
    left = -0.05 * right if least > -0.05 * right else -coarse(-least)
    p, true = run.exact.shape[1], np.minimum(exact, 1.04 * right)
    heads = np.arange(5) * (p + GAP)
    at = heads[:, None] + 0.95 + np.arange(p)
    end = np.maximum(found + errors, np.maximum(true, high))
    edges = [np.stack((true, at + by), -1).reshape(-1, 2) for by in (-0.46, 0.46)]
    told, names = [found.tolist(), exact.tolist()], [f"X{'₁₂₃'[j]}" for j in range(p)]

    def measured(m: int, role: str) -> Iterator[dict]:
        yield note(left, heads[m], question(MEASURES[m], world), role)
        yield lying(0 * at[m], found[m], at[m], role, MEASURES[m], width=9)
        yield lying(low[m], high[m], at[m] + 0.38, role, "20 draws", width=1.6)
        for j in range(p):
            text = f"{number(told[0][m][j])} ({number(told[1][m][j])})"
            yield note(end[m, j], at[m, j], text, role)

    alt = (f"{n} {listed(a)}, exact {listed(b)}" for n, a, b in zip(SHORT.values(), *told))
    last, ticks = at[-1, -1] + 0.7, {"tickvals": at.ravel().tolist(), "ticktext": names * 5}
    return panel(
        "bars",
        "From n rows, ± 2 errors, thin: 20 draws; dashed (exact)",
        [measured(m, role) for m, role in enumerate(roles)],
        whiskers(found.ravel(), errors.ravel(), at.ravel(), "± 2 standard errors"),
        segments(*edges, "theory", "exact"),
        rule("faint", "0", x=0, span=(-0.6, last), width=1),
        x=axis(f"importance, {UNITS[world]}", left, right * 1.45, nticks=7),
        y=axis("feature", last, -0.7, **ticks, **PLAIN),
        margin={"l": 48, "r": 8, "t": 4, "b": 38},
        alt=f"{'; '.join(alt)}.",
    )


def _sums(run: Risk, world: str, roles: list[str], adds: bool) -> Panel:
    ends, saved = np.pad(run.found.numpy().cumsum(1), ((0, 0), (1, 0))), run.saved_found
    told = [number(total) for total in ends[:, -1].tolist()]
    texts = [told[0], told[1] + (f", not {number(saved)}" if adds else ""), *told[2:]]
    title = f"Sums beside the risk saved, {number(saved)} (dashed)"
    alt = ", ".join(map(" ".join, zip(SHORT.values(), told))) + f"; saved {number(saved)}."
    return sums(title, ends, saved, texts, UNITS[world], alt, roles=roles)


@lru_cache(maxsize=16)
def _lines(world: str, beta: tuple[float, ...]) -> tuple[float, tuple[dict, ...]]:
    x = sweep(world)
    y = lines(world, torch.tensor(beta, dtype=torch.float64), x)[:, :, 0].numpy()
    bounded = y[:, len(x) // 10 :] if world == "xor" else y  # one rises to ∞ at q = 0
    top = coarse(float(max(bounded.max(), 0.01)))
    places = dict.fromkeys(MEASURES, 1.0) | {"lofo": 0.3, "resampling": 0.22}
    if world != "gauss":
        places = {name: 0.06 if each.any() else 0.6 for name, each in zip(MEASURES, y)}
    return top, tuple(curves(x.numpy(), y, top, places))


def _curves(run: Risk, world: str, at: float) -> Panel:
    (top, traces), exact = _lines(world, tuple(run.beta.tolist())), run.exact[:, 0].tolist()
    param = "rho" if world == "gauss" else "flip"
    low, high, ticks, symbol = ALONG[param]
    told = ", ".join(f"{short} {number(value)}" for short, value in zip(SHORT.values(), exact))
    seen = [(v, role) for v, role in zip(exact, ROLE.values()) if v <= 1.04 * top]
    free = {"matrix": ((1.0, 0.0),), "offset": (0.0,), "frees": "x"}
    return panel(
        "curves",
        f"Importances of X₁ along {symbol[-1]}, whole law",
        rule("faint", "now", x=at, span=(0, top), width=1.5),
        traces,
        [dots([at], [v], role, "now", 7) for v, role in seen],
        x=axis(symbol, low, high, tickvals=ticks),
        y=axis("importance", 0, 1.04 * top, nticks=5),
        margin={"l": 48, "r": 8, "t": 4, "b": 36},
        alt=f"At {symbol} = {number(at)} X₁ has {told}.",
        handles=(Handle(at, exact[0], (param,), symbol, role="model", **free),),
    )


def _game(run: Risk) -> Panel:
    order = by_size(run.exact.shape[1])
    exact, learned = run.v[order].numpy(), run.learned[order].numpy()
    low, at = -coarse(float(max(-exact.min(), -learned.min(), 0.01))), np.arange(len(order))
    true = (np.stack((at + by, exact), 1) for by in (-0.42, 0.42))
    names = [*map(members, order.tolist())]
    return panel(
        "game",
        "The game v(S) = −R(f_S); dashed: exact",
        standing(at, learned, "data", "v(S)", 12),
        segments(*true, "theory", "exact", width=1.6),
        x=by_coalition("coalition S", names),
        y=axis("v(S)", low, -0.02 * low, nticks=5),
        margin={"l": 52, "r": 8, "t": 4, "b": 36},
        alt=", ".join(f"v({name}) = {number(v)}" for name, v in zip(names, exact)) + ".",
    )
