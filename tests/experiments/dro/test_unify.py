import math

import numpy as np
import pytest
import torch
from scipy.optimize import linprog

from core.dro import winf_worst_case, worst_case
from core.experiments.dro import unify_claims as claims
from core.experiments.dro.unify import HIGH, LABELS, LOW, P, loss, unify
from core.signature import call
from pages.experiments.dro.unify import EXPERIMENT
from pages.figures.dro.unify import figure

LABELLED = {"z1": -1.0, "z2": 0.2, "z3": 2.0, "rho": 0.4}
CASES = (
    {},
    {"rho": 1.0},
    {"rho": 0.05},
    {"z1": 3.0, "z2": 3.0, "z3": -2.0, "rho": 0.7},
    {"g": "fixed", **LABELLED},
    {"g": "free", **LABELLED},
)


def given(**values):
    return EXPERIMENT.defaults() | values


def told(**values):
    run = unify(**{name: value for name, value in values.items() if name != "k"})
    return call(claims.says, run, values=given(**values))


def test_the_printed_figures():
    run = unify()
    assert run.values.tolist() == pytest.approx(
        [1.40000, 1.37314, 1.36230, 1.34981, 1.34175, 1.332526], abs=6e-6
    )
    assert run.adversarial == pytest.approx(1.3325127, abs=2e-5)  # theirs is on a grid


@pytest.mark.parametrize("values", CASES)
def test_the_worst_cases_are_those_of_the_engine(values):
    run, g, rho = unify(**values), loss(values.get("g", "wave")), values.get("rho", 0.5)
    for k, p in enumerate(P):
        exact = worst_case(run.atoms, g, p, rho, reach=(LOW, HIGH)).value
        assert float(run.values[k]) == pytest.approx(exact, abs=1e-6), p
    kept = loss("fixed" if values.get("g") == "free" else values.get("g", "wave"))
    assert run.adversarial == pytest.approx(winf_worst_case(run.atoms, kept, rho).value, abs=1e-7)


@pytest.mark.parametrize("p", [1, 2, 8])
def test_a_linear_programme_does_as_badly(p):
    line, atoms = np.linspace(LOW, HIGH, 501), np.array([0.0, 0.5, 2.0])
    line = np.concatenate([line, atoms])
    cost = (np.abs(atoms[:, None] - line) / 0.5) ** p
    gain = np.tile(np.sin(3 * line) + 0.3 * line, 3)
    rows = np.kron(np.eye(3), np.ones(len(line)))
    free = cost.ravel() < 50  # what costs more is never taken
    found = linprog(-gain[free], cost.ravel()[free][None], [1], rows[:, free], np.full(3, 1 / 3))
    mine = float(unify().values[P.index(p)])
    assert -found.fun - 1e-9 <= mine <= -found.fun + 1e-3


def test_the_logistic_loss_is_highest_at_the_end_of_each_interval():
    run = unify(g="fixed", **LABELLED)
    ends = [x - y * 0.4 for x, y in zip((-1.0, 0.2, 2.0), LABELS)]
    assert run.tops.tolist() == pytest.approx(ends)
    losses = [math.log1p(math.exp(-y * 3 * math.tanh(x))) for x, y in zip(ends, LABELS)]
    assert float(run.values[5]) == pytest.approx(np.mean(losses), abs=1e-12)


def test_free_labels_take_the_worse_label_at_every_place():
    run, x = unify(g="free", **LABELLED), torch.linspace(-3, 3, 31, dtype=torch.float64)
    both = torch.stack([torch.log1p(torch.exp(-y * 3 * torch.tanh(x))) for y in (-1, 1)])
    torch.testing.assert_close(loss("free")(x), both.amax(0))
    fixed = unify(g="fixed", **LABELLED)
    assert (run.values > fixed.values + 1).all()
    assert run.adversarial == pytest.approx(fixed.adversarial)


def test_to_first_order_it_is_the_radius_times_a_norm_of_the_slope():
    """The dual exponent: p = 2 the root mean square, p = ∞ the mean of |g′|."""
    z, rho = torch.tensor([0.0, 0.5, 2.0], dtype=torch.float64), 1e-3
    slope = (3 * torch.cos(3 * z) + 0.3).abs()
    run = unify(rho=rho)
    rise = (run.values - run.home) / rho
    assert float(rise[5]) == pytest.approx(float(slope.mean()), rel=0.01)
    assert float(rise[1]) == pytest.approx(float(slope.square().mean().sqrt()), rel=0.01)


@pytest.mark.parametrize("seed", range(6))
def test_random_atoms_keep_the_order_and_the_ball(seed):
    draws = np.random.default_rng(seed)
    z1, z2, z3 = draws.uniform(-2, 3, 3).tolist()
    values = {"z1": z1, "z2": z2, "z3": z3, "rho": float(draws.uniform(0, 1))}
    values["g"] = ("wave", "fixed", "free")[seed % 3]
    run = unify(**values)
    assert (run.values.diff() <= 1e-9).all() and run.values[5] >= run.home - 1e-12
    assert float(run.way[5].max()) <= values["rho"] * (1 + 1e-12)
    for k, p in enumerate(P[:-1]):
        assert float(run.masses[k] @ run.way[k] ** p) <= values["rho"] ** p * (1 + 1e-9)
        assert int(((run.masses[k] > 1e-9) & (run.masses[k] < 1 / 3 - 1e-9)).sum()) in (0, 2)
        found = call(claims.checks, run, values=given(**values, k=k))
        assert all(c.holds for c in found if c.applies)


def test_radius_zero_moves_nothing():
    run = unify(rho=0.0)
    assert (run.values == run.home).all() or run.values.tolist() == pytest.approx([run.home] * 6)
    assert float(run.way.max()) == 0 and "nothing moves" in told(rho=0.0)
    assert claims.answers["order"](run)[0] == "stays"


def test_what_is_said():
    assert "falls from 1.4 at p = 1 to 1.3325 at p = ∞, the mean of the highest g" in told()
    assert "by way of 1.3731 at p = 2 to 1.3325" in told(k=1) and "4.2 times ρ" in told(k=1)
    assert "some mass" not in told(k=5)
    assert "With labels kept the mean of local maxima is 0.4252" in told(g="free", k=5, **LABELLED)


def test_the_interval_is_dragged_by_its_end():
    run = unify(rho=0.3)
    places = call(figure, run, values=given(rho=0.3, k=2)).panels[0]
    *atoms, end = places.handles
    assert [h.params for h in atoms] == [("z1",), ("z2",), ("z3",)]
    assert (end.params, end.x) == (("rho",), 2.3)
    assert end.matrix[0][0] * 2.9 + end.offset[0] == pytest.approx(0.9)


def test_a_wrong_side_turns_a_check_red():
    run = unify()
    for forged in (
        run._replace(adversarial=run.adversarial + 1e-4),
        run._replace(values=run.values.flip(0)),
        run._replace(points=run.points + 0.01),
        run._replace(tops=run.tops + 0.01),
    ):
        found = call(claims.checks, forged, values=given())
        assert any(c.applies and not c.holds for c in found)


@pytest.mark.parametrize("bad", [{"rho": -0.1}, {"rho": 1.1}, {"z2": math.nan}, {"g": "step"}])
def test_what_is_no_setting_is_refused_by_name(bad):
    with pytest.raises(ValueError, match=f"expected {next(iter(bad))}"):
        unify(**bad)
