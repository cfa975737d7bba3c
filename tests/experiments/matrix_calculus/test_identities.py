import itertools

import pytest
import torch

from core.experiments.matrix_calculus import identities_claims as claims
from core.experiments.matrix_calculus.identities import IDS, check
from core.matrix_calculus import compare, numbers
from pages.experiments.matrix_calculus.identities import EXPERIMENT as IDENTITIES
from pages.figures.matrix_calculus.identities import figure
from tests.forgery import failures

AT = {
    "identity": "quadratic", "layout": "denominator", "written": "right", "n": 3, "m": 4, "seed": 1
}  # fmt: skip
CORNERS = [(1, 1), (6, 6), (1, 6), (6, 1), (2, 5)]


def red(run, **values) -> list[str]:
    return failures(claims.checks(run, **AT | values))


@pytest.mark.parametrize("written", ["right", "other", "guess", "printed"])
@pytest.mark.parametrize("identity", IDS)
def test_nothing_is_red_at_any_size(identity, written):
    for (n, m), layout, seed in itertools.product(CORNERS, ("denominator", "numerator"), (0, 77)):
        values = {"identity": identity, "layout": layout, "written": written} | {
            "n": n, "m": m, "seed": seed
        }  # fmt: skip
        run = check(**values)
        assert red(run, **values) == [], values
        said = claims.says(run, **AT | values)
        assert "None" not in said and "nan" not in said


def test_it_is_the_engine_with_other_names():
    run = check(identity="bilinear", layout="numerator", written="other", n=2, m=5, seed=9)
    theirs = compare("MC-05", "numerator", 2, 5, 9, written="denominator")
    torch.testing.assert_close(run.autograd, theirs.autograd)
    assert run.error == theirs.error == "∂f/∂x has 2 columns, A has 5 rows"


def test_the_sentence_says_shape_verdict_and_layouts():
    told = claims.says(check(), **AT)
    assert told == (
        "∂(xᵀAx)/∂x is 3×1 in denominator layout. (A+Aᵀ) x gives the same matrix. "
        "With these numbers it is right in denominator layout."
    )
    wrong = claims.says(check(written="guess"), **AT | {"written": "guess"})
    assert (
        "2 A x has this shape, but is off by 2" in wrong
        and "With these numbers it is right in no layout." in wrong
    )
    other = AT | {"identity": "inner", "written": "other"}
    told = claims.says(check(identity="inner", written="other"), **other)
    assert "cannot be multiplied: fᵀ has 4 columns, ∂g/∂x has 3 rows" in told
    assert told.endswith("it is right in numerator layout.")


def test_one_by_one_is_true_in_both_layouts():
    at = AT | {"n": 1, "m": 1, "identity": "norm", "written": "other"}
    run = check(**at)
    assert claims.says(run, **at).endswith("right in denominator and numerator layouts.")


@pytest.mark.parametrize("written", ["right", "guess", "printed"])
@pytest.mark.parametrize("field", ["autograd", "formula", "difference"])
def test_what_is_off_turns_a_check_red(field, written):
    values = {"identity": "norm", "written": written}
    run = check(**values)
    forged = run._replace(**{field: getattr(run, field) * 1.001 + 1e-3})
    assert red(forged, **values)


def test_a_forged_shape_turns_a_check_red():
    run = check(identity="inner", written="other")
    (first, *more), *rest = run.terms
    forged = run._replace(terms=((first._replace(rows=first.rows + 1), *more), *rest))
    assert red(forged, identity="inner", written="other")


