"""Adversarial training against a plain loop, its worst loss by corners, its table by sampling."""

import itertools
import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from core.adversarial.measures import ascent, robust_accuracy
from core.adversarial.nets import Net, labelled_cloud
from core.adversarial.training import (
    STRONG,
    WEAK,
    adversarial_train,
    signed,
    tabular,
    toy_accuracy,
    worst_logistic_loss,
)
from core.rng import generator

MOONS = labelled_cloud("moons", 60, generator=generator(0))


def last(*args, **values):
    *_, snapshot = adversarial_train(*args, **values)
    return snapshot


def flat(net: Net) -> torch.Tensor:
    return torch.cat([p.flatten() for pair in zip(net.weights, net.biases) for p in pair])


def plainly(start: Net, X, y, eps, *, norm, inner, alpha, bounds, steps, batch, seed, fgsm):
    """The same training with modules, autograd and torch's AdamW."""
    sizes = [W.shape[::-1] for W in start.weights]
    layers = [nn.Linear(i, o, dtype=X.dtype) for i, o in sizes]
    parts = itertools.chain.from_iterable((layer, nn.ReLU()) for layer in layers)
    net = nn.Sequential(*list(parts)[:-1])
    nn.utils.vector_to_parameters(flat(start), net.parameters())
    adam = torch.optim.AdamW(net.parameters(), lr=0.01, weight_decay=0.1)
    draws = torch.Generator().manual_seed(seed)
    starts = torch.Generator().manual_seed(int(torch.randint(2**62, (), generator=draws)))
    for i, o in sizes:
        torch.empty(o, i, dtype=X.dtype).uniform_(-1, 1, generator=draws)

    def inside(x, delta):
        if norm == 2:
            delta = delta * (eps / delta.norm(dim=1, keepdim=True)).clamp(max=1)
        else:
            delta = delta.clamp(-eps, eps)
        return x + delta if bounds is None else (x + delta).clamp(*bounds)

    for step in range(steps):
        rows = torch.randint(len(X), (batch,), generator=draws)
        x, c = X[rows], y[rows]
        moved = x
        if not fgsm:
            u = torch.rand(x.shape, generator=starts, dtype=x.dtype)
            moved = inside(x, eps * (2 * u - 1))
        for _ in range(inner):
            moved = moved.detach().requires_grad_()
            (g,) = torch.autograd.grad(F.cross_entropy(net(moved), c, reduction="sum"), moved)
            g = g.sign() if norm == math.inf else g / g.norm(dim=1, keepdim=True)
            moved = inside(x, moved.detach() + alpha * g - x)
        adam.param_groups[0]["lr"] = 0.01 * (1 + math.cos(math.pi * step / steps)) / 2
        adam.zero_grad()
        F.cross_entropy(net(moved.detach()), c).backward()
        adam.step()
    return nn.utils.parameters_to_vector(net.parameters()).detach()


@pytest.mark.parametrize(
    ("norm", "attack", "bounds"),
    [
        (math.inf, "pgd", None),
        (2, "pgd", (-1.0, 1.5)),
        (math.inf, "fgsm", (-1.0, 1.5)),
        (2, "fgsm", None),
    ],
)
def test_training_is_that_of_a_plain_loop(norm, attack, bounds):
    values = {"norm": norm, "bounds": bounds, "steps": 8, "batch": 16, "seed": 4}
    inner, alpha = (1, 0.3) if attack == "fgsm" else (3, 0.2)
    start, end = adversarial_train(
        *MOONS, 0.3, attack=attack, hidden=(9, 7), inner=3, alpha=0.2, decay=0.1, every=8, **values
    )
    wanted = plainly(
        start.net, *MOONS, 0.3, inner=inner, alpha=alpha, fgsm=attack == "fgsm", **values
    )
    torch.testing.assert_close(flat(end.net), wanted, rtol=0, atol=1e-10)
    assert (flat(end.net) - flat(start.net)).abs().max() > 0.01


def test_without_an_attack_it_is_ordinary_training():
    values = {"norm": math.inf, "bounds": None, "steps": 8, "batch": 16, "seed": 4}
    ends = []
    for attack in ("pgd", "fgsm"):
        start, end = adversarial_train(
            *MOONS, 0.0, attack=attack, hidden=(9,), decay=0.1, every=8, judged=0.2, **values
        )
        ends.append(flat(end.net))
    wanted = plainly(start.net, *MOONS, 0.0, inner=0, alpha=0.0, fgsm=True, **values)
    assert torch.equal(*ends)
    torch.testing.assert_close(ends[0], wanted, rtol=0, atol=1e-10)
    assert end.robust < end.clean or end.clean == 0


