"""Basins against single paths, symmetry and minima known by hand."""

import pytest
import torch

from core.experiments.landscapes import basins
from core.landscapes import terrain
from core.optimizers import trajectories
from pages.experiments.landscapes.basins import EXPERIMENT as BASINS


def the(checks, words):
    (found,) = (check for check in checks if words in check.claim)
    return found


def mapped(**values):
    values = BASINS.defaults() | values
    *_, result = basins.basins(**values)
    return result, BASINS.checks(result, **values), BASINS.says(result, **values)


def test_the_saddle_divides_the_starts_at_its_ridge():
    result, _, _ = mapped(landscape="saddle", lr=0.1)
    above = terrain.mesh(terrain.surface("saddle", ""), basins.SIDE)[..., 1] > 0
    home = result.homes[result.label][..., 1]  # every start has arrived, so every label is a home
    assert (result.label >= 0).all()
    assert torch.equal(home > 0, above)


def test_a_start_of_the_map_ends_where_its_own_path_ends():
    result, checks, _ = mapped(method="nesterov", lr=0.005)
    i, j = 40, 11
    land = terrain.surface("himmelblau", "")
    start = terrain.mesh(land, basins.SIDE)[i, j]
    alone = trajectories(land, ("nesterov",), start, 0.005, 300).x[0, -1]
    torch.testing.assert_close(alone, result.ends[i, j], rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(result.homes[result.label[i, j]], alone, rtol=0.0, atol=1e-3)
    assert all(check.holds or not check.applies for check in checks)
    values = BASINS.defaults() | {"method": "nesterov", "lr": 0.005}
    for forged in (result.label + 1, (result.label - 1).clamp(min=0), result.label.T):
        again = BASINS.checks(result._replace(label=forged), **values)
        assert not the(again, "counts to a minimum").holds


def test_minima_that_nobody_told_are_found():
    # f = (x² − 1)² + (y² − 1)²: four minima (±1, ±1), one quarter of the starts each
    result, _, says = mapped(landscape="own", formula="(x^2-1)^2 + (y^2-1)^2", lr=0.01)
    found = {tuple(round(c) for c in home) for home in result.homes.tolist()}
    assert found == {(1, 1), (1, -1), (-1, 1), (-1, -1)}
    assert [round(part, 3) for part in result.shares.values()] == [0.25] * 4
    assert "25.0 %" in says


def test_no_minimum_holds_a_step_beyond_two_over_its_curvature():
    _, checks, _ = mapped(lr=0.03)
    at_rest = the(checks, "came to rest")
    assert not at_rest.applies
    land = terrain.surface("himmelblau", "")
    minima = torch.linalg.eigvalsh(land.hessian(land.minima))[:, 1]
    assert (0.03 * minima > 2).all()
    _, gentle, _ = mapped(lr=0.01)
    assert the(gentle, "came to rest").applies
    assert abs(the(gentle, "came to rest").lhs - 0.01 * minima.max().item()) < 1e-6


def test_divergence_is_a_label_and_a_word():
    result, _, says = mapped(lr=0.06)
    assert (result.label == basins.LOST).all()
    assert result.ends.isfinite().all()
    assert "100 % diverged with η = 0.06" in says


@pytest.mark.parametrize(
    ("formula", "label", "word"),
    [
        ("x^2", basins.FLAT, "flat in some direction"),
        ("1e-9*(x^2 + y^2)", basins.MOVING, "still on the way"),
        ("log(x) + y^2", basins.LOST, "off the domain of f"),
    ],
)
def test_where_no_minimum_is_the_label_says_what_is(formula, label, word):
    result, _, says = mapped(landscape="own", formula=formula, lr=0.1, steps=120)
    assert (result.label == label).all()
    assert word in says


def test_snapshots_grow_row_by_row_and_every_start_is_counted():
    values = BASINS.defaults() | {"steps": 50}
    snapshots = list(basins.basins(**values))
    pending = [(s.label == basins.PENDING).sum().item() for s in snapshots]
    assert pending == [3000, 2400, 1800, 1200, 600, 0]
    assert sum(snapshots[-1].shares.values()) == pytest.approx(1)
    first = BASINS.figure(snapshots[0], **values)
    assert sum(len(t["x"]) for t in first.panels[0].traces if t.get("mode") == "markers") == 604
    assert "not computed yet" in BASINS.says(snapshots[0], **values)
