"""What one moved feature claims and says: XAI-01, XAI-02, XAI-06."""

from collections.abc import Callable
from functools import lru_cache, partial

import numpy as np
from torch import Tensor

from core.check import Check, at_most, equal, same
from core.experiments.importance.ice import WIDTH, Moved, Subject, subject
from core.importance import FLOOR, interaction
from core.tabular.words import amount, called, kept, quality
from core.words import number

STEP = 1e-5  # of difference quotients, in standard deviations
UNIT = 10.0  # new units to a standard deviation
EVERY = 8  # of the grid, where the nearest row is sought by hand


def checks(
    run: Moved, *, data: str, target: str, model: str, base: str, strength: float, rho: float
) -> list[Check]:
    """Lines and mean, parallel lines, slopes, what one feature tells, the nearest rows."""
    told = subject(data, target, model, base, strength, rho)
    j, x, rows = run.feature, run.x.numpy(), told.rows.numpy()
    grid, y = run.grid.numpy(), told.y.numpy()
    hand = partial(_by_hand, told, base, strength)
    lines, own = (_lines(hand, each, j, grid) for each in (told.lined.numpy(), x[None]))
    start, unit = _scale(lines, y)
    tol = 1e-9 + 1e-14 * abs(start) / unit
    parallel = float(np.abs(_apart(run.lines.numpy() - start)).max()) / unit
    lined = (_additive(told, model, strength), "f is no sum of functions of single features")
    slope, slack = _slopes(hand, x, STEP)
    off = np.abs(run.slope.numpy() - slope) - slack
    renamed = _slopes(lambda z: hand(z / UNIT), UNIT * x, STEP * UNIT)[0][j]
    loose = 1e-6 + 1e-10 * (abs(start) / unit + abs(run.f - start) / unit)
    d2 = (grid[:, None] - rows[:, j]) ** 2 / (2 * WIDTH**2)
    held = np.exp(d2.min(1, keepdims=True) - d2)
    alone = held @ (y - start) / held.sum(1)
    near, limit = _nearest(told, x, j, grid[::EVERY], run.x[j].item()), _usual_gap(told.rows)
    mine = [*run.far.numpy()[::EVERY], run.gap]
    passes = "ICE of x is f(xⱼ′, x₋ⱼ), f without torch, and passes through (xⱼ, f(x))"
    lines_told = "every other line keeps all but xⱼ of its row, and the PDP is their mean"
    told_alone = "what xⱼ alone tells of y: the mean of y over rows near xⱼ′, f itself not asked"
    there = [*(own[0] - start), hand(x[None])[0] - start]
    given = [*(run.own.numpy() - start), run.f - start]
    both = np.vstack([lines, lines.mean(0)]) - start
    shown = np.vstack([run.lines.numpy(), run.mean.numpy()]) - start
    loud = tol * max(1.0, float(np.abs(both).max()) / unit)
    return [
        same("XAI-02", passes, np.array(given) / unit, np.array(there) / unit, tol=tol),
        same("XAI-02", lines_told, shown / unit, both / unit, tol=tol),
        at_most("XAI-02", "f a sum of one function of each feature: all lines are parallel, "
                "largest difference", parallel, 0.0, tol=loud, needs=(lined,)),
        at_most("XAI-06", "∂f/∂xⱼ is the limit of [f(x + h eⱼ) − f(x − h eⱼ)]/2h for every "
                "feature, at h = 10⁻⁵ but for rounding and kinks", float(off.max()) / unit, 0.0,
                tol=loose),
        equal("XAI-06", "xⱼ in a unit a tenth as large: a tenth of the derivative",
              run.slope[j].item() / UNIT / unit, renamed / unit,
              tol=loose + float(slack.max()) / unit),
        same("XAI-01", told_alone, (run.alone.numpy() - start) / unit, alone / unit, tol=tol),
        same("", "distance to the nearest row, from Σ⁻¹ and all differences", mine, near, tol=1e-6),
        equal("", "99 % of the rows have another one as near as the limit", run.limit, limit,
              tol=1e-6),
    ]  # fmt: skip


