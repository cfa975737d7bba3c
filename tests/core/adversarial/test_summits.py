import math

import numpy as np
import pytest
import torch

from core.adversarial.balls import norm_of
from core.adversarial.summits import rim, spread, summit, summits

BALLS = [1, 2, math.inf]
RADII = torch.linspace(0, 1.5, 16, dtype=torch.float64)


@pytest.mark.parametrize("p", BALLS)
def test_places_lie_where_they_belong_and_fill_it(p):
    starts, edge = spread(p, 10), rim(p)
    assert not starts[0].any()
    assert float(norm_of(starts, p).max()) <= 1 + 1e-12
    assert len(torch.unique(starts, dim=0)) == 10
    torch.testing.assert_close(norm_of(edge, p), torch.ones(64, dtype=torch.float64))
    assert float(edge.mean(0).abs().max()) < 1e-12
    for corner in ([1, 1], [1, -1]) if math.isinf(p) else ([1, 0], [0, -1]):
        assert float((edge - torch.tensor(corner)).abs().amax(1).min()) < 1e-12
    gaps = (edge - edge.roll(1, 0)).norm(dim=1)
    torch.testing.assert_close(gaps, gaps.mean().expand(64))  # evenly along the rim
    many = spread(p, 2000)
    assert float(many.mean(0).abs().max()) < 5e-3
    sizes = norm_of(many, p).sort().values  # uniform in the ball: sizes have the law r²
    even = (torch.arange(2000, dtype=torch.float64) / 2000).sqrt()
    torch.testing.assert_close(sizes, even, atol=0.02, rtol=0)


@pytest.mark.parametrize("p", BALLS)
def test_a_plane_is_highest_at_the_dual_norm_and_a_hill_at_its_top(p):
    x, w = torch.tensor([0.4, -1.0]).double(), torch.tensor([0.6, -1.1]).double()
    q = {1: math.inf, 2: 2, math.inf: 1}[p]
    found = summits(lambda z: z @ w, x, RADII, p)
    foreseen = x @ w + RADII * norm_of(w, q)
    torch.testing.assert_close(found.places @ w, foreseen, atol=1e-6, rtol=1e-6)
    top = torch.tensor([0.63, -0.81]).double()
    hill = summits(lambda z: -(z - top).square().sum(-1), x, RADII, p)
    inside = float(norm_of(top - x, p)) <= RADII
    assert float((hill.places - top)[inside].abs().max()) < 3e-3
    assert float((norm_of(hill.places - x, p) - RADII).max()) < 1e-12
    one = summit(lambda z: z @ w, x, 0.77, p, found)
    assert float(one @ w) == pytest.approx(float(x @ w + 0.77 * norm_of(w, q)), abs=1e-6)
    assert torch.equal(summit(lambda z: z @ w, x, 0.0, p, found), x)


@pytest.mark.parametrize("p", BALLS)
def test_ripples_are_looked_through_as_on_a_fine_grid(p):
    def height(z):
        a, b = z[..., 0], z[..., 1]
        return (5 * a).sin() * (4 * b + a).cos() + 0.3 * b

    for seed, eps in ((0, 0.4), (1, 0.9), (2, 1.5)):
        x = torch.randn(2, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
        side = torch.linspace(-eps, eps, 801, dtype=torch.float64)
        grid = torch.cartesian_prod(side, side)
        fine = float(height(x + grid[norm_of(grid, p) <= eps]).max())
        known = summits(height, x, RADII, p)
        assert float(height(summit(height, x, eps, p, known))) == pytest.approx(fine, abs=2e-3)
        assert np.all(np.diff(height(known.places).numpy()) >= 0)


def test_another_norm_is_refused():
    for call in (lambda: rim(3), lambda: spread(0.5, 4), lambda: spread(2, 0)):
        with pytest.raises(ValueError, match="expected"):
            call()
