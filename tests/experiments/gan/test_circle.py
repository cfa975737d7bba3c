import math
from itertools import pairwise

import numpy as np
import pytest
import torch

from core.experiments.gan import circle_claims as claims
from core.experiments.gan.circle import circle as run
from core.gan import UPDATES
from pages.figures.gan.circle import figure


def the(result, words):
    (found,) = (c for c in claims.checks(result, x0=1.0, y0=0.0) if words in c.claim)
    return found


def by_hand(update, eta, r1, x, y, steps):
    path = [(x, y)]
    for _ in range(steps):
        if update == "simultaneous":
            x, y = x - eta * y, y + eta * (x - r1 * y)
        elif update == "alternating":
            x = x - eta * y
            y = y + eta * (x - r1 * y)
        else:
            u, v = x - eta * y, y + eta * (x - r1 * y)
            x, y = x - eta * v, y + eta * (u - r1 * v)
        path.append((x, y))
    return np.array(path)


@pytest.mark.parametrize(
    ("update", "radius"),
    [("simultaneous", 1.6446318), ("alternating", 1.0234138), ("extragradient", 0.6080692)],
)
def test_a_hundred_steps_end_at_the_known_radius(update, radius):
    assert float(run(update=update).radius[-1]) == pytest.approx(radius, abs=5e-8)


