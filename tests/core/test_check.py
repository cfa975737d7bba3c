"""A check holds within its tolerance, and never because a side is infinite or undefined."""

import math

import pytest
import torch

from core.check import at_least, at_most, equal, same

INF, NAN = math.inf, math.nan


@pytest.mark.parametrize(
    ("lhs", "rhs", "holds"),
    [
        (1.0, 1.0, True),
        (1.0, 1.0 + 1e-10, True),
        (1.0, 1.0 + 1e-8, False),
        (1e12, 1e12 + 1, True),
        (1e12, 1e12 + 1e5, False),
        (0.0, 1e-10, True),
        (INF, INF, True),
        (INF, 0.0, False),
        (0.0, INF, False),
        (INF, -INF, False),
        (NAN, NAN, False),
        (NAN, 1.0, False),
    ],
)
def test_equal(lhs, rhs, holds):
    assert equal("X", "claim", lhs, rhs).holds is holds
    assert equal("X", "claim", rhs, lhs).holds is holds


@pytest.mark.parametrize(
    ("low", "high", "holds"),
    [
        (0.0, 1.0, True),
        (1.0, 1.0 - 1e-10, True),
        (1.0, 1.0 - 1e-8, False),
        (1.0, 0.0, False),
        (0.0, INF, True),
        (INF, INF, True),
        (INF, 0.0, False),
        (NAN, 0.0, False),
        (0.0, NAN, False),
    ],
)
def test_at_most_and_at_least_mirror_each_other(low, high, holds):
    assert at_most("X", "claim", low, high).holds is holds
    assert at_least("X", "claim", high, low).holds is holds


@pytest.mark.parametrize(
    ("lhs", "rhs", "distance", "holds"),
    [
        ([1.0, -2.0], [1.0, -2.0], 0.0, True),
        ([1.0, -2.0], [1.0, 2.0], 4.0, False),
        ([1.0, 2.0], [1.0, 2.0 + 1e-10], 1e-10, True),
        ([1.0, 2.0], [1.0, 2.0 + 1e-8], 1e-8, False),
        ([1.0, 1e12], [1.5, 1e12], 0.5, True),  # relative to the largest entry
        ([INF, 1.0], [INF, 1.0], 0.0, True),
        ([INF, 1.0], [1.0, 1.0], INF, False),
        ([NAN, 1.0], [NAN, 1.0], INF, False),
        ([0.0, 1e-12], 0.0, 1e-12, True),
        ([0.0, 1e-6], 0.0, 1e-6, False),
    ],
)
def test_same_is_about_the_largest_distance(lhs, rhs, distance, holds):
    check = same("X", "claim", *(torch.tensor(side, dtype=torch.float64) for side in (lhs, rhs)))
    assert check.lhs == pytest.approx(distance, rel=1e-3) and check.rhs == 0
    assert check.holds is holds and check.relation == "="


def test_same_compares_no_shapes_that_differ():
    with pytest.raises(ValueError, match="expected both sides of one shape"):
        same("X", "claim", torch.zeros(3, 1), torch.zeros(3))
    assert same("X", "claim", torch.zeros(2, 3), torch.zeros(3)).holds  # two of that shape


def test_the_first_hypothesis_that_fails_silences_a_claim():
    for make in (equal, at_most, at_least, same):
        met = make("X", "claim", 1.0, 2.0, needs=((True, "never said"),), why="remarkable")
        assert met.applies and met.why == "remarkable"
        needs = ((True, "never said"), (False, "needs a"), (False, "needs b"))
        failed = make("X", "claim", 1.0, 2.0, needs=needs, why="remarkable")
        assert not failed.applies and failed.why == "needs a"
