import itertools
import math

import numpy as np
import pytest
from scipy.optimize import linprog, minimize

from core.experiments.adversarial import ball_claims as claims
from core.experiments.adversarial.ball import P, ball
from core.signature import call

RANDOM = [dict(zip(("x1", "x2", "angle", "b", "scale"), row)) for row in (
    np.random.default_rng(0).uniform([-4, -3, -180, -9, 0.2], [4, 3, 180, 9, 4], (12, 5)).tolist()
)]  # fmt: skip


def checked(**values):
    given = {"y": "plus", "p": "2", "eps": 0.5, "scale": 1.0, "angle": ball_angle(), "b": -5.0}
    run = ball(**values)
    return run, call(claims.checks, run, values=given | values)


def ball_angle():
    return math.degrees(math.atan2(4, 3))


def size(delta, p):
    return np.linalg.norm(delta, P[p])


def test_three_four_five_by_hand():
    run = ball()
    assert run.w.tolist() == [3, 4] and run.margin == 3 * 2 + 4 * 1 - 5
    np.testing.assert_allclose(run.distances[[0, 2, 4]], [5 / 4, 5 / 5, 5 / 7], rtol=1e-12)
    np.testing.assert_allclose(run.least, [-0.6, -0.8], rtol=1e-12)
    assert (run.drop, run.left, run.robust) == (2.5, 2.5, True)
    np.testing.assert_allclose(ball(p="1").least, [0, -1.25], rtol=1e-12)
    np.testing.assert_allclose(ball(p="inf").least, [-5 / 7, -5 / 7], rtol=1e-12)
    assert ball(p="inf", eps=1.0).worst.tolist() == [-1, -1]
    assert ball(p="inf", eps=1.0).left == -2


@pytest.mark.parametrize("values", RANDOM[:4])
@pytest.mark.parametrize("p", P)
def test_the_distance_is_the_least_of_a_search_along_the_line(values, p):
    run = ball(**values, p=p)
    w, x = run.w.numpy(), run.x.numpy()
    foot = x - (w @ x + run.b) * w / (w @ w)
    along = np.array([-w[1], w[0]]) / np.linalg.norm(w)
    found = minimize(
        lambda t: size(foot + t * along - x, p), [0.0], method="Nelder-Mead",
        options={"xatol": 1e-10, "fatol": 1e-12},
    )  # fmt: skip
    assert found.fun == pytest.approx(run.distance(p), rel=1e-6)
    assert size(run.least.numpy(), p) == pytest.approx(run.distance(p), rel=1e-12)


@pytest.mark.parametrize("values", RANDOM)
@pytest.mark.parametrize("y", ["plus", "minus"])
def test_the_worst_push_of_the_square_is_a_corner_and_a_linear_programme(values, y):
    eps, sign = 0.7, 1 if y == "plus" else -1
    run = ball(**values, y=y, p="inf", eps=eps)
    w = run.w.numpy()
    found = linprog(sign * w, bounds=[(-eps, eps)] * 2)
    corners = [sign * w @ np.array(c) for c in itertools.product((-eps, eps), repeat=2)]
    assert found.fun == pytest.approx(min(corners), rel=1e-9)
    assert run.left - run.margin == pytest.approx(found.fun, rel=1e-9)
    assert sign * float(run.w @ run.worst) == pytest.approx(found.fun, rel=1e-9)


@pytest.mark.parametrize("values", RANDOM[:6])
@pytest.mark.parametrize("p", P)
def test_random_pushes_cross_exactly_where_the_ball_reaches_the_line(values, p):
    """Nothing shorter than d crosses; a hair beyond δ* does."""
    run = ball(**values, p=p, y="plus" if ball(**values).margin > 0 else "minus")
    rng, d = np.random.default_rng(1), run.distance(p)
    pushes = rng.normal(size=(4000, 2))
    pushes *= (d * (1 - 1e-9) / np.linalg.norm(pushes, P[p], axis=1))[:, None]
    side = np.sign(run.w.numpy() @ run.x.numpy() + run.b)
    assert (side * ((run.x.numpy() + pushes) @ run.w.numpy() + run.b) > 0).all()
    beyond = run.x.numpy() + (1 + 1e-9) * run.least.numpy()
    assert side * (beyond @ run.w.numpy() + run.b) < 0
    for eps, robust in ((0.999 * d, True), (1.001 * d, False)):
        assert ball(**values, p=p, eps=eps, y="plus" if side > 0 else "minus").robust == robust


