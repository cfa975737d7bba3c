"""Robust training: the same runs by the engine, distances by rays."""

import itertools
import math
import pickle

import pytest
import torch

from core import sheets
from core.adversarial import adversarial_train, labelled_cloud, pgd
from core.adversarial.distance import nearest_boundary
from core.experiments.adversarial import training as module
from core.experiments.adversarial import training_claims as claims
from core.rng import generator
from core.toy import Labelled
from pages.experiments.adversarial.training import EXPERIMENT as TRAINING
from tests import contract


def last(**values):
    return contract.run(TRAINING, TRAINING.defaults() | values)


@pytest.fixture(scope="module")
def run():
    return last()


def test_both_nets_are_those_of_the_engine(run):
    points = labelled_cloud("moons", 20, generator=generator(0))
    assert torch.equal(run.learned.X, points.X)
    for i, eps in enumerate((0.0, 0.4)):
        *_, end = adversarial_train(
            *points, eps, hidden=(24, 24), norm=2, steps=800, batch=64, seed=0, every=800,
            dtype=torch.float32,
        )  # fmt: skip
        assert torch.equal(run.theta[-1, i], module.flat(end.net))
        again = module.net_of(module.flat(end.net))
        assert torch.equal(again(points.X.float()), end.net(points.X.float()))


def test_distances_are_those_of_rays_and_of_an_attack(run):
    for i in (0, 1):
        net = module.net_of(run.theta[-1, i].double())
        right = net(run.fresh.X).argmax(1) == run.fresh.y
        assert torch.equal(run.reach[-1, i] > 0, right)
        exact = nearest_boundary(net, run.fresh.X).distance[right].clamp(max=module.REACH)
        torch.testing.assert_close(run.reach[-1, i][right].double(), exact, atol=0.02, rtol=0)
        for eps in (0.2, 0.5):
            ends = pgd(net, *run.fresh, eps, norm=2, alpha=0.05, steps=40, generator=None)
            fooled = net(ends).argmax(1) != run.fresh.y
            assert not (fooled & (run.reach[-1, i] > eps + 0.02)).any()


def test_a_linear_boundary_is_as_far_as_the_formula_says():
    w, b = torch.tensor([0.8, -0.6], dtype=torch.float64), 0.3
    theta = torch.zeros(722, dtype=torch.float64)
    net = module.net_of(theta)
    net.weights[0][:2] = torch.stack([w, -w])
    net.biases[0][:2] = torch.tensor([b, -b], dtype=torch.float64)
    net.weights[1][:2, :2] = torch.eye(2, dtype=torch.float64)
    net.weights[2][1, :2] = torch.tensor([1.0, -1.0], dtype=torch.float64)  # w·x + b
    X = torch.randn(50, 2, generator=generator(3), dtype=torch.float64)
    margin = X @ w + b
    points = Labelled(X, (margin > 0).long())
    for norm, dual in ((2.0, 1.0), (math.inf, 1.4)):
        reach, place = module.nearest(net, points, norm)
        exact = (margin.abs() / dual).clamp(max=module.REACH)
        torch.testing.assert_close(reach, exact, atol=0.01, rtol=0)
        near = exact < module.REACH - 0.02
        assert (place[near] @ w + b).abs().max() < 1e-9
    wrong = module.nearest(net, Labelled(X, 1 - points.y), 2.0)[0]
    assert not wrong.any()


def test_the_share_kept_falls_and_starts_at_what_is_read_right(run):
    for i in (0, 1):
        net = module.net_of(run.theta[-1, i])
        clean = (net(run.fresh.X.float()).argmax(1) == run.fresh.y).double().mean()
        assert run.kept[-1, 0, i, 0] == clean
    assert (run.kept.diff(dim=-1) <= 0).all()
    assert claims.standing(run, 0.4) == pytest.approx((100 * run.kept[-1, 0, :, 16]).tolist())


def test_twenty_points_are_read_better_by_the_robust_net_with_other_seeds_too():
    run = last(seeds="3")
    ordinary, robust = run.kept[-1, :, :, 0].T
    assert (robust > ordinary + 0.05).all()
    said = TRAINING.says(run, **TRAINING.defaults() | {"seeds": "3"})
    assert "Over 3 pairs, without a push, the ordinary net reads" in said
    one = last(seed=2)
    torch.testing.assert_close(one.learned.X, module.learned_points("moons", "", 20, 0, 2).X)


