"""Three binary variables: who copies whom, what one tells of another, a cell as a product."""

import numpy as np
from torch import Tensor

from core.probability import chain, told
from core.words import number, tex
from pages.figures.marks import arrows, dots, line, note
from pages.figures.plot import PLAIN, Panel, axis, panel

RINGS = {"xor": "Z: X ≠ Y?", "collider": "Z: X or Y?", "common_cause": "Z: a coin"}
BARE = {"showticklabels": False, "ticks": "", "showgrid": False, "zeroline": False}
OR_LESS = 1e-12


def graph(law: str, z: str) -> Panel:
    """Arrows from causes to copies, and whether Z is known."""
    cause, known = law == "common_cause", z != "unknown"
    up = 1.0 if cause else -1.0
    ends, middle = np.array([[-1.0, 0.0], [1.0, 0.0]]), np.array([0.0, up])
    tails, tips = (np.array([middle] * 2), ends) if cause else (ends, np.array([middle] * 2))
    step = 0.16 * (tips - tails)
    what = "copies Z" if cause else "a coin"
    texts = [(ends[0], -up, f"X: {what}"), (ends[1], -up, f"Y: {what}")]
    texts.append((middle, up, RINGS[law] + known * f" {z if cause else ('no', 'yes')[z == '1']}"))
    return panel(
        "graph",
        "Who copies whom; " + (f"Z = {z} is known" if known else "Z is not known"),
        arrows(tails + step, tips - step, "ink", "copies"),
        dots(*ends.T, "model", "X and Y", 16),
        dots(*middle[:, None], "force" if known else "faint", "Z", 18),
        [note(at[0] - 0.4, at[1] + 0.3 * side, text) for at, side, text in texts],
        x=axis("causes and copies", -1.7, 2.0, **BARE),
        y=axis("earlier on top", *sorted((1.6 * up, -0.7 * up)), **BARE),
        alt=f"Arrows {'from Z to X and Y' if cause else 'from X and Y to Z'}.",
    )


def told_lines(solid: Tensor, z: str) -> Panel:
    """P(X = 1) once Y is known, for each state of knowledge of Z; NaN is left out.

    Args:
        solid: P(x, y, z), (2, 2, 2).
    """
    pair, given_z = solid.sum(2), told(solid)[0]
    kinds = [("unknown", "Z not known", "data", pair[1] / pair.sum(0))]
    kinds += [(str(k), f"Z = {k}", ("fourth", "third")[k], given_z[1, :, k]) for k in (0, 1)]
    traces, words = [], []
    for key, name, role, p in kinds:
        bold = key == z
        traces.append(line([0, 1], p, role, name, width=4.5 if bold else 1.8, dash="solid",
                           label=name))  # fmt: skip
        traces.append(dots([0, 1], p, role, name, 10 if bold else 6))
        said = [number(v, zero=OR_LESS) if v == v else "undefined" for v in p.tolist()]
        words.append(f"{name}: {said[0]} for Y = 0, {said[1]} for Y = 1")
    return panel(
        "told",
        "What Y tells about X: a flat line is nothing",
        traces,
        x=axis("known value of Y", -0.2, 1.5, tickvals=[0, 1], **PLAIN),
        y=axis("P(X = 1 | what is known)", -0.05, 1.1),
        alt=f"{'; '.join(words)}.",
    )


def product(solid: Tensor, at: tuple[int, int, int], order: str) -> tuple[str, str]:
    """The cell P(x, y, z) as the product of its factors, its variables taken in `order`."""
    here, names, values = dict(zip("xyz", at, strict=True)), [], []
    for step, factor in enumerate(chain(solid, ["xyz".index(v) for v in order])):
        mine, *before = [f"{v.upper()}={here[v]}" for v in (order[step], *order[:step])]
        names.append(f"P({mine}" + r"\mid " * bool(before) + r",\,".join(before) + ")")
        place = tuple(0 if size == 1 else k for k, size in zip(at, factor.shape, strict=True))
        value = float(factor[place])
        values.append(tex(value) if value == value else r"\text{undefined}")
    x, y, z = at
    cell = rf"P(X={x},\,Y={y},\,Z={z}) = {tex(solid[at])}"
    return f"{cell} = " + r"\;".join(names), "= " + r"\cdot ".join(values)
