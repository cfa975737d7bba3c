"""What the statements and texts on Shapley values say is so."""

import math
import re
from collections.abc import Callable
from fractions import Fraction
from itertools import combinations, permutations, product
from pathlib import Path

import pytest
import torch

from core import table
from core.experiments.shapley.everyone import everyone
from core.experiments.shapley.patches import patches
from core.rng import generator
from core.shapley import (
    banzhaf_values,
    core_vertices,
    glove,
    in_core,
    interaction_index,
    last_in,
    permutation_estimate,
    random_game,
    shapley_values,
    shapley_weights,
    voting,
)
from core.statements import load
from pages.experiments.shapley.everyone import EXPERIMENT as EVERYONE
from pages.experiments.shapley.patches import EXPERIMENT as PATCHES

ASSETS = Path(__file__).resolve().parents[1] / "assets"
IDS = [*(f"XAI-{n}" for n in range(14, 23)), "ROB-15"]


def words(place: str) -> str:
    """A text of assets, or everything a statement says; white space made one space."""
    if place.endswith(".md"):
        return " ".join((ASSETS / place).read_text(encoding="utf-8").split())
    entry = load()[place]
    errata = [part for e in entry.errata for part in (e.printed, e.corrected, e.why)]
    return " ".join(" ".join([entry.statement, entry.needs, *errata]).split())


