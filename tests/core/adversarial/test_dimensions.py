"""The law of many dimensions against enumeration, sampling and exact binomials."""

import itertools
import math

import numpy as np
import pytest
import torch
from scipy import stats
from scipy.optimize import linprog

from core.adversarial.dimensions import (
    SPARSE,
    WEIGHTS,
    across_dimensions,
    attack_size,
    expected_ratio,
    noise_bound,
    noise_flips,
    norm_ratio,
    ratio_spread,
    weights,
)
from core.rng import generator

DIMS = (2, 3, 10, 100, 784, 3072)


@pytest.mark.parametrize("kind", WEIGHTS)
@pytest.mark.parametrize("d", DIMS)
def test_the_ratio_lies_between_one_and_the_root_of_the_dimension(kind, d):
    w = weights(kind, d, generator=generator(0))
    assert w.shape == (d,) and float(w.norm()) == pytest.approx(1)
    ratio = float(norm_ratio(w))
    assert 1 <= ratio <= d**0.5 * (1 + 1e-12)
    if kind == "ones":
        assert ratio == pytest.approx(d**0.5)
    if kind == "sparse":
        assert ratio == pytest.approx(min(d, SPARSE) ** 0.5)
        assert int((w != 0).sum()) == min(d, SPARSE)
    assert float(norm_ratio(-7 * w)) == pytest.approx(ratio)


def test_the_mean_ratio_is_the_one_that_is_sampled():
    assert expected_ratio(1) == pytest.approx(1) and ratio_spread(1) == pytest.approx(0, abs=1e-7)
    assert expected_ratio(2) == pytest.approx(4 / math.pi)  # mean of |cos| + |sin|
    assert ratio_spread(2) == pytest.approx((1 + 2 / math.pi - 16 / math.pi**2) ** 0.5)
    for d in (3, 12, 200):
        w = torch.randn(20_000, d, generator=generator(d), dtype=torch.float64)
        ratio = norm_ratio(w)
        off = float(ratio.mean() - expected_ratio(d)) / (ratio_spread(d) / 20_000**0.5)
        assert abs(off) < 4
        assert float(ratio.std()) == pytest.approx(ratio_spread(d), rel=0.04)
    assert expected_ratio(3072) == pytest.approx((2 * 3072 / math.pi) ** 0.5, rel=1e-3)


def test_a_corner_attack_of_the_needed_size_is_just_enough():
    w = torch.randn(8, generator=generator(1), dtype=torch.float64)
    eps = float(attack_size(w, 1.3))
    corners = torch.tensor(list(itertools.product((-eps, eps), repeat=8)), dtype=torch.float64)
    assert float((corners @ w).min()) == pytest.approx(-1.3)
    # the smallest t with |δᵢ| ≤ t and wᵀδ = −1.3
    sides = np.vstack([np.hstack([s * np.eye(8), -np.ones((8, 1))]) for s in (1, -1)])
    found = linprog(
        [0] * 8 + [1], A_ub=sides, b_ub=np.zeros(16), A_eq=[[*w.tolist(), 0]], b_eq=[-1.3],
        bounds=[(None, None)] * 8 + [(0, None)],
    )  # fmt: skip
    assert found.fun == pytest.approx(eps)
    many = torch.randn(50_000, 8, generator=generator(2), dtype=torch.float64)
    many = torch.cat([many, -torch.diag(w.sign())])  # single features: the best there is for p = 1
    for norm in (1, 2, 3.0):
        size = float(attack_size(w, 1.3, norm))
        drop = -(many @ w) / many.norm(norm, dim=1)
        assert 0.8 * 1.3 < size * float(drop.max()) <= 1.3 + 1e-12


def test_noise_flips_as_often_as_it_is_tried():
    w = weights("gauss", 50, generator=generator(3))
    draw = {"generator": generator(4), "dtype": torch.float64}
    u = 2 * torch.rand(100_000, 50, **draw) - 1
    tried = {"gauss": torch.randn(100_000, 50, **draw), "uniform": u, "signs": u.sign()}
    for kind, noise in tried.items():
        for eps in (0.3, 1.0):
            share = float(((eps * noise) @ w <= -0.6).double().mean())
            assert noise_flips(w, 0.6, eps, kind) == pytest.approx(share, abs=0.01)
            if kind != "gauss":
                assert share <= noise_bound(w, 0.6, eps)


