"""Clouds to imitate: their laws, their modes, and the ledger of what is covered."""

import math

import pytest
import torch

from core.gan import DATA, coverage, modes, sample


def draw(name: str, n: int = 4000, seed: int = 0) -> torch.Tensor:
    return sample(name, n, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("name", DATA)
def test_samples_are_points_of_the_plane_from_their_generator(name):
    x = draw(name)
    assert x.shape == (4000, 2) and x.dtype == torch.float64 and x.abs().max() < 2.6
    assert torch.equal(x, draw(name)) and not torch.equal(x, draw(name, seed=1))


@pytest.mark.parametrize(("name", "count"), [("ring", 8), ("grid", 25)])
def test_every_mode_gets_its_share_and_its_width(name, count):
    x, centres = draw(name, 50_000), modes(name)
    assert centres.shape == (count, 2) and len(centres.unique(dim=0)) == count
    off, nearest = torch.cdist(x, centres).min(1)
    shares = torch.bincount(nearest, minlength=count) / len(x)
    # five standard deviations of a binomial share
    assert (shares - 1 / count).abs().max() < 5 * math.sqrt(1 / count / len(x))
    assert off.square().mean().item() == pytest.approx(2 * 0.05**2, rel=0.03)


def test_where_the_modes_are():
    ring, grid = modes("ring"), modes("grid")
    expected = torch.tensor([[2, 0], [2**0.5, 2**0.5], [0, 2]], dtype=torch.float64)
    torch.testing.assert_close(ring[:3], expected, rtol=0, atol=1e-12)
    assert grid[0].tolist() == [-2, -2] and grid[1].tolist() == [-1, -2]


def test_the_spiral_lies_on_its_curve_and_fills_its_length():
    x = draw("spiral", 20_000)
    r = x.norm(dim=1)
    kept = x[r > 0.4]
    r = kept.norm(dim=1)
    # the angle 2 π r mod 2 π: off by the blur, never by a half turn
    off = torch.atan2(kept[:, 1], kept[:, 0]) - 2 * math.pi * r
    off = torch.remainder(off + math.pi, 2 * math.pi) - math.pi
    assert off.abs().mean() < 0.35 and abs(off.mean()) < 0.02
    # t² is uniform: half of the points lie beyond t = √½
    beyond = (x.norm(dim=1) > 2 * math.sqrt(0.5)).double().mean().item()
    assert beyond == pytest.approx(0.5, abs=0.02)


def test_coverage_by_hand():
    centres = torch.tensor([[0.0, 0], [1, 0], [5, 5]])
    points = torch.tensor([[0.1, 0], [0, -0.25], [0.5, 0], [0.9, 0], [9, 9]])
    seen = coverage(points, centres, share=0.2)
    assert seen.counts.tolist() == [2, 1, 0]
    assert seen.covered.tolist() == [True, False, False]  # one of five is not more than 0.2
    assert seen.on_mode == pytest.approx(0.6)
    assert coverage(points, centres, share=0.19).covered.tolist() == [True, True, False]
    assert coverage(points, centres, reach=0.2).counts.tolist() == [1, 1, 0]


@pytest.mark.parametrize("lost", [0, 3, 7])
def test_coverage_counts_the_modes_that_are_there(lost):
    centres = modes("ring")
    x = draw("ring")
    kept = x[torch.cdist(x, centres).argmin(1) >= lost]
    assert coverage(kept, centres).covered.tolist() == [k >= lost for k in range(8)]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: draw("disk"), "expected data to be one of ring, grid, moons, spiral"),
        (lambda: draw("ring", 0), "expected n a whole number in"),
        (lambda: modes("moons"), "expected data to be one of ring, grid"),
        (lambda: coverage(torch.ones(3), modes("ring")), "expected points of shape"),
        (lambda: coverage(torch.ones(3, 2), modes("ring"), reach=0.0), "expected reach"),
        (lambda: coverage(torch.ones(3, 2), modes("ring"), share=1.0), r"share in \[0, 1\), got 1"),
    ],
)
def test_refusals(call, words):
    with pytest.raises(ValueError, match=words):
        call()
