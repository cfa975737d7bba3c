"""A check holds within its tolerance, and never because a side is infinite or undefined."""

import math

import pytest

from core.check import at_least, at_most, equal

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
