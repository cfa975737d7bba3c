"""Nets in the plane: the zero lines of known functions, and the grid against the net itself."""

import math

import pytest
import torch

from core.adversarial.nets import Net
from core.adversarial.plane import cut, ground_of, learned, zero_lines

ALONG = torch.linspace(-2, 2, 81, dtype=torch.float64)


def test_the_zero_lines_of_a_plane_lie_on_its_line_and_have_its_length():
    z = 2 * ALONG[None, :] - ALONG[:, None] + 0.3  # 2x − y + 0.3
    tails, tips = zero_lines(ALONG, ALONG, z)
    for ends in (tails, tips):
        assert (2 * ends[:, 0] - ends[:, 1] + 0.3).abs().max() < 1e-12
    # the line leaves the square at y = ±2: x = (±2 − 0.3) / 2
    assert (tips - tails).norm(dim=1).sum() == pytest.approx(math.hypot(2, 4), rel=1e-9)


def test_the_zero_lines_of_a_circle_go_once_round_it():
    z = ALONG[None, :] ** 2 + ALONG[:, None] ** 2 - 1.7
    tails, tips = zero_lines(ALONG, ALONG, z)
    assert (tails.norm(dim=1) - math.sqrt(1.7)).abs().max() < 1e-3
    around = 2 * math.pi * math.sqrt(1.7)
    assert (tips - tails).norm(dim=1).sum() == pytest.approx(around, rel=1e-3)


def test_no_change_of_sign_has_no_line():
    for z in (torch.ones(81, 81), -torch.ones(81, 81)):
        assert zero_lines(ALONG, ALONG, z.double())[0].shape == (0, 2)


def test_a_half_plane_cuts_a_corner_off_and_leaves_all_or_nothing():
    square = [(0, 0), (2, 0), (2, 2), (0, 2)]
    assert cut(square, -1, -1, 3) == [(0, 0), (2, 0), (2, 1), (1, 2), (0, 2)]
    assert cut(square, 1, 1, -3) == [(2, 1), (2, 2), (1, 2)]
    assert cut(square, 0, 0, 0) == cut(square, 1, 0, 0) == square
    assert cut(square, 0, 0, -1) == cut(square, 1, 0, -3) == cut([], 1, 1, 1) == []


def test_the_grid_is_the_net_with_rows_along_y():
    net = Net((torch.tensor([[0.0, 0.0], [1.0, 3.0]]).double(),), (torch.zeros(2).double(),))
    ground = ground_of(net, half=1.0, n=5)
    assert ground.z[4, 0] == pytest.approx(-1 + 3)  # x = −1, y = 1
    assert ground.z[0, 4] == pytest.approx(1 - 3)


@pytest.mark.parametrize("cloud", ["moons", "rings", "blobs", "spirals"])
@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_clouds_are_learned(cloud, activation):
    net, X, y = learned(cloud, activation)
    assert (net(X).argmax(-1) == y).double().mean() >= 0.97
    assert X.abs().max() < 2.75


def test_what_is_no_plane_is_refused():
    with pytest.raises(ValueError, match="cloud"):
        learned("star")
    with pytest.raises(ValueError, match="half"):
        ground_of(learned("blobs").net, half=0)
    with pytest.raises(ValueError, match="n "):
        ground_of(learned("blobs").net, n=1)
    three = Net((torch.zeros(3, 2),), (torch.zeros(3),))
    with pytest.raises(ValueError, match="two classes, got 3"):
        ground_of(three)
