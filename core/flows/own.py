"""What a flow learns on the page: a law by its name, a drawing, or a student's table."""

from torch import Tensor

from core import plane
from core.flows.data import DATA
from core.rng import generator

DRAWN = 2500  # points of a drawing, a fifth of them held out
OTHER = 1 << 62  # between the seed of a drawing and that of a training
FACE = plane.sketch(
    "................", "................", "....##....##....", "....##....##....",
    "....##....##....", "................", "................", "................",
    "..##........##..", "..##........##..", "...##......##...", "....##....##....",
    ".....######.....", "......####......", "................", "................",
)  # fmt: skip


def source(data: str, drawing: str, seed: int) -> str | Tensor:
    """What `core.flows.train` and `train_velocity` take as their data.

    Args:
        data: a name of `DATA`, "drawn", or a table of two columns, see `core.plane.read`.
        drawing: painted cells, see `core.plane.drawn`.

    Raises:
        ValueError: a drawing or a table that `core.plane` refuses.
    """
    if data == "drawn":
        return plane.drawn(drawing, DRAWN, generator=generator(seed ^ OTHER))
    return data if data in DATA else plane.read(data)
