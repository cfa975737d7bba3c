"""What is checked about sampling with many players, and what is said of it."""

import math
from functools import partial

import torch

from core import words
from core.check import Check, at_most, equal
from core.experiments.shapley.big import ALL, METHODS, RUNS, Many
from core.shapley.coalitions import MOST as EXACT
from core.words import spaced

number = partial(words.number, zero=1e-12)
NAMES = {
    "plain": "plain orders",
    "antithetic": "antithetic orders",
    "stratified": "stratified orders",
    "kernel": "KernelSHAP",
}
EVENTS = 50  # contributions as large as any that the runs should meet, before a spread is judged
FACTOR = 3.0  # χ² with 20 degrees of freedom leaves [1/9, 9] of its mean once in 10^6 times
SLOPE = 0.35  # six standard deviations of the fitted slope, in the worst of the games


def checks(run: Many, *, budget: str, **_) -> list[Check]:
    """XAI-14 and XAI-17 on the runs done so far."""
    n, game = run.n, run.game
    table, done = n <= EXACT, run.progress == 1
    asked = table and (done or run.counted is not None)
    beyond = (
        f"2^{n} = {spaced(2**n)} values: beyond {EXACT} players there is no table, only samples"
    )
    given = game.v is not None
    silent = "" if asked else "the table is not asked for yet" if table else beyond
    return [
        equal(
            "XAI-14",
            "evaluations of v for the whole table, counted = 2^p",
            run.counted or 0,
            2**n if asked else 0,
            tol=0,
            applies=asked,
            why=silent,
        ),
        at_most(
            "XAI-14",
            "no estimator asks for more coalitions than the budget allows, counted",
            int(run.asked.max()),
            int(budget),
            tol=0,
        ),
        *_sums(run),
        equal(
            "XAI-17",
            "φ folded from the table of 2^p values = φ in closed form, largest difference",
            _known(run.folded, asked and not given),
            0.0,
            tol=1e-9 * max(1.0, game.largest),
            applies=asked and not given,
            why="the game is its table" if asked and given else silent,
        ),
        equal(
            "XAI-17",
            "KernelSHAP with all 2^p − 2 coalitions = φ, largest difference",
            _known(run.kernel, asked and n <= ALL),
            0.0,
            tol=1e-9 * max(1.0, game.largest),
            applies=asked and n <= ALL,
            why=silent if n <= ALL else f"asked up to {ALL} players, here are {n}",
        ),
        *_rate(run),
    ]


def _known(gap: float | None, wanted: bool) -> float:
    """A difference that is wanted and was not measured is no agreement."""
    return 0.0 if not wanted else math.inf if gap is None else gap


def _sums(run: Many) -> list[Check]:
    size = max(1.0, run.game.largest * run.n)
    kinds = {"random orders of every kind": run.gap[:3].max(), "KernelSHAP": run.gap[3]}
    return [
        equal(
            "XAI-17",
            f"{name}: Σφ̂ = v(N) − v(∅) in every run with every budget, largest gap",
            gap,
            0.0,
            tol=1e-9 * size,
        )
        for name, gap in kinds.items()
    ]


def _rate(run: Many) -> list[Check]:
    """The error of plain orders against theory, where chance cannot decide."""
    done, kept = run.progress == 1, judged(run)
    error, foreseen = run.mean_square()[0], run.foreseen()
    enough = done and bool(kept[-1])
    why = "" if enough else "the runs are not finished" if not done else _few(run)
    ratio = float(error[-1] / foreseen[-1]) if enough else 1.0
    orders = run.orders[kept]
    wide = enough and int(orders[-1]) >= 16 * int(orders[0])
    slope = fitted(orders, error[kept]) if wide else -0.5
    return [
        at_most(
            "XAI-17",
            "plain orders: root mean square error over σ/√M, as a factor up or down; 20 runs leave "
            f"{FACTOR:g} once in a million times",
            max(ratio, 1 / ratio),
            FACTOR,
            applies=enough,
            why=why,
        ),
        at_most(
            "XAI-17",
            "plain orders: slope of log error over log M differs from −½ by chance only",
            abs(slope + 0.5),
            SLOPE,
            applies=wide,
            why=f"fitted {number(slope)}" if wide else why or "M grows less than sixteenfold here",
        ),
    ]


