import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from core import table
from core.experiments.gan import referee as engine
from core.words import typeset
from pages.experiments.gan.referee import EXPERIMENT as REFEREE

DEFAULTS = REFEREE.defaults()
run = engine.referee
COPY = {"mu": 2.0, "sigma": 0.5}
LOG4 = math.log(4)

laws = {
    "data": st.sampled_from(["one", "two"]),
    "mu": st.floats(-6, 6),
    "sigma": st.floats(0.2, 3),
    "second": st.sampled_from([0.0, 0.25, 0.5, 1.0]) | st.floats(0, 1),
}
drawings = st.lists(st.floats(0.001, 0.999), min_size=19, max_size=19).map(
    lambda levels: table.write(torch.tensor(levels, dtype=torch.float64))
)


def densities(data="two", mu=0.0, sigma=2.0, second=0.0, **_):
    """Densities of scipy, written down once more."""
    real = [(1, 0, 1)] if data == "one" else [(0.5, -2, 0.5), (0.5, 2, 0.5)]
    fake = [(1 - second, mu, sigma), (second, -mu, sigma)]

    def density(hills):
        return lambda x: sum(w * stats.norm.pdf(x, m, s) for w, m, s in hills)

    return density(real), density(fake)


def by_scipy(D, breaks, **law):
    """V of a function D in (0, 1) by adaptive quadrature between the breaks."""
    p, q = densities(**law)

    def at(x):
        return p(x) * math.log(D(x)) + q(x) * math.log1p(-D(x))

    ends = [-30, *breaks, 30]
    return sum(integrate.quad(at, a, b, limit=200)[0] for a, b in pairwise(ends))


@pytest.mark.parametrize("law", [{}, {"data": "one", "mu": 1.5, "sigma": 0.7, "second": 0.3}])
def test_a_drawn_referee_scores_what_scipy_integrates(law):
    rng = np.random.default_rng(3)
    levels = rng.uniform(0.02, 0.98, 19).round(3)
    own = table.write(torch.from_numpy(levels))
    places = np.arange(-9, 10)
    exact = by_scipy(lambda x: float(np.interp(x, places, levels)), places, **law)
    assert run(referee="own", own=own, **law).value == pytest.approx(exact, abs=1e-8)


def test_a_sure_referee_pays_for_every_error():
    # data N(0, 1), fakes N(1, 1): the boundary is ½, Φ(½) of both are on the right side
    right = stats.norm.cdf(0.5)
    for a in (0.1, 7.0, 40.0, 1000.0):
        result = run(data="one", mu=1.0, sigma=1.0, sure=a)
        good, bad = -math.log1p(math.exp(-a)), -a - math.log1p(math.exp(-a))
        assert result.value == pytest.approx(2 * (right * good + (1 - right) * bad), rel=1e-9)
        assert result.wrong == pytest.approx(1 - right, abs=1e-9)


def test_with_a_thousand_as_logit_the_plain_formula_would_be_minus_infinity():
    result = run(sure=1000.0)
    D = result.logit.sigmoid()
    on_fakes = result.p_g * (1 - D).log()
    assert float(on_fakes.min()) == -math.inf
    assert -1000 < result.value < -400
    assert result.value == pytest.approx(1000 * run(sure=1000.0).wrong * -2, rel=1e-6)


def test_the_known_values():
    forger = run(**COPY, second=0.5, referee="best")
    assert forger.value == pytest.approx(-1.3862943611198906, abs=1e-12)
    assert forger.logit.abs().max() == 0 and forger.jsd == 0
    mode = run(**COPY, referee="coin")
    assert mode.best_value == pytest.approx(-0.95484, abs=5e-6)
    assert mode.jsd == pytest.approx(0.21573, abs=5e-6)
    # ¾ log(4/3) in nats: one hill of two that never meet
    assert mode.jsd == pytest.approx(0.75 * math.log(4 / 3), abs=1e-3)
    apart = run(mu=6.0, sigma=0.2, referee="best")
    assert -1e-6 < apart.value <= 0 and apart.jsd == pytest.approx(math.log(2), abs=1e-6)


def test_what_the_best_referee_says_at_single_places():
    mode = run(**COPY)
    assert mode.judged(2.0) == pytest.approx(1 / 3, abs=1e-6)
    assert mode.judged(-2.0) > 0.999
    level = run(data="one", mu=3.0, sigma=1.0, referee="best")
    at = torch.tensor([1.5], dtype=torch.float64)  # both equally dense
    real, fake = engine.DATA["one"], engine.hills(3.0, 1.0, 0.0)
    assert float(engine.log_density(real, at) - engine.log_density(fake, at)) == pytest.approx(0)
    x, logit = level.x, level.best
    torch.testing.assert_close(logit, 4.5 - 3 * x)  # (−x² + (x − 3)²)/2


@settings(max_examples=40, deadline=None)
@given(own=drawings, **laws)
def test_nobody_beats_the_best_and_what_is_lost_is_the_gap(own, **law):
    result = run(referee="own", own=own, **law)
    assert result.value <= result.best_value + 1e-12
    assert float(result.lost.min()) >= -1e-12
    assert float(result.lost @ result.dx) == pytest.approx(
        result.best_value - result.value, abs=1e-9
    )
    assert -LOG4 - 1e-12 <= result.best_value <= 0
    assert float(result.p_g @ result.dx) == pytest.approx(1, abs=1e-9)


