import math

import numpy as np
import pytest
import torch
from scipy import integrate, stats

from core.experiments.information import fit as exp
from core.experiments.information import fit_claims as claims
from core.information import DIRECTIONS, divergence
from core.signature import call, fields
from pages.figures.information.fit import figure
from tests import forgery

GIVEN = {name: field.default for name, field in fields(exp.fit).items()}


def asked(**values):
    run, values = exp.fit(**values), GIVEN | values
    return run, call(claims.checks, run, values=values), call(claims.says, run, values=values)


def test_one_bump_is_two_gaussians_by_the_closed_form():
    """N(0, 1) and N(0, 2²): 0.3181, the other way 0.8069."""
    run, found, _ = asked(apart=0.0, width=1.0, mu=0.0, sigma=2.0)
    assert run.values[:2].tolist() == pytest.approx([0.3181, 0.8069], abs=5e-5)
    m, s = 1.3, 0.6
    run, *_ = asked(apart=0.0, width=1.0, mu=m, sigma=s)
    forward = math.log(s) + (1 + m * m) / (2 * s * s) - 0.5
    reverse = -math.log(s) + (s * s + m * m) / 2 - 0.5
    assert run.values[:2].tolist() == pytest.approx([forward, reverse], rel=1e-9)
    assert run.best == pytest.approx([0, 1, 0], abs=1e-6)
    assert all(check.holds for check in found if check.applies)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"mu": -2.5, "sigma": 0.4, "weight": 0.2},
        {"mu": 3.0, "sigma": 3.5, "width": 0.25, "apart": 5.0},
        {"mu": 0.1, "sigma": 0.15, "apart": 1.0, "width": 1.0},
    ],
)
def test_the_three_against_adaptive_quadrature(values):
    run, values = exp.fit(**values), GIVEN | values
    half, w, s = values["apart"] / 2, values["weight"], values["width"]
    q = stats.norm(values["mu"], values["sigma"])

    def log_p(x):
        left = math.log(1 - w) + stats.norm.logpdf(x, -half, s)
        return np.logaddexp(left, math.log(w) + stats.norm.logpdf(x, half, s))

    def middle(x):
        return np.logaddexp(log_p(x), q.logpdf(x)) - math.log(2)

    def js(x):
        one = math.exp(log_p(x)) * (log_p(x) - middle(x))
        return (one + q.pdf(x) * (q.logpdf(x) - middle(x))) / 2

    for k, each in enumerate(
        (lambda x: math.exp(log_p(x)) * (log_p(x) - q.logpdf(x)),
         lambda x: q.pdf(x) * (q.logpdf(x) - log_p(x)), js)
    ):  # fmt: skip
        ends = values["mu"] - 8 * values["sigma"], values["mu"] + 8 * values["sigma"]
        low, high = min(-half - 8 * s, ends[0]), max(half + 8 * s, ends[1])
        at = [-half, 0.0, half, values["mu"]]
        known, _ = integrate.quad(each, low, high, points=at, limit=400)
        assert float(run.values[k]) == pytest.approx(known, rel=1e-6, abs=1e-8)


def test_printed_figures_of_cover_and_lock():
    lock, _, told = asked()
    assert lock.best == pytest.approx([-1.9998, 0.5004, 0.69305], abs=5e-5)
    assert lock.optima[1].tolist() == pytest.approx([1.9998, 0.5004, 0.69305], abs=5e-5)
    assert lock.optima[2].tolist() == pytest.approx([0, 1.7364, 1.8712], abs=1e-4)
    assert "as low at mean 2" in told and "1 higher valley can" in told
    cover, _, told = asked(direction="forward")
    assert cover.optima.tolist() == [pytest.approx([0, math.sqrt(4.25), 0.72355], abs=5e-6)]
    assert "valley" not in told
    between, *_ = asked(direction="jsd")
    assert between.best == pytest.approx([0, 2.0424, 0.20096], abs=5e-5)


def test_what_is_left_out_costs_the_logarithm_of_its_share():
    """Far bumps: the reverse KL of a bell on a bump of weight w is log 1/w."""
    run, *_ = asked(apart=6.0, width=0.2, weight=0.7)
    right, left = run.optima[0].tolist(), run.optima[1].tolist()
    assert right == pytest.approx([3, 0.2, math.log(1 / 0.7)], abs=1e-6)
    assert left == pytest.approx([-3, 0.2, math.log(1 / 0.3)], abs=1e-6)


