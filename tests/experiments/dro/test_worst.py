import itertools
import math

import numpy as np
import pytest
import torch
from scipy.optimize import linprog

from core.experiments.dro import worst_claims as claims
from core.experiments.dro.worst import FUNCTIONS, HIGH, LOW, dual, function, ladder, worst
from core.signature import call
from pages.experiments.dro.worst import EXPERIMENT
from pages.figures.dro.worst import figure

WAVES = {"g": "sine", "n": 3, "p": 2.0, "eps": 0.5}
HILL = {"g": "concave", "n": 2, "z1": -0.5, "z2": 1.0, "p": 2.0, "eps": 0.3}
SQUARE = {"g": "own", "n": 2, "z2": 1.0, "eps": 0.1}


def given(**values):
    return {k: v for k, v in EXPERIMENT.defaults().items() if k != "shift"} | values


def told(**values):
    return call(claims.says, worst(**values), values=given(**values))


def drawn(**values):
    picture = call(figure, worst(**{k: v for k, v in values.items() if k != "shift"}),
                   values=given(**values))  # fmt: skip
    return {panel.name: panel for panel in picture.panels}


def programme(values, line):
    """The worst law on the places of a line, an atom's mass going anywhere."""
    run, p = worst(**values), values["p"]
    n, m = len(run.atoms), len(line)
    cost = np.abs(run.atoms.numpy()[:, None] - line) ** p
    gain = FUNCTIONS[values["g"]](torch.from_numpy(line)).double().numpy()
    rows = np.kron(np.eye(n), np.ones(m))
    budget = [values["eps"] ** p]
    return -linprog(-np.tile(gain, n), cost.ravel()[None], budget, rows, np.full(n, 1 / n)).fun


def test_half_an_atom_by_hand():
    run = worst()
    assert run.value == pytest.approx(0.5) and run.home == 0 and run.lam == pytest.approx(0.5)
    assert sorted(run.points.tolist()) == pytest.approx([0, 2]) and run.parted
    assert run.masses.tolist() == pytest.approx([0.5, 0.5])
    whole = worst(split=False)
    assert (whole.value, whole.points.tolist()) == (0, [0]) and whole.dual == pytest.approx(0.5)
    assert worst(p=2.0).value == pytest.approx(0.25)
    assert worst(eps=2.0, split=False).value == 1


def test_the_hill_in_closed_form():
    for split in (True, False):
        run = worst(**HILL, split=split)
        assert run.value == pytest.approx(-((math.sqrt(0.625) - 0.3) ** 2), abs=1e-10)
        shares = run.points / run.atoms  # both atoms keep the same share of their way to the top
        assert shares.tolist() == pytest.approx([1 - 0.3 / math.sqrt(0.625)] * 2, abs=1e-6)


@pytest.mark.parametrize(
    "values",
    [WAVES, WAVES | {"p": 1.0, "eps": 1.3}, {"g": "step", "n": 3, "p": 2.0, "eps": 0.4, "z3": 1.2}],
)
def test_the_linear_programme_on_a_grid_does_as_badly(values):
    line = np.concatenate([np.linspace(LOW, HIGH, 1601), worst(**values).atoms.numpy(), [2.0]])
    exact = programme(values, line)
    assert exact - 1e-9 <= worst(**values).value <= exact + 1e-4


@pytest.mark.parametrize("values", [WAVES, HILL, {"g": "step", "n": 2, "p": 1.5, "z2": 1.0}])
def test_the_curve_over_the_radius_is_the_worst_case_at_each_radius(values):
    p = values["p"]
    for eps in (0.2, 0.8, 1.7):
        now = values | {"eps": eps}
        run = worst(**now)
        found = ladder(values["g"], "", p, tuple(run.atoms.tolist()))
        assert np.interp(eps, found.eps, found.split) == pytest.approx(run.dual, abs=0.01)
        whole = worst(**now, split=False).value
        assert np.interp(eps, found.eps, found.whole) == pytest.approx(whole, abs=0.03)
    assert (np.diff(found.split) >= -1e-12).all() and (np.diff(found.whole) >= -1e-12).all()
    assert (found.whole <= found.split + 1e-9).all()
    budget = found.eps**p
    slopes = np.diff(found.split) / np.diff(budget)
    assert (np.diff(slopes) <= 1e-6 * (1 + abs(slopes[1:]))).all()  # concave in εᵖ


