"""What the queue of arrivals claims: XAI-16 with E-100, XAI-17, XAI-21, in checks and in words."""

import math

import torch

from core.check import Check, at_most, equal
from core.experiments.shapley.queue import Queue
from core.shapley.coalitions import sizes, spelled, without
from core.shapley.estimates import all_orders, every_order, predecessors
from core.shapley.rules import slack
from core.shapley.values import marginal_contributions, mobius, shapley_weights
from core.words import number

LISTED = 6  # players up to which all p! orders are listed
SURE = 1e-9  # chance that the bound on the error of all players is missed
NAMES = {"antithetic": "an order and its reverse", "stratified": "the rotations of an order"}


def checks(run: Queue, *, k: int, player: int) -> list[Check]:
    """Weights as chances, the mean over orders, and what each order deals out."""
    m, j, total, sums = run.dealt(k), min(player, run.p - 1), run.total, run.contributions.sum(-1)
    tol = 1e-12 * max(1.0, float(run.v.abs().max())) / max(1.0, abs(total))
    now = f"after {m} {_orders(m)}: Σ φ̂ = v(N) − v(∅), exactly, not nearly"
    each = "every single order deals out v(N) − v(∅): the one farthest off"
    return [
        *_weights(run, m, j),
        *_means(run, m, j),
        equal("XAI-21", now, run.means[m - 1].sum(), total, tol=tol),
        equal("XAI-21", each, sums[(sums - total).abs().argmax()], total, tol=tol),
    ]


def _weights(run: Queue, m: int, j: int) -> list[Check]:
    p, S, total, weights = run.p, run.before(m, j), run.total, shapley_weights(run.p)
    size = sizes(p)[without(p)[j]]
    by_size = torch.zeros(p, dtype=torch.float64).index_add_(0, size, weights[size])
    off = by_size[(by_size - 1 / p).abs().argmax()]
    listed = every_order(p) if p <= LISTED else run.orders  # the latter only fill a silent line
    came, alike = (predecessors(listed, j) == S).double().mean(), run.banzhaf.sum()
    share = f"share of all p! orders in which exactly {spelled(S)} precedes player {j + 1} = |S|! "
    share += "(p − |S| − 1)! / p!"
    e100 = "E-100: with equal weight for every subset the values add up to v(N) − v(∅) as well"
    wrong = f"here they give {number(alike)}, and v(N) − v(∅) is {number(total)}"
    pairs = bool((mobius(run.v)[sizes(p) > 2].abs() <= slack(run.v)).all())
    needs = ((pairs, f"equal weights are no chances of an order: {wrong}"),)
    why = "here both averages agree: no three players depend on each other"
    return [
        equal("XAI-16", "each size |S| has total weight 1/p: the one farthest off", off, 1 / p),
        equal("XAI-16", share, came, weights[S.bit_count()], needs=_listed(p)),
        equal("XAI-16", e100, alike, total, needs=needs, why=why),
    ]


def _listed(p: int) -> tuple:
    return ((p <= LISTED, f"p = {p}: {math.factorial(p)} orders are not listed here"),)


def _means(run: Queue, m: int, j: int) -> list[Check]:
    p, came = run.p, predecessors(run.orders[:m], j)
    mean = (all_orders(run.v) if p <= LISTED else run.contributions)[:, j].mean()
    share = torch.bincount(came, minlength=2**p)[without(p)[j]].double() / m
    weighted = (share * marginal_contributions(run.v)[j]).sum()
    exact = f"φ of player {j + 1}: the weighted sum over subsets = the mean over all p! orders"
    dealt = f"φ̂ of player {j + 1} = Σ Δ(S) · share of the dealt orders in which S came before"
    return [
        equal("XAI-17", exact, run.phi[j], mean, needs=_listed(p)),
        equal("XAI-17", dealt, weighted, run.means[m - 1, j]),
        _near(run, m),
    ]


