"""f along one entry with its tangent, X beside its gradient, the error of a central difference."""

import numpy as np
from torch import Tensor

from core.experiments.matrix_calculus.wiggle import REACH, STEPS, T, Wiggle
from core.matrix_calculus.functionals import given
from core.words import bracket, number, pmatrix, tex
from pages.figures.marks import boxes, cells, dots, line, note, rule, segments
from pages.figures.plot import Handle, Panel, Pick, Picture, axis, ceiling, grid_layout, panel

FORMS = {  # f, its gradient, and the constants of both
    "bilinear": (r"a^\top X b", r"ab^\top", "ab"),
    "transposed": (r"a^\top X^\top b", r"ba^\top", "ab"),
    "trace": (r"\operatorname{tr}(AX)", r"A^\top", "A"),
    "quadratic": (r"\operatorname{tr}(X^\top A X)", r"(A + A^\top)X", "A"),
    "gram": (r"a^\top X^\top X b", r"X(ab^\top + ba^\top)", "ab"),
    "norm": (r"\|X\|_F^2", "2X", ""),
    "residual": (r"\|AX - B\|_F^2", r"2A^\top(AX - B)", "AB"),
    "det": (r"\det X", r"\operatorname{cof} X", ""),
    "logdet": (r"\log|\det X|", r"X^{-\top}", ""),
    "inverse": (r"a^\top X^{-1} b", r"-X^{-\top}ab^\top X^{-\top}", "ab"),
    "length": (r"\|X\|_F", r"X/\|X\|_F", ""),
    "softmax": (r"-\log\operatorname{softmax}(Xb)_1", r"(s - e_1)b^\top", "b"),
    "own": ("f(X)", r"\partial f/\partial X", "ABab"),
}
FLOOR, TOP = 1e-16, 1e4  # of an error that is drawn


def figure(run: Wiggle, *, f: str, d: float, kept: bool, h: float) -> Picture:
    """Three panels."""
    name, gradient, uses = FORMS[f]
    if run.refused:
        empty = note(0.0, 0.0, "no gradient here", "wrong")
        curve = panel("curve", "f along the entry: it has no gradient at this X", empty,
                      x=axis("entry of X", -REACH, REACH), y=axis("f", -1, 1),
                      alt=f"There is no gradient: {run.refused}.")  # fmt: skip
        return Picture((curve, _matrices(run, kept, "")), formula=(rf"f(X) = {name}",))
    slope = run.slope
    shown = [rf"{each} = {_matrix(getattr(given(len(run.X)), each))}" for each in uses]
    formula = (
        rf"\role{{force}}{{\operatorname{{tr}}(G^\top dX) = {tex(slope)}\cdot {bracket(d)} = "
        rf"{tex(slope * d)}}} \qquad \role{{model}}{{df = {_shown(run.df)}}}",
        rf"f(X) = {name},\quad G = {gradient}" + "".join(rf",\quad {each}" for each in shown),
    )
    told = f" Its slope is {number(slope, zero=1e-14)}."
    panels = _curve(run, slope, d), _matrices(run, kept, told), _errors(run, h)
    return Picture(panels, formula=formula)


def _shown(value: float) -> str:
    return tex(value) if np.isfinite(value) else r"\text{none}"


def _matrix(M: Tensor) -> str:
    rows = M.tolist() if M.ndim == 2 else [[each] for each in M.tolist()]
    return pmatrix([f"{v:g}" for v in row] for row in rows)


def _place(run: Wiggle) -> tuple[int, int]:
    """Row and column that move; of two mirror images the upper one."""
    i, j = run.E.nonzero()[0].tolist()
    return i, j


def _entry(run: Wiggle) -> str:
    i, j = _place(run)
    return f"X{'₀₁₂₃₄'[i + 1]}{'₀₁₂₃₄'[j + 1]}"


