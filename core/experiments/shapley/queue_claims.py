"""What the queue of arrivals claims: XAI-16, XAI-17, XAI-21, in checks and in words."""

import math

import torch

from core import sheets
from core.check import Check, at_most, equal, same
from core.experiments.shapley.queue import Queue
from core.shapley.coalitions import called, sizes, slack, spelled, tolerance, without
from core.shapley.estimates import all_orders, every_order, predecessors
from core.shapley.rules import row
from core.shapley.values import marginal_contributions, mobius, shapley_weights
from core.words import number

LISTED = 6  # players up to which all p! orders are listed
SURE = 1e-9  # chance that the bound on the error of all players is missed
NAMES = {"antithetic": "an order and its reverse", "stratified": "the rotations of an order"}


def checks(run: Queue, *, k: int, player: int) -> list[Check]:
    """What each order deals out, the mean over orders, and weights as chances."""
    m, j, total, sums = run.dealt(k), min(player, run.p - 1), run.total, run.contributions.sum(-1)
    tol = 1e-12 * float(run.v.abs().max()) / max(1.0, abs(total))
    now = f"after {m} {_orders(m)}: Σ φ̂ = v(N) − v(∅), exactly, not nearly"
    each = "every single order deals out v(N) − v(∅): the one farthest off"
    return [
        equal("XAI-21", now, run.means[m - 1].sum(), total, tol=tol),
        equal("XAI-21", each, sums[(sums - total).abs().argmax()], total, tol=tol),
        *_means(run, m, j),
        *_weights(run, m, j),
    ]


def _weights(run: Queue, m: int, j: int) -> list[Check]:
    p, S, total, weights = run.p, run.before(m, j), run.total, shapley_weights(run.p)
    listed = every_order(p) if p <= LISTED else run.orders  # the latter only fill a silent line
    came, alike = (predecessors(listed, j) == S).double().mean(), run.banzhaf.sum()
    who = called(j, run.names, "player")
    share = (
        f"share of all p! orders in which exactly {spelled(S, run.names)} precedes {who} = |S|! "
    )
    share += "(p − |S| − 1)! / p!"
    plain = "with equal weight for every subset the values add up to v(N) − v(∅) as well"
    wrong = f"here they give {number(alike)}, and v(N) − v(∅) is {number(total)}"
    pairs = bool((mobius(run.v)[sizes(p) > 2].abs() <= slack(run.v)).all())
    needs = ((pairs, f"equal weights are no chances of an order: {wrong}"),)
    why = "here both averages agree: no three players depend on each other"
    return [
        equal("XAI-16", share, came, weights[S.bit_count()], needs=_listed(p)),
        equal("XAI-16", plain, alike, total, tol=tolerance(run.v), needs=needs, why=why),
    ]


def _listed(p: int) -> tuple:
    return ((p <= LISTED, f"p = {p}: {math.factorial(p)} orders are not listed here"),)


def _means(run: Queue, m: int, j: int) -> list[Check]:
    p, who = run.p, called(j, run.names, "player")
    before = torch.stack([predecessors(run.orders, i) for i in range(p)], -1)
    share = torch.bincount(before[:m, j], minlength=2**p)[without(p)[j]].double() / m
    weighted = (share * marginal_contributions(run.v)[j]).sum()
    listed = run.complete or p > LISTED  # the latter only fills a silent line
    mean = run.means[-1] if listed else all_orders(run.v).mean(0)
    every = "mean over all p! orders = weighted sum over subsets, for every player: largest gap"
    each = "Δⱼ in every dealt order = v(S ∪ j) − v(S), S those who came before j: largest gap"
    dealt = f"φ̂ of {who} = Σ Δ(S) · share of the dealt orders in which S came before"
    added = run.v[before | 1 << torch.arange(p)] - run.v[before]
    return [
        same("XAI-17", every, mean, run.phi, tol=tolerance(run.v), needs=_listed(p)),
        same("XAI-15", each, run.contributions, added, tol=tolerance(run.v)),
        equal("XAI-17", dealt, weighted, run.means[m - 1, j], tol=tolerance(run.v)),
        _near(run, m),
    ]


