"""The tower of layers, how its field grows, and where in the field the gradient sits."""

from typing import Annotated, Any

import numpy as np

from core.cnn.stack import kernels, sizes, spreads
from core.experiments.cnn.field import Field
from core.signature import between
from pages.figures.marks import bars, boxes, cells, dots, line, note, rule, segments
from pages.figures.plot import PLAIN, Panel, Pick, Picture, axis, coarse, grid_layout, panel

UNITS, ENTRIES = 2000, 1200  # drawn as dots and lines; a larger tower is drawn in bands
TALL = 12  # layers, likewise
BANDS, BARS, CELLS = 24, 64, 56  # of levels; inputs drawn as bars; of the picture, in a row
POINTED = (("at", "down"), ((1, 0), (0, -1)), "unit of the tower")


def figure(run: Field, *, weights: str, n: Annotated[int, between(8, 512)] = 224) -> Picture:
    """Four panels: tower, growth of the field, gradient along a row, gradient in the picture."""
    sigma, share = spreads(run.layers, kernels(run.layers, weights)), run.grad.abs().numpy()
    share, bell = share / share.sum(), weights != "sobel" and run.spread > 0
    return Picture(
        (_tower(run), _growth(run, sigma, n), _profile(run, share, bell), _picture(run, share, n)),
        formula=_formula(run, sigma[run.level]) if run.level else (),
    )


