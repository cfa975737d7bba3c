"""The absent feature: the rows each coalition averages over, and the φ that follows."""

from functools import partial

import numpy as np
import torch

from core.experiments.shapley.absent import GAMES, Absent, ellipse, profile, surface
from core.experiments.shapley.absent_claims import NAMES, number, percent, signed
from core.words import tex
from pages.figures.marks import as_f4, contours, dots, line, lying
from pages.figures.parts.players import PLAYERS
from pages.figures.plot import Handle, Panel, Picture, axis, coarse, rows

_tex = partial(tex, digits=3, zero=5e-4)
ORDER = ("1 first", "then 2", "2 first", "then 1", "φ₁", "φ₂")
FEATURE = ("₁", "₂")
SIDE = {"l": 74, "r": 10, "t": 4, "b": 36}


def figure(run: Absent, *, model: str, b1: float, b2: float, game: str, **_) -> Picture:
    """The plane, the waterfall, φ along ρ, and the table of the game."""
    return Picture(
        panels=(
            _plane(run, model, b1, b2, game),
            _waterfall(run),
            _curves(run, game),
            _table(run),
        ),
        formula=_formula(run, game),
    )


def _formula(run: Absent, game: str) -> tuple[str, ...]:
    v0, v1, v2, v12 = (_tex(value) for value in run.v.tolist())
    one, two = (_tex(value) for value in run.phi.tolist())
    x1, x2 = (_tex(value) for value in run.x.tolist())
    inside = {
        "baseline": (r"f(x_1, z_2)", r"f(z_1, x_2)"),
        "interventional": (rf"E\,f({x1}, X_2)", rf"E\,f(X_1, {x2})"),
    }.get(game, (rf"E[f(X)\mid X_1 = {x1}]", rf"E[f(X)\mid X_2 = {x2}]"))
    start = "f(z)" if game == "baseline" else r"E\,f(X)"
    return (
        rf"v(\varnothing) = {start} = {v0},\quad v(1) = {inside[0]} = {v1},\quad "
        rf"v(2) = {inside[1]} = {v2},\quad v(12) = f(x) = {v12}",
        r"\varphi_1 = \tfrac12\,[v(1) - v(\varnothing)] + \tfrac12\,[v(12) - v(2)] = "
        rf"\tfrac12\,[{v1} - {_round(v0)}] + \tfrac12\,[{v12} - {_round(v2)}] = "
        rf"\role{{model}}{{{one}}}",
        r"\varphi_2 = \tfrac12\,[v(2) - v(\varnothing)] + \tfrac12\,[v(12) - v(1)] = "
        rf"\tfrac12\,[{v2} - {_round(v0)}] + \tfrac12\,[{v12} - {_round(v1)}] = "
        rf"\role{{force}}{{{two}}}",
    )


def _round(text: str) -> str:
    return f"({text})" if text.startswith("-") else text


# --- the plane ---------------------------------------------------------------------------------