def _near(run: Queue, m: int) -> Check:
    """Bernstein's inequality for the means of independent groups, or of draws without repetition.

    That it holds for the latter too is Hoeffding (1963), theorem 4.
    """
    group = run.sampled.group
    groups = m // group
    claim = (
        f"|φ̂ − φ| ≤ (bL/3 + √(b²L²/9 + 2σ²Lm))/m with m = {groups} draw"
        f"{'s' * (groups > 1)}, b = max |Δ − φ|, L = ln(2p · 10⁹): the player farthest off. "
        "Fails for one seed in 10⁹"
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


def says(run: Queue, *, k: int, player: int, alike: bool, game: str = "") -> str:
    """How far the dealing is, and what adds up."""
    m, j, M = run.dealt(k), min(player, run.p - 1), len(run.orders)
    who, now, exact = (
        called(j, run.names, "player"),
        number(run.means[m - 1, j]),
        number(run.phi[j]),
    )
    if m == 1:
        order = run.orders[0].tolist()
        came = ", ".join(called(i, run.names) for i in order)
        told = f"They arrive as {came} and add {row(run.contributions[0, order])}: together "
        told += f"{number(run.total)} = v(N) − v(∅). This is order 1 of {M}; over all orders {who} "
        told += f"adds {exact} on average."
    elif run.complete and m == M:
        told = f"All {M} orders are dealt: on average {who} adds {now}, its Shapley value. "
        told += f"Together {row(run.phi, run.names)} make {number(run.total)} = v(N) − v(∅)."
    else:
        told = f"After {'all' if m == M else f'{m} of'} {M} orders {who} gets {now}"
        told += (
            f"{_within(run, m, j)}, exactly {exact}. Every order hands out all of v(N) − v(∅) = "
        )
        told += f"{number(run.total)}, so the estimates add up to it all the time."
    if alike:
        told += (
            f" All subsets alike head for {number(run.banzhaf[j])} instead, the Banzhaf "
            f"value; those add up to {number(run.banzhaf.sum())}."
        )
    told += f" {helps(run)}" if run.method in NAMES else ""
    return told + sheets.told(game)


def _within(run: Queue, m: int, j: int) -> str:
    """± the standard error, and what must be known of it."""
    error, unfinished = run.errors[m - 1, j], m % run.sampled.group
    if not error.isfinite():
        return "" if run.method == "once" else " (too few draws for a standard error)"
    within = f" ± {number(error)}"
    if error == 0 and abs(run.means[m - 1, j] - run.phi[j]) > 1e-9:
        return f"{within} (so far all draws agree)"
    return f"{within} (without the {unfinished} of an unfinished draw)" if unfinished else within


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


def _cook(run: Queue) -> tuple[float, dict[str, str]]:
    """What player 1 gets on average, and what it adds alone, between the others and last."""
    v, places = run.v.tolist(), (run.orders == 0).double().argmax(-1)
    added = [run.contributions[places == place, 0].mean() for place in range(run.p)]
    facts = {"first": number(added[0]), "second": number(added[1]), "last": number(v[-1] - v[-2])}
    return float(run.means[-1, 0]), facts | {"mean": number(run.means[-1, 0])}


def _adds_up(run: Queue, alike: bool, seed: int) -> tuple[str, dict[str, str]]:
    """Whether the estimates add up to v(N) − v(∅) after all M orders, or M subsets all alike."""
    means = run.alike(seed) if alike else run.means
    sums = float(means[-1].sum())
    gap = abs(sums - run.total)
    off = (means[-1] - run.phi).square().mean().sqrt()
    return "yes" if gap <= 1e-9 * max(1.0, abs(run.total)) else "no", {
        "sum": number(sums),
        "off": number(off),
    }


def _fourfold(run: Queue, alike: bool, seed: int) -> tuple[float, dict[str, str]]:
    """What four times as many plain orders leave of the error, or subsets all alike."""
    slope = run.study.slope("plain") or 0.0
    left = 4**slope
    if alike:
        off = (run.alike(seed) - run.phi).square().mean(-1).sqrt()
        left = float(off[-1] / off[len(off) // 4 - 1])
    return left, {"slope": number(slope, 2), "left": number(left, 2)}


answers = {"cook": _cook, "adds_up": _adds_up, "fourfold": _fourfold}