def test_forward_follows_the_moments():
    run, *_ = asked(direction="forward", apart=3.0, width=0.4, weight=0.8)
    assert run.best[:2] == pytest.approx([0.9, math.sqrt(0.16 + 0.16 * 9)])


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_the_map_is_the_divergence(direction):
    known = (4.0, 0.3, 0.4)
    z = exp.landscape(*known, direction)
    i, j = torch.tensor([0, 5, 12, 35]), torch.tensor([3, 12, 24, 40])
    mu, sigma = torch.from_numpy(exp.MU)[j], torch.from_numpy(exp.SIGMA)[i]
    truth = divergence(exp.target(*known), direction, mu, sigma[:, None]).numpy()
    np.testing.assert_allclose(z[i[:, None], j], truth, rtol=0.02, atol=5e-3)


@pytest.mark.parametrize(
    ("start", "end"),
    [((0.8, 1.2), 2.0), ((-0.8, 1.2), -2.0), ((-2.5, 0.3), -2.0), ((0.0, 1.2), 0.0)],
)
def test_a_slide_ends_in_the_valley_on_its_side(start, end):
    mu, sigma = start
    path = exp.slid(4.0, 0.5, 0.5, "reverse", mu, sigma)
    assert path[0].tolist() == pytest.approx(list(start))
    assert float(path[-1, 0]) == pytest.approx(end, abs=1e-3)
    values = divergence(exp.target(4.0, 0.5, 0.5), "reverse", path[:, 0], path[:, 1])
    assert bool((values.diff() <= 1e-12).all())
    run, found, told = asked(mu=mu, sigma=sigma, slide=3)
    torch.testing.assert_close(run.q, path[3])
    assert all(check.holds for check in found) and "after 3 steps" in told


def test_far_apart_jsd_is_log_2():
    run, *_ = asked(direction="jsd", apart=6.0, width=0.2, mu=0.0, sigma=0.2)
    assert float(run.values[2]) == pytest.approx(math.log(2), abs=1e-5)
    # 3²/(2·0.2²), less the log 2 by which h(p) is above that of one bump
    assert float(run.values[0]) == pytest.approx(112.5 - math.log(2), abs=1e-6)


def test_the_handles_say_what_is_set():
    run, values = exp.fit(mu=-1.0, sigma=0.7), GIVEN | {"mu": -1.0, "sigma": 0.7}
    picture = figure(run, **values)
    for panel in picture.panels:
        for handle in panel.handles:
            for name, row, shift in zip(handle.params, handle.matrix, handle.offset):
                assert row[0] * handle.x + row[1] * handle.y + shift == pytest.approx(values[name])
            assert not handle.also
    values |= {"slide": 16}
    picture = figure(exp.fit(**values), **values)
    top, flank = picture.panels[0].handles
    assert top.x == pytest.approx(-2, abs=1e-3) and top.also == {"slide": 0, "sigma": 0.5}
    assert flank.also == {"slide": 0, "mu": -2.0}


def test_the_paid_area_is_the_divergence():
    for direction in DIRECTIONS:
        values = GIVEN | {"direction": direction}
        run = exp.fit(**values)
        (curve,) = (t for t in figure(run, **values).panels[2].traces if t["name"] == "integrand")
        area = np.trapezoid(np.asarray(curve["y"], float), curve["x"])
        value = float(run.values[DIRECTIONS.index(direction)])
        assert area == pytest.approx(value, abs=0.02), direction


def test_a_forged_number_is_noticed():
    for values in ({}, {"slide": 4}, {"direction": "jsd", "weight": 0.3}):
        run, values = exp.fit(**values), GIVEN | values
        for name, forged in forgery.forgeries(run):
            found = call(claims.checks, forged, values=values)
            assert any(not check.holds for check in found if check.applies), name


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"sigma": 0.0}, r"expected sigma in \[0.15, 4\], got 0"),
        ({"width": -1.0}, "expected width"),
        ({"apart": math.nan}, "expected apart"),
        ({"direction": "both"}, "expected direction"),
    ],
)
def test_what_cannot_be_is_refused_by_name(values, words):
    with pytest.raises(ValueError, match=words):
        exp.fit(**values)
