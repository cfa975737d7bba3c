"""The absent feature: the rows each coalition averages over, and the φ that follows."""

from collections.abc import Iterator
from functools import partial
from typing import Literal

import numpy as np

from core.experiments.shapley.absent import GAMES, SWEEP, Absent, ellipse, surface
from core.experiments.shapley.absent_claims import NAMES, number
from core.shapley.values import shapley_values
from core.words import bracket, tex
from pages.figures.marks import contours, dots, line, note, rule, segments
from pages.figures.parts.players import PLAYERS
from pages.figures.plot import Handle, Panel, Picture, axis, coarse, panel, rows

signed = partial(number, sign="+")


def figure(run: Absent, *, game: Literal[GAMES] = "conditional") -> Picture:
    """The plane, the waterfall, and φ along ρ."""
    panels = _plane(run, game), _waterfall(*run.now(game)), _curves(run, game)
    return Picture(panels, formula=_formula(run, game, *run.now(game)))


def _formula(run: Absent, game: str, v: list[float], phi: list[float]) -> tuple[str, ...]:
    v0, v1, v2, v12 = map(tex, v)
    x1, x2 = map(tex, run.x.tolist())
    start, one, two = {
        "baseline": ("f(z)", "f(x_1, z_2)", "f(z_1, x_2)"),
        "interventional": (r"E\,f(X)", rf"E\,f({x1}, X_2)", rf"E\,f(X_1, {x2})"),
    }.get(game, (r"E\,f(X)", rf"E[f(X)\mid X_1 = {x1}]", rf"E[f(X)\mid X_2 = {x2}]"))
    values = (
        rf"v(\varnothing) = {start} = {v0},\quad v(1) = {one} = {v1},\quad "
        rf"v(2) = {two} = {v2},\quad v(1,2) = f(x) = {v12}"
    )
    return values, *(
        rf"\varphi_{j} = \tfrac12\,[v({j}) - v(\varnothing)] + \tfrac12\,[v(1,2) - v({3 - j})] = "
        rf"\tfrac12\,[{first} - {bracket(v[0])}] + \tfrac12\,[{v12} - {bracket(v[3 - j])}] = "
        rf"\role{{{PLAYERS[j - 1]}}}{{{tex(phi[j - 1])}}}"
        for j, first in ((1, v1), (2, v2))
    )


def _plane(run: Absent, game: str) -> Panel:
    x, z = run.x.tolist(), run.reference.tolist()
    far = max(3.2, *map(abs, x), *map(abs, z))
    reach = next((step for step in (4.0, 6.0, 8.0) if far <= step), coarse(far))
    field, side = surface(run.model, run.beta, reach).numpy(), np.linspace(-reach, reach, 49)
    levels = np.linspace(field.min(), max(field.max(), field.min() + 1e-6), 15)[1:-1]
    kept = ((x[0], -reach), (-reach, x[1])), ((x[0], reach), (reach, x[1]))
    handles = [Handle(*x, ("x1", "x2"), "the point x")]
    if game == "baseline":
        handles += [Handle(*z, ("z1", "z2"), "the reference row z", click=False, role="good")]
    away = " and ".join(f"{100 * share:.0f} %" for share in run.outside(game))
    return panel(
        "plane",
        f"What the {NAMES[game]} game averages over: drag x",
        contours(side, side, field, levels),
        line(*ellipse(run.rho), "faint", "99 % of the data", width=1.5, label="99 % of the data"),
        dots(*run.rows, "data", "data", 3.5),
        segments(*kept, "faint", "kept"),
        _filled(run, game, reach),
        note(x[0], 0.93 * reach, "S = {1}: x₁ kept", PLAYERS[0]),
        note(-0.99 * reach, x[1] + 0.05 * reach, "S = {2}: x₂ kept", PLAYERS[1]),
        game == "baseline" and dots(z[:1], z[1:], "good", "z", 9, label="z"),
        dots(x[:1], x[1:], "ink", "x", 9, label="x"),
        x=axis("x₁", -reach, reach, dtick=reach / 4),
        y=axis("x₂", -reach, reach, dtick=reach / 4),
        margin={"l": 44, "r": 8, "t": 4, "b": 40},
        alt=f"x at ({number(x[0])}, {number(x[1])}). Of the rows filled in for S = {{1}} and S = "
        f"{{2}}, {away} lie outside the ellipse with 99 % of the data.",
        handles=tuple(handles),
        equal=True,
    )


