"""Inner products and condition numbers against torch.linalg, closed forms and random vectors."""

import math

import pytest
import torch

from core.convexity import amplification, gram, hilbert, inner, ratio_density, ratios, sensitivity
from core.rng import generator


def normal(*size, seed=0):
    return torch.randn(*size, generator=generator(seed), dtype=torch.float64)


B = normal(5, 5, seed=9)
M = B @ B.T + torch.eye(5, dtype=torch.float64)


def test_axioms_of_an_inner_product():
    u, v, w = normal(3, 200, 5)
    assert torch.allclose(inner(u, v, M), inner(v, u, M))
    assert torch.allclose(inner(2 * u - w, v, M), 2 * inner(u, v, M) - inner(w, v, M))
    assert (inner(u, u, M) > 0).all()
    assert torch.allclose(inner(u, v, M), torch.einsum("ni,ij,nj->n", u, M, v))
    assert torch.allclose(inner(u, v), (u * v).sum(1))


@pytest.mark.parametrize("product", [None, M])
def test_cauchy_schwarz_is_the_area(product):
    u, v = normal(2, 500, 5)
    sides, between = inner(u, u, product) * inner(v, v, product), inner(u, v, product)
    area = gram(u, v, product)
    assert torch.allclose(area, sides - between.square(), rtol=1e-9, atol=1e-9)
    assert (area >= 0).all()
    matrix = torch.stack([torch.stack([inner(a, b, product) for b in (u, v)], -1) for a in (u, v)])
    assert torch.allclose(area, torch.linalg.det(matrix.movedim(0, -1)), rtol=1e-9, atol=1e-9)


def test_in_the_plane_it_is_the_determinant():
    u, v = normal(2, 300, 2)
    cross = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    assert torch.allclose(gram(u, v), cross.square(), rtol=1e-12)
    W = torch.tensor([[2.0, 1.0], [1.0, 3.0]], dtype=torch.float64)
    assert torch.allclose(gram(u, v, W), 5 * cross.square(), rtol=1e-12)


def test_parallel_vectors():
    u = normal(50, 5)
    assert (gram(u, -3 * u, M) <= 1e-24 * inner(u, u, M).square()).all()
    almost = torch.tensor([[1.0, 1.0], [1.0, 1.0 + 1e-9]], dtype=torch.float64)
    assert float(gram(*almost)) == pytest.approx(1e-18, rel=1e-6)  # the difference would be 0
    assert float(gram(torch.zeros(3), torch.ones(3))) == 0


@pytest.mark.parametrize("d", [2, 7, 200])
def test_ratios_concentrate(d):
    found = ratios(d, 20_000, generator(1))
    assert found.min() >= 0 and found.max() <= 1
    error = float(found.std()) / math.sqrt(len(found))
    assert abs(float(found.mean()) - 1 / d) < 5 * error
    t = torch.linspace(0.02, 0.6, 30_001, dtype=torch.float64)
    share = torch.trapezoid(ratio_density(t, d), t)
    counted = ((found > 0.02) & (found < 0.6)).double().mean()
    assert abs(float(share - counted)) < 5 * 0.5 / math.sqrt(len(found))


def test_the_curriculums_matrix():
    A = torch.tensor([[1.0, 100.0], [0.0, 1.0]])
    kappa, (b, delta) = sensitivity(A)
    assert kappa == pytest.approx(10002, abs=0.01)
    assert kappa == pytest.approx(float(torch.linalg.cond(A.double())), rel=1e-9)
    assert float(amplification(A, b, delta)) == pytest.approx(kappa, rel=1e-9)


@pytest.mark.parametrize("n", [2, 3, 8])
def test_no_error_is_magnified_more(n):
    A = normal(n, n, seed=n)
    kappa, (b, delta) = sensitivity(A)
    assert kappa == pytest.approx(float(torch.linalg.cond(A)), rel=1e-9)
    assert float(amplification(A, b, delta)) == pytest.approx(kappa, rel=1e-9)
    others = amplification(A, normal(1000, n, seed=1), normal(1000, n, seed=2))
    assert (others <= kappa * (1 + 1e-9)).all()
    assert sensitivity(7.5 * A).kappa == pytest.approx(kappa, rel=1e-9)
    Q = torch.linalg.qr(A).Q
    assert sensitivity(Q).kappa == pytest.approx(1.0, rel=1e-12)


def test_hilbert_and_small_determinants():
    known = {2: 19.28, 3: 524.1, 5: 476607.3, 8: 1.526e10}
    for n, kappa in known.items():
        assert sensitivity(hilbert(n)).kappa == pytest.approx(kappa, rel=1e-3)
    assert sensitivity(0.01 * torch.eye(4)).kappa == 1.0


def test_singular_ones():
    A = torch.tensor([[1.0, 2.0], [2.0, 4.0]])
    kappa, (_, delta) = sensitivity(A)
    assert kappa == math.inf and sensitivity(torch.zeros(3, 3)).kappa == math.inf
    assert (A.double().T @ delta).norm() < 1e-12  # an error that no x can answer
    assert float(amplification(A, torch.ones(2), torch.ones(2))) == math.inf


def test_refusals():
    u = torch.ones(2)
    with pytest.raises(ValueError, match="eigenvalues in"):
        inner(u, u, torch.tensor([[1.0, 2.0], [2.0, 1.0]]))
    with pytest.raises(ValueError, match="eigenvalues in"):
        gram(u, u, torch.zeros(2, 2))
    with pytest.raises(ValueError, match="symmetric"):
        inner(u, u, torch.tensor([[1.0, 0.5], [0.0, 1.0]]))
    with pytest.raises(ValueError, match="M of shape"):
        inner(u, u, torch.eye(3))
    with pytest.raises(ValueError, match="one d"):
        inner(u, torch.ones(3))
    for d in (1, 201):
        with pytest.raises(ValueError, match="d a whole"):
            ratios(d, 10, generator(0))
    for A in (torch.ones(2, 3), torch.ones(2)):
        with pytest.raises(ValueError, match="A of shape"):
            sensitivity(A)
    with pytest.raises(ValueError, match="A in"):
        sensitivity(torch.tensor([[math.nan]]))
    with pytest.raises(ValueError, match="delta"):
        amplification(torch.eye(2), u, torch.zeros(2))
