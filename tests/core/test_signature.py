"""A signature declares range, choices and default; a call outside them is refused by name."""

import math
from collections.abc import Iterator
from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.signature import Own, between, call, declared, fields, names, streams

RATE = Annotated[float, between(0, 2, above=True)]


@declared
def descend(
    lr: RATE = 0.5,
    steps: Annotated[int, between(1, 50)] = 3,
    start: Literal["near", "far"] = "near",
    table: Annotated[Literal["iris", "wine"], Own("table")] = "iris",
    plain: bool = False,
    label: str = "x",
) -> tuple:
    """Steps of descent."""
    return lr, steps, start, table, plain, label


def test_it_runs_without_arguments_and_says_what_it_allows():
    assert descend() == (0.5, 3, "near", "iris", False, "x")
    assert descend.__doc__.startswith("Steps of descent.")
    assert "lr in (0, 2]; steps in [1, 50]; start one of near, far" in descend.__doc__


def test_fields_are_what_the_signature_says():
    found = fields(descend)
    lr, steps = found["lr"], found["steps"]
    assert (lr.kind, lr.low, lr.high, lr.above, lr.below) == (float, 0, 2, True, False)
    assert (steps.kind, steps.low, steps.high, steps.default) == (int, 1, 50, 3)
    assert found["start"].choices == ("near", "far") and found["table"].own == "table"
    assert found["plain"].kind is bool and found["label"].choices == ()


@given(st.from_type(RATE))
def test_hypothesis_draws_from_the_same_annotation(lr):
    assert descend(lr)[0] == lr


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"lr": 0.0}, r"expected lr in \(0, 2\], got 0"),
        ({"lr": 2.1}, "expected lr"),
        ({"lr": math.nan}, "expected lr"),
        ({"lr": "1"}, "expected lr"),
        ({"lr": True}, "expected lr"),
        ({"steps": 2.5}, "expected steps a whole number"),
        ({"steps": 0}, "expected steps"),
        ({"start": "nowhere"}, "expected start to be one of near, far"),
        ({"table": "paris"}, "expected table"),
        ({"plain": 1}, "expected plain to be True or False"),
        ({"label": 3}, "expected label to be a text"),
    ],
)
def test_what_is_not_allowed_is_refused_by_name(given, sentence):
    with pytest.raises(ValueError, match=sentence):
        descend(**given)


def test_values_come_in_their_own_type_and_own_files_by_name():
    lr, steps, *_ = descend(lr=1, steps=4.0)
    assert type(lr) is float and type(steps) is int
    assert descend(table="own-0123456789ab")[3] == "own-0123456789ab"


def test_a_stream_refuses_when_it_is_called():
    @declared
    def count(steps: Annotated[int, between(1, 9)] = 2) -> Iterator[int]:
        yield from range(steps)

    assert list(count()) == [0, 1] and streams(count) and not streams(descend)
    with pytest.raises(ValueError, match="expected steps"):
        count(steps=10)


def test_a_function_gets_the_values_it_has_names_for():
    def says(run, *, lr):
        return run, lr

    def anything(run, **values):
        return values

    values = {"lr": 0.1, "steps": 3}
    assert call(says, "run", values=values) == ("run", 0.1)
    assert call(anything, "run", values=values) == values
    assert names(anything) is None
