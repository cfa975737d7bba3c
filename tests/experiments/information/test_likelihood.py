import math

import numpy as np
import pytest
import torch
from scipy import optimize, special, stats
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from core.experiments.information import likelihood_claims as claims
from core.experiments.information.likelihood import against, likelihood, lowest, over_logit
from core.signature import call
from pages.experiments.information.likelihood import EXPERIMENT
from pages.figures.information.likelihood import figure
from tests.forgery import failures

TEN = {"n1": 6, "n2": 3, "n3": 1}


def given(**values):
    return EXPERIMENT.defaults() | values


def told(**values):
    return call(claims.says, likelihood(**values), values=given(**values))


def red(run, **values):
    return failures(call(claims.checks, run, values=given(**values)))


def anywhere(rng):
    counts = rng.integers([1, 0, 0], 9)
    values = dict(zip(("z1", "z2", "z3"), rng.uniform(-5, 5, 3).tolist(), strict=True))
    values |= dict(zip(("n1", "n2", "n3"), counts.tolist(), strict=True))
    return values | {
        "shift": float(rng.uniform(-10, 10)), "temperature": float(10 ** rng.uniform(-1, 1)),
    }  # fmt: skip


def test_one_example_by_hand():
    run = likelihood(z1=math.log(18))
    assert run.q.tolist() == pytest.approx([0.9, 0.05, 0.05])
    assert run.slope.tolist() == pytest.approx([-0.1, 0.05, 0.05])
    assert run.nll == pytest.approx(-math.log(0.9)) and run.entropy == 0
    assert run.kl == pytest.approx(run.nll)


@pytest.mark.parametrize("seed", range(20))
def test_a_library_says_the_same(seed):
    values = anywhere(np.random.default_rng(seed))
    run, T = likelihood(**values), values["temperature"]
    z = np.array([values[f"z{i}"] for i in (1, 2, 3)]) + values["shift"]
    counts = [values[f"n{i}"] for i in (1, 2, 3)]
    assert run.q.tolist() == pytest.approx(special.softmax(z / T).tolist())
    y = torch.repeat_interleave(torch.arange(3), torch.tensor(counts))
    logits = torch.tensor(z, requires_grad=True)
    loss = torch.nn.functional.cross_entropy((logits / T).expand(len(y), 3), y)
    loss.backward()
    assert run.nll == pytest.approx(float(loss.detach()))
    assert run.slope.tolist() == pytest.approx(logits.grad.tolist(), abs=1e-12)
    assert run.entropy == pytest.approx(stats.entropy(counts), abs=1e-12)
    assert run.kl == pytest.approx(stats.entropy(counts, run.q.numpy()), abs=1e-12)
    assert not red(run, **values)


def test_a_logistic_fit_has_the_entropy_left_and_the_shares_for_q():
    """Two groups of inputs, the fit free in each: its loss is the mean of both entropies."""
    x = np.repeat([0, 1], [40, 60])
    y = np.r_[np.repeat([0, 1], [10, 30]), np.repeat([0, 1], [45, 15])]
    fit = LogisticRegression(C=1e9, tol=1e-10, max_iter=1000).fit(x[:, None], y)
    loss = log_loss(y, fit.predict_proba(x[:, None]))
    parts = [likelihood(n1=10, n2=30).entropy, likelihood(n1=45, n2=15).entropy]
    assert loss == pytest.approx(0.4 * parts[0] + 0.6 * parts[1], abs=1e-6)


def test_no_logits_do_better_than_the_shares():
    def loss(z):
        return likelihood(float(z[0]), float(z[1]), 0.0, n1=6, n2=3, n3=1).nll

    found = optimize.minimize(loss, [0.0, 0.0], bounds=[(-5, 5)] * 2)
    entropy = likelihood(**TEN).entropy
    assert found.fun == pytest.approx(entropy, abs=1e-6) == 0.8979457
    best = likelihood(*found.x.tolist(), 0.0, **TEN)
    assert best.q.tolist() == pytest.approx([0.6, 0.3, 0.1], abs=1e-3)
    assert against(best.shares, best.shares) == pytest.approx(entropy)


