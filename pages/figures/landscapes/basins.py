"""Which minimum each start reaches, one colour per minimum."""

from functools import lru_cache

import numpy as np

from core.experiments.landscapes import basins
from core.experiments.landscapes.basins import SIDE, Basins
from core.landscapes import Landscape
from core.landscapes.terrain import field, mesh, surface
from core.optimizers import NAMES
from pages.figures.marks import as_f4, dots, rule
from pages.figures.parts.terrain import frame, quantiles
from pages.figures.plot import Panel, Picture, axis, panel

HOMES = ("good", "model", "second", "third", "fourth", "force", "theory", "ink")
OTHERS = {
    basins.OTHER: ("data", "a further minimum"),
    basins.SADDLE: ("ink", "saddle point"),
    basins.MOVING: ("faint", "still moving"),
    basins.MAXIMUM: ("ink", "maximum"),
    basins.FLAT: ("ink", "flat ground"),
    basins.LOST: ("wrong", "diverged, or off the domain"),
}


def figure(run: Basins, *, landscape: str, formula: str, method: str) -> Picture:
    """The starts coloured by the minimum they reach, and how many reach each."""
    looks = OTHERS | {i: (HOMES[i], f"({x:.2f}, {y:.2f})") for i, (x, y) in enumerate(run.homes)}
    ends = {i: (part, *looks[i]) for i, part in run.shares.items() if i != basins.PENDING}
    land = surface(landscape, formula)
    return Picture((_map(run, land, NAMES[method], ends), _ranking(list(ends.values())[:8])))


def _map(run: Basins, land: Landscape, method: str, ends: dict) -> Panel:
    start, label = mesh(land, SIDE).numpy(), run.label.numpy()
    told = ", ".join(f"{name} {100 * part:.0f} %" for part, _, name in ends.values())
    return panel(
        "basins",
        f"Where {method} ends, start by start",
        [
            dots(*start[label == i].T, role, name, size=5)
            for i, (_, role, name) in sorted(ends.items())
        ],
        _relief(land),
        dots(*run.homes.T, "ink", "minimum", size=11),
        **frame(land, "x₀", "y₀"),
        alt=f"Each start on {land.name} coloured by the minimum {method} reaches: {told}.",
        equal=True,
    )


@lru_cache(maxsize=32)
def _relief(land: Landscape) -> dict:
    """Bare iso-lines of the rank of f, which plotly draws over the starts."""
    grid = field(land)
    z = grid.z.numpy()
    rank = as_f4(np.searchsorted(quantiles(z), z))
    look = {"contours": {"coloring": "none"}, "ncontours": 12, "line": {"width": 1}, "name": "f"}
    place = {"x": as_f4(grid.x), "y": as_f4(grid.y), "z": rank}
    return {"type": "contour", "showscale": False, **place, **look}


def _ranking(rows: list[tuple[float, str, str]]) -> Panel:
    words = [f"{name} {100 * part:.1f} %" for part, _, name in rows]
    return panel(
        "shares",
        "Share of the starts",
        [
            rule(role, name, y=-i, span=(0, 100 * part), label=words[i])
            for i, (part, role, name) in enumerate(rows)
        ],
        x=axis("share of the starts, %", 0, 130, tickvals=[0, 25, 50, 75, 100]),
        y=axis("end, by rank", -7.5, 0.5, showticklabels=False),
        alt=f"Shares: {', '.join(words)}.",
    )
