import math

import pytest
import torch

from core.experiments.stochastic import adaptive_claims as claims
from core.experiments.stochastic.adaptive import METHODS, T, best, gradients, steps
from core.signature import call
from core.stochastic import reddi
from pages.experiments.stochastic.adaptive import EXPERIMENT
from pages.figures.stochastic.adaptive import figure

REDDI = {"losses": "reddi", "beta1": 0.0, "beta2": 0.1, "gap": 3, "size": 3.0}


def given(**values):
    return EXPERIMENT.defaults() | values


def found(run, **values):
    return call(claims.checks, run, values=given(**values))


def drawn(**values):
    picture = call(figure, steps(**values), values=given(**values))
    return picture, {panel.name: panel for panel in picture.panels}


@pytest.mark.parametrize(
    ("method", "optimizer", "hyper"),
    [
        ("adagrad", torch.optim.Adagrad, {"eps": 0.01}),
        ("rmsprop", torch.optim.RMSprop, {"alpha": 0.95, "eps": 0.01}),
        ("adam", torch.optim.Adam, {"betas": (0.8, 0.95), "eps": 0.01}),
    ],
)
def test_the_moves_are_those_of_torch(method, optimizer, hyper):
    run = steps(method=method, gap=7, size=0.3, beta1=0.8, beta2=0.95, eps=0.01)
    theta = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    descent, path = optimizer([theta], lr=1.0, **hyper), [torch.zeros(2).double()]
    for t in range(T):
        theta.grad = torch.tensor([1.0, 0.3 if t % 7 == 0 else 0.0]).double()
        descent.step()
        path.append(theta.detach().clone())
    torch.testing.assert_close(run.theta, torch.stack(path), rtol=1e-7, atol=1e-7)


def test_adagrad_by_hand():
    run = steps(gap=10, size=5.0, eps=0.0)
    t, n = torch.arange(1, T + 1).double(), torch.arange(T).div(10, rounding_mode="floor") + 1
    torch.testing.assert_close(run.rate[:, 0], t.rsqrt())
    torch.testing.assert_close(run.rate[:, 1], 0.2 * n.double().rsqrt())
    assert float(run.theta[-1, 1]) == pytest.approx(-sum(k**-0.5 for k in range(1, 11)))
    assert float(run.move[90, 1]) == pytest.approx(-1 / math.sqrt(10))  # whatever the size
    assert float(run.move[91, 1]) == 0


@pytest.mark.parametrize("inside", [False, True])
def test_epsilon_in_and_out_of_the_root(inside):
    run = steps(method="rmsprop", beta2=0.0, gap=1, size=0.1, eps=0.01, inside=inside)
    below = math.sqrt(0.01 + 0.01) if inside else 0.1 + 0.01
    assert run.rate[:, 1].tolist() == pytest.approx([1 / below] * T)


def test_without_correction_steps_begin_otherwise():
    bare = steps(method="adam_raw", beta2=0.999)
    assert float(bare.move[0, 0]) == pytest.approx(-0.1 / math.sqrt(0.001))
    assert float(steps(method="adam", beta2=0.999).move[0, 0]) == pytest.approx(-1.0)
    assert float(steps(method="rmsprop", beta2=0.99).move[0, 0]) == pytest.approx(-10.0)
    torch.testing.assert_close(bare.m_hat, bare.m)


@pytest.mark.parametrize("method", ["rmsprop", "adam_raw", "amsgrad"])
def test_reddi_is_the_run_of_the_engine(method):
    run = steps(method=method, **REDDI)
    engine = reddi(method.removesuffix("_raw"), 0.4, T)
    torch.testing.assert_close(run.theta[:, 0], engine.x)
    good = best(3, 3.0)
    regret = (run.g * (run.theta[:-1] - good)).mean()
    assert float(regret) == pytest.approx(float(engine.regret[-1]))


def test_adam_goes_to_the_worst_point_and_the_largest_v_mends_it():
    ends = {method: float(steps(method=method, **REDDI).theta[-1, 0]) for method in METHODS}
    assert ends["adam"] > 0.9 < ends["adam_raw"]
    assert ends["amsgrad"] == ends["adagrad"] == -1
    assert best(3, 3.0) == -1 and best(3, 1.5) == 1 and best(3, 2.0) is None
    assert gradients("reddi", 3, 0.7)[:4, 0].tolist() == [0.7, -1.0, -1.0, 0.7]
    assert gradients("reddi", 1, 0.7).unique().tolist() == [0.7]


def test_amsgrad_never_lengthens_a_step():
    run = steps(method="amsgrad", gap=10)
    assert (run.rate.diff(dim=0) <= 0).all()
    assert not (steps(method="adam_raw", gap=10).rate.diff(dim=0) <= 0).all()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("setting", [{}, REDDI])
def test_a_wrong_number_turns_a_check_red(method, setting):
    run, values = steps(method=method, **setting), setting | {"method": method}
    assert all(c.holds for c in found(run, **values) if c.applies)
    for forged in (
        run._replace(move=-run.move),
        run._replace(v=run.v.roll(1, 0)),
        run._replace(theta=run.theta * 1.01),
        run._replace(g=run.g.flip(0) + 1e-3),
        run._replace(rate=run.rate.flip(0)),
    ):
        assert any(c.applies and not c.holds for c in found(forged, **values))


def test_what_is_said():
    told = call(claims.says, steps(), values=given())
    assert "3.16 times as long as that" in told and "5.02, coordinate 1 has gone 18.6" in told
    even = call(claims.says, steps(gap=1), values=given(gap=1))
    assert "is as long as that of coordinate 1" in even
    values = given(method="adam_raw", **REDDI)
    told = call(claims.says, steps(method="adam_raw", **REDDI), values=values)
    assert "Adam without correction ends at θ = 0.958" in told and "worst 1" in told
    flat = {"losses": "reddi", "gap": 3, "size": 2.0}
    assert "no point is better" in call(claims.says, steps(**flat), values=given(**flat))
    late = {"losses": "reddi", "method": "rmsprop", "gap": 99, "size": 10.0, "beta2": 0.999}
    told = call(claims.says, steps(**late), values=given(**late))
    assert "each step has cost 0.065 less than there" in told


def test_the_first_step_is_compared_where_epsilon_cannot_be_felt():
    tiny = {"method": "rmsprop", "size": 0.1, "beta2": 0.999999, "eps": 1e-10}
    for inside in (False, True):
        values = given(**tiny, inside=inside)
        checks = call(claims.checks, steps(**tiny, inside=inside), values=values)
        (first,) = [c for c in checks if "the first step" in c.claim]
        assert first.applies is not inside and (first.holds or inside)


def test_the_picture_follows_the_method():
    picture, at = drawn(method="adam", size=2.0)
    assert picture.phases == ("gradient", "m", "v", "corrected", "move")
    assert picture.frames == T + 1 == len(picture.track["d2"])
    assert at["kept"].handles[0].y == 2.0 and at["kept"].handles[0].params == ("size",)
    picture, _ = drawn()
    assert picture.phases == ("gradient", "v", "move") and picture.panels[0].name == "rates"
    picture, _ = drawn(method="amsgrad", **REDDI)
    assert picture.panels[0].name == "way" and "d2" not in picture.track


def test_what_is_out_of_range_is_refused_by_name():
    for name, value in (("gap", 0), ("size", 0.0), ("beta1", 1.0), ("beta2", -0.1), ("eps", -1.0)):
        with pytest.raises(ValueError, match=f"expected {name} "):
            steps(**{name: value})