def test_snapshots_tell_the_run():
    test = labelled_cloud("moons", 200, generator=generator(5))
    values = {"steps": 25, "every": 10, "test": test, "judged": 0.4}
    run = list(adversarial_train(*MOONS, 0.2, **values))
    assert [each.step for each in run] == [0, 10, 20, 25]
    assert math.isnan(run[0].loss) and run[-1].loss < run[1].loss
    for each in run:
        right = each.net(test.X).argmax(1) == test.y
        assert each.clean == float(right.double().mean())
        moved = ascent(0.4).end(each.net, test.X, test.y)  # one of those it looked at
        still = right & (each.net(moved).argmax(1) == test.y)
        assert each.robust <= float(still.double().mean()) + 1e-12
        wanted = robust_accuracy(each.net, *test, [0.4], bounds=None)
        assert each.robust == pytest.approx(float(wanted))
    assert not torch.equal(flat(run[1].net), flat(run[2].net))
    again = list(adversarial_train(*MOONS, 0.2, **values))
    assert all(torch.equal(flat(a.net), flat(b.net)) for a, b in zip(run, again))
    other = last(*MOONS, 0.2, seed=1, **values)
    assert not torch.equal(flat(run[-1].net), flat(other.net))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA here")
def test_a_gpu_trains_the_same_net():
    here, there = (last(*MOONS, 0.2, steps=30, device=name) for name in ("cpu", "cuda"))
    torch.testing.assert_close(flat(here.net), flat(there.net), rtol=1e-6, atol=1e-6)


def test_the_global_random_state_is_left_alone():
    before = torch.random.get_rng_state()
    last(*MOONS, 0.2, steps=3)
    assert torch.equal(before, torch.random.get_rng_state())


# --- linear classifiers and the table ------------------------------------------------------------


def some_rows(n, d, seed):
    draw = {"generator": generator(seed), "dtype": torch.float64}
    w, x = torch.randn(d, **draw), torch.randn(n, d, **draw)
    return w, x, torch.randn(n, **draw).sign()


def test_the_worst_loss_is_that_of_the_worst_corner():
    w, x, y = some_rows(20, 6, 0)
    corners = torch.tensor(list(itertools.product((-1.0, 1.0), repeat=6)), dtype=torch.float64)
    for eps in (0.0, 0.1, 0.7):
        score = (x[:, None] + eps * corners) @ w - 0.3
        brute = torch.log1p((-y[:, None] * score).exp()).amax(1)
        mine = worst_logistic_loss(w, -0.3, x, y, eps)
        torch.testing.assert_close(mine, brute, rtol=0, atol=1e-12)
        assert (mine >= worst_logistic_loss(w, -0.3, x, y, 0.0)).all()


@pytest.mark.parametrize("norm", [1, 2, 4.0])
def test_no_point_of_another_ball_is_worse(norm):
    w, x, y = some_rows(5, 4, 1)
    delta = torch.randn(40_000, 4, generator=generator(2), dtype=torch.float64)
    delta = 0.5 * delta / delta.norm(norm, dim=1, keepdim=True)
    loss = F.softplus(-y[:, None] * ((x[:, None] + delta) @ w)).amax(1)
    worst = worst_logistic_loss(w, 0.0, x, y, 0.5, norm)
    assert (loss <= worst + 1e-12).all() and (loss > 0.95 * worst).all()


def test_one_step_trains_on_the_slope_of_the_worst_loss():
    """Danskin: the slope at the worst point is the slope of the worst loss."""
    w, x, y = some_rows(30, 5, 3)
    W = torch.stack([torch.zeros_like(w), w])
    net = Net((W,), (torch.tensor([0.0, 0.2], dtype=torch.float64),))
    classes = (y > 0).long()
    moved = ascent(0.3, attack="fgsm").end(net, x, classes)
    W.requires_grad_()
    loss = F.cross_entropy(F.linear(moved, W, net.biases[0]), classes)
    (at_point,) = torch.autograd.grad(loss, W)
    free = w.clone().requires_grad_()
    worst = worst_logistic_loss(free, 0.2, x, y, 0.3).mean()
    (of_worst,) = torch.autograd.grad(worst, free)
    assert float(loss.detach()) == pytest.approx(float(worst.detach()))
    torch.testing.assert_close(at_point[1], of_worst, rtol=0, atol=1e-12)


