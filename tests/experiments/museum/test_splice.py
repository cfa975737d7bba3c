import numpy as np
import pytest

from core.experiments.museum import splice_claims as claims
from core.experiments.museum.splice import BINS, read, real, splice
from core.signature import call, fields
from tests.forgery import failures

GIVEN = {name: field.default for name, field in fields(splice).items()}


def red(run, **values) -> list[str]:
    return failures(claims.checks(run, **GIVEN | values))


def test_the_figures_of_the_report():
    run = splice()
    assert run.counted == 154
    assert float(run.shares.sum()) == pytest.approx(154 / 450, abs=1e-12)
    assert round(float(run.shares.sum()), 3) == 0.342


@pytest.mark.parametrize("n", [1, 2, 17, 154, 155, 1000])
def test_a_list_that_is_really_shortened(n):
    """Each reading removes what it returns, as the call of the page does."""
    flat, found = list(range(24_000)), []
    for i in range(n):
        taken = flat[2 * i : 2 * i + 2 * i + 2]
        del flat[2 * i : 2 * i + 2 * i + 2]
        if len(taken) > 1:
            found.append(taken[0] // 2)
    assert read(n) == found
    if n == 155:  # 306 numbers are left, and the pair at place 308 is wanted
        assert len(flat) == 306 < 2 * (n - 1)


@pytest.mark.parametrize("n", [1, 100, 450, 1000])
def test_the_mended_shares_add_up(n):
    run = splice(code="mended", n=n, seed=3)
    assert float(run.shares.sum()) == pytest.approx(1) and run.counted == n
    edges = np.linspace(-3, 3, BINS + 1)
    inside = np.clip(real(3)[:n].numpy(), -3, 3 - 1e-9)
    np.testing.assert_allclose(run.shares, np.histogram(inside, edges)[0] / n)


def test_few_points_hide_it():
    assert splice(n=154).counted == 154 and splice(n=155).counted == 154
    said = call(claims.says, splice(n=100), values=GIVEN | {"n": 100})
    assert "All of the 100 points" in said and "So few" in said
    said = call(claims.says, splice(), values=GIVEN)
    assert "154 are counted: then the list is too short" in said


@pytest.mark.parametrize("values", [{}, {"code": "mended"}, {"n": 1}, {"n": 1000, "seed": 7}])
@pytest.mark.parametrize("field", ["counted", "shares", "right", "sums", "last"])
def test_what_is_off_turns_a_check_red(field, values):
    run = splice(**values)
    assert red(run, **values) == []
    off = getattr(run, field)
    assert red(run._replace(**{field: off + 1}), **values)


@pytest.mark.parametrize("bad", [{"n": 0}, {"n": 1001}, {"seed": -1}])
def test_refusals_name_the_parameter(bad):
    with pytest.raises(ValueError, match=f"expected {next(iter(bad))}"):
        splice(**bad)