def _filled(run: Absent, game: str, reach: float) -> Iterator[dict]:
    """The rows S = {j} averages over, larger where they weigh more, and their density."""
    points, weights = (each.numpy() for each in run.filled(game))
    at, width = np.linspace(-reach, reach, 81), 0.15
    for j, role in enumerate(PLAYERS[:2]):
        name, place = f"S = {{{j + 1}}}", points[j].T
        if game == "baseline":
            yield dots(*place, role, name, 9)
            continue
        share = weights[j] / weights[j].max()
        for size, chosen in ((4, (share > 0.05) & (share <= 0.4)), (6, share > 0.4)):
            if chosen.any():
                yield dots(*place[:, chosen], role, name, size, symbol="circle")
        bells = np.exp(-(((at[:, None] - place[1 - j]) / width) ** 2) / 2) @ weights[j]
        out = run.x[j].item() + bells / (width * np.sqrt(2 * np.pi)) * 0.3 * reach
        yield line(*((at, out) if j else (out, at)), role, "their density", width=2, dash="solid")


def _waterfall(v: list[float], phi: list[float]) -> Panel:
    (v0, v1, v2, v12), middle = v, v[0] + phi[0]
    orders = (0, v0, v1), (1, v1, v12), (1, v0, v2), (0, v2, v12)
    bars = *orders, (0, v0, middle), (1, middle, v12)  # player, from, to
    low, high = min(0.0, *v), max(0.0, *v)
    left = -coarse(-low) if low < -0.005 * (high - low) else 0.0
    right = coarse(high) if high > 0.005 * (high - low) else 0.0
    span, drawn = max(right - left, 1e-6), []
    for at, (j, *ends) in enumerate(bars):
        look = {"width": 12 if at > 3 else 6, "cap": "butt", "dash": "solid"}
        bar = rule(PLAYERS[j], "value", y=at, span=tuple(ends), **look)
        drawn += bar, note(max(ends), at, signed(ends[1] - ends[0]), PLAYERS[j])
    return panel(
        "waterfall",
        "Both orders of arrival, and their mean φ",
        rule("faint", "start", x=v0, span=(-0.6, 5.6), width=1.2),
        rule("theory", "f(x)", x=v12, span=(-0.6, 5.6), width=1.2),
        rule("faint", "above: the orders", y=3.5, span=(-1e3, 1e3), width=1),
        drawn,
        x=axis("value of f (dashed: f(x))", left - 0.06 * span, right + 0.24 * span, nticks=6),
        y=rows(("1 first", "then 2", "2 first", "then 1", "φ₁", "φ₂"), "order"),
        margin={"l": 74, "r": 10, "t": 4, "b": 36},
        alt=f"From {number(v0)}, {signed(phi[0])} for x₁ and {signed(phi[1])} for x₂ lead to "
        f"f(x) = {number(v12)}.",
    )


def _curves(run: Absent, game: str) -> Panel:
    chosen, rho = GAMES.index(game), SWEEP.numpy()
    played = shapley_values(run.v).numpy()
    now, curves = played[chosen, -1].tolist(), played[:, :-1]
    theory = shapley_values(run.law[:, :-1]).numpy()
    top = coarse(1.02 * float(max(np.abs(curves).max(), np.abs(theory).max(), 0.1)))
    low = -top if min(curves.min(), theory.min()) < -0.02 * top else -0.1 * top
    rival = "interventional" if game == "conditional" else "conditional"
    lines = []
    for name, each in zip(GAMES, curves, strict=True):
        for j, role in enumerate(PLAYERS[:2] if name != game else ()):
            text = f"{NAMES[name]} φ{'₁₂'[j]}"
            look = {"role": role, "label": text} if name == rival else {"role": "faint"}
            lines.append(line(rho[::-1], each[::-1, j], name=text, width=1.2, dash="solid", **look))
    for j, role in enumerate(PLAYERS[:2]):
        bold = {"width": 3.2, "dash": "solid", "pin": True, "label": f"φ{'₁₂'[j]}"}
        lines.append(line(rho, curves[chosen, :, j], role, bold["label"], **bold))
        lines.append(line(rho, theory[chosen, :, j], "theory", "whole law", width=1.3))
    free = {"matrix": ((1.0, 0.0),), "offset": (0.0,), "frees": "x", "role": PLAYERS[1]}
    return panel(
        "curves",
        f"φ along ρ, {NAMES[game]}; dashed: whole law",
        rule("faint", "ρ now", x=run.rho, span=(low, top), width=1.5),
        lines,
        [dots([run.rho], [now[j]], PLAYERS[j], "now", 8) for j in (0, 1)],
        x=axis("correlation ρ (grey: the other games)", -1.05, 1.2, tickvals=[-1, -0.5, 0, 0.5, 1]),
        y=axis("φ", low, top, nticks=5),
        margin={"l": 48, "r": 10, "t": 4, "b": 36},
        alt=f"At ρ = {number(run.rho)}: φ₁ = {number(now[0])}, φ₂ = {number(now[1])}.",
        handles=(Handle(run.rho, now[1], ("rho",), "correlation", **free),),
    )