def test_the_misprint_is_proved_wrong_where_it_is_and_silent_where_it_is_not():
    values = {"identity": "quadratic", "written": "printed"}
    first = claims.checks(check(**values), **AT | values)[0]
    assert "as printed (E-25)" in first.claim and first.applies and first.holds
    tiny = values | {"identity": "bilinear", "layout": "numerator", "n": 1, "m": 1, "seed": 3}
    assert not any("NaN" in c.claim for c in claims.checks(check(**tiny), **AT | tiny))
    true = {"identity": "affine", "written": "printed"}
    (found,) = [c for c in claims.checks(check(**true), **AT | true) if c.id == "MC-08"]
    assert "is right" in found.claim and found.holds and found.applies
    other = true | {"layout": "numerator"}
    run = check(**other)
    (found,) = [c for c in claims.checks(run, **AT | other) if c.id == "MC-08"]
    assert "does not fit" in claims.says(run, **AT | other) and not found.applies
    assert found.why == "the line belongs to the other layout"


@pytest.mark.parametrize("written", ["right", "guess", "printed"])
@pytest.mark.parametrize("identity", ["product", "second"])
def test_a_statement_of_another_page_goes_with_the_convention(identity, written):
    """Eight checks for the eight statements of the page, none of them for another one."""
    values = {"identity": identity, "written": written}
    run = check(**values)
    found = claims.checks(run, **AT | values)
    assert {c.id for c in found} == {"MC-01", *claims.GROUP} and len(found) == 8
    assert found[0].claim.startswith("in denominator layout entry (i, j)") and "; and " in (
        found[0].claim
    )
    assert red(run._replace(autograd=run.autograd * 1.5 + 1), **values)
    if run.formula.numel():
        assert red(run._replace(formula=run.formula * 1.5 + 1), **values)


@pytest.mark.parametrize("seed", range(1, 40))
def test_no_drawn_matrix_hides_a_transpose(seed):
    """2Ax is wrong at n = 2 whatever the seed, as (A − Aᵀ)x = 0 has no solution without a 0."""
    values = {"n": 2, "seed": seed, "written": "guess"}
    assert "right in no layout" in claims.says(check(**values), **AT | values)
    A = numbers("MC-07", 3, 1, seed)["A"]
    assert not torch.equal(A, A.T)
    assert numbers("MC-15", 3, 4, seed)["A"].shape == (4, 3)


def test_the_parts_of_the_gradient_that_the_question_tells():
    A, x = numbers("MC-07", 2, 1, 0)["A"], numbers("MC-07", 2, 1, 0)["x"]
    told = [f"({a:g}, {b:g})" for a, b in ((A.T @ x).tolist(), (A @ x).tolist())]
    (question,) = [p for p in IDENTITIES.predictions if "gradient" in p.question]
    assert f"Aᵀx = {told[0]}, the left one Ax = {told[1]}" in question.because


def test_the_answers():
    assert claims.answers["gradient"](check(n=2, seed=0)) == "both"
    assert claims.answers["gradient"](check(n=2, seed=0, written="guess")) == "double"
    assert claims.answers["printed"](check(identity="norm", written="printed")) == pytest.approx(2)


def test_the_corner_sets_the_sizes():
    for layout, way, params in (("denominator", "y", ("n",)), ("numerator", "x", ("n",))):
        values = {"identity": "inner", "layout": layout}
        picture = _drawn(values)
        (handle,) = picture.panels[1].handles
        assert handle.params == params and handle.frees == way
        (row,) = handle.matrix
        assert row[0] * handle.x + row[1] * handle.y == 3


def _drawn(values):
    at = {k: v for k, v in (AT | values).items() if k != "seed"}
    return figure(check(**values), **at)


def test_edges_that_clash_are_drawn_as_wrong():
    drawn = _drawn({"identity": "inner", "written": "other"})
    names = [t["meta"]["role"] for t in drawn.panels[0].traces]
    assert "wrong" in names
    names = [t["meta"]["role"] for t in _drawn({"identity": "inner"}).panels[0].traces]
    assert "wrong" not in names


@pytest.mark.parametrize("bad", [{"n": 7}, {"m": 0}, {"seed": -1}, {"layout": "row"}])
def test_refusals_name_the_parameter(bad):
    with pytest.raises(ValueError, match=f"expected {next(iter(bad))}"):
        check(**bad)
