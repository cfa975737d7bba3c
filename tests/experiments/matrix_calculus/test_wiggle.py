import itertools
import math

import numpy as np
import pytest
import scipy.integrate
import torch

from core.experiments.matrix_calculus import wiggle_claims as claims
from core.experiments.matrix_calculus.wiggle import STEPS, T, matrix, wiggle
from core.matrix_calculus.functionals import NAMES, functional, given
from core.signature import fields
from pages.figures.matrix_calculus.wiggle import FORMS, figure
from tests.forgery import failures

DEFAULTS = {name: field.default for name, field in fields(wiggle).items()}


def red(run, **values) -> list[str]:
    return failures(claims.checks(run, **DEFAULTS | values))


def test_the_logarithm_of_a_determinant():
    run = wiggle()
    assert run.df == pytest.approx(math.log(8 / 5))
    assert run.slope == pytest.approx(0.6)
    kept = wiggle(j=2, kept=True, d=0.5)
    assert kept.slope == pytest.approx(-0.4)
    np.testing.assert_allclose(kept.shown(True), [[0.6, -0.4], [-0.4, 0.4]])
    np.testing.assert_allclose(kept.shown(False), [[0.6, -0.2], [-0.2, 0.4]])
    assert kept.df == pytest.approx(math.log((6 - 1.5**2) / 5))


def test_what_the_tangent_misses():
    """Nothing of a linear form and of det, a parabola of a quadratic form."""
    for f in ("bilinear", "trace", "transposed", "det"):
        run = wiggle(f=f, X="1 0 2,-1 1 0,0 1 1", d=-2.0)
        assert run.df == pytest.approx(-2 * run.slope)
    gaps = [
        (run := wiggle(f="quadratic", i=2, j=1, d=d)).df - d * run.slope for d in (0.5, 1.0, 2.0)
    ]
    assert gaps[1:] == pytest.approx([4 * gaps[0], 16 * gaps[0]])


def test_the_error_of_the_central_difference_is_a_v():
    run = wiggle(h=1e-8)
    errors, h = run.errors[:-1].numpy(), STEPS.numpy()
    rising = (h > 1e-3) & (h < 0.1)
    slope = np.polyfit(np.log(h[rising]), np.log(errors[rising]), 1)[0]
    assert slope == pytest.approx(2, abs=0.01)
    falling = h < 1e-7
    slope = np.polyfit(np.log(h[falling]), np.log(errors[falling]), 1)[0]
    assert slope == pytest.approx(-1, abs=0.35)
    assert run.error(1e-5) < 1e-2 * min(run.error(1e-9), run.error(1e-2))