def _plane(run: Absent, model: str, b1: float, b2: float, game: str) -> Panel:
    mean, sd = run.mean.numpy(), run.cov.diagonal().sqrt().numpy()
    far = float(max(*(np.abs(mean) + 3.2 * sd), run.x.abs().max(), run.reference.abs().max()))
    reach = next((step for step in (4.0, 6.0, 8.0) if far <= step), coarse(far))
    z = surface(model, b1, b2, reach).numpy()
    side = np.linspace(-reach, reach, len(z))
    x = run.x.numpy()
    low, high = (z.min(), z.max()) if z.max() > z.min() else (z.min() - 1, z.max() + 1)
    traces = [
        contours(side, side, z, np.linspace(low, high, 15)[1:-1]),
        line(*ellipse(run.mean, run.cov).numpy().T, "faint", "99 % of the data", width=1.5),
        dots(*run.rows.numpy().T, "data", "data", 3.5),
        line(
            [x[0], x[0], np.nan, -reach, reach],
            [-reach, reach, np.nan, x[1], x[1]],
            "faint",
            "kept",
        ),
    ]
    for j in (0, 1):
        traces += _filled(run, j, reach, game)
    traces += [
        line([x[0]], [0.93 * reach], PLAYERS[0], "S = {1}", label="S = {1}: x₁ kept"),
        line(
            [-0.99 * reach], [x[1] + 0.05 * reach], PLAYERS[1], "S = {2}", label="S = {2}: x₂ kept"
        ),
    ]
    handles = [Handle(float(x[0]), float(x[1]), ("x1", "x2"), "the point x", role="ink")]
    if game == "baseline":
        a, b = run.reference.tolist()
        traces.append(dots([a], [b], "good", "z", 9, label="z"))
        handles.append(Handle(a, b, ("z1", "z2"), "the reference row z", click=False, role="good"))
    traces.append(dots(x[:1], x[1:], "ink", "x", 9, label="x"))
    away = " and ".join(percent(share) for share in run.outside.tolist())
    return Panel(
        "plane",
        f"What the {NAMES[game]} game averages over: drag x",
        tuple(traces),
        {
            "xaxis": axis("x₁", -reach, reach, dtick=reach / 4),
            "yaxis": axis("x₂", -reach, reach, dtick=reach / 4),
            "margin": {"l": 44, "r": 8, "t": 4, "b": 40},
        },
        f"The point x at {_place(x)} among {len(run.rows)} rows with correlation "
        f"{number(run.rho)}. Of the rows filled in for S = 1 and S = 2, {away} of the weight lies "
        "outside the ellipse with 99 % of the data.",
        handles=tuple(handles),
        equal=True,
    )


def _filled(run: Absent, j: int, reach: float, game: str) -> list[dict]:
    """The rows S = {j} averages over, larger where they weigh more, and their density."""
    role, points, weights = PLAYERS[j], run.filled[j], run.weights[j]
    if game == "baseline":
        return [dots(*points.numpy().T, role, f"S = {{{j + 1}}}", 9)]
    share = weights / weights.max()
    traces = [
        dots(*points[chosen].numpy().T, role, f"S = {{{j + 1}}}", size, symbol="circle")
        for size, chosen in ((4, (share > 0.05) & (share <= 0.4)), (6, share > 0.4))
        if chosen.any()
    ]
    k = 1 - j
    sd = run.cov[k, k].sqrt().item()
    if sd == 0:
        return traces
    at = torch.linspace(-reach, reach, 81, dtype=torch.float64)
    bell = profile(points[:, k], weights, at, 0.15 * sd).numpy() * 0.3 * reach * sd
    out, along = as_f4(run.x[j].item() + bell), as_f4(at)
    bell_line = (out, along) if j == 0 else (along, out)
    return [*traces, line(*bell_line, role, "their density", width=2, dash="solid")]


def _place(x: np.ndarray) -> str:
    return f"({number(x[0])}, {number(x[1])})"


# --- beside it ---------------------------------------------------------------------------------


def _waterfall(run: Absent) -> Panel:
    v0, v1, v2, v12 = run.v.tolist()
    one, two = run.phi.tolist()
    bars = (  # player, from, to
        (0, v0, v1),
        (1, v1, v12),
        (1, v0, v2),
        (0, v2, v12),
        (0, v0, v0 + one),
        (1, v0 + one, v12),
    )
    edge = len(bars) - 0.4
    traces = [
        line([v0, v0], [-0.6, edge], "faint", "start", width=1.2),
        line([v12, v12], [-0.6, edge], "theory", "f(x)", width=1.2),
        line([-1e3, 1e3], [3.5, 3.5], "faint", "above: the orders", width=1),
    ]
    for at, (player, start, end) in enumerate(bars):
        role, text = PLAYERS[player], signed(end - start)
        traces.append(
            lying([start], [end], [at], role, f"x{FEATURE[player]}", width=12 if at > 3 else 6)
        )
        traces.append(line([max(start, end)], [at], role, text, label=text))
    return Panel(
        "waterfall",
        "Both orders of arrival, and their mean φ",
        tuple(traces),
        {"xaxis": _values(run), "yaxis": rows(ORDER, "order"), "margin": SIDE},
        f"From {number(v0)} feature 1 adds {signed(one)} and feature 2 adds {signed(two)}, ending "
        f"at f(x) = {number(v12)}.",
    )


