import math

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp
from scipy.stats import norm, wasserstein_distance

from core.diffusion import Mixture
from core.experiments.diffusion import solvers, solvers_claims
from core.experiments.diffusion.solvers import COUNTS, LEFT, TOP, convergence, ends, noises, order
from core.experiments.diffusion.solvers import solvers as run

PLAIN = {
    "start": 0.8, "steps": 8, "eta": 0.5, "variance": "beta", "sigma": 0.3, "seed": 0
}  # fmt: skip


def checks(result, **values):
    return solvers_claims.checks(result, **PLAIN | values)


def the(found, words):
    (one,) = (c for c in found if words in c.claim)
    return one


def velocity(phi, x, sigma=0.3):
    """v = cos φ ε − sin φ x̂₀ with the score of the mixture by numerical differentiation."""
    law, h = Mixture([0.3, 0.7], [-2.0, 2.0], sigma).noised(math.cos(phi) ** 2), 1e-5
    x = torch.as_tensor(x, dtype=torch.float64)
    score = (law.log_density(x + h) - law.log_density(x - h)) / (2 * h)
    eps = -math.sin(phi) * score
    x0 = (x - math.sin(phi) * eps) / math.cos(phi)
    return (math.cos(phi) * eps - math.sin(phi) * x0).numpy()


