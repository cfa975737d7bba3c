"""The matrix of a convolution between its input and its output, one row or column lit."""

import numpy as np

from core.experiments.convolution.matrix import Banded, names, place, places, short
from pages.figures.marks import bars, boxes, cells, dots, line
from pages.figures.plot import Paint, Panel, Pick, Picture, axis, coarse, grid_layout

WIDTHS = (8, 12, 16, 24, 42)  # of a frame for samples


def figure(run: Banded, **_) -> Picture:
    """The matrix with its input below and its output beside it; both of them; eigenvalues."""
    panels = [_matrix(run), *(_pictures(run) if run.x.ndim == 2 else _signals(run))]
    if len(run.response):
        panels.append(_eigenvalues(run))
    formula = (_rule(run), _lit(run)) if _lit(run) else (_rule(run),)
    return Picture(tuple(panels), frames=len(run.acting), drive="u", formula=formula)


# --- the matrix ----------------------------------------------------------------------------------


def _matrix(run: Banded) -> Panel:
    M = run.acting.numpy()
    band = (run.band.T if run.transpose else run.band).numpy()
    rows, columns = M.shape
    name = "Tᵀ" if run.transpose else "T"
    source, result = names(run)
    top = float(run.h.abs().max()) or 1.0
    touched = run.touched().numpy()
    traces = [
        cells(np.where(band, M, np.nan), name, numbers=3, low=-top, high=top),
        cells(np.where(band, np.nan, M), name, low=-top, high=top),
        cells(run.result.numpy()[:, None], result, numbers=3, at=(0, columns + 1)),
        cells(run.source.numpy()[None], source, numbers=3, at=(rows + 1, 0)),
    ]
    if run.row is not None:
        u = run.row
        traces += [
            boxes([(u, 0, u, columns - 1)], "faint", "row"),
            boxes([(i, t, i, t) for t in touched for i in (u, rows + 1)], "force", "window"),
            boxes([(u, columns + 1, u, columns + 1)], "model", "output"),
        ]
    elif run.column is not None:
        t = run.column
        traces += [
            boxes([(0, t, rows - 1, t)], "faint", "column"),
            boxes([(u, j, u, j) for u in touched for j in (t, columns + 1)], "force", "touched"),
            boxes([(rows + 1, t, rows + 1, t)], "model", "input"),
        ]
    if run.x.ndim == 2:
        traces.append(_blocks(rows, columns, *(shape[1] for shape in reversed(places(run)))))
    left = f"{run.outputs} of {len(run.kept)}" if run.outputs < len(run.kept) else "all"
    return Panel(
        "matrix",
        f"{result} = {name} {source}: {source} goes in from below, {result} comes out on the right",
        tuple(traces),
        _frame(run, rows, columns),
        f"{name} has {rows} rows and {columns} columns, a band of shared weights; {left} of the "
        f"outputs y are kept, the rest of the cells are empty. {_alt(run)}",
        pick=Pick(
            rows + 2,
            columns + 2,
            ("u", "t"),
            ((0.0, 1.0), (1.0, 0.0)),
            "row and column looked at",
            cell=(min(run.u, rows + 1), min(run.t, columns + 1)),
        ),
        equal=True,
    )


def _blocks(rows: int, columns: int, high: int, wide: int) -> dict:
    """Lines between the blocks of a doubly block Toeplitz matrix."""
    across, down = np.arange(wide, columns, wide), np.arange(high, rows, high)
    x = [each for j in across for each in (j - 0.5, j - 0.5, np.nan)]
    x += [-0.5, columns - 0.5, np.nan] * len(down)
    y = [-0.5, rows - 0.5, np.nan] * len(across)
    y += [each for i in down for each in (i - 0.5, i - 0.5, np.nan)]
    return line(x, y, "faint", "blocks")


def _frame(run: Banded, rows: int, columns: int) -> dict:
    """Axes that count rows and columns and name what lies beside them."""
    (source, result), (ins, outs) = names(run), places(run)
    layout = grid_layout(rows + 2, columns + 2, f"sample of {source}", f"sample of {result}")
    for side, count, name, shape in (
        ("xaxis", columns, result, ins),
        ("yaxis", rows, source, outs),
    ):
        step = shape[1] if len(shape) == 2 else 1 if count <= 16 else 4
        ticks = list(range(0, count, step))
        layout[side] |= {
            "tickvals": [*ticks, count + 1],
            "ticktext": [*map(str, ticks), f"<b>{name}</b>"],
        }
    return layout


