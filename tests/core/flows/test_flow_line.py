"""Maps of a line: closed forms, SciPy's cubic, masses of strips, samples, folds refused."""

import math
from itertools import pairwise

import pytest
import torch
from scipy.interpolate import PchipInterpolator

from core.flows import (
    LAWS,
    affine,
    by_formula,
    compose,
    draw,
    forgotten_density,
    integral,
    knots,
    line_law,
    pushforward_density,
    sinh,
    strips,
    total,
    turning_point,
)
from core.rng import generator

NORMAL = line_law("normal")
Z, X = [-3.0, -1.0, 0.0, 0.5, 2.0], [-4.0, -1.5, -1.2, 1.0, 1.4]
MAPS = {
    "affine": affine(1.5, 1.0),
    "falling": affine(-2.0, 0.3),
    "sinh": sinh(2.0, 1.0),
    "knots": knots(Z, X),
    "smooth": knots(Z, X, smooth=True),
    "smooth, falling": knots(Z, [-x for x in X], smooth=True),
    "cube": by_formula(lambda z: z**3 + z, lambda z: 3 * z**2 + 1, -40.0, 40.0),
    "composed": compose(knots(Z, X), affine(-2.0, 1.0), sinh(1.5)),
}
each_map = pytest.mark.parametrize("f", MAPS.values(), ids=MAPS)


def numbers(*values):
    return torch.tensor(values, dtype=torch.float64)


def phi(x):
    return math.exp(-x * x / 2) / math.sqrt(2 * math.pi)


# --- laws ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LAWS)
def test_density_mass_and_quantile_of_a_law_belong_together(name):
    base = line_law(name)
    z = torch.linspace(base.low, base.high, 402, dtype=torch.float64)[1:-1]
    z = z[(base.cdf(z) > 1e-6) & (base.cdf(z) < 1 - 1e-6)]
    torch.testing.assert_close(base.quantile(base.cdf(z)), z, rtol=1e-8, atol=1e-8)
    h = 1e-6
    slope = (base.cdf(z + h) - base.cdf(z - h)) / (2 * h)
    torch.testing.assert_close(slope, base.log_prob(z).exp(), rtol=1e-5, atol=1e-8)
    whole = integral(
        lambda z: base.log_prob(z).exp(),
        torch.linspace(base.low, base.high, 200, dtype=torch.float64),
    )
    assert whole == pytest.approx(1, abs=1e-12)


def test_places_without_mass_have_density_0():
    assert line_law("exponential").log_prob(numbers(-0.1)).exp() == 0
    assert line_law("uniform").log_prob(numbers(-2.1, 2.1)).exp().tolist() == [0, 0]
    assert line_law("exponential").log_prob(numbers(1.0)) == -1


def test_strips_have_equal_mass_before_and_after_a_map():
    for name in LAWS:
        base = line_law(name)
        borders = strips(base, 8)
        assert len(borders) == 9 and bool((borders.diff() > 0).all())
        torch.testing.assert_close(base.cdf(borders).diff(), torch.full((8,), 1 / 8).double())
    f = MAPS["smooth"]
    for left, right in pairwise(f.forward(strips(NORMAL, 5))):
        inner = [x for x in X if left < x < right]
        mass = integral(
            lambda x: pushforward_density(x, f.inverse, f.inverse_derivative, NORMAL.log_prob),
            torch.cat([torch.linspace(left, right, 400, dtype=torch.float64), numbers(*inner)]),
        )
        assert mass == pytest.approx(0.2, abs=1e-9)


# --- maps ----------------------------------------------------------------------------------------


@each_map
def test_inverse_and_derivative_of_a_map(f):
    z = torch.linspace(-4, 4, 333, dtype=torch.float64)
    x = f.forward(z)
    torch.testing.assert_close(f.inverse(x), z, rtol=1e-9, atol=1e-9)
    signs = x.diff().sign().unique()
    assert len(signs) == 1 and signs[0] == f.derivative(z)[0].sign()
    h = 1e-6
    away = torch.ones_like(z, dtype=torch.bool)
    for place in f.breaks:
        away &= (z - place).abs() > 1e-3
    central = (f.forward(z + h) - f.forward(z - h)) / (2 * h)
    torch.testing.assert_close(f.derivative(z)[away], central[away], rtol=1e-6, atol=1e-8)
    torch.testing.assert_close(f.inverse_derivative(x) * f.derivative(z), torch.ones_like(z))
    torch.testing.assert_close(f.log_det(z), f.derivative(z).abs().log())


