"""Stock panels of a table of data and a model of it."""

import numpy as np

from core.tabular.data import Data
from core.tabular.models import Model
from core.tabular.words import amount
from pages.figures.marks import dots, line, rule
from pages.figures.plot import Panel, Pick, axis, coarse, panel


def from_origin(name: str, table: Data) -> str:
    """The title of an axis that counts from the origin of the table."""
    return f"{name} − {amount(table.origin)}" if table.origin else name


def against_truth(table: Data, model: Model, now: float, row: int | None) -> Panel:
    """Every row of the table by f and truth, to be pointed at; `now` is f of the row looked at.

    `row` is its number in the table, None for another one.
    """
    f, y, now = model.outputs.numpy(), table.y.numpy(), now - table.origin
    f, y = f - table.origin, y - table.origin
    if table.task == "probability":
        # golden-ratio steps spread the rows evenly, the same every time
        y = y + 0.7 * (np.arange(len(y)) * 0.618034 % 1 - 0.5)
        low, high, room, truth = 0.0, 1.0, 0.03, axis("truth", -0.5, 1.5, tickvals=[0, 1])
        right = rule("theory", "½", x=0.5, span=(-0.5, 1.5), width=1.2)
    else:
        least, most = min(f.min(), y.min()), max(f.max(), y.max())
        step = coarse((most - least) / 4)
        low, high, room = np.floor(least / step) * step, np.ceil(most / step) * step, 0.0
        truth = axis(from_origin("truth", table), low, high)
        right = line([low, high], [low, high], "theory", "f = truth", width=1.2)
    name = from_origin("f(x)", table)
    across = axis(name, low - room, high + room)
    if not low <= now <= high:
        middle = (low + high) / 2
        wide = 1.1 * coarse(abs(now - middle))
        across = axis(name, middle - wide, middle + wide)
    spots = np.stack((f, y), 1).round(6 - int(np.floor(np.log10(high - low))))
    return panel(
        "others",
        "All rows: point at one",
        right,
        dots(f, y, "data", "all rows", 3),
        rule("model", "f(x) of this row", x=now, span=truth["range"], width=1.6),
        row is not None and dots([f[row]], [y[row]], "model", "this row", 12, symbol="diamond"),
        x=across,
        y=truth,
        margin={"l": 50, "r": 8, "t": 4, "b": 36},
        alt=f"f(x) = {now + table.origin:.4g} is above that of {100 * np.mean(f < now):.0f} % of "
        "the rows.",
        pick=Pick.spots(spots, "row", "row", row, who="row"),
    )
