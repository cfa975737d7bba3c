"""Nets forwards and backwards against autograd, what they learn, and what is certain of them."""

import math

import pytest
import torch
from torch import nn

from core.adversarial import steepest
from core.adversarial.nets import (
    ACTIVATIONS,
    CLOUDS,
    Learner,
    Net,
    certified_radius,
    fit,
    labelled_cloud,
    lipschitz_bound,
    operator_norm,
)
from core.rng import generator

EACH = torch.float64


def random_net(sizes, activation="relu", seed=0) -> Net:
    draw = {"generator": generator(seed), "dtype": EACH}
    weights = tuple(torch.randn(o, i, **draw) / i**0.5 for i, o in zip(sizes, sizes[1:]))  # noqa: RUF007
    return Net(weights, tuple(torch.randn(o, **draw) for o in sizes[1:]), activation)


def as_module(net: Net) -> nn.Sequential:
    layers = []
    for W, b in zip(net.weights, net.biases):
        layer = nn.Linear(W.shape[1], W.shape[0], dtype=W.dtype)
        layer.load_state_dict({"weight": W.clone(), "bias": b.clone()})
        layers += [layer, nn.ReLU() if net.activation == "relu" else nn.Tanh()]
    return nn.Sequential(*layers[:-1])


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("sizes", [(5, 3), (5, 7, 3), (5, 8, 6, 4)])
def test_scores_and_slopes_are_those_of_autograd(sizes, activation):
    net, module = random_net(sizes, activation), as_module(random_net(sizes, activation))
    draw = {"generator": generator(1), "dtype": EACH}
    x = torch.randn(2, 9, 5, **draw).requires_grad_()
    slopes = torch.randn(2, 9, sizes[-1], **draw)
    scores, kept = net.forward(x.detach())
    torch.testing.assert_close(scores, module(x).detach(), rtol=0, atol=1e-12)
    (wanted,) = torch.autograd.grad(module(x), x, slopes)
    torch.testing.assert_close(net.pull(slopes, kept), wanted, rtol=0, atol=1e-12)
    (through,) = torch.autograd.grad(net(x), x, slopes)
    torch.testing.assert_close(through, wanted, rtol=0, atol=1e-12)
    for one in x.detach()[0]:
        wanted = torch.autograd.functional.jacobian(module, one)
        torch.testing.assert_close(net.jacobian(one), wanted, rtol=0, atol=1e-12)
    assert net.jacobian(x.detach()).shape == (2, 9, sizes[-1], 5)
    torch.testing.assert_close(net.probabilities(x), torch.softmax(module(x), -1))


def test_a_scaled_net_decides_alike():
    net, x = random_net((4, 6, 3)), torch.randn(50, 4, generator=generator(2), dtype=EACH)
    torch.testing.assert_close(net.scaled(7.0)(x), 7 * net(x))
    copy = net.to(dtype=torch.float32)
    assert copy(x.float()).dtype == torch.float32 and copy.activation == net.activation
    copy = net.to("cpu")
    copy.weights[0].zero_()
    assert net.weights[0].abs().min() > 0


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("soft", [False, True])
def test_learning_is_adamw_on_the_cross_entropy(activation, soft):
    sizes = (4, 6, 5, 3)
    learner = Learner(sizes, activation=activation, lr=0.03, decay=0.5, generator=generator(3))
    module = as_module(learner.net)
    adam = torch.optim.AdamW(module.parameters(), lr=0.03, weight_decay=0.5)
    draws = generator(4)
    for step in range(6):
        x = torch.randn(10, 4, generator=draws, dtype=EACH)
        y = torch.randint(3, (10,), generator=draws)
        if soft:
            y = torch.rand(10, 3, generator=draws, dtype=EACH)
            y = y / y.sum(1, keepdim=True)
        rate = 1 - step / 6
        adam.param_groups[0]["lr"] = 0.03 * rate
        loss = nn.functional.cross_entropy(module(x), y)
        adam.zero_grad()
        loss.backward()
        adam.step()
        assert float(learner.step(x, y, rate=rate)) == pytest.approx(float(loss.detach()))
    wanted = nn.utils.parameters_to_vector(module.parameters()).detach()
    torch.testing.assert_close(learner.theta, wanted, rtol=0, atol=1e-10)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("name", CLOUDS)
