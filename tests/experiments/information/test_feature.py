import math

import numpy as np
import pytest
import torch
from scipy import stats
from sklearn.metrics import mutual_info_score

from core.experiments.information import feature_claims as claims
from core.experiments.information.feature import (
    AGAIN,
    GRID,
    by_bins,
    by_neighbours,
    edges,
    feature,
    masses,
    over_dial,
    pairs,
)
from core.signature import call
from pages.experiments.information.feature import EXPERIMENT
from pages.figures.information.feature import figure
from tests.forgery import failures

PAIR = {"view": "normal", "unit": "nats"}


def given(**values):
    return EXPERIMENT.defaults() | values


def told(**values):
    return call(claims.says, feature(**values), values=given(**values))


def red(run, **values):
    return failures(call(claims.checks, run, values=given(**values)))


def panels(**values):
    picture = call(figure, feature(**values), values=given(**values))
    return {panel.name: panel for panel in picture.panels}


def h(*p):
    return -sum(each * math.log2(each) for each in p if each > 0)


def test_the_ends_of_the_dial():
    xor, copy = feature().told, feature(t=1.0).told
    assert (xor.first, xor.second, xor.both) == pytest.approx((0, 0, 1))
    assert (xor.first_given, xor.second_given) == pytest.approx((1, 1))
    assert (copy.first, copy.both, copy.first_given) == pytest.approx((1, 1, 0))
    assert feature(t=1.0, unit="nats").told.first == pytest.approx(math.log(2))


@pytest.mark.parametrize("t", [0.1, 0.5, 0.6, 0.93])
def test_between_by_hand(t):
    """X₁ = X₂ = 1 is the only sight that leaves a doubt: there XOR says 0 and the copy 1."""
    run = feature(t=t).told
    alone = 1 - h((1 + t) / 2, (1 - t) / 2)
    one, zero = t / 2, (1 - t) / 4
    doubt = (one + zero) * h(one / (one + zero), zero / (one + zero))
    assert run.first == pytest.approx(alone) and run.second == pytest.approx(alone)
    assert run.target == pytest.approx(1) and run.both == pytest.approx(1 - doubt)
    assert run.first_given == pytest.approx(1 - doubt - alone)
    at, curves = over_dial("bits")
    i = round(80 * t)
    near = feature(t=float(at[i])).told
    assert curves[:, i] == pytest.approx([near.first, near.first_given, near.both], abs=1e-12)


def test_conditioning_raises_and_lowers():
    low, high = feature(t=0.2).told, feature(t=0.9).told
    assert low.first_given > low.first and high.first_given < high.first


@pytest.mark.parametrize("rho", [0.9, -0.9, 0.3, 0.0])
def test_the_truth_of_the_pair(rho):
    assert feature(**PAIR, rho=rho).truth == pytest.approx(-0.5 * math.log(1 - rho * rho))
    assert feature(**PAIR, rho=0.9).truth == pytest.approx(0.8304, abs=5e-5)


@pytest.mark.parametrize(("rho", "bins"), [(0.5, 3), (0.9, 6), (0.99, 12)])
def test_masses_of_the_bins(rho, bins):
    """Quadrants by the arcsine law, corners by scipy, margins alike."""
    p = masses(rho, bins)
    assert p.sum(0).tolist() == pytest.approx([1 / bins] * bins, abs=1e-9)
    corner = stats.multivariate_normal([0, 0], [[1, rho], [rho, 1]]).cdf([edges(bins)[0]] * 2)
    assert float(p[0, 0]) == pytest.approx(corner, abs=1e-5)
    quadrant = 0.25 + math.asin(rho) / (2 * math.pi)
    assert float(masses(rho, 2)[0, 0]) == pytest.approx(quadrant, abs=1e-9)


@pytest.mark.parametrize("values", [{}, {"rho": -0.7, "bins": 5, "n": 333}, {"bins": 12, "n": 20}])
def test_counts_as_a_library_counts(values):
    run = feature(**PAIR | values).sample
    x, y = (np.digitize(z, edges(values.get("bins", 8)), right=True) for z in (run.x, run.y))
    assert run.plug == pytest.approx(mutual_info_score(x, y))
    cells = len(set(zip(x.tolist(), y.tolist(), strict=True)))
    over = cells - len(set(x.tolist())) - len(set(y.tolist())) + 1
    assert run.bias == pytest.approx(over / (2 * len(x)))


