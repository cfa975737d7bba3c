"""Which minimum each start reaches, one colour per minimum."""

from functools import lru_cache

import numpy as np

from core.experiments.landscapes.basins import (
    DIVERGED,
    MOVING,
    OTHER,
    PENDING,
    SADDLE,
    Basins,
    starts,
)
from core.landscapes import Landscape
from core.landscapes.terrain import Field, field, surface
from core.optimizers import NAMES
from pages.figures.marks import as_f4, dots, rule
from pages.figures.parts.terrain import frame, quantiles
from pages.figures.plot import Panel, Picture, axis, panel

HOMES = ("good", "model", "second", "third", "fourth", "force", "theory", "ink")
OTHERS = {
    OTHER: ("data", "a further minimum"),
    SADDLE: ("ink", "saddle point"),
    MOVING: ("faint", "still moving"),
    DIVERGED: ("wrong", "diverged"),
}


def figure(run: Basins, *, landscape: str, formula: str, method: str) -> Picture:
    """The starts coloured by the minimum they reach, and how many reach each."""
    land, grid = surface(landscape, formula), field(landscape, formula)
    ends = {i: (part, *_look(run, i)) for i, part in run.shares.items() if i != PENDING}
    return Picture((_map(run, land, grid, NAMES[method], ends), _ranking(ends)))


def _look(run: Basins, label: int) -> tuple[str, str]:
    """Role and name of an end."""
    if label in OTHERS:
        return OTHERS[label]
    x, y = run.homes[label].tolist()
    return HOMES[label], f"({x:.2f}, {y:.2f})"


def _map(run: Basins, land: Landscape, grid: Field, method: str, ends: dict) -> Panel:
    start, label, homes = starts(land).numpy(), run.label.numpy(), run.homes.numpy()
    told = ", ".join(f"{name} {part:.0%}" for part, _, name in ends.values())
    return panel(
        "basins",
        f"Where {method} ends, start by start",
        [
            dots(*start[label == i].T, role, name, size=5)
            for i, (_, role, name) in sorted(ends.items())
        ],
        _relief(grid),
        dots(homes[:, 0], homes[:, 1], "ink", "minimum", size=11),
        **frame(land, "x₀", "y₀"),
        alt=f"Each start on {land.name} coloured by the minimum {method} reaches: {told}.",
        equal=True,
    )


@lru_cache(maxsize=32)
def _relief(grid: Field) -> dict:
    """Bare iso-lines of the rank of f, which plotly draws over the starts."""
    z = grid.z.numpy()
    return {
        "type": "contour",
        "x": as_f4(grid.x),
        "y": as_f4(grid.y),
        "z": as_f4(np.searchsorted(quantiles(z), z)),
        "contours": {"coloring": "none"},
        "ncontours": 12,
        "line": {"width": 1},
        "showscale": False,
        "name": "f",
    }


def _ranking(ends: dict) -> Panel:
    rows = list(ends.values())[:8]
    return panel(
        "shares",
        "Share of the starts",
        [
            rule(role, name, y=-row, span=(0, 100 * part), label=f"{name} {part:.1%}")
            for row, (part, role, name) in enumerate(rows)
        ],
        x=axis("share of the starts, %", 0, 130, tickvals=[0, 25, 50, 75, 100]),
        y=axis("end, by rank", -7.5, 0.5, showticklabels=False),
        alt="Shares: " + ", ".join(f"{name} {part:.1%}" for part, _, name in rows) + ".",
    )
