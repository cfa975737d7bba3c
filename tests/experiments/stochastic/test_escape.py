import math

import numpy as np
import pytest
import torch

from core.experiments.stochastic import escape_claims as claims
from core.experiments.stochastic.escape import (
    CHAINS,
    LADDER,
    SIGMA,
    STEPS,
    escape,
    kramers,
    law,
    noise,
    stay,
    walk,
)
from core.rng import generator
from core.signature import call
from core.stochastic import Well, exit_time, temperature
from core.stochastic import escape as simulated
from pages.experiments.stochastic.escape import EXPERIMENT
from pages.figures.stochastic.escape import EVERY, FRAMES, figure


def given(**values):
    return EXPERIMENT.defaults() | values


def told(**values):
    return call(claims.says, escape(**values), values=given(**values))


def drawn(**values):
    run = escape(**{k: v for k, v in values.items() if k != "frame"})
    return call(figure, run, values=given(**values))


def test_the_chains_go_step_by_step_and_stop_past_the_deep_minimum():
    run, well, xi = escape(B=3, seed=2), Well(1.0, 0.1), noise(2)
    low, _, deep = well.places
    s = well.scale
    for chain in (0, 17, 99):
        x, gone = low, -1
        for k in range(STEPS):
            if gone < 0:
                x -= 0.02 * (s * (x**3 - x - 0.1) + SIGMA / math.sqrt(3) * float(xi[k, chain]))
                gone = k + 1 if x >= deep else -1
            assert float(run.x[k + 1, chain]) == pytest.approx(x, abs=1e-9)
        assert int(run.left[chain]) == gone
    assert 0 < int(run.gone.sum()) < CHAINS


@pytest.mark.parametrize("values", [{"B": 4}, {"B": 8, "depth": 0.5}, {"B": 4, "tilt": 0.0}])
def test_the_share_that_left_is_that_of_many_chains_of_the_engine(values):
    well = Well(values.get("depth", 1.0), values.get("tilt", 0.1))
    *_, last = simulated(well, 0.02, values["B"], SIGMA, 3000, STEPS, generator(5), every=STEPS)
    share, exact = float(last.share()[0]), claims.expected(well, values["B"], 0.02)
    assert abs(share - exact) < 4 * math.sqrt(exact * (1 - exact) / 3000)
    shares = [float((walk(well, values["B"], 0.02, seed)[1] >= 0).double().mean())
              for seed in range(20)]  # fmt: skip
    assert abs(np.mean(shares) - exact) < 4 * math.sqrt(exact * (1 - exact) / 20 / CHAINS)


def test_the_mean_stay_is_that_of_chains_run_to_their_end():
    well = Well(1.0, 0.1)
    *_, last = simulated(well, 0.02, 2, SIGMA, 2000, 3000, generator(1), every=3000)
    left = last.left[0].double()
    assert bool((left > 0).all())
    error = float(left.std()) / math.sqrt(2000)
    assert abs(float(left.mean()) - stay(well, 0.02, 2)) < 4 * error


def test_the_mean_stay_is_the_sum_of_what_is_left_at_every_step():
    well = Well(0.5, 0.1)
    kernel, row = law(well, 0.02, 2)
    left, total = row.clone(), 1.0
    for _ in range(4000):
        total += float(left.sum())
        left = left @ kernel
    assert total == pytest.approx(stay(well, 0.02, 2), rel=1e-6)


@pytest.mark.parametrize(
    ("depth", "tilt", "eta"), [(1.0, 0.1, 0.02), (0.5, 0.0, 0.01), (1.5, 0.15, 0.03)]
)
def test_the_quadrature_has_converged(depth, tilt, eta):
    run = escape(depth=depth, tilt=tilt, eta=eta)
    for B, m in zip(run.batches.tolist(), run.stays.tolist(), strict=True):
        assert stay(Well(depth, tilt), eta, B, 3.0) == pytest.approx(m, rel=1e-4)


def test_small_steps_stay_as_long_as_the_diffusion():
    well, off = Well(1.0, 0.1), []
    for eta in (0.04, 0.02, 0.01):  # at one temperature
        B = eta * SIGMA**2 / 2 * 4
        off.append(1 - stay(well, eta, B) * eta / exit_time(well, temperature(eta, B, SIGMA)))
    assert 0 < off[2] < off[1] < off[0] < 0.1
    assert off[1] / off[2] > 1.7


