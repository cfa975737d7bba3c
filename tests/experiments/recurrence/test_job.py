from collections import deque
from functools import cache

import pytest
import torch

from core.experiments.recurrence import job_claims as claims
from core.experiments.recurrence.job import CELLS, LAGS, job, moments, place
from pages.figures.recurrence.job import figure
from tests.forgery import failures

AT = {"noise": 0.6, "keep": 0.95, "steps": 40, "seeds": 3, "seed": 0}
SHORT = {"steps": 12, "seeds": 2, "seed": 5}


@cache
def ended(**values):
    return deque(job(**values), maxlen=1).pop()


def red(run, **values) -> list[str]:
    return failures(claims.checks(run, **AT | values))


def share(run, cell: str) -> float:
    return float(run.right[-1, CELLS.index(cell), 0].mean())


def test_gates_shut_the_noise_out_and_the_linear_unit_cannot():
    run = ended()
    assert share(run, "gru") > 0.97 and share(run, "lstm") > 0.97
    assert 0.7 < share(run, "lru") < 0.95
    assert red(run) == []
    quiet = ended(noise=0.0)
    assert share(quiet, "lru") > 0.97 and red(quiet, noise=0.0) == []


def test_from_half_open_gates_nobody_learns_the_long_lag():
    run = ended(keep=0.5, noise=0.3)
    assert all(share(run, cell) < 0.65 for cell in CELLS)
    assert float(run.right[-1, :, -1].min()) > 0.95  # the shortest one they all learn
    assert red(run, keep=0.5, noise=0.3) == []


@pytest.mark.parametrize(
    "values",
    [
        {"noise": 0.0, "keep": 0.3, "steps": 10, "seeds": 2, "seed": 7},
        {"noise": 1.0, "keep": 0.99, "steps": 11, "seeds": 4, "seed": 999},
    ],
)
def test_at_the_ends_nothing_is_red(values):
    assert red(ended(**values), **values) == []


def test_snapshots_can_be_drawn_and_claim_nothing_before_the_end():
    runs = list(job(**SHORT))
    assert [len(run.loss) for run in runs] == [1, 2, 3] and moments(12) == [5, 10, 12]
    assert runs[-1].progress == 1 and runs[0].doing == "42% of the steps"
    for run in runs:
        picture = figure(run, keep=0.95, steps=12)
        assert [p.name for p in picture.panels] == ["lags", "training", "each", "loss"]
        assert claims.says(run, cell="gru", lag=24)
        assert bool(claims.checks(run, **AT | SHORT)) == (run.progress == 1)


def test_the_lag_shown_is_the_nearest_by_ratio():
    assert [LAGS[place(lag)] for lag in (3, 4, 5, 8, 9, 17, 24)] == [3, 3, 6, 6, 12, 24, 24]
    told = claims.says(ended(), cell="lru", lag=3)
    assert "3 steps after the bit: linear unit" in told


@pytest.mark.parametrize("field", ["loss", "right"])
def test_what_is_off_turns_a_check_red(field):
    run = ended(**SHORT)
    assert red(run, **SHORT) == []
    value = getattr(run, field)
    for off in (value * 1.01, -value, value.flip(1)):
        assert red(run._replace(**{field: off}), **SHORT)
    changed = value.clone()
    changed[0, 1, 0, 0] *= 0.9
    assert red(run._replace(**{field: changed}), **SHORT)


def test_it_is_the_same_again():
    again = deque(job(**SHORT), maxlen=1).pop()
    assert torch.equal(again.loss, ended(**SHORT).loss)


@pytest.mark.parametrize(
    "bad", [{"noise": 1.5}, {"keep": 1.0}, {"steps": 5}, {"seeds": 1}, {"seed": -1}]
)
def test_refusals_name_the_parameter(bad):
    with pytest.raises(ValueError, match=f"expected {next(iter(bad))}"):
        job(**bad)
