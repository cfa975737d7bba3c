"""Masses of the gap by samples and closed forms, the exact map by a library, the bridge itself."""

import math

import numpy as np
import pytest
import torch
from scipy.stats import norm

from core.experiments.flows import bridge as module
from core.experiments.flows import bridge_claims as claims
from core.flows import gap_mass_of_data
from core.rng import generator
from pages.experiments.flows.bridge import EXPERIMENT

A = 1.6
SHORT = {"a": A, "steps": 60}


@pytest.fixture(scope="module")
def shots():
    return list(module.bridge(**SHORT))


@pytest.fixture(scope="module")
def run(shots):
    return shots[-1]


def cdf(x, a):
    return (norm.cdf((x - a) / 0.4) + norm.cdf((x + a) / 0.4)) / 2


@pytest.mark.parametrize("name", module.NAMES)
def test_the_mass_of_the_gap_is_that_of_samples(run, name):
    n = 40_000
    x = run.flow(name).sample(n, generator(2))[:, 0]
    share = float((x.abs() < A / 4).double().mean())
    assert run.gap(name) == pytest.approx(share, abs=5 * math.sqrt(share / n) + 1e-4)


def test_the_mass_that_the_blobs_have_there_and_the_slope_of_the_exact_map():
    assert module.gap_of_data(2.0) == pytest.approx(gap_mass_of_data())
    for a in (1.0, 1.7, 3.0):
        mass = cdf(a / 4, a) - cdf(-a / 4, a) if a < 2 else norm.cdf(-1.875 * a) - norm.cdf(
            -3.125 * a)  # fmt: skip
        assert module.gap_of_data(a) == pytest.approx(mass, rel=1e-9)
        x = np.array([-1e-3, 1e-3])
        z = norm.ppf(cdf(x, a))
        if a < 2:  # beyond, differences of c.d.f.s lose their digits
            assert module.exact_slope(a) == pytest.approx(np.diff(x)[0] / np.diff(z)[0], rel=1e-3)


def test_the_drawn_map_takes_quantiles_to_quantiles(run):
    values = EXPERIMENT.defaults() | SHORT
    flow, exact = EXPERIMENT.figure(run, **values).panels[3].traces
    inside = np.abs(exact["x"]) > 1e-2
    z, x = (exact[side][inside].astype(float) for side in "xy")
    assert norm.cdf(z) == pytest.approx(cdf(x, A), abs=1e-5)
    drawn = run.flow("2").sample(20_000, generator(3))[:, 0].numpy()
    middle = slice(10, -10)
    below = (drawn[:, None] < flow["y"][middle]).mean(0)
    assert norm.cdf(flow["x"][middle]) == pytest.approx(below, abs=0.03)


def test_one_layer_never_changes_the_gap_and_no_flow_empties_it(shots, run):
    assert run.gaps.shape == (5, 11) and (run.gaps > 0).all()
    assert run.gaps[0].tolist() == pytest.approx([math.erf(A / 4 / math.sqrt(2))] * 11, rel=1e-3)
    assert [each.gaps.shape[1] for each in shots] == list(range(1, 12))
    assert module.moments(60) == list(range(0, 61, 6))


@pytest.mark.parametrize("name", module.NAMES)
def test_a_line_of_noise_is_carried_across_the_gap_without_a_jump(run, name):
    t = torch.linspace(0, 1, 4001, dtype=torch.float64)
    way = claims.road(run.flow(name), A, t)
    centres = torch.tensor([[-A, 0.0], [A, 0.0]], dtype=torch.float64)
    torch.testing.assert_close(way[[0, -1]], centres, rtol=0, atol=1e-9)
    assert (way.diff(dim=0).norm(dim=1) < 0.1).all()
    inside = way[way[:, 0].abs() < A / 4]
    assert len(inside) and (run.flow(name).log_prob(inside) > -60).all()


def test_the_density_of_x1_is_the_derivative_of_its_cdf(run):
    x, weights = module.columns(A)
    drawn = run.flow("8").sample(40_000, generator(4))[:, 0]
    held = run.profile[3] * weights
    for cut in (-2.0, -0.5, 0.3, 1.5):
        below = float(held[x < cut].sum())
        assert below == pytest.approx(float((drawn < cut).double().mean()), abs=0.06)
    assert float(held.sum()) == pytest.approx(1, abs=0.02)
    assert float(weights.sum()) == pytest.approx(9.0)


def test_a_snapshot_claims_nothing_and_says_what_is_left_so_far(shots):
    values = EXPERIMENT.defaults() | SHORT
    assert not EXPERIMENT.checks(shots[0], **values) and EXPERIMENT.checks(shots[-1], **values)
    assert "leave 31 % of the mass" in EXPERIMENT.says(shots[0], **values)
    one = EXPERIMENT.says(shots[-1], **values | {"depth": "1"})
    assert one.startswith("One layer from one bell of noise leaves 31 %")


def test_the_answers_follow_the_masses(run):
    gaps = run.gaps.clone()
    for two, eight, key in ((0.2, 0.01, "thin"), (0.2, 0.15, "same"), (0.2, 0.0, "none")):
        gaps[1, -1], gaps[3, -1] = two, eight
        assert claims.answers["layers"](run._replace(gaps=gaps))[0] == key
    for pair, eight, key in ((1e-3, 0.01, "less"), (0.01, 0.01, "same"), (0.1, 0.01, "more")):
        gaps[4, -1], gaps[3, -1] = pair, eight
        assert claims.answers["pair"](run._replace(gaps=gaps))[0] == key
