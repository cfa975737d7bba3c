"""What the queue of arrivals shows: XAI-16 with E-100, XAI-17, XAI-21, in checks and in words."""

import math

import torch
from torch import Tensor

from core.check import Check, at_most, equal
from core.experiments.shapley.queue import LISTED, Queue, every_order, predecessors
from core.shapley.coalitions import sizes, spelled, without
from core.shapley.values import marginal_contributions, shapley_weights
from core.words import number

SURE = 1e-9  # chance that the bound on the error of all players is missed
NAMES = {
    "plain": "independent orders",
    "antithetic": "an order and its reverse",
    "stratified": "the rotations of an order",
}


def checks(run: Queue, **_) -> list[Check]:
    """Weights as chances, the mean over orders, and what each order deals out."""
    return [*_weights(run), *_means(run), *_dealt(run)]


def _weights(run: Queue) -> list[Check]:
    p, j, S = run.p, run.player, run.before
    size = sizes(p)[without(p)[j]]
    weights = shapley_weights(p)[size]
    by_size = torch.zeros(p, dtype=torch.float64).index_add_(0, size, weights)
    off = by_size[(by_size - 1 / p).abs().argmax()]
    found, listed = 0.0, p <= LISTED
    if listed:
        orders = every_order(p)
        found = int((predecessors(orders, j) == S).sum()) / len(orders)
    alike, total = float(run.banzhaf.sum()), run.total
    same = bool((run.banzhaf - run.phi).abs().max() <= 1e-9 * max(1.0, abs(total)))
    return [
        equal("XAI-16", f"the weights of the {len(size)} coalitions add up to 1", weights.sum(), 1),
        equal("XAI-16", "each size |S| has total weight 1/p: the one farthest off", off, 1 / p),
        equal(
            "XAI-16",
            f"share of all p! orders in which exactly {spelled(S)} precedes player {j + 1} = "
            "|S|! (p − |S| − 1)! / p!",
            found,
            run.weight,
            applies=listed,
            why="" if listed else _too_many(p),
        ),
        equal(
            "XAI-16",
            "E-100: with equal weight for every subset the values add up to v(N) − v(∅) as well",
            alike,
            total,
            applies=same,
            why="here both averages agree: no three players depend on each other"
            if same
            else f"equal weights are no chances of an order: they give {number(alike)}, "
            f"not {number(total)}",
        ),
    ]


def _means(run: Queue) -> list[Check]:
    j, p, few = run.player, run.p, run.listed is not None
    orders = run.listed if few else run.contributions  # the latter only fill a silent line
    frequency = _frequencies(run)
    return [
        equal(
            "XAI-17",
            f"φ of player {j + 1}: the weighted sum over subsets = the mean over all p! orders",
            run.phi[j],
            orders[:, j].mean(),
            applies=few,
            why="" if few else _too_many(p),
        ),
        equal(
            "XAI-17",
            f"σ of player {j + 1}: by the weights of the subsets = over all p! orders",
            run.spread[j],
            orders[:, j].std(correction=0),
            applies=few,
            why="" if few else _too_many(p),
        ),
        equal(
            "XAI-17",
            f"φ̂ of player {j + 1} = Σ Δ(S) · share of the dealt orders in which exactly S came "
            "before",
            (frequency * marginal_contributions(run.v)[j]).sum(),
            run.means[run.m - 1, j],
        ),
        _near(run),
    ]


def _frequencies(run: Queue) -> Tensor:
    """Share of the dealt orders for each coalition in `without(p)[player]`."""
    came = predecessors(run.orders[: run.m], run.player)
    return torch.bincount(came, minlength=2**run.p)[without(run.p)[run.player]].double() / run.m


def _near(run: Queue) -> Check:
    """Bernstein's inequality, for the means of independent groups."""
    groups = run.m // run.group
    claim = (
        f"|φ̂ − φ| ≤ (bL/3 + √(b²L²/9 + 2σ²Lm))/m with m = {groups} independent draws, b = max "
        "|Δ − φ|, L = ln(2p · 10⁹): the player farthest off. Fails for one seed in 10⁹"
    )
    if not groups:
        return at_most("XAI-17", claim, 0, 0, applies=False, why="no draw is complete yet")
    error = (run.means[groups * run.group - 1] - run.phi).abs()
    log = math.log(2 * run.p / SURE)
    b = (marginal_contributions(run.v) - run.phi[:, None]).abs().amax(-1) * log / 3
    bound = (b + (b.square() + 2 * groups * log * run.spread.square()).sqrt()) / groups
    worst = int((error - bound).argmax())
    return at_most("XAI-17", claim, error[worst], bound[worst])


