"""The core of a game against its inequalities solved as linear programs."""

import itertools

import numpy as np
import pytest
import torch
from scipy.optimize import linprog

from core.shapley import (
    airport,
    coalitions,
    core_vertices,
    excess,
    glove,
    in_core,
    random_game,
    shapley_values,
    unanimity,
    voting,
)


def extreme(v, direction):
    """Largest direction · x over the core, None when it is empty."""
    v = (v - v[0]).numpy()
    S = coalitions(3).double().numpy()
    found = linprog(
        -np.asarray(direction),
        A_ub=-S[1:7],
        b_ub=-v[1:7],
        A_eq=S[7:],
        b_eq=v[7:],
        bounds=[(None, None)] * 3,
    )
    return -found.fun if found.status == 0 else None


def three_players():
    yield from (glove(), voting(), unanimity(), -airport(), -airport((1, 1, 5)) + 2)
    for seed in range(30):
        v = random_game(3, seed)
        v[7] += seed % 4  # some of the cores are not empty
        yield v


def test_corners_span_the_core():
    empty = 0
    for v in three_players():
        corners = core_vertices(v)
        for x in corners:
            assert in_core(v, x, tol=1e-8)
        for direction in itertools.product((-1.0, 0.3, 1.0), repeat=3):
            best = extreme(v, direction)
            if best is None:
                assert len(corners) == 0
                empty += 1
            else:
                reached = (corners @ torch.tensor(direction, dtype=torch.float64)).max().item()
                assert reached == pytest.approx(best, abs=1e-7)
    assert empty > 0


def test_corners_are_distinct_and_go_around():
    v = torch.tensor([0.0, 0, 0, 0.6, 0, 0.6, 0.6, 1], dtype=torch.float64)
    corners = core_vertices(v)
    expected = {(0.4, 0.4, 0.2), (0.4, 0.2, 0.4), (0.2, 0.4, 0.4)}
    assert {tuple(round(c, 9) for c in row) for row in corners.tolist()} == expected
    v[[3, 5, 6]] = 0.3
    around = core_vertices(v)
    assert len(around) == 6
    steps = (around - around.roll(1, 0)).norm(dim=-1)
    assert steps.sum().item() == pytest.approx(3 * 2**0.5 * (0.3 + 0.4), abs=1e-9)


def test_the_only_left_glove_takes_all_in_the_core_and_shapley_is_outside():
    assert core_vertices(glove()).tolist() == [[1, 0, 0]]
    assert in_core(glove(), torch.tensor([1.0, 0, 0], dtype=torch.float64))
    assert not in_core(glove(), shapley_values(glove()))
    assert excess(glove(), shapley_values(glove()))[0b011].item() == pytest.approx(1 / 6)


def test_shares_of_an_airport_are_in_its_core_and_not_those_that_spend_too_little():
    costs = airport()
    phi = shapley_values(costs)
    assert in_core(-costs, -phi)
    assert not in_core(-costs, -phi / 2)
    assert not in_core(-costs, -phi - 1)
    assert in_core(-costs + 7, -phi)


def test_shapley_is_in_the_core_of_a_convex_game():
    square = coalitions(5).double().sum(-1) ** 2
    assert in_core(square, shapley_values(square))
    assert not in_core(square.sqrt(), shapley_values(square))
