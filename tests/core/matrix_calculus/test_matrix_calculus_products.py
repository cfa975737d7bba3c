import pytest
import torch

from core.matrix_calculus import multiply, tex
from core.matrix_calculus.products import backwards, clash, find, split


def known() -> dict[str, torch.Tensor]:
    random = torch.Generator().manual_seed(3)
    sizes = {"A": (2, 3), "B": (3, 4), "x": (4, 1), "2": (1, 1)}
    return {
        k: torch.randn(size, generator=random, dtype=torch.float64) for k, size in sizes.items()
    }


def test_a_product_from_both_ends():
    k = known()
    found = multiply(["2", "A", "B", "x"], k)
    truth = float(k["2"]) * torch.linalg.multi_dot([k["A"], k["B"], k["x"]])
    torch.testing.assert_close(found.value, truth)
    torch.testing.assert_close(backwards(["2", "A", "B", "x"], k), truth)
    assert [(f.rows, f.columns) for f in found.factors[1:]] == [(2, 3), (3, 4), (4, 1)]
    assert found.clash == -1 and found.factors[0].number


def test_a_number_goes_anywhere_and_alone():
    k = known()
    torch.testing.assert_close(
        multiply(["A", "2", "B"], k).value, multiply(["2", "A", "B"], k).value
    )
    torch.testing.assert_close(multiply(["2"], k).value, k["2"])
    torch.testing.assert_close(backwards(["2"], k), k["2"])


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["A", "x"], "A has 3 columns, x has 4 rows"),
        (["Aᵀ", "2", "Bᵀ"], "Aᵀ has 2 columns, Bᵀ has 4 rows"),
        (["x", "x"], "x has 1 column, x has 4 rows"),
        (["A", "B", "A"], "B has 4 columns, A has 2 rows"),
    ],
)
def test_the_edge_that_clashes_is_named(names, told):
    found = multiply(names, known())
    assert clash(found) == told and found.value.shape == (0, 0)
    assert backwards(names, known()).shape == (0, 0)


def test_transposes_are_found_by_their_names():
    k = known() | {"∂f/∂x": torch.ones(2, 5).double()}
    assert find("(∂f/∂x)ᵀ", k).shape == (5, 2) and find("Bᵀ", k).shape == (4, 3)
    with pytest.raises(ValueError, match="expected a factor among A, B, x, 2, ∂f/∂x, got 'C'"):
        find("C", k)


def test_a_formula_is_split_and_typeset():
    assert split("u ∂f/∂x + (A+Aᵀ) x") == [["u", "∂f/∂x"], ["(A+Aᵀ)", "x"]]
    assert split("") == []
    assert tex("∂f/∂x Aᵀ") == r"\tfrac{∂f}{∂x}\,A^\top ".replace("∂", r"\partial ")
    assert tex("(∂f/∂x)ᵀ g").startswith(r"\bigl(\tfrac{\partial f}{\partial x}\bigr)^\top")
    assert tex("X⁻ᵀ + diag(a)") == r"X^{-\top} + \mathrm{diag}(a)"