def _dealt(run: Queue) -> list[Check]:
    gaps = run.contributions.sum(-1) - run.total
    tol = 1e-12 * max(1.0, float(run.v.abs().max())) / max(1.0, abs(run.total))
    return [
        equal(
            "XAI-21",
            f"after {run.m} {_orders(run.m)}: Σ φ̂ = v(N) − v(∅), exactly, not nearly",
            run.means[run.m - 1].sum(),
            run.total,
            tol=tol,
        ),
        equal(
            "XAI-21",
            "every single order deals out v(N) − v(∅): the one farthest off",
            run.total + gaps[gaps.abs().argmax()],
            run.total,
            tol=tol,
        ),
        equal("XAI-21", "Σ φ = v(N) − v(∅)", run.phi.sum(), run.total, tol=tol),
    ]


def _too_many(p: int) -> str:
    return f"p = {p}: {math.factorial(p)} orders are not listed here"


def _orders(m: int) -> str:
    return "order" if m == 1 else "orders"


# --- words ---------------------------------------------------------------------------------------


def says(run: Queue, *, alike: bool, **_) -> str:
    """How far the dealing is, and what adds up."""
    j, m = run.player, run.m
    error = float(run.errors[m - 1, j])
    within = f" ± {number(error)}" if math.isfinite(error) else " (too few for a standard error)"
    if error == 0 and abs(run.means[m - 1, j] - run.phi[j]) > 1e-9:
        within += " (so far all draws agree)"
    elif m % run.group and math.isfinite(error):
        within += f" (without the {m % run.group} of an unfinished draw)"
    told = (
        f"{m} of {len(run.orders)} {_orders(len(run.orders))} dealt: player {j + 1} gets "
        f"{number(run.means[m - 1, j])}{within}, exactly {number(run.phi[j])}. Every order hands "
        f"out all of v(N) − v(∅) = {number(run.total)}, so the estimates add up to it all the time."
    )
    if alike:
        told += (
            f" All subsets alike (E-100) head for {number(run.banzhaf[j])} instead, the Banzhaf "
            f"value; those add up to {number(run.banzhaf.sum())}."
        )
    if run.method != "plain":
        told += f" {helps(run)}"
    return told


def helps(run: Queue) -> str:
    """What the method does to the error, over 20 seeds."""
    ratio = against_plain(run, run.method)
    what = f"Drawing {NAMES[run.method]} together"
    if ratio is None:
        return "Every order gives the same, so no method errs."
    if ratio < 1e-9:
        return f"{what} leaves no error at all once a draw is complete."
    verdict = "helps" if ratio < 0.95 else "hurts" if ratio > 1.05 else "changes little"
    return f"{what} {verdict}: its error is {ratio:.2f} times that of independent orders."


def against_plain(run: Queue, method: str) -> float | None:
    """The error of a method over that of plain orders, from 20 seeds; None without any error."""
    plain, other = run.study.constant("plain"), run.study.constant(method)
    return other / plain if plain else None


# --- predictions ---------------------------------------------------------------------------------


def adds_up(run: Queue) -> str:
    """Whether the estimates add up to v(N) − v(∅) after all M orders."""
    gap = abs(float(run.means[-1].sum()) - run.total)
    return "yes, exactly" if gap <= 1e-9 * max(1.0, abs(run.total)) else "no, it is off too"


def alike_adds_up(run: Queue) -> str:
    """Whether the plain averages over all subsets do."""
    gap = abs(float(run.banzhaf.sum()) - run.total)
    return "yes" if gap <= 1e-9 * max(1.0, abs(run.total)) else "no"


def fourfold(run: Queue) -> str:
    """What four times as many plain orders leave of the error."""
    left = 4 ** (run.study.slopes[0] or 0)
    return "about a half" if 0.4 < left < 0.62 else "about a quarter" if left <= 0.4 else "the same"


def reversing(run: Queue) -> str:
    """What pairing every order with its reverse does to the error."""
    ratio = against_plain(run, "antithetic")
    if ratio is None or 0.95 <= ratio <= 1.05:
        return "it stays"
    return "it falls" if ratio < 0.95 else "it grows"


def facts(run: Queue) -> dict[str, float | str]:
    """What the explanations quote, after all M orders."""
    slope, ratio = run.study.slopes[0] or 0.0, against_plain(run, "antithetic")
    return {
        "sum": number(run.means[-1].sum()),
        "gap": f"{abs(float(run.means[-1].sum()) - run.total):.0e}".replace("0e+00", "0"),
        "off": number((run.means[-1] - run.phi).square().mean().sqrt()),
        "slope": number(slope, 2),
        "left": number(4**slope, 2),
        "alike": number(run.banzhaf.sum()),
        "ratio": "1" if ratio is None else number(ratio),
    }
