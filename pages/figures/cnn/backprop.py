"""A convolution layer, the gradient pushed into it, and where each number of it arrives."""

from typing import Annotated, Literal

from torch import Tensor

from core.cnn.chain import Product
from core.cnn.derivation import LINES, Line, differs, indices
from core.convolution import toeplitz
from core.experiments.cnn.backprop import LONGEST, Backprop
from core.signature import between
from core.words import bracket
from pages.figures.marks import boxes, cells, segments
from pages.figures.parts.derivation import added, row, samples, summed, table
from pages.figures.plot import PLAIN, Paint, Panel, Pick, Picture, axis, panel


def figure(
    run: Backprop, *, act: str, upstream: str, out: int,
    view: Literal["positions", "lines", "printed"] = "positions",
    line: Annotated[int, between(0, LINES - 1)] = 0,
    look: Literal["kernel", "input"] = "kernel",
    cell: Annotated[int, between(0, LONGEST - 1)] = 0,
) -> Picture:  # fmt: skip
    """The layer, the gradient of the kernel (by position, or line by line), the one below, y."""
    found = run.products(look, cell)
    entry = cell if found and look == "kernel" else None
    sample = cell if found and look == "input" else None
    layer, below = _layer(run, act, upstream, out, found, sample), _below(run, sample)
    read = [each.other for each in found if each.delta and sample is None]
    drawn = samples(run.y[0], read, "y")
    formula = (_forward(run, act), *([_sum(run, found, look, cell)] if found else []))
    if view == "positions":
        return Picture((layer, _kernel(run, entry), below, drawn), formula=formula)
    lines = run.derived(view)
    now = min(line, len(lines) - 1)
    shown = table(lines, run.autograd.w, now, entry)
    if entry is not None:
        formula = (formula[0], _line(lines[now], now, run.autograd.w, entry), formula[1])
    return Picture((shown, layer, below, drawn), len(lines), formula=formula, drive="line")


def _layer(
    run: Backprop, act: str, upstream: str, out: int, found: list[Product], sample: int | None
) -> Panel:
    """Outputs on top, inputs below, an edge for every weight."""
    p, K, n = run.w.shape[1] // 2, run.z.shape[1], run.y.shape[1]
    chosen = out if upstream == "one" and out < K else None
    plain = act == "identity"
    named = {"∂R/∂y⁽ˡ⁾": run.upstream, "z": run.z, "δ = ∂R/∂z": run.delta}
    if plain:
        named = {"∂R/∂y⁽ˡ⁾ = δ": run.upstream, "y⁽ˡ⁾": run.z}
    top, low = len(named) - 1, len(named) + 2  # rows of δ or z, and of the input
    named |= {"y⁽ˡ⁻¹⁾": run.y, "∂R/∂y⁽ˡ⁻¹⁾": run.grad_y}
    places = [*range(top + 1), low, low + 1]
    through = "" if plain else f", through {act}"

    def edges(pairs: list[tuple[int, int]], role: str, name: str, **meta) -> dict:
        tails, tips = [(k, top + 0.5) for k, _ in pairs], [(j - p, low - 0.5) for _, j in pairs]
        return segments(tails, tips, role, name, **meta)

    traces = [edges([(k, k + t) for k in range(K) for t in range(2 * p + 1)], "faint", "weights")]
    for at, (name, values) in zip(places, named.items()):
        traces.append(cells(values, name, numbers=3, at=(at, 0 if at < low else -p)))
    if found:
        met = [(each.output, each.other if sample is None else sample) for each in found]
        loud = [pair for pair, each in zip(met, found) if each.delta]
        quiet = [pair for pair in met if pair not in loud]
        traces += [
            edges(quiet, "data", "same weight, δ = 0", width=1.2),
            edges(loud, "force", "products", width=2.6),
            boxes([(0 if plain else top, k) * 2 for k, _ in loud], "force", "δₖ"),
        ]
        if sample is None:
            traces.append(boxes([(low, j - p) * 2 for _, j in loud], "force", "inputs read"))
        else:
            traces.append(boxes([(low + 1, sample - p) * 2], "model", "entry looked at"))
    enters = f"Outputs with a gradient: {int((run.upstream != 0).sum())}"
    if chosen is not None:
        traces.append(boxes([(0, chosen) * 2], "model", "pushed output"))
        enters = f"A gradient of 1 enters at output k = {indices(K)[chosen]}"
    title = "Point at an output cell: a gradient of 1 enters there"
    label = "output a gradient of 1 is pushed into"
    ways = {"pick": Pick.numbered(1, K, "out", label, None if chosen is None else (0, chosen))}
    if upstream == "drawn":
        title = "Draw the gradient from above in the cells of ∂R/∂y⁽ˡ⁾"
        label = "gradient from above, 0 or 1 in each cell"
        ways = {"paint": Paint("delta", run.upstream.numpy(), 0.0, 1.0, 1.0, label)}
    ticks = {"tickvals": list(range(-p, n - p)), "ticktext": list(map(str, indices(n)))}
    return panel(
        "layer",
        title,
        traces,
        x=axis("index", -p - 0.5, n - p - 0.5, **PLAIN, **ticks),
        y=axis("layer", low + 1.5, -0.5, **PLAIN, tickvals=places, ticktext=list(named)),
        margin={"l": 108, "r": 8, "t": 6, "b": 40},
        alt=f"Outputs: {K}, inputs: {n}. {enters}{through}. δ sums to {run.grad_b:.4g}.",
        **ways,
    )


