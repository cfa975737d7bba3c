"""The tower of layers, how its field grows, and where in the field the gradient sits."""

from typing import Annotated

import numpy as np

from core.cnn.stack import kernels, sizes, spreads
from core.experiments.cnn.field import Field
from core.signature import between
from pages.figures.marks import bars, boxes, cells, dots, line, note, rule, segments
from pages.figures.plot import Panel, Pick, Picture, axis, coarse, grid_layout, panel

UNITS, ENTRIES = 2000, 1200  # drawn as dots and lines; a larger tower is drawn in bands
TALL = 12  # layers, likewise
BANDS, BARS, CELLS = 24, 64, 56  # of levels; inputs drawn as bars; of the picture, in a row
POINTED = (("at", "down"), ((1, 0), (0, -1)), "unit of the tower")


def figure(run: Field, *, weights: str, n: Annotated[int, between(8, 512)] = 224) -> Picture:
    """Four panels: tower, growth of the field, gradient along a row, gradient in the picture."""
    sigma = spreads(run.layers, kernels(run.layers, weights))
    return Picture(
        (_tower(run), _growth(run, sigma, n), _profile(run, weights), _picture(run, n)),
        formula=_formula(run, sigma[run.level]) if run.level else (),
    )


def _tower(run: Field) -> Panel:
    units, top = run.units, len(run.layers)
    r, J = (np.array(each) for each in sizes(run.layers))
    middle = (r - 1) / 2
    entries = sum(int(m.sum()) * k for m, (k, _, _) in zip(run.cone[1:], run.layers))
    small = sum(units) <= UNITS and entries <= ENTRIES and top <= TALL
    at = float(J[run.level] * run.unit + middle[run.level])
    told = f"unit {run.unit} of layer {run.level} sees {run.width} input" + "s" * (run.width > 1)
    drawn = {"dtick": 1} if top <= TALL else {}
    return panel(
        "tower",
        f"Tower of layers: {told}",
        (_units if small else _bands)(run, units, J, middle),
        dots([at], [run.level], "model", "the unit", 13),
        x=axis("input j", -0.5, units[0] - 0.5, tickformat="d", showgrid=False),
        y=axis("layer l", -0.5, top + 0.5, showgrid=False, zeroline=False, **drawn),
        alt=f"Tower of {top} layers over {units[0]} inputs; {told}, from {run.first} to "
        f"{run.first + run.width - 1}, and reaches {run.inside} of them.",
        pick=Pick(top + 1, units[0], *POINTED, (run.level, round(at)), (-(units[0] // 2), top)),
    )


def _units(run: Field, units: tuple[int, ...], J: np.ndarray, middle: np.ndarray) -> list[dict]:
    """Every unit a dot, the cone of the chosen one in colour with its kernel entries as lines."""
    size = next((s for s, most in ((10, 24), (7, 64), (5, 200)) if units[0] <= most), 3)
    lit = [mask.numpy().nonzero()[0] for mask in run.cone]

    def place(level: int, unit: np.ndarray) -> np.ndarray:
        return np.stack([J[level] * unit + middle[level], np.full(unit.shape, level)], -1)

    tails, tips = [np.empty((0, 2))], [np.empty((0, 2))]
    for level in range(run.level, 0, -1):
        k, s, d = run.layers[level - 1]
        below = (s * lit[level][:, None] + d * np.arange(k)).ravel()
        tails.append(np.repeat(place(level, lit[level]), k, axis=0))
        tips.append(place(level - 1, below))
    every = np.concatenate([place(level, np.arange(m)) for level, m in enumerate(units)])
    chosen = np.concatenate([place(level, u) for level, u in enumerate(lit)])
    tails, tips = np.concatenate(tails), np.concatenate(tips)
    return [
        segments(tails, tips, "force", "kernel entries", width=1),
        dots(*every.T, "faint", "units", size),
        dots(*chosen.T, "force", "what the unit depends on", size),
    ]


def _bands(run: Field, units: tuple[int, ...], J: np.ndarray, middle: np.ndarray) -> list[dict]:
    """At most two dozen bands, each as wide as its lowest level, the cone in colour."""
    step = -(-len(units) // BANDS)

    def stacked(ends: np.ndarray, role: str, name: str) -> dict:
        low = np.arange(0, ends.shape[1], step)
        high = np.minimum(low + step, ends.shape[1]) - 1
        first, last = (J[low] * end[low] + middle[low] for end in ends)
        return boxes(np.stack([low, first, high, last], axis=-1), role, name)

    cone = np.array([mask.numpy().nonzero()[0][[0, -1]] for mask in run.cone]).T
    return [
        stacked(np.stack([np.zeros(len(units)), np.array(units) - 1]), "faint", "units"),
        stacked(cone, "force", "what the unit depends on"),
    ]


def _growth(run: Field, sigma: np.ndarray, n: int) -> Panel:
    r, levels = np.array(sizes(run.layers)[0]), np.arange(len(run.layers) + 1)
    right, mark = coarse(len(run.layers)), max(1, len(levels) // 2)
    return panel(
        "growth",
        "Growth of the field",
        rule("faint", "picture", y=n, span=(0, right), label=f"n = {n}"),
        line(levels, 4 * sigma, "theory", "4σ of the gradient"),
        note(mark, 4 * sigma[mark], "4σ", "theory"),
        line(levels, r, "model", "field r", label="field r", pin=True),
        dots([run.level], [run.width], "model", "field of the unit", 9),
        dots([run.level], [run.held], "force", "95 % of its gradient", 9),
        x=axis("layer l", 0, right),
        y=axis("inputs in a row", 0, coarse(1.05 * max(r[-1], n))),
        alt=f"The field grows from 1 to {r[-1]} inputs over {len(run.layers)} layers, four "
        f"standard deviations of its gradient to {4 * sigma[-1]:.3g}; the picture has {n}. This "
        f"unit: field {run.width}, 95 percent of the gradient on {run.held}.",
    )


def _share(run: Field) -> np.ndarray:
    """How much of |∂x/∂xⱼ| falls on each input."""
    share = run.grad.abs().numpy()
    return share / share.sum()


def _profile(run: Field, weights: str) -> Panel:
    first, width, spread, share = run.first, run.width, run.spread, _share(run)
    middle, margin = (width - 1) / 2, min(width, 12)
    low, high = max(0, first - margin), min(len(share), first + width + margin)
    j, share = np.arange(low, high) - first - middle, share[low:high]
    reach, top = coarse(1.1 * middle + 2), coarse(1.1 * share.max())
    bell = []
    if weights != "sobel" and spread > 0:
        x = np.linspace(-reach, reach, 161)
        y = np.exp(-((x - j @ share) ** 2) / (2 * spread**2)) / (spread * np.sqrt(2 * np.pi))
        bell = [line(x, y, "theory", "Gaussian with the same σ")]
    edge = middle + 0.5
    return panel(
        "profile",
        "Share of each input in the gradient",
        (bars if width <= BARS else line)(j, share, "force", "|∂x/∂xⱼ|"),
        [rule("ink", "edge of the field", x=at, span=(0, top)) for at in (-edge, edge)],
        bell,
        x=axis("input j − middle of the field", -reach, reach),
        y=axis("share of |∂x/∂xⱼ|", 0, top),
        alt=f"Share of the gradient on each of the {width} inputs: largest {share.max():.3g}, "
        f"standard deviation {spread:.3g} inputs, exactly 0 outside the field.",
    )


def _picture(run: Field, n: int) -> Panel:
    count, width, left = min(n, CELLS), run.width, (n - run.width) / 2
    cell = np.floor((np.arange(width) + left) * count / n).astype(int)
    seen = (cell >= 0) & (cell < count)
    row = np.bincount(cell[seen], _share(run)[run.first :][:width][seen], minlength=count)
    start, end = np.clip(np.array([left, left + width]) * count / n, 0, count)
    layout, marks = grid_layout(count, count), np.array([0.0, 0.5, 1.0])
    for name in ("xaxis", "yaxis"):  # labelled in pixels
        layout[name]["tickvals"] = (count * marks - 0.5).tolist()
        layout[name]["ticktext"] = [f"{n * mark:.0f}" for mark in marks]
    return Panel(
        "picture",
        f"Field and gradient in a picture of {n} × {n}",
        (
            cells(np.outer(row, row), "gradient", scale="heat", low=0),
            boxes([(start, start, end - 1, end - 1)], "ink", "field"),
        ),
        layout,
        f"The field covers {100 * min(1.0, width / n) ** 2:.2g} % of a picture of {n} by {n} "
        "pixels; the gradient is concentrated in its middle, 95 percent of each row on "
        f"{run.held} pixels.",
        equal=True,
    )


def _formula(run: Field, sigma: float) -> tuple[str, str]:
    layers, width = run.below, rf"\role{{model}}{{{run.width}}}"
    if len(set(layers)) == 1 and layers[0][1] == 1:
        k, _, d = layers[0]
        numbers = rf"{len(layers)}\cdot {d}\cdot {k - 1}"
    else:
        steps = zip(layers, sizes(layers)[1])
        numbers = " + ".join(rf"{d}\cdot {k - 1}\cdot {j}" for (k, _, d), j in steps)
    return (
        rf"r_{{{run.level}}} = 1 + \sum_l d_l (k_l - 1) \prod_{{i<l}} s_i = 1 + {numbers} = "
        f"{width}",
        r"\sigma^2 = \sum_l \sigma_l^2\,\bigl(d_l \textstyle\prod_{i<l} s_i\bigr)^2 = "
        rf"{sigma**2:.4g},\qquad 4\sigma = {4 * sigma:.3g} \text{{ of }} {width}",
    )