def test_more_bins_find_more_and_more_draws_less():
    """The law of large numbers: at ρ = 0 the mean is (bins − 1)²/2n."""
    means = {n: by_bins(n, 4, 7)[0].mean() for n in (50, 100, 400)}
    for n, mean in means.items():
        assert mean == pytest.approx(9 / (2 * n), rel=0.6)
    assert by_bins(100, 8, 7)[0].mean() > 3 * means[100]
    binned = [feature(**PAIR, bins=k).sample.binned for k in (2, 4, 8)]  # each cuts the last
    assert binned == sorted(binned) and binned[-1] < feature(**PAIR).truth


def test_neighbours_are_near_the_truth_where_bins_are_not():
    truth = -0.5 * np.log(1 - np.array(GRID) ** 2)
    near, bins = by_neighbours(400, 3, 5), by_bins(400, 12, 5)
    assert near.shape == bins.shape == (len(GRID), AGAIN)
    assert np.abs(near.mean(1) - truth).max() < 0.08
    assert np.abs(bins.mean(1) - truth).max() > 0.15


def test_the_other_sign_tells_the_same():
    up, down = feature(**PAIR, rho=0.6), feature(**PAIR, rho=-0.6)
    assert down.sample.ksg == pytest.approx(up.sample.ksg) and down.truth == up.truth
    assert torch.equal(down.sample.y, -up.sample.y) and torch.equal(pairs(0.6, 100, 1)[0],
                                                                     up.sample.x)  # fmt: skip
    assert float(np.corrcoef(*pairs(-0.6, 400, 2))[0, 1]) == pytest.approx(-0.6, abs=0.15)
    assert not torch.equal(feature(**PAIR, seed=2).sample.x, feature(**PAIR).sample.x)


def test_settings_keep_their_checks():
    rng = np.random.default_rng(0)
    for _ in range(25):
        unit = str(rng.choice(["bits", "nats"]))
        values = {"t": float(rng.uniform(0, 1)), "unit": unit}
        assert not red(feature(**values), **values), values
        values = {
            "view": "normal", "rho": float(rng.uniform(-0.99, 0.99)), "unit": unit,
            "n": int(rng.integers(20, 400)), "bins": int(rng.integers(2, 13)),
            "k": int(rng.integers(1, 11)), "seed": int(rng.integers(999)),
        }  # fmt: skip
        assert not red(feature(**values), **values), values


@pytest.mark.parametrize("values", [{"t": 0.3}, {"t": 1.0}, PAIR, PAIR | {"rho": 0.0, "bins": 3}])
def test_a_wrong_number_turns_a_check_red(values):
    run = feature(**values)
    part = "told" if run.told else "sample"
    record = getattr(run, part)
    for name, value in record._asdict().items():
        off = value.flip(0) if isinstance(value, torch.Tensor) else value + 0.001
        assert red(run._replace(**{part: record._replace(**{name: off})}), **values), name
    whole = {"table": run.table.flip(2)} if run.told else {"truth": run.truth + 0.01}
    assert red(run._replace(**whole), **values)


def test_the_picture_shows_the_numbers():
    shown = panels(t=0.6)
    bars = {t["name"]: t for t in shown["bars"].traces}
    run = feature(t=0.6).told
    assert bars["I(X₁;Y|X₂)"]["x"][1] == pytest.approx(run.both, rel=1e-6)
    assert bars["I(X₁;Y|X₂)"]["x"][0] == pytest.approx(run.second, rel=1e-6)
    (grip,) = shown["dial"].handles
    assert (grip.x, grip.y) == pytest.approx((0.6, run.first))
    assert set(panels(**PAIR)) == {"cloud", "estimates", "rho"}
    (grip,) = panels(**PAIR, rho=-0.5)["cloud"].handles
    assert grip.matrix[0][1] * grip.y == pytest.approx(-0.5)


def test_the_sentences():
    assert "tells 0 bits of Y" in told() and "tells 1 bit, more: they tell it together" in told()
    assert "X₁ tells 0 bits, less: the two repeat each other" in told(t=1.0)
    assert "0.83 nats" in told(**PAIR) and "neighbour number 3" in told(**PAIR)
    assert "nearest neighbours find" in told(**PAIR, k=1)
    assert "fewer draws than cells" in told(**PAIR, n=20)
    assert "Bins so wide keep only" in told(**PAIR, bins=2)
    assert "Bins" not in told(**PAIR, rho=0.0)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"t": 1.5}, r"expected t in \[0, 1\], got 1.5"),
        ({"rho": 1.0}, "expected rho in"),
        ({"n": 19}, "expected n a whole number"),
        ({"bins": 1}, "expected bins"),
        ({"view": "text"}, "expected view"),
        ({"t": math.nan}, "expected t"),
    ],
)
def test_refusals(values, words):
    with pytest.raises(ValueError, match=words):
        feature(**values)
