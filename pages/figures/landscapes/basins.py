"""Which minimum each start reaches, one colour per minimum."""

import numpy as np

from core.experiments.landscapes.basins import DIVERGED, MOVING, OTHER, SADDLE, Basins, shares
from core.optimizers import NAMES
from pages.figures.landscapes.wild import quantiles
from pages.figures.marks import dots, line
from pages.figures.plot import Panel, Picture, axis

HOMES = ("good", "model", "second", "third", "fourth", "force", "theory", "ink")
OTHERS = {
    OTHER: ("data", "a further minimum"),
    SADDLE: ("ink", "saddle point"),
    MOVING: ("faint", "still moving"),
    DIVERGED: ("wrong", "diverged"),
}


def basins(result: Basins, *, method: str, steps: int, **_) -> Picture:
    """The starts coloured by the minimum they reach, and how many reach each."""
    share = shares(result)
    return Picture((_map(result, method, share), _ranking(result, share)))


def _look(result: Basins, label: int) -> tuple[str, str]:
    if label in OTHERS:
        return OTHERS[label]
    x, y = result.homes[label].tolist()
    return HOMES[label], f"({x:.2f}, {y:.2f})"


def _map(result: Basins, method: str, share: dict[int, float]) -> Panel:
    x, y = np.meshgrid(result.x.numpy(), result.y.numpy())
    label = result.label.numpy()
    traces = []
    for i in sorted(share):
        if i in OTHERS or i >= 0:
            role, name = _look(result, i)
            traces.append(dots(x[label == i], y[label == i], role, name, size=5))
    field = result.field
    traces.append(
        {"type": "contour", "x": field.x.numpy().astype("f4"), "y": field.y.numpy().astype("f4"),
         "z": np.searchsorted(quantiles(field.z.numpy()), field.z.numpy()).astype("f4"),
         "contours": {"coloring": "none"}, "ncontours": 12, "line": {"width": 1},
         "showscale": False, "name": "f"}
    )  # fmt: skip
    homes = result.homes.numpy()
    traces.append(dots(homes[:, 0], homes[:, 1], "ink", "minimum", size=11))
    (left, right), (front, back) = result.land.domain
    return Panel(
        "basins",
        f"Where {NAMES[method]} ends, start by start",
        tuple(traces),
        {"xaxis": axis("x₀", left, right), "yaxis": axis("y₀", front, back)},
        f"Each start on {result.land.name} coloured by the minimum {NAMES[method]} reaches: "
        + ", ".join(f"{_look(result, i)[1]} {part:.0%}" for i, part in share.items()
                    if i in OTHERS or i >= 0)
        + ".",
        equal=True,
    )  # fmt: skip


def _ranking(result: Basins, share: dict[int, float]) -> Panel:
    rows = [(part, *_look(result, i)) for i, part in share.items() if i in OTHERS or i >= 0][:8]
    traces = []
    for row, (part, role, name) in enumerate(rows):
        traces.append(line(np.array([0, 100 * part]), np.array([-row, -row]), role, name,
                           label=f"{name} {part:.1%}"))  # fmt: skip
    return Panel(
        "shares",
        "Share of the starts",
        tuple(traces),
        {"xaxis": axis("share of the starts, %", 0, 130, tickvals=[0, 25, 50, 75, 100]),
         "yaxis": axis("end, by rank", -7.5, 0.5, showticklabels=False)},
        "Shares: " + ", ".join(f"{name} {part:.1%}" for part, _, name in rows) + ".",
    )  # fmt: skip
