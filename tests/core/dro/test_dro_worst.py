"""Worst laws against linear programmes on a grid, brute force, closed forms and duality."""

import math
from itertools import pairwise, product

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog
from torch.nn.functional import softplus

from core.dro import search_range, wasserstein_1d, winf_worst_case, worst_case

ATOMS = torch.tensor([0.0, 0.5, 2.0], dtype=torch.float64)
FALLING = (
    (1, 1.39996),
    (2, 1.37310),
    (4, 1.36223),
    (8, 1.34971),
    (16, 1.34159),
)  # the curriculum's
G = {
    "step": lambda z: (z >= 2).double(),
    "concave": lambda z: -(z**2),
    "linear": lambda z: 0.55 * z,
    "sine": lambda z: torch.sin(3 * z) + 0.3 * z,
    "kink": lambda z: (z - 1).abs().clamp(max=3),
    "bell": lambda z: torch.exp(-((z - 3) ** 2)),
}


def t(*values):
    return torch.tensor(values, dtype=torch.float64)


def programme(atoms, g, p, eps, line):
    """The worst law on the places of a line, an atom's mass going anywhere."""
    n, m = len(atoms), len(line)
    cost = ((atoms[:, None] - line).abs() ** p).numpy()
    rows = np.kron(np.eye(n), np.ones(m))
    return -linprog(
        -np.tile(g(line).numpy(), n), cost.ravel()[None], [eps**p], rows, np.full(n, 1 / n)
    ).fun


@pytest.mark.parametrize("p", [1, 2, 3])
def test_half_an_atom_goes_where_a_whole_one_cannot(p):
    one, step = t(0.0), G["step"]
    worst = worst_case(one, step, p, 1.0)
    assert worst.value == pytest.approx(2.0**-p, abs=1e-9)
    assert sorted(worst.points.tolist()) == pytest.approx([0, 2], abs=1e-9)
    assert worst.lam == pytest.approx(2.0**-p, abs=1e-9)
    printed = worst_case(one, step, p, 1.0, split=False)
    assert printed.value == 0 and printed.points.tolist() == [0]
    assert printed.gap == pytest.approx(2.0**-p, abs=1e-9)
    assert worst_case(one, step, p, 2.0, split=False).value == 1  # now all of it can


def test_the_curriculums_concave_case():
    for split in (True, False):
        worst = worst_case(t(-0.5, 1.0), G["concave"], 2, 0.3, split)
        assert worst.value == pytest.approx(-((math.sqrt(0.625) - 0.3) ** 2), abs=1e-10)
        assert worst.value == pytest.approx(-0.24067, abs=1.5e-5)  # theirs is on a grid
        assert len(worst.points) == 2  # nothing is split: the two forms agree


def test_the_worst_case_falls_with_p_to_the_adversarial_risk():
    values = [worst_case(ATOMS, G["sine"], p, 0.5).value for p, _ in FALLING]
    assert all(x > y for x, y in pairwise(values))
    for value, (_, told) in zip(values, FALLING):
        assert told - 1e-5 <= value <= told + 2e-4  # theirs is on a grid: a little lower
    limit = winf_worst_case(ATOMS, G["sine"], 0.5)
    assert limit.value == pytest.approx(1.3325127, abs=2e-5) and limit.value < values[-1]
    assert worst_case(ATOMS, G["sine"], math.inf, 0.5).value == limit.value
    far = worst_case(ATOMS, G["sine"], 400, 0.5).value
    assert limit.value < far < limit.value + 1e-3


@pytest.mark.parametrize("name", G)
@pytest.mark.parametrize("p", [1, 2])
def test_it_is_the_linear_programme_on_a_grid_up_to_the_grid(name, p):
    low, high = search_range(ATOMS, p, 0.5)
    line = torch.cat([torch.linspace(low, high, 2001, dtype=torch.float64), ATOMS, t(2.0)])
    exact, found = programme(ATOMS, G[name], p, 0.5, line), worst_case(ATOMS, G[name], p, 0.5)
    assert exact - 1e-9 <= found.value <= exact + 2e-3


