"""SAGE and its rivals: five importances of each feature, their sums, and where they come from."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

import numpy as np
import torch

from core.experiments.shapley.risk import Risk, lines, sweep
from core.experiments.shapley.risk_claims import number, question
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


def figure(
    run: Risk,
    *,
    world: str,
    rho: float,
    flip: float,
    measures: Literal["two", "five", "rows"] = "two",
    adds: bool = False,
) -> Picture:
    """What each feature is worth, the sums, the importances along ρ or the flips, and the game."""
    seen = MEASURES[:2] if measures == "two" else MEASURES
    sampled, wrong = measures == "rows", "lofo" if adds else ""
    look, at = (run, world, seen, sampled, wrong), rho if world == "gauss" else flip
    panels = _bars(*look), _sums(*look), _curves(run, world, at, seen), _game(run, sampled)
    return Picture(panels, formula=tuple(_formula(run, world, rho, flip, measures != "two")))


def _formula(run: Risk, world: str, rho: float, flip: float, all_: bool) -> Iterator[str]:
    sage, last = run.exact[0].tolist(), run.exact[1].tolist()
    first, alone = tex(sage[0]), rf"\role{{fourth}}{{{tex(run.exact[4, 0])}}}"
    if world == "gauss":
        (b1, b2), r = map(tex, run.beta[:2]), tex(rho)
        yield (
            r"\role{model}{\varphi_1} = \tfrac12\,[(\beta_1 + \rho\beta_2)^2 + (1 - \rho^2)\,"
            rf"\beta_1^2] = \tfrac12\,[({b1} + ({r})({b2}))^2 + (1 - ({r})^2)\,({b1})^2] = "
            rf"\role{{model}}{{{first}}}"
        )
        lofo = r"\role{force}{\text{LOFO}_1} = (1 - \rho^2)\,\beta_1^2 = "
        yield rf"{lofo}\role{{force}}{{{tex(last[0])}}}"
        if all_:
            yield (
                r"\role{third}{\text{permuted}_1} = 2\,f_1^2 = "
                rf"\role{{third}}{{{tex(run.exact[2, 0])}}}\qquad "
                rf"\role{{fourth}}{{\text{{alone}}_1}} = (\beta_1 + \rho\beta_2)^2 = {alone}\qquad "
                r"I(X_1; Y) = -\tfrac12 \log\bigl(1 - \text{alone}_1 / \operatorname{Var} Y\bigr) "
                rf"= {tex(run.information[0])}\text{{ nats}}"
            )
    else:
        yield (
            rf"I(X_1, X_2; Y) = \log 2 - h(q) = \log 2 - h({tex(flip)}) = {tex(run.saved)},\quad "
            rf"\role{{model}}{{\varphi_1 = \varphi_2 = \tfrac12\,I = {first}}}"
        )
        told = rf"\role{{force}}{{I(X_1; Y \mid X_2)}} = {tex(last[0])}"
        yield rf"\role{{fourth}}{{I(X_1; Y)}} = {tex(run.exact[4, 0])},\qquad {told}"
    yield (
        rf"\textstyle\sum_j \role{{model}}{{\varphi_j}} = {' + '.join(map(tex, sage))} = "
        rf"{tex(sum(sage))} = R(f_\varnothing) - R(f) = {tex(-run.v[0])} - {tex(-run.v[-1])}"
        rf"\qquad \sum_j \role{{force}}{{\text{{LOFO}}_j}} = {tex(sum(last))}"
    )


def _bars(run: Risk, world: str, seen: tuple[str, ...], sampled: bool, wrong: str) -> Panel:
    exact, found, errors = (e[: len(seen)].numpy() for e in (run.exact, run.found, 2 * run.errors))
    shown = found if sampled else exact
    low, high = np.quantile(run.draws[:, : len(seen)].numpy(), (0.1, 0.9), axis=0)
    tops = np.maximum(found + errors, np.maximum(exact, high)) if sampled else exact
    right = coarse(float(tops[np.isfinite(tops)].max(initial=0.01)))
    least = float(min((found - errors).min(), low.min())) if sampled else 0.0
    left = -0.05 * right if least > -0.05 * right else -coarse(-least)
    (m, p), edge = exact.shape, 1.04 * right  # where ∞ is drawn
    heads = np.arange(m) * (p + GAP)
    at, end = heads[:, None] + 0.95 + np.arange(p), np.minimum(tops, edge)
    edges = [np.stack((np.minimum(exact, edge), at + y), -1).reshape(-1, 2) for y in (-0.46, 0.46)]
    last, size = at[-1, -1] + 0.7, [[number(v) for v in row] for row in shown.tolist()]
    ticks = {"tickvals": at.ravel().tolist(), "ticktext": [f"X{j}" for j in "₁₂₃"[:p]] * m}

    def measured(k: int, name: str) -> Iterator[dict]:
        role = "wrong" if name == wrong else ROLE[name]
        yield note(left, heads[k], question(name, world), role)
        yield lying(0 * at[k], np.minimum(shown[k], edge), at[k], role, name, width=9)
        if sampled:
            yield lying(low[k], high[k], at[k] + 0.38, role, "20 draws", width=1.6)
        for j, true in enumerate(exact[k].tolist()):
            text = f"{size[k][j]} ({number(true)})" if sampled else size[k][j]
            yield note(end[k, j], at[k, j], text, role)

    alt = (f"{SHORT[name]} ({', '.join(told)})" for name, told in zip(seen, size))
    title = "From n rows, ± 2 errors over them; thin: 20 draws; dashed: exact"
    return panel(
        "bars",
        title if sampled else "What each feature is worth",
        [measured(k, name) for k, name in enumerate(seen)],
        sampled and whiskers(found.ravel(), errors.ravel(), at.ravel(), "± 2 standard errors"),
        sampled and segments(*edges, "theory", "exact"),
        rule("faint", "0", x=0, span=(-0.6, last), width=1),
        x=axis(f"importance, {UNITS[world]}", left, right * 1.4, nticks=7),
        y=axis("feature", last, -0.7, **ticks, **PLAIN),
        margin={"l": 48, "r": 8, "t": 4, "b": 38},
        alt=f"{'; '.join(alt)}.",
    )


def _sums(run: Risk, world: str, seen: tuple[str, ...], sampled: bool, wrong: str) -> Panel:
    each, saved = (run.found, run.saved_found) if sampled else (run.exact, run.saved)
    ends = np.pad(each[: len(seen)].cumsum(1).numpy(), ((0, 0), (1, 0)))
    told = [number(total) for total in ends[:, -1].tolist()]
    texts = [told[0], told[1] + (f", not {number(saved)}" if wrong else ""), *told[2:]]
    inside = np.minimum(ends, 1.2 * ends[np.isfinite(ends)].max())  # ∞ goes to the edge
    title = f"Sums beside the risk saved, {number(saved)} (dashed)"
    alt = ", ".join(map(" ".join, zip(SHORT.values(), told))) + f"; saved {number(saved)}."
    return sums(title, inside, saved, texts, UNITS[world], alt, measures=seen, wrong=wrong)


@lru_cache(maxsize=16)
def _lines(world: str, beta: tuple[float, ...], seen: tuple[str, ...]) -> tuple[float, list]:
    x = sweep(world)
    y = lines(world, torch.tensor(beta, dtype=torch.float64), x)[: len(seen), :, 0].numpy()
    bounded = y[:, len(x) // 10 :] if world == "xor" else y  # one rises to ∞ at q = 0
    top = coarse(float(max(bounded.max(), 0.01)))
    places = {name: {"lofo": 0.3, "resampling": 0.22}.get(name, 1.0) for name in seen}
    if world != "gauss":
        places = {name: 0.06 if each.any() else 0.6 for name, each in zip(seen, y)}
    return top, list(curves(x.numpy(), y, top, places))


def _curves(run: Risk, world: str, at: float, seen: tuple[str, ...]) -> Panel:
    top, traces = _lines(world, tuple(run.beta.tolist()), seen)
    exact = run.exact[: len(seen), 0].tolist()
    param = "rho" if world == "gauss" else "flip"
    low, high, ticks, symbol = ALONG[param]
    told = ", ".join(f"{SHORT[name]} {number(value)}" for name, value in zip(seen, exact))
    now = [(v, role) for v, role in zip(exact, ROLE.values()) if v <= 1.04 * top]
    slide = Handle(at, exact[0], (param,), symbol, ((1.0, 0.0),), (0.0,), role="model", frees="x")
    return panel(
        "curves",
        f"Importances of X₁ along {symbol[-1]}, whole law",
        rule("faint", "now", x=at, span=(0, top), width=1.5),
        traces,
        [dots([at], [v], role, "now", 7) for v, role in now],
        x=axis(symbol, low, high, tickvals=ticks),
        y=axis("importance", 0, 1.04 * top, nticks=5),
        margin={"l": 48, "r": 8, "t": 4, "b": 36},
        alt=f"At {symbol} = {number(at)} X₁ has {told}.",
        handles=(slide,),
    )


def _game(run: Risk, sampled: bool) -> Panel:
    order = by_size(run.exact.shape[1])
    exact, learned = run.v[order].numpy(), run.learned[order].numpy()
    low, at = -coarse(float(max(-exact.min(), -learned.min(), 0.01))), np.arange(len(order))
    true = (np.stack((at + by, exact), 1) for by in (-0.42, 0.42))
    names = [*map(members, order.tolist())]
    return panel(
        "game",
        f"v(S) = −risk, knowing S{'; dashed: exact' * sampled}",
        standing(at, learned if sampled else exact, "data", "v(S)", 12),
        sampled and segments(*true, "theory", "exact", width=1.6),
        x=by_coalition("features known S", names),
        y=axis("v(S)", low, -0.02 * low, nticks=5),
        margin={"l": 52, "r": 8, "t": 4, "b": 36},
        alt=", ".join(f"v({name}) = {number(v)}" for name, v in zip(names, exact)) + ".",
    )