def test_coin_tosses_flip_as_the_binomial_says():
    """For w = (1, …, 1)/√d the sum of the signs is known exactly."""
    for d in (4, 25, 400):
        w = weights("ones", d)
        for margin in (0.2, 1.0, 2.0):
            eps = 1.0
            fewest = math.ceil((margin * d**0.5 / eps + d) / 2 - 1e-9)  # minus signs that flip
            exact = stats.binom.sf(fewest - 1, d, 0.5)
            assert exact <= noise_bound(w, margin, eps)
            if d == 400:
                assert noise_flips(w, margin, eps, "signs") == pytest.approx(exact, abs=0.03)
    # of the size that the attack needs, all signs must agree
    needed = float(attack_size(weights("ones", 10), 1.0))
    assert noise_bound(weights("ones", 10), 1.0, needed) == pytest.approx(math.exp(-5))
    assert math.exp(-5) >= 2.0**-10  # how often they do


def test_no_noise_and_no_margin():
    w = weights("ones", 9)
    assert noise_flips(w, 1.0, 0.0) == 0 and noise_flips(w, 0.0, 0.0) == 1
    assert noise_flips(w, 0.0, 0.3) == 0.5 and float(attack_size(w, 0.0)) == 0


@pytest.mark.parametrize(("kind", "power"), [("ones", -0.5), ("gauss", -0.5), ("sparse", 0.0)])
def test_what_is_needed_falls_with_the_root_of_the_dimension(kind, power):
    run = across_dimensions(DIMS[2:], kind=kind, generator=generator(5))
    slope = np.polyfit(np.log(run.d.numpy()), np.log(run.needed.numpy()), 1)[0]
    assert slope == pytest.approx(power, abs=0.03)
    torch.testing.assert_close(run.shake, torch.full((4,), 0.05, dtype=torch.float64))


def test_the_record_is_its_parts():
    run = across_dimensions(DIMS, kind="gauss", margin=2.0, eps=0.1, generator=generator(6))
    again = generator(6)
    for i, d in enumerate(DIMS):
        w = weights("gauss", d, generator=again)
        assert int(run.d[i]) == d
        assert float(run.needed[i]) == pytest.approx(2 / float(w.abs().sum()))
        assert float(run.drop[i]) == pytest.approx(0.1 * float(w.abs().sum()))
        # an attack of the needed size takes the margin, and noise of it rarely
        assert float(run.drop[i] / 0.1 * run.needed[i]) == pytest.approx(2)
        assert float(run.flips[i]) == pytest.approx(stats.norm.cdf(-float(run.ratio[i])))
        assert run.flips[i] <= run.bound[i] or run.bound[i] == 0
    assert (run.ratio.diff() > 0).all() and (run.flips.diff() <= 0).all()


def test_invisible_in_784_dimensions():
    run = across_dimensions([784], kind="ones", eps=0.05)
    assert float(run.drop[0]) == pytest.approx(1.4) and float(run.shake[0]) == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: weights("zeros", 3), "expected kind"),
        (lambda: weights("ones", 0), "expected d"),
        (lambda: weights("gauss", 3), "expected a generator for gauss weights, got none"),
        (lambda: norm_ratio(torch.zeros(3)), "expected w other than 0"),
        (lambda: attack_size(torch.zeros(3), 1.0), "expected w other than 0"),
        (lambda: attack_size(torch.ones(3), -1.0), "expected margin"),
        (lambda: attack_size(torch.ones(3), 1.0, 0.5), "expected norm in"),
        (lambda: noise_flips(torch.ones(3), 1.0, -1.0), "expected eps"),
        (lambda: noise_flips(torch.ones(3), 1.0, 1.0, "pink"), "expected noise"),
        (lambda: noise_bound(torch.ones(3), 1.0, 0.0), "expected eps"),
        (lambda: across_dimensions([]), "expected at least one dimension"),
        (lambda: across_dimensions([2], kind="ones", margin=0), "expected margin"),
        (lambda: across_dimensions([2.5], kind="ones"), "expected d"),
    ],
)
def test_what_is_out_of_range_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
