"""What the lattice of a game claims: XAI-14 to XAI-17, XAI-21, XAI-22, ROB-15; and in words."""

import math
from itertools import combinations

from core import sheets
from core.check import Check, equal, same
from core.experiments.shapley.game import Lattice
from core.shapley.coalitions import called, spelled
from core.shapley.estimates import all_orders, every_order, predecessors
from core.shapley.rules import AXIOMS, RULES, SHARES, row
from core.shapley.values import mobius, shapley_weights
from core.words import number

E86 = "as printed (E-86) beside adversarial training, summed by hand, = φ: largest gap"


def checks(run: Lattice, *, rule: str, edge: int, look: str) -> list[Check]:
    """Both sides of every statement, on this game, and what the rule looked at does."""
    n, phi, tol, v, names = run.n, run.phi, run.tol, run.v.tolist(), run.names
    subsets = [sum(1 << i for i in c) for s in range(n + 1) for c in combinations(range(n), s)]
    added = [[v[S | 1 << j] - v[S] for S in range(2**n) if not S >> j & 1] for j in range(n)]
    m = mobius(run.v).tolist()
    parts = [sum(m[S] / S.bit_count() for S in subsets if S >> j & 1) for j in range(n)]
    edges = "Δ = v(S ∪ j) − v(S) on each of the 2ᵖ⁻¹ edges of each player: largest difference"
    orders = "φ of each player = mean contribution over all p! orders: largest difference"
    axioms = "the axioms alone (each unanimity game split among its members) give φ: largest gap"
    j, S, _ = run.edge(edge)
    came = predecessors(every_order(n), j) == S
    among = "the only order" if len(came) == 1 else f"all {len(came)} orders"
    share = f"weight of the edge = share of {among} in which exactly {spelled(S, names)} "
    share += f"precedes {called(j, names, 'player')}"
    weight = shapley_weights(n)[S.bit_count()]
    return [
        same("XAI-17", orders, phi, all_orders(run.v).mean(0), tol=tol),
        equal("XAI-21", "φ₁ + … + φₚ = v(N) − v(∅)", phi.sum(), run.total, tol=tol),
        *(_corners(run) if look == "core" else _looked_at(run, rule, edge)),
        same("XAI-22", axioms, parts, phi, tol=tol),
        equal("XAI-16", share, weight, came.double().mean()),
        same("XAI-15", edges, run.delta, added, tol=tol),
        equal("XAI-14", "v has a value for each of the 2ᵖ coalitions", len(v), len(subsets), tol=0),
        same("ROB-15", E86, [strayed(v, j) for j in range(n)], phi, tol=tol),
    ]


def strayed(Q: list[float], j: int) -> float:
    """Σ_{S ⊆ {1..p} − {j}} |S|! (p − |S| − 1)! / p! (Q(S ∪ {j}) − Q(S)), as it stands in L528."""
    p, total = len(Q).bit_length() - 1, 0.0
    for S in (S for S in range(2**p) if not S >> j & 1):
        before, after = S.bit_count(), p - S.bit_count() - 1
        weight = math.factorial(before) * math.factorial(after) / math.factorial(p)
        total += weight * (Q[S | 1 << j] - Q[S])
    return total


def _looked_at(run: Lattice, name: str, edge: int) -> list[Check]:
    """The axioms for the Shapley value, efficiency for the other rules; E-99."""
    n, rule = run.n, run.of(name)
    if rule.values is None:
        return []
    if name == "shapley":
        claim = "symmetry, dummy, and φ(2v − w) = 2φ(v) − φ(w) for a random game w: largest gap"
        gap = max(gap for gap in rule.gaps if gap is not None)
        return [equal("XAI-22", claim, gap, 0, tol=run.tol)]
    id, claim = "XAI-21", f"the values of “{RULES[name]}” sum to v(N) − v(∅)"
    needs = (name in SHARES, "the theorem speaks of the Shapley value")
    if name == "banzhaf":
        id, claim = "XAI-16", "the plain means over all subsets (Banzhaf) sum to v(N) − v(∅)"
        needs = (n <= 2, "all weights are equal for p ≤ 2 only")
    elif name == "printed":
        id, claim = "XAI-15", "as printed (E-99) S ⊆ {1..p} − {i}: the values sum to v(N) − v(∅)"
        lost = f"half of the edges of {called(run.edge(edge)[0], run.names, 'player')} are lost"
        needs = (n == 1, f"read with the next player as i, {lost}")
    return [equal(id, claim, rule.values.sum(), run.total, tol=run.tol, needs=(needs,))]


