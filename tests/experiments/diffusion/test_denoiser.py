"""The noise net: its least loss and samples by other ways, own data, what every snapshot shows."""

import pickle
from itertools import pairwise

import pytest
import torch
from scipy.stats import wasserstein_distance

from core import plane
from core.diffusion import Net, exact_eps, least_loss
from core.experiments.diffusion import denoiser as lab
from core.experiments.diffusion import denoiser_claims as claims
from core.rng import generator
from core.toy import cloud
from core.words import typeset
from pages.experiments.diffusion.denoiser import EXPERIMENT as NET
from tests import contract
from tests.forgery import failures
from tests.tables import own


def run(**values):
    return contract.run(NET, NET.defaults() | values)


@pytest.fixture(scope="module")
def two():
    return run(steps=400)


def test_the_floor_of_two_bumps_is_the_mean_over_all_steps(two):
    every = least_loss(lab.law("two", ""), torch.arange(1, 1001), lab.plan().alpha_bar)
    assert two.floor == pytest.approx(every.mean().item(), abs=5e-4)
    assert two.floor == pytest.approx(0.2298, abs=1e-3)


def test_the_loss_shown_is_the_loss_measured_on_many_pairs(two):
    law, random = lab.law("two", ""), generator(77)
    t = lab.STEPS_T.repeat_interleave(4000)
    x0 = law.sample(len(t), random)
    eps = torch.randn(len(t), generator=random, dtype=torch.float64)
    level = lab.plan().alpha_bar[t]
    x = level.sqrt() * x0 + (1 - level).sqrt() * eps
    off = (lab.noise_model(two.net, lab.plan())(x, t) - eps).square()
    assert two.loss == pytest.approx(off.mean().item(), abs=5 * off.std().item() / len(t) ** 0.5)
    assert two.losses[0] == pytest.approx(1.0, abs=0.03)  # a net that says 0
    assert two.floor < two.loss < 0.26


def test_a_perfect_net_would_stand_on_the_floor():
    """One bell at t = 1000, ε* = √(1 − ᾱ) x: the net that says x is nearly perfect there."""
    measure = lab.Measure(lab.law("bell", ""), "eps")
    torch.testing.assert_close(measure.floors, lab.plan().alpha_bar[lab.STEPS_T])
    level = lab.plan().alpha_bar[measure.t]
    torch.testing.assert_close(measure.best, (1 - level).sqrt() * measure.x)


@pytest.mark.parametrize("data", ["two", "ring"])
def test_samples_of_the_best_prediction_are_as_near_as_true_ones(data):
    law = lab.law(data, "")
    samples = lab.drawn(lambda x, t: exact_eps(law, x, t, lab.plan().alpha_bar), law)
    measure = lab.Measure(law, "eps")
    assert lab.apart(samples, measure.true[0]) < 2.5 * measure.chance


def test_the_distance_on_a_line_is_that_of_scipy(two):
    true = lab.law("two", "").sample(lab.SHOWN, generator(2))
    assert two.distance == pytest.approx(wasserstein_distance(two.samples, true), rel=1e-9)


def test_moons_lie_where_the_bundled_ones_do():
    law = lab.law("moons", "")
    x = cloud("moons", 40_000, generator=generator(0))
    torch.testing.assert_close(law.mean, x.mean(0), atol=0.05, rtol=0)
    torch.testing.assert_close(law.variance, x.var(0), atol=0.05, rtol=0)
    assert (torch.cdist(x, law.means).amin(1) < 0.4).double().mean() > 0.99


def test_the_drawing_fills_the_painted_cells():
    law = lab.law("drawing", lab.HEART)
    painted = lab.HEART.count("1")
    assert law.means.shape == (lab.OWN, 2) and painted > 40
    cell = 2 * plane.REACH / plane.SIDE
    column = ((law.means[:, 0] + plane.REACH) / cell).long()
    row = ((plane.REACH - law.means[:, 1]) / cell).long()
    rows = [line.split() for line in lab.HEART.split(",")]
    assert all(rows[i][j] == "1" for i, j in zip(row.tolist(), column.tolist()))


def test_an_own_table_is_learned():
    angle = torch.linspace(0, 6.28, 40)
    data = own((3 * angle.cos()).tolist(), (3 * angle.sin()).tolist())
    values = NET.defaults() | {"data": data, "steps": 100, "width": 16}
    result = contract.run(NET, values)
    assert all(c.holds or not c.applies for c in NET.checks(result, **values))
    assert result.samples.shape == (lab.SHOWN, 2)
    contract.picture_is_sound(NET.figure(result, **values), NET)


def test_too_small_a_drawing_and_a_table_of_one_column_are_refused_in_words():
    with pytest.raises(ValueError, match="at least 10 cells, got 0"):
        next(lab.denoiser(data="drawing", drawing=plane.BLANK))
    with pytest.raises(ValueError, match="two columns"):
        next(lab.denoiser(data=own(range(20))))


def test_every_snapshot_is_small_told_and_drawn_and_the_last_is_the_result():
    values = NET.defaults() | {"steps": 60, "width": 128, "data": "moons"}
    snapshots = list(lab.denoiser(**{k: v for k, v in values.items() if k != "t"}))
    assert snapshots[0].progress == 0 and snapshots[-1].progress == 1
    assert all(a.progress < b.progress for a, b in pairwise(snapshots))
    for shot in snapshots[::6] + snapshots[-1:]:
        assert len(pickle.dumps(shot)) < 200_000
        contract.picture_is_sound(NET.figure(shot, **values), NET)
        contract.sentence_is_words(typeset(NET.says(shot, **values)))
    assert NET.checks(snapshots[3], **values) == [] != NET.checks(snapshots[-1], **values)


def test_the_picture_of_another_t_needs_no_training(two):
    values = NET.defaults() | {"steps": 400}
    one, other = (NET.figure(two, **values | {"t": t}) for t in (100, 700))
    field, again = one.panels[2], other.panels[2]
    law, x = lab.law("two", ""), torch.tensor(again.traces[2]["x"]).double()
    best = -((1 - lab.plan().alpha_bar[700]) ** 0.5) * law.noised(
        float(lab.plan().alpha_bar[700])
    ).score(x)
    torch.testing.assert_close(torch.tensor(again.traces[2]["y"]).double(), best, atol=1e-4, rtol=0)
    assert field.traces[2]["y"].tobytes() != again.traces[2]["y"].tobytes()


def test_a_worse_net_with_the_loss_of_a_better_one_is_noticed(two):
    values = NET.defaults() | {"steps": 400}
    worse = two._replace(net=Net(0.5 * two.net.weights, 0, "eps"))
    failed = failures(NET.checks(worse, **values))
    assert len(failed) >= 3
    lower = two._replace(losses=two.losses - 0.1, bands=two.bands - 0.1)
    assert sum(not c.holds for c in NET.checks(lower, **values) if c.applies) >= 2


def test_the_prediction_of_data_costs_at_large_t_and_of_noise_at_small_t():
    for predict, place in (("eps", "small"), ("x0", "large"), ("v", "large")):
        assert claims.answers["where"](run(steps=200, predict=predict))[0] == place