def test_a_net_learns_what_it_is_shown(name, activation):
    X, y = labelled_cloud(name, 300, generator=generator(0))
    assert y.bincount().tolist() == [150, 150] and X.abs().max() < 3.5
    net = fit(X, y, activation=activation)
    fresh, classes = labelled_cloud(name, 1000, generator=generator(1))
    assert float((net(fresh).argmax(1) == classes).double().mean()) > 0.96
    line = fit(X, y, hidden=())
    share = float((line(fresh).argmax(1) == classes).double().mean())
    assert (share > 0.96) == (name == "blobs")  # the only one that a straight line parts


def test_rings_are_a_disc_in_a_ring():
    X, y = labelled_cloud("rings", 2000, generator=generator(0))
    reach = X.norm(dim=1)
    assert reach[y == 0].max() < 1.2 and 1.4 < reach[y == 1].min() < 1.8 < reach[y == 1].max()
    share = float((reach[y == 0] < 0.4).double().mean())
    assert share == pytest.approx(0.25, abs=0.05)  # uniform on the disc


def test_own_points_of_three_classes_are_learned_and_a_seed_is_a_net():
    X = torch.tensor([[0, 0], [0, 1], [2, 0], [2, 1], [1, 3], [1, 4]])
    y = torch.tensor([0, 0, 1, 1, 2, 2])
    net = fit(X, y, seed=5)
    assert torch.equal(net(X.double()).argmax(1), y)
    again, other = fit(X, y, seed=5), fit(X, y, seed=6)
    assert all(torch.equal(a, b) for a, b in zip(net.weights, again.weights))
    assert not torch.equal(net.weights[0], other.weights[0])
    few = fit(X, y, batch=3, seed=5)
    assert not torch.equal(net.weights[0], few.weights[0])


def test_the_global_random_state_is_left_alone():
    before = torch.random.get_rng_state()
    fit(*labelled_cloud("moons", 20, generator=generator(0)), steps=3)
    assert torch.equal(before, torch.random.get_rng_state())


# --- what is certain -----------------------------------------------------------------------------


def test_operator_norms_are_reached_and_never_passed():
    W = torch.randn(4, 6, generator=generator(0), dtype=EACH)
    v = torch.randn(5000, 6, generator=generator(1), dtype=EACH)
    best = {
        1: torch.eye(6, dtype=EACH)[W.abs().sum(0).argmax()],
        2: torch.linalg.svd(W).Vh[0],
        math.inf: W[W.abs().sum(1).argmax()].sign(),
    }
    for norm, top in best.items():
        size = operator_norm(W, norm)
        ratios = (v @ W.T).norm(norm, dim=1) / v.norm(norm, dim=1)
        assert ratios.max() <= size + 1e-12
        assert float((W @ top).norm(norm) / top.norm(norm)) == pytest.approx(size)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("norm", [1, 2, math.inf])
def test_no_two_points_are_further_apart_than_the_lipschitz_bound_says(norm, activation):
    net = random_net((5, 8, 6, 3), activation, seed=7)
    x, z = 2 * torch.randn(2, 4000, 5, generator=generator(2), dtype=EACH)
    z = x + 0.01 * (z - x)
    steep = (net(x) - net(z)).norm(norm, dim=1) / (x - z).norm(norm, dim=1)
    assert 0.02 * lipschitz_bound(net, norm) < steep.max() <= lipschitz_bound(net, norm)


@pytest.mark.parametrize("norm", [1, 1.5, 2, 4.0, math.inf])
def test_the_radius_of_a_linear_net_is_the_distance(norm):
    net = random_net((6, 4), seed=8)
    x = torch.randn(40, 6, generator=generator(3), dtype=EACH)
    radius, y = certified_radius(net, x, norm=norm), net(x).argmax(1)
    (W,), (b,) = net.weights, net.biases
    for j in range(4):
        w = W[y] - W[j]
        best = steepest(-w, norm)
        drop = -(w * best).sum(1)  # of the margin, by one unit of size
        away = ((w * x).sum(1) + b[y] - b[j]) / drop
        for side, flips in ((0.999, False), (1.001, True)):
            moved = x + side * away[:, None] * best
            scores = net(moved)
            ahead = scores.gather(1, y[:, None])[:, 0] > scores[:, j]
            assert (ahead != flips)[y != j].all()
        assert (radius <= away + 1e-12)[y != j].all()
    assert (radius > 0).all()


