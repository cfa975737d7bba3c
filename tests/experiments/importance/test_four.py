import math

import numpy as np
import pytest
import torch

from core.experiments.importance import four_claims as claims
from core.experiments.importance.four import curves, four, sure
from core.importance import linear, lofo, permutation_importance
from core.rng import generator
from core.signature import call
from pages.figures.importance.four import figure
from tests.forgery import failures

AT = {"world": "twins", "rho": 0.99, "t": 0.0, "noise": 0.5, "loss": "squared", "n": 400, "seed": 0}
BITS = {"world": "bits"}


def red(run, **values) -> list[str]:
    return failures(claims.checks(run, **AT | values))


@pytest.mark.parametrize(("rho", "left"), [(0.0, 1.0), (0.5, 0.75), (0.9, 0.19), (0.99, 0.0199)])
def test_the_numbers_known_before(rho, left):
    """E-96, E-97: 2, 2(1 − ρ²), 1 − ρ²."""
    exact = four(rho=rho).exact
    np.testing.assert_allclose(exact, [2, 2 * left, left, left], atol=1e-12)


def test_the_rows_lie_around_the_closed_forms_over_many_seeds():
    for rho, loss in ((0.0, "squared"), (0.9, "log"), (0.99, "squared")):
        runs = [four(rho=rho, loss=loss, n=500, seed=k) for k in range(40)]
        found = torch.stack([run.rows.found for run in runs])
        error = found.std(0) / 40**0.5
        bias = torch.tensor([0, 0, 0, 0.006], dtype=torch.float64)  # of learning, about Var/n
        assert ((found.mean(0) - runs[0].exact).abs() < 5 * error + bias).all()
        told = torch.stack([run.rows.errors for run in runs]).mean(0)
        assert (told / found.std(0) - 1).abs().max() < 0.6


def test_the_rows_are_those_of_the_engine():
    run = four(rho=0.8, n=300, seed=5)
    x, y = run.rows.x, run.rows.y

    def squared(f, target):
        return (f - target) ** 2

    found = permutation_importance(lambda z: z.sum(1), squared, x, y, 0, generator(1), 200)
    errors = float(run.rows.errors[0])
    assert abs(found.mean - float(run.rows.found[0])) < 4 * errors
    left = lofo(linear, squared, x, y, 0)
    assert left.mean == pytest.approx(float(run.rows.found[3]), abs=5 * float(run.rows.errors[3]))


def test_xor_and_a_copy_by_hand():
    xor, copy = four(world="bits"), four(world="bits", t=1.0)
    np.testing.assert_allclose(xor.told, [0, math.log(2)], atol=1e-12)
    np.testing.assert_allclose(copy.told, [math.log(2), 0], atol=1e-12)
    np.testing.assert_allclose(xor.exact, [0.5, 0.5, 0.25, 0.25])
    np.testing.assert_allclose(copy.exact, [0.25, 0, 0, 0], atol=1e-12)


def test_a_pair_that_never_comes_is_read_as_just_before():
    near, end = (four(world="bits", t=t).exact for t in (1 - 1e-9, 1.0))
    torch.testing.assert_close(near, end, rtol=0, atol=1e-8)
    assert sure(1.0)[0, 1].tolist() == [0, 1]


def test_with_log_loss_what_is_lost_is_what_is_told():
    for values in ({"rho": 0.3, "noise": 0.2}, {"rho": 0.9}, BITS, BITS | {"t": 0.4}):
        run = four(loss="log", **values)
        assert float(run.exact[3]) == pytest.approx(float(run.told[1]), abs=1e-12)
    squared = four(rho=0.9)
    assert abs(float(squared.exact[3]) - float(squared.told[1])) > 0.05  # E-95


@pytest.mark.parametrize("world", ["twins", "bits"])
@pytest.mark.parametrize("loss", ["squared", "log"])
def test_every_check_holds_at_the_corners(world, loss):
    for part in (0.0, 1e-300, 1e-9, 0.37, 1 - 1e-12, 1.0):
        for noise in (0.2, 2.0):
            values = {"world": world, "rho": min(part, 0.99), "t": part, "noise": noise}
            values |= {"loss": loss, "n": 20, "seed": 3}
            run = four(**values)
            assert red(run, **values) == []
            told = call(claims.says, run, values=AT | values)
            assert told.endswith(".") and "nan" not in told


@pytest.mark.parametrize("values", [{}, {"loss": "log", "rho": 0.9}])
@pytest.mark.parametrize("field", ["x", "y", "shuffled", "redrawn", "fit", "rises"])
def test_rows_that_are_off_turn_a_check_red(values, field):
    run = four(**values)
    forged = run.rows._replace(**{field: getattr(run.rows, field) * 1.001 + 1e-4})
    assert red(run, **values) == [] and red(run._replace(rows=forged), **values)


@pytest.mark.parametrize("values", [{}, {"loss": "log"}, BITS, BITS | {"t": 0.5, "loss": "log"}])
def test_numbers_that_are_off_turn_a_check_red(values):
    run = four(**values)
    for field in ("exact", "told", "table"):
        for k in range(getattr(run, field).numel()):
            forged = getattr(run, field).clone()
            if math.isfinite(forged.flatten()[k]):
                forged.view(-1)[k] += 1e-4
                assert red(run._replace(**{field: forged}), **values), (field, k)


def test_the_curves_pass_through_the_settings():
    for values, k in (({"rho": 0.99}, 60), ({"rho": 0.0, "loss": "log"}, 0)):
        _, losses, told = curves("twins", 0.5, values.get("loss", "squared"))
        run = four(**values)
        torch.testing.assert_close(losses[:, k], run.exact)
        torch.testing.assert_close(told[:, k], run.told)
    _, losses, told = curves("bits", 0.5, "squared")
    torch.testing.assert_close(losses[:, 30], four(world="bits", t=0.5).exact)


def test_shuffled_rows_leave_the_ellipse_as_the_features_grow_alike():
    share = [claims.outside(four(rho=rho, n=2000), rho) / 2000 for rho in (0.0, 0.6, 0.9, 0.99)]
    assert share[0] < 0.02 and all(np.diff(share) > 0) and share[3] > 0.7
    run = four(rho=0.0, n=2000)
    inside = run.rows.x.square().sum(1) <= claims.SUPPORT
    assert float(inside.double().mean()) == pytest.approx(0.99, abs=0.01)


def test_handles_of_both_worlds():
    for values, names in (({}, ("rho",)), (BITS, ("t",))):
        picture = call(figure, four(**values), values=AT | values)
        assert picture.panels[0].handles[0].params == names
        assert len(picture.panels) == 3


@pytest.mark.parametrize(
    "bad", [{"rho": 1.0}, {"rho": -0.1}, {"noise": 0.0}, {"n": 5}, {"t": 1.1}, {"loss": "hinge"}]
)
def test_refusals_name_the_parameter(bad):
    with pytest.raises(ValueError, match=f"expected {next(iter(bad))}"):
        four(**bad)
