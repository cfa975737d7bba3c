"""The input with the window of one cell, the figure's numbers, and those of the windows."""

from core.experiments.museum.stride import SIZE, Strided
from core.words import number
from pages.figures.marks import boxes, cells
from pages.figures.plot import Panel, Pick, Picture, grid_layout


def figure(run: Strided, *, stride: int, u: int, v: int) -> Picture:
    """Three panels."""
    right, drawn = float(run.right[u, v]), float(run.shown[u, v])
    return Picture(
        (_input(run, stride), _shown(run, u, v), _right(run, u, v)),
        formula=(
            rf"\role{{model}}{{y_{{{u}{v}}}}} = \sum_{{a,b}} h_{{ab}}\, x_{{{stride}\cdot{u}+a,\,"
            rf"{stride}\cdot{v}+b}} = {right:g},\quad\text{{in the figure }}{drawn:g}",
        ),
    )


def _input(run: Strided, stride: int) -> Panel:
    corner = [[run.top, run.left, run.top + SIZE - 1, run.left + SIZE - 1]]
    return Panel(
        "input",
        "Input with its border; the window of the cell",
        (
            cells(run.x.numpy(), "x", scale="heat", low=0, high=6, numbers=3),
            boxes(corner, "model", "window"),
        ),
        grid_layout(*run.x.shape),
        f"The window begins at row {run.top}, column {run.left}; stride {stride}.",
        equal=True,
    )


def _shown(run: Strided, u: int, v: int) -> Panel:
    return Panel(
        "figure",
        "The numbers of the figure; click a cell",
        (
            cells(run.shown.numpy(), "y", scale="heat", low=0, high=30, numbers=3),
            boxes([[u, v, u, v]], "model", "cell"),
        ),
        grid_layout(SIZE, SIZE),
        f"The figure says {number(float(run.shown[u, v]))} in cell ({u}, {v}).",
        pick=Pick.cells(SIZE, SIZE, "u", "v", "cell of the figure", (u, v)),
        equal=True,
    )


def _right(run: Strided, u: int, v: int) -> Panel:
    off = [[i, j, i, j] for i, j in (run.shown != run.right).nonzero().tolist()]
    return Panel(
        "windows",
        "Windows times the kernel; framed: the figure differs"
        if off
        else "Windows times the kernel",
        (
            cells(run.right.numpy(), "y", scale="heat", low=0, high=30, numbers=3),
            *([boxes(off, "wrong", "the figure differs")] if off else []),
            boxes([[u, v, u, v]], "model", "cell"),
        ),
        grid_layout(SIZE, SIZE),
        f"Cell ({u}, {v}) should be {number(float(run.right[u, v]))}.",
        equal=True,
    )
