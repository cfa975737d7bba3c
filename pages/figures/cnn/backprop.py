"""A convolution layer, the gradient pushed into it, and where each number of it arrives."""

from typing import Annotated, Literal

import numpy as np

from core.cnn.chain import Products
from core.cnn.derivation import LINES, differs
from core.convolution import toeplitz
from core.experiments.cnn.backprop import LONGEST, Backprop
from core.signature import between
from core.words import bracket
from pages.figures.marks import boxes, cells, segments
from pages.figures.parts.derivation import added, row, samples, summed, table
from pages.figures.plot import PLAIN, Paint, Panel, Pick, Picture, axis, panel


def figure(
    run: Backprop, *, act: str, upstream: str, out: int,
    view: Literal["positions", "lines"] = "positions",
    line: Annotated[int, between(0, LINES - 1)] = 0,
    look: Literal["kernel", "input"] = "kernel",
    cell: Annotated[int, between(0, LONGEST - 1)] = 0,
) -> Picture:  # fmt: skip
    """The layer, the gradient of the kernel (by position, or line by line), the one below, y."""
    found = run.products(look, cell)
    entry = None if found is None or look == "input" else cell  # of the kernel
    sample = None if found is None or look == "kernel" else cell
    layer = _layer(run, act, upstream, out, found, sample)
    below, read = _below(run, sample), found.loud.others if found and sample is None else []
    drawn = samples(run.y[0], _indices(run, "y"), read, "y")
    formula = (_forward(run, act), *_sums(run, found, look, cell))
    if view == "positions":
        return Picture((layer, _kernel(run, entry), below, drawn), formula=formula)
    lines = run.lines
    shown = table(lines, run.autograd.w, _indices(run, "w"), line, entry)
    if entry is not None:
        formula = (formula[0], _line(run, line, entry), formula[1])
    return Picture((shown, layer, below, drawn), len(lines), formula=formula, drive="line")


def _indices(run: Backprop, grid: str) -> list[int]:
    count = {"y": run.y, "w": run.w, "z": run.z}[grid].shape[1]
    return [run.index(grid, place) for place in range(count)]


def _layer(
    run: Backprop, act: str, upstream: str, out: int, found: Products | None, sample: int | None
) -> Panel:
    """Outputs on top, inputs below, an edge for every weight."""
    p, K, n = run.p, run.z.shape[1], run.y.shape[1]
    chosen = out if upstream == "one" and out < K else None
    plain = act == "identity"
    named = [("∂R/∂y⁽ˡ⁾ = δ" if plain else "∂R/∂y⁽ˡ⁾", run.upstream)]
    named += [("y⁽ˡ⁾", run.z)] if plain else [("z", run.z), ("δ = ∂R/∂z", run.delta)]
    top, low = len(named) - 1, len(named) + 2

    def edges(k: np.ndarray, j: np.ndarray, role: str, name: str, **meta) -> dict:
        tails = np.stack([k, np.full(len(k), top + 0.5)], 1)
        return segments(tails, np.stack([j - p, np.full(len(k), low - 0.5)], 1), role, name, **meta)

    k, t = (grid.ravel() for grid in np.meshgrid(range(K), range(2 * p + 1), indexing="ij"))
    traces = [edges(k, k + t, "faint", "weights")]
    for at, (name, values) in enumerate(named):
        traces.append(cells(values.numpy(), name, numbers=3, at=(at, 0)))
    for at, name, values in ((low, "y⁽ˡ⁻¹⁾", run.y), (low + 1, "∂R/∂y⁽ˡ⁻¹⁾", run.grad_y)):
        traces.append(cells(values.numpy(), name, numbers=3, at=(at, -p)))
    if found:
        k = np.array(found.outputs)
        j = np.array(found.others) if sample is None else np.full_like(k, sample)
        loud = np.array([delta != 0 for delta, _ in found.factors])
        delta = 0 if plain else top
        traces += [
            edges(k[~loud], j[~loud], "data", "same weight, δ = 0", width=1.2),
            edges(k[loud], j[loud], "force", "products", width=2.6),
            boxes([(delta, at) * 2 for at in k[loud]], "force", "δₖ"),
            boxes([(low, at - p) * 2 for at in j[loud]], "force", "inputs read")
            if sample is None
            else boxes([(low + 1, sample - p) * 2], "model", "entry looked at"),
        ]
    if chosen is not None:
        traces.append(boxes([(0, chosen) * 2], "model", "pushed output"))
    index = [str(i) for i in _indices(run, "y")]
    ticks = {"tickvals": list(range(-p, n - p)), "ticktext": index}
    names = [*(name for name, _ in named), "y⁽ˡ⁻¹⁾", "∂R/∂y⁽ˡ⁻¹⁾"]
    places = [*range(top + 1), low, low + 1]
    through = "" if plain else f", through {act}"
    if chosen is None:
        enters = f"{int((run.upstream != 0).sum())} outputs have a gradient{through}."
    else:
        enters = f"A gradient of 1 enters at output k = {run.index('z', chosen)}{through}."
    title = "Point at an output cell: a gradient of 1 enters there"
    label = "output a gradient of 1 is pushed into"
    ways = {"pick": Pick.numbered(1, K, "out", label, None if chosen is None else (0, chosen))}
    if upstream == "drawn":
        title = "Draw the gradient from above in the cells of ∂R/∂y⁽ˡ⁾"
        label = "gradient from above, 0 or 1 in each cell"
        ways = {"paint": Paint("delta", run.upstream.numpy(), 0.0, 1.0, 1.0, label)}
    return panel(
        "layer",
        title,
        traces,
        x=axis("index", -p - 0.5, n - p - 0.5, **PLAIN, **ticks),
        y=axis("layer", low + 1.5, -0.5, **PLAIN, tickvals=places, ticktext=names),
        margin={"l": 108, "r": 8, "t": 6, "b": 40},
        alt=f"A layer with {K} outputs on {n} inputs. {enters} δ sums to {run.grad_b:.4g}.",
        **ways,
    )