def test_without_a_push_both_nets_are_one(run):
    same = last(eps=0.0)
    assert torch.equal(same.theta[:, 0], same.theta[:, 1])
    assert torch.equal(same.theta[:, 0], run.theta[:, 0])
    assert torch.equal(same.losses[..., 0], same.losses[..., 1])
    assert "With ε = 0 both are the same net." in TRAINING.says(
        same, **TRAINING.defaults() | {"eps": 0.0}
    )


def test_danskin_is_blind_to_no_wrong_sign(run):
    net = module.net_of(run.theta[-1, 1].double())
    slope, difference, smooth = claims.danskin(net, run, 0.4, 2.0)
    assert smooth
    torch.testing.assert_close(slope, difference, rtol=1e-5, atol=1e-7)
    net.weights[0][:], net.biases[0][:] = 0, 0  # every unit of the first layer at its kink
    assert not claims.danskin(net, run, 0.4, 2.0)[2]
    *_, young = itertools.islice(module.training(), 2)
    net = module.net_of(young.theta[-1, 1].double())
    slope, difference, _ = claims.danskin(net, young, 0.4, 2.0)
    assert slope.abs().min() > 1e-4  # here a sign would show
    torch.testing.assert_close(slope, difference, rtol=1e-5, atol=1e-7)


def test_the_checks_hold_and_notice_forgeries(run):
    values = TRAINING.defaults()
    assert all(c.holds or not c.applies for c in TRAINING.checks(run, **values))
    for forged in (
        run._replace(reach=run.reach.flip(2)),
        run._replace(place=-run.place),
        run._replace(place=run.place + 0.02),
        run._replace(theta=run.theta.flip(1)),
        run._replace(kept=run.kept.flip(2)),
        run._replace(losses=run.losses.flip(2)),
        run._replace(best=run.best - 0.01),
        run._replace(fresh=run.fresh._replace(y=1 - run.fresh.y)),
    ):
        assert not all(c.holds or not c.applies for c in TRAINING.checks(forged, **values))
    wrong = TRAINING.checks(run, **values | {"seed": 1})
    assert not all(c.holds or not c.applies for c in wrong)


def test_every_snapshot_is_small_and_says_where_it_is():
    values, shares = TRAINING.defaults() | {"data": "spirals", "seeds": "3"}, []
    for each in TRAINING.compute(**TRAINING.inputs(values)):
        shares.append(each.progress)
        assert len(pickle.dumps(each)) < 220_000
        picture = TRAINING.figure(each, **values)
        assert picture.frames == (17 if each.progress == 1 else 0)
        step = 50 * (len(shares) - 1)
        assert TRAINING.says(each, **values).startswith(f"After {step} steps the ordinary net")
        assert bool(TRAINING.checks(each, **values)) == (each.progress == 1)
    assert shares == sorted(shares) and (shares[0], shares[-1]) == (0.0, 1.0)


def test_fresh_points_that_a_push_turns_are_drawn_with_their_way(run):
    values = TRAINING.defaults() | {"look": "ordinary", "judge": 0.3}
    panel = TRAINING.figure(run, **values).panels[0]
    lost = int((run.reach[-1, 0] <= 0.3).sum())
    turned = next(t for t in panel.traces if t["name"] == "turned")
    assert len(turned["x"]) == lost > 0 and f"turn {lost} of 150 fresh points" in panel.title
    ways = next(t for t in panel.traces if t["name"] == "push that turns it")
    ends = torch.stack([torch.tensor(ways[axis]) for axis in "xy"], 1).view(-1, 3, 2)
    assert (ends[:, 1] - ends[:, 0]).norm(dim=1).max() <= 0.31


def test_a_table_is_split_in_points_to_learn_and_fresh_ones():
    rows = [f"{i % 10},{i // 10},{'in' if 3 <= i % 10 <= 6 else 'out'}" for i in range(60)]
    name = sheets.add("\n".join(["x,y,where", *rows]).encode())
    run = last(data=name, n=400)
    assert len(run.fresh.y) == 20 and len(run.learned.y) == 40
    together = torch.cat([run.fresh.X, run.learned.X])
    assert len(together.unique(dim=0)) == 60
    assert abs(float(run.fresh.y.double().mean()) - 0.6) < 0.1
    values = TRAINING.defaults() | {"data": name, "n": 400}
    assert all(c.holds or not c.applies for c in TRAINING.checks(run, **values))


def test_bad_settings_are_refused_in_words():
    for values, told in (
        ({"eps": -0.1}, r"expected eps in \[0, 1\], got -0.1"),
        ({"n": 5}, r"expected n a whole number in \[10, 400\], got 5"),
        ({"data": "drawn", "drawing": "0 1,1 0"}, "expected drawing to be 16 x 16"),
    ):
        with pytest.raises(ValueError, match=told):
            next(module.training(**values))
