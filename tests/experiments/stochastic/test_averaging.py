import math

import numpy as np
import pytest
import torch

from core.experiments.stochastic import averaging_claims as claims
from core.experiments.stochastic.averaging import (
    AT,
    CHAINS,
    EARLIER,
    SHOWN,
    T,
    averaged,
    averaging,
    chains,
    decayed,
    noise,
    scan,
    slopes,
    steps,
)
from core.rng import generator
from core.signature import call
from core.stochastic import average_moments, averages, tail_average
from core.stochastic import chains as engine_chains
from pages.experiments.stochastic.averaging import EXPERIMENT
from pages.figures.stochastic.averaging import figure

HARMONIC = {"alpha": 1.0, "p": 1.0}
SLOWER = {"alpha": 1.0, "p": 0.6, "x0": 5.0}
FAR = {"alpha": 0.01, "x0": 50.0}
CURVE = {"f": "curve"}


def given(**values):
    return EXPERIMENT.defaults() | values


def told(**values):
    return call(claims.says, averaging(**values), values=given(**values))


def drawn(**values):
    picture = call(figure, averaging(**values), values=given(**values))
    return {panel.name: panel for panel in picture.panels}


def at(t):
    return AT.tolist().index(t)


@pytest.mark.parametrize(
    "values",
    [
        {},
        HARMONIC | {"share": 1.0},
        SLOWER | {"beta": 0.3, "share": 0.07},
        FAR | {"sigma": 0.0},
        {"alpha": 1.9, "p": 0.3, "beta": 0.5, "x0": -7.0, "sigma": 2.5},
    ],
)
def test_mean_squares_are_those_of_the_steps_one_by_one(values):
    run, now = averaging(**values), given(**values)
    alphas = torch.from_numpy(steps(now["alpha"], now["p"]))
    exact = average_moments(
        alphas, now["sigma"], now["x0"], beta=now["beta"], share=now["share"], at=AT.tolist()
    )
    expected = torch.stack(exact[1:])
    torch.testing.assert_close(run.error, expected, rtol=1e-9, atol=1e-300)


def test_the_figures_of_constant_steps_and_of_steps_one_over_k():
    run = averaging(x0=0.0)
    last, mean, ema, tail = run.error[:, -1].tolist()
    assert last == pytest.approx(0.1 / 1.9, rel=1e-12)
    assert mean == pytest.approx(1e-4, rel=0.002) and tail == pytest.approx(2e-4, rel=0.004)
    a, b = 0.9, 0.99
    assert ema == pytest.approx(0.01 / 1.99 * (1 + a * b) / (1 - a * b) * last, rel=1e-9)
    run = averaging(**HARMONIC)
    harmonic = sum(1 / k for k in range(1, T + 1))
    assert float(run.error[0, -1]) == pytest.approx(1e-4, rel=1e-12)
    assert float(run.error[1, -1]) == pytest.approx((2 * T - harmonic) / T**2, rel=1e-12)


def test_mean_and_variance_apart_by_hand():
    run, k = averaging(alpha=0.2, x0=3.0, sigma=0.5), np.arange(1, 1001)
    fallen = 3 * 0.8**k
    assert float(run.mean[0, at(1000)]) == pytest.approx(fallen[-1], abs=1e-90)
    assert float(run.mean[1, at(1000)]) == pytest.approx(fallen.mean())
    assert float(run.mean[3, at(1000)]) == pytest.approx(fallen[500:].mean())
    assert float(run.variance[0, -1]) == pytest.approx(0.25 * 0.2 / 1.8)
    assert averaging(sigma=0.0).variance.abs().max() == 0
    assert averaging(x0=0.0).mean.abs().max() == 0
    twice = averaging(alpha=0.2, x0=6.0, sigma=1.0)
    torch.testing.assert_close(twice.error, 4 * run.error)


def test_rates_by_slope():
    flat = slopes(averaging(x0=0.0))
    assert flat == pytest.approx([0, -1, 0, -1], abs=0.02)
    slower = slopes(averaging(**SLOWER))
    assert slower[:2] == pytest.approx([-0.6, -1], abs=0.03)
    assert slopes(averaging(**FAR))[1] == pytest.approx(-2, abs=0.01)  # the start alone
    assert all(math.isnan(rate) for rate in slopes(averaging(sigma=0.0, x0=0.0)))


def test_a_far_start_weighs_in_the_mean_and_not_in_the_tail():
    run = averaging(**FAR)
    last, mean, _, tail = run.error[:, -1].tolist()
    assert tail < last < mean
    assert float(run.mean[1, -1]) == pytest.approx(50 * 0.99 / (0.01 * T), rel=1e-6)


def test_recursions_over_blocks_are_those_step_by_step():
    random = generator(3)
    a = torch.rand(2, T, generator=random, dtype=torch.float64).numpy() * 2 - 1
    b = torch.randn(2, T, generator=random, dtype=torch.float64).numpy()
    y, flat, row = np.zeros(2), np.zeros(2), []
    for k in range(T):
        y, flat = a[:, k] * y + b[:, k], 0.97 * flat + b[:, k]
        row.append((y, flat))
    np.testing.assert_allclose(scan(a, b), np.array(row)[:, 0].T, atol=1e-9)
    np.testing.assert_allclose(decayed(0.97, b), np.array(row)[:, 1].T, atol=1e-9)


