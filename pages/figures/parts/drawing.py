"""A pad on which the points of the plane are drawn."""

from core import table
from core.plane import SIDE
from pages.figures.marks import cells
from pages.figures.plot import Paint, Panel, grid_layout


def pad(drawing: str, param: str = "drawing") -> Panel:
    """The painted cells of a text parameter, see `core.plane`."""
    values = table.read(drawing, param, shapes=((SIDE, SIDE),)).numpy()
    ink = cells((values > 0).astype(float), "painted", scale="heat", low=0, high=2)
    paint = Paint(param, values.tolist(), 0, 1, 1, "the data")
    layout, alt = grid_layout(SIDE, SIDE), f"{int((values > 0).sum())} painted cells."
    return Panel("pad", "Draw the data here", (ink,), layout, alt, paint=paint, equal=True)
