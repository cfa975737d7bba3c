"""What attacks did, on the pixel grid and at many radii."""

import math

import pytest
import torch

from core.adversarial import cross_entropy, eps_sweep, fgsm, margin_loss, outcome, pgd, quantised
from core.adversarial.nets import Net
from core.rng import generator

NORMS = (1, 2, math.inf)
SIZE = {1: 4.0, 2: 1.0, math.inf: 0.1}  # by which many digits of the small network are lost
UNIT = (0.0, 1.0)


def linear(*weights, b=None) -> Net:
    W = torch.tensor(weights, dtype=torch.float64)
    b = [0.0] * len(W) if b is None else b
    return Net((W,), (torch.tensor(b, dtype=torch.float64),))


def test_an_outcome_tells_what_happened():
    model = linear([1, 0], [0, 1], [-1, -1])
    x = torch.tensor([[2.0, 0], [0, 2], [1, 1]]).double()
    adv, y = torch.tensor([[0.0, 2], [0, 2], [1, 1.5]]).double(), torch.tensor([0, 0, 0])
    found = outcome(model, x, adv, y, norm=1)
    assert found.size.tolist() == [4, 0, 0.5]
    assert (found.read.tolist(), found.now.tolist()) == ([0, 1, 0], [1, 1, 1])
    assert found.wrong.tolist() == [False, True, True]  # on a boundary the class is lost
    assert found.fooled.all() and not found.flat.any()
    expected = -model(adv).log_softmax(1)[:, 0]
    torch.testing.assert_close(found.after, expected)
    toward = outcome(model, x, adv, torch.tensor([1, 0, 2]), targeted=True)
    assert toward.fooled.tolist() == [True, False, False]
    tie = outcome(model, x, x, torch.tensor([1, 1, 0]), targeted=True)
    assert tie.fooled.tolist() == [False, True, True]  # as high as any other is enough


def test_changes_are_cut_to_whole_grey_levels_towards_the_digit(read):
    eps = 2.7 / 16
    there = fgsm(read.net, read.x, read.y, eps, bounds=UNIT)
    grey = quantised(read.x, there)
    assert torch.equal((16 * grey).round() / 16, grey)
    change = 16 * (grey - read.x).abs()
    assert change.max() == 2 and ((grey - read.x) * (there - read.x) >= 0).all()
    assert ((there - read.x).abs() - (grey - read.x).abs() < 1 / 16).all()
    exact = fgsm(read.net, read.x, read.y, 3 / 16, bounds=UNIT)
    torch.testing.assert_close(quantised(read.x, exact), exact)
    tenths = torch.arange(7, dtype=torch.float64) / 10  # .6 + .3 is a hair below .9
    torch.testing.assert_close(quantised(tenths, tenths + 0.3, 10), tenths + 0.3)
    found = outcome(read.net, read.x, grey, read.y)
    assert 0.5 < found.fooled.double().mean() <= 1


@pytest.mark.parametrize("norm", NORMS)
def test_a_sweep_is_one_attack_after_another(read, norm):
    eps = SIZE[norm] * torch.tensor([0.0, 0.3, 1.0, 2.0]).double()
    how = {"norm": norm, "steps": 10, "bounds": UNIT}
    sweep = eps_sweep(read.net, read.x, read.y, eps, **how)
    for e, there, loss in zip(eps[1:].tolist(), sweep.x[1:], sweep.loss[1:]):
        one = pgd(read.net, read.x, read.y, e, alpha=0.25 * e, generator=None, **how)
        assert ((one - there).abs().amax(1) < 1e-9).double().mean() > 0.99
        torch.testing.assert_close(loss, cross_entropy(read.net(there), read.y))
    assert torch.equal(sweep.x[0], read.x)
    assert torch.equal(sweep.fooled, margin_loss(read.net(sweep.x.view(-1, 64)),
                                                 read.y.repeat(4)).view(4, -1) >= 0)  # fmt: skip
    step = eps_sweep(read.net, read.x, read.y, eps, norm=norm, attack="fgsm")
    one = fgsm(read.net, read.x, read.y, float(eps[2]), norm=norm)
    torch.testing.assert_close(step.x[2], one, rtol=0, atol=1e-12)


@pytest.mark.parametrize("norm", NORMS)
def test_robust_accuracy_falls_with_the_radius(read, norm):
    eps = SIZE[norm] * torch.linspace(0, 4, 21)
    sweep = eps_sweep(read.net, read.x, read.y, eps, norm=norm, steps=20)
    assert (sweep.accuracy.diff() <= 0.004).all() and (sweep.robust.diff() <= 0).all()
    assert (sweep.robust <= sweep.accuracy).all()
    assert sweep.accuracy[0] > 0.97 and sweep.accuracy[-1] < 0.02
    assert (sweep.loss.mean(1).diff() > 0).all()
    for i in (0, 5, 20):  # counted another way
        share = float((sweep.first > sweep.eps[i]).double().mean())
        assert share == pytest.approx(float(sweep.robust[i]))
    rough = eps_sweep(read.net, read.x, read.y, eps, norm=norm, attack="noise",
                      generator=generator(0))  # fmt: skip
    assert (rough.accuracy >= sweep.accuracy).all() and rough.accuracy[8] > sweep.accuracy[8] + 0.5


def test_a_large_sweep_is_cut_into_parts(read, monkeypatch):
    whole = eps_sweep(read.net, read.x, read.y, [0.05, 0.1], steps=5)
    monkeypatch.setattr("core.adversarial.outcomes.ROWS", 77)
    parts = eps_sweep(read.net, read.x, read.y, [0.05, 0.1], steps=5)
    torch.testing.assert_close(whole.x, parts.x, rtol=0, atol=1e-12)
    assert torch.equal(whole.fooled, parts.fooled)


TWO, X, Y = linear([1, 0], [0, 1]), torch.tensor([[0.9, 0.2]]).double(), torch.tensor([0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: eps_sweep(TWO, X, Y, [0.2, 0.1]), "expected eps to rise"),
        (lambda: eps_sweep(TWO, X, Y, [-0.1, 0.1]), "expected eps to be radii"),
        (lambda: eps_sweep(TWO, X, Y, []), "expected eps to be radii"),
        (lambda: eps_sweep(TWO, X, Y, [0.1], attack="noise"), "expected a generator for noise"),
        (lambda: eps_sweep(TWO, X, Y, [0.1], attack="cw"), "expected attack to be one of"),
        (lambda: eps_sweep(TWO, X, Y, [0.1], steps=0), "expected steps"),
        (lambda: outcome(TWO, X, X[0], Y), "expected adv finite and like x"),
        (lambda: quantised(X, X, 0), "expected levels"),
    ],
)
def test_what_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
