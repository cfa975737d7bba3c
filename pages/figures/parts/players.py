"""What the figures of games share: a colour for each player, and how a coalition is written."""

from typing import Any

import numpy as np

from core.shapley.coalitions import by_size
from pages.figures.marks import line, segments
from pages.figures.plot import PLAIN, axis

PLAYERS = ("model", "force", "third", "second", "fourth")  # roles of players 1 to 5
UP, DOWN = "model", "force"  # contributions that raise and that lower the value
MOST = 5  # players of a table that is typed


def members(index: int, apart: str = "") -> str:
    """The coalition with this index, players counted from 1: 5 is "13", 0 is "∅"."""
    inside = [str(i + 1) for i in range(int(index).bit_length()) if int(index) >> i & 1]
    return apart.join(inside) or "∅"


def braces(S: int) -> str:
    """A coalition for LaTeX."""
    return rf"\{{{members(S, ',')}\}}" if S else r"\varnothing"


def names(text: str, sized: bool = False) -> tuple[str, ...]:
    """The coalition of each cell of a typed table: in the order of the indices, or by size."""
    count = len(text.split())
    if sized:
        n = count.bit_length() - 1
        return tuple(map(members, by_size(n).tolist())) if n <= MOST and count == 2**n else ()
    return tuple(map(members, range(count)))


def standing(at: Any, values: Any, role: str, name: str, width: float) -> dict:
    """Bars with exact ends from zero to the values."""
    at, values = np.asarray(at), np.asarray(values)
    tails, tips = np.stack([at, 0 * values], -1), np.stack([at, values], -1)
    return segments(tails, tips, role, name, width=width, cap="butt", dash="solid")


def zero(count: int, role: str = "faint", **more: Any) -> dict:
    """The line that so many bars stand on."""
    return line([-0.6, count - 0.4], [0, 0], role, "zero", **more)


def by_coalition(title: str, names: Any, **more: Any) -> dict:
    """An axis with a named place for each of some coalitions."""
    ticks = {"tickvals": list(range(len(names))), "ticktext": list(names)}
    return axis(title, -0.6, len(names) - 0.4, **ticks, **PLAIN, **more)
