import itertools

import numpy as np
import pytest
import torch

from core.matrix_calculus.chain import chain_cost, products, softmax_jacobian


def counted(widths, mode) -> tuple[int, np.ndarray]:
    """The product made, and its multiplications counted one product at a time."""
    rng = np.random.default_rng(0)
    factors = [rng.normal(size=(b, a)) for a, b in itertools.pairwise(widths)]
    order = factors if mode == "forward" else factors[::-1]
    total, made = 0, order[0]
    for factor in order[1:]:
        left, right = (factor, made) if mode == "forward" else (made, factor)
        total += left.shape[0] * left.shape[1] * right.shape[1]
        made = left @ right
    return total, made


@pytest.mark.parametrize("widths", [(1000, 64, 64, 1), (3, 5, 2), (1, 7, 7, 9), (4, 4), (2, 1, 3)])
def test_both_modes_make_the_same_jacobian_at_the_cost_that_is_told(widths):
    forward, reverse = (counted(widths, mode) for mode in ("forward", "reverse"))
    np.testing.assert_allclose(forward[1], reverse[1], rtol=1e-9, atol=1e-9)
    assert chain_cost(widths, 1, "forward") == forward[0]
    assert chain_cost(widths, 1, "reverse") == reverse[0]
    assert chain_cost(widths, 7, "reverse") == 7 * reverse[0]


def test_the_cost_known_before():
    assert chain_cost((1000, 64, 64, 1), 1, "forward") == 4_160_000
    assert chain_cost((1000, 64, 64, 1), 1, "reverse") == 68_096


def test_a_chain_read_backwards_swaps_the_modes():
    widths = (9, 4, 7, 2)
    assert chain_cost(widths, 1, "forward") == chain_cost(widths[::-1], 1, "reverse")
    assert products(widths, "forward") == [(7, 4, 9), (2, 7, 9)]
    assert products(widths, "reverse") == [(2, 7, 4), (2, 4, 9)]
    assert products((5, 3)) == []


def test_the_softmax_jacobian_is_that_of_autograd():
    z = torch.randn(6, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * 5
    J = softmax_jacobian(z)
    theirs = torch.autograd.functional.jacobian(lambda z: torch.softmax(z, 0), z)
    torch.testing.assert_close(J, theirs, rtol=1e-12, atol=1e-15)
    assert J.sum(0).abs().max() < 1e-15 and J.sum(1).abs().max() < 1e-15
    assert torch.linalg.eigvalsh(J).min() > -1e-12
    assert softmax_jacobian(torch.zeros(2, 3)).shape == (2, 3, 3)


@pytest.mark.parametrize(
    ("widths", "batch", "mode", "told"),
    [
        ((5,), 1, "reverse", "expected widths to be two or more, got 1"),
        ((5, 0), 1, "reverse", r"expected widths\[1\] a whole number in \[1"),
        ((5, 2.5), 1, "reverse", r"expected widths\[1\]"),
        ((5, 2), 0, "reverse", "expected batch"),
        ((5, 2), 1, "sideways", "expected mode to be one of forward, reverse"),
    ],
)
def test_refusals_name_what_is_wrong(widths, batch, mode, told):
    with pytest.raises(ValueError, match=told):
        chain_cost(widths, batch, mode)
