"""What is claimed about sampling with many players: XAI-14 and XAI-17, in checks and in words."""

from functools import partial

import numpy as np
import torch

from core import words
from core.check import Check, at_most, equal, same
from core.experiments.shapley.big import ALL, METHODS, RUNS, Big
from core.shapley.coalitions import MOST as EXACT
from core.shapley.many_games import GAMES, Moments
from core.words import spaced

number = partial(words.number, zero=1e-12)
NAMES = {name: f"{name} orders" for name in METHODS[:3]} | {"kernel": "KernelSHAP"}
FORMULAS = GAMES[:-1]  # the last is random, a table
EVENTS = 50  # contributions as large as any that the runs should meet, before a spread is judged
FACTOR = 3.0  # χ² with 20 degrees of freedom leaves [1/9, 9] of its mean once in 10^6 times
SLOPE = 0.35  # six standard deviations of the fitted slope, in the worst of the games


def checks(run: Big, *, game: str, budget: str) -> list[Check]:
    """XAI-14 and XAI-17 on the runs done so far."""
    n, large = run.n, run.game
    beyond = f"{_coalitions(n)}: beyond {EXACT} players no table is made"
    done = run.progress == 1 or run.counted is not None
    asked = ((n <= EXACT, beyond), (done, "the table is not asked for yet"))
    few = ((n <= ALL, f"asked up to {ALL} players, here are {n}"), *asked)
    closed_form = (game in FORMULAS, "the game is its table")
    known, unit = run.errors.isfinite().numpy(), 1e-9 * large.largest
    first, misses = known[:, 0, -1], (run.values - large.phi).square().mean(-1).sqrt()
    errors, sums = run.errors[:, 0, -1].numpy()[first], run.sums.numpy()[known]
    count = "evaluations of v for the whole table, counted = 2ᵖ"
    spent = "no estimator asks for more coalitions than the budget allows, counted"
    adds = "Σφ̂ = v(N) − v(∅) in every run of every estimator with every budget: largest gap"
    error = "the error of each estimator's first run, whole budget, = √(mean of (φ̂ⱼ − φⱼ)²)"
    closed = "φ, Var Δ and max |Δ| from the table of 2ᵖ values = in closed form: largest gap"
    kernel = "KernelSHAP with all 2ᵖ − 2 coalitions = φ, largest difference"
    form, exact = _row(Moments(*large[1:4])), run.kernel
    if exact is None:  # a φ that is wanted and was not measured is no agreement
        exact = torch.full_like(large.phi, torch.nan)
    table = np.full_like(form, np.nan) if run.table is None else _row(run.table)
    return [
        at_most("XAI-14", spent, int(run.asked.max()), int(budget), tol=0),
        *_rate(run),
        same("XAI-17", adds, sums, run.total, tol=unit * n / max(1.0, abs(run.total))),
        same("XAI-17", closed, table, form, tol=_tol(unit, form), needs=(*asked, closed_form)),
        same("XAI-17", kernel, exact, large.phi, tol=_tol(unit, large.phi.numpy()), needs=few),
        same("", error, errors, misses.numpy()[first], tol=_tol(unit, errors)),
        equal("XAI-14", count, run.counted or 0, 2**n, tol=0, needs=asked),
    ]


def _tol(unit: float, sides: np.ndarray) -> float:
    """`tol` of a check that allows `unit` between sides as large as these."""
    return unit / max(1.0, float(np.abs(sides).max(initial=0.0)))


def _row(moments: Moments) -> np.ndarray:
    """φ, the variances and the largest contribution one after the other, (2n + 1,)."""
    return np.concatenate([moments.phi, moments.variance, [moments.largest]])


def _rate(run: Big) -> list[Check]:
    """The error of plain orders against theory, where chance cannot decide."""
    done, kept = run.progress == 1, judged(run)
    error, foreseen, orders = run.mean_square()[0], run.foreseen(), run.orders[kept]
    few = "contributions other than 0 are too rare for 20 runs to show their spread"
    if float(run.game.variance.max()) <= 1e-20 * run.game.largest**2:
        few = "every order gives the same contributions: nothing to average"
    judge = ((done, "the runs are not finished"), (bool(kept[-1]), few))
    enough = done and bool(kept[-1])
    ratio = float(error[-1] / foreseen[-1]) if enough else 1.0
    wide = enough and int(orders[-1]) >= 16 * int(orders[0])
    slope = fitted(orders, error[kept]) if wide else -0.5
    size = f"plain orders: rms error over σ/√M, up or down; beyond {FACTOR:g} once in 10⁶ times"
    steep = "plain orders: log error over log M falls with slope −½, up to chance: distance"
    grown, why = (*judge, (wide, "M grows less than sixteenfold here")), f"fitted {number(slope)}"
    return [
        at_most("XAI-17", size, max(ratio, 1 / ratio), FACTOR, needs=judge),
        at_most("XAI-17", steep, abs(slope + 0.5), SLOPE, needs=grown, why=why),
    ]


