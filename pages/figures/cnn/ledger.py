"""The parameter ledger: three bars, their growth with the image, and the blocks they connect."""

from typing import Any, Literal

import numpy as np

from core.experiments.cnn.ledger import LARGEST, LAYERS, NAMES, Ledger
from core.words import spaced
from pages.figures.marks import dots, line, note, rule
from pages.figures.plot import PLAIN, Handle, Panel, Picture, axis, panel, rows

ROLE = {"cnn": "model", "locally_connected": "second", "fully_connected": "third"}
SHORT = {"cnn": "convolution", "locally_connected": "local", "fully_connected": "full"}


def figure(run: Ledger, *, layer: Literal[LAYERS] = "cnn", printed: bool = False) -> Picture:
    """Counts, with the printed formulas if asked for, growth with the side, the blocks."""
    m, n, c, p, q, K = run.sizes
    out = run.output[0] * run.output[1]
    cnn, local, full = (rf"\role{{{r}}}{{{_tex(x)}}}" for r, x in zip(ROLE.values(), run.counted))
    not_cnn, not_local, not_full = (
        rf"\qquad\text{{printed: }}\role{{wrong}}{{{_tex(x)}}}" * printed for x in run.printed
    )
    return Picture(
        (_bars(run, layer, printed), _growth(run, layer), _blocks(run)),
        formula=(
            rf"K(pqc + 1) = {K}\,({p}\cdot{q}\cdot{c} + 1) = {cnn}{not_cnn}",
            rf"(pqc + 1)\,O K = ({p}\cdot{q}\cdot{c} + 1)\cdot{out}\cdot{K} = {local}{not_local}",
            rf"(mnc + 1)\,O K = ({m}\cdot{n}\cdot{c} + 1)\cdot{out}\cdot{K} = {full}{not_full}",
        ),
    )


def _tex(number: int) -> str:
    return spaced(number).replace(" ", r"\,")


def _top(value: float) -> float:
    """20 times the next power of 100: a frame that rarely moves."""
    return 20 * 100.0 ** np.ceil(np.log10(value) / 2)


def _bars(run: Ledger, layer: str, printed: bool) -> Panel:
    traces, told = [], []
    for row, (name, count, sheet) in enumerate(zip(LAYERS, run.counted, run.printed)):
        thick, beside = 22 if name == layer else 16, f"printed: {spaced(sheet)}"
        bars = [(row, count, ROLE[name], spaced(count), thick)]
        bars += [(row + 0.3, sheet, "wrong", beside, 4)] * printed
        for at, value, role, label, width in bars:
            bar = rule(role, label, y=at, span=(1, value), width=width, dash="solid")
            traces += bar, note(1.3 * value, at, label, role)  # off the round end of the bar
        told.append(f"{NAMES[name]} {spaced(count)}" + f", {beside}" * printed)
    return panel(
        "bars",
        "Parameters, counted in torch" + " (thick), and as printed (thin)" * printed,
        traces,
        x=axis("parameters", 1, _top(max(run.counted)), log=True, dtick=2),
        y=rows(tuple(NAMES.values()), "layer"),
        alt="; ".join(told) + ".",
        margin={"l": 130, "r": 12, "t": 6, "b": 40},
    )


def _growth(run: Ledger, layer: str) -> Panel:
    m, _, _, p, q, _ = run.sizes
    side, now = np.arange(max(p, q), LARGEST + 1), run.counted[LAYERS.index(layer)]
    growth = np.array([run.on(s, s)[:3] for s in side.tolist()], dtype=float).T
    times = run.doubled(layer)
    many = "as many" if times == 1 else f"{times:.3g} times as many"
    middle, curves = len(side) * 3 // 5, list(zip(LAYERS, growth))
    both = {"matrix": ((1.0, 0.0), (1.0, 0.0)), "frees": "x", "role": ROLE[layer]}  # both sides
    return panel(
        "growth",
        "How they grow with a square image",
        [
            line(side, counts, ROLE[name], NAMES[name], width=4 if name == layer else 1.8)
            for name, counts in curves
        ],
        [note(side[middle], 3 * y[middle], SHORT[name], ROLE[name]) for name, y in curves],
        dots([m], [now], ROLE[layer], "this image", 11),
        x=axis("side m = n", 0, LARGEST + 2),
        y=axis("parameters", 1, _top(growth.max()), log=True, dtick=4),
        alt=f"Twice the side, {many} {NAMES[layer]} parameters.",
        handles=(Handle(m, now, ("m", "n"), "side of the image", **both),),
    )


def _blocks(run: Ledger) -> Panel:
    """Input, kernel and output as blocks seen from above right, to scale but for the depth."""
    m, n, c, p, q, _ = run.sizes
    high, wide, K = run.output
    reach = next(side for side in (8, 16, 32, LARGEST) if side >= max(m, n))
    thin, deep = c * reach / 50, K * reach / 200
    right, gap = n + thin + 0.35 * reach, 0.1 * reach
    plain = {**PLAIN, "showticklabels": False}
    rays = np.array([q, right, np.nan, q, right]), np.array([0, 0, np.nan, -p, -1])
    one = right + np.array([0, 1, 1, 0, 0]), np.array([0, 0, -1, -1, 0])
    return panel(
        "blocks",
        "Input, one of the K kernels, output",
        _block(0, n, m, thin, "data", "input"),
        _block(0, q, p, thin, "model", "kernel", width=2.5),
        _block(right, wide, high, deep, "ink", "output"),
        line(*rays, "faint", "window to output"),
        line(*one, "force", "one output", width=2),
        note(0, -m - gap, f"{m} × {n} × {c}", "data"),
        note(right, -high - gap, f"{high} × {wide} × {K}", "ink"),
        note(0, 0.6 * thin + gap, f"kernel {p} × {q} × {c}", "model"),
        x=axis("columns", -gap, 3.1 * reach, **plain),
        y=axis("rows", -1.22 * reach, 0.38 * reach, **plain),
        alt=f"{m} × {n} × {c} in, kernels of {p} × {q} × {c}, {high} × {wide} × {K} out.",
        equal=True,
    )


def _block(
    left: float, wide: float, high: float, deep: float, role: str, name: str, **meta: Any
) -> dict:
    """Front face with its upper left corner at (left, 0); depth goes up and to the right."""
    corners = np.array([[0, 0], [wide, 0], [wide, -high], [0, -high]])
    near, cut = corners + np.array([left, 0]), np.full((1, 2), np.nan)
    far = near + np.array([deep, 0.6 * deep])
    faces = near, near[:1], cut, near[:1], far[:2], near[1:2], cut, far[1:3], near[2:3]
    path = np.concatenate(faces)
    return line(path[:, 0], path[:, 1], role, name, **meta)
