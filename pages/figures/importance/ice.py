"""Lines of single rows and their mean, the way of x through the data, the slopes at x."""

from typing import Literal

import numpy as np

from core.experiments.importance.ice import Moved, Subject, subject
from core.words import bracket, number, tex
from pages.figures.marks import dots, line, lying, note, rule
from pages.figures.parts.shares import blocks
from pages.figures.parts.tables import from_origin
from pages.figures.plot import Handle, Panel, Pick, Picture, axis, coarse, panel, rows

STEP = 3  # every third line of another row is drawn
NEAR = 0.9  # half a tangent, in standard deviations


def figure(
    run: Moved, *, data: str, target: str, model: str, base: str, strength: float, rho: float,
    row: int, shift: float, aim: Literal["model", "data"] = "model",
    per: Literal["sd", "unit"] = "sd",
) -> Picture:  # fmt: skip
    """ICE and PDP, the plane of two features, the derivatives."""
    told = subject(data, target, model, base, strength, rho)
    start = told.table.origin if told.table else 0.0
    panels = (
        _lines(run, told, start, aim == "data", shift),
        _plane(run, told, row),
        _slopes(run, told, per),
    )
    return Picture(panels, formula=_formula(run, told, base, strength))


def _formula(run: Moved, told: Subject, base: str, strength: float) -> tuple[str, ...]:
    j, (f, slope) = run.feature, (tex(run.f), tex(run.slope[run.feature].item()))
    mean = tex(float(np.interp(run.x[j], run.grid, run.mean)), zero=1e-9)
    n, name = len(run.lines), "j"
    here = r"\role{model}{f(x)"
    if told.table is None:
        name = str(j + 1)
        x1, x2 = (bracket(v) for v in run.x.tolist())
        g = {"none": "", "wave": rf"\sin(2\cdot{x1}) + ", "plateau": rf"\tanh(4\cdot{x1}) + "}
        here += rf" = {g[base]}{tex(run.x[1].item())} + {tex(strength)}\cdot{x1}\cdot{x2}"
    return (
        rf"{here} = {f}}},\qquad \role{{force}}{{\partial f/\partial x_{name} = {slope}}}",
        rf"\text{{PDP}}(x_{name}) = \tfrac1{{{n}}}\textstyle\sum_i f(x_{name}, x_{{i,-{name}}})"
        rf" = {mean}",
    )


def _moving(told: Subject, j: int, toy: str) -> str:
    """The title of the axis of the feature that moves."""
    return toy if told.table is None else f"{told.features[j]}, sd from the mean"


def _beyond(run: Moved, low: float, high: float) -> dict | None:
    """A wash over the places where no row is near."""
    out, half = (run.far > run.limit).numpy(), float(run.grid[1] - run.grid[0]) / 2
    ends = np.flatnonzero(np.diff(np.r_[False, out, False]))
    if not len(ends):
        return None
    left, right = run.grid.numpy()[ends[::2]] - half, run.grid.numpy()[ends[1::2] - 1] + half
    flat = np.full(len(left), low), np.full(len(left), high)
    return blocks(left, right, *flat, "wrong", "no row near", width=0.5)


def _lines(run: Moved, told: Subject, start: float, data: bool, shift: float) -> Panel:
    j, x = run.feature, run.x[run.feature].item()
    grid, lines, own = run.grid.numpy(), run.lines.numpy() - start, run.own.numpy() - start
    f, mean, alone = run.f - start, lines.mean(0), run.alone.numpy() - start
    low, high = _frame(lines, own, told)
    first, last = grid[[0, -1]]
    order = np.searchsorted(grid, x)
    gap = np.full((len(lines[::STEP]), 1), np.nan)
    others = np.hstack([lines[::STEP], gap]).ravel()
    reach = np.array([max(x - NEAR, first), min(x + NEAR, last)])
    tangent = f + run.slope[j].item() * (reach - x)
    edge = first + 0.02 * (last - first)
    toy = told.table is None
    free = {"matrix": ((1.0, 0.0),), "frees": "x", "role": "model"}
    free |= {"offset": (0.0,) if toy else (shift - x,)}
    return panel(
        "ice",
        f"f of single rows as {told.features[j]} alone moves",
        _beyond(run, low, high),
        line(np.tile(np.r_[grid, np.nan], len(gap)), others, "faint", "other rows", width=1),
        data and dots(told.rows[:, j], told.y - start, "data", "y of the rows", 3),
        data and line(grid, alone, "theory", "mean of y near xⱼ′", label="mean of y near xⱼ′"),
        line(grid, mean, "ink", "PDP, the mean", width=3.2, label="PDP, the mean"),
        line(np.insert(grid, order, x), np.insert(own, order, f), "model", "ICE of x", width=2.6,
             pin=True, label="ICE of x"),
        line(reach, tangent, "force", "tangent", width=2.6, label="slope at x"),
        bool((run.far > run.limit).any()) and note(edge, low + 0.04 * (high - low),
                                                   "shaded: no row near x", "wrong"),
        x=axis(_moving(told, j, f"x{'₁₂'[min(j, 1)]}′"), first, last),
        y=axis(from_origin("f", told.table) if told.table else "f", low, high),
        alt=f"ICE of x goes from {number(own.min())} to {number(own.max())}, the mean line from "
        f"{number(mean.min(), zero=1e-9)} to {number(mean.max(), zero=1e-9)}.",
        handles=(Handle(x, f, (f"x{j + 1}",) if toy else ("shift",), told.features[j], **free),),
    )  # fmt: skip


