import math
from decimal import Decimal, getcontext

import pytest
import torch
from torch.func import grad, jacrev, vmap

from core import landscapes
from core.landscapes import (
    beale,
    condition_number,
    eigenvalues_2x2,
    himmelblau,
    logistic,
    printed_condition_number,
    quadratic,
    rastrigin,
    rosenbrock,
    saddle,
    sine_valley,
)
from core.landscapes.surfaces import LOGISTIC_FEATURES, LOGISTIC_LABELS
from core.rng import generator

SURFACES = [
    quadratic(100.0, 30.0),
    rosenbrock(),
    himmelblau(),
    beale(),
    saddle(),
    rastrigin(),
    sine_valley(),
    logistic(),
]


def points(n: int, seed: int = 0, spread: float = 2.0) -> torch.Tensor:
    return spread * torch.randn(n, 2, generator=generator(seed), dtype=torch.float64)


def by_hand(name: str, p: torch.Tensor) -> torch.Tensor:
    """The textbook formula at one point."""
    x, y = p
    match name:
        case "a long valley":
            c, s = math.cos(math.pi / 6), math.sin(math.pi / 6)
            return ((c * x + s * y) ** 2 + 100 * (c * y - s * x) ** 2) / 2
        case "Rosenbrock's banana":
            return (1 - x) ** 2 + 100 * (y - x**2) ** 2
        case "Himmelblau's function":
            return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2
        case "Beale's function":
            return sum((c - x + x * y**n) ** 2 for n, c in ((1, 1.5), (2, 2.25), (3, 2.625)))
        case "a saddle":
            return x**2 - y**2 + y**4 / 4
        case "Rastrigin's function":
            return 20 + sum(z**2 - 10 * torch.cos(2 * torch.pi * z) for z in (x, y))
        case "a sine valley":
            return sum(z**2 + 3 * torch.sin(z) ** 2 for z in (x, y))
        case "a logistic loss":
            z = torch.tensor(LOGISTIC_FEATURES, dtype=torch.float64)
            labels = torch.tensor(LOGISTIC_LABELS, dtype=torch.float64)
            return torch.log1p(torch.exp(-labels * (z @ p))).mean()
    raise AssertionError(name)


@pytest.mark.parametrize("surface", SURFACES, ids=lambda s: s.name)
def test_values_and_derivatives_are_those_of_the_textbook_formula_by_autograd(surface):
    x = points(200)
    f = lambda p: by_hand(surface.name, p)  # noqa: E731
    close = {"rtol": 1e-11, "atol": 1e-11}
    torch.testing.assert_close(surface.f(x), vmap(f)(x), **close)
    torch.testing.assert_close(surface.grad(x), vmap(grad(f))(x), **close)
    torch.testing.assert_close(surface.hessian(x), vmap(jacrev(grad(f)))(x), **close)


