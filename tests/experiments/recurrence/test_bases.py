import itertools
import math
import re

import numpy as np
import pytest
import torch

from core.experiments.recurrence import bases_claims as claims
from core.experiments.recurrence.bases import bases, constant
from core.recurrence import DEFECTIVE
from pages.experiments.recurrence.bases import EXPERIMENT as BASES
from tests.forgery import failures

DEFAULT = BASES.defaults()
SHRINK, SHEAR, TURN = "0.9 5,0 0.9", "1 1,0 1", "0 -1,1 0"


def found(run, **values):
    return BASES.checks(run, **DEFAULT | values)


def red(run, **values) -> list[str]:
    return failures(found(run, **values))


def said(**values) -> str:
    return claims.says(bases(**values), b1=values.get("b1", 0.0), b2=values.get("b2", 1.0))


@pytest.mark.parametrize("A", ["0.9 0.2,-0.1 0.8", "1.1 -3,0.2 0.4", TURN, "0.99 0.3,0 0.5"])
def test_both_bases_tell_the_same_states(A):
    run, matrix = bases(A, 0.7, -1.1), np.array([row.split() for row in A.split(",")], float)
    for k in (0, 1, 17, 60):
        power = np.linalg.matrix_power(matrix, k)
        np.testing.assert_allclose(run.z[k], power @ [0.7, -1.1], rtol=1e-9, atol=1e-10)
        assert float(run.norms[k]) == pytest.approx(np.linalg.norm(power, 2))
    back = run.xi @ run.P.T
    torch.testing.assert_close(back.real, run.z, rtol=1e-10, atol=1e-10)
    assert float(back.imag.abs().max()) < 1e-12 * float(run.z.abs().max() + 1)
    assert run.cond == pytest.approx(np.linalg.cond(np.linalg.eig(matrix)[1]))
    assert red(run, A=A, b1=0.7, b2=-1.1) == []


def test_figures_known_before():
    run = bases(SHRINK, K=80)
    assert claims._most(run) == (pytest.approx(19.38, abs=0.005), {"at": 9, "below": 55} | {
        "most": pytest.approx(19.38, abs=0.005)})  # fmt: skip
    shear = bases(SHEAR, K=100)
    assert shear.cond == pytest.approx(2 / np.finfo(float).eps, rel=0.01)
    assert shear.cond > DEFECTIVE and float(shear.z[100, 0]) == 100
    assert shear.xi is None and constant(SHEAR) == math.inf
    turn = bases(TURN)
    assert sorted(turn.eigenvalues.imag.tolist()) == pytest.approx([-1, 1])
    assert turn.cond == pytest.approx(1)


@pytest.mark.parametrize(
    "A", [SHRINK, SHEAR, "0 1,0 0", "1.2 -6,0 1.2", "1.1 0.1,-0.1 0.9", "3 4,-1 -1", "2 1,-1 0"]
)
def test_a_matrix_without_a_basis_is_flagged(A):
    checks = found(bases(A), A=A)
    assert bases(A).cond > DEFECTIVE and all(c.holds for c in checks)
    silent = [c for c in checks if not c.applies]
    assert any("no basis of eigenvectors" in c.why for c in silent)
    assert [c.applies for c in checks if "E-66" in c.claim] == [True]
    assert "twice, and no basis of eigenvectors." in said(A=A) and red(bases(A), A=A) == []
    figure = BASES.figure(bases(A), **DEFAULT | {"A": A})
    assert "there is no basis for a ξ" in figure.panels[0].title


def test_a_matrix_with_a_basis_is_no_case_of_the_misprint():
    (check,) = [c for c in found(bases()) if "E-66" in c.claim]
    assert not check.applies and "has a basis" in check.why


def test_the_printed_line_is_another_matrix():
    run, values = bases(form="printed", K=20), {"form": "printed", "K": 20}
    P = run.P.numpy()
    matrix = P @ np.array([[0.9, 0.2], [-0.1, 0.8]]) @ np.linalg.inv(P)
    states = [(np.linalg.matrix_power(matrix, k) @ [0, 1]).real for k in range(21)]
    np.testing.assert_allclose(run.printed, states, atol=1e-12)
    assert float((run.printed - run.z).abs().max()) > 0.1
    (check,) = [c for c in found(run, **values) if "E-67" in c.claim]
    assert check.applies and check.holds
    plain = {"A": "0.9 0,0 0.5", "form": "printed"}
    (check,) = [c for c in found(bases(**plain), **plain) if "E-67" in c.claim]
    assert not check.applies


@pytest.mark.parametrize("field", ["z", "norms", "eigenvalues", "P", "cond", "xi", "printed"])
@pytest.mark.parametrize("A", ["0.9 0.2,-0.1 0.8", "0.9 1,0 -0.4"])
def test_what_is_off_turns_a_check_red(field, A):
    run, values = bases(A, form="printed"), {"A": A, "form": "printed"}
    assert red(run, **values) == []
    assert red(run._replace(**{field: getattr(run, field) * 1.001}), **values)


