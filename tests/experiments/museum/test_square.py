import numpy as np
import pytest

from core.experiments.museum import square_claims as claims
from core.experiments.museum.square import OWN, spread
from core.signature import call, fields
from pages.figures.museum.square import figure
from tests.forgery import failures

GIVEN = {name: field.default for name, field in fields(spread).items()}


def red(run, **values) -> list[str]:
    return failures(claims.checks(run, **GIVEN | values))


@pytest.mark.parametrize("numbers", [OWN, "1 2", "5 -5 0.25", "3 3 3"])
@pytest.mark.parametrize(("shift", "stretch"), [(0.0, 1.0), (-2.5, 0.3), (3.0, 2.0)])
def test_the_mended_value_is_numpys(numbers, shift, stretch):
    run = spread("mended", numbers, shift, stretch)
    given = np.array([float(each) for each in numbers.split()])
    assert run.value == pytest.approx(stretch**2 * given.var(), abs=1e-12)
    assert run.mean == pytest.approx(given.mean() + shift)
    assert red(run, code="mended", numbers=numbers, shift=shift, stretch=stretch) == []


def test_without_the_square_nothing_is_measured():
    for numbers in (OWN, "1 2", "5 -5 0.25"):
        assert spread(numbers=numbers, stretch=2.0).value == pytest.approx(0, abs=1e-12)
    assert "as they do for all numbers" in call(claims.says, spread(), values=GIVEN)
    equal = spread(numbers="1 1 1")
    assert "all equal" in call(claims.says, equal, values=GIVEN)


def test_the_deviations_squared_are_claimed_where_they_are_averaged_or_0():
    def applies(code, numbers):
        found = claims.checks(spread(code, numbers), **GIVEN | {"code": code, "numbers": numbers})
        (one,) = [c for c in found if "squared deviations" in c.claim]
        assert one.rhs == pytest.approx(np.var([float(each) for each in numbers.split()]))
        return one.applies

    assert applies("mended", OWN) and applies("published", "3 3 3")
    assert not applies("published", OWN)


def test_twice_as_wide_is_four_times_the_variance():
    assert spread("mended", stretch=2.0).value == pytest.approx(4 * spread("mended").value)
    said = call(claims.says, spread("mended", stretch=2.0), values=GIVEN | {"code": "mended"})
    assert "16.96" in said


@pytest.mark.parametrize("code", ["published", "mended"])
@pytest.mark.parametrize("field", ["x", "mean", "parts", "value", "scales"])
def test_what_is_off_turns_a_check_red(field, code):
    run = spread(code)
    assert red(run, code=code) == []
    assert red(run._replace(**{field: getattr(run, field) + 0.01}), code=code)


@pytest.mark.parametrize(
    ("bad", "words"),
    [({"numbers": "1"}, "numbers"), ({"numbers": "1 7"}, "numbers"), ({"numbers": "x"}, "numbers"),
     ({"shift": 4.0}, "shift"), ({"stretch": -1.0}, "stretch")],
)  # fmt: skip
def test_refusals_name_the_parameter(bad, words):
    with pytest.raises(ValueError, match=words):
        spread(**bad)


@pytest.mark.parametrize("numbers", [OWN, "5" + " -5" * 11, "-5 -5", "0.1 0.2"])
def test_no_number_leaves_the_frame_which_only_other_numbers_change(numbers):
    frames = set()
    for shift, stretch in ((0.0, 1.0), (3.0, 2.0), (-3.0, 2.0), (3.0, 0.0)):
        values = {"code": "mended", "numbers": numbers, "shift": shift, "stretch": stretch}
        run = spread(**values)
        frames.add(tuple(figure(run, **values).panels[0].layout["xaxis"]["range"]))
        assert float(run.x.abs().max()) <= max(frames)[1]
    assert len(frames) == 1
