"""What importances of real data claim: XAI-09, XAI-12, XAI-13; sums by numpy, refits by lstsq."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch

from core.check import Check, at_most, same
from core.experiments.importance.real import SURE, Real, learned, moved
from core.rng import generator
from core.tabular.data import Data
from core.tabular.models import Model
from core.tabular.words import kept
from core.words import number

NEAR = 1e-7  # of the loss of guessing: distance of two ways to a number
WIDE = 6.0  # standard deviations over the orders
GREY = (1e-12, 1e-6)  # a singular value between, by the largest, is neither 0 nor surely another
LONE = 0.2  # the most of a sum of squares from one row that leaves a mean near the normal law
BESIDE = 1e-9  # spreads; nearer to the edge of the data is inside


class Again(NamedTuple):
    """The same numbers by a second way, rises in units of the loss of guessing."""

    shuffled: np.ndarray  # rise and standard error, (2, p)
    redrawn: np.ndarray  # (2, p)
    left_out: np.ndarray | None  # (2, p); of a linear model of a number, as is the next
    expected: np.ndarray | None  # shuffled, over all orders: mean and deviation, (2, p)
    risk: float
    guess: float
    idle: tuple[int, ...]  # columns that f never asks for, or that never vary
    clear: bool  # whether it is plain which columns repeat others
    even: bool  # whether no row outweighs the others
    near: float  # tolerance


def checks(
    run: Real, *, data: str, target: str, model: str, twin: bool, repeats: int, seed: int
) -> list[Check]:
    """Of the columns done so far."""
    told, k = second(data, target, model, twin, repeats, seed), run.done
    p, unit, each = run.rise.shape[1], told.guess or 1.0, {"tol": told.near}
    found = torch.stack([run.rise, run.error])[:, :, :k].numpy() / unit  # (2, 3, k)
    straight = (told.left_out is not None, "f is no linear model of a number")
    clear = (told.clear, "columns nearly repeat each other here: rounding decides")
    even = (told.even, "single rows outweigh all others here")
    left, (mean, spread) = found[:, 2], found[:, 0]
    if straight[0]:
        left, (mean, spread) = told.left_out[:, :k], told.expected[:, :k]
    far = (np.abs(found[0, 0] - mean) / np.maximum(spread, told.near)).max()
    idle = [j for j in told.idle if j < k]
    pair = [j for j in copies(data, target, model, twin) if j < k]
    used = (bool(idle), "f uses every column done so far")
    twins = (bool(pair), "no column done so far stands in the table twice")
    rest = "rise of the loss and its standard error, largest distance"
    return [
        same("XAI-12", f"shuffled, summed row by row: {rest}", found[:, 0],
             told.shuffled[:, :k], **each),
        same("XAI-13", f"redrawn, by least squares on the others, residuals dealt out: {rest}",
             found[:, 1], told.redrawn[:, :k], needs=(clear,), **each),
        same("XAI-09", f"left out, by least squares on the others: {rest}", found[:, 2], left,
             needs=(straight, clear), **each),
        at_most("XAI-12", f"shuffled by {repeats} orders, from the mean over all orders: standard "
                "deviations, worst column", far, WIDE, needs=(straight, even)),
        same("XAI-12", "a column that f never uses costs nothing when shuffled: largest rise",
             found[0, 0, idle], np.zeros(len(idle)), needs=(used,), **each),
        same("XAI-13", "a column is told by its copy: redrawn it costs 0, largest rise",
             found[0, 1, pair], np.zeros(len(pair)), needs=(twins, clear), **each),
        same("XAI-09", "a linear model misses neither of two equal columns: left out 0, largest "
             "rise", found[0, 2, pair], np.zeros(len(pair)), needs=(twins, straight, clear),
             **each),
        same("", "R(f), the loss of one answer for all, and the share of columns done: largest "
             "distance", [run.risk / unit, run.guess / unit, run.progress],
             [told.risk / unit, told.guess / unit, k / p], **each),
    ]  # fmt: skip


@lru_cache(maxsize=32)
def second(data: str, target: str, model: str, twin: bool, repeats: int, seed: int) -> Again:
    """Everything by numpy, for all columns."""
    table, f = learned(data, target, model, twin)
    X, y = table.X[table.test].numpy(), table.y[table.test].numpy()
    random = generator(seed)
    orders = np.stack([torch.randperm(len(y), generator=random) for _ in range(repeats)])
    before = _loss(table, f(torch.from_numpy(X)).numpy(), y)
    risk = float(before.mean())
    guess = float(_loss(table, np.full(len(y), table.y[table.train].mean()), y).mean())
    unit = guess or 1.0
    draws, clear = _redrawn(table, orders)
    shuffled, redrawn = (
        _over_rows(_rises(table, f, X, y, new) - before, unit) for new in (X[orders], draws)
    )
    left_out, expected, even = None, None, True
    if table.task == "regression" and f.kind == "linear":
        Z, goal = table.standard(table.X).numpy(), table.y[table.train].numpy()
        goal = goal - (middle := np.median(goal))  # far numbers lose nothing
        fewer, sure = _by_others(Z[table.train], [goal - goal.mean()] * Z.shape[1], Z[table.test])
        fewer = fewer + goal.mean() + middle
        left_out, clear = _over_rows(np.square(y - fewer) - before, unit), clear and sure
        expected, even = _all_orders(f, X, y, repeats)
        expected = expected / unit
    # a target far from 0 is rounded
    near = NEAR * max(1.0, risk / unit) + 1e-13 * float(np.abs(y).max()) / unit**0.5
    idle = _idle(table, f)
    return Again(shuffled, redrawn, left_out, expected, risk, guess, idle, clear, even, near)


def _loss(table: Data, f: np.ndarray, y: np.ndarray) -> np.ndarray:
    if table.task == "regression":
        return np.square(y - f)
    return -np.log(np.clip(y * f + (1 - y) * (1 - f), SURE, None))


def _rises(table: Data, f: Model, X: np.ndarray, y: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Mean loss of each row when column j becomes new[r, :, j], over r: (p, n)."""
    means = np.empty(X.T.shape)
    for j in range(X.shape[1]):
        rows = np.repeat(X[None], len(new), 0)
        rows[:, :, j] = new[:, :, j]
        flat = f(torch.from_numpy(rows.reshape(-1, X.shape[1]))).numpy()
        means[j] = _loss(table, flat.reshape(len(new), -1), y).mean(0)
    return means