def test_a_shift_changes_nothing_and_temperature_divides():
    here = likelihood(1.0, 0.0, -1.0, **TEN)
    moved = likelihood(1.0, 0.0, -1.0, -7.5, **TEN)
    assert moved.q.tolist() == pytest.approx(here.q.tolist()) and moved.nll == pytest.approx(
        here.nll
    )
    assert float(here.slope.sum()) == pytest.approx(0, abs=1e-15)
    hot = likelihood(4.0, 0.0, -4.0, temperature=4.0, **TEN)
    assert hot.q.tolist() == pytest.approx(here.q.tolist())
    assert hot.slope.tolist() == pytest.approx((here.slope / 4).tolist())


@pytest.mark.parametrize("T", [0.5, 1.0, 3.0])
def test_the_best_first_logit(T):
    at = lowest(0.4, -0.3, T, 3, 2, 2)
    run = likelihood(at, 0.4, -0.3, temperature=T, n1=3, n2=2, n3=2)
    assert float(run.slope[0]) == pytest.approx(0, abs=1e-12)
    assert float(run.q[0]) == pytest.approx(3 / 7)
    places, loss = over_logit(0.4, -0.3, T, run.shares)
    assert loss.min() >= run.nll - 1e-12 and abs(places[loss.argmin()] - at) <= 0.1
    i = 37
    there = likelihood(float(places[i]), 0.4, -0.3, temperature=T, n1=3, n2=2, n3=2)
    assert loss[i] == pytest.approx(there.nll)
    assert lowest(0, 0, 1.0, 1, 0, 0) == lowest(5.0, 5.0, 1.0, 9, 1, 0) == 5.0


@pytest.mark.parametrize("values", [{}, TEN | {"z2": -2.0, "temperature": 2.0}])
def test_a_wrong_number_turns_a_check_red(values):
    run = likelihood(**values)
    assert not red(run, **values)
    for name, value in run._asdict().items():
        off = value.roll(1) if isinstance(value, torch.Tensor) else value + 0.01
        assert red(run._replace(**{name: off}), **values), name
    assert red(run._replace(slope=-run.slope), **values)


def test_what_is_too_sure_wants_three_to_four_times_the_temperature():
    loss = {T: likelihood(4.0, 1.0, -2.0, temperature=T, **TEN).nll for T in (1.0, 3.0, 3.6, 4.0)}
    assert loss[1.0] == pytest.approx(1.55, abs=5e-3) and loss[3.6] < min(loss[3.0], loss[4.0])
    assert loss[3.6] - likelihood(**TEN).entropy == pytest.approx(0, abs=5e-3)


def test_the_picture_shows_the_numbers():
    values = TEN | {"z1": 1.0, "shift": 3.0, "temperature": 2.0}
    run = likelihood(**values)
    picture = call(figure, run, values=given(**values))
    shown = {panel.name: panel for panel in picture.panels}
    grips = shown["logits"].handles
    for grip, z in zip(grips, (1.0, 0.0, 0.0), strict=True):
        assert grip.matrix[0][1] * grip.y + grip.offset[0] == pytest.approx(z)
    tips = {t["name"]: t for t in shown["logits"].traces}["down the slope"]
    rises = (tips["y"][1::3] - tips["y"][::3]) * run.slope.numpy()
    assert (rises < 0).all()
    kl = {t["name"]: t for t in shown["loss"].traces}["KL(p̂ ‖ q)"]
    assert kl["x"][:2].tolist() == pytest.approx([run.entropy, run.nll])
    tangent = {t["name"]: t for t in shown["curve"].traces}["slope"]
    rise = (tangent["y"][1] - tangent["y"][0]) / (tangent["x"][1] - tangent["x"][0])
    assert rise == pytest.approx(float(run.slope[0]), abs=1e-5)


def test_the_sentences():
    assert "Only A was seen" in told() and "raises A and lowers B and C" in told()
    assert "0.898 of them are H(p̂), the rest, 0.201, is KL" in told(z1=0.0, **TEN)
    assert "no logits do better" in told(z1=1.7918, z2=1.0986, **TEN)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"n1": 0}, r"expected n1 a whole number in \[1, 50\], got 0"),
        ({"z2": 5.5}, r"expected z2 in \[-5, 5\], got 5.5"),
        ({"temperature": 0.0}, "expected temperature in"),
        ({"n3": -1}, "expected n3 a whole number"),
        ({"z1": math.nan}, "expected z1"),
    ],
)
def test_refusals(values, words):
    with pytest.raises(ValueError, match=words):
        likelihood(**values)
