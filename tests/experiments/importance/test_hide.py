import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.stats import norm

from core.experiments.importance.hide import Hidden, hidden_one
from core.importance import WAYS
from core.rng import generator
from pages.experiments.importance.hide import EXPERIMENT as HIDE
from tests import contract
from tests.forgery import failures

FORMS = {
    "first": lambda a, b: a,
    "sum": lambda a, b: a + b,
    "product": lambda a, b: a * b,
    "square": lambda a, b: a * a,
}


def red(run, **values):
    return failures(HIDE.checks(run, **HIDE.defaults() | values))


@pytest.mark.parametrize("f", FORMS)
@pytest.mark.parametrize("rho", [-0.99, -0.3, 0.0, 0.9])
def test_the_prediction_without_x1_by_quadrature(f, rho):
    run = hidden_one(f=f, rho=rho, x1=-0.4, x2=2.2)
    law = norm(1 + rho * 1.2, (1 - rho * rho) ** 0.5)
    told = [
        law.expect(lambda t: FORMS[f](t, 2.2)),
        quad(lambda t: FORMS[f](t, 2.2) * norm.pdf(t, 1), -9, 11)[0],
        FORMS[f](1.0, 2.2),
        FORMS[f](0.0, 2.2),
    ]
    np.testing.assert_allclose(run.rest, told, atol=1e-7)
    assert run.f == pytest.approx(FORMS[f](-0.4, 2.2))
    assert red(run, f=f, rho=rho) == []


@pytest.mark.parametrize("f", FORMS)
def test_means_and_errors_by_sampling(f):
    rho, n = 0.7, 4000
    u, v = torch.randn(2, n, generator=generator(2), dtype=torch.float64)
    a, b = 1 + u, 1 + rho * u + (1 - rho * rho) ** 0.5 * v
    whole = FORMS[f](a, b)
    rest = torch.stack([hidden_one(f=f, rho=rho, x2=t).rest for t in np.linspace(-3, 5, 81)])
    run = hidden_one(f=f, rho=rho)
    for w in range(4):
        part = whole - torch.from_numpy(np.interp(b, np.linspace(-3, 5, 81), rest[:, w]))
        assert abs(part.mean() - run.mean[w]) < 5 * part.std() / n**0.5
        squares = part.square()
        assert abs(squares.mean() - run.error[w] ** 2) < 5 * squares.std() / n**0.5


def test_only_what_goes_with_x2_averages_to_0_and_is_best():
    for f in FORMS:
        for rho in (-0.8, 0.0, 0.5, 0.99):
            run = hidden_one(f=f, rho=rho)
            assert abs(run.mean[0]) < 1e-9
            assert (run.error[0] <= run.error + 1e-9).all()
    assert float(hidden_one(f="product", rho=0.6).mean[WAYS.index("marginal")]) == pytest.approx(
        0.6
    )
    assert float(hidden_one(f="square").mean[WAYS.index("mean")]) == pytest.approx(1)


def test_independent_features_make_two_ways_one():
    run = hidden_one(f="product", rho=0.0, x2=-2.0)
    torch.testing.assert_close(run.rest[0], run.rest[1])


@pytest.mark.parametrize("field", Hidden._fields)
@pytest.mark.parametrize("values", [{}, {"f": "square", "rho": -0.5}, {"f": "product", "x2": 0.0}])
def test_what_is_off_turns_a_check_red(field, values):
    run = hidden_one(**values)
    assert red(run, **values) == []
    assert red(run._replace(**{field: getattr(run, field) * 1.001 + 1e-3}), **values)


def test_a_random_f_beside_a_fixed_x2_does_not_average_to_0():
    (printed,) = (c for c in HIDE.checks(hidden_one(), **HIDE.defaults()) if "E-93" in c.claim)
    assert printed.applies and printed.holds and printed.rhs == pytest.approx(2 - 5.8)
    at_home = HIDE.checks(hidden_one(x2=1.0), **HIDE.defaults() | {"x2": 1.0})
    assert not next(c for c in at_home if "E-93" in c.claim).applies


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("corner", [(-3.0, -3.0), (5.0, -3.0), (5.0, 5.0), (1.0, 1.0)])
@pytest.mark.parametrize("f", FORMS)
def test_corners(way, corner, f):
    for rho in (-0.99, 0.0, 0.99):
        values = {"f": f, "rho": rho, "x1": corner[0], "x2": corner[1], "way": way}
        contract.answers(HIDE, HIDE.defaults() | values)


def test_handles():
    plane, along, *_ = HIDE.figure(hidden_one(), **HIDE.defaults()).panels
    assert plane.handles[0].params == ("x1", "x2") and along.handles[0].params == ("x1",)


def test_answers():
    right = ("it lowers f", "more than 0", "0.14")
    for prediction, option in zip(HIDE.predictions, right, strict=True):
        values = HIDE.preset(prediction.preset)
        assert prediction.answer(contract.run(HIDE, values)) == option


@pytest.mark.parametrize("bad", [{"rho": 1.0}, {"x1": 6.0}, {"x2": -4.0}])
def test_refusals_name_the_parameter(bad):
    with pytest.raises(ValueError, match=f"expected {next(iter(bad))}"):
        hidden_one(**bad)
