"""Segments that leave a set, against what is known of the set."""

import math

import pytest
import torch

from core.convexity import (
    annulus,
    ball,
    disc,
    half_planes,
    intersection,
    leaving,
    polygon,
    star,
    union,
)
from core.rng import generator

TRIANGLE = torch.tensor([[0.0, 0.0], [2.0, 0.0], [1.0, 1.5]])
NOTCH = torch.tensor(
    [[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [0.01, 1.0], [0.0, 0.98], [-0.01, 1.0], [-1.0, 1.0]]
)
TURN = 4 * math.pi / 5 * torch.arange(5, dtype=torch.float64)
PENTAGRAM = torch.stack([TURN.cos(), TURN.sin()], 1)
PLANES = torch.tensor([[1.0, 1.0, 1.0], [-1.0, 0.0, 1.0], [0.0, -1.0, 1.0]])
TWO = disc(1.0, -0.5), disc(1.0, 0.5)

CONVEX = {
    "disc": disc(),
    "filled ring": annulus(0.0, 2.0),
    "half-planes": half_planes(PLANES),
    "half-planes, turned": half_planes(PLANES, 0.5),
    "triangle": polygon(TRIANGLE),
    "triangle, clockwise": polygon(TRIANGLE.flip(0)),
    "square with a corner on its side": polygon(
        torch.tensor([[0.0, 0.0], [0.5, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    ),
    "blunt star": star(5, 0.81),  # cos 36° = 0.80902
    "L1": ball(1.0),
    "L3": ball(3.0),
    "L∞": ball(math.inf),
    "lens": intersection(*TWO),
}
OTHERS = {
    "ring": annulus(),
    "thin hole": annulus(0.02, 1.0),
    "star": star(),
    "almost blunt star": star(5, 0.80),
    "notch": polygon(NOTCH),
    "pentagram": polygon(PENTAGRAM),
    "L1/2": ball(0.5),
    "L0.95": ball(0.95),
    "two discs": union(*TWO),
    "two discs apart": union(disc(0.5, -1.0), disc(0.5, 1.0)),
}


@pytest.mark.parametrize("name", CONVEX)
def test_none_found(name):
    region = CONVEX[name]
    assert region.convex
    for seed in range(2):
        assert leaving(region, generator(seed)) is None


@pytest.mark.parametrize("name", OTHERS)
def test_a_segment_found(name):
    region = OTHERS[name]
    assert not region.convex
    for seed in range(2):
        x, y, lam, depth = leaving(region, generator(seed))
        assert x in region and y in region and 0 <= lam <= 1
        between = lam * x + (1 - lam) * y
        assert between not in region
        assert float(region.depth(between)) == depth < 0


def test_the_deepest_way_out_of_a_ring_is_its_middle():
    found = leaving(annulus(0.5, 1.0), generator(0))
    assert found.depth == pytest.approx(-0.5, abs=1e-3)


def test_an_empty_set_is_convex():
    empty = half_planes(torch.tensor([[1.0, 0.0, -1.0], [-1.0, 0.0, -1.0]]))
    assert empty.convex and empty.outline == () and leaving(empty, generator(0)) is None


def test_depth_by_hand():
    assert float(disc(2.0, 1.0).depth(torch.tensor([1.0, 1.5]))) == 0.5
    assert float(annulus(0.5, 1.0).depth(torch.tensor([0.0, 0.2]))) == pytest.approx(-0.3)
    square = polygon(torch.tensor([[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0]]))
    places = torch.tensor([[1.0, 0.5], [1.0, -0.5], [5.0, 6.0]], dtype=torch.float64)
    assert square.depth(places).tolist() == [0.5, -0.5, -5.0]
    assert [0.0, 0.0] not in polygon(PENTAGRAM)  # even–odd: the middle is outside
    line = half_planes(torch.tensor([[3.0, 4.0, 5.0]]))
    assert float(line.depth(torch.zeros(2))) == 1.0


def test_outlines_lie_on_the_edge():
    alone = [region for name, region in CONVEX.items() if name != "lens"]
    for region in (*alone, annulus(), star(), ball(0.5)):
        for curve in region.outline:
            assert region.depth(curve).abs().max() < 1e-9


def test_refusals():
    for bad, word in (
        (lambda: disc(0.0), "radius"),
        (lambda: annulus(1.0, 1.0), "outer"),
        (lambda: annulus(-1.0, 1.0), "inner"),
        (lambda: half_planes(torch.tensor([[0.0, 0.0, 1.0]])), "a = b = 0"),
        (lambda: polygon(TRIANGLE[:2]), "corners"),
        (lambda: polygon(torch.tensor([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]])), "one line"),
        (lambda: polygon(TRIANGLE[[0, 0, 1, 2]]), "alike"),
        (lambda: ball(0.1), "p in"),
        (lambda: star(2), "points"),
    ):
        with pytest.raises(ValueError, match=word):
            bad()


def test_places_are_exact_to_double_precision():
    """0.4 and 1.2 are no numbers of single precision."""
    inner = star(5, 0.4).outline[0][1].norm()
    assert float(inner) == pytest.approx(0.4, rel=1e-15)
    assert float(disc(1.0, 1.2).depth(torch.tensor([0.0, 0.0]).double())) == 1 - 1.2