def _tower(run: Field) -> Panel:
    count, top = run.units[0], len(run.layers)
    entries = sum(int(m.sum()) * k for m, (k, _, _) in zip(run.cone[1:], run.layers))
    small = sum(run.units) <= UNITS and entries <= ENTRIES and top <= TALL
    unit = _points(run, run.level, run.unit)
    told = f"unit {run.unit} of layer {run.level} sees {run.width} input" + "s" * (run.width > 1)
    chosen, margin = (run.level, round(unit[0])), max(0.5, 0.05 * top)
    return panel(
        "tower",
        f"Tower of layers: {told}",
        (_dots if small else _bands)(run),
        dots(*unit[:, None], "model", "the unit", 13),
        x=axis("input j", -0.5, count - 0.5, tickformat="d", showgrid=False),
        y=axis("layer l", -margin, top + margin, **PLAIN, **({"dtick": 1} if top <= TALL else {})),
        alt=f"Layers 1 to {top} over {count} inputs; {told} and reaches {run.inside} of them.",
        pick=Pick(top + 1, count, *POINTED, chosen, (-(count // 2), top)),
    )


def _points(run: Field, level: int | np.ndarray, unit: int | np.ndarray) -> np.ndarray:
    """Where units stand, each above the middle of its field, (..., 2)."""
    r, J = np.array(sizes(run.layers))
    x = J[level] * unit + (r[level] - 1) / 2
    return np.stack([x, np.full(x.shape, level)], -1)


def _dots(run: Field) -> list[Any]:
    """Every unit a dot, the cone of the chosen one in colour with its kernel entries as lines."""
    size = next((s for s, most in ((10, 24), (7, 64), (5, 200)) if run.units[0] <= most), 3)
    lit = [mask.numpy().nonzero()[0] for mask in run.cone]
    every = [_points(run, level, np.arange(m)) for level, m in enumerate(run.units)]
    cone = [points[units] for points, units in zip(every, lit)]
    entries = []
    for level, (k, s, d) in reversed([*enumerate(run.below, 1)]):
        below = (s * lit[level][:, None] + d * np.arange(k)).ravel()
        entries.append((np.repeat(cone[level], k, axis=0), every[level - 1][below]))
    tails, tips = map(np.concatenate, zip(*entries)) if entries else ((), ())
    return [
        entries and segments(tails, tips, "force", "kernel entries", width=1),
        dots(*np.concatenate(every).T, "faint", "units", size),
        dots(*np.concatenate(cone).T, "force", "what the unit depends on", size),
    ]


def _bands(run: Field) -> list[dict]:
    """At most two dozen bands, each as wide as its lowest level, the cone in colour."""
    step = -(-len(run.units) // BANDS)

    def stacked(ends: list[tuple[int, int]], role: str, name: str) -> dict:
        low = np.arange(0, len(ends), step)
        left, right = _points(run, low[:, None], np.array(ends)[low])[..., 0].T
        high = np.minimum(low + step, len(ends)) - 1
        return boxes(np.stack([low, left, high, right], axis=-1), role, name)

    cone = [mask.numpy().nonzero()[0][[0, -1]] for mask in run.cone]
    return [
        stacked([(0, count - 1) for count in run.units], "faint", "units"),
        stacked(cone, "force", "what the unit depends on"),
    ]


def _growth(run: Field, sigma: np.ndarray, n: int) -> Panel:
    r, top = sizes(run.layers)[0], len(run.layers)
    levels, right = np.arange(top + 1), coarse(top)
    return panel(
        "growth",
        "Growth of the field",
        rule("faint", "picture", y=n, span=(0, right), label=f"n = {n}"),
        line(levels, 4 * sigma, "theory", "4σ of the gradient", label="4σ"),
        line(levels, r, "model", "field r", label="field r", pin=True),
        dots([run.level], [run.width], "model", "field of the unit", 9),
        dots([run.level], [run.held], "force", "95 % of its gradient", 9),
        note(run.level, run.held, "95 %", "force"),
        x=axis("layer l", 0, right),
        y=axis("inputs in a row", 0, coarse(1.05 * max(r[-1], n))),
        alt=f"Up to layer {top} the field grows to {r[-1]} inputs, 4σ of its gradient to "
        f"{4 * sigma[-1]:.3g}; this unit sees {run.width}, "
        f"95 % of the gradient on {run.held}.",
    )


def _profile(run: Field, share: np.ndarray, bell: bool) -> Panel:
    """The share of each input in |∂x/∂xⱼ|, with the bell of the same σ."""
    first, width, spread, middle = run.first, run.width, run.spread, (run.width - 1) / 2
    margin, curve, j0 = min(width, 12), [], -middle - 0.5
    low = max(0, first - margin)
    share = share[low : first + width + margin]
    j = np.arange(low, low + len(share)) - first - middle
    reach, top = coarse(1.1 * middle + 2), coarse(1.1 * share.max())
    if bell:
        x = np.linspace(-reach, reach, 161)
        y = np.exp(-((x - j @ share) ** 2) / (2 * spread**2)) / (spread * np.sqrt(2 * np.pi))
        curve = line(x, y, "theory", "Gaussian with the same σ", label="bell")
    return panel(
        "profile",
        "Share of each input in the gradient",
        (bars if width <= BARS else line)(j, share, "force", "|∂x/∂xⱼ|"),
        [rule("ink", "edge of the field", x=x, span=(0, top)) for x in (j0, -j0)],
        curve,
        x=axis("input j − middle of the field", -reach, reach),
        y=axis("share of |∂x/∂xⱼ|", 0, top),
        alt=f"Inputs: {width}; their shares: at most {share.max():.3g}, deviation {spread:.3g}.",
    )


def _picture(run: Field, share: np.ndarray, n: int) -> Panel:
    count, width, left = min(n, CELLS), run.width, (n - run.width) / 2
    cell = np.floor((np.arange(width) + left) * count / n).astype(int)
    seen = (cell >= 0) & (cell < count)
    row = np.bincount(cell[seen], share[run.first :][:width][seen], minlength=count)
    start, end = np.clip(np.array([left, left + width]) * count / n, 0, count)
    layout, middle = grid_layout(count, count), count / 2 - 0.5  # labelled in pixels
    for each in (layout["xaxis"], layout["yaxis"]):
        each |= {"tickvals": [-0.5, middle, count - 0.5], "ticktext": ["0", f"{n / 2:.0f}", f"{n}"]}
    return Panel(
        "picture",
        f"Field and gradient in a picture of {n} × {n}",
        (
            cells(np.outer(row, row), "gradient", scale="heat", low=0),
            boxes([(start, start, end - 1, end - 1)], "ink", "field"),
        ),
        layout,
        f"The field covers {100 * min(1.0, width / n) ** 2:.2g} % of a picture of {n} by {n} "
        f"pixels; 95 % of the gradient in each row lie on {run.held} of them.",
        equal=True,
    )


def _formula(run: Field, sigma: float) -> tuple[str, str]:
    layers, width = run.below, rf"\role{{model}}{{{run.width}}}"
    k, _, d = layers[0]
    numbers = rf"{len(layers)}\cdot {d}\cdot {k - 1}"
    if set(layers) != {(k, 1, d)}:
        steps = zip(layers, sizes(layers)[1])
        numbers = " + ".join(rf"{d}\cdot {k - 1}\cdot {j}" for (k, _, d), j in steps)
    return (
        rf"r_{{{run.level}}} = 1 + \sum_l d_l (k_l - 1) \prod_{{i<l}} s_i = 1 + {numbers} = "
        f"{width}",
        r"\sigma^2 = \sum_l \sigma_l^2\,\bigl(d_l \textstyle\prod_{i<l} s_i\bigr)^2 = "
        rf"{sigma**2:.4g},\qquad 4\sigma = {4 * sigma:.3g} \text{{ of }} {width}",
    )