@given(
    name=st.sampled_from(sorted(G)),
    atoms=st.lists(st.floats(-3, 3), min_size=1, max_size=6),
    p=st.sampled_from([1, 1.5, 2, 4, 16]),
    eps=st.floats(0.01, 3),
)
def test_the_worst_law_is_in_the_ball_and_no_law_is_worse(name, atoms, p, eps):
    z, g = t(*atoms), G[name]
    worst = worst_case(z, g, p, eps)
    assert abs(worst.gap) <= 1e-8 * max(1, abs(worst.value))
    assert len(worst.points) <= len(z) + 1
    assert float(worst.masses.sum()) == pytest.approx(1)
    assert float(worst.masses @ g(worst.points)) == pytest.approx(worst.value, abs=1e-9)
    far = (worst.points - z[worst.homes(len(z))]).abs()
    assert float(worst.masses @ far**p) <= eps**p * (1 + 1e-9)
    assert wasserstein_1d(z, worst.points, p, None, worst.masses) <= eps * (1 + 1e-6)
    low, high = search_range(z, p, eps)
    line = torch.linspace(low, high, 5001, dtype=torch.float64)[:, None]
    above = (g(line) - worst.lam * (line - z).abs() ** p).amax(0).mean()
    assert worst.lam * eps**p + float(above) <= worst.value + 1e-8 * max(1, abs(worst.value))

    printed = worst_case(z, g, p, eps, split=False)
    assert float(g(z).mean()) - 1e-12 <= printed.value <= worst.value + 1e-9
    assert printed.points.shape == z.shape
    assert float((printed.points - z).abs().pow(p).mean()) <= eps**p * (1 + 1e-9)
    if name in ("concave", "linear"):
        assert printed.value == pytest.approx(worst.value, abs=1e-7)
    limit = winf_worst_case(z, g, eps)
    assert limit.value <= printed.value + 1e-9  # the ball of W_∞ is the smallest
    assert float((limit.points - z).abs().max()) <= eps * (1 + 1e-12)


@pytest.mark.parametrize("name", ["step", "sine", "bell", "kink"])
@pytest.mark.parametrize(("p", "eps"), [(1, 0.4), (2, 0.9), (2, 1.2)])
def test_whole_atoms_are_moved_as_well_as_all_ways_that_are_tried(name, p, eps):
    line = torch.linspace(-1, 4, 51, dtype=torch.float64)
    budget, g = 3 * eps**p, G[name](line)
    cost = (ATOMS[:, None] - line).abs() ** p
    first = g[:, None, None] + g[None, :, None] + g[None, None, :]
    spent = cost[0][:, None, None] + cost[1][None, :, None] + cost[2][None, None, :]
    tried = float(first[spent <= budget + 1e-12].max()) / 3
    assert worst_case(ATOMS, G[name], p, eps, split=False).value >= tried - 1e-9


@pytest.mark.parametrize("p", [1, 2])
def test_linear_functions_gain_the_slope_times_the_radius(p):
    worst = worst_case(ATOMS, G["linear"], p, 1.0)
    assert worst.value - float(G["linear"](ATOMS).mean()) == pytest.approx(0.55, abs=1e-9)
    steep = worst_case(ATOMS, G["kink"], 1, 1.0)  # 1-Lipschitz
    assert steep.value <= float(G["kink"](ATOMS).mean()) + 1.0 + 1e-9


def test_squares_within_w2_meet_their_closed_form():
    z = t(1.0, 2.0, -0.5)
    root = math.sqrt(float((z**2).mean()))
    worst = worst_case(z, lambda x: x**2, 2, 0.8)
    assert worst.value == pytest.approx((root + 0.8) ** 2, rel=1e-9)
    assert worst.lam == pytest.approx(1 + root / 0.8, rel=1e-6)


def test_what_grows_faster_than_the_cost_is_worth_infinitely_much_and_says_so():
    for g, p in ((torch.square, 1), (torch.exp, 4), (lambda z: z.abs() ** 2.5, 2)):
        worst = worst_case(ATOMS, g, p, 0.1)
        assert worst.value == math.inf and worst.lam == math.inf and "no λ" in worst.why
        assert worst_case(ATOMS, g, p, 0.0).value == pytest.approx(float(g(ATOMS).mean()))
        assert math.isfinite(worst_case(ATOMS, g, p, 0.1, reach=(-3, 3)).value)
    pole = worst_case(t(0.0), lambda z: 1 / (z - 1).abs(), 2, 0.5)
    assert pole.value == math.inf and pole.why
    assert winf_worst_case(t(0.0), lambda z: 1 / (z - 0.3137).abs(), 0.5).value == math.inf
    for g in (torch.sin, lambda z: z.abs(), lambda z: -torch.exp(z), lambda z: 1e-3 * z**2):
        assert worst_case(ATOMS, g, 2, 0.1).why == ""


