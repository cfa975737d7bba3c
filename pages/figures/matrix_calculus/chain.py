"""Cost of both modes over the outputs, the products as rectangles, the gradient of one layer."""

import math
from typing import Literal

import numpy as np

from core.experiments.matrix_calculus.chain import Chain
from core.experiments.matrix_calculus.chain_claims import rank
from core.matrix_calculus.chain import products
from core.words import number, spaced
from pages.figures.marks import bars, boxes, cells, dots, line, note
from pages.figures.plot import PLAIN, Handle, Panel, Picture, axis, grid_layout, panel

MOST, SEEN = 64, 48  # outputs; columns of a weight matrix that are drawn
OUTPUTS = np.arange(1, MOST + 1)
INDEX = "₀₁₂₃"


def figure(
    run: Chain, *, inputs: int, hidden1: int, hidden2: int, outputs: int, batch: int, layer: int,
    look: Literal["singular", "softmax"] = "singular",
) -> Picture:  # fmt: skip
    """Four panels."""
    widths = (inputs, hidden1, hidden2, outputs)
    last = _softmax(run) if look == "softmax" else _singular(run, batch)
    return Picture(
        (_costs(run, widths, batch), _order(run, widths, batch), _gradient(run, layer), last),
        formula=(
            rf"\role{{second}}{{J_3\,(J_2\,J_1):\ {_added(run.forward)}}} \qquad "
            rf"\role{{model}}{{(J_3\,J_2)\,J_1:\ {_added(run.reverse)}}}",
        ),
    )


def _tex(count: int) -> str:
    return spaced(count).replace(" ", r"\,")


def _added(costs: tuple[int, ...]) -> str:
    return " + ".join(map(_tex, costs)) + " = " + _tex(sum(costs))


def _costs(run: Chain, widths: tuple[int, ...], batch: int) -> Panel:
    d0, d1, d2, outputs = widths
    forward, reverse = sum(run.forward), sum(run.reverse)
    curves = batch * d0 * (d1 * d2 + d2 * OUTPUTS), batch * OUTPUTS * (d1 * d2 + d1 * d0)
    low = 10.0 ** math.floor(math.log10(min(c.min() for c in curves)))
    top = 10.0 ** math.ceil(math.log10(1.01 * max(c.max() for c in curves)))
    more = forward >= reverse
    share = max(forward, reverse) / min(forward, reverse)
    told = f"{'Forward' if more else 'Reverse'} mode costs {number(share)} times as much"
    told = "Both modes cost the same" if forward == reverse else told
    ticks = [1, 2, 4, 8, 16, 32, 64]
    return panel(
        "cost",
        told,
        line(OUTPUTS, curves[0], "second", "forward", label="forward: J₃(J₂J₁)", width=2.2),
        line(OUTPUTS, curves[1], "model", "reverse", label="reverse: (J₃J₂)J₁", width=2.2),
        dots([outputs], [forward], "second", "forward here", 9),
        x=axis("outputs", 0.9, 72, log=True, tickvals=ticks, ticktext=list(map(str, ticks))),
        y=axis("multiplications", low, top, log=True, dtick=1),
        alt=f"{told}: {spaced(forward)} forward, {spaced(reverse)} reverse.",
        handles=(Handle(outputs, reverse, ("outputs",), "number of outputs", ((1.0, 0.0),),
                        frees="x", role="model"),),
    )  # fmt: skip


def _side(width: int) -> float:
    """The side of a rectangle for a width of 1 to 1000, at most 1."""
    return 0.12 + 0.88 * math.log10(width) / 3


