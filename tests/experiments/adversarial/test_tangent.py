import math

import pytest
import torch

from core.adversarial import deepfool, linearisation_error
from core.adversarial.nets import CLOUDS
from core.adversarial.plane import learned
from core.experiments.adversarial import tangent_claims as claims
from core.experiments.adversarial.quoted import NUMBERS
from core.experiments.adversarial.tangent import directions, everyone, piece_of, second
from core.experiments.adversarial.tangent import tangent as run
from core.rng import generator

PLAIN = {"cloud": "moons", "activation": "tanh", "x1": 0.5, "x2": 0.45, "radius": 1.0}


def checks(result, **values):
    return claims.checks(result, **PLAIN | values)


def says(**values):
    given = PLAIN | values
    return claims.says(run(**values), activation=given["activation"], radius=given["radius"])


@pytest.mark.parametrize("cloud", CLOUDS)
def test_halving_the_step_quarters_the_error_of_a_smooth_net(cloud):
    for seed in range(5):
        x = (4 * torch.rand(2, generator=generator(seed)) - 2).tolist()
        result = run(cloud=cloud, x1=x[0], x2=x[1])
        ratio = result.error[6] / result.error[3], result.error[3] / result.error[0]
        assert all(3.6 < float(r) < 4.4 for r in ratio)
        assert float(result.size[3] / result.size[0]) == pytest.approx(2)


def test_the_errors_are_those_of_the_engine():
    result, net = run(), learned("moons").net
    delta = (result.size[:, None, None] * directions()).view(-1, 1, 2)
    exact = linearisation_error(net, result.x[None], delta).view(len(result.size), -1).amax(1)
    torch.testing.assert_close(result.error, exact, rtol=1e-9, atol=1e-12)


def test_the_second_derivative_is_that_of_autograd():
    net, x = learned("moons").net, torch.tensor([0.5, 0.45], dtype=torch.float64)
    by_hand = second(net, x, directions())
    for k in (0, 1):
        H = torch.autograd.functional.hessian(lambda z, k=k: net(z)[k], x)
        along = ((directions() @ H) * directions()).sum(1)
        torch.testing.assert_close(by_hand[:, k], along)


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_linear_piece_is_where_no_unit_switches(cloud):
    """Inside the polygon f is affine, so it is the mean of its values at x + d and x − d; on a
    middle of an edge, a hair farther, another set of units is on."""
    net = learned(cloud, "relu").net
    for seed in range(5):
        x = 4 * torch.rand(2, generator=generator(seed), dtype=torch.float64) - 2
        corners = piece_of(net, x)
        J = net.jacobian(x)
        inside = x + 0.999 * (corners - x)
        torch.testing.assert_close(net(inside), net(x) + (inside - x) @ J.T, rtol=1e-9, atol=1e-9)
        middle = (corners + corners.roll(1, 0)) / 2
        visible = middle.abs().amax(1) < 19
        beyond = (x + (1 + 1e-6) * (middle - x))[visible]

        def pattern(z):
            return torch.cat([h > 0 for h in net.forward(z)[1][1:]], -1)

        assert (pattern(beyond) != pattern(x)).any(1).all()
        result = run(cloud=cloud, activation="relu", x1=float(x[0]), x2=float(x[1]))
        within = result.error[result.size < result.edge]
        assert (within < 1e-9).all() and result.bend == 0


def test_where_the_foot_lies_in_the_piece_the_tangent_is_right():
    net, X, _ = learned("moons", "relu")
    hits = 0
    for x in X:
        result = run(activation="relu", x1=float(x[0].clamp(-2.5, 2.5)), x2=float(x[1]))
        if result.reach < result.edge:
            hits += 1
            assert result.true == pytest.approx(result.reach, rel=1e-4)
    near = X[(everyone("moons", "relu")[:, 1]).argmin()]
    edge = deepfool(net, near[None], net(near[None]).argmax(1), overshoot=0.0)[0]
    close = edge + 1e-4 * (near - edge) / (near - edge).norm()
    result = run(activation="relu", x1=float(close[0]), x2=float(close[1]))
    assert result.reach == pytest.approx(result.true, rel=1e-2)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_one_step_of_deepfool_is_the_tangents_step(activation):
    net, X, _ = learned("spirals", activation)
    for x in X[::20]:
        given = {"cloud": "spirals", "x1": float(x[0].clamp(-2.5, 2.5)), "x2": float(x[1])}
        result = run(activation=activation, **given)
        one = deepfool(net, result.x[None], torch.tensor([result.read]), steps=1, overshoot=0.0)
        torch.testing.assert_close(one[0] - result.x, result.step, rtol=1e-9, atol=1e-9)


def test_all_points_have_the_distances_of_single_runs():
    X = learned("blobs").X
    many = everyone("blobs", "tanh")
    for i in (0, 50, 121):
        result = run(cloud="blobs", x1=float(X[i, 0]), x2=float(X[i, 1]))
        assert (result.reach, result.true) == pytest.approx(many[i].tolist(), rel=1e-6)


def test_forged_pieces_and_places_are_noticed():
    relu = {"activation": "relu", "x1": -2.1, "x2": 0.65}
    for values in ({}, relu):
        result = run(**values)
        assert all(c.holds for c in checks(result, **values) if c.applies)
        for forged in (
            result._replace(step=-result.step),
            result._replace(near=2 * result.x - result.near),
            result._replace(J=result.J.flip(0)),
            result._replace(piece=result.piece + 0.02),
            result._replace(piece=result.x + 1.1 * (result.piece - result.x)),
            result._replace(piece=result.x + 0.9 * (result.piece - result.x)),
            result._replace(piece=result.piece[1:]),
            result._replace(error=result.error * 1.001),
        ):
            if len(result.piece) or forged.piece is result.piece:
                found = checks(forged, **values)
                assert any(c.applies and not c.holds for c in found)


def test_sentences_follow_the_numbers():
    assert "3.41 times as far. Within 1 of x it gives the wrong class at 8 %" in says()
    relu = {"activation": "relu", "x1": -2.1, "x2": 0.65}
    assert "where the first unit switches, its scores are exact." in says(**relu, radius=0.1)
    assert "ends where the class of x is read. Within" in says(**relu)
    past = says(cloud="spirals", x1=-0.37, x2=0.53)
    assert "ends where the class of x is read again." in past
    assert "off by up to" in says(**relu, radius=1.0)
    right = says(activation="relu", x1=1.34, x2=-0.27)  # rounding decides what is read there
    assert "0.121 away, and so it is. Within 1 of x" in right
    assert "8.9 % too near" in says(**relu)
    assert "wrong class nowhere" in says(radius=0.1)
    assert claims.compared(math.inf, 1.0).startswith("The tangent is level")
    assert "lies on the boundary" in claims.compared(0.0, 0.0)
    assert claims.compared(0.7, 0.7).endswith("and so it is")


def test_quoted_numbers_and_the_step_that_goes_too_far():
    past = run(cloud="spirals", x1=-0.37, x2=0.53)
    assert not past.crossed and past.reach > past.true
    assert NUMBERS["tangent_past"]() == f"{past.reach:.3g}"
    assert float(NUMBERS["tangent_middle"]()) > 50 * float(NUMBERS["tangent_middle_true"]())


@pytest.mark.parametrize("bad", [{"x1": 3.0}, {"radius": 0.0}, {"cloud": "cats"}])
def test_refusals_name_the_parameter(bad):
    with pytest.raises(ValueError, match=f"expected {next(iter(bad))}"):
        run(**bad)
