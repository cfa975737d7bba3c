import itertools

import pytest
import torch

from core.experiments.matrix_calculus import vectors_claims as claims
from core.experiments.matrix_calculus.vectors import IDS, check
from core.matrix_calculus import numbers
from pages.figures.matrix_calculus.vectors import figure
from tests.forgery import failures

AT = {"identity": "row", "layout": "denominator", "written": "right", "n": 3, "m": 4, "seed": 1}
CORNERS = [(1, 1), (6, 6), (1, 6), (6, 1), (2, 5)]


def red(run, **values) -> list[str]:
    return failures(claims.checks(run, **AT | values))


@pytest.mark.parametrize("written", ["right", "other", "guess", "printed"])
@pytest.mark.parametrize("identity", IDS)
def test_nothing_is_red_at_any_size(identity, written):
    for (n, m), layout, seed in itertools.product(CORNERS, ("denominator", "numerator"), (0, 77)):
        values = {"identity": identity, "layout": layout, "written": written} | {
            "n": n, "m": m, "seed": seed
        }  # fmt: skip
        assert red(check(**values), **values) == [], values


def test_a_is_the_derivative_of_a_row_times_a():
    run = check(m=5)
    assert run.autograd.shape == (3, 5)
    torch.testing.assert_close(run.autograd, numbers("MC-16", 3, 5, 1)["A"])
    assert claims.answers["shape"](run) == "same"
    assert claims.answers["shape"](check(m=5, layout="numerator")) == "turned"
    assert claims.answers["shape"](check(m=5, written="guess")) == "vector"


def test_one_formula_is_right_in_one_layout():
    values = {"identity": "scaled", "written": "other"}
    told = claims.says(check(**values), **AT | values)
    assert "cannot be multiplied: f has 1 column, ∂u/∂x has 3 rows" in told
    assert told.endswith("it is right in numerator layout.")


def test_a_square_hides_a_missing_transpose_from_the_edges_only():
    values = {"identity": "mapped", "written": "guess", "n": 3, "m": 3}
    run = check(**values)
    assert not run.error and run.difference > 1
    assert "has this shape, but is off by" in claims.says(run, **AT | values)


@pytest.mark.parametrize("written", ["right", "guess", "printed"])
@pytest.mark.parametrize("field", ["autograd", "formula", "difference"])
def test_what_is_off_turns_a_check_red(field, written):
    values = {"identity": "mapped", "written": written}
    run = check(**values)
    assert red(run._replace(**{field: getattr(run, field) * 1.001 + 1e-3}), **values)


@pytest.mark.parametrize(
    ("identity", "number"),
    [("hadamard", 28), ("linear", 29), ("row", 30), ("gram", 31), ("mapped", 32), ("scaled", 27)],
)
def test_each_misprint_is_proved_wrong(identity, number):
    values = {"identity": identity, "written": "printed"}
    first = claims.checks(check(**values), **AT | values)[0]
    assert f"as printed (E-{number})" in first.claim and first.applies and first.holds
    fits = {"identity": "linear", "layout": "numerator", "written": "printed"}
    first = claims.checks(check(**fits), **AT | fits)[0]
    assert not first.applies and first.why.startswith("in this layout, or at these sizes")


def test_the_corner_sets_both_sizes():
    at = {k: v for k, v in AT.items() if k != "seed"}
    (handle,) = figure(check(), **at).panels[1].handles
    assert handle.params == ("n", "m") and handle.frees == "xy"
    moved = [a * 5 + b * -2 for a, b in handle.matrix]
    assert moved == [2, 5]
    at |= {"layout": "numerator"}
    (handle,) = figure(check(layout="numerator"), **at).panels[1].handles
    assert handle.params == ("m", "n")


@pytest.mark.parametrize("bad", [{"n": 0}, {"m": 7}, {"seed": 1000}, {"written": "x"}])
def test_refusals_name_the_parameter(bad):
    with pytest.raises(ValueError, match=f"expected {next(iter(bad))}"):
        check(**bad)
