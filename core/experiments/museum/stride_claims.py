"""What a strided figure claims: every number is a window times the kernel."""

from core.check import Check, equal, same
from core.experiments.museum.stride import INPUT, KERNEL, SIZE, Strided
from core.words import number


def checks(run: Strided, *, code: str, stride: int, u: int, v: int) -> list[Check]:
    """This cell, all cells, and what was printed, by loops over plain numbers."""
    border = [[0.0] * 7, *([0.0, *map(float, row), 0.0] for row in INPUT), [0.0] * 7]
    every = [[_dot(border, i, j) for j in range(5)] for i in range(5)]
    right = [[every[stride * i][stride * j] for j in range(SIZE)] for i in range(SIZE)]
    corner = [row[:SIZE] for row in every[:SIZE]]
    off = sum(a != b for p, q in zip(right, corner, strict=True) for a, b in zip(p, q, strict=True))
    wrong = code == "published" and off > 0
    agrees = not wrong or right[u][v] == corner[u][v]
    return [
        equal("", "the number of a cell is its window times the kernel", run.shown[u, v],
              _dot(border, stride * u, stride * v),
              needs=((agrees, "the figure's number is that of another window"),)),
        equal("", "cells of the figure that are not their window times the kernel",
              float((run.shown != run.right).sum()), off if wrong else 0),
        same("", "the figure shows the corner of the result of stride 1" if code == "published" else
             "the figure shows the windows of its stride", run.shown,
             corner if code == "published" else right),
        same("", "input with its border, and all windows times the kernel, by hand",
             [*run.x.flatten().tolist(), *run.right.flatten().tolist(), run.top, run.left],
             [*(e for row in border for e in row), *(e for row in right for e in row), stride * u,
              stride * v]),
    ]  # fmt: skip


def _dot(x: list[list[float]], i: int, j: int) -> float:
    return sum(KERNEL[a][b] * x[i + a][j + b] for a in range(3) for b in range(3))


def says(run: Strided, *, code: str, u: int, v: int) -> str:
    """The cell that is looked at, and how many are wrong."""
    drawn, right = float(run.shown[u, v]), float(run.right[u, v])
    off = int((run.shown != run.right).sum())
    cell = f"Cell ({u}, {v}): the window gives {number(right)}"
    if off == 0:
        return f"{cell}, and so says the figure, here and in every cell."
    told = "as the figure says" if drawn == right else f"the figure says {number(drawn)}"
    return f"{cell}, {told}; {off} of 9 cells are off."


def _window(run: Strided, u: int, v: int) -> tuple[float, dict[str, str]]:
    return float(run.right[u, v]), {"drawn": number(float(run.shown[u, v]))}


def _corner(run: Strided) -> str:
    return "all" if bool((run.shown == run.right).all()) else "one"


answers = {"window": _window, "corner": _corner}