def test_scaling_multiplies_the_margin_and_moves_nothing():
    for values, c in itertools.product(RANDOM, (0.01, 3.0, 1e3)):
        one, many = ball(**values | {"scale": 1.0}), ball(**values | {"scale": c})
        assert many.margin == pytest.approx(c * one.margin, rel=1e-9)
        np.testing.assert_allclose(many.distances, one.distances, rtol=1e-9)
        np.testing.assert_allclose(many.least, one.least, rtol=1e-9, atol=1e-12)


def test_the_order_of_the_norms_and_where_all_agree():
    for values in RANDOM:
        assert (ball(**values).distances.diff() <= 1e-12).all()
    for angle in (0.0, 90.0, 180.0, -90.0):  # w along an axis
        assert ball(angle=angle).distances.diff().abs().max() < 1e-12


def test_edges_on_the_line_already_wrong_and_no_push():
    run, found = checked(x1=1.0, x2=0.5)
    assert run.margin == 0 and run.least.abs().max() == 0 and not run.robust
    assert "lies on the line" in claims.says(run, y="plus", p="2", eps=0.5)
    assert all(c.holds for c in found if c.applies)
    assert ball(eps=0.0).worst.tolist() == [0, 0] and ball(eps=0.0).left == 5
    wrong, found = checked(y="minus")
    assert wrong.margin == -5 and "no push is needed" in claims.says(wrong, y="minus", p="2", eps=0)
    assert [c.applies for c in found if "E-76" in c.claim] == [True]
    assert not any(c.applies for c in checked()[1] if "E-76" in c.claim)
    given = {"y": "minus", "p": "2", "eps": 0.5, "scale": 1.0, "angle": ball_angle(), "b": -5.0}
    forged = call(claims.checks, wrong._replace(margin=5.0), values=given)
    assert [c.holds for c in forged if "E-76" in c.claim] == [False]
    on = ball(eps=1.0)
    assert not on.robust and "ends on the line" in claims.says(on, y="plus", p="2", eps=1.0)
    tied = ball(p="1", angle=45.0)
    assert "any of them would do" in claims.says(tied, y="plus", p="1", eps=0.5)


def test_the_printed_sign_makes_the_score_largest_for_minus():
    """−ε sign(yw) against all four corners, E-80."""
    run, found = checked(y="minus", p="inf", x1=0.0, x2=0.0)
    (check,) = (c for c in found if "E-80" in c.claim)
    w = run.w.numpy()
    corners = [0.5 * w @ np.array(c) for c in itertools.product((-1, 1), repeat=2)]
    assert check.applies and check.holds
    printed = float(w @ (-0.5 * np.sign(-w)))
    assert printed == max(corners) == 3.5 and min(corners) == -3.5
    assert not any(c.applies for c in checked(p="inf")[1] if "E-80" in c.claim)


def test_no_weights_are_refused_by_name():
    for values in ({"scale": 1e-300}, {"eps": -0.1}, {"p": "3"}, {"x1": math.inf}):
        with pytest.raises(ValueError, match=f"expected {next(iter(values))}"):
            ball(**values)


def test_a_tiny_and_a_huge_scale_keep_their_checks():
    for scale, x1 in ((1e-6, 4.0), (1e6, -1e6)):
        for p in P:
            _, found = checked(scale=scale, x1=x1, p=p)
            assert all(c.holds for c in found if c.applies)