def judged(run: Many) -> torch.Tensor:
    """Budgets at which 20 runs meet large contributions often enough, (B,) bool."""
    if run.game.largest == 0:
        return torch.zeros(len(run.budgets), dtype=torch.bool)
    events = RUNS * run.orders * run.game.variance.sum() / run.game.largest**2
    return events >= EVENTS


def _few(run: Many) -> str:
    if float(run.game.variance.max()) < 1e-20:
        return "every order gives the same contributions: nothing to average"
    return "contributions other than 0 are too rare for 20 runs to show their spread"


def fitted(x: torch.Tensor, y: torch.Tensor) -> float:
    """Least-squares slope of log y over log x."""
    x, y = x.double().log(), y.log()
    x = x - x.mean()
    return float((x * y).sum() / (x * x).sum())


def says(run: Many, *, method: str, **_) -> str:
    """The size of the table, the errors, and what failed."""
    n = run.n
    errors = run.typical()[0][:, -1].tolist()
    known = {name: error for name, error in zip(METHODS, errors, strict=True) if error == error}
    told = ", ".join(f"{NAMES[name]} {number(known[name])}" for name in known)
    table = f"All {spaced(2**n)} coalitions of {n} players"
    table += " fit into a table" if n <= EXACT else f" are too many for a table ({memory(n)})"
    best = min(known, key=known.get) if known else ""
    ending = f"; closest: {NAMES[best]}." if len(set(known.values())) > 1 else "."
    words = (
        f"{table}; asked for {spaced(int(run.budgets[-1]))} of them, the estimates are off by "
        f"{told}{ending}"
    )
    lost = run.errors[3, :, -1].isnan()
    lost = int(lost.sum()) if run.progress == 1 else 0
    if lost:
        words += f" In {lost} of {RUNS} runs the samples of KernelSHAP did not determine φ."
    if torch.isinf(run.spread[METHODS.index(method)]).any():
        words += f" Too few {NAMES[method]} for error bars: they come in groups of {n}."
    return words


def memory(n: int) -> str:
    """Bytes of 2^n doubles."""
    size, unit = 8 * 2.0**n, 0
    while size >= 1024 and unit < 4:
        size, unit = size / 1024, unit + 1
    return f"{size:.3g} {('bytes', 'kB', 'MB', 'GB', 'TB')[unit]}"


# --- answers of predictions ----------------------------------------------------------------------


def weakest(run: Many) -> str:
    """Share of power of the last party against its share of the votes."""
    power = float(run.game.phi[-1])
    votes = float(run.game.weights[-1] / run.game.weights.sum())
    if power < 1e-12:
        return "0"
    return (
        "its share of the votes"
        if abs(power - votes) < 0.1 * votes
        else ("more than that" if power > votes else "less than that")
    )


def off_by(run: Many) -> str:
    """Error of plain orders relative to the mean |φ|, with the whole budget."""
    error = float(run.typical()[0][0, -1] / run.game.phi.abs().mean())
    return (
        "about 0.1 %" if error < 0.01 else "about a quarter" if error < 1 else "more than φ itself"
    )


def shrinks(run: Many) -> str:
    """By what factor sixteen times as many evaluations shrink the error of plain orders."""
    error = run.mean_square()[0]
    ratio = float(error[-5] / error[-1])
    options = {"2 times": 2.0, "4 times": 4.0, "16 times": 16.0}
    return min(options, key=lambda name: abs(math.log(options[name] / ratio)))


def stratified(run: Many) -> str:
    """The error of stratified orders beside that of plain ones."""
    errors = run.typical()[0]
    if float(errors[2, -1]) < 1e-9:
        return "it is 0"
    ratio = float(errors[2, -1] / errors[0, -1])
    return "about the same" if 0.8 < ratio < 1.25 else "smaller" if ratio < 1 else "larger"


def facts(run: Many) -> dict:
    """Numbers of the explanations."""
    errors = run.typical()[0][:, -1]
    weights = run.game.weights
    return {
        "n": run.n,
        "M": spaced(int(run.orders[-1])),
        "table": spaced(2**run.n),
        "share": f"{float(errors[0] / run.game.phi.abs().mean()):.0%}",
        "plain": number(errors[0]),
        "stratified": number(errors[2]),
        "sigma": number(run.game.variance.mean().sqrt()),
        "foreseen": number(run.foreseen()[-1]),
        "quota": run.game.quota,
        "share_of_votes": "" if weights is None else f"{float(weights[-1] / weights.sum()):.1%}",
        "few": int(run.orders[-1]) // run.n,
    }
