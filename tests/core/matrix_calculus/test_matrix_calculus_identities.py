"""Every identity against torch.func.jacrev, and every printed line that is wrong."""

import itertools

import numpy as np
import pytest
import torch

from core.matrix_calculus import (
    IDENTITIES,
    LAYOUTS,
    compare,
    evaluate,
    holds,
    numbers,
    rule,
    state,
    stepped,
    theorem,
    true_in,
)
from core.matrix_calculus.verdicts import CLOSED, ERRATA

SIZES = [(3, 4), (4, 3), (1, 1), (2, 5), (6, 1), (1, 6), (5, 2)]
POLYNOMIAL = [k for k, one in IDENTITIES.items() if one.variable == "x"]
PRINTED = [k for k, one in IDENTITIES.items() if one.printed]


def jacobian(identity: str, layout: str, values: dict, printed: bool = False) -> torch.Tensor:
    one = IDENTITIES[identity]
    y = one.side(printed)[2]
    found = torch.func.jacrev(lambda at: y({**values, one.variable: at}))(values[one.variable])
    if one.variable != "x":
        return found if layout == "denominator" else found.T
    found = torch.atleast_2d(found)
    return found.T if layout == "denominator" else found


def test_there_are_24():
    assert list(IDENTITIES) == [f"MC-{n:02d}" for n in range(1, 25)]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("identity", IDENTITIES)
def test_the_formula_is_the_jacobian_in_its_layout(identity, layout):
    for (n, m), seed in itertools.product(SIZES, (0, 1, 5)):
        run = compare(identity, layout, n, m, seed)
        truth = jacobian(identity, layout, numbers(identity, n, m, seed))
        assert run.formula.dtype == torch.float64
        torch.testing.assert_close(run.autograd, truth, rtol=1e-12, atol=1e-12)
        torch.testing.assert_close(run.formula, truth, rtol=1e-9, atol=1e-9)
        assert run.difference < 1e-9 and holds(run) and not run.error and state(run) == "right"


@pytest.mark.parametrize("identity", POLYNOMIAL)
def test_the_second_routes_agree_with_the_first(identity):
    for (n, m), printed in itertools.product(SIZES, (False, True)):
        values = numbers(identity, n, m, 3, printed)
        for layout in LAYOUTS:
            truth = jacobian(identity, layout, values, printed)
            np.testing.assert_allclose(stepped(identity, layout, values, printed), truth, atol=1e-9)
        assert identity not in CLOSED or theorem(identity, "numerator", n, m, 3).holds


@pytest.mark.parametrize("identity", PRINTED)
def test_the_printed_line_is_true_where_the_table_says(identity):
    one = IDENTITIES[identity]
    for (n, m), seed in itertools.product([(3, 4), (5, 2)], (1, 2, 3)):
        assert true_in(identity, n, m, seed, "printed") == one.layouts


def test_the_printed_lines_fail_by_value_or_by_shape():
    """E-21 to E-32 in denominator layout, the one that is announced."""
    found = {k: compare(k, "denominator", 3, 4, 1, printed=True) for k in ERRATA if k != "MC-01"}
    states = {k: state(run) for k, run in found.items()}
    assert states == {
        "MC-03": "shape", "MC-04": "clash", "MC-05": "clash", "MC-06": "shape", "MC-07": "shape",
        "MC-09": "value", "MC-11": "clash", "MC-12": "value", "MC-15": "shape", "MC-16": "shape",
        "MC-17": "shape", "MC-18": "value",
    }  # fmt: skip
    assert {k: ERRATA[k] for k in ("MC-01", "MC-11", "MC-18")} == {
        "MC-01": 20, "MC-11": 27, "MC-18": 32
    }  # fmt: skip
    assert found["MC-11"].error == "f has 1 column, ∂u/∂x has 3 rows"
    assert found["MC-16"].formula.shape == (4, 1)
    assert "transposed it is right" in found["MC-15"].error


def test_no_order_of_the_printed_inner_product_fits_in_either_layout():
    """E-22: the second term has no product, the first fits J alone."""
    for layout in LAYOUTS:
        run = compare("MC-04", layout, 3, 4, 1, printed=True)
        assert state(run) == "clash"
    assert "f has 1 column" in run.error


