import itertools
import random

import pytest
import torch

from core.experiments.matrix_calculus import puzzle_claims as claims
from core.experiments.matrix_calculus.puzzle import TARGETS, lay, terms
from core.matrix_calculus import compare, numbers, state
from pages.figures.matrix_calculus.puzzle import figure
from tests.forgery import failures

AT = {
    "target": "inner", "layout": "denominator", "first": 3, "second": 2, "third": 0,
    "n": 3, "m": 4, "seed": 1,
}  # fmt: skip
SOLUTIONS = {
    ("inner", "denominator"): {(2, 3, 0)},
    ("inner", "numerator"): {(4, 2, 0)},
    ("bilinear", "denominator"): {(1, 3, 4)},
    ("bilinear", "numerator"): {(5, 2, 1)},
    ("norm", "denominator"): {(1, 2, 4), (2, 1, 4), (2, 4, 1)},
    ("norm", "numerator"): {(1, 5, 2), (5, 1, 2), (5, 2, 1)},
    ("scaled", "denominator"): {(2, 5, 0)},
    ("scaled", "numerator"): {(4, 2, 0)},
    ("mapped", "denominator"): {(1, 4, 0)},
    ("mapped", "numerator"): {(3, 1, 0)},
    ("chain", "denominator"): {(1, 3, 0)},
    ("chain", "numerator"): {(3, 1, 0)},
}


def red(run, **values) -> list[str]:
    return failures(claims.checks(run, **AT | values))


@pytest.mark.parametrize(("target", "layout"), SOLUTIONS)
def test_every_puzzle_has_its_solutions_and_no_other(target, layout):
    """All 343 ways to lay the cards; an empty place may stand anywhere."""
    won = set()
    for places in itertools.product(range(7), repeat=3):
        if state(lay(target, layout, *places)) == "right" and claims.solved(target, layout, places):
            won.add((*(k for k in places if k), 0, 0, 0)[:3])
    assert won == SOLUTIONS[target, layout]


@pytest.mark.parametrize("target", TARGETS)
def test_the_solution_is_the_identity(target):
    for layout in ("denominator", "numerator"):
        (places, *_) = SOLUTIONS[target, layout]
        run = lay(target, layout, *places, 2, 5, 8)
        theirs = compare(TARGETS[target].id, layout, 2, 5, 8)
        torch.testing.assert_close(run.formula, theirs.formula)
        assert run.difference == 0


def test_nothing_is_red_however_the_cards_lie():
    rng = random.Random(4)
    for _ in range(150):
        values = {
            "target": rng.choice(list(TARGETS)),
            "layout": rng.choice(["denominator", "numerator"]),
            **{k: rng.randint(0, 6) for k in ("first", "second", "third")},
            **{k: rng.randint(1, 6) for k in ("n", "m")},
            "seed": rng.randint(0, 999),
        }
        run = lay(**values)
        assert red(run, **values) == [], values
        told = {k: values[k] for k in ("target", "layout", "first", "second", "third")}
        assert claims.says(run, **told)


def test_the_kinds_of_failure_are_told_apart():
    def said(**values):
        at = AT | values
        told = {k: at[k] for k in ("target", "layout", "first", "second", "third")}
        return claims.says(lay(**at), **told)

    assert said() == "f ∂g/∂x cannot be multiplied: f has 1 column, ∂g/∂x has 3 rows."
    assert said(first=2, second=3).startswith("Solved: with ∂g/∂x f")
    assert "fits, but is not the derivative: it is off by" in said(first=1, second=3)
    assert "can be multiplied, but the first term is 3×1, the next one 4×4" in said(
        first=3, second=4
    )
    assert said(first=0, second=0).endswith("the second term is missing.")
    assert said(target="mapped", first=0, second=0).endswith("the whole product is missing.")
    assert "not at other sizes" in said(target="chain", first=3, second=1, n=1, m=1)


@pytest.mark.parametrize("field", ["autograd", "formula", "difference"])
@pytest.mark.parametrize("places", [(2, 3), (1, 3)])
def test_what_is_off_turns_a_check_red(field, places):
    values = {"first": places[0], "second": places[1]}
    run = lay(**values)
    assert red(run._replace(**{field: getattr(run, field) * 1.001 + 1e-3}), **values)


def test_every_card_is_known_in_both_layouts_and_the_given_term_is_right():
    for target, (identity, given, cards) in TARGETS.items():
        assert len(cards) == 6 == len(set(cards))
        for layout, term in zip(("denominator", "numerator"), given, strict=True):
            if term:
                first = terms(target, layout, 0, 0, 0)[0]
                whole = compare(identity, layout, 3, 4, 1)
                assert {tuple(f.name for f in each) for each in whole.terms} >= {tuple(first)}
        assert set(numbers(identity, 2, 2, 1)) >= {"x"}


def test_every_place_has_its_handle():
    at = {k: v for k, v in AT.items() if k != "seed"}
    cards = figure(lay(), **at).panels[1]
    assert [h.params for h in cards.handles] == [("first",), ("second",), ("third",)]
    assert [h.y for h in cards.handles] == [3, 2, 0]
    assert "Laid: f, ∂g/∂x, no card." in cards.alt


@pytest.mark.parametrize("bad", [{"first": 7}, {"third": -1}, {"n": 0}, {"target": "hessian"}])
def test_refusals_name_the_parameter(bad):
    with pytest.raises(ValueError, match=f"expected {next(iter(bad))}"):
        lay(**bad)
