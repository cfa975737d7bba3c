"""The parameter ledger: three bars, their growth with the image, and the blocks they connect."""

import numpy as np

from core.experiments.cnn.ledger import LARGEST, LAYERS, NAMES, Ledger
from core.words import spaced
from pages.figures.marks import dots, line
from pages.figures.plot import Handle, Panel, Picture, axis

ROLE = {"cnn": "model", "locally_connected": "second", "fully_connected": "third"}
PLAIN = {"showgrid": False, "zeroline": False}


def figure(run: Ledger, *, m: int, n: int, c: int, p: int, q: int, K: int, **_) -> Picture:
    """Counts against printed formulas, growth with the side of the image, the blocks."""
    outputs = run.output[0] * run.output[1]
    counted, printed = run.counted, run.printed
    wrong = rf"\role{{wrong}}{{K(pq + 1) = {printed[0]}}}" if c > 1 else "K(pq + 1)"
    return Picture(
        panels=(_bars(run), _growth(run, m), _blocks(run, m, n, c, p, q)),
        formula=(
            rf"K(pqc + 1) = {K}\,({p}\cdot{q}\cdot{c} + 1) = \role{{model}}{{{counted[0]}}}"
            rf"\qquad\text{{printed: }}{wrong}",
            rf"(pqc + 1)\,O K = ({p}\cdot{q}\cdot{c} + 1)\cdot{outputs}\cdot{K} = "
            rf"\role{{second}}{{{_tex(counted[1])}}}"
            rf"\qquad\text{{printed: }}\role{{wrong}}{{{_tex(printed[1])}}}",
            rf"(mnc + 1)\,O K = ({m}\cdot{n}\cdot{c} + 1)\cdot{outputs}\cdot{K} = "
            rf"\role{{third}}{{{_tex(counted[2])}}}"
            rf"\qquad\text{{printed: }}\role{{wrong}}{{{_tex(printed[2])}}}",
        ),
    )


def _tex(number: int) -> str:
    return spaced(number).replace(" ", r"\,")


def _decade(value: float) -> float:
    """The next power of 100, so that the frame rarely moves."""
    return 100.0 ** np.ceil(np.log10(value) / 2)


def _bars(run: Ledger) -> Panel:
    top = 20 * _decade(max(run.counted))
    traces = []
    for row, (name, count, printed) in enumerate(
        zip(LAYERS, run.counted, run.printed, strict=True)
    ):
        for at, value, role, label, width in (
            (row, count, ROLE[name], spaced(count), 22 if name == run.layer else 16),
            (row + 0.3, printed, "wrong", f"printed: {spaced(printed)}", 4),
        ):
            x = np.array([1.0, value])
            y = np.array([at, at])
            traces.append(line(x, y, role, f"{name} {label}", width=width, dash="solid"))
            # a little to the right, off the round end of the bar
            traces.append(line(1.3 * x[1:], y[1:], role, label, label=label))
    return Panel(
        "bars",
        "Parameters, counted in torch (thick) and as printed (thin)",
        tuple(traces),
        {
            "xaxis": axis("parameters", 1, top, log=True, dtick=2),
            "yaxis": axis(
                "layer",
                2.6,
                -0.5,
                tickvals=[0, 1, 2],
                ticktext=[NAMES[name] for name in LAYERS],
                **PLAIN,
            ),
            "margin": {"l": 130, "r": 12, "t": 6, "b": 40},
        },
        "; ".join(
            f"{NAMES[name]} {spaced(count)}, printed {spaced(printed)}"
            for name, count, printed in zip(LAYERS, run.counted, run.printed, strict=True)
        )
        + ".",
    )


