import itertools
import math

import numpy as np
import pytest
import torch

from core.cnn.chain import by_autograd
from core.cnn.derivation import PRINTED_P, PRINTED_ROT, derivation, differs, rot180, turned

SHAPES = [((1, n), (1, 2 * half + 1)) for n, half in itertools.product((5, 6, 8), (1, 2))] + [
    ((n, n), (3, 3)) for n in (5, 6, 8)
]


def example(shape, kernel, flip, seed=0):
    """y, w, δ and the lines of their derivation."""
    rng = np.random.default_rng(seed)
    outputs = tuple(n - k + 1 for n, k in zip(shape, kernel, strict=True))
    y, w, delta = (torch.tensor(rng.normal(size=size)) for size in (shape, kernel, outputs))
    auto = by_autograd(y, w, 0.0, "identity", delta, flip).w
    return y, w, delta, derivation(y, w, delta, flip, auto)


class Indexed:
    """A table whose entries are found by indices counted from the middle; 0 outside."""

    def __init__(self, table, middle):
        self.cells = {
            tuple(i - m for i, m in zip(place, middle, strict=True)): float(table[place])
            for place in np.ndindex(*table.shape)
        }

    def __getitem__(self, index):
        return self.cells.get(tuple(index), 0.0)

    def rot180(self):
        mirror = Indexed(torch.zeros(0, 0), (0, 0))
        mirror.cells = {tuple(-i for i in index): v for index, v in self.cells.items()}
        return mirror


def literal(y, w, delta, line):
    """What a line of the sheet says ∂R/∂wᵢ is, summed over indices as they are written."""
    half = tuple(size // 2 for size in w.shape)
    middle = tuple(size // 2 for size in y.shape)
    y = Indexed(y, middle)
    delta = Indexed(delta, tuple(m - p for m, p in zip(middle, half, strict=True)))

    def minus(a, b):
        return tuple(i - j for i, j in zip(a, b, strict=True))

    out = torch.zeros_like(w)
    for place in np.ndindex(*w.shape):
        i = minus(place, half)
        terms = {
            PRINTED_P: lambda k: y[minus(k, half)],
            3: lambda k, i=i: y[minus(k, i)],
            PRINTED_ROT: lambda k, i=i: y.rot180()[minus(k, i)],
            6: lambda k, i=i: y.rot180()[minus(i, k)],
        }
        out[place] = sum(v * terms[line](k) for k, v in delta.cells.items())
    return out


@pytest.mark.parametrize("line", [PRINTED_P, 3, PRINTED_ROT, 6])
@pytest.mark.parametrize(("shape", "kernel"), SHAPES)
def test_a_line_says_what_is_written(line, shape, kernel):
    y, w, delta, lines = example(shape, kernel, flip=True)
    torch.testing.assert_close(lines[line].values, literal(y, w, delta, line))


@pytest.mark.parametrize("flip", [True, False])
@pytest.mark.parametrize(("shape", "kernel"), [each for each in SHAPES if each[1][1] == 3])
def test_right_lines_agree_with_autograd_and_misprints_do_not(shape, kernel, flip):
    lines = example(shape, kernel, flip)[3]
    assert [line.agrees for line in lines] == [not line.wrong for line in lines]
    wrong = [i for i, line in enumerate(lines) if line.wrong]
    assert wrong == ([2, 4, 5] if flip else [2, 4, 5, 6])


def test_the_printed_y_k_minus_p_is_right_at_i_equal_to_p_only():
    lines = example((1, 7), (1, 5), flip=True)[3]
    right = next(line.values for line in lines if not line.wrong)
    off = differs(lines[PRINTED_P].values, right)[0]
    assert off.tolist() == [True] * 4 + [False]


@pytest.mark.parametrize("shape", [(1, 5), (1, 6), (5, 5), (6, 6)])
def test_turning_mirrors_every_index_at_the_middle(shape):
    y = torch.arange(1.0, 1 + math.prod(shape), dtype=torch.float64).view(shape)
    mirror = turned(y)
    middle = [side // 2 for side in shape]
    expected = Indexed(y, middle).rot180()
    for place in np.ndindex(*mirror.shape):
        index = [i - m for i, m in zip(place, middle, strict=True)]
        assert float(mirror[place]) == expected[index]
    torch.testing.assert_close(rot180(rot180(y)), y)