def _over_rows(rises: np.ndarray, unit: float) -> np.ndarray:
    """Mean and standard error of rises (p, n): (2, p)."""
    rises = rises / unit
    return np.stack([rises.mean(1), rises.std(1, ddof=1) / rises.shape[1] ** 0.5])


def _redrawn(table: Data, orders: np.ndarray) -> tuple[np.ndarray, bool]:
    """Each column from the others over the rows held out, residuals dealt out: (repeats, n, p)."""
    X, middle = table.X[table.test].numpy(), table.middle.numpy()
    rows = X - middle - (X - middle).mean(0)
    scale = rows.std(0) + (rows.std(0) == 0)
    told, clear = _by_others(rows / scale, (rows / scale).T, rows / scale)
    left = rows - told.T * scale
    return X - left + left[orders], clear


def _by_others(rows: np.ndarray, goals: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, bool]:
    """goals[j] by least squares on all columns but j, at other rows (p, n); if that is plain."""
    told, plain = [], True
    for j, goal in enumerate(goals):
        rest = np.delete(rows, j, 1)
        told.append(np.delete(at, j, 1) @ np.linalg.lstsq(rest, goal)[0])
        sizes = np.linalg.svd(rest, compute_uv=False)
        sizes = sizes / (sizes[0] or 1.0)
        plain = plain and not bool(((sizes > GREY[0]) & (sizes < GREY[1])).any())
    return np.stack(told), plain


def _all_orders(f: Model, X: np.ndarray, y: np.ndarray, repeats: int) -> tuple[np.ndarray, bool]:
    """Shuffled, of a linear f: mean of the rise over all n! orders, deviation of so many: (2, p).

    With s = y − f + w x the loss is that of s − w x of another row (Hoeffding 1951).
    """
    w, left = f.score.weight.numpy(), (y - f(torch.from_numpy(X)).numpy())[:, None]
    x = w * (X - X.mean(0))
    s = left - left.mean() + x
    rise = s.var(0) + x.var(0) - left.var()
    deviation = 2 * np.sqrt(s.var(0) * x.var(0) / (len(y) - 1) / repeats)
    shares = [np.square(v).max(0) / np.maximum(np.square(v).sum(0), 1e-300) for v in (x, s)]
    return np.stack([rise, deviation]), bool(np.max(shares) <= LONE)


def _idle(table: Data, f: Model) -> tuple[int, ...]:
    """Columns that f never asks for, or that are the same in all rows held out."""
    X = table.X[table.test]
    idle = (X[:1] == X).all(0)
    if f.kind == "trees":
        idle[[j for j in range(X.shape[1]) if j not in f.score.feature.unique().tolist()]] = True
    return tuple(idle.nonzero()[:, 0].tolist())