def _corners(run: Lattice) -> list[Check]:
    """A corner of the core: all is shared out, nobody would leave, and two are on the brink."""
    three, corners = (run.n == 3, "corners are drawn for three players"), run.corners
    some = corners is not None and len(corners) > 0
    gaps = [
        [x.sum() - run.total, *run.excess(x)[1:-1].sort().values[-2:]]
        for x in (corners if some else ())
    ]
    claim = (
        "at each corner of the core all is shared out, and the two coalitions that ask most get "
    )
    claim += "just what they could have alone: largest gap"
    return [same("", claim, gaps, 0.0, tol=run.tol, needs=(three, (some, "the core is empty")))]


# --- words ---------------------------------------------------------------------------------------


def says(run: Lattice, *, rule: str, game: str = "") -> str:
    """What each player gets, what the rule looked at breaks, and whether anybody would leave."""
    chosen, total = run.of(rule), f"v(N) − v(∅) = {number(run.total)}"
    if chosen.values is None:
        told = "The Banzhaf values sum to 0 here, so they cannot be rescaled to v(N) − v(∅)."
        return f"{told} Shapley gives {row(run.phi, run.names)}.{sheets.told(game)}"
    if rule == "shapley":
        told = f"Shapley gives {row(run.phi, run.names)}: together {total}."
    else:
        sums = number(chosen.values.sum(), zero=run.slack)
        together = f"together {total}" if not chosen.gaps[0] else f"together {sums}, not {total}"
        told = f"“{RULES[rule]}” gives {row(chosen.values, run.names)}: {together}."
        broken = [name for name, gap in zip(AXIOMS, chosen.gaps, strict=True) if gap]
        told += f" It breaks {_listed(broken)}." if broken else ""
    return f"{told} {_stability(run, rule)}{sheets.told(game)}"


def _listed(names: list[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def _stability(run: Lattice, name: str) -> str:
    """Whether the shares of a rule are in the core, and who would leave."""
    rule, corners = run.of(name), run.corners
    if corners is not None and not len(corners):
        return "The core is empty: however it is shared, some coalition does better alone."
    if rule.gaps[0]:
        return "That shares out another amount, so the core does not enter."
    whose, e = "φ" if name == "shapley" else "It", run.excess(rule.values)
    if rule.in_core:
        return f"{whose} lies in the core: no coalition does better alone."
    S = int(e[1:-1].argmax()) + 1
    gain = number(float(e[S]))
    told = f"pays {gain} more than alone" if run.costs else f"could gain {gain} by leaving"
    return f"{whose} is not in the core: {spelled(S, run.names)} {told}."


def _plain_mean(run: Lattice, rule: str) -> tuple[str, dict[str, str]]:
    sums = float(run.of(rule).values.sum())
    facts = {"sums": number(sums, zero=run.slack), "total": number(run.total)}
    if abs(sums - run.total) <= run.slack:
        return "exactly", facts
    return ("more" if sums > run.total else "less"), facts


answers = {
    "glove": lambda run, rule: (run.of(rule).values[0].item(), {"times": number(6 * run.phi[0])}),
    "votes": lambda run, rule: float(run.of(rule).values[2]),
    "plain_mean": _plain_mean,
}
