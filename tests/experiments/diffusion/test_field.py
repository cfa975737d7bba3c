"""The arrow field, against finite differences, weighted samples and the engine's own prediction."""

import math

import numpy as np
import pytest
import torch

from core.diffusion import exact_eps
from core.experiments.diffusion import field
from core.experiments.diffusion import field_claims as claims
from core.experiments.diffusion.field import PLAN, guess, losses, places, spread
from core.experiments.diffusion.field import field as run
from core.rng import generator
from pages.figures.diffusion.field import figure

OWN = {"layout": "mine", "ax": 0.4, "ay": 1.1, "std": 0.4}


def the(result, words):
    (found,) = (c for c in claims.checks(result) if words in c.claim)
    return found


def log_density(x, result):
    """log qₜ in plain numpy, up to a constant."""
    level = float(PLAN.alpha_bar[result.t])
    kept = level * result.std**2 + 1 - level
    far = ((x - math.sqrt(level) * result.means.numpy()) ** 2).sum(1)
    return np.logaddexp.reduce(-far / kept / 2)


@pytest.mark.parametrize("layout", field.LAYOUTS)
@pytest.mark.parametrize("t", [3, 300, 900])
def test_the_prediction_is_minus_the_slope_of_the_log_density(layout, t):
    result = run(layout=layout, t=t, x=0.3, y=-0.7, std=0.5)
    x, step = result.x.numpy(), 1e-5
    slope = [
        (log_density(x + step * e, result) - log_density(x - step * e, result)) / (2 * step)
        for e in np.eye(2)
    ]
    noise = math.sqrt(1 - float(PLAN.alpha_bar[t]))
    np.testing.assert_allclose(result.eps[0], -noise * np.array(slope), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("net", field.NETS)
def test_the_short_prediction_is_that_of_the_engine(net):
    result = run(layout="ring", net=net, t=250, x=1.2, y=-2.0)
    table = PLAN.alpha_bar if net == "exact" else PLAN.alphas
    data = spread(result.means, result.std)
    for t, x, eps in zip(result.times[:-1], result.path, result.eps):
        torch.testing.assert_close(eps, exact_eps(data, x, int(t), table), rtol=1e-9, atol=1e-12)
    many = torch.randn(3, 5, 2, generator=generator(0), dtype=torch.float64)
    level = float(PLAN.alpha_bar[40])
    known = exact_eps(data, many, 40, PLAN.alpha_bar)
    torch.testing.assert_close(guess(result.means, result.std, level, many), known)


@pytest.mark.parametrize("values", [{}, OWN, {"layout": "triangle", "t": 150, "x": 0.5}])
def test_the_guess_is_the_mean_of_all_data_that_may_have_led_here(values):
    result = run(**values)
    x0 = spread(result.means, result.std).sample(400_000, generator(1))
    level = float(PLAN.alpha_bar[result.t])
    far = (result.x - math.sqrt(level) * x0).square().sum(1)
    weight = (-far / (1 - level) / 2).softmax(0)
    torch.testing.assert_close(weight @ x0, result.x0, rtol=0.02, atol=0.02)
    which = torch.cdist(x0, result.means).argmin(1)
    shares = torch.stack([weight[which == k].sum() for k in range(len(result.means))])
    assert (shares - result.shares).abs().max() < 0.05


def test_half_way_between_two_modes_the_guess_lies_where_no_data_are():
    result = run(x=0.0, y=0.0)
    assert result.x0.abs().max() < 1e-12 and result.gap == pytest.approx(1.8)
    assert result.shares.tolist() == pytest.approx([0.5, 0.5])
    near = run(t=1, x=0.0, y=0.0)  # no way leads from there to a mode in one step
    assert near.x0.abs().max() < 1e-12
    said = claims.says(run())
    assert "where next to no data lie" in said
    assert "where next to no data lie" not in claims.says(run(x=1.8, y=0.0, t=20))


def test_the_floor_of_one_gaussian_is_the_share_of_signal():
    result = run(layout="one", t=301, std=1.0, ax=0.0, ay=0.0)
    assert result.floor == pytest.approx(0.3940, abs=5e-5)
    assert result.floor == pytest.approx(float(PLAN.alpha_bar[301]), abs=1e-7)
    other = run(layout="one", t=120, std=0.3, ax=-1.0, ay=2.0)
    level = float(PLAN.alpha_bar[120])
    assert other.floor == pytest.approx(level * 0.09 / (level * 0.09 + 1 - level), abs=1e-7)
    assert the(other, "for data N(m, σ²)").holds and not the(run(), "for data N(m, σ²)").applies


@pytest.mark.parametrize("values", [{}, OWN, {"layout": "ring", "t": 200}, {"layout": "line"}])
def test_no_prediction_beats_the_floor_and_the_exact_one_reaches_it(values):
    result = run(**values)
    data, random = spread(result.means, result.std), generator(2)
    x0 = data.sample(200_000, random)
    eps = torch.randn(x0.shape, generator=random, dtype=torch.float64)
    level = float(PLAN.alpha_bar[result.t])
    xt = math.sqrt(level) * x0 + math.sqrt(1 - level) * eps
    best = exact_eps(data, xt, result.t, PLAN.alpha_bar)
    assert (eps - best).square().mean() == pytest.approx(result.floor, abs=0.004)
    for other in (0 * best, 0.9 * best, best + 0.1, xt):
        assert (eps - other).square().mean() > result.floor


def test_without_the_bar_the_loss_is_that_of_a_net_that_finds_no_noise():
    result = run(layout="one", t=301, std=1.0, ax=0.0, net="printed")
    wrong, right = (1 - float(table[301]) for table in (PLAN.alphas, PLAN.alpha_bar))
    # ε − √(1 − α) xₜ has variance (1 − √((1 − α)(1 − ᾱ)))² + (1 − α) ᾱ for data N(0, 1)
    a, b = math.sqrt(wrong), math.sqrt(right)
    assert result.loss == pytest.approx((1 - a * b) ** 2 + wrong * (1 - right), abs=1e-6)
    assert the(result, "as printed (E-75) the net").holds
    assert not the(result, "read backwards").applies
    assert run(layout="mine", net="printed").exact  # own modes have the exact net only


def test_at_the_first_step_the_bar_changes_nothing():
    first, exact = run(t=1, net="printed"), run(t=1)
    assert first.loss == pytest.approx(exact.floor, abs=1e-12)
    assert "the loss is the lowest" in claims.says(first)
    assert "hardly anything noise" in claims.says(run(t=2, net="printed"))
    assert run(t=2, net="printed").loss > run(t=2).floor


def test_a_way_that_flies_off_is_still_followed_by_its_check():
    """Trained as printed, narrow modes: the particle ends forty thousand away."""
    values = {"net": "printed", "std": 0.05, "ax": 0.01}
    for t, layout in ((1000, "two"), (999, "line"), (941, "line")):
        result = run(t=t, layout=layout, x=0.0, y=-0.645, **values)
        assert result.end.norm() > 1000
        assert the(result, "as printed (E-75), without the bar").holds


def test_modes_that_mirror_each_other_have_one_floor():
    for layout in ("two", "triangle", "ring", "line"):
        means = places(layout, (1.3, 0.5), (0, 0), (0, 0))
        t = torch.tensor([30, 300])
        k = len(means)
        every = [losses(means.roll(i, 0), 0.3, "one", t, 0.35)[0] for i in range(k)]
        short = losses(means, 0.3, layout, t, 0.35)[0]
        torch.testing.assert_close(short, torch.stack(every).mean(0), rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize(
    ("layout", "count"), [("one", 1), ("two", 2), ("triangle", 3), ("ring", 8)]
)
def test_named_modes_lie_on_one_circle_in_equal_turns(layout, count):
    means = places(layout, (1.2, -0.9), (9, 9), (9, 9)).numpy()
    angle = np.unwrap(np.arctan2(means[:, 1], means[:, 0]))
    np.testing.assert_allclose(np.hypot(*means.T), 1.5)
    np.testing.assert_allclose(np.diff(angle), 2 * np.pi / count)
    assert means[0] == pytest.approx((1.2, -0.9)) and len(means) == count


def test_own_modes_stand_where_they_were_put_and_a_line_runs_through_the_middle():
    assert places("mine", (1, 2), (3, 4), (5, 6)).tolist() == [[1, 2], [3, 4], [5, 6]]
    line = places("line", (2, 1), (0, 0), (0, 0))
    assert line.tolist() == [[2, 1], [1, 0.5], [0, 0], [-1, -0.5], [-2, -1]]


def test_the_way_back_of_a_gaussian_keeps_its_quantile(monkeypatch):
    """x₀ − m = σ (xₜ − √ᾱ m)/√(ᾱσ² + 1 − ᾱ), at half the distance for twice the steps."""
    level, centre = float(PLAN.alpha_bar[400]), torch.tensor([1.0, -0.5], dtype=torch.float64)
    off = []
    for steps in (100, 200, 400):
        monkeypatch.setattr(field, "STEPS", steps)
        result = run(layout="one", t=400, std=0.7, ax=1.0, ay=-0.5, x=-1.0, y=1.5)
        z = (result.x - math.sqrt(level) * centre) / math.sqrt(level * 0.49 + 1 - level)
        off.append(float((result.end - centre - 0.7 * z).norm()))
        assert result.times[0] == 400 and result.times[-1] == 0 and (result.times.diff() < 0).all()
    assert off[-1] < 0.01
    assert off[0] / off[1] == pytest.approx(2, abs=0.2)
    assert off[1] / off[2] == pytest.approx(2, abs=0.2)


def test_a_single_step_goes_to_the_guess():
    result = run(t=1)
    assert len(result.path) == 2
    torch.testing.assert_close(result.end, result.x0)


@pytest.mark.parametrize("layout", field.LAYOUTS)
def test_the_checks_notice_a_sign_a_time_and_a_share(layout):
    result = run(layout=layout, x=0.4, y=-0.3)
    assert all(c.holds for c in claims.checks(result) if c.applies)
    for field_, forged, words in (
        ("eps", -result.eps, "slope"),
        ("times", (result.times + 5).clamp(max=1000), "mixes"),
        ("shares", result.shares.flip(0) + 0.01, "share of a mode is"),
        ("floor", 1 - result.floor + 0.03, "what xₜ leaves open"),
    ):
        assert not the(result._replace(**{field_: forged}), words).holds, field_


def test_the_handles_are_the_particle_and_the_modes_that_are_free():
    def handles(**values):
        return [h.params for h in figure(run(**values)).panels[0].handles]

    assert handles() == [("x", "y"), ("ax", "ay")]
    assert handles(layout="mine") == [("x", "y"), ("ax", "ay"), ("bx", "by"), ("cx", "cy")]
    picture = figure(run())
    assert picture.frames == len(run().path) and picture.panels[2].handles[0].params == ("t",)


def test_the_three_predictions_are_one():
    """The numbers under the figure: ε, x̂₀ and v turn into each other by hand."""
    track, result = figure(run()).track, run()
    level = PLAN.alpha_bar[result.times].numpy()
    e, d, v = (track[name + "1"] for name in "edv")
    np.testing.assert_allclose(np.sqrt(level) * d + np.sqrt(1 - level) * e, track["x1"])
    np.testing.assert_allclose(np.sqrt(level) * e - np.sqrt(1 - level) * d, v, atol=1e-12)
