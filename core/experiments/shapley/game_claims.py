"""What the lattice of a game is held against: XAI-14 to XAI-17, XAI-21, XAI-22 and ROB-15."""

import itertools
import math
from functools import lru_cache

import torch
from torch import Tensor

from core.check import Check, equal
from core.experiments.shapley.game import Lattice
from core.shapley.coalitions import spelled
from core.shapley.estimates import gains, prefixes
from core.shapley.rules import RULES, SHARES
from core.shapley.values import mobius


def checks(run: Lattice, **_) -> list[Check]:
    """Both sides of every statement, on this game."""
    n, phi = run.n, run.phi
    orders, passed = all_orders(n)
    dealt = gains(run.v[passed].flatten(), orders)
    return [
        equal("XAI-14", "v has a value for each of the 2ᵖ coalitions", len(run.v), 2**n, tol=0),
        *_edges(run),
        *_weights(run, orders, passed),
        equal(
            "XAI-17",
            "φ of each player = mean contribution over all p! orders: largest difference",
            far(phi, dealt.mean(0)),
            0,
            tol=run.slack,
        ),
        equal(
            "ROB-15",
            "the formula that strayed into adversarial training (E-86), summed term by term, is "
            "the φ of XAI-17: largest difference",
            far(phi.new_tensor([strayed(run, j) for j in range(n)]), phi),
            0,
            tol=run.slack,
        ),
        *_efficiency(run),
        *_axioms(run),
    ]


def far(a: Tensor, b: Tensor) -> float:
    """The largest difference."""
    return float((a - b).abs().max())


@lru_cache(maxsize=8)
def all_orders(n: int) -> tuple[Tensor, Tensor]:
    """Every order of n players, (n!, n), and the coalitions each passes, (n!, n + 1)."""
    orders = torch.tensor(list(itertools.permutations(range(n))))
    return orders, (prefixes(orders) * 2 ** torch.arange(n)).sum(-1)


def strayed(run: Lattice, j: int) -> float:
    """Σ_{S ⊆ {1..p} − {j}} |S|! (p − |S| − 1)! / p! (Q(S ∪ {j}) − Q(S)), as it stands in L528."""
    p, Q = run.n, run.v.tolist()
    rest = [i for i in range(p) if i != j]
    total = 0.0
    for size in range(p):
        weight = math.factorial(size) * math.factorial(p - size - 1) / math.factorial(p)
        for members in itertools.combinations(rest, size):
            S = sum(1 << i for i in members)
            total += weight * (Q[S | 1 << j] - Q[S])
    return total


def _edges(run: Lattice) -> list[Check]:
    n, j, S = run.n, run.player, run.before
    printed = run.of("printed").values
    lost = float(printed.sum())
    return [
        equal(
            "XAI-15",
            f"Δ = v({spelled(run.after)}) − v({spelled(S)}) on the edge pointed at",
            pointed(run),
            run.v[run.after] - run.v[S],
            tol=run.slack,
        ),
        equal("XAI-15", "2ᵖ⁻¹ edges for each player", run.delta.shape[1], 2 ** (n - 1), tol=0),
        equal(
            "XAI-15",
            "as printed (E-99) S ⊆ {1..p} − {i}: the sum over j of what i ≠ j leaves = v(N) − v(∅)",
            lost,
            run.total,
            tol=run.slack,
            applies=n == 1,
            why=""
            if n == 1
            else f"read with the next player as i, half of the edges of player {j + 1} are lost",
        ),
    ]


def pointed(run: Lattice) -> float:
    """Δ_j(S) of the edge pointed at, from its place among the edges."""
    j, S = run.player, run.before
    column = (S >> j + 1 << j) + S % (1 << j)
    return float(run.delta[j, column])


def _weights(run: Lattice, orders: Tensor, passed: Tensor) -> list[Check]:
    n, j, S = run.n, run.player, run.before
    size = S.bit_count()
    counts = torch.tensor([math.comb(n - 1, s) for s in range(n)])
    place = (orders == j).nonzero()[:, 1:]
    exactly = (passed.gather(1, place) == S).double().mean()
    banzhaf = float(run.of("banzhaf").values.sum())
    return [
        equal(
            "XAI-16", "the weights of one player's edges sum to 1", run.weights @ counts.double(), 1
        ),
        equal(
            "XAI-16",
            "each size |S| has total weight 1/p: largest difference",
            far(run.weights * counts, torch.full((n,), 1 / n, dtype=torch.float64)),
            0,
        ),
        equal(
            "XAI-16",
            f"weight of the edge = share of all {len(orders)} orders in which exactly "
            f"{spelled(S)} precedes player {j + 1}",
            run.weights[size],
            exactly,
        ),
        equal(
            "XAI-16",
            "the plain mean over all subsets (E-100, Banzhaf) sums to v(N) − v(∅)",
            banzhaf,
            run.total,
            tol=run.slack,
            applies=n <= 2,
            why="" if n <= 2 else "all weights are equal for p ≤ 2 only",
        ),
    ]


def _efficiency(run: Lattice) -> list[Check]:
    found = [
        equal(
            "XAI-21",
            "φ₁ + … + φₚ = v(N) − v(∅)",
            run.phi.sum(),
            run.total,
            tol=run.slack,
        )
    ]
    rule = run.chosen
    if rule.name != "shapley" and rule.values is not None:
        found.append(
            equal(
                "XAI-21",
                f"the values of “{RULES[rule.name]}” sum to v(N) − v(∅)",
                rule.values.sum(),
                run.total,
                tol=run.slack,
                applies=rule.name in SHARES,
                why="" if rule.name in SHARES else "the theorem speaks of the Shapley value",
            )
        )
    if run.n == 1:
        found.append(equal("XAI-21", "one player: φ₁ = v(1) − v(∅)", run.phi[0], run.total))
    return found


def _axioms(run: Lattice) -> list[Check]:
    _, symmetry, dummy, linearity = run.of("shapley").gaps
    m = mobius(run.v)
    S = torch.arange(2**run.n)
    size = sum(S >> i & 1 for i in range(run.n)).clamp_min(1)
    shared = torch.stack([(m / size)[(S >> j & 1).bool()].sum() for j in range(run.n)])
    return [
        equal(
            "XAI-22",
            "players whom v does not tell apart get the same φ: largest difference",
            symmetry or 0,
            0,
            tol=run.slack,
            applies=symmetry is not None,
            why="" if run.twins else "no two players are symmetric in this game",
        ),
        equal(
            "XAI-22",
            "a player who never adds anything gets φ = 0: largest |φ|",
            dummy or 0,
            0,
            tol=run.slack,
            applies=dummy is not None,
            why="" if run.dummies else "every player adds something somewhere",
        ),
        equal(
            "XAI-22",
            "φ(2v − w) = 2φ(v) − φ(w) for a random game w: largest difference",
            linearity,
            0,
            tol=run.slack,
        ),
        equal(
            "XAI-22",
            "the axioms alone (each unanimity game split among its members) give φ: largest "
            "difference",
            far(shared, run.phi),
            0,
            tol=run.slack,
        ),
    ]
