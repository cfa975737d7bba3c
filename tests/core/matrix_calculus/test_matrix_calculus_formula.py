import math

import numpy as np
import pytest
import torch

from core.matrix_calculus.formula import own
from core.matrix_calculus.functionals import Undefined, central_difference, given, gradient, value

X = torch.tensor([[1.0, 2.0, 0.5], [-1.0, 1.5, 1.0], [0.3, -0.2, 2.0]], dtype=torch.float64)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("a.T @ X @ b", "bilinear"),
        ("aᵀ@Xᵀ@b", "transposed"),
        ("tr(A@X)", "trace"),
        ("tr(X'@A@X)", "quadratic"),
        ("a^T @ X^T @ X @ b", "gram"),
        ("sum(X*X)", "norm"),
        ("norm(A@X - B)²", "residual"),
        ("det(X)", "det"),
        ("log(abs(det(X)))", "logdet"),
        ("a.T @ X⁻¹ @ b", "inverse"),
        ("norm(X)", "length"),
        ("log(sum(exp(X @ b))) - (X@b).T @ I @ (X@b) * 0 - sum(I*(X@b@(a.T)))*0", None),
    ],
)
def test_a_formula_has_the_gradient_of_the_functional_it_says(text, name):
    near = [central_difference(own(text), X, h) for h in (2e-4, 1e-4)]
    torch.testing.assert_close(
        gradient(own(text), X), (4 * near[1] - near[0]) / 3, rtol=1e-6, atol=1e-6
    )
    if name:
        assert value(own(text), X) == pytest.approx(value(name, X))
        torch.testing.assert_close(gradient(own(text), X), gradient(name, X))


def test_numbers_are_python_s():
    assert value(own("2*tr(I) + 3 - 4/2**2 - -1"), X) == 9
    assert value(own("ln(exp(2)) + sqrt(4)·sigmoid(0)"), X) == pytest.approx(3)
    assert value(own("X + X*X"), torch.tensor([[3.0]])) == 12  # 1 x 1 is a number
    assert gradient(own("5"), X).tolist() == np.zeros((3, 3)).tolist()


def test_det_in_a_formula_has_its_gradient_at_singular_matrices():
    singular = torch.tensor([[1.0, 2.0], [2.0, 4.0]])
    assert gradient(own("det(X)"), singular).tolist() == [[4, -2], [-2, 1]]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("__import__('os').system('ls')", "one complete expression|got"),
        ("__import__(os).system(ls)", r"got '__import__\(os\)\.system\(ls\)'"),
        ("X.T()", r"got 'X\.T\(\)'"),
        ("X // 2", "got 'X // 2'"),
        ("X, X", r"got '\(X, X\)'"),
        ("not X", "got 'not X'"),
        (3, "expected formula to be text, got int"),
        ("X.real", "got 'X.real'"),
        ("X.T.__class__", "got 'X.T.__class__'"),
        ("open(X)", "got name 'open'"),
        ("exec", "got name 'exec'"),
        ("lambda: X", "got character ':'"),
        ("[X for X in X]", r"got character '\['"),
        ("tr(X, X)", "expected tr with 1 argument, got 2"),
        ("tr(*X)", "got"),
        ("tr()", "expected tr with 1 argument, got 0"),
        ("det", r"expected formula to have \( after det"),
        ("True", "got 'True'"),
        ("1j", "got '1j'"),
        ("1e999", "up to 1e.06, got inf"),
        ("2X", "one complete expression such as"),
        ("", "one complete expression"),
        ("X", "to give one number"),
        ("X @ a", "to give one number.*got a 3 x 1 matrix"),
        ("a @ X", "shapes that fit in formula, got 3 x 1 and 3 x 3"),
        ("X + a", r"expected \+ between equal shapes in formula, got 3 x 3 and 3 x 1"),
        ("det(a)", "square matrix, got 3 x 1"),
        ("tr(X**2)", "X @ X the matrix product"),
        ("tr(X)**9", "whole numbers from -8 to 8, got '9'"),
        ("tr(X)**tr(X)", "whole numbers"),
        ("tr(X)" + "+1" * 60, "at most 60 operations"),
        ("1" * 201, "at most 200 characters, got 201"),
        ("\x00", "got character"),
        ("X if X else X", "got"),
        ("tr(X) < 1", "got character"),
        ("tr(X) % 2", "got character"),
        ("f(X)", "got name 'f'"),
        ("tr(X)(X)", "got"),
    ],
)
def test_everything_else_is_refused_in_a_sentence(text, told):
    with pytest.raises(ValueError, match=told):
        value(own(text), X)