def _growth(run: Ledger, m: int) -> Panel:
    side, growth = run.side.numpy(), run.growth.numpy()
    top = 20 * _decade(growth.max())
    ends = {"cnn": "CNN", "locally_connected": "local", "fully_connected": "full"}
    traces = [
        line(side, counts, ROLE[name], NAMES[name], width=4 if name == run.layer else 1.8)
        for name, counts in zip(LAYERS, growth, strict=True)
    ]
    middle = len(side) * 3 // 5
    for name, counts in zip(LAYERS, growth, strict=True):
        at = side[[middle]], 3 * counts[[middle]]
        traces.append(line(*at, ROLE[name], NAMES[name], label=ends[name]))
    now = run.counted[run.looked]
    traces.append(dots([m], [now], ROLE[run.layer], "this image", 11))
    change = run.doubled[run.looked] / now
    return Panel(
        "growth",
        "How they grow with a square image",
        tuple(traces),
        {
            "xaxis": axis("side m = n", 0, LARGEST + 2),
            "yaxis": axis("parameters", 1, top, log=True, dtick=4),
        },
        f"For twice the side the {NAMES[run.layer]} layer has {change:.3g} times the parameters; "
        "the convolution has as many as before.",
        handles=(
            Handle(
                float(m),
                float(now),
                ("m", "n"),
                "side of the image",
                matrix=((1.0, 0.0), (1.0, 0.0)),
                frees="x",
                role=ROLE[run.layer],
            ),
        ),
    )


# --- blocks ------------------------------------------------------------------------------------


def _blocks(run: Ledger, m: int, n: int, c: int, p: int, q: int) -> Panel:
    """Input, kernel and output as blocks seen from above right, to scale but for the depth."""
    reach = next(side for side in (8, 16, 32, LARGEST) if side >= max(m, n))
    rows, columns, K = run.output
    deep = np.array([c, c, K]) * reach / np.array([50, 50, 200])
    gap = 0.35 * reach
    right = n + deep[0] + gap
    # depth goes up and to the right
    traces = [
        _block(0, 0, n, m, deep[0], "data", "input"),
        _block(0, 0, q, p, deep[1], "model", "kernel", width=2.5),
        _block(right, 0, columns, rows, deep[2], "ink", "output"),
        *(_rays(n, m, q, p, right, columns, rows)),
    ]
    traces += [
        line([0], [-m - 0.1 * reach], "data", "input", label=f"{m} × {n} × {c}"),
        line([right], [-rows - 0.1 * reach], "ink", "output", label=f"{rows} × {columns} × {K}"),
        line(
            [0], [0.6 * deep[0] + 0.1 * reach], "model", "kernel", label=f"kernel {p} × {q} × {c}"
        ),
    ]
    return Panel(
        "blocks",
        "Input, one of the K kernels, output",
        tuple(traces),
        {
            "xaxis": axis("columns", -0.1 * reach, 3.1 * reach, **PLAIN, showticklabels=False),
            "yaxis": axis("rows", -1.22 * reach, 0.38 * reach, **PLAIN, showticklabels=False),
        },
        f"An input of {m} × {n} × {c}, kernels of {p} × {q} × {c}, an output of "
        f"{rows} × {columns} × {K}.",
        equal=True,
    )


def _block(
    left: float, top: float, wide: float, high: float, deep: float, role: str, name: str, **meta
) -> dict:
    """Front face with its upper left corner at (left, −top), and two sides."""
    d = np.array([deep, 0.6 * deep])
    start = np.array([left, -top])
    corners = start + np.array([[0, 0], [wide, 0], [wide, -high], [0, -high]])
    cut = np.full((1, 2), np.nan)
    far = corners + d
    path = np.concatenate(
        [corners, corners[:1], cut, corners[:1], far[:2], corners[1:2], cut, far[1:3], corners[2:3]]
    )
    return line(path[:, 0], path[:, 1], role, name, **meta)


def _rays(n: int, m: int, q: int, p: int, right: float, columns: int, rows: int) -> list[dict]:
    """From the window of the kernel to the output it makes."""
    x = np.array([q, right, np.nan, q, right])
    y = np.array([0, 0, np.nan, -p, -1])
    corner = np.array([right, right + 1, right + 1, right, right])
    return [
        line(x, y, "faint", "window to output"),
        line(corner, np.array([0, 0, -1, -1, 0]), "force", "one output", width=2),
    ]