def _near(run: Queue, m: int) -> Check:
    """Bernstein's inequality, for the means of independent groups."""
    group = run.sampled.group
    groups = m // group
    claim = (
        f"|φ̂ − φ| ≤ (bL/3 + √(b²L²/9 + 2σ²Lm))/m with m = {groups} independent draws, b = max "
        "|Δ − φ|, L = ln(2p · 10⁹): the player farthest off. Fails for one seed in 10⁹"
    )
    if not groups:
        return at_most("XAI-17", claim, 0, 0, needs=((False, "no draw is complete yet"),))
    error = (run.means[groups * group - 1] - run.phi).abs()
    log = math.log(2 * run.p / SURE)
    b = (marginal_contributions(run.v) - run.phi[:, None]).abs().amax(-1) * log / 3
    bound = (b + (b.square() + 2 * groups * log * run.spread.square()).sqrt()) / groups
    worst = int((error - bound).argmax())
    return at_most("XAI-17", claim, error[worst], bound[worst])


def _orders(m: int) -> str:
    return "order" if m == 1 else "orders"


def says(run: Queue, *, k: int, player: int, alike: bool) -> str:
    """How far the dealing is, and what adds up."""
    m, j, M = run.dealt(k), min(player, run.p - 1), len(run.orders)
    now, error, unfinished = run.means[m - 1, j], run.errors[m - 1, j], m % run.sampled.group
    within = f" ± {number(error)}" if error.isfinite() else " (too few for a standard error)"
    if error == 0 and abs(now - run.phi[j]) > 1e-9:
        within += " (so far all draws agree)"
    elif unfinished and error.isfinite():
        within += f" (without the {unfinished} of an unfinished draw)"
    told = (
        f"{m} of {M} {_orders(M)} dealt: player {j + 1} gets {number(now)}{within}, exactly "
        f"{number(run.phi[j])}. Every order hands out all of v(N) − v(∅) = {number(run.total)}, "
        "so the estimates add up to it all the time."
    )
    if alike:
        told += (
            f" All subsets alike (E-100) head for {number(run.banzhaf[j])} instead, the Banzhaf "
            f"value; those add up to {number(run.banzhaf.sum())}."
        )
    return told if run.method == "plain" else f"{told} {helps(run)}"


def helps(run: Queue) -> str:
    """What the method does to the error, over 20 seeds."""
    ratio = run.study.against_plain(run.method)
    what = f"Drawing {NAMES[run.method]} together"
    if ratio is None:
        return "Every order gives the same, so no method errs."
    if ratio < 1e-9:
        return f"{what} leaves no error at all once a draw is complete."
    verdict = {"falls": "helps", "stays": "changes little", "grows": "hurts"}[_moved(ratio)]
    return f"{what} {verdict}: its error is {ratio:.2f} times that of independent orders."


def _moved(ratio: float) -> str:
    """What an error does that is multiplied by this; up to 5 % are chance."""
    if 0.95 <= ratio <= 1.05:
        return "stays"
    return "falls" if ratio < 1 else "grows"


# --- predictions ---------------------------------------------------------------------------------


def _adds_up(run: Queue, alike: bool, seed: int) -> tuple[str, dict[str, str]]:
    """Whether the estimates add up to v(N) − v(∅) after all M orders, or M subsets all alike."""
    means = run.alike(seed) if alike else run.means
    sums = float(means[-1].sum())
    gap = abs(sums - run.total)
    off = (means[-1] - run.phi).square().mean().sqrt()
    facts = {"sum": number(sums), "gap": f"{gap:.0e}", "off": number(off)}
    return "yes" if gap <= 1e-9 * max(1.0, abs(run.total)) else "no", facts


def _fourfold(run: Queue, alike: bool, seed: int) -> tuple[float, dict[str, str]]:
    """What four times as many plain orders leave of the error, or subsets all alike."""
    slope = run.study.slope("plain") or 0.0
    left = 4**slope
    if alike:
        off = (run.alike(seed) - run.phi).square().mean(-1).sqrt()
        left = float(off[-1] / off[len(off) // 4 - 1])
    return left, {"slope": number(slope, 2), "left": number(left, 2)}


def _reversing(run: Queue) -> tuple[str, dict[str, str]]:
    """What pairing every order with its reverse does to the error."""
    ratio = run.study.against_plain("antithetic")
    ratio = 1.0 if ratio is None else ratio
    return _moved(ratio), {"ratio": number(ratio)}


answers = {"adds_up": _adds_up, "fourfold": _fourfold, "reversing": _reversing}