def _order(run: Chain, widths: tuple[int, ...], batch: int) -> Panel:
    """Two products of each mode: left factor, right factor, what comes out, and the cost."""
    traces, rows = [], 0
    modes = ("forward", run.forward, "second"), ("reverse", run.reverse, "model")
    for mode, costs, role in modes:
        frames, made = [], []
        for (r, m, c), cost in zip(products(widths, mode), costs, strict=True):
            for at, (tall, wide) in enumerate(((r, m), (m, c), (r, c))):
                up, long = 0.42 * _side(tall), _side(wide)
                frame = (rows - up + 0.5, 1.3 * at + 0.5, rows + up - 0.5, 1.3 * at + long - 0.5)
                (made if at == 2 else frames).append(frame)
            traces.append(note(3.75, rows, f"{r}×{m} · {m}×{c}: {spaced(cost)}", role))
            rows += 1
        traces += [boxes(frames, role, f"factors, {mode}"), boxes(made, "ink", "product")]
    names = ["J₂ · J₁", "J₃ · (J₂J₁)", "J₃ · J₂", "(J₃J₂) · J₁"]
    for_all = f" for {batch} samples" if batch > 1 else ""
    told = " and ".join(" + ".join(map(spaced, costs)) for costs in (run.forward, run.reverse))
    return panel(
        "order",
        f"The products, their sizes, and what they cost{for_all}",
        traces,
        x=axis("two factors, what they make, multiplications", -0.1, 9.2, tickvals=[], **PLAIN),
        y=axis("product", 3.6, -0.6, tickvals=[0, 1, 2, 3], ticktext=names, **PLAIN),
        alt=f"Multiplications: {told}, forward and reverse.",
        margin={"l": 96, "r": 6, "t": 4, "b": 34},
    )


def _gradient(run: Chain, layer: int) -> Panel:
    """δ on the left, x on top, their product, and below what goes on to the layer before."""
    (B, out), wide = run.delta.shape, min(run.x.shape[1], SEEN)
    top, left = B + 1, B + 1
    layout = grid_layout(top + out + 1 + B, left + wide, "entry of x", "output of W")
    layout["xaxis"] |= {"tickvals": [], "showticklabels": False}
    places = [(B - 1) / 2, top + (out - 1) / 2, top + out + 1 + (B - 1) / 2]
    layout["yaxis"] |= {"tickvals": places, "ticktext": ["x", "δ, ∂ℓ/∂W", "∂ℓ/∂x"]}
    layout["margin"] = {"l": 76, "r": 6, "t": 4, "b": 34}
    rows, columns = run.G.shape
    cut = f", first {wide} of {columns} columns" if wide < columns else ""
    made = "One sample: one outer product δxᵀ makes"
    made = made if B == 1 else f"{B} samples: {B} outer products δxᵀ make"
    return Panel(
        "gradient",
        f"{made} ∂ℓ/∂W{INDEX[layer]}{cut}",
        (
            cells(run.x[:, :wide].numpy(), "x", at=(0, left)),
            cells(run.delta.T.numpy(), "δ", at=(top, 0)),
            cells(run.G[:, :wide].numpy(), "∂ℓ/∂W", at=(top, left)),
            cells(run.below[:, :wide].numpy(), "∂ℓ/∂x", at=(top + out + 1, left)),
        ),
        layout,
        f"∂ℓ/∂W{INDEX[layer]} has {rows} × {columns} entries and rank {rank(run)}.",
    )


def _singular(run: Chain, batch: int) -> Panel:
    rows, columns = run.G.shape
    count = min(rows, columns)
    sizes = np.zeros(count)
    sizes[: len(run.sigma)] = run.sigma.numpy() / (float(run.sigma[0]) or 1.0)
    shown = min(count, 24)
    there = rank(run)
    return panel(
        "singular",
        f"Singular values of ∂ℓ/∂W: {there} of {count} {'is' if there == 1 else 'are'} not 0",
        bars(np.arange(1, shown + 1), sizes[:shown], "force", "σₖ/σ₁"),
        x=axis("number k", 0.4, shown + 0.6, **PLAIN, tickformat="d"),
        y=axis("σₖ/σ₁", -0.04, 1.1),
        alt=f"With {batch} in the batch the rank is {there}, of {count} at most.",
    )


def _softmax(run: Chain) -> Panel:
    K = len(run.J)
    layout = grid_layout(K, K, "score zⱼ", "share sᵢ")
    sums = float(run.J.sum(1).abs().max())
    return Panel(
        "softmax",
        "Jacobian of softmax: rows and columns sum to 0",
        (cells(run.J.numpy(), "∂sᵢ/∂zⱼ", numbers=2 if K <= 6 else 0),),
        layout,
        f"diag(s) − ssᵀ for {K} outputs; its rows sum to {number(sums, zero=1e-12)}.",
        equal=True,
    )
