"""The matrix of a convolution between its input and its output, one row or column lit."""

from typing import Annotated, Any

import numpy as np
import torch

from core.convolution.signals import short
from core.experiments.convolution.matrix import MOST, Banded, Look
from core.experiments.convolution.matrix_claims import place
from core.signature import between
from core.words import bracket, tex
from pages.figures.marks import bars, boxes, cells, dots, line, rule
from pages.figures.parts import matrices
from pages.figures.plot import Paint, Panel, Pick, Picture, axis, coarse, grid_layout, panel

WIDTHS = (8, 12, 16, 24, 42)  # of a frame for samples
WEIGHT = "model", "weight"
Cell = Annotated[int, between(0, MOST)]


def figure(run: Banded, *, transpose: bool = False, u: Cell = 6, t: Cell = MOST) -> Picture:
    """T, or Tᵀ, with row u lit, or column t where there is no row u; x and y; eigenvalues."""
    look = run.look(transpose, u, t)
    parts = _pictures(run, look) if run.x.ndim == 2 else _signals(run, look)
    return Picture(
        (_matrix(run, look, u, t), *parts, *([_eigenvalues(run)] if run.circulant else [])),
        frames=len(look.matrix),
        drive="u",
        formula=(_rule(run, transpose), *_lit(look)),
    )


def _matrix(run: Banded, look: Look, u: int, t: int) -> Panel:
    M, band, top = look.matrix.numpy(), look.band.numpy(), float(run.h.abs().max()) or 1.0
    (rows, columns), (source, result), (ins, outs) = M.shape, look.names, look.shapes
    name, alt = "Tᵀ" if look.transposed else "T", "Nothing is lit."
    if look.column is not None:
        alt = f"Column {look.column} is lit and feeds {len(look.outs)} outputs."
    elif look.row is not None:
        alt = f"Row {look.row} is lit and reads {len(look.ins)} inputs."
    left = f"{run.outputs} of {len(run.y)}" if run.outputs < len(run.y) else "all"
    at = min(u, rows + 1), min(t, columns + 1)
    return Panel(
        "matrix",
        f"{result} = {name} {source}: {source} goes in from below, {result} comes out on the right",
        (
            cells(np.where(band, M, np.nan), name, numbers=3, low=-top, high=top),
            cells(np.where(band, np.nan, M), name, low=-top, high=top),
            cells(look.result.numpy()[:, None], result, numbers=3, at=(0, columns + 1)),
            cells(look.source.numpy()[None], source, numbers=3, at=(rows + 1, 0)),
            *matrices.lit(rows, columns, look.row, look.column, look.ins, look.outs),
            *([matrices.blocks(rows, columns, outs[1], ins[1])] if run.x.ndim == 2 else []),
        ),
        matrices.frame(rows, columns, look.names, look.shapes),
        f"{name} has {rows} rows and {columns} columns, a band of shared weights; {left} of the "
        f"outputs y are kept, the rest of the cells are empty. {alt}",
        pick=Pick.cells(rows + 2, columns + 2, "u", "t", "row and column looked at", at),
        equal=True,
    )


def _again(run: Banded) -> str:
    return "x̂ = Tᵀy: " + ("not x again" if run.miss > 1e-9 else "here x again")


def _signals(run: Banded, look: Look) -> tuple[Panel, Panel]:
    x, y, t = run.x.numpy(), run.y.numpy(), np.arange(run.x.numel())
    title, values, shift, end, back = "x, drawn with the pointer", x, 0.0, ".", []
    if look.transposed:
        title, values, shift = f"x and {_again(run)}", look.result.numpy(), 0.2
        end, at = f"; TᵀTx misses it by {run.miss:.3g} times its length.", [abs(values).argmax()]
        peak = line(at, values[at], "ink", "x̂", label="x̂")
        back = [bars(t + shift, values, "ink", "x̂"), peak]
    samples = [bars(t, x, "data", "x", label="x"), *back]
    alt = f"x has {len(x)} samples between {short(x.min())} and {short(x.max())}{end}"
    product = f"y = {'h ∗ x' if run.flip else 'h ⋆ x'}, {run.outputs} samples"
    outputs = [bars(range(len(y)), y, "ink", "y", label="y")]
    pen = Paint("x", x, -3.0, 3.0, 0.5, "the signal x")
    return (
        _samples(look, "x", title, values, samples, alt, shift, paint=pen),
        _samples(look, "y", product, y, outputs, f"{run.outputs} of {len(y)} samples are kept."),
    )