def test_no_check_is_red_whatever_the_matrix():
    random = np.random.default_rng(0)
    entries = [0.0, 1.0, -1.0, 1e-9, 0.9, 10.0, -10.0, 1 + 1e-7]
    some = list(itertools.product(entries, repeat=4))
    picked = [some[i] for i in random.choice(len(some), 250, replace=False)]
    picked += [tuple(row) for row in random.uniform(-1.5, 1.5, (150, 4))]
    picked += [(2, 1, -1, 0), (0.9, 1, 1e-9, 0.9), (1, 1, -1e-9, 1), (0.5, 1, 0, 0.5 + 1e-8)]
    for a, b, c, d in picked:
        A = f"{a:.12g} {b:.12g},{c:.12g} {d:.12g}"
        for b2, K in ((1.5, 100), (0.0, 1)):
            values = {"A": A, "b1": -0.3, "b2": b2, "K": K, "form": "printed"}
            run = bases(**values)
            assert red(run, **values) == [], values
            said(**values)


@pytest.mark.parametrize("A", ["0.9 0.2,-0.1 0.8", SHRINK, "0.99 0.3,0 0.5", "0 1,0 0"])
def test_the_kreiss_constant_stands_between(A):
    most = float(bases(A, K=100).norms.max())
    assert constant(A) <= most * (1 + 1e-9) and most <= 2 * math.e * constant(A)


def test_sentences():
    assert "λ = 0.85 ± 0.132i, cond(P) = " in said()
    assert "λ = 0.9 twice, and no basis of eigenvectors." in said(A=SHRINK)
    assert "largest at k = 9, 19.38, and below 1 from k = 55 to the last step." in said(A=SHRINK)
    assert "not below 1 at the end" in said(A=SHEAR)
    assert "All ‖Aᵏ‖ are 1." in said(A=TURN)
    assert "No power stretches any state." in said(A="0.5 0,0 0.25")
    assert "λ = 0.5 and 0.25" in said(A="0.5 0,0 0.25")
    assert "λ = 0.9 and 0.9001, cond(P) = 1." in said(A="0.9 0,0 0.9001")
    assert "λ = 1 and 1.00000001, " in said(A="1 0,0 1.00000001")
    assert "λ = 10⁻⁹ and 0, " in said(A="1e-9 0,0 0")
    assert "λ = ± 10⁻⁹i, " in said(A="0 -1e-9,1e-9 0")
    assert said(A=TURN).startswith("λ = ±i, cond(P) = 1.")
    assert "nothing is pushed" in said(b2=0.0)


def test_below_1_is_said_of_the_steps_that_are_seen():
    """Slowly turning and almost undamped: the norm goes below 1 and comes back."""
    A, K = "0.977811 -0.051623,0.464610 0.977811", 20
    run = bases(A, K=K)
    (first,) = re.findall(r"below 1 from k = (\d+) to the last step", said(A=A, K=K))
    matrix = np.array([row.split() for row in A.split(",")], float)
    sizes = [np.linalg.norm(np.linalg.matrix_power(matrix, k), 2) for k in range(61)]
    assert max(sizes[int(first) : K + 1]) < 1 <= sizes[int(first) - 1] and len(run.z) == K + 1
    assert max(sizes[K + 1 :]) > 1


def test_the_answers():
    answers = claims.answers
    assert answers["shear"](bases(SHEAR, K=100))[0] == "steady"
    assert answers["shear"](bases(SHEAR, K=100))[1]["corner"] == 100
    assert answers["shear"](bases("1 1,0 0", K=100))[0] == "stays"
    assert answers["shear"](bases("1.2 1,0 1", K=100))[1]["corner"] > 1e6
    assert [answers["turn"](bases(A)) for A in (TURN, "0 1,1 0", SHEAR)] == [
        "complex", "real", "none"]  # fmt: skip


def test_the_panels():
    picture = BASES.figure(bases(), **DEFAULT)
    assert [p.name for p in picture.panels] == ["plane", "norms", "apart", "disc"]
    assert picture.panels[0].handles[0].params == ("b1", "b2")
    assert len(BASES.figure(bases(SHEAR), **DEFAULT | {"A": SHEAR}).formula) == 1


@pytest.mark.parametrize(
    ("bad", "named"),
    [
        ({"A": "1 2"}, "expected A to be 2 x 2"),
        ({"A": "1 2,3 x"}, "row 2, column 2 of A"),
        ({"A": "11 0,0 0"}, "of A"),
        ({"A": "1e-300 0,0 0"}, "of A"),
        ({"b1": 2.0}, "expected b1"),
        ({"K": 0}, "expected K"),
        ({"form": "x"}, "expected form"),
    ],
)
def test_refusals_name_the_parameter(bad, named):
    with pytest.raises(ValueError, match=named):
        bases(**bad)