@lru_cache(maxsize=32)
def copies(data: str, target: str, model: str, twin: bool) -> tuple[int, ...]:
    """The twins: the column copied, and its copy; without a copy none."""
    table, _ = learned(data, target, model, twin)
    first = int((table.X[:, -1:] == table.X).all(0).nonzero()[0, 0])
    return (first, len(table.features) - 1) if twin else ()


# --- beside the data -----------------------------------------------------------------------------


class Beside(NamedTuple):
    """A column against its nearest relative over the rows held out, in spreads from the mean."""

    j: int
    other: int  # the column most correlated with it
    rho: float
    x: np.ndarray  # of the other, (n,)
    y: np.ndarray  # of the column, as it is, first shuffled and first redrawn: (3, n)
    widest: float  # the most by which a row of the table is off ρ x
    off: int  # shuffled rows that are off by more


@lru_cache(maxsize=64)
def beside(data: str, target: str, model: str, twin: bool, seed: int, feature: int) -> Beside:
    """What shuffling and redrawing do to the column, or to the last one if there are fewer."""
    table, _ = learned(data, target, model, twin)
    j = min(feature, len(table.features) - 1)
    Z = table.standard(table.X).numpy()
    rows = Z[table.train]
    size = np.square(rows).sum(0)
    rho = rows.T @ rows[:, j] / np.sqrt(np.maximum(size * size[j], 1e-300))
    rest = np.abs(rho)
    rest[j] = -1.0
    other = int(rest.argmax())
    zero = table.standard(table.middle)[j]
    new = (zero + each / table.spread[j] for each in moved(table, j, seed))
    y = np.stack([Z[table.test, j], *new])
    slope, x = float(rho[other]), Z[table.test, other]
    widest = float(np.abs(Z[:, j] - slope * Z[:, other]).max())
    off = int((np.abs(y[1] - slope * x) > widest + BESIDE).sum())
    return Beside(j, other, slope, x, y, widest, off)


# --- words ---------------------------------------------------------------------------------------


def says(
    run: Real, *, data: str, target: str, model: str, twin: bool, seed: int, feature: int
) -> str:
    """The three importances of the column looked at, and the rows that shuffling makes."""
    table, _ = learned(data, target, model, twin)
    at = beside(data, target, model, twin, seed, feature)
    name, n = table.features[at.j], len(at.x)
    if at.j >= run.done:
        return f"{name} comes later: so far {run.doing} is done.{kept(table)}"
    moves = [_moves(run, float(value)) for value in run.rise[:, at.j]]
    rows = f"{at.off} of {n} shuffled rows {'lies' if at.off == 1 else 'lie'}"
    return (
        f"Guessing loses 100 %. {name} shuffled: the loss {moves[0]}; redrawn: it {moves[1]}; left "
        f"out and trained again: it {moves[2]}. {rows} where no row of the table does.{kept(table)}"
    )


def share(run: Real, value: float) -> str:
    """In per cent of the loss of one answer for all."""
    return f"{number(100 * value / run.unit, 3, 5e-3)} %"


def _moves(run: Real, value: float) -> str:
    told = share(run, abs(value))
    return "stays" if told == "0 %" else f"{'rises' if value > 0 else 'falls'} by {told}"


# --- questions -----------------------------------------------------------------------------------

LEADERS = {"log": "log triglycerides", "cholesterol": "cholesterol", "bmi": "BMI"}


def _missed(run: Real, data: str, target: str, model: str, twin: bool) -> tuple[str, dict]:
    """Which of the three that shuffling puts first is missed most when left out."""
    names = learned(data, target, model, twin)[0].features
    left = {key: float(run.rise[2, names.index(name)]) for key, name in LEADERS.items()}
    return max(left, key=left.get), {key: share(run, value) for key, value in left.items()}


def _twin(run: Real, data: str, target: str, model: str) -> tuple[str, dict]:
    """What is left of two importances of a column once its copy stands beside it."""
    j, _ = copies(data, target, model, True)
    alone = second(data, target, model, False, 20, 0)
    was = alone.shuffled[0, j] * run.unit, alone.left_out[0, j] * run.unit
    now = float(run.rise[0, j]), float(run.rise[2, j])
    shuffled, left = (new / old for new, old in zip(now, was, strict=True))
    key = "shuffled" if shuffled > 0.75 else "little"
    if left > 0.1:
        key = "same" if left > 0.75 else "half"
    names = ("shuffled", "left", "was", "lost")
    return key, {name: share(run, v) for name, v in zip(names, (*now, *was), strict=True)}


answers = {"missed": _missed, "twin": _twin}
