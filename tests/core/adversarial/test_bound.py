"""The best robust accuracy of few points, by trying every subset, and by hand."""

import itertools
import math

import pytest
import torch

from core.adversarial.bound import most_kept
from core.rng import generator

SIZES = torch.linspace(0, 1, 41, dtype=torch.float64)


def test_no_labelling_of_few_points_beats_the_bound():
    """Any set of points that can be held at once has no two of different classes within 2ε."""
    X = torch.rand(9, 2, generator=generator(5), dtype=torch.float64) * 1.5
    y = torch.tensor([0, 1, 0, 1, 1, 0, 1, 0, 1])
    for norm in (2.0, math.inf):
        best = most_kept(X, y, SIZES, norm=norm)
        apart = torch.cdist(X, X, p=norm)
        for k in (0, 4, 9, 14, 25, 40):
            clash = (apart <= 2 * SIZES[k]) & (y[:, None] != y)
            most = 0
            for held in itertools.product((False, True), repeat=9):
                held = torch.tensor(held)
                if not (clash & held & held[:, None]).any():
                    most = max(most, int(held.sum()))
            assert float(best[k]) == pytest.approx(most / 9)
    assert (best.diff() <= 0).all() and best[0] == 1 and best[-1] < 1


def test_points_on_a_line_by_hand():
    X = torch.tensor([[0.0], [1.0], [3.0], [3.5]], dtype=torch.float64)
    y = torch.tensor([0, 1, 0, 1])
    sizes = [0.0, 0.2, 0.25, 0.49, 0.5, 2.0]
    assert most_kept(X, y, sizes).tolist() == [1, 1, 0.75, 0.75, 0.5, 0.5]
    assert most_kept(X, 1 - y, sizes).tolist() == [1, 1, 0.75, 0.75, 0.5, 0.5]
    assert most_kept(X[:3], torch.tensor([0, 0, 1]), [5.0]).tolist() == pytest.approx([2 / 3])