def _values(run: Absent) -> dict:
    """One axis of values for the waterfall and the table, in coarse steps."""
    low, high = min(0.0, run.v.min().item()), max(0.0, run.v.max().item())
    left = -coarse(-low) if low < -0.005 * (high - low) else 0.0
    right = coarse(high) if high > 0.005 * (high - low) else 0.0
    span = max(right - left, 1e-6)
    return axis("value of f", left - 0.06 * span, right + 0.24 * span, nticks=6)


def _curves(run: Absent, game: str) -> Panel:
    rho, chosen = run.sweep[:-1].numpy(), GAMES.index(game)
    curves, theory = run.curves[:, :-1].numpy(), run.theory[:, :-1].numpy()
    top = coarse(1.02 * float(max(np.abs(curves).max(), np.abs(theory).max(), 0.1)))
    low = -top if min(curves.min(), theory.min()) < -0.02 * top else -0.1 * top
    traces = [line([run.rho, run.rho], [low, top], "faint", "ρ now", width=1.5)]
    rival = "interventional" if game == "conditional" else "conditional"
    for g, name in enumerate(GAMES):
        for j in (0, 1):
            if g == chosen:
                continue
            named = {"label": f"{NAMES[name]} φ{FEATURE[j]}"} if name == rival else {}
            traces.append(
                line(
                    rho[::-1],
                    curves[g, ::-1, j],
                    PLAYERS[j] if name == rival else "faint",
                    f"{NAMES[name]} φ{FEATURE[j]}",
                    width=1.2,
                    dash="solid",
                    **named,
                )
            )
    for j in (0, 1):
        name = f"φ{FEATURE[j]}"
        traces.append(
            line(
                rho,
                curves[chosen, :, j],
                PLAYERS[j],
                name,
                width=3.2,
                dash="solid",
                label=name,
                pin=True,
            )
        )
        traces.append(line(rho, theory[chosen, :, j], "theory", f"{name}, whole law", width=1.3))
    now = run.shares[chosen].tolist()
    traces += [dots([run.rho], [now[j]], PLAYERS[j], "now", 8) for j in (0, 1)]
    return Panel(
        "curves",
        f"φ along ρ, {NAMES[game]}; dashed: whole law",
        tuple(traces),
        {
            "xaxis": axis("correlation ρ", -1.05, 1.2, tickvals=[-1, -0.5, 0, 0.5, 1]),
            "yaxis": axis("φ", low, top, nticks=5),
            "margin": {"l": 48, "r": 10, "t": 4, "b": 36},
        },
        f"At ρ = {number(run.rho)} the {NAMES[game]} game gives φ₁ = {number(now[0])}, "
        f"φ₂ = {number(now[1])}.",
        handles=(
            Handle(
                run.rho,
                now[1],
                ("rho",),
                "correlation",
                matrix=((1.0, 0.0),),
                offset=(0.0,),
                also={"law": "rho"},
                frees="x",
                role=PLAYERS[1],
            ),
        ),
    )


def _table(run: Absent) -> Panel:
    v, law = run.v.tolist(), run.law.tolist()
    traces = [line([0, 0], [-0.6, 3.6], "faint", "0", width=1)]
    for at, (value, role) in enumerate(zip(v, ("data", *PLAYERS[:2], "ink"), strict=True)):
        traces.append(lying([0], [value], [at], role, "v", width=12))
        traces.append(line([max(value, 0)], [at], role, number(value), label=number(value)))
    for at, value in enumerate(law):
        traces.append(
            line([value, value], [at - 0.36, at + 0.36], "theory", "whole law", width=1.6)
        )
    gap = (run.v - run.law).abs().max().item()
    return Panel(
        "table",
        f"v(S); dashed: whole law, gap {number(gap)}",
        tuple(traces),
        {
            "xaxis": _values(run),
            "yaxis": rows(("v(∅)", "v(1)", "v(2)", "v(12)"), "coalition"),
            "margin": SIDE,
        },
        f"v(∅) = {number(v[0])}, v(1) = {number(v[1])}, v(2) = {number(v[2])}, "
        f"v(12) = {number(v[3])}.",
    )