def _alt(run: Banded) -> str:
    if run.row is not None:
        return f"Row {run.row} is lit and reads {len(run.touched())} inputs."
    if run.column is not None:
        return f"Column {run.column} is lit and feeds {len(run.touched())} outputs."
    return "Nothing is lit."


# --- what goes in and what comes out -------------------------------------------------------------


def _signals(run: Banded) -> list[Panel]:
    x, y = run.x.numpy(), run.y.numpy()
    at_x, at_y, weights = _marks(run)
    above = coarse(max(abs(x).max(), abs(weights).max(initial=0), 1))
    lit, shift, back = x, 0.0, []
    if run.transpose:
        lit, shift = run.back.numpy(), 0.2
        above = coarse(max(abs(lit).max(), above))
        high = [int(abs(lit).argmax())]
        back = [
            bars(np.arange(len(x)) + shift, lit, "ink", "x̂"),
            line(high, lit[high], "ink", "x̂", label="x̂"),
        ]
    shown = y[np.isfinite(y)]
    below = coarse(max(abs(shown).max(initial=0), abs(weights).max(initial=0), 1))
    window_x, window_y = ([], weights) if run.transpose else (weights, [])
    if run.column is not None:
        window_x, window_y = window_y, window_x
    return [
        Panel(
            "x",
            f"x and {_again(run)}" if run.transpose else "x, drawn with the pointer",
            (
                bars(np.arange(len(x)), x, "data", "x", label="x"),
                *back,
                *_overlay(lit, at_x, window_x, shift),
            ),
            _stems(len(x), above, "sample t", "x[t]"),
            f"x has {len(x)} samples between {short(x.min())} and {short(x.max())}"
            + (f"; TᵀTx misses it by {run.miss:.3g} times its length." if run.transpose else ".")
            + f" Lit: {len(at_x)}.",
            paint=Paint("x", run.drawn.numpy(), -3.0, 3.0, 0.5, "the signal x"),
        ),
        Panel(
            "y",
            f"y = {'h ∗ x' if run.flip else 'h ⋆ x'}, {run.outputs} samples",
            (bars(np.arange(len(y)), y, "ink", "y", label="y"), *_overlay(y, at_y, window_y)),
            _stems(len(y), below, "sample u", "y[u]"),
            f"{run.outputs} of {len(y)} samples of y are kept. Lit: {len(at_y)}.",
        ),
    ]


def _again(run: Banded) -> str:
    return "x̂ = Tᵀy: " + ("not x again" if run.miss > 1e-9 else "here x again")


