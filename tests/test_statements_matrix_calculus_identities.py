"""What the statements MC-01 to MC-18 quote is so."""

import torch

from core.matrix_calculus import IDENTITIES, LAYOUTS, compare, evaluate, numbers, true_in
from tests.said import text, why


def test_which_printed_lines_are_true_in_which_layout():
    told = why("MC-01")
    groups = ["MC-11", "MC-15"], ["MC-08"], ["MC-13", "MC-14"], ["MC-04"]
    where = ("numerator",), ("denominator",), LAYOUTS, ()
    for ids, layouts in zip(groups, where, strict=True):
        for identity in ids:
            assert identity in told
            assert true_in(identity, 3, 4, 1, "printed") == layouts == IDENTITIES[identity].layouts


def test_the_edges_of_the_printed_inner_product():
    assert "1 column, and $\\frac{\\partial g}{\\partial x}$ has 3 rows or 4" in why("MC-04")
    v = numbers("MC-04", 3, 4, 1)
    for layout, rows in (("denominator", 3), ("numerator", 4)):
        run = evaluate("MC-04", layout, v)
        (slopes,) = [f for term in run.terms for f in term if f.name == "∂g/∂x"]
        assert slopes.rows == rows


def test_what_the_printed_bilinear_form_misses():
    v = numbers("MC-05", 3, 4, 1)
    f, slopes = v["F"] @ v["x"].square() / 2, (v["G"] * v["x"]).T
    assert float((slopes @ v["A"].T @ f).abs().max()) == 56 and "off by $56$" in why("MC-05")


def test_the_quadratic_form_by_hand():
    A, x = torch.tensor([[1, 2], [0, 3]]).double(), torch.ones(2).double()
    assert ((A + A.T) @ x).tolist() == [4, 8] and (2 * A @ x).tolist() == [6, 6]
    assert "it is $(4,8)$, not $(6,6)$" in text("MC-07")


def test_least_squares_is_a_case_of_two_affine_maps():
    v = numbers("MC-08", 3, 4, 5)
    v |= {"C": torch.eye(4).double(), "D": v["A"], "e": v["b"]}
    run = evaluate("MC-08", "denominator", v)
    expected = 2 * v["A"].T @ (v["A"] @ v["x"] + v["b"])
    torch.testing.assert_close(run.formula[:, 0], expected)


def test_the_squared_norm_is_doubled_and_its_last_member_has_no_product():
    run = compare("MC-09", "denominator", 3, 4, 1, printed=True)
    torch.testing.assert_close(run.formula, 2 * run.autograd)
    assert "twice the truth" in why("MC-09")
    assert compare("MC-09", "numerator", 3, 4, 1, written="denominator").error


def test_the_second_term_of_a_product_has_rank_one():
    run = compare("MC-11", "denominator", 4, 5, 2)
    v = numbers("MC-11", 4, 5, 2)
    rest = run.formula - v["x"] @ v["Q"] @ v["x"] / 2 * (v["F"] * v["x"]).T
    assert int(torch.linalg.matrix_rank(rest)) == 1 and "rank one" in text("MC-11")


def test_the_shapes_that_are_told():
    assert compare("MC-16", "denominator", 3, 5, 1).formula.numel() == 15
    assert "15 slopes" in text("MC-16")
    run = compare("MC-15", "denominator", 3, 4, 1, printed=True)
    assert tuple(run.formula.shape) == (4, 3) and tuple(run.autograd.shape) == (3, 4)


def test_an_entry_by_entry_product_of_functions():
    x = torch.tensor([1.0, -2.0, 0.5]).double()
    f, g = (torch.tensor([[1.0, 2, 0], [0, 1, 1], [3, 0, 1]]).double() * s for s in (1, -0.5))
    found = torch.func.jacrev(lambda at: (f @ at.square()) * (g @ at))(x)
    slopes = torch.func.jacrev(lambda at: f @ at.square())(x)
    expected = torch.diag(f @ x.square()) @ g + torch.diag(g @ x) @ slopes
    torch.testing.assert_close(found, expected)
    assert r"$\operatorname{diag}(f)J_g+\operatorname{diag}(g)J_f$" in text("MC-12")
