import math

import pytest
import torch
from scipy.stats import beta, norm

from core.adversarial import largest_radius, lipschitz_bound
from core.adversarial.distance import nearest_boundary
from core.adversarial.smoothing import votes
from core.experiments.adversarial import certificate_claims as claims
from core.experiments.adversarial.certificate import (
    LINE,
    PLACES,
    along,
    by_copies,
    copies,
    exact_radius,
    net_of,
    share_map,
    share_of_one,
)
from core.experiments.adversarial.certificate import certificate as run
from core.experiments.adversarial.quoted import NUMBERS
from core.rng import generator

PLAIN = {"cloud": "blobs", "x1": -1.2, "x2": -0.7, "sigma": 0.3, "n": 1000, "alpha": 0.001}


def checks(result, **values):
    return claims.checks(result, **PLAIN | values)


def says(**values):
    given = PLAIN | values
    return claims.says(run(**values), **{k: given[k] for k in ("sigma", "n", "alpha")})


@pytest.mark.parametrize("sigma", [0.1, 0.5, 1.0])
def test_copies_of_a_line_are_shared_out_by_the_normal_law(sigma):
    x = 3 * torch.rand(40, 2, generator=generator(1), dtype=torch.float64) - 1.5
    exact = norm.cdf((2 * x[:, 0] + x[:, 1] + 0.3).numpy() / (math.sqrt(5) * sigma))
    assert abs(share_of_one("line", sigma, x).numpy() - exact).max() < 2e-4


@pytest.mark.parametrize("cloud", PLACES)
def test_the_share_summed_is_the_share_counted(cloud):
    x = 4 * torch.rand(6, 2, generator=generator(2), dtype=torch.float64) - 2
    n, found = 40_000, share_of_one(cloud, 0.4, x)
    counted = votes(net_of(cloud).net, x, 0.4, n, generator=generator(3))[:, 1] / n
    assert float((counted - found).abs().max()) < 5 * 0.5 / math.sqrt(n) + 1e-3
    side, shares = share_map(cloud, 0.4, 2.0, 9)
    places = torch.stack([side[[1, 5]], side[[7, 2]]], 1)
    torch.testing.assert_close(shares[[7, 2], [1, 5]], share_of_one(cloud, 0.4, places))


@pytest.mark.parametrize("cloud", PLACES)
def test_certain_true_and_found_stand_in_this_order(cloud):
    net = net_of(cloud).net
    for seed in range(12):
        x = (4 * torch.rand(2, generator=generator(seed), dtype=torch.float64) - 2).tolist()
        result = run(cloud=cloud, x1=x[0], x2=x[1])
        assert result.lipschitz <= result.true * (1 + 1e-3)
        if result.attack:
            assert result.attack >= result.true * (1 - 1e-3)
            assert int(net(result.found).argmax()) != result.label
        gap = abs(float(net(result.x) @ torch.tensor([1.0, -1.0]).double()))
        assert result.lipschitz * 2**0.5 * lipschitz_bound(net) >= gap * (1 - 1e-9)


def test_for_a_line_all_radii_but_the_smoothed_are_the_distance():
    result = run(cloud="line", x1=-1.0, x2=-0.5, n=10_000)
    exact = abs(2 * -1.0 - 0.5 + 0.3) / math.sqrt(5)
    assert (result.lipschitz, result.true, result.attack) == pytest.approx([exact] * 3, rel=1e-4)
    assert 0.85 * exact < result.radius < exact
    assert exact_radius(result.share, 0.3) == pytest.approx(exact, rel=0.01)
    assert float(LINE(result.near).diff()) == pytest.approx(0, abs=1e-9)


def test_a_thousand_copies_alike_certify_no_more_than_the_formula():
    result = run()
    assert result.count == 1000
    assert result.radius == pytest.approx(0.3 * norm.ppf(0.001 ** (1 / 1000)), rel=1e-9)
    assert largest_radius(0.3, 1000, 0.001) == pytest.approx(result.radius, rel=1e-9)
    assert NUMBERS["certificate_alike"]() == f"{result.radius:.3g}"


def test_a_certificate_of_another_classifier_can_exceed_the_distance_of_the_net():
    result = run(cloud="rings")
    assert result.radius > result.true
    assert float(NUMBERS["certificate_ring"]()) > float(NUMBERS["certificate_ring_true"]())