def _kernel(run: Backprop, entry: int | None) -> Panel:
    return added(
        "kernel",
        "∂R/∂w: untie the weights, one gradient per position, then add",
        run.grad_w,
        run.untied,
        "∂R/∂w",
        ("∂R/∂w, the sum", "one gradient per position", "entry of ∂R/∂w"),
        (_indices(run, "w"), _indices(run, "z"), "kernel entry i"),
        entry,
        "kernel",
        f"∂R/∂w is {row(run.grad_w)}, the sum of {run.z.numel()} gradients, one for each position "
        "of the kernel.",
    )


def _below(run: Backprop, sample: int | None) -> Panel:
    grad = run.grad_y
    return added(
        "below",
        f"∂R/∂y⁽ˡ⁻¹⁾ = {'δ ∗ rot180(w)' if run.flip else 'δ ∗ w'}, full: every output pushes the "
        "weights back",
        grad,
        run.delta.T * toeplitz(run.w[0], grad.shape[1], "valid", flip=run.flip),
        "∂R/∂y",
        ("∂R/∂y⁽ˡ⁻¹⁾", "one push per output", "entry of the gradient of the input"),
        (_indices(run, "y"), _indices(run, "z"), "input index j"),
        sample,
        "input",
        f"∂R/∂y of the layer below has {grad.numel()} entries, {int((grad != 0).sum())} of them "
        f"not 0; the largest is {grad.max():.4g}, the smallest {grad.min():.4g}.",
    )


def _forward(run: Backprop, act: str) -> str:
    inner, name = "k-o" if run.flip else "k+o", "y^{(l)}" if act == "identity" else "z"
    chain = r",\qquad \role{force}{\delta_k} = \frac{\partial R}{\partial y^{(l)}_k}\,\varphi'(z_k)"
    return (
        rf"{name}_k = \sum_{{o=-p}}^{{p}} y^{{(l-1)}}_{{{inner}}}\,\role{{model}}{{w_o}} + b"
        rf"{'' if act == 'identity' else chain},\qquad \frac{{\partial R}}{{\partial b}} = "
        rf"\sum_k \role{{force}}{{\delta_k}} = {bracket(run.grad_b)}"
    )


def _line(run: Backprop, now: int, entry: int) -> str:
    """One line of the derivation against autograd, at one entry."""
    each, auto = run.lines[now], run.autograd.w
    off = bool(differs(each.values, auto)[0, entry])
    role, relation = ("wrong", r"\neq") if off else ("good", "=")
    return (
        rf"\text{{line {now + 1}, }} i = {run.index('w', entry)}:\quad {each.tex} = "
        rf"\role{{{role}}}{{{bracket(each.values[0, entry])}}} {relation} "
        rf"{bracket(auto[0, entry])}\text{{ of autograd}}"
    )


def _sums(run: Backprop, found: Products | None, look: str, cell: int) -> tuple[str, ...]:
    """The entry looked at as the sum of its products."""
    if found is None:
        return ()
    total = summed(found)
    if look == "kernel":
        sign = "-" if run.flip else "+"
        left = rf"\frac{{\partial R}}{{\partial w_{{{run.index('w', cell)}}}}}"
        return (rf"{left} = \sum_k \role{{force}}{{\delta_k}}\,y_{{k{sign}i}} = {total}",)
    sign = "+" if run.flip else "-"
    left = rf"\frac{{\partial R}}{{\partial y^{{(l-1)}}_{{{run.index('y', cell)}}}}}"
    return (
        rf"{left} = \sum_i \role{{force}}{{\delta_{{j{sign}i}}}}\,\role{{model}}{{w_i}} = {total}",
    )