def test_the_exact_flow_is_what_an_adaptive_solver_of_scipy_finds():
    starts = np.array([-2.5, -0.8, -0.45, 0.8, 2.0])
    away = solve_ivp(velocity, (TOP, 1e-6), starts, rtol=1e-9, atol=1e-9, method="RK45")
    exact = [float(run(start=float(x)).flow[-1]) for x in starts]
    np.testing.assert_allclose(away.y[:, -1], exact, rtol=0, atol=2e-5)
    halfway = solve_ivp(velocity, (TOP, TOP / 2), starts, rtol=1e-9, atol=1e-9)
    middle = [float(run(start=float(x)).flow[solvers.FLOW // 2]) for x in starts]
    np.testing.assert_allclose(halfway.y[:, -1], middle, rtol=0, atol=2e-6)


def test_the_exact_map_takes_noise_to_the_law_of_the_data():
    """Of a fine grid of quantiles of N(0, 1), as ᾱ_T is 4·10⁻⁵."""
    exact = ends(0.3)
    data = 0.3 * norm.cdf(exact, -2, 0.3) + 0.7 * norm.cdf(exact, 2, 0.3)
    np.testing.assert_allclose(data, (np.arange(64) + 0.5) / 64, atol=0.003)
    left = float(np.prod(1 - np.linspace(1e-4, 0.02, 1000)))
    assert left == pytest.approx(LEFT, rel=1e-9)


@pytest.mark.parametrize("steps", [1, 2, 5, 20])
def test_both_solvers_are_written_out_by_hand(steps):
    result, delta = run(steps=steps), TOP / steps
    x = y = np.concatenate([[0.8], noises().numpy()])
    for i in range(steps):
        phi = TOP - i * delta
        v, w = velocity(phi, x), velocity(phi, y)
        x = math.cos(delta) * x - math.sin(delta) * v
        guess = math.cos(delta) * y - math.sin(delta) * w
        if i < steps - 1:
            turned = math.cos(delta) * w + math.sin(delta) * y
            guess = guess - delta / 2 * (velocity(phi - delta, guess) - turned)
        y = guess
        np.testing.assert_allclose(result.euler[i + 1], x, atol=2e-5)
        np.testing.assert_allclose(result.heun[i + 1], y, atol=2e-5)


@pytest.mark.parametrize("sigma", [0.1, 0.3, 1.0])
def test_euler_is_of_order_one_and_heun_of_order_two(sigma):
    assert order(convergence("euler", sigma)) == pytest.approx(1, abs=0.05)
    assert order(convergence("heun", sigma)) == pytest.approx(2, abs=0.05)
    back = [solvers.there_and_back(sigma, count) for count in COUNTS]
    assert order(torch.tensor(back, dtype=torch.float64)) == pytest.approx(1, abs=0.1)
    assert back[-1] < back[-2] < back[-3] < back[-4]


def test_the_slope_is_that_of_numpy():
    errors = torch.tensor([1, 1, 1, 1, 1, 0.9, 0.4, 0.03], dtype=torch.float64)
    slope = np.polyfit(np.log(COUNTS[-3:]), np.log(errors[-3:].numpy()), 1)[0]
    assert order(errors) == pytest.approx(-slope)


def test_the_mean_error_of_an_ordered_map_is_the_wasserstein_distance():
    for steps in (3, 8, 30):
        end = run(steps=steps).euler[-1, 1:].numpy()
        distance = wasserstein_distance(end, ends(0.3).numpy())
        assert solvers.mean_error("euler", steps, 0.3) == pytest.approx(distance, rel=1e-9)


def test_fresh_noise_forgets_the_start_but_not_the_law():
    """More steps bring the law nearer and the ends of the same starts not at all."""
    for eta, least in ((0.0, 30), (0.5, 0), (1.0, 0)):
        errors = convergence("ddim", 0.3, eta)
        assert (errors[2] / errors[-1] > 30) == (least > 0)
        assert eta == 0 or errors[-1] > 0.5
    for variance in solvers.NOISY:
        assert convergence(variance, 0.3, 0.0, 5)[-1] > 1


def test_heun_asks_twice_and_loses_with_three_calls():
    assert solvers_claims.answers["calls"](None, steps=2, sigma=0.3)[0] == "euler"
    assert solvers_claims.answers["calls"](None, steps=8, sigma=0.3)[0] == "heun"


def test_the_ends_of_the_family_agree_to_the_same_dice():
    result = run(eta=0.0)
    torch.testing.assert_close(result.ddim, result.euler[:, 0])
    one = {"eta": 1.0, "variance": "posterior", "seed": 4}
    torch.testing.assert_close(run(**one).ddim, run(**one).ddpm)
    for values in ({"eta": 0.0}, one):
        check = the(checks(run(**values), **values), "DDIM with η = 0")
        assert check.applies and check.holds
    assert not the(checks(run()), "DDIM with η = 0").applies
    half = {"eta": 1.0, "variance": "beta"}
    assert not the(checks(run(**half), **half), "DDIM with η = 0").applies


def test_the_checks_notice_another_method_and_a_turned_map():
    result = run()
    assert all(c.holds for c in checks(result) if c.applies)
    for forged in (
        {"euler": result.heun}, {"heun": result.euler}, {"euler": -result.euler},
        {"flow": result.flow + 1e-3}, {"ddpm": result.ddpm + 1e-3}, {"ddim": 1.01 * result.ddim},
    ):  # fmt: skip
        found = checks(result._replace(**forged))
        assert any(c.applies and not c.holds for c in found), forged
    crossed = result._replace(euler=result.euler.flip(1))
    assert not the(checks(crossed), "further right").holds


def test_the_sentence_names_who_turns_to_the_other_mode():
    values = {k: v for k, v in PLAIN.items() if k not in ("seed",)} | {"start": -0.55}
    said = solvers_claims.says(run(start=-0.55), **values)
    assert "Euler at 1.3 (the other mode), Heun at -1.45;" in said.replace("−", "-")
    one = solvers_claims.says(run(steps=1), **values | {"steps": 1, "start": 0.8})
    assert "in 1 call of the model" in one
    still = solvers_claims.says(run(eta=0.0), **values | {"eta": 0.0, "start": 0.8})
    assert "the first like Euler" in still


@pytest.mark.parametrize("steps", [1, 2, 100])
@pytest.mark.parametrize("sigma", [0.05, 1.0])
def test_edges_are_numbers_and_hold(steps, sigma):
    for start in (-3.0, 0.0, 3.0):
        for eta in (0.0, 1.0):
            values = {"steps": steps, "sigma": sigma, "start": start, "eta": eta}
            result = run(**values)
            assert all(part.isfinite().all() for part in result)
            assert all(c.holds for c in checks(result, **values) if c.applies)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"steps": 0}, r"expected steps .*\[1, 100\], got 0"),
        ({"eta": 1.5}, r"expected eta in \[0, 1\], got 1.5"),
        ({"start": math.nan}, "expected start"),
    ],
)
def test_refusals_name_the_parameter(bad, words):
    with pytest.raises(ValueError, match=words):
        run(**bad)
