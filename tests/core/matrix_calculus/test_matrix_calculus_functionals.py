import math

import numpy as np
import pytest
import torch

from core.matrix_calculus.functionals import (
    NAMES,
    Undefined,
    central_difference,
    cofactors,
    determinant,
    given,
    gradient,
    singular,
    tied,
    value,
)


def random(n: int, seed: int = 0) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).normal(size=(n, n)))


@pytest.mark.parametrize("n", [1, 2, 3, 4])
@pytest.mark.parametrize("f", NAMES)
def test_the_gradient_is_that_of_central_differences(f, n):
    for seed in range(5):
        X = random(n, seed)
        near = [central_difference(f, X, h) for h in (2e-4, 1e-4)]
        torch.testing.assert_close(
            gradient(f, X), (4 * near[1] - near[0]) / 3, rtol=1e-6, atol=1e-6
        )


def test_two_right_answers_at_a_symmetric_matrix():
    """pytorch#22807: every entry by itself, or a matrix kept symmetric."""
    G = gradient("logdet", torch.tensor([[2.0, 1.0], [1.0, 3.0]]))
    np.testing.assert_allclose(G, [[0.6, -0.2], [-0.2, 0.4]], rtol=1e-14)
    np.testing.assert_allclose(tied(G), [[0.6, -0.4], [-0.4, 0.4]], rtol=1e-14)


def test_the_length_has_its_gradient_where_singular_values_agree():
    """pytorch#49886."""
    X = torch.diag(torch.tensor([1.0, 1.0, 2.0, 3.0], dtype=torch.float64))
    torch.testing.assert_close(gradient("length", X), X / math.sqrt(15), rtol=1e-15, atol=0)
    with pytest.raises(Undefined, match="no gradient at X = 0"):
        gradient("length", torch.zeros(3, 3))


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_the_determinant_is_that_of_lapack(n):
    X = torch.stack([random(n, seed) for seed in range(20)])
    np.testing.assert_allclose(determinant(X), np.linalg.det(X.numpy()), rtol=1e-11, atol=1e-13)
    expected = np.linalg.det(X[0].numpy()) * np.linalg.inv(X[0].numpy()).T
    np.testing.assert_allclose(cofactors(X[0]), expected, rtol=1e-9)


def test_det_has_a_gradient_at_singular_matrices():
    X = torch.tensor([[1.0, 2.0], [2.0, 4.0]])
    assert gradient("det", X).tolist() == [[4, -2], [-2, 1]]
    rank2 = random(4)[:, :2] @ random(4, 1)[:2]
    assert gradient("det", rank2).abs().max() < 1e-14  # rank n − 2 and less: all cofactors vanish
    rank3 = random(4)[:, :3] @ random(4, 1)[:3]
    torch.testing.assert_close(
        gradient("det", rank3), central_difference("det", rank3, 0.1), rtol=1e-10, atol=1e-12
    )


def test_det_is_a_straight_line_along_every_entry():
    X = random(4)
    torch.testing.assert_close(central_difference("det", X, 5.0), gradient("det", X))


def test_a_negative_determinant_is_fine_and_none_is_refused():
    X = torch.tensor([[0.0, 1.0], [1.0, 0.0]])
    assert value("logdet", X) == 0 and gradient("logdet", X).tolist() == [[0, 1], [1, 0]]
    for f in ("logdet", "inverse"):
        with pytest.raises(ValueError, match="X is singular"):
            gradient(f, torch.ones(2, 2))
    assert singular(torch.zeros(1, 1)) and not singular(
        torch.full((1, 1), 1e-200, dtype=torch.float64)
    )


def test_the_constants_can_be_handed_over():
    X, k = random(3), given(3)
    mine = k._replace(A=torch.eye(3, dtype=torch.float64))
    torch.testing.assert_close(gradient("quadratic", X, mine), gradient("norm", X))
    with pytest.raises(ValueError, match="A, B, a and b of 3 rows"):
        gradient("quadratic", X, given(2))


@pytest.mark.parametrize("f", ["logdet", "inverse", "length", "softmax"])
def test_the_error_of_the_central_difference_falls_like_the_square_of_h(f):
    X, E = random(3) + 3 * torch.eye(3), torch.zeros(3, 3).double()
    E[0, 1] = 1
    h = torch.tensor([4e-2, 2e-2, 1e-2], dtype=torch.float64)
    errors = (central_difference(f, X, h, E) - gradient(f, X)[0, 1]).abs()
    np.testing.assert_allclose((errors[:-1] / errors[1:]).log2(), 2, atol=0.02)
    fine = torch.logspace(-13, -11, 9, dtype=torch.float64)
    rounded = (central_difference(f, X, fine, E) - gradient(f, X)[0, 1]).abs()
    assert float(rounded.median()) > 1e-6


@pytest.mark.parametrize(
    ("X", "told"),
    [
        (torch.zeros(2, 3), "got 2 x 3"),
        (torch.zeros(5, 5), "got 5 x 5"),
        (torch.zeros(0, 0), "got 0 x 0"),
        (torch.zeros(3), "got 3"),
        (torch.full((1, 1), math.nan), "finite"),
    ],
)
def test_other_sizes_are_refused(X, told):
    with pytest.raises(ValueError, match=told):
        gradient("norm", X)


def test_other_names_and_steps_are_refused():
    with pytest.raises(ValueError, match="expected functional to be one of"):
        gradient("rank", torch.eye(2))
    with pytest.raises(ValueError, match=r"expected h in \(0"):
        central_difference("norm", torch.eye(2), 0.0)