def t(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def holding(n: int, i: int, j: int) -> Fraction:
    """Share of the sets without i that hold j."""
    sets = [S for S in range(2**n) if not S >> i & 1]
    return Fraction(sum(S >> j & 1 for S in sets), len(sets))


def many_orders(M: int) -> float:
    """Standard deviation of player 1's mean over M orders of the gloves, over all draws."""
    one = [float(order.index(0) > 0) for order in permutations(range(3))]
    means = [sum(drawn) / M for drawn in product(one, repeat=M)]
    middle = sum(means) / len(means)
    return math.sqrt(sum((x - middle) ** 2 for x in means) / len(means))


def test_numbers_in_words_and_in_statements_are_right():
    for place, sentence, holds in (
        ("XAI-14", "drag any of the eight bars", len(glove()) == 8),
        ("XAI-15", "half of the sets hold $j$ already", holding(5, 3, 1) == Fraction(1, 2)),
        (
            "XAI-17",
            r"the party with $2\%$ of the votes has a third of the power",
            shapley_values(voting((49, 49, 2))).tolist() == pytest.approx([1 / 3] * 3),
        ),
        (
            "XAI-18",
            r"correlation $0.9$, $x=(1,1)$ the conditional game gives $(0.55,\,0.45)$, the "
            r"interventional one $(1,\,0)$",
            shapley_values(t(0, 1, 0.9, 1)).tolist() == pytest.approx([0.55, 0.45])
            and shapley_values(t(0, 1, 0, 1)).tolist() == [1, 0],
        ),
        ("XAI-18", r"and $\varphi_2$ is $0$", float(shapley_values(t(0, 1, 0, 1))[1]) == 0),
        ("theory/shapley.md", "$p=20$ is a million values", round(2**20 / 1e6) == 1),
        (
            "theory/shapley.md",
            r"falls as $1/\sqrt M$: four times the orders halve it",
            many_orders(1) / many_orders(4) == pytest.approx(2),
        ),
        (
            "teaching/shapley.md",
            "shares that nobody would leave are $(1,0,0)$",
            core_vertices(glove()).tolist() == [[1, 0, 0]],
        ),
        ("teaching/shapley.md", "Write down the six orders", math.factorial(3) == 6),
    ):
        assert sentence in words(place) and holds, sentence


@pytest.mark.parametrize("id", IDS)
def test_no_decimal_and_no_fraction_stands_in_a_statement_unchecked(id):
    text = words(id).replace(r"correlation $0.9$", "").replace(r"$(0.55,\,0.45)$", "")
    assert re.findall(r"\d+\.\d+|\\t?frac\d\d", text) == []


def test_every_size_is_equally_likely_and_given_its_size_every_group():
    """theory, XAI-16: w(S) is the chance that exactly S comes before j; it sums to 1."""
    n, j = 5, 2
    before = [frozenset(order[: order.index(j)]) for order in permutations(range(n))]
    for S in (S for size in range(n) for S in combinations([0, 1, 3, 4], size)):
        share = before.count(frozenset(S)) / len(before)
        size = len(S)
        assert share == pytest.approx(1 / n / math.comb(n - 1, size))
        assert share == pytest.approx(float(shapley_weights(n)[size]))
    assert len(set(before)) == 2 ** (n - 1)  # the edges of j (XAI-15)


def test_the_smallest_and_the_largest_sets_weigh_most():
    """XAI-16."""
    w = shapley_weights(8)
    assert w.argsort(descending=True)[:2].tolist() in ([0, 7], [7, 0])
    assert (w[:4].diff() < 0).all() and (w[4:].diff() > 0).all()


def in_order(v: torch.Tensor) -> torch.Tensor:
    return v[[2**k - 1 for k in range(5)]].diff()


def broken(rule: Callable[[torch.Tensor], torch.Tensor]) -> list[str]:
    """Axioms that a rule for four players misses on games made to test them."""
    S = torch.arange(16)
    sizes = sum(S >> i & 1 for i in range(4))
    w = random_game(4, 11)
    alike = t(*[w[(s & 12) | (1, 2, 4, 8)[(s & 1) + (s >> 1 & 1)] % 8] for s in range(16)])
    dummy = w[S & 7] + 0.7 * (S >> 3).double()  # player 4 always brings 0.7
    v = sizes.double() ** 2 + w
    tests = {
        "efficiency": rule(w).sum() - (w[-1] - w[0]),
        "symmetry": rule(alike)[0] - rule(alike)[1],
        "dummy": rule(dummy)[3] - 0.7,
        "linearity": (rule(2 * v - 3 * dummy) - 2 * rule(v) + 3 * rule(dummy)).abs().max(),
    }
    return [name for name, gap in tests.items() if abs(float(gap)) > 1e-9]


def test_banzhaf_and_last_in_break_efficiency_alone_and_one_order_symmetry_alone():
    """theory, XAI-22."""
    assert broken(shapley_values) == []
    assert broken(banzhaf_values) == ["efficiency"]
    assert broken(last_in) == ["efficiency"]
    assert broken(in_order) == ["symmetry"]


@pytest.mark.parametrize("pair", [3, 5])
def test_with_one_pair_of_gloves_worth_nothing_the_value_lies_in_the_core(pair):
    """teaching, the second solution of the task on one bar."""
    v = glove()
    v[pair] = 0.0
    assert in_core(v, shapley_values(v)) and not in_core(glove(), shapley_values(glove()))


def test_contexts_of_opposite_sign_cancel():
    """teaching, the task on interactions: a third player turns help into hindrance; theory, XOR."""
    for v, expected in (([0, 0, 0, 1, 0, 0, 0, -1], [1, -1]), ([0, 1, 1, 0, 1, 0, 0, 1], [-2, 2])):
        assert [v[S | 3] - v[S | 1] - v[S | 2] + v[S] for S in (0, 4)] == expected
        assert float(interaction_index(t(*v))[0, 1]) == pytest.approx(0)


def test_a_hundred_times_the_orders_are_one_more_digit():
    """XAI-17: error ∝ 1/√M; teaching, the task on the queue."""
    v = random_game(4, 9)
    phi = shapley_values(v)

    def off(M: int) -> float:
        runs = [permutation_estimate(v, M, generator(seed)).contributions for seed in range(1500)]
        return float(torch.stack([(r.mean(0) - phi) ** 2 for r in runs]).mean().sqrt())

    assert off(1) / off(100) == pytest.approx(10, rel=0.05)


def test_sampled_orders_ask_for_about_m_times_p_values():
    """theory, by orders."""
    asked = 0

    def v(rows: torch.Tensor) -> torch.Tensor:
        nonlocal asked
        asked += len(rows)
        return rows.double().sum(-1) ** 2

    permutation_estimate(v, 30, generator(0), n_players=12)
    assert asked == pytest.approx(30 * 12, rel=0.2)


def test_three_columns_of_size_move_f_more_than_concavity():
    """everyone, Three names for one size."""
    *_, run = everyone(**EVERYONE.inputs(EVERYONE.preset("Three names for one size")))
    names = list(run.table.features)
    size = run.phi[:, [names.index(n) for n in ("radius", "perimeter", "area")]].sum(1)
    concavity = run.phi[:, names.index("concavity")].abs().mean()
    assert size.abs().mean() > concavity > run.phi.abs().mean(0)[names.index("radius")]


def test_two_pixels_close_the_loop():
    """patches, Close the loop with the pen."""

    def read(*cells: tuple[int, int]) -> int:
        x = patches(**PATCHES.inputs(PATCHES.preset("Close the loop with the pen"))).x.clone()
        for cell in cells:
            x[cell] = 16
        return patches(source="drawing", pixels=table.write(x)).target

    assert [read(cell) for cell in ((2, 2), (2, 3), (3, 2), (3, 3))] == [3] * 4
    assert read((3, 2), (3, 3)) == 9