def test_the_table_is_as_described():
    X, c = tabular(100_000, generator=generator(0))
    y = 2.0 * c - 1
    assert X.shape == (100_000, 1 + WEAK) and (X[:, 0].abs() == 1).all()
    assert float((X[:, 0] == y).double().mean()) == pytest.approx(STRONG, abs=0.004)
    weak = X[:, 1:] * y[:, None]
    torch.testing.assert_close(weak.mean(0), torch.full((WEAK,), 0.5).double(), atol=0.015, rtol=0)
    torch.testing.assert_close(
        torch.cov(weak.T), torch.eye(WEAK, dtype=torch.float64), atol=0.025, rtol=0
    )


@pytest.mark.parametrize("norm", [1, 2, math.inf])
def test_accuracy_by_the_law_is_accuracy_by_many_rows(norm):
    X, c = tabular(200_000, generator=generator(1))
    y = 2.0 * c - 1
    draw = {"generator": generator(2), "dtype": torch.float64}
    for _ in range(4):
        w, b = torch.randn(1 + WEAK, **draw).abs(), float(torch.randn((), **draw))
        dual = {1: math.inf, 2: 2, math.inf: 1}[norm]
        margin = y * (X @ w + b) - 0.2 * w.norm(dual)
        share = float((margin > 0).double().mean())
        assert toy_accuracy(w, b, 0.2, norm) == pytest.approx(share, abs=0.005)


def test_accuracy_of_the_strong_feature_alone():
    w = torch.zeros(1 + WEAK)
    w[0] = 2.0
    assert toy_accuracy(w, 0.0, 0.99) == pytest.approx(STRONG)
    assert toy_accuracy(w, 0.0, 1.0) == 0  # on the boundary is lost
    assert toy_accuracy(-w, 0.0, 0.0) == pytest.approx(1 - STRONG)


def test_robust_training_leaves_the_weak_features():
    """The figures of the table: 0.995 / 0.552 become 0.899 / 0.899."""
    data = tabular(2000, generator=generator(0))
    found = {}
    for eps in (0.0, 0.5):
        w, b = signed(last(*data, eps, hidden=(), attack="fgsm", lr=0.02).net)
        found[eps] = toy_accuracy(w, b, 0.0), toy_accuracy(w, b, 0.5), w[1:].sum() / w[0]
    clean, robust, weak = found[0.0]
    assert clean > 0.985 and 0.5 < robust < 0.6 and weak > 5
    clean, robust, weak = found[0.5]
    assert 0.89 < robust <= clean < 0.91 and weak < 1


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"eps": -0.1}, r"expected eps in \[0, 1000\], got -0.1"),
        ({"judged": -1}, "expected judged"),
        ({"attack": "noise"}, "expected attack to be one of fgsm, pgd"),
        ({"norm": 1}, "expected norm to be 2 or inf, got 1"),
        ({"inner": 0}, "expected inner"),
        ({"alpha": 0}, "expected alpha"),
        ({"bounds": (1, 0)}, "expected bounds from low to high"),
        ({"steps": 0}, "expected steps"),
        ({"batch": 1.5}, "expected batch"),
        ({"every": 0}, "expected every"),
        ({"lr": 0}, "expected lr"),
        ({"decay": 11}, "expected decay"),
        ({"seed": -1}, "expected seed"),
        ({"activation": "gelu"}, "expected activation"),
        ({"dtype": torch.int64}, "expected dtype"),
        ({"x": MOONS.X * math.nan}, "expected points to be finite"),
        ({"y": MOONS.y * 0}, "at least two classes"),
    ],
)
def test_what_is_out_of_range_is_refused_at_the_call(values, words):
    with pytest.raises(ValueError, match=words):
        adversarial_train(**{"x": MOONS.X, "y": MOONS.y, "eps": 0.1} | values)


def test_what_else_is_refused():
    w, x, y = some_rows(3, 4, 0)
    for call, words in (
        (lambda: worst_logistic_loss(w, 0, x, y, -1), "expected eps"),
        (lambda: worst_logistic_loss(w, 0, x, y, 1, 0.5), "expected norm in"),
        (lambda: worst_logistic_loss(w, 0, x, (y + 1) / 2, 1), "expected y to be −1 or 1"),
        (lambda: toy_accuracy(w, 0, 0.1), r"expected w of shape \(21,\), got \(4,\)"),
        (lambda: toy_accuracy(torch.ones(21), 0, -0.1), "expected eps"),
        (lambda: tabular(1, generator=generator(0)), "expected n"),
        (lambda: signed(last(*MOONS, 0.1, steps=1).net), "expected a linear net of two classes"),
    ):
        with pytest.raises(ValueError, match=words):
            call()
