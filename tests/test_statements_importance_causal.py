"""What the statements on causes quote is so."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
import torch

from core.experiments.importance.board import board
from core.importance import KIDNEY, factorise, fitted
from tests.said import text, why


def moments(a: int, b: int, c: int) -> Fraction:
    """Cov(X, Y)/Var X from X = aZ + U, Y = (ab + c)Z + bU + V."""
    return Fraction(a * (a * b + c) + b, a * a + 1)


def test_slopes_of_the_model_are_those_that_are_told():
    assert (moments(1, 0, 2), moments(1, 1, -2)) == (1, 0)
    assert "has the slope $1$; setting $X$ moves $Y$ by $0$" in why("XAI-04")
    assert "slope $0$, effect $1$" in why("XAI-04")
    for a, b, c in itertools.product((-2, -1, 0, 3), repeat=3):
        assert moments(a, b, c) == b + Fraction(c * a, a * a + 1)


def test_kidney_stones_cell_by_cell():
    raw, fair = [], []
    for x in (0, 1):
        cured, treated = np.array([stratum[x] for stratum in KIDNEY]).T
        people = np.array([sum(n for _, n in stratum) for stratum in KIDNEY])
        raw.append(cured.sum() / treated.sum())
        fair.append((cured / treated) @ people / people.sum())
    told = [f"{value:.3f}" for value in (*raw, *fair)]
    assert told == ["0.780", "0.826", "0.833", "0.779"]
    assert all(f"${value}$" in text("CAUS-03") for value in told)


def test_a_chain_of_a_random_table_is_off():
    p = board(law="any", seed=0).joint.numpy()
    chain = np.zeros_like(p)
    for a, b, c in itertools.product((0, 1), repeat=3):
        chain[a, b, c] = p[a, b].sum() * p[:, b, c].sum() / p[:, b].sum()
    assert f"${np.abs(chain - p).max():.3f}$" == "$0.040$" and "$0.040$" in why("CAUS-02")


def test_a_pair_of_arrows_can_be_turned():
    joint = torch.tensor([[0.1, 0.4], [0.3, 0.2]], dtype=torch.float64)
    for graph in ({"X": (), "Y": ("X",)}, {"X": ("Y",), "Y": ()}):
        torch.testing.assert_close(factorise(fitted(joint, graph), graph), joint)
    assert "$X\\to Y$ and $Y\\to X$ factor the same tables" in text("CAUS-02")


def test_special_tables_keep_the_causes_of_a_collider_apart():
    run = board(graph="A>C B>C", tables="0.5 0.5 0.3 0.3 0.7 0.7", pair=1)
    assert float(run.told[0, 3]) == pytest.approx(0, abs=1e-12)
    assert float(board(graph="A>C B>C", pair=1).told[0, 3]) > 1e-3