@pytest.mark.parametrize("update", UPDATES)
@pytest.mark.parametrize(("eta", "r1"), [(0.1, 0.0), (0.37, 0.8), (0.5, 2.0)])
def test_the_runs_are_the_rules_written_out(update, eta, r1):
    result = run(update=update, eta=eta, r1=r1, x0=0.7, y0=-1.2, steps=60)
    plain = by_hand(update, eta, r1, 0.7, -1.2, 60)
    np.testing.assert_allclose(result.path, plain, rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(result.value, plain[:, 0] * plain[:, 1], atol=1e-12)
    penalty = r1 / 2 * plain[:, 1] ** 2
    np.testing.assert_allclose(result.referee + result.value, penalty, atol=1e-9)


def test_what_a_step_passes_is_the_corner_or_the_point_looked_ahead_at():
    corner = run(eta=0.2, steps=3, x0=1.0, y0=0.5).via[0].tolist()
    assert corner == pytest.approx([0.9, 0.5])
    ahead = run(update="extragradient", eta=0.2, steps=3, r1=1.0, x0=1.0, y0=0.5)
    assert ahead.via[0].tolist() == pytest.approx([0.9, 0.6])
    # the step takes the pushes found there: x − η · 0.6, y + η (0.9 − 0.6)
    assert ahead.path[1].tolist() == pytest.approx([0.88, 0.56])


@pytest.mark.parametrize("eta", [0.05, 0.2, 0.5])
def test_alternating_runs_round_the_ellipse_for_ever(eta):
    x, y = run(update="alternating", eta=eta, steps=500, x0=0.3, y0=1.1).path.T
    level = x * x + y * y - eta * x * y
    torch.testing.assert_close(level, level[:1].expand(501), rtol=1e-10, atol=0)
    assert (x * x + y * y + eta * x * y).diff().abs().max() > 1e-3  # the other sign is not kept


def test_the_drift_outwards_is_of_the_second_order_of_the_step():
    """Over one turn of the flow the radius grows by exp(π η) − 1, to first order π η."""
    growth = []
    for eta in (0.1, 0.05, 0.025):
        steps = round(2 * math.pi / eta)
        growth.append(float(run(eta=eta, steps=steps).radius[-1]) - 1)
    rates = [math.log2(a / b) for a, b in pairwise(growth)]
    assert rates == pytest.approx([1.0, 1.0], abs=0.15)
    assert growth[-1] == pytest.approx(math.exp(math.pi * 0.025) - 1, rel=0.02)


@pytest.mark.parametrize("eta", [0.1, 0.3])
@pytest.mark.parametrize(("share", "way"), [(0.99, "Outwards"), (1.0, "Round"), (1.01, "Inwards")])
def test_the_brake_must_be_as_strong_as_the_step(eta, share, way):
    result = run(eta=eta, r1=share * eta, steps=500)
    assert claims.says(result).startswith(way)
    M = np.array([[1.0, -eta], [eta, 1 - eta * share * eta]])
    size = np.abs(np.linalg.eigvals(M)).max()
    assert claims.rate(result) == pytest.approx(size, rel=1e-9)
    grown = float(result.radius[250:].max() / result.radius[:250].max())
    if share == 1:
        assert 0.98 < grown < 1.02
    else:
        assert (grown > 1) == (share < 1)


def test_turns_and_signs_are_counted():
    result = run(update="alternating", eta=0.1, steps=500)
    angle = np.unwrap(np.arctan2(*result.path.numpy().T[::-1]))
    assert result.turns == pytest.approx((angle[-1] - angle[0]) / (2 * math.pi))
    assert result.turns > 0
    x, y = result.path.numpy().T
    signs = np.sign(x * y)
    signs = signs[signs != 0]
    assert f"V changes its sign {int((np.diff(signs) != 0).sum())} times" in claims.says(result)
    through = run(eta=0.5, x0=1.0, y0=2.0, steps=3)  # V is 2, 0 on the axis, then below 0
    assert through.value[:2].tolist() == [2, 0] and float(through.value[2]) < 0
    assert "V changes its sign once" in claims.says(through)
    assert "V never changes its sign" in claims.says(run(steps=1))


@pytest.mark.parametrize("update", UPDATES)
def test_laws_and_steps_notice_another_rule_step_and_sign(update):
    result, braked = run(update=update), run(update=update, r1=0.4)
    for turn in (1, 2):
        assert not claims._law(result._replace(paths=result.paths.roll(turn, 0)), ()).holds
    flipped = result._replace(paths=result.paths * torch.tensor([1.0, -1.0]))
    assert not the(flipped, "of its rule").holds
    assert not the(result._replace(eta=0.099), "of its rule").holds
    assert not the(run(update=update, x0=1.01), "of its rule").holds
    assert not the(braked._replace(r1=0.38), "of its rule").holds
    assert not the(braked._replace(r1=0.38), "factors").holds
    if update != "extragradient":
        assert the(braked, "area").applies and the(braked, "area").holds
        assert not the(braked._replace(r1=0.38), "area").holds


def test_edges_the_balance_one_step_and_a_far_run():
    still = run(x0=0.0, y0=0.0)
    assert "stay" in claims.says(still) and not still.path.any()
    assert "in 1 step," in claims.says(run(steps=1))
    assert not the(run(steps=1), "factors").applies
    far = run(eta=0.5, steps=500)
    assert float(far.radius[-1]) == pytest.approx(1.25**250, rel=1e-9)
    for panel in figure(far, others=True).panels:
        assert all(np.abs(np.nan_to_num(t["y"])).max() < 1e31 for t in panel.traces)


@pytest.mark.parametrize(
    ("name", "value"), [("eta", -0.1), ("eta", 0.0), ("r1", -1.0), ("x0", math.nan), ("steps", 0)]
)
def test_bad_input_is_refused_by_name(name, value):
    with pytest.raises(ValueError, match=f"expected {name} .*in [\\[(]"):
        run(**{name: value})


def test_the_other_two_rules_are_drawn_from_the_same_start():
    result = run()
    alone, all_three = (figure(result, others=each).panels[0] for each in (False, True))
    names = {t["name"] for t in all_three.traces} - {t["name"] for t in alone.traces}
    assert names == {"alternating", "extragradient"}
    for trace in all_three.traces:
        if trace["name"] in names:
            plain = by_hand(trace["name"], 0.1, 0.0, 1.0, 0.0, 100)
            np.testing.assert_allclose(np.stack([trace["x"], trace["y"]], 1), plain, atol=1e-6)