@settings(max_examples=15, deadline=None)
@given(**laws)
def test_the_value_of_the_best_is_the_divergence_of_a_sum_over_cells(**law):
    p, q = densities(**law)
    x = np.linspace(-40, 40, 16001)
    p, q = p(x), q(x)
    m = (p + q) / 2

    def kl(a):
        seen = a > 1e-300
        return np.sum(a[seen] * np.log(a[seen] / m[seen])) * (x[1] - x[0])

    assert run(**law).best_value == pytest.approx(kl(p) + kl(q) - LOG4, abs=1e-8)


def test_a_step_away_from_the_best_in_any_direction_loses_by_its_square():
    result, rng = run(referee="best"), torch.Generator().manual_seed(0)
    way = torch.randn(len(result.x), generator=rng, dtype=torch.float64)

    def loss(step):
        return result.best_value - sum(result.terms(result.best + step * way))

    rates = [math.log2(loss(2 * h) / loss(h)) for h in (1e-2, 1e-3)]
    assert rates == pytest.approx([2, 2], abs=0.05)
    assert loss(-1e-3) > 0


@settings(max_examples=30, deadline=None)
@given(**laws)
def test_the_sure_referee_turns_where_both_laws_weigh_the_same(**law):
    p, q = densities(**law)
    result = run(**law)
    heavier = np.sign(p(result.x.numpy()) - q(result.x.numpy()))
    apart = np.abs(p(result.x.numpy()) - q(result.x.numpy())) > 1e-12
    assert (result.logit.sign().numpy() == heavier)[apart].all()


def test_a_referee_that_admits_its_doubt_beats_the_coin_and_the_sure_one():
    sure, coin, best = (run(referee=each) for each in ("sure", "coin", "best"))
    assert sure.value < coin.value < best.value
    assert coin.value == pytest.approx(-LOG4, abs=1e-12)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"own": "0.5"}, "expected own to be 19 numbers, got 1"),
        ({"own": " ".join(["0.5"] * 18 + ["1"])}, r"expected own in \[0.001, 0.999\], got 1"),
        ({"own": "x"}, "expected a finite number in row 1, column 1 of own"),
        ({"sigma": 0.0}, "expected sigma"),
        ({"sigma": -1.0}, "expected sigma"),
        ({"second": 1.2}, "expected second"),
        ({"sure": math.inf}, "expected sure"),
    ],
)
def test_bad_input_is_refused_by_name(values, told):
    with pytest.raises(ValueError, match=told):
        run(**values)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({}, "scores V = -3.394, the best one -0.9841: 2.41 is lost. It is wrong about 24.2 %"),
        ({"sure": 1.0}, "each of these costs 1.31."),
        ({"referee": "best"}, "That is between a coin's −log 4 = −1.386 and 0; JSD is 0.2011"),
        ({"referee": "best", "mu": 6.0, "sigma": 0.2}, "That is nearly 0: hardly a fake"),
        (COPY | {"second": 0.5, "referee": "best"}, "D* is ½ everywhere, V is −log 4"),
        (COPY | {"second": 0.5, "sure": 1.0}, "and nobody can score more. The fakes have the law"),
    ],
)
def test_what_happened_is_told(values, told):
    values = DEFAULTS | values
    assert typeset(told) in typeset(REFEREE.says(REFEREE.compute(**values), **values))


def test_a_drawn_referee_is_painted_where_it_stands_and_any_other_can_be_drawn_over():
    levels = [round(0.05 * (j + 1), 2) for j in range(19)]
    values = DEFAULTS | {"referee": "own", "own": table.write(torch.tensor(levels))}
    court = REFEREE.figure(REFEREE.compute(**values), **values).panels[0]
    assert court.paint.values == pytest.approx(levels) and court.paint.at == -9
    sure = REFEREE.figure(REFEREE.compute(**DEFAULTS), **DEFAULTS).panels[0]
    assert sure.paint.also == {"referee": "own"}
    assert sure.paint.values.min() == 0.01 and sure.paint.values.max() == 0.99


def test_the_handles_set_the_centre_and_the_width_of_the_fakes():
    values = DEFAULTS | {"mu": -1.5, "sigma": 0.8}
    top, side = REFEREE.figure(REFEREE.compute(**values), **values).panels[0].handles
    assert top.params == ("mu",) and top.x == -1.5
    assert side.matrix[0][0] * side.x + side.offset[0] == pytest.approx(0.8)


def test_the_printed_value_is_drawn_on_request_only():
    values = REFEREE.preset("The value on the sheet")
    result = REFEREE.compute(**REFEREE.inputs(values))
    for shown in (True, False):
        score = REFEREE.figure(result, **values | {"printed": shown}).panels[2]
        places = [t["x"][0] for t in score.traces if t["name"].startswith("printed")]
        assert places == pytest.approx([-math.log(2)] * shown)