def test_averages_along_runs_are_those_of_the_engine():
    x = noise(3, 5).cumsum(1)
    mean, ema = averages(torch.from_numpy(x.T.copy()), 0.2)
    tail = tail_average(torch.from_numpy(x.T.copy()), 0.3)
    found = averaged(x, 0.2, 0.3, SHOWN)
    for row, each in zip(found, (torch.from_numpy(x.T.copy()), mean, ema, tail), strict=True):
        np.testing.assert_allclose(row, each.numpy()[SHOWN - 1].T, rtol=1e-9, atol=1e-9)


def test_the_run_shown_is_a_chain_with_the_noise_of_its_seed():
    run = averaging(**SLOWER, sigma=2.0, seed=4)
    alphas, x = steps(1.0, 0.6), 5.0
    for k, xi in enumerate(noise(1, 4)[0][:200].tolist()):
        x -= alphas[k] * (x + 2.0 * xi)
        assert float(run.x[k + 1]) == pytest.approx(x)
    assert not torch.equal(run.x, averaging(**SLOWER, sigma=2.0, seed=5).x)


def test_chains_on_the_curve_are_those_of_the_engine():
    alphas = torch.full((500,), 0.2, dtype=torch.float64)
    ours = chains(0.2, 1)[:, [10, 100, 500]]
    engine = engine_chains(alphas, 1.0, 0.0, 4000, generator(7), gradient=lambda x: x.exp() - 1,
                           at=[10, 100, 500]).numpy()  # fmt: skip
    for j in range(3):
        error = math.sqrt(engine[j].var() * (1 / CHAINS + 1 / 4000))
        assert abs(ours[:, j].mean() - engine[j].mean()) < 4 * error
    assert chains(0.2, 1)[0].tolist() == averaging(**CURVE, eta=0.2, seed=1).x.tolist()


@pytest.mark.parametrize("eta", [0.1, 0.5])
def test_the_bias_of_the_curve_is_that_of_the_law_at_rest(eta):
    """x ← x − η(eˣ − 1 + ξ) on a grid: the law that a step leaves as it is."""
    x = np.linspace(-7.0, 3.0, 401)
    width = x[1] - x[0]
    move = (x[None] - (x - eta * (np.exp(x) - 1))[:, None]) / eta
    kernel = np.exp(-(move**2) / 2) / (eta * math.sqrt(2 * math.pi)) * width
    kernel = torch.from_numpy(np.where(kernel > 1e-12, kernel, 0.0))
    for _ in range(8):  # 256 steps
        kernel = kernel @ kernel
    law = kernel[len(x) // 2].numpy() / float(kernel[len(x) // 2].sum())
    assert law @ np.exp(x) == pytest.approx(1, abs=1e-6)  # so that the mean of x is below 0
    rest = float(law @ x)
    assert rest == pytest.approx(-eta / 4, abs=eta**2 / 4)
    run = averaging(**CURVE, eta=eta)
    chance = math.sqrt(float(run.variance[1, -1]) / CHAINS)
    assert abs(float(run.mean[1, -1]) - rest) < 4 * chance < abs(rest)
    assert float(run.error[1, -1] / run.error[1, EARLIER]) > 0.2  # no longer like 1/t


def test_what_is_said():
    assert "Averaging all of them makes it 2 times as large: early iterates" in told(**HARMONIC)
    assert "527 times smaller: over the last decade" in told(x0=0.0)
    assert "the mean still stands at 0.495" in told(**FAR)
    assert "−0.0261 ± 0.001, left of the minimum" in told(**CURVE)
    assert "hardly changes it" in told(x0=0.0, sigma=0.0)
    assert "The last iterate is there, the mean not yet" in told(sigma=0.0)
    assert "hardly changes it." in told(alpha=0.001, p=1.0, x0=100.0, sigma=0.0)
    assert "smaller, though the start is not forgotten" in told(alpha=0.1, p=0.1, x0=50.0)


def test_the_start_the_tail_and_the_step_are_dragged():
    at = drawn(x0=-3.0, share=0.25, alpha=0.4)
    start, tail = at["run"].handles
    assert (start.params, start.y, start.frees) == (("x0",), -3.0, "y")
    assert tail.matrix[0][0] * tail.x + tail.offset[0] == pytest.approx(0.25)
    assert at["steps"].handles[0].y == 0.4 and at["steps"].handles[0].params == ("alpha",)
    at = drawn(**CURVE, eta=0.3)
    assert at["run"].handles == () and at["steps"].handles[0].params == ("eta",)


def test_what_is_out_of_range_is_refused_by_name():
    for name, value in (("beta", 0.0), ("beta", 1.01), ("share", 0.0), ("alpha", 0.0),
                        ("sigma", -1.0), ("p", 1.1), ("eta", 0.0)):  # fmt: skip
        with pytest.raises(ValueError, match=f"expected {name} "):
            averaging(**{name: value})


@pytest.mark.parametrize("values", [{}, HARMONIC, CURVE])
def test_a_wrong_number_turns_a_check_red(values):
    run = averaging(**values)
    for forged in (
        run._replace(variance=run.variance.flip(0)),
        run._replace(x=-run.x),
        run._replace(along=run.along.roll(1, 0)),
        run._replace(mean=run.mean + 0.02),
    ):
        found = call(claims.checks, forged, values=given(**values))
        assert any(c.applies and not c.holds for c in found)
