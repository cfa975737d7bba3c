"""The marble in its bowl: the plane, the fall of f, the eigen-basis and the multipliers."""

import numpy as np

from core.experiments.landscapes.bowl import Bowl
from core.words import number
from pages.figures.marks import arrows, dots, line, note, rule
from pages.figures.parts.landscape import TINY, columns, fall, pair, plane, start_at, toward
from pages.figures.plot import PLAIN, Panel, Picture, axis, coarse, panel

REACH = 1.6  # half-width of the plane


def figure(run: Bowl, *, steps: int) -> Picture:
    """Four panels: plane, f against k, eigen-basis, multipliers."""
    (flat, steep), now = run.multipliers.tolist(), r"\nabla f(x_{@k@})"
    lr, step = f"{run.lr:.4g}", rf"\role{{force}}{{{pair('@gx@', '@gy@')}}}"
    k, paths = np.arange(len(run.x)), columns({"": run.x, "g": run.grad})
    return Picture(
        (_plane(run), _fall(run, steps), _eigenbasis(run), _dial(flat, steep)),
        frames=len(k),
        track={"k": k, **paths, "f": run.f.numpy()},
        formula=(
            rf"x_{{@k+1@}} = x_{{@k@}} - \eta\,\role{{force}}{{{now}}} = {pair('@x@', '@y@')} - "
            rf"{lr}\,{step} = \role{{model}}{{{pair('@x+1@', '@y+1@')}}}",
            rf"1 - \eta\mu = 1 - {lr}\cdot1 = {flat:.5g},\qquad "
            rf"1 - \eta L = 1 - {lr}\cdot{run.kappa:.4g} = {steep:.5g}",
        ),
    )


def _plane(run: Bowl) -> Panel:
    x = run.x.numpy()
    start, downhill, moves = x[0], -run.grad[0].numpy(), bool(run.f[0] > 0)
    return plane(
        "The bowl from above",
        run.kappa,
        run.angle,
        REACH,
        "x y",
        line(x[:, 0], x[:, 1], "model", "gradient descent", play=True, pin=True),
        dots([0], [0], "good", "minimum", 13),
        moves and arrows(start[None], toward(start, -start), "good", "to x*", label="to x*"),
        moves and arrows(start[None], toward(start, downhill), "force", "−∇f", label="−∇f"),
        alt=f"The path of gradient descent from ({x[0, 0]:.3g}, {x[0, 1]:.3g}).",
        handles=(start_at(start),),
    )


def _eigenbasis(run: Bowl) -> Panel:
    z = run.z.numpy()
    flat = _reach(abs(z[0, 0]), REACH)
    steep = _reach(abs(z[0, 1]), min(coarse(1.2 / run.kappa), REACH))
    turn = np.append(np.linspace(0, 2 * np.pi, 65), np.nan)
    rings = np.sqrt(2 * float(run.f[0])) * 0.5 ** np.arange(5)[:, None]
    y = rings / np.sqrt(run.kappa) * np.sin(turn)
    stretched = f", z₂ stretched ×{flat / steep:.3g}" if flat / steep > 1.01 else ""
    matrix = tuple(map(tuple, run.land.axes.tolist()))
    return panel(
        "eigenbasis",
        "The same run along the axes of the bowl" + stretched,
        line((rings * np.cos(turn)).ravel(), y.ravel(), "faint", "level sets"),
        line(*z.T, "model", "gradient descent", play=True, pin=True),
        dots([0], [0], "good", "minimum", 13),
        x=axis("z₁ (flat)", -flat, flat),
        y=axis("z₂ (steep)", -steep, steep),
        alt=f"The run in eigen-coordinates; changes of sign of z₂: {run.flips}.",
        handles=(start_at(z[0], "start point in eigen-coordinates", matrix=matrix),),
    )


def _reach(value: float, narrow: float) -> float:
    """Half-width of an axis. A point dragged inside one frame never changes the frame."""
    return next(r for r in (narrow, REACH, 2.2) if value <= r or r == 2.2)


def _fall(run: Bowl, steps: int) -> Panel:
    k, scale, right = np.arange(len(run.f)), float(run.f[0]) or 1.0, coarse(steps)
    f, bound = (np.maximum(v.numpy() / scale, TINY) for v in (run.f, run.bound))
    name, label = "exact rate", "max|1 − ηλ|²ᵏ, exact rate"
    if run.lr_L <= 1:
        name, label = "theorem", "(1 − μ/L)ᵏ" if run.lr_L == 1 else "(1 − ημ)ᵏ"
    elif run.moves.all() and 1 - run.rate >= 0.99 * 2 / (run.kappa + 1):  # η is the best, 2/(L + μ)
        name, label = "theorem", "((κ−1)/(κ+1))²ᵏ"
    there, low, high = run.needed >= 0, 1e-8, 1e2
    if f.max() > high:  # it grows
        low, high = 1e-2, 1e12
    at, beside = run.needed if there else run.last, min(int(0.4 * right), len(k) - 1)
    height = min(max(30 * bound[beside], 3 * low), high / 30)
    left, promised = (number(v[at], zero=10 * TINY) for v in (f, bound))
    return fall(
        "fall",
        "The fall of f and what theory promises",
        rule("faint", "10⁻⁶", y=1e-6, span=(0, right), label="10⁻⁶"),
        line(k, bound, "theory", name),
        note(beside, height, label, "theory"),
        line(k, f, "model", "f(xₖ)", play=True, pin=True, label="f(xₖ)"),
        there and dots([at], f[[at]], "good", f"fell by 10⁶ at {at}", 11),
        last=right,
        y="f(xₖ)/f(x₀)",
        low=low,
        high=high,
        alt=f"At step {at} f is at {left} of its start, {label} at {promised}.",
        dtick=2,
    )


def _dial(flat: float, steep: float) -> Panel:
    def reach(at: float, row: int, name: str, role: str) -> tuple[dict, ...]:
        return (
            rule("faint", "axis", y=row, span=(-1.3, 1.3)),
            rule(role, name, y=row, span=(1.0, at), width=3),
            dots([at], [row], role, name, 12),
            note(at, row + 0.36, f"{name} = {at:.4g}", role),
        )

    words = {-1.15: "grows", -0.5: "flips its sign", 0.5: "keeps its sign", 1.15: "grows"}
    plain = {"y": 2.4, "showarrow": False, "font": {"size": 11}}
    return panel(
        "dial",
        "What one step multiplies each coordinate by",
        [rule("faint", f"{at:g}", x=at, span=(-0.5, 2.7)) for at in (-1.0, 0.0, 1.0)],
        reach(flat, 1, "1 − ημ", "second"),
        reach(steep, 0, "1 − ηL", "wrong" if abs(steep) > 1 else "model"),
        x=axis("multiplier 1 − ηλ", -1.3, 1.3, tickvals=[-1, -0.5, 0, 0.5, 1]),
        y=axis("λ", -0.5, 2.7, tickvals=[0, 1], ticktext=["L", "μ"], **PLAIN),
        notes=[{"x": at, "text": word} | plain for at, word in words.items()],
        alt=f"Multipliers {flat:.4g} of the flat and {steep:.4g} of the steep coordinate.",
    )
