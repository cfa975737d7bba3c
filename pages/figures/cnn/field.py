"""The tower of layers, how its field grows, and where in the field the gradient sits."""

import numpy as np

from core.experiments.cnn.field import Field
from pages.figures.marks import bars, boxes, cells, dots, line
from pages.figures.plot import Panel, Pick, Picture, axis, coarse, grid_layout

UNITS, ENTRIES = 2000, 1200  # drawn as dots and lines; a larger tower is drawn in bands
TALL = 12  # layers, likewise
BANDS = 24
BARS = 64  # inputs that are drawn as bars
CELLS = 56  # of the picture, in a row


def figure(run: Field, *, n: int, weights: str, **_) -> Picture:
    """Four panels: tower, growth of the field, gradient along a row, gradient in the picture."""
    return Picture(
        panels=(_tower(run), _growth(run, n), _profile(run, weights), _picture(run, n)),
        formula=(_field_formula(run), _spread_formula(run)) if run.level else (),
    )


def _tower(run: Field) -> Panel:
    width, top = run.units[0], len(run.layers)
    J, r = run.J.numpy(), run.r.numpy()
    middle = (r - 1) / 2
    entries = sum(int(m.sum()) * k for m, (k, _, _) in zip(run.cone[1:], run.layers))
    small = sum(run.units) <= UNITS and entries <= ENTRIES and top <= TALL
    at = float(J[run.level] * run.unit + middle[run.level])
    traces = _units(run, J, middle) if small else _bands(run, J, middle)
    traces.append(dots([at], [run.level], "model", "the unit", 13))
    layout = {
        "xaxis": axis("input j", -0.5, width - 0.5, tickformat="d", showgrid=False),
        "yaxis": axis("layer l", -0.5, top + 0.5, showgrid=False, zeroline=False),
    }
    if top <= TALL:
        layout["yaxis"]["dtick"] = 1
    inputs = f"{run.width} input" + ("" if run.width == 1 else "s")
    told = f"unit {run.unit} of layer {run.level} sees {inputs}"
    return Panel(
        "tower",
        f"Tower of layers: {told}",
        tuple(traces),
        layout,
        f"Tower of {top} layers over {width} inputs; {told}, from {run.first} to "
        f"{run.first + run.width - 1}, and reaches {run.inside} of them.",
        pick=Pick(
            top + 1,
            width,
            ("at", "down"),
            ((1, 0), (0, -1)),
            "unit of the tower",
            (run.level, round(at)),
            offset=(-(width // 2), top),
        ),
    )


def _units(run: Field, J: np.ndarray, middle: np.ndarray) -> list[dict]:
    """Every unit a dot, the cone of the chosen one in colour with its kernel entries as lines."""
    size = next((s for s, most in ((10, 24), (7, 64), (5, 200)) if run.units[0] <= most), 3)
    x = np.concatenate([j * np.arange(m) + c for j, m, c in zip(J, run.units, middle)])
    y = np.repeat(np.arange(len(run.units)), run.units)
    lit = [mask.numpy().nonzero()[0] for mask in run.cone]
    lit_x = np.concatenate([J[i] * u + middle[i] for i, u in enumerate(lit)])
    lit_y = np.repeat(np.arange(len(lit)), [len(u) for u in lit])
    return [
        line(*_entries(run, lit, J, middle), "force", "kernel entries", width=1),
        dots(x, y, "faint", "units", size),
        dots(lit_x, lit_y, "force", "what the unit depends on", size),
    ]


def _entries(
    run: Field, lit: list[np.ndarray], J: np.ndarray, middle: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """A line from every unit of the cone to each unit below that it reads, NaN between them."""
    xs, ys = [], []
    for level in range(run.level, 0, -1):
        k, s, d = run.layers[level - 1]
        unit = lit[level][:, None]
        below = (s * unit + d * np.arange(k)).ravel()
        ends = np.full((2, len(below), 3), np.nan)
        ends[0, :, 0] = np.repeat(J[level] * unit[:, 0] + middle[level], k)
        ends[0, :, 1] = J[level - 1] * below + middle[level - 1]
        ends[1, :, :2] = level, level - 1
        xs.append(ends[0].ravel())
        ys.append(ends[1].ravel())
    return np.concatenate([[], *xs]), np.concatenate([[], *ys])


def _bands(run: Field, J: np.ndarray, middle: np.ndarray) -> list[dict]:
    """At most two dozen bands of levels, the cone of the chosen unit in colour."""
    step = -(-len(run.units) // BANDS)
    first, last = middle, J * (np.array(run.units) - 1) + middle
    ends = np.array([mask.numpy().nonzero()[0][[0, -1]] for mask in run.cone])
    levels = len(ends)
    cone_first, cone_last = (J[:levels] * end + middle[:levels] for end in ends.T)
    return [
        boxes(_stacked(first, last, step), "faint", "units"),
        boxes(_stacked(cone_first, cone_last, step), "force", "what the unit depends on"),
    ]


def _stacked(first: np.ndarray, last: np.ndarray, step: int) -> np.ndarray:
    """Corners of bands of `step` levels, as wide as the lowest of them."""
    low = np.arange(0, len(first), step)
    high = np.minimum(low + step, len(first)) - 1
    return np.stack([low, first[low], high, last[low]], axis=-1)


def _growth(run: Field, n: int) -> Panel:
    levels = np.arange(len(run.layers) + 1)
    r, wide = run.r.numpy().astype(float), 4 * run.theory.numpy()
    right, top = coarse(len(run.layers)), coarse(1.05 * max(float(r[-1]), n))
    mark = max(1, len(levels) // 2)
    return Panel(
        "growth",
        "Growth of the field",
        (
            line(np.array([0, right]), np.array([n, n]), "faint", "picture", label=f"n = {n}"),
            line(levels, wide, "theory", "4σ of the gradient"),
            line(levels[[mark]], wide[[mark]], "theory", "4σ of the gradient", label="4σ"),
            line(levels, r, "model", "field r", label="field r", pin=True),
            dots([run.level], [run.width], "model", "field of the unit", 9),
            dots([run.level], [run.held], "force", "95 % of its gradient", 9),
        ),
        {
            "xaxis": axis("layer l", 0, right),
            "yaxis": axis("inputs in a row", 0, top),
        },
        f"The field grows from 1 to {r[-1]:.0f} inputs over {len(run.layers)} layers, four "
        f"standard deviations of its gradient to {wide[-1]:.3g}; the picture has {n}. This unit: "
        f"field {run.width}, 95 percent of the gradient on {run.held}.",
    )


def _profile(run: Field, weights: str) -> Panel:
    first, width = run.first, run.width
    middle = (width - 1) / 2
    share = run.grad.abs().numpy()
    share = share / share.sum()
    margin = min(width, 12)
    low, high = max(0, first - margin), min(len(share), first + width + margin)
    j, share = np.arange(low, high) - first - middle, share[low:high]
    reach, top = coarse(1.1 * middle + 2), coarse(1.1 * share.max())
    kind = bars if width <= BARS else line
    traces = [
        kind(j, share, "force", "|∂x/∂xⱼ|"),
        *(
            line(np.array([edge, edge]), np.array([0, top]), "ink", "edge of the field")
            for edge in (-middle - 0.5, middle + 0.5)
        ),
    ]
    if weights != "sobel" and run.spread > 0:
        x = np.linspace(-reach, reach, 161)
        mean = float((j * share).sum())
        bell = np.exp(-((x - mean) ** 2) / (2 * run.spread**2)) / (run.spread * np.sqrt(2 * np.pi))
        traces.append(line(x, bell, "theory", "Gaussian with the same σ"))
    return Panel(
        "profile",
        "Share of each input in the gradient",
        tuple(traces),
        {
            "xaxis": axis("input j − middle of the field", -reach, reach),
            "yaxis": axis("share of |∂x/∂xⱼ|", 0, top),
        },
        f"Share of the gradient on each of the {width} inputs: largest {share.max():.3g}, standard "
        f"deviation {run.spread:.3g} inputs, exactly 0 outside the field.",
    )


def _picture(run: Field, n: int) -> Panel:
    count = min(n, CELLS)
    share = run.grad.abs().numpy()[run.first : run.first + run.width]
    left = (n - run.width) / 2
    cell = np.floor((np.arange(run.width) + left) * count / n).astype(int)
    seen = (cell >= 0) & (cell < count)
    row = np.bincount(cell[seen], share[seen] / share.sum(), minlength=count)
    edge = np.clip(np.array([left, left + run.width]) * count / n, 0, count)
    part = min(1.0, run.width / n) ** 2
    return Panel(
        "picture",
        f"Field and gradient in a picture of {n} × {n}",
        (
            cells(np.outer(row, row), "gradient", scale="heat", low=0),
            boxes([(edge[0], edge[0], edge[1] - 1, edge[1] - 1)], "ink", "field"),
        ),
        _pixels(grid_layout(count, count), n, count),
        f"The field covers {100 * part:.2g} % of a picture of {n} by {n} pixels; the gradient is "
        f"concentrated in its middle, 95 percent of each row on {run.held} pixels.",
        equal=True,
    )


def _pixels(layout: dict, n: int, count: int) -> dict:
    """The axes of cells, labelled in pixels."""
    ticks = np.linspace(0, n, 3)
    for name in ("xaxis", "yaxis"):
        layout[name]["tickvals"] = [float(t) * count / n - 0.5 for t in ticks]
        layout[name]["ticktext"] = [f"{t:.0f}" for t in ticks]
    return layout


def _field_formula(run: Field) -> str:
    layers = run.layers[: run.level]
    law = rf"r_{{{run.level}}} = 1 + \sum_l d_l (k_l - 1) \prod_{{i<l}} s_i = 1 + "
    if len(set(layers)) == 1 and layers[0][1] == 1:
        k, _, d = layers[0]
        numbers = rf"{len(layers)}\cdot {d}\cdot {k - 1}"
    else:
        terms = (rf"{d}\cdot {k - 1}\cdot {int(j)}" for (k, _, d), j in zip(layers, run.J))
        numbers = " + ".join(terms)
    return rf"{law}{numbers} = \role{{model}}{{{run.width}}}"


def _spread_formula(run: Field) -> str:
    return (
        r"\sigma^2 = \sum_l \sigma_l^2\,\bigl(d_l \textstyle\prod_{i<l} s_i\bigr)^2 = "
        rf"{float(run.theory[run.level]) ** 2:.4g},\qquad 4\sigma = "
        rf"{4 * float(run.theory[run.level]):.3g} \text{{ of }} \role{{model}}{{{run.width}}}"
    )