@pytest.mark.parametrize("surface", SURFACES, ids=lambda s: s.name)
def test_gradients_are_finite_differences(surface):
    x, h = points(50, seed=1, spread=1.0), 1e-6
    steps = h * torch.eye(2, dtype=torch.float64)
    difference = torch.stack([(surface.f(x + s) - surface.f(x - s)) / (2 * h) for s in steps], -1)
    torch.testing.assert_close(surface.grad(x), difference, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("surface", SURFACES, ids=lambda s: s.name)
@pytest.mark.parametrize("batch", [(), (3,), (4, 1, 5), (0,)])
def test_any_leading_dimensions_are_a_batch(surface, batch):
    x = points(math.prod(batch)).reshape(*batch, 2).float()
    assert surface.f(x).shape == batch
    assert surface.grad(x).shape == (*batch, 2)
    assert surface.hessian(x).shape == (*batch, 2, 2)
    assert surface.f(x).dtype == surface.grad(x).dtype == surface.hessian(x).dtype == torch.float64


@pytest.mark.parametrize("surface", SURFACES, ids=lambda s: s.name)
def test_minima_are_stationary_curved_upwards_and_the_lowest_points_of_the_domain(surface):
    assert surface.grad(surface.minima).abs().max() < 1e-12
    assert (eigenvalues_2x2(surface.hessian(surface.minima)) > 0).all()
    low, high = zip(*surface.domain)
    grid = torch.stack(
        torch.meshgrid(
            *(torch.linspace(a, b, 301, dtype=torch.float64) for a, b in zip(low, high)),
            indexing="xy",
        ),
        dim=-1,
    )
    f = surface.f(grid)
    assert f.min() >= surface.f_star - 1e-12


def test_himmelblau_has_four_minima_and_the_saddle_two():
    assert len(himmelblau().minima) == 4
    assert saddle().minima[:, 1].tolist() == [math.sqrt(2), -math.sqrt(2)]
    assert saddle().f_star == pytest.approx(-1.0, abs=1e-15)
    assert eigenvalues_2x2(saddle().hessian(torch.zeros(2))).tolist() == [-2.0, 2.0]


def test_rosenbrock_is_conditioned_2508_at_its_minimum():
    assert condition_number(rosenbrock().hessian(rosenbrock().minima[0])).item() == pytest.approx(
        2508.0, abs=0.05
    )


@pytest.mark.parametrize("kappa", [1.0, 10.0, 1e6])
@pytest.mark.parametrize("angle", [0.0, 30.0, 45.0, 90.0, -120.0])
def test_a_quadratic_has_the_eigenvalues_and_axes_it_was_asked_for(kappa, angle):
    bowl = quadratic(kappa, angle)
    H = bowl.hessian(torch.zeros(2))
    torch.testing.assert_close(
        torch.linalg.eigvalsh(H),
        torch.tensor([1.0, kappa], dtype=torch.float64),
        rtol=1e-12,
        atol=1e-14 * kappa,
    )
    turn = math.radians(angle)
    flat = torch.tensor([math.cos(turn), math.sin(turn)], dtype=torch.float64)
    torch.testing.assert_close(H @ flat, flat, rtol=0, atol=1e-14 * kappa)
    torch.testing.assert_close(
        bowl.axes @ torch.diag(torch.tensor([1.0, kappa]).double()) @ bowl.axes.mT,
        H,
        rtol=1e-12,
        atol=1e-12 * kappa,
    )
    assert (bowl.mu, bowl.L, bowl.kappa) == (1.0, kappa, kappa)


def test_a_quarter_turn_swaps_the_axes_exactly():
    H = quadratic(100.0, 90.0).hessian(torch.zeros(2))
    assert H.tolist() == [[100.0, 0.0], [0.0, 1.0]]


def test_level_sets_are_ellipses_of_axis_ratio_root_kappa():
    # f = 1 at distance √(2/λ) along an eigenvector, so the ratio is √κ and not κ (ANA-20)
    bowl = quadratic(100.0, 25.0)
    flat, steep = bowl.axes.unbind(-1)
    assert bowl.f(math.sqrt(2) * flat).item() == pytest.approx(1.0, rel=1e-12)
    assert bowl.f(math.sqrt(2) / 10 * steep).item() == pytest.approx(1.0, rel=1e-12)


def test_a_batch_of_quadratics_is_the_quadratics_one_by_one():
    kappas = torch.tensor([1.0, 50.0, 1e4], dtype=torch.float64)
    angles = torch.tensor([[0.0], [70.0]], dtype=torch.float64)
    batch, x = quadratic(kappas, angles), points(1)[0]
    for i, angle in enumerate(angles[:, 0].tolist()):
        for j, kappa in enumerate(kappas.tolist()):
            one = quadratic(kappa, angle)
            assert batch.f(x)[i, j] == one.f(x)
            assert batch.grad(x)[i, j].tolist() == one.grad(x).tolist()
            assert batch.hessian(x)[i, j].tolist() == one.hessian(x).tolist()
            assert batch.axes[i, 0].tolist() == one.axes.tolist()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: quadratic(0.5), r"expected kappa in \[1, 1e\+06\], got 0.5"),
        (lambda: quadratic(2e6), r"expected kappa in \[1, 1e\+06\], got 2e\+06"),
        (lambda: quadratic(math.nan), "expected kappa in .* got nan"),
        (lambda: quadratic(torch.tensor([1.0, math.inf])), "expected kappa in .* got inf"),
        (lambda: quadratic("ten"), "expected kappa in .* got 'ten'"),
        (lambda: quadratic(10.0, angle=math.inf), r"expected angle in \[-360, 360\], got inf"),
        (lambda: sine_valley(-1.0), r"expected a in \[0, 20\], got -1"),
        (lambda: rosenbrock().f(torch.zeros(3)), r"shape \(..., 2\), got \(3,\)"),
        (lambda: rosenbrock().grad([1.0, 1.0]), r"shape \(..., 2\), got \[1.0, 1.0\]"),
        (lambda: eigenvalues_2x2(torch.eye(3)), r"\(..., 2, 2\), got \(3, 3\)"),
        (lambda: condition_number(torch.zeros(2, 3)), r"\(..., n, n\), got \(2, 3\)"),
    ],
)
def test_bad_input_is_refused_by_name_and_value(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_the_sine_valley_is_not_convex_yet_its_gradient_bounds_its_height():
    # Karimi et al. 2016: ½‖∇f‖² ≥ (1/32) (f − f*) for x² + 3 sin² x
    valley, x = sine_valley(3.0), points(4000, spread=4.0)
    assert (valley.grad(x).square().sum(-1) / 2 >= valley.f(x) / 32).all()
    assert (eigenvalues_2x2(valley.hessian(x)) < 0).any()


def test_a_higher_sine_valley_has_a_false_minimum():
    z = torch.linspace(2.0, 3.0, 100_001, dtype=torch.float64)
    x = torch.stack((z, torch.zeros_like(z)), -1)
    valley = sine_valley(8.0)
    trapped = x[valley.grad(x)[:, 0].abs().argmin()]
    assert valley.grad(trapped).abs().max() < 1e-3
    assert valley.f(trapped) > 5
    assert (eigenvalues_2x2(valley.hessian(trapped)) > 0).all()


def test_no_line_separates_the_logistic_points_so_the_minimum_is_finite():
    angles = torch.linspace(0, 2 * math.pi, 3601, dtype=torch.float64)
    w = torch.stack((angles.cos(), angles.sin()))
    margins = (
        torch.tensor(LOGISTIC_FEATURES).double()
        * torch.tensor(LOGISTIC_LABELS).double()[:, None]
        @ w
    )
    assert (margins.amin(0) < 0).all()
    assert logistic().f(1e3 * logistic().minima[0]) > logistic().f_star
    assert logistic().f(torch.zeros(2)).item() == pytest.approx(math.log(2))


def test_closed_form_eigenvalues_are_those_of_lapack():
    A = torch.randn(500, 2, 2, generator=generator(2), dtype=torch.float64)
    H = A + A.mT
    torch.testing.assert_close(eigenvalues_2x2(H), torch.linalg.eigvalsh(H), rtol=1e-13, atol=1e-13)
    assert eigenvalues_2x2(torch.zeros(2, 2)).tolist() == [0.0, 0.0]
    assert eigenvalues_2x2(torch.diag(torch.tensor([-3.0, 0.0]))).tolist() == [-3.0, 0.0]
    assert eigenvalues_2x2(torch.tensor([[0.0, 2.0], [2.0, 0.0]])).tolist() == [-2.0, 2.0]


def test_the_small_eigenvalue_keeps_its_digits():
    tiny = 2.0**-40  # det [[1, ¾], [¾, 9/16 + tiny]] = tiny exactly
    getcontext().prec = 60
    t, det = Decimal("1.5625") + Decimal(tiny), Decimal(tiny)
    small = float(2 * det / (t + (t * t - 4 * det).sqrt()))
    H = torch.tensor([[1.0, 0.75], [0.75, 0.5625 + tiny]], dtype=torch.float64)
    assert eigenvalues_2x2(H)[0].item() == pytest.approx(small, rel=1e-14, abs=0)
    by_difference = (float(t) - math.sqrt(float(t) ** 2 - 4 * tiny)) / 2
    assert by_difference != pytest.approx(small, rel=1e-6, abs=0)


@pytest.mark.parametrize("n", [2, 3, 6])
def test_condition_numbers_are_those_of_torch_and_do_not_depend_on_scale(n):
    A = torch.randn(300, n, n, generator=generator(3), dtype=torch.float64)
    torch.testing.assert_close(condition_number(A), torch.linalg.cond(A), rtol=1e-9, atol=0)
    for scale in (0.01, -1e-200, 1e150):
        torch.testing.assert_close(
            condition_number(scale * A), condition_number(A), rtol=1e-9, atol=0
        )
    Q = torch.linalg.qr(A).Q
    torch.testing.assert_close(condition_number(Q), torch.ones(300).double(), rtol=1e-12, atol=0)


def test_singular_matrices_have_infinite_condition_number():
    for rows in ([[1, 2], [2, 4]], [[0.1, 0.3], [0.3, 0.9]], [[0, 0], [0, 0]], [[1, 0], [0, 0]]):
        assert condition_number(torch.tensor(rows, dtype=torch.float64)) == math.inf
    assert condition_number(torch.ones(3, 3).double()) == math.inf
    assert condition_number(torch.zeros(3, 3).double()) == math.inf


def test_hilbert_matrices_are_ever_worse_conditioned():
    for n in range(2, 11):
        i = torch.arange(1, n + 1, dtype=torch.float64)
        hilbert = 1 / (i[:, None] + i - 1)
        torch.testing.assert_close(
            condition_number(hilbert),
            torch.linalg.cond(hilbert),
            rtol=1e-3 if n > 8 else 1e-6,
            atol=0,
        )
    assert condition_number(1 / torch.tensor([[1.0, 2], [2, 3]]).double()).item() == pytest.approx(
        19.28147, abs=1e-5
    )


def test_relative_errors_grow_by_at_most_the_condition_number():
    A = torch.tensor([[1.0, 0.99], [0.99, 0.98]], dtype=torch.float64)
    g = generator(4)
    b, db = (torch.randn(1000, 2, generator=g, dtype=torch.float64) for _ in range(2))
    x, dx = torch.linalg.solve(A, b.mT).mT, torch.linalg.solve(A, db.mT).mT
    growth = (dx.norm(dim=1) / x.norm(dim=1)) / (db.norm(dim=1) / b.norm(dim=1))
    kappa = condition_number(A)
    assert growth.max() <= kappa * (1 + 1e-9)
    assert growth.max() > kappa / 100


def test_the_printed_ratio_misjudges_saddles_shears_and_singular_matrices():
    # E-18: eigenvalue ratio 1 each, but κ₂ = 1 only for the saddle; the shear has 10002
    shear = torch.tensor([[1.0, 100.0], [0.0, 1.0]], dtype=torch.float64)
    assert printed_condition_number(shear).item() == pytest.approx(1.0)
    assert condition_number(shear).item() == pytest.approx(10002, abs=0.01)
    assert printed_condition_number(torch.diag(torch.tensor([1.0, -1.0]))) == 1.0
    assert printed_condition_number(torch.diag(torch.tensor([1.0, 0.0]))) == math.inf
    H = quadratic(250.0, 20.0).hessian(torch.zeros(2))
    assert printed_condition_number(H).item() == pytest.approx(250.0)
    assert condition_number(H).item() == pytest.approx(250.0)


def test_every_public_name_can_be_imported_from_the_package():
    for name in landscapes.__all__:
        assert getattr(landscapes, name)