def test_leaving_out_what_a_constant_seems_to_give_is_off_by_the_other_term():
    """E-23."""
    run = compare("MC-05", "numerator", 3, 4, 1, printed=True)
    v = numbers("MC-05", 3, 4, 1)
    f, missing = v["F"] @ v["x"] ** 2 / 2, (v["G"] * v["x"]).T @ v["A"].T
    off = float((missing @ f).abs().max())
    assert off > 1 and run.error.endswith(f"transposed it is off by {off:.4g}")


def test_a_projector_hides_the_erratum_of_a_f():
    """E-32: A ∂x/∂x is right exactly where AᵀA = A."""
    p = torch.tensor([[0.5, 0.5], [0.5, 0.5]], dtype=torch.float64)
    x = torch.tensor([1.0, -2.0], dtype=torch.float64)
    assert holds(evaluate("MC-18", "denominator", {"x": x, "A": p}, "printed"))
    assert not holds(evaluate("MC-18", "denominator", {"x": x, "A": 2 * p}, "printed"))


def test_the_quadratic_form_by_hand():
    A = torch.tensor([[1, 2], [0, 3]], dtype=torch.float64)
    x = torch.ones(2, dtype=torch.float64)
    for values in ({"A": A, "x": x}, numbers("MC-07", 2, 1, 0)):
        assert evaluate("MC-07", "denominator", values).formula.flatten().tolist() == [4, 8]
        wrong = evaluate("MC-07", "denominator", values, "guess")
        assert wrong.formula.flatten().tolist() == [6, 6] and wrong.difference == 2
        assert evaluate("MC-07", "numerator", values).formula.tolist() == [[4, 8]]


def test_the_middle_of_the_squared_norm_is_twice_the_truth():
    for layout in LAYOUTS:
        run = compare("MC-09", layout, 3, 4, 1, printed=True)
        torch.testing.assert_close(run.formula, 2 * run.autograd)
    last = compare("MC-09", "numerator", 3, 4, 1, written="denominator")
    assert last.error == "∂f/∂x has 3 columns, f has 4 rows"


def test_the_row_vector_map_has_the_shape_of_a():
    run = compare("MC-16", "denominator", 3, 5, 1)
    assert run.formula.shape == (3, 5)
    torch.testing.assert_close(run.formula, numbers("MC-16", 3, 5, 1)["A"])
    assert compare("MC-16", "numerator", 3, 5, 1).formula.shape == (5, 3)


def test_a_constant_has_a_derivative_of_zeros_in_the_right_shape():
    for layout, shapes in (("denominator", [(3, 1), (3, 4)]), ("numerator", [(1, 3), (4, 3)])):
        for identity, shape in zip(("MC-10", "MC-13"), shapes, strict=True):
            run = compare(identity, layout, 3, 4, 2)
            assert run.autograd.shape == shape and not run.autograd.any() and holds(run)


def test_the_log_determinant_works_below_zero():
    X = torch.tensor([[0.0, 1.0], [1.0, 0.0]], dtype=torch.float64)
    run = evaluate("MC-22", "denominator", {"X": X})
    assert torch.det(X) < 0 and holds(run)


def test_one_formula_in_two_layouts():
    assert true_in("MC-11", 3, 4, 1, "numerator") == ("numerator",)
    assert true_in("MC-11", 1, 1, 1, "numerator") == LAYOUTS
    assert rule("MC-11", "denominator") == "∂(u f)/∂x = u ∂f/∂x + ∂u/∂x fᵀ"


def test_numbers_are_whole_and_no_entry_of_a_vector_is_zero():
    values = numbers("MC-08", 6, 5, 11)
    assert all((one == one.round()).all() and one.abs().max() <= 2 for one in values.values())
    assert values["b"].abs().min() >= 1
    again = numbers("MC-08", 6, 5, 11)
    assert all((one == again[k]).all() for k, one in values.items())


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ({"identity": "MC-25"}, "expected identity to be one of MC-01"),
        ({"layout": "row"}, "expected layout"),
        ({"n": 0}, r"expected n a whole number in \[1, 6\], got 0"),
        ({"m": 7}, "expected m"),
        ({"identity": "MC-20", "printed": True}, "expected an identity that is printed"),
        ({"written": "wrong"}, "expected written"),
    ],
)
def test_refusals_say_what_was_expected(bad, told):
    given = {"identity": "MC-07", "layout": "denominator", "n": 3, "m": 4, "seed": 1}
    with pytest.raises(ValueError, match=told):
        compare(**given | bad)
