import itertools

import numpy as np
import pytest

from core.experiments.importance import see_claims as claims
from core.experiments.importance.see import STONES, see, typed
from pages.figures.importance.see import figure
from tests.forgery import failures, forgeries

AT = {"a": 1.0, "b": 0.0, "c": 2.0, "x": 2.0, "counts": STONES, "blend": 0.0}
SIGNS = {"b": 1.0, "c": -2.0}
COUNTS = {"mode": "counts", "blend": 0.3}


def red(run, **values) -> list[str]:
    taken = {k: v for k, v in (AT | values).items() if k in AT}
    return failures(claims.checks(run, **taken))


def shown(**values):
    return figure(see(**values), **{k: v for k, v in (AT | values).items() if k in AT})


@pytest.mark.parametrize(("values", "seen", "effect"), [({}, 1.0, 0.0), (SIGNS, 0.0, 1.0)])
def test_the_slopes_known_before(values, seen, effect):
    """Over 200 samples their means are the closed forms within five standard errors."""
    runs = [see(seed=seed, **values).cloud for seed in range(200)]
    for found, exact in (
        ([r.seen for r in runs], seen),
        ([float(r.held[0]) for r in runs], effect),
    ):
        error = np.std(found) / 200**0.5
        assert abs(np.mean(found) - exact) < 5 * error < 0.05


@pytest.mark.parametrize("values", [{}, SIGNS, {"a": -3.0, "b": 3.0, "c": 3.0, "n": 100}])
def test_regressions_are_those_of_numpy(values):
    run = see(seed=7, **values).cloud
    z, x, y = (v.numpy() for v in (run.z, run.x, run.y))
    assert run.seen == pytest.approx(np.polyfit(x, y, 1)[0], rel=1e-9, abs=1e-9)
    plane = np.linalg.lstsq(np.stack([x, z, np.ones_like(x)], 1), y, rcond=None)[0]
    np.testing.assert_allclose(run.held, plane[:2], rtol=1e-9, atol=1e-9)


def test_what_is_set_moves_everybody_by_b():
    low, high = (see(b=0.7, x=x).cloud.done for x in (-1.0, 2.0))
    np.testing.assert_allclose(high - low, 2.1)
    assert see(x=1.0, b=0.7).cloud.y.tolist() == see(x=-2.0, b=0.7).cloud.y.tolist()


def test_kidney_stones_are_the_published_rates():
    found = see(mode="counts").counted.rates
    np.testing.assert_allclose(found.raw, [0.780, 0.826], atol=5e-4)
    np.testing.assert_allclose(found.adjusted, [0.833, 0.779], atol=5e-4)
    np.testing.assert_allclose(found.within, [[81 / 87, 234 / 270], [192 / 263, 55 / 80]])
    assert int(typed(STONES)[..., 1].sum()) == 700


@pytest.mark.parametrize("blend", [0.0, 0.25, 1.0])
def test_mixing_the_groups_leads_from_raw_to_adjusted(blend):
    run = see(mode="counts", blend=blend).counted
    raw, fair = run.rates.raw, run.rates.adjusted
    np.testing.assert_allclose(run.blended, (1 - blend) * raw + blend * fair)


@pytest.mark.parametrize("at", list(itertools.product((-3.0, 0.0, 1e-300, 3.0), repeat=3)))
def test_no_check_is_red_at_the_corners(at):
    a, b, c = at
    values = {"a": a, "b": b, "c": c}
    for n, seed, x in ((100, 1, -3.0), (1000, 2, 0.0)):
        assert red(see(n=n, seed=seed, x=x, **values), x=x, **values) == []


CORNERS = (
    "0 1 0 1,0 1 0 1",
    "1 1 0 1,0 1000000 1 1",
    "5 9 5 9,5 9 5 9",
    "1 2 3 6,2 4 5 10,0 3 3 3",
)


@pytest.mark.parametrize("counts", CORNERS)
@pytest.mark.parametrize("blend", [0.0, 0.5, 1.0])
def test_counts_at_the_corners(counts, blend):
    values = {"mode": "counts", "counts": counts, "blend": blend}
    run = see(**values)
    assert red(run, counts=counts, blend=blend) == []
    assert len(shown(**values).panels) == 3
    words = claims.says(run, **AT | {"counts": counts, "blend": blend})
    assert "nan" not in words and "e-" not in words


@pytest.mark.parametrize("values", [{}, SIGNS, {"a": 0.0, "b": 1.0}, COUNTS])
def test_what_is_forged_turns_a_check_red(values):
    run = see(**values)
    assert red(run, **values) == []
    for field, forged in forgeries(run):
        assert red(forged, **values), field


def test_the_belief_that_sensitivity_is_the_effect_is_silent_where_it_is_wrong():
    def printed(run, **values):
        taken = {k: v for k, v in (AT | values).items() if k in AT}
        (found,) = [c for c in claims.checks(run, **taken) if "E-92" in c.claim]
        return found

    wrong = printed(see())
    assert not wrong.applies and (wrong.lhs, wrong.rhs) == (1.0, 0.0)
    assert printed(see(a=0.0), a=0.0).applies
    assert not printed(see(mode="counts")).applies


def test_sentences_follow_the_numbers():
    words = claims.says(see(), **AT)
    assert "comes with 1 of Y and makes 0 of it; the rest, 1, is Z" in words
    assert "Z does not move X" in claims.says(see(a=0.0), **AT | {"a": 0.0})
    assert "Z does not move Y" in claims.says(see(c=0.0), **AT | {"c": 0.0})
    told = claims.says(see(mode="counts"), **AT)
    assert "Small stones, large stones: A leads in each" in told
    assert "A cured 78 % and B 82.6 %: B leads" in told and "83.3 % and B 77.9 %" in told
    assert "that changes the comparison" in told and "better" not in told
    even = "5 10 5 10,2 10 2 10"
    alike = claims.says(see(mode="counts", counts=even), **AT | {"counts": even})
    assert "both are alike in each" in alike and "changes" not in alike


def test_knobs_read_what_they_show():
    for handle, value in zip(shown().panels[1].handles, (1.0, 0.0, 2.0), strict=True):
        (row,), (shift,) = handle.matrix, handle.offset
        assert row[0] * handle.x + row[1] * handle.y + shift == pytest.approx(value)
    (edge,) = shown(mode="counts", blend=0.4).panels[0].handles
    assert edge.matrix[0][0] * edge.x + edge.offset[0] == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        ({"a": 4.0}, "expected a in"),
        ({"n": 5}, "expected n"),
        ({"blend": 2.0}, "expected blend"),
        ({"mode": "counts", "counts": "1 2 3"}, "expected counts"),
        ({"mode": "counts", "counts": "3 2 1 2,1 2 1 2"}, "3 of 2 by A in row 1"),
        ({"mode": "counts", "counts": "0 0 1 2,1 2 1 2"}, "row 1, column 2 of counts"),
        ({"mode": "counts", "counts": "0.5 2 1 2,1 2 1 2"}, "whole number"),
        ({"mode": "counts", "counts": "x 2 1 2,1 2 1 2"}, "finite number"),
    ],
)
def test_refusals_name_the_parameter(bad, sentence):
    with pytest.raises(ValueError, match=sentence):
        see(**bad)