def _by_hand(told: Subject, base: str, strength: float, x: np.ndarray) -> np.ndarray:
    """f of standardised rows by numpy, from the formula of the toy or the weights of a model."""
    if told.table is None:
        a, b = x.T
        f = b * (1 + strength * a)
        if base == "wave":
            return f + 2 * np.sin(a) * np.cos(a)
        return f + 1 - 2 / (1 + np.exp(8 * a)) if base == "plateau" else f
    table, model = told.table, told.model
    rows = (table.mean - table.middle).numpy() + x * table.spread.numpy()
    part = {name: value.numpy() for name, value in model.score._asdict().items()}
    if model.kind == "linear":
        score = (rows * part["weight"]).sum(1) + part["bias"]
    elif model.kind == "net":
        hidden = np.einsum("np,hp->nh", rows, part["weight1"]) + part["bias1"]
        score = np.maximum(hidden, 0) @ part["weight2"] + part["bias2"]
    else:
        seen, score = (rows / part["scale"]).astype("f4"), np.full(len(rows), float(part["start"]))
        for feature, cut, value in zip(part["feature"], part["threshold"], part["value"]):
            node = np.zeros(len(rows), dtype=int)
            for _ in range(3):
                node = 2 * node + 1 + (seen[np.arange(len(rows)), feature[node]] > cut[node])
            score += value[node - 7]
    return np.exp(-np.logaddexp(0, -score)) if table.task == "probability" else score


def _lines(hand: Callable, rows: np.ndarray, j: int, grid: np.ndarray) -> np.ndarray:
    """f of each row with x_j at each place of the grid, (n, m)."""
    spread = np.tile(rows[:, None], (1, len(grid), 1))
    spread[..., j] = grid
    return hand(spread.reshape(-1, rows.shape[1])).reshape(len(rows), len(grid))