def _kernel(run: Backprop, entry: int | None) -> Panel:
    return added(
        "kernel",
        "∂R/∂w: untie the weights, one gradient per position, then add",
        ("∂R/∂w", run.grad_w, run.untied),
        "kernel entry i",
        ("kernel", entry),
        f"∂R/∂w is {row(run.grad_w)}, the sum over positions, {run.z.numel()} in all.",
    )


def _below(run: Backprop, sample: int | None) -> Panel:
    grad, turned = run.grad_y, "δ ∗ rot180(w)" if run.flip else "δ ∗ w"
    pushes = run.delta.T * toeplitz(run.w[0], grad.shape[1], "valid", flip=run.flip)
    return added(
        "below",
        f"∂R/∂y⁽ˡ⁻¹⁾ = {turned}, full: every output pushes the weights back",
        ("∂R/∂y", grad, pushes),
        "input index j",
        ("input", sample),
        f"∂R/∂y has {grad.numel()} entries from {grad.min():.4g} to {grad.max():.4g}.",
    )


def _forward(run: Backprop, act: str) -> str:
    inner, name = "k-o" if run.flip else "k+o", "y^{(l)}" if act == "identity" else "z"
    chain = r",\qquad \role{force}{\delta_k} = \frac{\partial R}{\partial y^{(l)}_k}\,\varphi'(z_k)"
    return (
        rf"{name}_k = \sum_{{o=-p}}^{{p}} y^{{(l-1)}}_{{{inner}}}\,\role{{model}}{{w_o}} + b"
        rf"{'' if act == 'identity' else chain},\qquad \frac{{\partial R}}{{\partial b}} = "
        rf"\sum_k \role{{force}}{{\delta_k}} = {bracket(run.grad_b)}"
    )


def _line(each: Line, now: int, auto: Tensor, entry: int) -> str:
    """One line of the derivation against autograd, at one entry."""
    off = bool(differs(each.values, auto)[0, entry])
    role, relation = ("wrong", r"\neq") if off else ("good", "=")
    return (
        rf"\text{{line {now + 1}, }} i = {indices(auto.numel())[entry]}:\quad {each.tex} = "
        rf"\role{{{role}}}{{{bracket(each.values[0, entry])}}} {relation} "
        rf"{bracket(auto[0, entry])}\text{{ of autograd}}"
    )


def _sum(run: Backprop, found: list[Product], look: str, cell: int) -> str:
    """The entry looked at as the sum of its products."""
    below, above = ("-", "+") if run.flip else ("+", "-")
    left, grid = ("w", run.w) if look == "kernel" else ("y^{(l-1)}", run.y)
    left = f"{left}_{{{indices(grid.numel())[cell]}}}"
    terms = {
        "kernel": rf"\sum_k \role{{force}}{{\delta_k}}\,y_{{k{below}i}}",
        "input": rf"\sum_i \role{{force}}{{\delta_{{j{above}i}}}}\,\role{{model}}{{w_i}}",
    }
    return rf"\frac{{\partial R}}{{\partial {left}}} = {terms[look]} = {summed(found)}"
