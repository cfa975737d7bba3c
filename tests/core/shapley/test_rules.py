"""Eight rules against sets and orders in plain Python, and their lamps."""

import itertools
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.shapley import glove, in_core, unanimity
from core.shapley.rules import RULES, dummies, rules, twins, values

MOST = 5


def rule_of(worth, name):
    return rules(torch.tensor(worth, dtype=torch.float64), False)[list(RULES).index(name)]


# tables with many ties, so that symmetric players and dummies occur
TABLES = st.integers(1, MOST).flatmap(
    lambda n: st.one_of(
        st.lists(st.integers(-2, 2).map(float), min_size=2**n, max_size=2**n),
        st.lists(st.floats(-9, 9, width=32), min_size=2**n, max_size=2**n),
    )
)


def by_hand(worth: list[float], rule: str) -> list[float]:
    """Every rule from sets and orders, in plain Python."""
    n = len(worth).bit_length() - 1
    N = range(n)
    v = {frozenset(i for i in N if S >> i & 1): x for S, x in enumerate(worth)}
    total = v[frozenset(N)] - v[frozenset()]

    def delta(j: int, S: frozenset) -> float:
        return v[S | {j}] - v[S]

    def weight(S: frozenset) -> float:
        return math.factorial(len(S)) * math.factorial(n - len(S) - 1) / math.factorial(n)

    orders = list(itertools.permutations(N))
    beta = [sum(delta(j, S) for S in v if j not in S) / 2 ** (n - 1) for j in N]
    match rule:
        case "shapley":
            return [
                sum(delta(j, frozenset(o[: o.index(j)])) for o in orders) / len(orders) for j in N
            ]
        case "banzhaf":
            return beta
        case "last":
            return [delta(j, frozenset(N) - {j}) for j in N]
        case "first":
            return [delta(j, frozenset()) for j in N]
        case "order":
            return [delta(j, frozenset(range(j))) for j in N]
        case "equal":
            return [total / n] * n
        case "rescaled":
            return [b * total / sum(beta) for b in beta]
    # as printed: S may hold j already, and must not hold the next player
    return [sum(weight(S) * delta(j, S) for S in v if (j + 1) % n not in S) for j in N]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("n", range(1, MOST + 1))
def test_a_rule_from_the_lattice_is_the_rule_from_sets_and_orders(rule, n):
    worth = torch.randn(2**n, generator=torch.Generator().manual_seed(n), dtype=torch.float64)
    found = rule_of(worth.tolist(), rule).values
    assert found.tolist() == pytest.approx(by_hand(worth.tolist(), rule), abs=1e-9)


# --- lamps ---------------------------------------------------------------------------------------


def lamps(worth, rule: str) -> str:
    """+ holds, x broken, . nothing to test, in the order of the axioms."""
    return "".join("." if gap is None else "x" if gap else "+" for gap in rule_of(worth, rule).gaps)


def test_each_axiom_is_broken_alone_by_some_rule():
    pair, dummy = glove().tolist(), unanimity().tolist()
    assert lamps(pair, "shapley") == "++.+" and lamps(dummy, "shapley") == "++++"
    assert lamps(pair, "banzhaf") == lamps(pair, "first") == "x+.+"
    assert lamps(pair, "order") == "+x.+"
    assert lamps(dummy, "equal") == "++x+"
    assert lamps([0, 1, 2, 3], "equal") == "+.x+"  # both players add 1, add 2 to everything
    assert lamps([5, 6, 7, 8], "shapley") == "+.++"
    assert lamps(pair, "rescaled") == "++.x"
    assert lamps([0, 0, 0, 1], "last") == "x+.+"
    assert lamps(pair, "printed")[:2] == "xx"


@given(TABLES)
@settings(max_examples=60)
def test_no_lamp_of_the_shapley_value_ever_goes_out(worth):
    v = torch.tensor(worth, dtype=torch.float64)
    assert "x" not in lamps(worth, "shapley")
    n = len(v).bit_length() - 1
    for i, k in itertools.combinations(range(n), 2):
        alike = all(v[S] == v[swapped(S, i, k)] for S in range(len(v)))
        assert not alike or (i, k) in twins(v)
    for j in range(n):
        without = [S for S in range(len(v)) if not S >> j & 1]
        idle = all(v[S | 1 << j] - v[S] == v[1 << j] - v[0] for S in without)
        assert not idle or j in dummies(v)


def swapped(S: int, i: int, k: int) -> int:
    """The coalition with players i and k exchanged."""
    return S & ~(1 << i | 1 << k) | (S >> i & 1) << k | (S >> k & 1) << i


def test_linearity_is_tested_with_a_second_game():
    v = torch.randn(2, 8, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    of_sum, of_each = values(v.sum(0)), values(v)
    for name in RULES:
        bent = float((of_sum[name] - of_each[name].sum(0)).abs().max())
        assert (bent > 1e-3) == (name == "rescaled")


@given(TABLES, st.booleans())
@settings(max_examples=40)
def test_a_rule_stays_in_the_core_where_the_core_says_so(worth, costs):
    v, sign = torch.tensor(worth, dtype=torch.float64), -1 if costs else 1
    for rule in rules(v, costs):
        if rule.values is not None:
            assert rule.in_core == in_core(sign * v, sign * rule.values)
