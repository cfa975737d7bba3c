"""Attacks: what is exact on linear models, what holds for all, and what is refused."""

import math
from itertools import pairwise

import pytest
import torch
from torch import nn

from core.adversarial import (
    cross_entropy,
    deepfool,
    dual_exponent,
    fgsm,
    margin_loss,
    noise,
    norm_of,
    outcome,
    pgd,
    pgd_iterates,
    project,
)
from core.adversarial.nets import Net
from core.rng import generator

NORMS = (1, 2, math.inf)
SIZE = {1: 4.0, 2: 1.0, math.inf: 0.1}  # by which many digits of the small network are lost
UNIT = (0.0, 1.0)


def normal(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=generator(seed), dtype=dtype)


def linear(*weights, b=None) -> Net:
    W = torch.tensor(weights, dtype=torch.float64)
    b = [0.0] * len(W) if b is None else b
    return Net((W,), (torch.tensor(b, dtype=torch.float64),))


def plain(net):
    """The same network without its own slopes."""
    return lambda x: net(x)


def height(x, y):
    """The surface sin 3x₁ cos 2x₂ + ½x₁ of ROB-12 as a loss."""
    return (3 * x[:, 0]).sin() * (2 * x[:, 1]).cos() + x[:, 0] / 2


def attacked(read, norm, *, model=None, seed=1, **how):
    how = {"alpha": SIZE[norm] / 4, "steps": 20, "bounds": UNIT} | how
    how |= {"generator": None if seed is None else generator(seed)}
    return pgd(model or read.net, read.x, read.y, SIZE[norm], norm=norm, **how)


# --- FGSM ----------------------------------------------------------------------------------------


def test_fgsm_on_two_classes_by_hand():
    """cleverhans issue 312: w = (1, −2, 0), ε = .3: the score falls by .9, one pixel stays."""
    model, x = linear([0, 0, 0], [1, -2, 0]), normal(4, 3)
    y = torch.tensor([1, 1, 0, 0])
    delta = fgsm(model, x, y, 0.3) - x
    torch.testing.assert_close(delta[0], torch.tensor([-0.3, 0.3, 0]).double())
    torch.testing.assert_close(delta[2], torch.tensor([0.3, -0.3, 0]).double())
    change = model(x + delta)[:, 1] - model(x)[:, 1]
    torch.testing.assert_close(change, torch.tensor([-0.9, -0.9, 0.9, 0.9]).double())


def test_a_step_towards_a_target_goes_down_its_loss_and_may_not_reach_it():
    model = linear([0, 0, 0], [1, -2, 0])
    x, y = torch.tensor([[2.0, 0, 1]]).double(), torch.tensor([0])
    near = fgsm(model, x, y, 0.3, targeted=True)
    assert model(near)[0, 1] == pytest.approx(1.1)
    found = outcome(model, x, near, y, targeted=True)
    assert found.after < found.before and not found.fooled
    far = fgsm(model, x, y, 1.0, targeted=True)
    assert outcome(model, x, far, y, targeted=True).fooled
    torch.testing.assert_close(fgsm(model, x, 1 - y, 0.3), near)  # of two classes


@pytest.mark.parametrize("p", [1, 1.5, 2, 3, math.inf])
def test_one_step_is_the_worst_case_of_a_linear_model(p):
    w, x, y = normal(6), normal(50, 6, seed=1), (normal(50, seed=2) > 0).long()
    model = linear([0.0] * 6, w.tolist())
    there = fgsm(model, x, y, 0.4, norm=p)
    side = 2 * y - 1
    drop = side * (x @ w - there @ w)
    torch.testing.assert_close(
        drop, torch.full_like(drop, 0.4 * float(norm_of(w, dual_exponent(p))))
    )
    torch.testing.assert_close(norm_of(there - x, p), torch.full_like(drop, 0.4))


def test_fgsm_walks_past_and_pgd_does_not():
    """ROB-12, E-83: .8715 falls to .6701 at ε = 1; the maximum of a fine grid is 1.2757."""
    model, x, y = (lambda x: x), torch.tensor([[0.3, 0.2]]).double(), torch.tensor([0])
    step = {e: float(height(fgsm(model, x, y, e, loss=height), y)) for e in (0.0, 0.3, 0.5, 1.0)}
    assert step == pytest.approx({0: 0.8715, 0.3: 1.2544, 0.5: 0.9575, 1: 0.6701}, abs=5e-5)
    side = torch.linspace(-1, 1, 2001, dtype=torch.float64)
    grid = float(height(x + torch.cartesian_prod(side, side), y).max())
    assert grid == pytest.approx(1.2757, abs=5e-5)
    how = {"norm": math.inf, "alpha": 0.01, "steps": 100, "loss": height}
    best = pgd(model, x, y, 1.0, **how, restarts=5, generator=generator(0), keep="best")
    assert grid - 1e-3 < float(height(best, y)) <= grid + 1e-9