def judged(run: Big) -> torch.Tensor:
    """Budgets at which 20 runs meet large contributions often enough, (B,) bool."""
    if run.game.largest == 0:
        return torch.zeros(len(run.budgets), dtype=torch.bool)
    events = RUNS * run.orders * run.game.variance.sum() / run.game.largest**2
    return events >= EVENTS


def fitted(x: torch.Tensor, y: torch.Tensor) -> float:
    """Least-squares slope of log y over log x."""
    x, y = x.double().log(), y.log()
    x = x - x.mean()
    return float((x * y).sum() / (x * x).sum())


def says(run: Big, *, method: str) -> str:
    """The size of the table, the errors, and what failed."""
    n, errors = run.n, run.typical()[0, :, -1].tolist()
    known = {name: error for name, error in zip(METHODS, errors, strict=True) if error == error}
    told = ", ".join(f"{number(known[name])} ({NAMES[name]})" for name in known)
    table = f"All {_coalitions(n)} of {n} players"
    table += " fit into a table" if n <= EXACT else f" are too many for a table ({memory(n)})"
    best = min(known, key=known.get) if known else ""
    ending = f"; closest: {NAMES[best]}." if len(set(known.values())) > 1 else "."
    said = f"{table}; with {spaced(int(run.budgets[-1]))} evaluations the estimates are typically "
    said += f"off by {told}{ending}"
    lost = int(run.errors[3, :, -1].isnan().sum()) if run.progress == 1 else 0
    if lost:
        said += f" In {lost} of {RUNS} runs the samples of KernelSHAP did not determine φ."
    if torch.isinf(run.spread[METHODS.index(method)]).any():
        said += f" Too few {NAMES[method]} for error bars: they come in groups of {n}."
    return said


def _coalitions(n: int) -> str:
    return f"{spaced(2**n)} coalitions"


def memory(n: int) -> str:
    """Bytes of 2^n doubles."""
    size, unit = 8 * 2.0**n, 0
    while size >= 1024 and unit < 4:
        size, unit = size / 1024, unit + 1
    return f"{size:.3g} {('bytes', 'kB', 'MB', 'GB', 'TB')[unit]}"


# --- answers of predictions ----------------------------------------------------------------------


def _weakest(run: Big, votes: str) -> tuple[str, dict[str, str]]:
    """Share of power of the last party against its share of the votes."""
    power, weights = float(run.game.phi[-1]), [float(each) for each in votes.split()]
    share = weights[-1] / sum(weights)
    facts = {"share": f"{100 * share:.2g} %"}
    if power < 1e-12:
        return "zero", facts
    if abs(power - share) < 0.1 * share:
        return "share", facts
    return ("more" if power > share else "less"), facts


def _off_by(run: Big) -> tuple[float, dict[str, str]]:
    """Error of plain orders relative to the mean |φ|, with the whole budget."""
    mean, foreseen = run.game.phi.abs().mean(), run.foreseen()[-1]
    error, sigma = run.typical()[0, 0, -1], run.game.variance.mean().sqrt()
    return float(error / mean), {
        "sigma": number(sigma),
        "foreseen": number(foreseen),
        "share": f"{100 * float(foreseen / mean):.0f} %",
        "error": number(error),
        "M": spaced(int(run.orders[-1])),
        "table": spaced(2**run.n),
    }


def _stratified(run: Big) -> tuple[str, dict[str, str]]:
    """The error of stratified orders beside that of plain ones."""
    plain, _, error, _ = run.typical()[0, :, -1].tolist()
    few = int(run.orders[-1]) // run.n
    facts = {"few": str(few), "stratified": number(error), "plain": number(plain)}
    if error < 1e-9:
        return "zero", facts
    ratio = error / plain
    if 0.8 < ratio < 1.25:
        return "same", facts
    return ("smaller" if ratio < 1 else "larger"), facts


answers = {"luxembourg": _weakest, "council": _off_by, "rotations": _stratified}
