"""The distance to the boundary of a net, against straight lines, polygons and brute force."""

import math

import pytest
import torch

from core.adversarial import Net, certified_radius, deepfool, linear_min_perturbation
from core.adversarial.distance import nearest_boundary
from core.adversarial.nets import CLOUDS
from core.adversarial.plane import learned
from core.rng import generator


def near(a, b):
    return torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-7)


def straight(w, b):
    return Net((torch.tensor([[0.0, 0.0], w]).double(),), (torch.tensor([0.0, b]).double(),))


@pytest.mark.parametrize(("w", "b"), [([1.0, 2.0], 0.3), ([-3.0, 0.1], 1.0), ([0.0, 1e-3], 1e-3)])
def test_a_linear_net_has_the_distance_of_the_formula(w, b):
    x = 4 * torch.rand(30, 2, generator=generator(1), dtype=torch.float64) - 2
    found = nearest_boundary(straight(w, b), x)
    for one, point, distance in zip(x, *found, strict=True):
        exact = linear_min_perturbation(torch.tensor(w).double(), b, one, 2)
        near(distance, exact.distance)
        assert float((point - exact.touch).norm()) < 0.02 * float(exact.distance) + 1e-6


def test_a_diamond_has_its_edges_and_from_outside_its_corners():
    """f₁ − f₀ = 1 − |x₁| − |x₂|, by four units of ReLU."""
    W = torch.tensor([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]]).double()
    last = torch.tensor([[1.0] * 4, [0.0] * 4]).double()
    net = Net((W, last), (torch.zeros(4).double(), torch.tensor([0.0, 1.0]).double()))
    x = torch.tensor([[0.1, 0.2], [3.0, 0.0], [1.0, 1.0], [0.0, -2.5]]).double()
    found = nearest_boundary(net, x)
    near(found.distance, torch.tensor([0.7 / 2**0.5, 2.0, 2**-0.5, 1.5]).double())
    near(found.point[1], torch.tensor([1.0, 0.0]).double())


@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize("cloud", CLOUDS)
def test_nothing_nearer_is_read_otherwise_and_no_attack_is_shorter(cloud, activation):
    net, X, y = learned(cloud, activation)
    X, y = X[::8], y[::8]
    found = nearest_boundary(net, X)
    scores = net(found.point)
    assert float((scores[:, 1] - scores[:, 0]).abs().max()) < 1e-4
    angle = torch.arange(2000).double() * 2 * math.pi / 2000
    ray = torch.stack([angle.cos(), angle.sin()], 1)
    read = net(X).argmax(1)
    for share in (0.3, 0.7, 0.9, 0.97, 0.99, 0.999):
        round_x = X[:, None] + share * found.distance[:, None, None] * ray
        assert (net(round_x).argmax(-1) == read[:, None]).all()
    attacked = deepfool(net, X, read, overshoot=0.0)
    assert (found.distance <= (attacked - X).norm(dim=1) * (1 + 1e-4)).all()
    assert (certified_radius(net, X) <= found.distance).all()


def test_a_root_between_kinks_is_found_to_its_end():
    """False position is slow where a unit switches next to the root."""
    net = learned("spirals", "relu").net
    found = nearest_boundary(net, torch.tensor([[-1.31648, -0.340322]]).double())
    assert float(net(found.point).diff().abs()) < 1e-9


def test_a_net_without_boundary_has_none():
    found = nearest_boundary(straight([0.0, 0.0], 1.0), torch.zeros(2, 2).double())
    assert found.distance.isinf().all()


def test_on_the_boundary_the_distance_is_zero():
    found = nearest_boundary(straight([1.0, 0.0], 0.0), torch.zeros(1, 2).double())
    assert float(found.distance) == pytest.approx(0, abs=1e-12)


def test_bad_points_are_refused():
    with pytest.raises(ValueError, match="expected x"):
        nearest_boundary(learned("moons").net, torch.zeros(2).double())
    with pytest.raises(ValueError, match="finite"):
        nearest_boundary(learned("moons").net, torch.full((1, 2), math.nan).double())
