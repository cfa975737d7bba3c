"""DeepFool: exact for linear classes, and sound for a network that reads digits."""

import math
from itertools import pairwise

import pytest
import torch

from core.adversarial import (
    deepfool,
    deepfool_iterates,
    linear_min_perturbation,
    margin_loss,
    multiclass_margins,
    outcome,
    pgd,
)
from core.adversarial.nets import Net
from core.rng import generator

UNIT = (0.0, 1.0)


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=generator(seed), dtype=torch.float64)


def linear(*weights, b=None) -> Net:
    W = torch.tensor(weights, dtype=torch.float64)
    b = [0.0] * len(W) if b is None else b
    return Net((W,), (torch.tensor(b, dtype=torch.float64),))


def test_deepfool_on_the_reference_case():
    """foolbox issue 1: r = (−1/3, 2/3, −2/3), in L∞ of size .6, in one step."""
    model = linear([0, 0, 0], [1, -2, 2], b=[0.0, -1.0])
    x, y = torch.tensor([[2.0, 0, 1]]).double(), torch.tensor([1])
    r = deepfool(model, x, y, overshoot=0) - x
    torch.testing.assert_close(r, torch.tensor([[-1, 2, -2]]).double() / 3)
    r = deepfool(model, x, y, overshoot=0.5) - x
    torch.testing.assert_close(r, torch.tensor([[-0.5, 1, -1]]).double())
    r = deepfool(model, x, y, norm=math.inf, overshoot=0) - x
    torch.testing.assert_close(r, torch.tensor([[-0.6, 0.6, -0.6]]).double())
    assert torch.equal(deepfool(model, x, 1 - y), x)  # misread already
    on = torch.tensor([[1.0, 0, 0]]).double()
    assert torch.equal(deepfool(model, on, y), on)  # on the boundary: lost already


@pytest.mark.parametrize("p", [1, 1.5, 2, math.inf])
def test_deepfool_is_exact_for_linear_classes(p):
    W, b, x = normal(5, 4), normal(5, seed=1), normal(60, 4, seed=2)
    model, y = linear(*W.tolist(), b=b.tolist()), (x @ W.T + b).argmax(1)
    there = deepfool(model, x, y, norm=p, overshoot=0.01)
    best = multiclass_margins(W, b, x, y, norm=p)
    torch.testing.assert_close(there - x, 1.01 * best.delta, rtol=1e-9, atol=1e-12)
    two = linear_min_perturbation(W[1] - W[0], float(b[1] - b[0]), x, p).distance
    pair = linear(*W[:2].tolist(), b=b[:2].tolist())
    y = pair(x).argmax(1)
    found = outcome(pair, x, deepfool(pair, x, y, norm=p, overshoot=0.01), y, norm=p)
    torch.testing.assert_close(found.size, 1.01 * two)
    assert found.fooled.all()


@pytest.mark.parametrize("p", [2, math.inf])
def test_deepfool_fools_every_digit_and_no_ball_attack_at_half_its_size_does_so_often(read, p):
    there = deepfool(read.net, read.x, read.y, norm=p, bounds=UNIT)
    found = outcome(read.net, read.x, there, read.y, norm=p)
    assert found.fooled.all() and there.min() >= 0 and there.max() <= 1
    assert torch.equal(there[found.wrong], read.x[found.wrong])
    size = found.size.clamp_min(1e-6)
    weak = pgd(read.net, read.x, read.y, 0.5 * size, norm=p, alpha=0.01, steps=20, generator=None)
    strong = pgd(read.net, read.x, read.y, 1.2 * size, norm=p, alpha=0.05, steps=60, generator=None)
    half, more = (
        outcome(read.net, read.x, each, read.y).fooled[~found.wrong].double().mean()
        for each in (weak, strong)
    )
    assert half < 0.05 and more > 0.95


def test_the_overshoot_multiplies_the_whole_perturbation(read):
    """Every iterate is x + 1.02 Σ steps, and the loss ends above 0 for all."""
    path = list(deepfool_iterates(read.net, read.x, read.y, overshoot=0.02))
    assert len(path) < 20 and path[0].x is path[0].moved
    assert (path[-1].loss > 0).all() and torch.equal(path[-1].x, deepfool(read.net, read.x, read.y))
    still = path[0].loss < 0
    one = (path[1].x - read.x)[still] / 1.02  # the first step ends on the linearised boundary
    scores, at = read.net(read.x[still]), torch.arange(int(still.sum()))
    ahead = scores + (read.net.jacobian(read.x[still]) @ one.unsqueeze(-1)).squeeze(-1)
    assert margin_loss(ahead, read.y[still]).abs().max() < 1e-9 and len(at) > 280


@pytest.mark.parametrize("p", [2, math.inf])
def test_what_has_come_to_a_bound_goes_no_further(read, p):
    path = list(deepfool_iterates(read.net, read.x, read.y, norm=p, bounds=UNIT))
    for before, step in pairwise(path):
        assert (step.moved[before.x == 1] <= 1 + 1e-12).all()
        assert (step.moved[before.x == 0] >= -1e-12).all()
        assert torch.equal(step.x, step.moved.clamp(*UNIT))


def test_where_all_is_flat_it_ends_at_once():
    def model(x):
        return torch.tensor([1.0, 0.0]).double().expand(len(x), 2)

    x = normal(3, 2)
    path = list(deepfool_iterates(model, x, torch.tensor([0, 0, 1])))
    assert len(path) == 2 and torch.equal(path[1].x, x)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"norm": 0.5}, r"expected norm in \[1, inf\]"),
        ({"steps": 0}, "expected steps"),
        ({"overshoot": -0.1}, "expected overshoot"),
        ({"bounds": (0, 0.5)}, "expected x in"),
    ],
)
def test_what_deepfool_refuses(change, message):
    x = torch.tensor([[0.9, 0.2]]).double()
    with pytest.raises(ValueError, match=message):
        deepfool(linear([1, 0], [0, 1]), x, torch.tensor([0]), **change)