def _samples(
    look: Look, name: str, title: str, values: Any, samples: list, alt: str, shift=0.0, **more: Any
) -> Panel:
    """A signal with its lit samples, and the lit weights where they are laid on it."""
    goes_in = name == look.names[0]
    at = (look.ins if goes_in else look.outs).numpy()
    over = look.weights.numpy() if goes_in == (look.row is not None) else []
    sizes = np.concatenate([[1.0], look.weights, *(each["y"] for each in samples)])
    top = coarse(np.nanmax(np.abs(sizes)))
    right, k = next(w for w in WIDTHS if w >= len(values)), "t" if name == "x" else "u"
    return panel(
        name,
        title,
        samples,
        dots(at + shift, values[at], "force", "lit", 10),
        len(over) > 0
        and [line(at + shift, over, *WEIGHT, label="weights"), dots(at + shift, over, *WEIGHT)],
        x=axis(f"sample {k}", -0.7, right - 0.3, tickformat="d"),
        y=axis(f"{name}[{k}]", -1.1 * top, 1.1 * top),
        alt=f"{alt} Lit: {len(at)}.",
        **more,
    )


def _pictures(run: Banded, look: Look) -> tuple[Panel, Panel]:
    given, y = ("x, {} × {}".format(*run.x.shape), run.x), (f"y, {run.outputs} pixels", run.y)
    x = (_again(run), look.result) if look.transposed else given
    return _pixels(look, "x", *x, run.x.shape), _pixels(look, "y", *y, run.frame)


def _pixels(
    look: Look, name: str, title: str, values: torch.Tensor, shape: tuple[int, int]
) -> Panel:
    goes_in = name == look.names[0]
    at, param, other = (look.ins, "t", "u") if goes_in else (look.outs, "u", "t")
    places = [divmod(i, shape[1]) for i in at.tolist()]
    role = "force" if (look.row is not None) == goes_in else "model"
    lit, pixel = boxes([2 * p for p in places], role, "lit"), places[0] if len(at) == 1 else None
    return Panel(
        name,
        title,
        (cells(values.numpy().reshape(shape), name, numbers=3), lit),
        grid_layout(*shape),
        f"{name} as a picture of {shape[0]} by {shape[1]} cells. Lit: {len(at)}.",
        pick=Pick.numbered(*shape, param, f"pixel of {name}", pixel, **{other: MOST}),
        equal=True,
    )


def _eigenvalues(run: Banded) -> Panel:
    eigen, response = torch.linalg.eigvals(run.T).numpy(), run.response.numpy()
    reach = 1.15 * (coarse(abs(response).max()) or 1.0)
    return panel(
        "eigenvalues",
        "Eigenvalues of T (dots), DFT of h (stars)",
        rule("faint", "real axis", y=0, span=(-reach, reach)),
        rule("faint", "imaginary axis", x=0, span=(-reach, reach)),
        dots(response.real, response.imag, "good", "DFT of h", 13),
        dots(eigen.real, eigen.imag, "model", "eigenvalue of T", 5),
        x=axis("Re λ", -reach, reach),
        y=axis("Im λ", -reach, reach),
        alt=f"{len(eigen)} eigenvalues of T lie on the {len(response)} values of the DFT of h; the "
        f"largest has size {abs(eigen).max():.3g}.",
        equal=True,
    )


def _rule(run: Banded, transpose: bool) -> str:
    """Which kernel entry stands in row u, column t."""
    reach, lag = run.spans[-1] - 1, "u - t" if run.flip else "t - u"
    if run.mode == "circular":
        lag = rf"({lag}) \bmod {run.x.shape[-1]}"
    elif reach and not run.flip:
        lag += f" + {reach}"
    if run.dilation > 1:
        lag = rf"({lag})/{run.dilation}"
    product, entry = (r"\hat x = T^\top y", r"T^\top_{tu}") if transpose else ("y = T x", "T_{ut}")
    kind = r"\text{ along each axis}" if run.x.ndim == 2 else ""
    return rf"{product},\qquad {entry} = \role{{model}}{{h[{lag}]}}{kind}"


def _lit(look: Look) -> tuple[str, ...]:
    """The lit row as a sum of products, or the lit column as what it feeds."""
    (source, result), (ins, outs), weights = look.names, look.shapes, look.weights.tolist()
    result, values = result.replace("x̂", r"\hat x"), look.source[look.ins].tolist()
    factors = [rf"\role{{model}}{{{bracket(w)}}}\cdot " for w in weights]
    if not weights:
        return ()
    if look.row is not None:
        products = " + ".join(f + bracket(v) for f, v in zip(factors, values))
        end = rf"\role{{force}}{{{tex(look.result[look.row])}}}"
        return (f"{result}{place(look.row, outs)} = {products} = {end}",)
    value = bracket(values[0])
    fed = [f"{result}{place(u, outs)}: {f}{value}" for u, f in zip(look.outs.tolist(), factors)]
    return (rf"{source}{place(look.column, ins)} = {value}\ \to\quad " + r",\quad ".join(fed),)