def test_places_without_a_value_are_closed():
    worst = worst_case(t(1.0, 2.0), lambda z: torch.log(z) - z, 2, 0.7)
    assert worst.why == "" and bool((worst.points > 0).all())
    root = worst_case(t(1.0), lambda z: torch.sqrt(1 - z), 1, 5.0)
    assert root.value == pytest.approx(math.sqrt(5))


def test_radius_zero_is_the_mean_and_atoms_may_coincide():
    z = t(1.0, 1.0, 1.0, 3.0)
    for p in (1, 2, math.inf):
        worst = worst_case(z, G["sine"], p, 0.0)
        assert worst.value == pytest.approx(float(G["sine"](z).mean()))
        assert worst.gap == 0 and torch.equal(worst.points, z)
    assert abs(worst_case(z, G["sine"], 2, 0.3).gap) <= 1e-9
    assert winf_worst_case(z, G["sine"], 0.0).points.tolist() == z.tolist()


@pytest.mark.parametrize("rho", [0.1, 0.5, 1.7])
def test_local_suprema_are_the_programme_where_moves_beyond_rho_are_forbidden(rho):
    line = torch.cat([torch.linspace(-3, 5, 801, dtype=torch.float64), ATOMS])
    for g in G.values():
        allowed = (ATOMS[:, None] - line).abs() <= rho + 1e-12
        places = torch.where(allowed, g(line), -math.inf)
        n, m = places.shape
        here = allowed.numpy().ravel()
        rows = np.kron(np.eye(n), np.ones(m))[:, here]
        exact = -linprog(-places.numpy().ravel()[here], A_eq=rows, b_eq=np.full(n, 1 / n)).fun
        assert exact - 1e-9 <= winf_worst_case(ATOMS, g, rho).value <= exact + 6e-3


def test_labels_that_stay_give_the_adversarial_risk_and_free_ones_more():
    x, y, w, rho = t(-1.0, 0.2, 2.0), t(-1.0, 1.0, 1.0), 1.5, 0.4

    def loss(z):
        return softplus(-y[:, None] * w * z)

    fixed = winf_worst_case(x, loss, rho)
    exact = softplus(-(y * w * x - rho * abs(w))).mean()  # ROB-14
    assert fixed.value == pytest.approx(float(exact), abs=1e-12)
    free = winf_worst_case(x, lambda z: softplus((w * z).abs()), rho)
    assert free.value > fixed.value + 0.5
    by_hand = np.mean([max(loss(x[:, None] + s * rho)[i] for s in (-1, 1)) for i in range(3)])
    assert fixed.value == pytest.approx(by_hand)


def test_homes_name_the_atom_of_each_part():
    for n, eps in product((1, 2, 5), (0.1, 0.4)):
        z = torch.zeros(n, dtype=torch.float64)
        worst = worst_case(z, G["step"], 1, eps)
        mass = torch.zeros(n).double().index_add(0, worst.homes(n), worst.masses)
        torch.testing.assert_close(mass, torch.full_like(z, 1 / n))
        assert worst.value == pytest.approx(eps / 2, abs=1e-9)


def test_worst_cases_refuse_by_name():
    g = G["sine"]
    for p in (0.5, math.nan):
        with pytest.raises(ValueError, match=r"expected p in \[1, inf\]"):
            worst_case(ATOMS, g, p, 0.5)
    for eps in (-0.1, math.nan, math.inf):
        with pytest.raises(ValueError, match=r"expected eps in \[0, inf\)"):
            worst_case(ATOMS, g, 1, eps)
    with pytest.raises(ValueError, match=r"expected rho in \[0, inf\), got -1"):
        winf_worst_case(ATOMS, g, -1.0)
    with pytest.raises(ValueError, match="expected atoms in"):
        worst_case(t(0.0, math.inf), g, 1, 0.5)
    with pytest.raises(ValueError, match="at every atom, got nan"):
        worst_case(t(-1.0), torch.log, 1, 0.5)
    with pytest.raises(ValueError, match=r"with a tensor \(n, m\), got \(\)"):
        worst_case(ATOMS, torch.sum, 1, 0.5)
    with pytest.raises(ValueError, match="expected reach around all atoms"):
        worst_case(ATOMS, g, 1, 0.5, reach=(-1.0, 1.0))