def _scale(lines: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Where y lies and how far it usually varies: f is told in these."""
    start = float(np.median(y))
    return start, float(y.std()) or float(np.abs(lines - start).max()) or 1.0


def _apart(lines: np.ndarray) -> np.ndarray:
    """What is left of the lines without their own height and their common shape."""
    return lines - lines.mean(1, keepdims=True) - lines.mean(0) + lines.mean()


def _additive(told: Subject, model: str, strength: float) -> bool:
    if told.table is None:
        return strength == 0
    return model == "linear" and told.table.task == "regression"


def _slopes(f: Callable, x: np.ndarray, h: float) -> tuple[np.ndarray, np.ndarray]:
    """Central difference quotients of every feature, and half of right less left ones."""
    step = h * np.eye(len(x))
    right, left, here = f(x + step), f(x - step), f(x[None])
    return (right - left) / (2 * h), np.abs(right - 2 * here + left) / (2 * h)


def _nearest(told: Subject, x: np.ndarray, j: int, places: np.ndarray, own: float) -> np.ndarray:
    """Mahalanobis distances of (places, x_-j) and (own, x_-j) to the nearest row."""
    precision = _precision(told.rows)
    there = np.tile(x, (len(places) + 1, 1))
    there[:, j] = [*places, own]
    off = there[:, None] - told.rows.numpy()
    return np.sqrt(np.maximum(((off @ precision) * off).sum(-1), 0).min(1))


@lru_cache(maxsize=16)
def _precision(rows: Tensor) -> np.ndarray:
    """Σ⁻¹, with no variance below the least that is told apart."""
    centred = (rows - rows.mean(0)).numpy() / np.sqrt(len(rows) - 1)
    _, s, v = np.linalg.svd(centred, full_matrices=len(rows) < rows.shape[1])
    size = np.full(rows.shape[1], FLOOR)
    size[: len(s)] = np.maximum(s**2, FLOOR)
    return (v.T / size) @ v


@lru_cache(maxsize=16)
def _usual_gap(rows: Tensor) -> float:
    """The distance to another row that 99 % of the rows do not exceed."""
    z = rows.numpy() @ np.linalg.cholesky(_precision(rows))
    near = [np.partition(((z - each) ** 2).sum(1), 1)[1] for each in z]
    return float(np.quantile(np.sqrt(near), 0.99))


# --- words ---------------------------------------------------------------------------------------


def spread(lines: np.ndarray) -> np.ndarray:
    """Highest less lowest of each line."""
    return np.ptp(lines, axis=-1)


def individual(run: Moved) -> float:
    """The share of the variance along the lines that is not that of their mean."""
    height = float(run.lines.abs().max())
    return interaction(run.lines, 1e-9 * height)


def says(
    run: Moved, *, data: str, target: str, model: str, base: str, strength: float, rho: float,
    row: int, shift: float, aim: str,
) -> str:  # fmt: skip
    """How far lines and mean move, the slope, whether there is data, and what f is."""
    told = subject(data, target, model, base, strength, rho)
    name = told.features[run.feature]
    lines = run.lines.numpy()
    each, mean = float(np.median(spread(lines))), float(spread(lines.mean(0)))
    least = 1e-9 * max(float(np.abs(lines).max()), 1e-300)
    if spread(lines).max() <= least:
        text = f"Moving {name} moves no line: f is flat along it."
    else:
        text = f"Moving {name} moves f of a single row by {_size(each)} (median), the mean line "
        text += f"by {_size(mean if mean > least else 0)}. {_shared(individual(run))}"
    slope = run.slope[run.feature].item()
    text += f" At x the slope is {_size(slope)}."
    if run.gap > run.limit:
        text += f" But x is off the data: the nearest row is {number(run.gap, 2)} away, where 99 % "
        text += f"of the rows have another one within {number(run.limit, 2)}."
    if aim == "data":
        near = float(spread((run.alone - run.alone.mean()).numpy()))
        text += f" What {name} alone tells: the mean of y near it moves by {_size(near)}."
    if told.table is None:
        return text
    text += f" The model: {quality(told.model, told.table)}.{kept(told.table)}"
    return f"{_row(told, run, row, shift)} {text}"


def _size(value: float) -> str:
    return amount(value) if abs(value) >= 1e4 else number(value, 3)


def _shared(share: float) -> str:
    if share < 1e-9:
        return "All lines are parallel."
    if share > 1 - 1e-9:
        return "All of it cancels in the mean."
    return f"{number(100 * share, 2)} % of the variance along the lines differs from row to row."


def _row(told: Subject, run: Moved, row: int, shift: float) -> str:
    table, j = told.table, run.feature
    last = len(table.X) - 1
    value = (table.mean[j] + run.x[j] * table.spread[j]).item()
    what = called(table.features[j], value, table.units[j])
    which = f"Row {min(row, last)}" if row <= last else f"This table has no row {row}; row {last}"
    return f"{which} with {what}{' (moved)' if shift else ''}: f(x) = {_size(run.f)}."


def _flat(run: Moved) -> tuple[str, dict[str, str]]:
    """Whether mean and single lines move: what a flat PDP hides."""
    lines = run.lines.numpy()
    each, mean = float(np.median(spread(lines))), float(spread(lines.mean(0)))
    facts = {"each": number(each), "mean": number(mean, zero=1e-9)}
    if each < 1e-9:
        return "unused", facts
    return ("used" if mean < 0.05 * each else "seen"), facts


def _plateau(run: Moved) -> tuple[str, dict[str, str]]:
    """Whether f moves although the slope at x is nearly 0."""
    moves = float(spread(run.own.numpy()))
    facts = {"slope": number(run.slope[0], 2), "moves": number(moves, 3)}
    return ("moves" if moves > 1 else "still"), facts


def slope_alone(run: Moved) -> float:
    """How steeply what xⱼ alone tells of y rises within 1.5 sd of the middle."""
    inside = run.grid.abs() <= 1.5
    return float(np.polyfit(run.grid[inside].numpy(), run.alone[inside].numpy(), 1)[0])


def _alone(run: Moved) -> tuple[str, dict[str, str]]:
    slope = slope_alone(run)
    facts = {"slope": number(slope, 2)}
    return ("rises" if slope > 0.3 else "flat"), facts


answers = {"flat": _flat, "plateau": _plateau, "alone": _alone}