# --- PGD -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("seed", [None, 1])
def test_pgd_reaches_the_optimum_of_a_linear_model(norm, seed):
    w, x, y = normal(6), normal(20, 6, seed=1), (normal(20, seed=2) > 0).long()
    model, eps = linear([0.0] * 6, w.tolist()), 0.4
    how = {"alpha": 0.1, "steps": 60, "generator": seed and generator(seed)}
    there = pgd(model, x, y, eps, norm=norm, **how)
    drop = (2 * y - 1) * (x @ w - there @ w)
    best = torch.full_like(drop, eps * float(norm_of(w, dual_exponent(norm))))
    torch.testing.assert_close(drop, best, rtol=1e-6, atol=0)


@pytest.mark.parametrize("norm", NORMS)
def test_every_iterate_is_the_projection_of_the_step_before(read, norm):
    eps, alpha = SIZE[norm], SIZE[norm] / 3
    how = {"norm": norm, "alpha": alpha, "steps": 12, "restarts": 3, "generator": generator(0)}
    path = list(pgd_iterates(read.net, read.x, read.y, eps, **how))
    assert [step.k for step in path] == list(range(13)) and path[0].x.shape == (3, 300, 64)
    for before, step in pairwise(path):
        assert (norm_of(step.x - read.x, norm) <= eps * (1 + 1e-9)).all()
        inside = read.x + project(step.moved - read.x, eps, norm)
        torch.testing.assert_close(step.x, inside, rtol=0, atol=1e-12)
        length = norm_of(step.moved - before.x, norm)
        torch.testing.assert_close(length, torch.full_like(length, alpha), rtol=1e-9, atol=0)
        torch.testing.assert_close(step.loss[1], cross_entropy(read.net(step.x[1]), read.y))
    ends = pgd(read.net, read.x, read.y, eps, **(how | {"generator": generator(0)}))
    which = path[-1].loss.argmax(0)
    assert torch.equal(ends, path[-1].x[which, torch.arange(300)])
    assert len({each.item() for each in which}) == 3


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_attacked_digits_stay_in_the_ball_and_on_the_scale(read, norm, dtype):
    net, x, eps = read.net.to(dtype=dtype), read.x.to(dtype), SIZE[norm]
    rounded = float(torch.tensor(eps, dtype=dtype))
    for there in (
        pgd(net, x, read.y, eps, norm=norm, alpha=eps / 3, steps=9, generator=generator(0),
            bounds=UNIT),
        noise(x, eps, norm=norm, generator=generator(1), bounds=UNIT),
        fgsm(net, x, read.y, eps, norm=norm, bounds=UNIT),
    ):  # fmt: skip
        size = norm_of(there - x, norm)
        slack = 1.0 if math.isinf(norm) else 1 + 20 * torch.finfo(dtype).eps
        assert (size.double() <= rounded * slack).all() and size.max() > 0.2 * eps
        assert there.min() >= 0 and there.max() <= 1 and there.dtype == dtype


@pytest.mark.parametrize("norm", NORMS)
def test_a_budget_of_nothing_changes_nothing(read, norm):
    how = {"norm": norm, "alpha": 0.1, "steps": 3, "generator": generator(0)}
    assert torch.equal(pgd(read.net, read.x, read.y, 0.0, **how), read.x)
    assert torch.equal(fgsm(read.net, read.x, read.y, 0.0, norm=norm), read.x)
    assert torch.equal(noise(read.x, 0.0, norm=norm, generator=generator(0)), read.x)


@pytest.mark.parametrize("norm", NORMS)
def test_stronger_attacks_find_higher_losses(read, norm):
    """PGD ≥ one step ≥ noise, and the best iterate ≥ the last one ≥ a single start."""
    right = read.net(read.x).argmax(1) == read.y
    read = read._replace(x=read.x[right], y=read.y[right])
    rough = noise(read.x, SIZE[norm], norm=norm, generator=generator(2), bounds=UNIT)
    step = fgsm(read.net, read.x, read.y, SIZE[norm], norm=norm, bounds=UNIT)
    many, best = attacked(read, norm, seed=None), attacked(read, norm, seed=None, keep="best")
    clean, rough, step, many, best = (
        cross_entropy(read.net(each), read.y) for each in (read.x, rough, step, many, best)
    )
    assert clean.mean() < rough.mean() < step.mean() < many.mean() <= best.mean()
    assert (many >= step - 1e-9).double().mean() > 0.9 and (step > rough).double().mean() > 0.95
    assert (best >= many - 1e-12).all() and (best >= clean).all()