def test_values_by_hand():
    assert affine(-2, 1).forward(numbers(3.0)) == -5
    assert affine(-2, 1).inverse(numbers(-5.0)) == 3
    f = sinh(2.0, 1.0)
    assert f.forward(numbers(2.0)).item() == pytest.approx(2 * math.sinh(1) + 1, rel=1e-15)
    g = knots([0, 1, 3], [0, 2, 3])
    assert g.forward(numbers(-1.0, 0.5, 1.0, 2.0, 5.0)).tolist() == [-2, 1, 2, 2.5, 4]
    assert g.derivative(numbers(-1.0, 0.5, 2.0, 5.0)).tolist() == [2, 2, 0.5, 0.5]


def test_the_smooth_map_is_the_cubic_of_scipy_between_inner_knots():
    peer = PchipInterpolator(Z, X)
    z = torch.linspace(-1, 0.5, 200, dtype=torch.float64)
    torch.testing.assert_close(MAPS["smooth"].forward(z), torch.as_tensor(peer(z)))
    torch.testing.assert_close(MAPS["smooth"].derivative(z), torch.as_tensor(peer.derivative()(z)))
    torch.testing.assert_close(MAPS["smooth"].forward(numbers(*Z)), numbers(*X))


@pytest.mark.parametrize("seed", range(5))
def test_a_smooth_map_through_random_knots_has_a_continuous_slope_of_one_sign(seed):
    random = generator(seed)
    z = torch.rand(12, generator=random, dtype=torch.float64).cumsum(0)
    x = (torch.rand(12, generator=random, dtype=torch.float64).pow(4) + 1e-4).cumsum(0)
    x = x * (-1) ** seed
    f = knots(z.tolist(), x.tolist(), smooth=True)
    fine = torch.linspace(float(z[0]) - 1, float(z[-1]) + 1, 20_001, dtype=torch.float64)
    assert bool((f.derivative(fine) * (-1) ** seed > 0).all())
    torch.testing.assert_close(f.derivative(z - 1e-9), f.derivative(z + 1e-9), rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(f.inverse(f.forward(fine)), fine, rtol=1e-9, atol=1e-9)


def test_log_determinants_of_a_chain_add():
    parts = [sinh(2.0, 0.5), affine(-3.0, 1.0), knots(Z, X, smooth=True)]
    f = compose(*parts)
    z = torch.linspace(-2, 2, 50, dtype=torch.float64)
    at, summed = z, torch.zeros_like(z)
    for part in parts:
        summed = summed + part.log_det(at)
        at = part.forward(at)
    torch.testing.assert_close(f.forward(z), at, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(f.log_det(z), summed, rtol=1e-12, atol=1e-12)


# --- densities -----------------------------------------------------------------------------------


@pytest.mark.parametrize("base", LAWS)
@each_map
def test_a_density_integrates_to_1(f, base):
    assert total(f, line_law(base)) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(
    ("f", "value"),
    [
        (affine(2.0), 2.0), (affine(-0.5, 3.0), 0.5), (affine(1.0, 5.0), 1.0),
        (sinh(2.0, 1.0), math.exp(1 / 8)), (sinh(1.0), math.exp(1 / 2)),
        # slopes 1 and 3, the second with the mass of z > 1
        (knots([0, 1, 2], [0, 1, 4]), 1 + 2 * 0.15865525393145707),
    ],
)  # fmt: skip
def test_without_the_determinant_the_integral_is_the_mean_slope(f, value):
    assert total(f, NORMAL, forget=True) == pytest.approx(value, rel=1e-9)


def test_the_forgotten_integral_of_the_curriculum():
    assert round(total(sinh(2.0, 1.0), NORMAL, forget=True), 4) == 1.1331


def test_density_by_hand():
    f = affine(-2.0, 1.0)
    x = numbers(0.0, 1.0, 4.0)
    found = pushforward_density(x, f.inverse, f.inverse_derivative, NORMAL.log_prob)
    wanted = [phi((x - 1) / 2) / 2 for x in x.tolist()]
    torch.testing.assert_close(found, numbers(*wanted))
    torch.testing.assert_close(
        forgotten_density(x, f.inverse, NORMAL.log_prob), 2 * numbers(*wanted)
    )
    torch.testing.assert_close(found.log(), NORMAL.log_prob(f.inverse(x)) - f.log_det(f.inverse(x)))


def test_a_published_case_of_the_log_determinant():
    """normalizing-flows#27: y = e^½ z + 1 has ln p(1) = −1.4189385."""
    f = affine(math.exp(0.5), 1.0)
    found = pushforward_density(
        numbers(1.0), f.inverse, f.inverse_derivative, NORMAL.log_prob
    ).log()
    assert found.item() == pytest.approx(-1.4189385, abs=1e-7)
    assert f.log_det(numbers(0.0)).item() == pytest.approx(0.5)


@pytest.mark.parametrize("name", ["falling", "smooth", "composed"])
@pytest.mark.parametrize("base", ["normal", "exponential"])
def test_the_histogram_of_samples_is_the_density(name, base):
    f, law = MAPS[name], line_law(base)
    x = f.forward(draw(law, 100_000, generator=generator(3)))
    borders = f.forward(strips(law, 20)).sort().values
    inside = torch.histogram(x, borders)[0]
    for i, (left, right) in enumerate(pairwise(borders)):
        low, high = f.inverse(left), f.inverse(right)
        places = torch.linspace(low, high, 100, dtype=torch.float64)
        bends = numbers(*f.breaks).clamp(min(low, high), max(low, high))
        cells = f.forward(torch.cat([places, bends])).clamp(left, right)
        mass = integral(
            lambda x: pushforward_density(x, f.inverse, f.inverse_derivative, law.log_prob), cells
        )
        assert mass == pytest.approx(0.05, abs=1e-5)
        assert inside[i].item() == pytest.approx(5000, abs=5 * math.sqrt(5000))


# --- refusals ------------------------------------------------------------------------------------


def test_a_fold_is_refused_with_its_place():
    with pytest.raises(ValueError, match=r"changes sign at z = 1$"):
        knots([-1, 0, 1, 2], [0, 1, 2, 1.5])
    with pytest.raises(ValueError, match=r"changes sign at z = -1$"):
        knots([-2, -1, 2], [3, 1, 2], smooth=True)
    with pytest.raises(ValueError, match="0 from z = 0 to 1"):
        knots([-1, 0, 1], [0, 1, 1])
    with pytest.raises(ValueError, match=r"changes sign at z = 0$"):
        by_formula(lambda z: z**2, lambda z: 2 * z)
    with pytest.raises(ValueError, match=r"changes sign at z = -0\.57735"):
        by_formula(lambda z: z**3 - z, lambda z: 3 * z**2 - 1)


def test_the_turning_point_is_where_the_slope_is_0():
    assert turning_point(torch.cos, 0.0, 3.0) == pytest.approx(math.pi / 2, abs=1e-12)
    assert turning_point(torch.cos, -3.0, 3.0) == pytest.approx(-math.pi / 2, abs=1e-12)
    assert turning_point(torch.cosh, -3.0, 3.0) is None
    assert turning_point(lambda z: 3 * z**2, -1.0, 1.0) is None  # touches 0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: affine(0.0), "a other than 0, where all mass is on one point, got 0"),
        (lambda: affine(math.nan), "expected a in"),
        (lambda: sinh(0.05), "expected a in"),
        (lambda: sinh(2.0, math.inf), "expected b in"),
        (lambda: knots([0, 1], [0, 1, 2]), "expected x to have 2 knots"),
        (lambda: knots([0], [0]), "expected z to have 2 to 64 knots"),
        (lambda: knots([0, 0, 1], [0, 1, 2]), "expected z to increase, got 0 before 0"),
        (lambda: knots([0, 1], [0, math.inf]), "expected x in"),
        (lambda: by_formula(lambda z: z, torch.ones_like, 1, 1), "expected high in"),
        (lambda: by_formula(torch.zeros_like, torch.zeros_like), "f to be monotone"),
        (lambda: compose(), "expected maps"),
        (lambda: line_law("cauchy"), "expected base"),
        (lambda: strips(NORMAL, 0), "expected count"),
        (lambda: draw(NORMAL, 0, generator=generator(0)), "expected n"),
    ],
)
def test_refuses_by_name(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_the_identity_is_accepted():
    f = affine()
    assert total(f, NORMAL) == pytest.approx(1, abs=1e-12)
    assert total(f, NORMAL, forget=True) == pytest.approx(1, abs=1e-12)