def test_kramers_slope_and_its_limit():
    run, well = escape(), Well(1.0, 0.1)
    assert (2 * run.batches / (0.02 * SIGMA**2)).tolist() == pytest.approx(LADDER.tolist())
    rises = (run.stays[1:] / run.stays[:-1]).log() / 2  # per unit of ΔU/D
    assert (rises.diff() > 0).all() and float(rises[-1]) == pytest.approx(1, abs=0.01)
    for B, m in zip(run.batches[3:].tolist(), run.stays[3:].tolist(), strict=True):
        assert kramers(well, 0.02, B) == pytest.approx(m, rel=0.02)
    low, high, _ = well.places
    curved = math.sqrt(well.bend(low) * -well.bend(high)) / (2 * math.pi)
    assert kramers(well, 0.02, 8) == pytest.approx(math.exp(8 / 1.44) / curved / 0.02)


def test_half_of_eta_over_b_is_exponential_and_both_halved_is_twice_the_steps():
    run = escape(B=4)
    times, facts = claims._doubled(run, B=4, eta=0.02, depth=1.0, tilt=0.1)
    assert times == pytest.approx(14.63, abs=0.01) and facts["later"] == "10 439"
    assert escape(B=8).stay == pytest.approx(times * run.stay)
    twice, _ = claims._rescaled(escape(B=8), B=8, eta=0.02, depth=1.0, tilt=0.1)
    assert twice == pytest.approx(escape(B=4, eta=0.01).stay / escape(B=8).stay)
    assert twice == pytest.approx(2, abs=0.05)
    # half the height at twice the batch has the same ΔU/D, and slopes half as steep
    assert escape(B=8, depth=0.5).stay == pytest.approx(2 * run.stay, rel=0.05)


def test_what_is_said():
    text = told(B=4)
    assert text.startswith("40 of 100 chains reached the deep minimum within 400 steps.")
    assert "chains reached the other minimum within" in told(B=4, tilt=0.0)
    assert "The mean stay is 714 steps, ΔU/D is 2.78." in text and "14.6 times" in text
    cold = told(B=32)
    assert cold.startswith("Not one of 100 chains") and "about 1.7·10¹¹ steps" in cold
    assert escape(B=32).stay == math.inf and not escape(B=32).gone.any()


def test_the_player_moves_the_chains():
    start, end = drawn(B=4), drawn(B=4, frame=FRAMES)
    assert (start.drive, start.frames, int(start.track["step"][-1])) == ("frame", 81, STEPS)
    assert start.panels[0].title == "After 0 steps: 0 of 100 chains have left"
    assert end.panels[0].title == "After 400 steps: 40 of 100 chains have left"
    run, k = escape(B=4), 30
    counted = int((run.gone & (run.left <= EVERY * k)).sum())
    assert f": {counted} of 100" in drawn(B=4, frame=k).panels[0].title


def test_the_pass_and_the_batch_are_dragged():
    well, arrhenius, _ = drawn(B=6, eta=0.03, depth=0.8).panels
    (top,), (batch,) = well.handles, arrhenius.handles
    assert top.params == ("depth",) and top.y == 0.8
    assert batch.matrix[0][0] * batch.x == pytest.approx(6)
    exact = next(t for t in arrhenius.traces if t["name"] == "exact")
    assert (np.diff(exact["y"]) > 0).all()
    assert drawn(B=64).panels[1].handles[0].x == 1600  # at the edge of the axis


def test_what_is_out_of_range_is_refused_by_name():
    for name, value in (("B", 1), ("B", 65), ("eta", 0.0), ("depth", 0.0), ("tilt", 0.2)):
        with pytest.raises(ValueError, match=f"expected {name} "):
            escape(**{name: value})


def test_a_wrong_number_turns_a_check_red():
    run = escape(B=4)
    gone = int(run.gone.nonzero()[0])
    later = run.left.clone()
    later[gone] += 1
    for forged in (
        run._replace(x=run.x.flip(1)),
        run._replace(left=later),
        run._replace(stays=run.stays.flip(0)),
        run._replace(stay=run.stay / 2),
        run._replace(batches=run.batches + 0.01),
    ):
        found = call(claims.checks, forged, values=given(B=4))
        assert any(c.applies and not c.holds for c in found)
    assert torch.isfinite(run.x).all()
