import math

import pytest
import torch

from core.words import bracket, number, pmatrix, spaced, tex_complex


@pytest.mark.parametrize(
    ("value", "text"),
    [(1 / 3, "0.333"), (-0.25, "−0.25"), (-0.0, "0"), (2e-7, "2·10⁻⁷"), (torch.tensor(1.5), "1.5")],
)
def test_three_digits_and_a_true_minus_sign(value, text):
    assert number(value) == text


def test_what_is_only_rounding_is_zero_and_nothing_else():
    assert [number(v, zero=1e-9) for v in (9e-10, -9e-10, 2e-9)] == ["0", "0", "2·10⁻⁹"]


def test_digits_and_infinity():
    assert number(math.pi, 5) == "3.1416"
    assert [number(math.inf), number(-math.inf)] == ["∞", "−∞"]


def test_thousands_are_set_apart():
    assert [spaced(n) for n in (7, 1000, 14455392)] == ["7", "1 000", "14 455 392"]


def test_brackets_stand_around_what_is_written_with_a_minus_sign():
    assert [bracket(v) for v in (-2.0, -1e-17, -0.0, 1.5)] == ["(-2)", "0", "0", "1.5"]


def test_complex_numbers_and_matrices_in_latex():
    assert [tex_complex(z) for z in (0.5 - 0.25j, 1e-13 + 2j, -3 - 1e-13j)] == [
        "0.5 - 0.25i", "0 + 2i", "-3 + 0i",
    ]  # fmt: skip
    assert tex_complex(1 - 1e-4j, zero=1e-3) == "1 + 0i"
    assert pmatrix([["a", "-b"], ["0", "1"]]) == r"\begin{pmatrix} a & -b \\ 0 & 1 \end{pmatrix}"
    assert pmatrix([["x"], ["y"]]) == r"\begin{pmatrix} x \\ y \end{pmatrix}"
