"""What the figures of estimates share: the list of orders, the errors of many runs."""

from typing import Any

import numpy as np

from core.shapley.coalitions import called
from core.words import number
from pages.figures.marks import boxes, cells, dots, line, note
from pages.figures.parts.players import short
from pages.figures.plot import PLAIN, Panel, axis, panel, rows

ZERO = 1e-12  # errors below are rounding, and a logarithmic axis has no 0
LISTED = 8  # orders of the list


def orders_panel(run: Any, m: int) -> Panel:
    """The latest of m orders, a row for each, with what every player added, and the mean of all.

    `run` has `orders` and `contributions`, (M, p), `means` after 1, …, M orders, and `names`.
    """
    first, p, end = max(0, m - LISTED), run.orders.shape[1], run.orders.shape[1] + 0.2
    who, mean = [short(j, run.names) for j in range(p)], run.means[m - 1].numpy()
    shown, last = m - first, min(len(run.orders), LISTED) + 1
    table = np.vstack([run.contributions[first:m], np.full((last - shown, p), np.nan), mean])
    sums, most = table.sum(1, keepdims=True), float(run.contributions.abs().max()) or 1.0
    digits, plural = 3 if p < 6 else 2, "s" * (m > 1)
    order = [" ".join(who[j] for j in each) for each in run.orders[first:m].tolist()]
    names = [*order, *[""] * (last - shown), "mean"]
    ticks = {"tickvals": [*range(p), end], "ticktext": [*who, "sum"]}
    told = [f"{called(j, run.names, 'player')} {number(x)}" for j, x in enumerate(mean)]
    return panel(
        "orders",
        f"{'The latest of ' * (first > 0)}{m} order{plural}: what each player added, and the mean",
        cells(table, "Δ", numbers=digits, low=-most, high=most),
        cells(sums, "sum", numbers=digits, at=(0, end), low=-1e6 * most, high=1e6 * most),
        boxes([[shown - 1, 0, shown - 1, p - 1]], "ink", "the order dealt now"),
        boxes([[last, 0, last, p - 1]], "good", "mean"),
        x=axis("Δⱼ of player j, and the sum", -0.6, end + 0.6, **ticks, **PLAIN),
        y=rows(names, "order of arrival"),
        margin={"l": 36 + 7 * max(map(len, order)), "r": 6, "t": 4, "b": 40},
        alt=f"Mean over {m} order{plural}: {', '.join(told)}; together {number(sums[-1, 0])}.",
    )


def run_errors(
    x: np.ndarray,
    typical: np.ndarray,
    role: str,
    name: str,
    short: str,
    *,
    bold: bool,
    nothing: tuple[float, float],
    zero: float = ZERO,
) -> list[dict]:
    """The median error of many runs, and where it is bold thin lines with 8 in 10 between them.

    Args:
        x: (K,) what it is drawn over.
        typical: (3, K) the median, and where 1 and 9 in 10 runs lie.
        short: what is written at the end of the line.
        nothing: the place where it is said that there is no error.
        zero: an error up to this is rounding.
    """
    y, *edges = np.where(typical > zero, typical, np.nan)
    edges = [line(x, each, role, "8 in 10 runs", width=1, dash="solid") for each in edges]
    end = "" if typical[0, -1] > zero else f"{short}: 0"
    return [
        *(edges if bold else ()),
        line(x, y, role, name, width=3.2 if bold else 1.8, label=short, pin=True),
        dots(x, y, role, name, 8 if bold else 6),
        *([note(*nothing, end, role)] if end else ()),
    ]