def test_whole_moves_are_the_best_of_all_that_are_tried():
    line = np.linspace(-1, 4, 51)
    atoms, f = np.array([0.0, 0.5, 2.0]), lambda z: np.sin(3 * z) + 0.3 * z
    found = ladder("sine", "", 2.0, tuple(atoms))
    tries = np.array(list(itertools.product(line, repeat=3)))
    cost, gain = ((tries - atoms) ** 2).mean(1), f(tries).mean(1)
    for eps in (0.5, 1.0, 1.5):
        assert np.interp(eps, found.eps, found.whole) >= gain[cost <= eps**2].max() - 0.02


def test_the_dual_is_least_where_the_law_is_found_and_above_it_elsewhere():
    run = worst(**WAVES)
    prices = np.append(np.linspace(0, 3 * run.lam, 61), run.lam)
    line = np.linspace(-20, 22, 4201)
    lifts = dual(FUNCTIONS["sine"], run.atoms, 2.0, prices, line, run.points)
    bound = prices * 0.25 + lifts.mean(1)
    assert bound[-1] == pytest.approx(run.value, abs=1e-9)
    assert bound.min() >= run.value - 1e-9 and bound[0] > run.value + 0.1
    assert (np.diff(bound[:-1], 2) >= -1e-9).all()  # convex


def test_a_line_rises_by_its_slope_times_the_radius_for_every_p():
    for p in (1.0, 1.5, 3.0):
        run = worst(g="linear", n=3, p=p, eps=0.7)
        assert run.value - run.home == pytest.approx(0.35, abs=1e-6)
        assert (run.points <= HIGH).all()  # of laws that are equally bad one that is seen


def test_what_grows_faster_than_the_cost_is_worth_more_than_any_number():
    run = worst(**SQUARE)
    assert run.endless and run.lam == math.inf and "∞" in told(**SQUARE)
    assert set(drawn(**SQUARE)) == {"law", "radius"}
    square = worst(**SQUARE | {"p": 2.0})
    assert square.value == pytest.approx((math.sqrt(0.5) + 0.1) ** 2, abs=1e-9)
    assert ladder("own", "z^2", 1.0, (0.0, 1.0)).endless
    assert not ladder("own", "z^2", 2.0, (0.0, 1.0)).endless


def test_a_formula_is_read_in_z_and_refused_by_name():
    z = torch.linspace(-2, 2, 9, dtype=torch.float64)
    torch.testing.assert_close(function("own", "exp(-z²) + max(z, 1)")(z),
                               torch.exp(-z * z) + z.clamp(min=1))  # fmt: skip
    for bad in ("z + y", "x", "z +", "os.system(1)", "log(z - 9)"):
        with pytest.raises(ValueError, match=r"expected (formula|g)"):
            worst(g="own", formula=bad)
    with pytest.raises(ValueError, match=r"numbers, z, pi, .* got name 'q'"):
        worst(g="own", formula="2*z + q")
    for name, value in (("eps", -0.1), ("p", 0.9), ("n", 4), ("z1", math.nan)):
        with pytest.raises(ValueError, match=f"expected {name}"):
            worst(**{name: value})


def test_the_price_is_moved_in_the_picture_only():
    at = drawn(**WAVES)
    (handle,) = at["dual"].handles
    (scale,), (offset,) = handle.matrix[0][:1], handle.offset
    assert scale * handle.x + offset == pytest.approx(0, abs=1e-9)
    assert handle.x == pytest.approx(worst(**WAVES).lam)
    away = drawn(**WAVES, shift=0.2)["dual"].handles[0]
    assert scale * away.x + offset == pytest.approx(0.2) and away.y > handle.y


def test_what_is_said():
    assert "50 % of the atom at 0 goes to 2, the rest stays. Whole atoms reach 0 only" in told()
    assert "parts of atoms would take it to 0.5" in told(split=False)
    assert "no atom is split. Whole atoms reach as much" in told(**HILL)
    assert "nothing moves" in told(eps=0.0) and "stays 1" in told(z1=2.5)


def test_a_law_outside_the_ball_or_a_wrong_price_turns_a_check_red():
    run = worst(**WAVES)
    for forged in (
        run._replace(lam=run.lam * 0.9),
        run._replace(points=run.points + 0.02),
        run._replace(masses=run.masses.flip(0)),
        run._replace(dual=run.dual + 1e-4),
    ):
        found = call(claims.checks, forged, values=given(**WAVES))
        assert any(c.applies and not c.holds for c in found)