@pytest.mark.parametrize("f", NAMES)
def test_the_path_is_autograd_s_integral(f):
    """f(X + 2E) − f(X − 2E) is the integral of the slope by autograd, by Simpson."""
    values = {"f": f, "X": "9 1 0,3 8 2,0 -1 7", "i": 2, "j": 1}
    run = wiggle(**values)
    many = run.X.repeat(len(T), 1, 1)
    many[:, 1, 0] += T
    many.requires_grad_()
    total = functional(f).value(many, given(3)).sum()
    slopes = torch.autograd.grad(total, many)[0][:, 1, 0].numpy()
    rise = scipy.integrate.simpson(slopes, x=T.numpy())
    assert rise == pytest.approx(float(run.path[-1] - run.path[0]), rel=1e-7, abs=1e-9)
    assert slopes[len(T) // 2] == pytest.approx(run.slope, rel=1e-9)
    assert red(run, **values) == []


@pytest.mark.parametrize("X", ["2 4,1 2", "0 0,0 0", "0"])
def test_a_singular_matrix_is_told_and_drawn(X):
    for f, i in itertools.product(("logdet", "inverse"), (1, 4)):
        run = wiggle(f=f, X=X, i=i)
        assert "singular" in claims.says(run, d=1.0, kept=False, h=1e-5)
        assert red(run, f=f, X=X, i=i) == []
        picture = figure(run, f=f, d=1.0, kept=False, h=1e-5)
        assert [p.name for p in picture.panels] == ["curve", "matrix"]
    assert wiggle(f="det", X="2 4,1 2").slope == 2


def test_a_move_onto_a_singular_matrix_is_told():
    run = wiggle(X="2", d=-2.0)
    assert "f has no value" in claims.says(run, d=-2.0, kept=False, h=1e-5)
    assert red(run, X="2", d=-2.0) == []
    figure(run, f="logdet", d=-2.0, kept=False, h=1e-5)


def test_a_kink_is_told_and_drawn():
    values = {"f": "own", "formula": "sum(abs(X))", "X": "0 1,1 3"}
    run = wiggle(**values)
    told = claims.says(run, d=1.0, kept=False, h=1e-5)
    assert told == "There is no gradient here: f has a kink at this X."
    assert red(run, **values) == []
    assert [p.name for p in figure(run, f="own", d=1.0, kept=False, h=1e-5).panels] == [
        "curve",
        "matrix",
    ]
    assert wiggle(**values | {"X": "0.01 1,1 3"}).slope == 1


@pytest.mark.parametrize("field", ["X", "E", "G", "at", "path", "slopes"])
@pytest.mark.parametrize(
    "values",
    [{}, {"f": "inverse", "d": 0.5}, {"f": "own"}, {"f": "norm", "X": "1 0 0,0 1 0,0 0 2"}],
)
def test_what_is_off_turns_a_check_red(field, values):
    run = wiggle(**values)
    assert red(run, **values) == []
    off = getattr(run, field)
    assert red(run._replace(**{field: off * 1.001 + 1e-3}), **values)
    assert red(run._replace(**{field: -off}), **values)


def test_no_check_is_red_on_random_matrices():
    rng = np.random.default_rng(3)
    formulas = ("logdet(X)", "abs(sum(X))", "norm(X-I)", "exp(tr(X))", "sqrt(tr(X))", "det(X)**3")
    for f in (*NAMES, "own") * 6:
        n = int(rng.integers(1, 5))
        M = rng.choice([rng.normal(size=(n, n)).round(2), rng.integers(-2, 3, (n, n))])
        M[(M != 0) & (np.abs(M) < 0.01)] = 0
        values = {
            "f": f,
            "formula": str(rng.choice(formulas)),
            "X": ",".join(" ".join(f"{v:g}" for v in row) for row in M),
            "i": int(rng.integers(1, 5)),
            "j": int(rng.integers(1, 5)),
            "d": float(rng.choice([-2, 0, 2, 0.37])),
            "kept": bool(rng.integers(2)),
            "h": float(rng.choice([1e-12, 1e-5, 1.0])),
        }
        run = wiggle(**values)
        assert red(run, **values) == [], values
        told = claims.says(run, d=values["d"], kept=values["kept"], h=values["h"])
        assert "nan" not in told and "inf" not in told


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ({"X": "1 2 3,4 5 6"}, "expected X to be 1 x 1 or"),
        ({"X": "30"}, "every number of X to be 0 or from 0.01 to 20 in size, got 30"),
        ({"X": "1e-9"}, "in size, got 1e-09"),
        ({"X": "a"}, "expected a finite number in row 1, column 1 of X"),
        ({"d": 3.0}, r"expected d in \[-2, 2\], got 3"),
        ({"h": 0.0}, "expected h in"),
        ({"i": 5}, "expected i"),
        ({"f": "rank"}, "expected f to be one of"),
        ({"f": "own", "formula": "X"}, "expected formula to give one number"),
        ({"f": "own", "formula": "import os"}, "expected formula"),
    ],
)
def test_refusals_name_the_parameter(bad, told):
    with pytest.raises(ValueError, match=told):
        wiggle(**bad)


def test_every_functional_has_its_formula_and_the_dot_sets_the_move():
    assert set(FORMS) == {*NAMES, "own"}
    picture = figure(wiggle(), f="logdet", d=1.0, kept=False, h=1e-5)
    assert [p.name for p in picture.panels] == ["curve", "matrix", "steps"]
    (handle,) = picture.panels[0].handles
    assert handle.params == ("d",) and handle.x + handle.offset[0] == 1.0
    assert picture.panels[1].pick.params == ("i", "j")
    assert torch.equal(matrix("2 1,1 3"), torch.tensor([[2.0, 1.0], [1.0, 3.0]]).double())