def _curve(run: Wiggle, slope: float, d: float) -> Panel:
    at, name = float(run.X[_place(run)]), _entry(run)
    x, start = at + T.numpy(), float(run.at[0])
    path = run.path.numpy()
    rise = np.abs(path - start)
    rise = rise[np.isfinite(rise)]
    wide = float(np.quantile(rise, 0.8)) if len(rise) else 1.0
    half = ceiling(max(wide, 0.6 * abs(slope) * REACH, 1e-3 * max(1.0, abs(start)), 1e-3))
    low, high = start - half, start + half
    tangent = start + slope * T.numpy()
    inside = (path >= low) & (path <= high)
    there, said = float(run.at[1]), start + slope * d
    ends = bool(np.isfinite(there))
    moved = float(np.clip(there if ends else start, low, high))
    aimed = float(np.clip(said, low, high))
    told = f"{name} moves by {number(d)}: f changes by "
    told += f"{number(run.df, zero=1e-14)}, the gradient says {number(said - start, zero=1e-14)}"
    told = told if ends else f"{name} moves by {number(d)}, to a place without f"
    return panel(
        "curve",
        told,
        rule("faint", "X", x=at, span=(low, high)),
        line(x, np.where(np.abs(tangent - start) <= half, tangent, np.nan), "force", "tangent",
             label="f + tr(GᵀdX)", width=2),
        line(x, np.where(inside, path, np.nan), "model", "f", label="f", width=2.4),
        segments([(at + d, moved)], [(at + d, aimed)], "wrong", "gap", width=2.4),
        dots([at], [start], "ink", "X", 8),
        dots([at + d], [aimed], "force", "what the gradient says", 8),
        x=axis(f"entry {name}", at - REACH, at + REACH),
        y=axis("f(X + dX)", low, high),
        alt=told + ".",
        handles=(Handle(at + d, moved, ("d",), "how far the entry is moved", ((1.0, 0.0),), (-at,),
                        frees="x", role="model"),),
    )  # fmt: skip


def _matrices(run: Wiggle, kept: bool, slope: str) -> Panel:
    n, (i, j) = len(run.X), _place(run)
    G, beside = run.shown(kept), n + 1
    moved = [(r, c) for r, c in run.E.nonzero().tolist()]
    layout = grid_layout(n, 2 * n + 1, "X, and its gradient beside it", "row")
    layout["xaxis"] |= {"tickvals": [], "showticklabels": False}
    layout["yaxis"] |= {"tickvals": list(range(n)), "ticktext": [str(r + 1) for r in range(n)]}
    title = "Point at an entry of X; on the right its gradient"
    traces = [
        cells(run.X.numpy(), "X", numbers=3, scale="grey", low=-60.0, high=25.0),
        boxes([(r, c, r, c) for r, c in moved], "model", "moves"),
    ]
    if run.refused:
        title = "Point at an entry of X; it has no gradient"
    else:
        mine = np.where(np.abs(G.numpy()) < 1e-12 * max(1.0, float(G.abs().max())), 0, G.numpy())
        traces.insert(1, cells(mine, "gradient", numbers=3, at=(0, beside)))
        traces.append(boxes([(r, c + beside) * 2 for r, c in moved], "force", "its slope"))
    return Panel(
        "matrix", title, tuple(traces), layout,
        f"X has {n} × {n} entries; row {i + 1}, column {j + 1} is {number(run.X[i, j])}.{slope}",
        pick=Pick.cells(n, n, "i", "j", "entry of X", (i, j), first=(1, 1)), equal=True,
    )  # fmt: skip


def _errors(run: Wiggle, h: float) -> Panel:
    steps, errors = STEPS.numpy(), run.errors.numpy()
    scale = 10.0 ** np.ceil(np.log10(max(abs(float(run.at[0])), float(run.G.abs().max()), 1.0)))
    low, top = FLOOR * scale, TOP * scale
    with np.errstate(invalid="ignore"):
        seen = np.clip(np.where(np.isfinite(errors), errors, np.nan), low, top)
    coarse = STEPS.numpy() >= 1e-2
    start = errors[:-1][coarse][0]
    square = start * (steps / steps[coarse][0]) ** 2 if np.isfinite(start) else 0 * steps
    noise = 1.1e-16 * scale / steps
    bends = start > 30 * noise[coarse][0]  # f is no line or parabola along the entry
    drawn = bends & (square > low)
    here = float(seen[-1]) if np.isfinite(seen[-1]) else top
    error = number(errors[-1], 2, zero=low) if np.isfinite(errors[-1]) else "none"
    return panel(
        "steps",
        f"Error of the central difference: {error} with h = {number(h)}",
        line(steps, np.where((noise > low) & (noise < top), noise, np.nan), "theory", "rounding",
             label="∝ 1/h", width=1.4),
        bool(drawn.any()) and line(steps[drawn], np.minimum(square[drawn], top), "theory", "∝ h²",
                             label="∝ h²", width=1.4),
        line(steps, seen[:-1], "third", "error", width=1.6),
        dots([h], [here], "third", "this h", 9),
        x=axis("step h", 1e-12, 1, log=True, dtick=3),
        y=axis("error", low, top, log=True, dtick=4),
        alt=f"With h = {number(h)} the central difference is off by {error}.",
        handles=(Handle(h, here, ("h",), "step h", ((1.0, 0.0),), frees="x", role="third"),),
    )  # fmt: skip