def _marks(run: Banded) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lit samples of x, lit samples of y, and the weights that join them."""
    touched, M = run.touched().numpy(), run.acting.numpy()
    none = np.zeros(0, dtype=int)
    if run.row is not None:
        ins, outs, weights = touched, np.array([run.row]), M[run.row, touched]
    elif run.column is not None:
        ins, outs, weights = np.array([run.column]), touched, M[touched, run.column]
    else:
        ins, outs, weights = none, none, none
    return (outs, ins, weights) if run.transpose else (ins, outs, weights)


def _overlay(
    values: np.ndarray, at: np.ndarray, weights: np.ndarray, shift: float = 0.0
) -> list[dict]:
    """The lit samples, and over them the weights of the window where it lies here."""
    traces = [dots(at + shift, values[at], "force", "lit", 10)]
    if len(weights):
        traces.append(line(at + shift, weights, "model", "weight", label="weights"))
        traces.append(dots(at + shift, weights, "model", "weight", 7))
    return traces


def _stems(count: int, top: float, x: str, y: str) -> dict:
    right = next(w for w in WIDTHS if w >= count)
    return {
        "xaxis": axis(x, -0.7, right - 0.3, tickformat="d"),
        "yaxis": axis(y, -1.1 * top, 1.1 * top),
    }


def _pictures(run: Banded) -> list[Panel]:
    at_x, at_y, _ = _marks(run)
    ins, outs = ("t", "u") if not run.transpose else ("u", "t")
    panels = []
    for name, values, at, param, other in (
        ("x", run.x.flatten(), at_x, ins, outs),
        ("y", run.y, at_y, outs, ins),
    ):
        shape = tuple(run.x.shape) if name == "x" else run.frame
        many = name == names(run)[0]
        lit = "force" if (run.row is not None) == many else "model"
        title = f"x, {shape[0]} × {shape[1]}" if name == "x" else f"y, {run.outputs} pixels"
        if run.transpose and name == "x":
            values, title = run.back, _again(run)
        corners = [(i // shape[1], i % shape[1]) * 2 for i in at]
        panels.append(
            Panel(
                name,
                title,
                (
                    cells(values.numpy().reshape(shape), title[0], numbers=3),
                    boxes(corners, lit, "lit"),
                ),
                grid_layout(*shape),
                f"{name} as a picture of {shape[0]} by {shape[1]} cells. Lit: {len(at)}.",
                pick=Pick(
                    *shape,
                    (param,),
                    ((1.0, float(shape[1])),),
                    f"pixel of {name}",
                    cell=divmod(int(at[0]), shape[1]) if len(at) == 1 else None,
                    also={other: 199},
                ),
                equal=True,
            )
        )
    return panels


def _eigenvalues(run: Banded) -> Panel:
    eigen, response = run.eigenvalues.numpy(), run.response.numpy()
    reach = 1.15 * (coarse(abs(response).max()) or 1.0)
    return Panel(
        "eigenvalues",
        "Eigenvalues of T (dots), DFT of h (stars)",
        (
            line([-reach, reach], [0, 0], "faint", "real axis"),
            line([0, 0], [-reach, reach], "faint", "imaginary axis"),
            dots(response.real, response.imag, "good", "DFT of h", 13),
            dots(eigen.real, eigen.imag, "model", "eigenvalue of T", 5),
        ),
        {"xaxis": axis("Re λ", -reach, reach), "yaxis": axis("Im λ", -reach, reach)},
        f"{len(eigen)} eigenvalues of T lie on the {len(response)} values of the DFT of h; the "
        f"largest has size {abs(eigen).max():.3g}.",
        equal=True,
    )


# --- formula -------------------------------------------------------------------------------------


def _rule(run: Banded) -> str:
    """Which kernel entry stands in row u, column t."""
    reach = run.spans[-1] - 1
    far = "" if run.mode == "circular" or not reach else f" + {reach}"
    lag = "u - t" if run.flip else f"t - u{far}"
    if run.mode == "circular":
        lag = rf"({lag}) \bmod {run.x.shape[-1]}"
    if run.dilation > 1:
        lag = rf"({lag})/{run.dilation}"
    each = rf"\role{{model}}{{h[{lag}]}}"
    entry = r"T^\top_{tu}" if run.transpose else "T_{ut}"
    product = r"\hat x = T^\top y" if run.transpose else "y = T x"
    kind = r"\text{ along each axis}" if run.x.ndim == 2 else ""
    return rf"{product},\qquad {entry} = {each}{kind}"


def _lit(run: Banded) -> str:
    """The lit row as a sum of products, or the lit column as what it feeds."""
    (source, result), (ins, outs) = names(run), places(run)
    result = result.replace("x̂", r"\hat x")
    touched, M = run.touched().tolist(), run.acting
    if run.row is not None:
        if not touched:
            return ""
        terms = [(float(M[run.row, t]), float(run.source[t])) for t in touched]
        products = " + ".join(
            rf"\role{{model}}{{{_signed(w)}}}\cdot {_signed(v)}" for w, v in terms
        )
        total = rf"\role{{force}}{{{short(float(run.result[run.row]))}}}"
        return f"{result}{place(run.row, outs)} = {products} = {total}"
    if run.column is not None and touched:
        value = _signed(float(run.source[run.column]))
        fed = r",\quad ".join(
            rf"{result}{place(u, outs)}: "
            rf"\role{{model}}{{{_signed(float(M[u, run.column]))}}}\cdot {value}"
            for u in touched
        )
        return rf"{source}{place(run.column, ins)} = {value}\ \to\quad {fed}"
    return ""


def _signed(value: float) -> str:
    """A factor, in brackets when negative."""
    text = short(value)
    return f"({text})" if text.startswith("-") else text