def _frame(lines: np.ndarray, own: np.ndarray, told: Subject) -> tuple[float, float]:
    """The frame of f: that of the lines, wider in coarse steps where the line of x leaves it."""
    if told.table is not None and told.table.task == "probability":
        return -0.05, 1.05
    least, most = lines.min(), lines.max()
    step = coarse((most - least) / 4) or coarse(float(told.y.std())) or 1.0
    low, high = np.floor(least / step - 0.2) * step, np.ceil(most / step + 0.2) * step
    low -= step * max(0.0, np.ceil((low - own.min()) / step))
    high += step * max(0.0, np.ceil((own.max() - high) / step))
    return float(low), float(high)


def _partner(told: Subject, j: int) -> int:
    """The other feature most correlated with feature j."""
    if told.table is None:
        return 1 - j
    z = told.rows - told.rows.mean(0)
    alike = (z[:, j] @ z).abs() / z.norm(dim=0).clamp_min(1e-12)
    alike[j] = -1
    return int(alike.argmax())


def _plane(run: Moved, told: Subject, row: int) -> Panel:
    j, k, x, toy = run.feature, _partner(told, run.feature), run.x, told.table is None
    points = told.rows[:, [j, k]].numpy()
    more = {}
    if toy:
        names, (right, up) = ("x1", "x2"), (4.0, 4.0)
        at = names[j], names[k]
        more = {"handles": (Handle(x[j].item(), x[k].item(), at, "the point x", role="model"),)}
    else:
        points = told.table.standard(told.table.X).numpy()[:, [j, k]]
        right = 1.05 * max(float(run.grid.abs().max()), float(np.abs(points[:, 0]).max()))
        up = 1.05 * max(float(np.abs(points[:, 1]).max()), 1.0)
        chosen = min(row, len(points) - 1)
        more = {"pick": Pick.spots(points.round(4), "row", "row", chosen, shift=0.0)}
    out = (run.far > run.limit).numpy()
    grid, level = run.grid.numpy(), float(x[k])
    near, away = (np.where(seen, grid, np.nan) for seen in (~out, out))
    return panel(
        "plane",
        "The way of x through the data" + (": drag x" if toy else ": point at a row"),
        dots(*points.T, "data", "rows", 4 if toy else 3),
        line(near, np.full(len(grid), level), "model", "way of x", width=2),
        bool(out.any()) and line(away, np.full(len(grid), level), "wrong", "no row near", width=2.4,
                           dash="dash"),
        dots([float(x[j])], [level], "model", "x", 11, symbol="diamond"),
        x=axis(_moving(told, j, told.features[j]), -right, right),
        y=axis(_moving(told, k, told.features[k]), -up, up),
        alt=f"x at ({number(x[j], zero=1e-9)}, {number(level, zero=1e-9)}); "
        f"{number(100 * out.mean(), 2)} % of its way are off the data.",
        equal=toy,
        **more,
    )  # fmt: skip


def _slopes(run: Moved, told: Subject, per: str) -> Panel:
    slope, p = run.slope.numpy(), len(told.features)
    if per == "unit" and told.table is not None:
        slope = slope / told.table.spread.numpy()
    at, most = np.arange(p), coarse(float(np.abs(slope).max())) or 1.0
    unit = "standard deviation" if per == "sd" else "unit"
    mine = at == run.feature
    bars = ((mine, "force"), (~mine, "faint"))
    spots = np.stack([slope, at], 1)
    return panel(
        "slopes",
        "Slope ∂f/∂xⱼ at x: point at another j",
        rule("faint", "0", x=0, span=(-0.6, p - 0.4), width=1),
        [lying(0 * slope[w], slope[w], at[w], role, "slope", width=12) for w, role in bars],
        x=axis(f"slope per {unit}", -1.1 * most, 1.1 * most, nticks=6),
        y=rows(told.features, "feature"),
        margin={"l": 36 + 6 * max(map(len, told.features)), "r": 8, "t": 4, "b": 38},
        alt=f"The slope along {told.features[run.feature]} is {number(slope[run.feature])}.",
        pick=Pick.spots(spots, "feature", "feature", run.feature),
    )