def test_the_point_itself_counts_among_the_best():
    """On a peak every step leads down."""

    def peak(scores, y):
        return -(scores**2).sum(1)

    x, y = torch.zeros(3, 2).double(), torch.tensor([0, 1, 0])
    how = {"norm": 2, "alpha": 0.3, "steps": 2, "loss": peak, "restarts": 2}
    there = pgd(lambda x: x, x, y, 1.0, **how, generator=generator(0), keep="best")
    assert torch.equal(there, x)
    assert pgd(lambda x: x, x, y, 1.0, **how, generator=generator(0)).any()


@pytest.mark.parametrize("norm", NORMS)
def test_starts_lie_in_the_ball_and_on_the_scale(read, norm):
    how = {"norm": norm, "alpha": 1.0, "steps": 1, "restarts": 4, "bounds": UNIT}
    start = next(pgd_iterates(read.net, read.x, read.y, 0.5, **how, generator=generator(0)))
    assert start.k == 0 and start.x.min() == 0 and start.x.max() == 1
    assert norm_of(start.x - read.x, norm).max() <= 0.5 * (1 + 1e-12)
    assert (start.x[0] != start.x[1]).any(1).all()


def test_more_restarts_never_do_worse_on_average(read):
    one, many = attacked(read, 2, steps=3), attacked(read, 2, steps=3, restarts=8)
    losses = [cross_entropy(read.net(each), read.y) for each in (one, many)]
    assert losses[0].mean() < losses[1].mean()


@pytest.mark.parametrize("norm", NORMS)
def test_without_a_budget_no_digit_is_safe(read, norm):
    far = {1: 200.0, 2: 30.0, math.inf: 5.0}[norm]
    there = pgd(read.net, read.x, read.y, far, norm=norm, alpha=far / 10, steps=40,
                generator=generator(0))  # fmt: skip
    assert outcome(read.net, read.x, there, read.y).fooled.all()


@pytest.mark.parametrize("norm", NORMS)
def test_targets_are_reached(read, norm):
    target = (read.y + 1) % 10
    how = {"alpha": SIZE[norm] / 2, "steps": 40, "generator": None, "bounds": UNIT}
    there = pgd(read.net, read.x, target, 4 * SIZE[norm], norm=norm, targeted=True,
                true=read.y, keep="best", **how)  # fmt: skip
    found = outcome(read.net, read.x, there, target, targeted=True)
    assert (found.after <= found.before).all()
    assert found.fooled.double().mean() > 0.9
    assert ((found.now == target) == found.fooled).all()


@pytest.mark.parametrize("norm", NORMS)
def test_autograd_and_slopes_by_hand_give_the_same_attack(read, norm):
    by_hand, by_autograd = (attacked(read, norm, model=m) for m in (read.net, plain(read.net)))
    assert ((by_hand - by_autograd).abs().amax(1) < 1e-6).double().mean() > 0.99


def test_a_point_sees_nothing_of_its_batch(read):
    alone = attacked(read._replace(x=read.x[7:8], y=read.y[7:8]), 2, seed=None)
    torch.testing.assert_close(alone[0], attacked(read, 2, seed=None)[7], rtol=0, atol=1e-10)


def test_the_callers_tensors_and_weights_are_left_alone():
    net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)).double()
    x, y = normal(5, 3).requires_grad_(), torch.tensor([0, 1, 0, 1, 0])
    kept = x.detach().clone()
    for there in (
        fgsm(net, x, y, 0.1),
        pgd(net, x, y, 0.1, norm=2, alpha=0.1, steps=2, generator=None),
        deepfool(net, x, y),
    ):
        assert not there.requires_grad
    assert x.grad is None and torch.equal(x, kept) and all(p.grad is None for p in net.parameters())


def test_a_loss_that_does_not_saturate_finds_what_the_cross_entropy_hides(read):
    """A thousand times the scores: every probability is 0 or 1 and the cross-entropy is flat."""
    cold = read.net.scaled(1e4)
    flat = outcome(cold, read.x, read.x, read.y).flat
    assert flat.double().mean() > 0.9
    still = fgsm(cold, read.x, read.y, 0.1)
    assert torch.equal(still[flat], read.x[flat])
    moved = outcome(cold, read.x, fgsm(cold, read.x, read.y, 0.1, loss=margin_loss), read.y)
    assert moved.fooled.double().mean() > 0.3


def test_a_probability_that_rounds_to_one_still_has_the_right_slope():
    """p_y − 1 is 0 here; the step must go along w_j − w_y, not along w_j."""
    model = linear([5, 5], [1, -1], b=[40.0, 0.0])
    x, y = torch.tensor([[0.5, 0.5]]).double(), torch.tensor([0])
    assert model(x).softmax(1)[0, 0] == 1
    assert (fgsm(model, x, y, 0.1) - x).sign().tolist() == [[-1, -1]]