@pytest.mark.parametrize("norm", [1, 2, math.inf])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_nothing_inside_a_certified_ball_is_read_differently(activation, norm):
    X, y = labelled_cloud("moons", 100, generator=generator(0))
    net = fit(X, y, hidden=(16,), activation=activation)
    radius = certified_radius(net, X, norm=norm)
    assert (radius > 0).all() and radius.median() > 0.01
    steps = torch.linspace(-1, 1, 61, dtype=EACH)
    ball = torch.cartesian_prod(steps, steps)
    ball = ball[ball.norm(norm, dim=1) <= 1]
    around = X[:, None] + radius[:, None, None] * ball
    assert (net(around).argmax(-1) == net(X).argmax(1)[:, None]).all()
    wrong = certified_radius(net, X, 1 - net(X).argmax(1), norm=norm)
    assert (wrong == 0).all()


def test_a_class_that_equals_another_is_never_left_for_it():
    W = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]], dtype=EACH)
    net = Net((W,), (torch.tensor([1.0, 0.0, 0.0], dtype=EACH),))
    radius = certified_radius(net, torch.tensor([[2.0, 0.0]], dtype=EACH))
    assert float(radius) == pytest.approx(3 / 2**0.5)
    radius = certified_radius(net, torch.tensor([[2.0, 0.0]], dtype=EACH), torch.tensor([1]))
    assert float(radius) == 0


@pytest.mark.parametrize(("scores", "radius"), [([1.0, 0.0], math.inf), ([1.0, 1.0], 0.0)])
def test_a_net_that_looks_at_nothing_says_one_thing_everywhere(scores, radius):
    dead = torch.zeros(4, 2, dtype=EACH)
    net = Net((dead, random_net((4, 2)).weights[0]), (dead[:, 0], torch.tensor(scores).double()))
    assert certified_radius(net, torch.ones(1, 2, dtype=EACH)).tolist() == [radius]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda X, y: fit(X[:, 0], y), r"expected points of shape \(n, d\) and labels"),
        (lambda X, y: fit(X, y[:3]), "expected points of shape"),
        (lambda X, y: fit(X * math.inf, y), "expected points to be finite"),
        (lambda X, y: fit(X, y + 0.5), "expected labels to be whole numbers"),
        (lambda X, y: fit(X, y - 1), "expected labels to be whole numbers from 0"),
        (lambda X, y: fit(X, 0 * y), r"at least two classes, got \[10, 0\]"),
        (lambda X, y: fit(X, 2 * y), r"each class, at least two classes, got \[5, 0, 5\]"),
        (lambda X, y: fit(X, y, activation="silu"), "expected activation"),
        (lambda X, y: fit(X, y, steps=0), "expected steps"),
        (lambda X, y: fit(X, y, lr=0), r"expected lr in \(0, 1\], got 0"),
        (lambda X, y: fit(X, y, decay=-1), "expected decay"),
        (lambda X, y: fit(X, y, batch=0), "expected batch"),
        (lambda X, y: fit(X, y, hidden=(0,)), "expected size"),
        (lambda X, y: labelled_cloud("star", 9, generator=generator(0)), "expected cloud"),
        (lambda X, y: labelled_cloud("moons", 1, generator=generator(0)), "expected n"),
        (lambda X, y: lipschitz_bound(random_net((2, 2)), 3), "expected norm to be 1, 2 or inf"),
        (
            lambda X, y: certified_radius(random_net((2, 3, 2)), X, norm=3),
            "expected norm to be 1, 2 or inf",
        ),
        (lambda X, y: certified_radius(random_net((2, 2)), X, norm=0.5), "expected norm in"),
    ],
)
def test_what_is_out_of_range_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call(*labelled_cloud("moons", 10, generator=generator(0)))
