"""What the figures of games share: a colour for each player, and how a coalition is written."""

import re
from typing import Any

import numpy as np

from core.shapley.coalitions import Names, by_size, called
from pages.figures.marks import line, segments
from pages.figures.plot import PLAIN, axis

PLAYERS = ("model", "force", "third", "second", "fourth")  # roles of players 1 to 5
UP, DOWN = "model", "force"  # contributions that raise and that lower the value
MOST = 5  # players of a table that is typed
RAISED = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
LONG = 8  # letters of a name in a label
PLAIN_NAME = str.maketrans({c: "·" for c in "\\{}$&#%_^~"})  # what LaTeX reads as its own


def short(player: int, names: Names = ()) -> str:
    """A player in a label: the number, or the name, cut where it is long."""
    name = called(player, names)
    return name if len(name) <= LONG else f"{name[: LONG - 1]}…"


def members(index: int, names: Names = ()) -> str:
    """The coalition with this index: 5 is "1,3", or "Ann,Cem", 0 is "∅"."""
    inside = [i for i in range(int(index).bit_length()) if int(index) >> i & 1]
    return ",".join(short(i, names) for i in inside) or "∅"


def tex_name(player: int, names: Names = ()) -> str:
    """A player for LaTeX."""
    name, low = short(player, names).translate(PLAIN_NAME), ""
    if found := re.fullmatch(r"([^\W\d₀-₉]+)([₀-₉]+)", name):
        name, low = found[1], f"_{{{found[2].translate(RAISED)}}}"
    return rf"{{\text{{{name}}}{low}}}" if names else name


def braces(S: int, names: Names = ()) -> str:
    """A coalition for LaTeX."""
    inside = [i for i in range(S.bit_length()) if S >> i & 1]
    return rf"\{{{','.join(tex_name(i, names) for i in inside)}\}}" if S else r"\varnothing"


def cell_names(text: str, sized: bool = False) -> tuple[str, ...]:
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