@pytest.mark.parametrize("norm", NORMS)
def test_a_slope_however_small_shows_the_way(norm):
    """Of size 1e-280: its square is 0 in floating point, its direction is not lost."""
    model = linear([0, 0], [1, -2], b=[640.0, 0.0])
    x, y = torch.zeros(3, 2).double(), torch.tensor([0, 0, 1])
    how = {"norm": norm, "alpha": 0.5, "steps": 1, "generator": None}
    delta = pgd(model, x, y, 0.5, **how) - x
    way = {1: [0, -1], 2: [0.2**0.5, -(0.8**0.5)], math.inf: [1, -1]}[norm]
    wanted = 0.5 * torch.tensor([way, way, [-a for a in way]]).double()
    torch.testing.assert_close(delta, wanted)


def test_scores_that_do_not_depend_on_the_point_are_flat():
    def model(x):
        return torch.tensor([1.0, 0.0]).double().expand(len(x), 2)

    x, y = normal(3, 2), torch.tensor([0, 0, 1])
    assert torch.equal(fgsm(model, x, y, 0.5), x)
    assert torch.equal(pgd(model, x, y, 0.5, norm=2, alpha=0.1, steps=3, generator=None), x)
    assert torch.equal(deepfool(model, x, y), x)
    found = outcome(model, x, x, y)
    assert found.flat.all() and found.wrong.tolist() == [False, False, True]


def test_noise_has_the_size_of_the_attack(read):
    for norm in NORMS:
        size = norm_of(noise(read.x, 0.3, norm=norm, generator=generator(0)) - read.x, norm)
        torch.testing.assert_close(size, torch.full_like(size, 0.3))


# --- what is refused -----------------------------------------------------------------------------

TWO, X, Y = linear([1, 0], [0, 1]), torch.tensor([[0.9, 0.2]]).double(), torch.tensor([0])


def run(**change):
    how = {"norm": 2, "alpha": 0.1, "steps": 2, "generator": None} | change
    model, x, y, eps = (
        how.pop(key, default) for key, default in (("model", TWO), ("x", X), ("y", Y), ("eps", 0.1))
    )
    return pgd(model, x, y, eps, **how)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"eps": -0.1}, r"expected eps in \[0, inf\), got -0.1"),
        ({"eps": torch.tensor([-0.1])}, "expected eps"),
        ({"eps": math.nan}, "expected eps"),
        ({"norm": 0.5}, "expected norm to be 1, 2 or inf, got 0.5"),
        ({"alpha": 0.0}, "expected alpha"),
        ({"steps": 0}, "expected steps"),
        ({"steps": 1.5}, "expected steps"),
        ({"restarts": 0}, "expected restarts"),
        ({"restarts": 2}, "expected a generator for 2 restarts"),
        ({"keep": "first"}, "expected keep to be one of last, best"),
        ({"targeted": True, "true": Y}, "expected targets other than the true class, got 0 at 0"),
        ({"bounds": (0.0, 0.5)}, r"expected x in \[0, 0.5\], got 0.2 … 0.9"),
        ({"bounds": (1.0, 0.0)}, "expected bounds low < high"),
        ({"x": X[0]}, r"expected x floating, \(n, d\)"),
        ({"x": X.long()}, "expected x floating"),
        ({"x": X * math.nan}, "expected x to be finite"),
        ({"x": X[:0], "y": Y[:0]}, "expected at least one point"),
        ({"y": Y + 2}, r"expected y in \[0, 1\], got 2"),
        ({"y": Y.double()}, "expected y int64"),
        ({"y": torch.tensor([0, 1])}, r"expected y int64 of shape \(1,\)"),
        ({"model": lambda x: x[:, 0]}, r"expected scores \(n, K\)"),
    ],
)
def test_what_pgd_refuses(change, message):
    with pytest.raises(ValueError, match=message):
        run(**change)
    how = {"norm": 2, "alpha": 0.1, "steps": 2, "generator": None} | change
    if not {"keep", "model"} & set(change):
        args = [how.pop(k, v) for k, v in (("x", X), ("y", Y), ("eps", 0.1))]
        with pytest.raises(ValueError, match=message):
            pgd_iterates(TWO, *args, **how)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fgsm(TWO, X, Y, -1.0), "expected eps"),
        (lambda: fgsm(TWO, X, Y, 0.1, norm=0.9), r"expected norm in \[1, inf\]"),
        (lambda: fgsm(TWO, X, Y, 0.1, targeted=True, true=Y), "other than the true class"),
        (lambda: noise(X, -0.1, norm=2, generator=generator(0)), "expected eps"),
        (lambda: noise(X, 0.1, norm=3, generator=generator(0)), "expected norm"),
    ],
)
def test_what_the_others_refuse(call, message):
    with pytest.raises(ValueError, match=message):
        call()
