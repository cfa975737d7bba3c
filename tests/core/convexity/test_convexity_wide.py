"""The wide net: its kernel by autograd and in the limit, and the inequality along the run."""

import math

import pytest
import torch

from core.convexity import least_eigenvalues, tangent_kernel, wide_limit, wide_net
from core.convexity.wide import Net, labelled, raised, start


def loss_at(net, x, y):
    return (net(x) - y).square().sum() / 2


@pytest.mark.parametrize("width", [1, 3, 40])
def test_the_kernel_by_autograd(width):
    net, x = start(width, 3), raised(labelled(7, 3)[0])
    w, a = torch.autograd.functional.jacobian(lambda w, a: Net(w, a)(x), tuple(net))
    J = torch.cat([w.flatten(1), a], 1)
    assert J.shape == (7, 4 * width)
    assert torch.allclose(tangent_kernel(net, x), J @ J.T, rtol=1e-12, atol=1e-12)


def test_the_limit_of_many_neurons():
    x = raised(labelled(10, 0)[0])
    mean = torch.stack([tangent_kernel(start(4096, seed), x) for seed in range(12)]).mean(0)
    assert (mean - wide_limit(x)).abs().max() < 5 * 2 / math.sqrt(12 * 4096)
    # erf of a Gaussian: the diagonal by quadrature
    u = torch.linspace(-60, 60, 200_001, dtype=torch.float64)
    density = torch.exp(-u * u / 50) / (5 * math.sqrt(2 * math.pi))
    slope = 4 / math.pi * torch.exp(-2 * u * u)
    diagonal = torch.trapezoid((torch.erf(u) ** 2 + slope) * density, u)
    assert torch.allclose(wide_limit(x).diagonal(), diagonal.expand(10), rtol=1e-9)


@pytest.mark.parametrize("width", [2, 8, 64, 512])
def test_the_inequality_and_the_bound_at_every_step(width):
    steps = list(wide_net(width, 1, steps=200, every=5))
    assert [s.step for s in steps] == list(range(0, 201, 5))
    assert [s.progress for s in steps] == pytest.approx([k / 200 for k in range(0, 201, 5)])
    for s in steps:
        assert s.half_slope >= s.least * s.loss * (1 - 1e-9) - 1e-20  # ‖Jᵀr‖² ≥ λ_min ‖r‖²
        assert s.half_slope <= s.most * s.loss * (1 + 1e-9)
        assert s.loss <= s.bound * (1 + 1e-9)
    losses = [s.loss for s in steps]
    assert losses == sorted(losses, reverse=True)


def test_the_run_is_gradient_descent():
    steps = list(wide_net(5, 2, steps=3, points=4, every=1))
    angles, y = labelled(4, 2)
    x, net = raised(angles), start(5, 2)
    for s in steps:
        assert s.loss == pytest.approx(float(loss_at(net, x, y)), rel=1e-12)
        values = torch.linalg.eigvalsh(tangent_kernel(net, x))
        assert s.least == pytest.approx(float(values[0]), abs=1e-12)
        w, a = torch.autograd.functional.jacobian(lambda w, a: loss_at(Net(w, a), x, y), tuple(net))
        assert 2 * s.half_slope == pytest.approx(float(w.square().sum() + a.square().sum()))
        net = Net(net.w - s.lr * w, net.a - s.lr * a)


def test_width_decides():
    narrow, wide = (list(wide_net(width, 0))[-1] for width in (2, 512))
    assert narrow.least < 1e-12 and narrow.loss > 0.1  # 8 weights for 10 points
    assert wide.least > 0.01 and wide.loss < 1e-9
    assert wide.moved < narrow.moved / 5  # lazy: it hardly moves
    least = least_eigenvalues([2, 8, 64, 1024], 5).median(1).values
    assert float(least[0]) < 1e-12 and (least.diff() > 0).all()
    limit = [
        float(torch.linalg.eigvalsh(wide_limit(raised(labelled(10, seed)[0])))[0])
        for seed in range(5)
    ]
    found = least_eigenvalues([4096], 5)[0]
    assert torch.allclose(found, torch.tensor(limit, dtype=torch.float64), rtol=0.25)


def test_the_end_comes_sooner_when_everything_is_fitted():
    steps = list(wide_net(300, 0, steps=5000, points=3, every=1000))
    assert steps[-1].progress == 1.0 and steps[-1].step < 5000
    assert steps[-1].loss <= 1e-24 * steps[0].loss


def test_seeds_and_refusals():
    first, again, other = (list(wide_net(8, s, steps=10))[-1] for s in (0, 0, 1))
    assert torch.equal(first.fit, again.fit) and not torch.equal(first.fit, other.fit)
    assert first.fit.shape == (181,)
    for bad in ({"width": 0}, {"width": 5000}, {"steps": 0}, {"points": 1}, {"every": 0}):
        (name,) = bad
        with pytest.raises(ValueError, match=name):
            wide_net(**{"width": 8, "seed": 0} | bad)
