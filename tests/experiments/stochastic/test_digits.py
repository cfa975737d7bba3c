from functools import cache

import numpy as np
import pytest
import torch

from core.experiments.stochastic import digits_claims as claims
from core.experiments.stochastic.digits import METHODS, digits, every, moments, place, rate_of
from core.signature import call
from core.stochastic.digits import race, tuned
from pages.experiments.stochastic.digits import EXPERIMENT
from pages.figures.stochastic.digits import figure
from tests.forgery import failures

SHORT = {"steps": 42, "seeds": 2, "batch": 16, "ema": 0.3, "seed": 5}


@cache
def snapshots():
    return list(digits(**SHORT))


def given(**values):
    return EXPERIMENT.defaults() | SHORT | values


def red(run, **values):
    return failures(call(claims.checks, run, values=given(**values)))


def test_a_snapshot_at_every_moment():
    runs = snapshots()
    assert every(42) == 3 and moments(42) == [*range(0, 42, 3), 42]
    assert [len(run.test) for run in runs] == list(range(1, 16))
    assert [run.progress for run in runs] == [step / 42 for step in moments(42)]
    assert runs[-1].doing.startswith("100% of the steps, ")
    assert call(claims.checks, runs[3], values=given()) == []


def test_the_race_is_that_of_the_engine():
    *_, last = race(2, 42, 5, batch=16, ema=0.3, every=42)
    run = snapshots()[-1]
    for mine, its in zip(run[1:], last[2:], strict=True):
        torch.testing.assert_close(mine[-1], its)
    for mine, its in zip(run.tuned, tuned(last), strict=True):
        torch.testing.assert_close(mine, its)


def test_the_best_rate_is_that_with_the_least_validation_loss():
    run = snapshots()[-1]
    for i, method in enumerate(METHODS):
        means = [float(run.validation[-1, i, k].mean()) for k in range(7)]
        best = min(range(7), key=means.__getitem__)
        assert float(run.tuned.rate[i]) == pytest.approx(rate_of(method)[best])
        assert run.tuned.accuracy[i].tolist() == run.accuracy[-1, i, best].tolist()


def test_the_nearest_rate_is_nearest_as_a_ratio():
    assert [place("sgd", rate) for rate in (0.03, 0.25, 0.36, 0.34, 2.0, 5e-4)] == [
        0,
        3,
        4,
        3,
        6,
        0,
    ]
    assert place("adam", 2.0) == 6 and place("momentum", 0.03) == 3


def test_one_start_for_all_methods_and_one_run_for_the_averages():
    run = snapshots()[-1]
    for each in run[1:]:
        assert (each[0] == each[0, :1, :1]).all()
    assert not torch.equal(run.test[0, 0, 0, 0], run.test[0, 0, 0, 1])


def test_checks_hold_and_what_is_off_turns_one_red():
    run = snapshots()[-1]
    assert red(run) == []
    for name in ("train", "validation", "test", "accuracy"):
        value = getattr(run, name)
        assert red(run._replace(**{name: value * 1.07})), name
        assert red(run._replace(**{name: value.flip(0)})), name
        assert red(run._replace(**{name: value.roll(1, 1)})), name
        assert red(run._replace(**{name: value.flip(-1)})), name
    assert red(run, ema=0.31) and red(run, batch=15) and red(run, seed=6)


def test_the_bound_of_a_wrong_digit_is_tight_for_even_chances():
    """Two classes with p = ½ each, read wrong: the loss is ln 2, the smallest there is."""
    loss = -torch.log_softmax(torch.tensor([1.0, 1.0]).double(), 0)[1]
    assert float(loss) == pytest.approx(np.log(2))


def test_what_is_said():
    run = snapshots()[-1]
    right = 100 * run.tuned.accuracy.mean(-1)
    told = call(claims.says, run, values=given(method="adam", rate=0.001))
    assert f"Adam reads {right[5]:.1f} % of fresh digits right" in told
    assert f"{abs(right[5] - right[0]):.2g} points" in told and "Adam at rate 0.001:" in told
    even = run._replace(accuracy=torch.full_like(run.accuracy, 0.9))
    told = call(claims.says, even, values=given())
    assert "as much as SGD" in told and "SGD and mean of SGD and EMA" in told
    assert call(claims.says, snapshots()[2], values=given()).startswith("So far")


def test_the_handle_stands_at_the_rate_looked_at():
    run = snapshots()[-1]
    picture = call(figure, run, values=given(method="adam", rate=0.0011))
    losses, rates, right = picture.panels
    handle = rates.handles[0]
    assert handle.x == 0.001 and handle.params == ("rate",) and "Adam" in handle.label
    assert handle.y == pytest.approx(float(run.validation[-1, 5, 1].mean()))
    assert any(trace["name"] == "rate 0.001" for trace in losses.traces)
    assert len(right.layout["yaxis"]["ticktext"]) == 6


def test_a_loss_without_a_number_is_drawn_at_the_edge():
    run = snapshots()[-1]
    broken = run._replace(test=torch.full_like(run.test, torch.inf))
    picture = call(figure, broken, values=given(rate=0.03))
    drawn = [trace["y"] for trace in picture.panels[0].traces]
    assert all(np.isfinite(y).all() for y in drawn)
    assert "loss ∞" in call(claims.says, broken, values=given())


def test_what_is_out_of_range_is_refused_by_name():
    for name, value in (("steps", 0), ("batch", 2000), ("ema", 0.0), ("seeds", 1), ("seed", -1)):
        with pytest.raises(ValueError, match=f"expected {name} "):
            digits(**{name: value})