def test_on_the_line_the_radii_are_those_of_single_runs():
    radii = along("moons", 0.45, 0.3, 1000, 0.001)
    for i in (3, 20, 31):
        result = run(cloud="moons", x1=float(radii.x[i]), x2=0.45)
        assert float(radii.true[i]) == pytest.approx(result.true, abs=0.02)
        assert float(radii.lipschitz[i]) == pytest.approx(result.lipschitz, rel=1e-9)
        k = round(1000 * max(result.share, 1 - result.share))
        expected = max(0.0, 0.3 * norm.ppf(beta.ppf(0.001, k, 1000 - k + 1)))
        assert float(radii.smoothed[i]) == pytest.approx(expected, rel=1e-7)


def test_over_the_copies_the_radius_rises_to_its_limit_and_stays_below_the_ceiling():
    n, found, most = by_copies(0.98, 0.5, 0.001)
    assert (found <= most + 1e-12).all() and (most.diff() > 0).all()
    assert float(found[-1]) == pytest.approx(0.5 * norm.ppf(0.98), rel=0.01)
    at = int((n - 1000).abs().argmin())
    exact = 0.5 * norm.ppf(beta.ppf(0.001, 980, 21))
    assert float(found[at]) == pytest.approx(exact, rel=1e-7)
    torch.testing.assert_close(by_copies(1.0, 0.5, 0.001)[1], most)


def test_the_copies_drawn_are_those_that_chose():
    x = torch.tensor([0.2, -0.4], dtype=torch.float64)
    net = net_of("moons").net
    drawn = net(copies(x, 0.6, 5, 100)).argmax(1).bincount(minlength=2)
    assert drawn.tolist() == votes(net, x[None], 0.6, 100, generator=generator(5))[0].tolist()


def test_a_bound_that_is_too_high_by_chance_is_no_fault():
    """With α = 0.1 about a tenth of the bounds lie above the share; their check is silent."""
    near = {"cloud": "moons", "x1": 0.3, "x2": 0.1, "alpha": 0.1, "n": 200}
    high = sum((r := run(**near, seed=s)).lower > r.share for s in range(200))
    assert 4 <= high <= 40
    for seed in range(0, 200, 10):
        found = checks(run(**near, seed=seed), **near)
        assert all(c.holds for c in found if c.applies)


def test_what_the_attack_finds_is_where_the_class_turns_however_far_deepfool_ran():
    """From here its way is 40 000 long."""
    far = {"cloud": "moons", "x1": -0.752417, "x2": -2.37442}
    result, net = run(**far), net_of("moons").net
    for share, read in ((0.999, result.label), (1.0, 1 - result.label)):
        assert int(net(result.x + share * (result.found - result.x)).argmax()) == read
    for forged in (
        result._replace(found=result.x + 1.05 * (result.found - result.x)),
        result._replace(found=result.x, near=1.01 * result.near),
        result._replace(says=1 - result.says),
    ):
        assert any(c.applies and not c.holds for c in checks(forged, **far))


def test_sentences_follow_the_numbers():
    assert "by 1000 of 1000 noisy copies, and keeps it within 0.739" in says()
    assert says().endswith("with confidence 99.9 %.")
    other = run(cloud="rings", x1=0.0, x2=0.0, sigma=1.0)
    assert other.says != other.label
    assert "are too few" in says(cloud="rings", x1=0.0, x2=0.0, sigma=1.0)
    assert "another class, 1" in says(cloud="rings", x1=0.7, x2=0.0, sigma=0.8, n=10_000)
    nothing = run()._replace(found=run().x)
    told = claims.says(nothing, sigma=0.3, n=1000, alpha=0.001)
    assert "the attack finds nothing" in told
    assert nearest_boundary(net_of("line").net, run().x[None]).distance.isfinite().all()


@pytest.mark.parametrize("bad", [{"sigma": 0.0}, {"n": 5}, {"alpha": 1.0}, {"x2": 9.0}])
def test_refusals_name_the_parameter(bad):
    with pytest.raises(ValueError, match=f"expected {next(iter(bad))}"):
        run(**bad)
