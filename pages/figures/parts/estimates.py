"""What the figures of estimates share: the errors of many runs."""

import numpy as np

from pages.figures.marks import dots, line, note

ZERO = 1e-12  # errors below are rounding, and a logarithmic axis has no 0


def run_errors(
    x: np.ndarray,
    typical: np.ndarray,
    role: str,
    name: str,
    short: str,
    *,
    bold: bool,
    nothing: tuple[float, float],
) -> list[dict]:
    """The median error of many runs, and where it is bold thin lines with 8 in 10 between them.

    Args:
        x: (K,) what it is drawn over.
        typical: (3, K) the median, and where 1 and 9 in 10 runs lie.
        short: what is written at the end of the line.
        nothing: the place where it is said that there is no error.
    """
    y, *edges = np.where(typical > ZERO, typical, np.nan)
    edges = [line(x, each, role, "8 in 10 runs", width=1, dash="solid") for each in edges]
    end = "" if typical[0, -1] > ZERO else f"{short}: 0"
    return [
        *(edges if bold else ()),
        line(x, y, role, name, width=3.2 if bold else 1.8, label=short, pin=True),
        dots(x, y, role, name, 8 if bold else 6),
        *([note(*nothing, end, role)] if end else ()),
    ]
