"""Distances between clouds against scipy, brute force and quadrature."""

import math

import numpy as np
import pytest
import torch
from scipy.stats import wasserstein_distance

from core.gan import DATA, jensen_shannon, sample
from core.gan.densities import BLUR, Known, axis, density, known, painted
from core.gan.distances import directions, histogram, jsd, mmd, sliced_w1
from core.plane import drawn
from core.rng import generator


def cloud(seed, n=200, shift=(0.0, 0.0)):
    return torch.randn(n, 2, generator=generator(seed), dtype=torch.float64) + torch.tensor(shift)


def test_the_histogram_is_numpys():
    points = cloud(0, 1000)
    counts, _, _ = np.histogram2d(*points.T.numpy(), bins=10, range=[[-2, 2], [-2, 2]])
    mine = 1000 * histogram(points, bins=10, reach=2.0)
    np.testing.assert_allclose(mine[:-1].view(10, 10).T, counts)
    assert mine[-1].item() == pytest.approx(1000 - counts.sum()) and mine[-1] > 20


def test_jsd_of_a_large_sample_is_that_of_the_densities():
    edge = torch.linspace(-3, 3, 25, dtype=torch.float64)
    normal = torch.distributions.Normal(torch.tensor(0.0).double(), torch.tensor(1.0).double())

    def mass(shift):
        x, y = (normal.cdf(edge - s).diff() for s in shift)
        inside = torch.outer(y, x).reshape(-1)
        return torch.cat([inside, 1 - inside.sum()[None]])

    exact = float(jensen_shannon(mass((0.0, 0.0)), mass((1.0, -0.5)), 1.0))
    x, y = cloud(1, 200_000), cloud(2, 200_000, (1.0, -0.5))
    assert jsd(x, y) == pytest.approx(exact, abs=2e-3)


def test_jsd_at_its_ends_and_its_bias():
    x = cloud(3, 500)
    assert jsd(x, x) == 0
    assert jsd(x.clamp(-2, -1), x.clamp(1, 2)) == pytest.approx(math.log(2))
    assert jsd(x, x + 100) > 0.65  # what lies outside is counted too
    floors = [jsd(cloud(4, n), cloud(5, n)) for n in (200, 2000, 20_000)]
    assert floors[0] > 2 * floors[1] > 4 * floors[2] > 0


def test_sliced_w1_is_the_mean_of_scipys():
    x, y = cloud(6), cloud(7, shift=(0.3, 1.0))
    each = [wasserstein_distance(x @ line, y @ line) for line in directions(16)]
    assert sliced_w1(x, y, count=16) == pytest.approx(np.mean(each), rel=1e-12)


def test_sliced_w1_of_a_shift_is_two_over_pi_of_its_length():
    x = cloud(8)
    shift = torch.tensor([3.0, 4.0], dtype=torch.float64)
    assert sliced_w1(x, x + shift, count=1000) == pytest.approx(5 * 2 / math.pi, rel=1e-5)


def test_mmd_is_the_sum_over_all_pairs():
    x, y = cloud(9, 30), cloud(10, 40, (0.5, 0.0))

    def k(a, b):
        return math.exp(-float((a - b).square().sum()) / (2 * 0.7**2))

    def among(c):
        pairs = [(i, j) for i in range(len(c)) for j in range(len(c)) if i != j]
        return sum(k(c[i], c[j]) for i, j in pairs) / len(pairs)

    across = sum(k(a, b) for a in x for b in y) / (len(x) * len(y))
    expected = among(x) + among(y) - 2 * across
    assert mmd(x, y, bandwidth=0.7) == pytest.approx(expected, rel=1e-10)


def test_mmd_is_unbiased_and_meets_its_closed_form():
    # E k over N(0, I) and N(m, I) in the plane: σ²/(σ² + 2) exp(−‖m‖²/(2(σ² + 2)))
    s2, m2 = 0.25, 1.0
    exact = 2 * s2 / (s2 + 2) * (1 - math.exp(-m2 / (2 * (s2 + 2))))
    apart = [mmd(cloud(s, 100), cloud(s + 500, 100, (1.0, 0.0))) for s in range(100)]
    alike = np.array([mmd(cloud(s, 100), cloud(s + 500, 100)) for s in range(100)])
    assert np.mean(apart) == pytest.approx(exact, abs=4 * np.std(apart) / 10)
    assert abs(alike.mean()) < 4 * alike.std() / 10 and (alike < 0).any()


def test_distances_refuse_what_they_cannot_compare():
    with pytest.raises(ValueError, match="expected equally many points, got 200 and 3"):
        sliced_w1(cloud(0), cloud(1, 3))
    with pytest.raises(ValueError, match="at least two points, got 1"):
        mmd(cloud(0), cloud(1, 1))
    with pytest.raises(ValueError, match="expected bandwidth"):
        mmd(cloud(0), cloud(1), bandwidth=0.0)
    with pytest.raises(ValueError, match="expected points to be finite"):
        jsd(cloud(0) / 0, cloud(1))


# --- densities -----------------------------------------------------------------------------------


def test_a_kernel_density_is_the_mean_of_the_bells():
    points, at = cloud(11, 7), axis(5, 2.0)
    bell = torch.distributions.Normal(0.0, 0.3)
    for i, y in enumerate(at):
        for j, x in enumerate(at):
            bells = [(bell.log_prob(x - p[0]) + bell.log_prob(y - p[1])).exp() for p in points]
            found = density(points, at, blur=0.3)[i, j]
            assert found.item() == pytest.approx(float(sum(bells)) / 7, rel=1e-6)


@pytest.mark.parametrize("name", DATA)
def test_the_known_density_is_what_many_samples_show(name):
    at = axis(28, 3.0)
    points = sample(name, 100_000, generator=generator(0))
    law = known(name)
    exact, seen = density(law, at), density(points, at)
    cell = (at[1] - at[0]) ** 2
    assert float(exact.sum() * cell) == pytest.approx(1, abs=2e-3)
    assert float((exact - seen).abs().sum() * cell) < 0.03


def test_a_drawing_has_the_density_of_its_cells():
    rows = [["0"] * 16 for _ in range(16)]
    for i in range(10):
        rows[2][i + 3] = "1"
    drawing = ",".join(" ".join(row) for row in rows)
    at = axis(28, 3.0)
    points = drawn(drawing, 100_000, generator=generator(1))
    exact, seen = density(painted(drawing), at), density(points, at)
    assert float((exact - seen).abs().sum() * (at[1] - at[0]) ** 2) < 0.03
    assert exact.argmax() // 28 > 20  # the third row from the top


def test_a_wider_law_under_a_narrower_blur_is_the_same_sum():
    at = axis(9, 1.0)
    narrow = density(Known(torch.zeros(1, 2).double(), 0.3), at, blur=0.4)
    wide = density(torch.zeros(1, 2).double(), at, blur=0.5)
    torch.testing.assert_close(narrow, wide)
    with pytest.raises(ValueError, match="expected blur"):
        density(torch.zeros(1, 2), at, blur=0.0)
    assert BLUR > 0