def test_where_it_has_no_value_or_no_gradient_it_says_so():
    for text in ("log(-tr(I))", "1/tr(X - X)", "tr(inv(X - X))", "exp(1000*norm(I))"):
        with pytest.raises(Undefined, match="no finite value"):
            value(own(text), X)
    with pytest.raises(Undefined, match="no gradient"):
        gradient(own("norm(X - X) + norm(X)"), X)


KINKS = [
    ("sum(abs(X))", "0 1,1 3"),
    ("abs(sum(X))", "0.1 0.2,-0.3 0"),
    ("abs(det(X))", "1 2,2 4"),
    ("sum(abs(X - I)) + exp(tr(X))", "1 2,2 4"),
    ("1000*tr(X)**2 + abs(tr(A@X))", "1 0,0 -2"),
    ("0.001*abs(sum(X))", "7 -7,0 0"),
    ("abs(sum(X))", "0"),
]
SMOOTH = [  # with abs, steep, next to a singular X, large, rounded
    ("sum(abs(X))", "0.01 1,1 3"),
    ("sum(abs(X)*X)", "0 1,1 0"),
    ("sum(abs(X)*abs(X))", "0 0,0 0"),
    ("abs(det(X))", "0 0,0 0"),
    ("sqrt(sum(X*X) + 0.000000000001)", "0 0,0 0"),
    ("tr(X)/sqrt(tr(X)**2 + 0.0001)", "0.01 0,0 0"),
    ("log(abs(det(X)))", "1 1,1 1.0001"),
    ("log(abs(det(X)))", "1 1,1 1.0000001"),
    ("log(abs(det(X)))", "1 1,1 1.0000000001"),
    ("tr(inv(X))", "1 1,1 1.00001"),
    ("1/tr(X)**8", "0.02 0,0 0"),
    ("exp(tr(X))", "20 0,0 20"),
    ("exp(-1000*tr(X)**2)", "0 1,1 0"),
    ("sum(tanh(1000*X))", "0 0.01,-0.01 1"),
    ("sin(1000*sum(X))", "1 2,3 4"),
    ("1000000*tr(X) + 1000000*sum(X)**2", "3.3 1.7,-0.1 19.9"),
    ("(1000000*tr(X))**2 - 1000000*1000000*tr(X)**2", "3.3 1.7,-0.1 19.9"),
    ("det(X)**8", "20 19,-18 17"),
    ("5", "1 2,3 4"),
]


@pytest.mark.parametrize(("text", "at"), [*KINKS, *SMOOTH])
def test_a_kink_is_no_gradient_and_a_sharp_bend_is_one(text, at):
    rows = [[float(v) for v in row.split()] for row in at.split(",")]
    M = torch.tensor(rows, dtype=torch.float64)
    if (text, at) in KINKS:
        with pytest.raises(Undefined, match="f has a kink at this X"):
            gradient(own(text), M)
    else:
        assert gradient(own(text), M).isfinite().all()


def test_many_matrices_at_once_are_those_one_by_one():
    many = torch.stack([X + t * torch.eye(3) for t in (0.0, 0.3, 1.0)])
    f = own("logdet(X) + norm(inv(X)@A)*tr(X) + 2")
    together = f.value(many, given(3))
    assert together.tolist() == pytest.approx([value(f, each) for each in many])
    assert math.isfinite(float(own("3").value(many, given(3)).sum()))
