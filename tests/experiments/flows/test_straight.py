"""Paths, landings and densities by plain loops and a reference solver; orders; the exact mean."""

import math

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp

from core import sheets
from core.experiments.flows import straight as module
from core.experiments.flows import straight_claims as claims
from core.flows import METHODS, exact_velocity, law, train, train_velocity
from pages.experiments.flows.straight import EXPERIMENT

SHORT = {"steps": 60}


def made(**values):
    values = EXPERIMENT.defaults() | SHORT | values
    return list(EXPERIMENT.compute(**EXPERIMENT.inputs(values))), values


@pytest.fixture(scope="module")
def shots():
    return made()[0]


@pytest.fixture(scope="module")
def run(shots):
    return shots[-1]


def test_it_is_the_two_trainings_of_the_engine(shots, run):
    moments = list(train_velocity("moons", 120, 0, every=20))
    flows = list(train("moons", 4, 60, 0, every=10))
    assert module.moments(60) == [each.step for each in flows] and len(shots) == 7
    assert torch.equal(run.theta.double(), moments[-1].velocity.theta)
    assert torch.equal(run.coupled.double(), flows[-1].flow.theta)
    _, _, held = module.points_of("moons", "", 0)
    for k in (0, 3, 6):
        assert float(run.nll[1, k]) == pytest.approx(-float(flows[k].flow.log_prob(held).mean()))


def test_a_path_is_the_solution_of_a_reference_solver(run):
    v = run.velocity

    def slope(t, y):
        with torch.no_grad():
            return v(torch.from_numpy(y.reshape(-1, 2)), float(t)).flatten().numpy()

    z = module.noise(0)[:4].numpy()
    times = np.array([0.25, 0.5, 1.0])
    found = solve_ivp(slope, (0, 1), z.ravel(), "DOP853", times, rtol=1e-9, atol=1e-10)
    mine = run.path[[10, 20, 40], :4].double().numpy()
    assert mine == pytest.approx(found.y.T.reshape(3, 4, 2), abs=2e-6)
    own = claims.probe(run, *z[1])
    assert own[-1].numpy() == pytest.approx(mine[-1, 1], abs=1e-4)


def test_landings_by_hand(run):
    v, z = run.velocity, module.noise(0)
    with torch.no_grad():
        two = z + v(z, 0.0) / 2
        two = two + v(two, 0.5) / 2
        slope = v(z, 0.0)
        heun = z + (slope + v(z + slope, 1.0)) / 2
    torch.testing.assert_close(run.ends[0, 1].double(), two, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(run.ends[1, 0].double(), heun, rtol=1e-5, atol=1e-5)
    off = (run.ends[0, 1] - run.path[-1]).double().norm(dim=1)
    assert float(run.errors[0, 1]) == pytest.approx(math.sqrt(float(off.square().mean())), rel=1e-4)


def test_the_orders_are_1_2_and_4(run):
    for method, order in zip(METHODS, (1, 2, 4)):
        assert claims.slope(run, method) == pytest.approx(order, abs=0.5)
        assert claims.halved(run, method) == pytest.approx(2**order, rel=0.4)


def test_one_step_of_euler_along_the_exact_velocity_ends_at_the_mean_of_the_data():
    z = module.noise(3)
    for name in ("moons", "blobs", "two"):
        bells = law(name)
        ends = z + exact_velocity(bells)(z, 0.0)
        torch.testing.assert_close(ends, bells.mean.expand_as(z), rtol=0, atol=1e-9)


def test_the_density_is_the_share_of_the_ends():
    """Of 900 points of noise, those in a box beside the integral of the density over it."""
    (*_, run), _ = made(steps=120)
    z = torch.cat([module.noise(seed) for seed in range(6)])
    ends = module.carried(run.velocity, z)[-1]
    side = torch.linspace(-2.4, 2.4, 49, dtype=torch.float64)
    middles = (side[1:] + side[:-1]) / 2
    places = torch.cartesian_prod(middles, middles)
    log_p, _ = claims.ode_log_density(run.velocity, places, 6)
    mass = log_p.exp() * (4.8 / 48) ** 2
    for way in ((0, 1), (0, -1), (1, 1), (1, -1)):
        inside = (ends.abs() <= 2.4).all(1) & (way[1] * ends[:, way[0]] > 0)
        share = float(inside.double().mean())
        whole = float(mass[way[1] * places[:, way[0]] > 0].sum())
        assert share == pytest.approx(whole, abs=5 * math.sqrt(0.25 / len(z)))


def test_paths_together_are_as_long_as_their_pieces():
    path = torch.zeros(3, 2, 2)
    path[1, 0], path[2, 0] = torch.tensor([3.0, 0.0]), torch.tensor([3.0, 4.0])  # 7 for 5
    path[1, 1], path[2, 1] = torch.tensor([0.0, 1.0]), torch.tensor([0.0, 2.0])  # 2 for 2
    run = module.Straight(1.0, *[torch.zeros(1)] * 4, None, path, *[torch.zeros(1)] * 2)
    assert claims.longer(run) == pytest.approx(9 / 7)
    assert claims.longer(run._replace(path=torch.ones(3, 2, 2))) == 1.0


def test_where_a_step_ends_is_told_from_spread_and_error(run):
    true = run.path[-1]
    for ends, error, key in (
        (0.1 * true, 1.0, "mean"),
        (true, 0.0, "data"),
        (-true, 2.0, "spread"),
    ):
        forged = run.ends.clone()
        forged[0, 0] = ends
        errors = run.errors.clone()
        errors[0, 0] = error
        assert claims.answers["one"](run._replace(ends=forged, errors=errors))[0] == key


def test_a_snapshot_shows_the_newest_paths_and_no_landing(shots):
    values = EXPERIMENT.defaults() | SHORT | {"frame": 10}
    first, last = (EXPERIMENT.figure(each, **values) for each in (shots[1], shots[-1]))
    assert (first.frames, last.frames) == (0, 41)
    assert len(first.panels[2].traces) == 0 and len(last.panels[2].traces) == 7
    assert "t = 0.25" in last.panels[0].title and "1 step of Euler" in last.panels[1].title
    assert "step" not in EXPERIMENT.says(shots[1], **values)
    assert not EXPERIMENT.checks(shots[1], **values)


@pytest.mark.parametrize("data", ["checker", "drawn", "own"])
def test_other_data_are_learned(data):
    if data == "own":
        rows = "\n".join(f"{i % 7},{(i * i) % 11}" for i in range(40))
        data = sheets.add(f"u,v\n{rows}\n".encode())
    (*_, run), values = made(data=data, steps=8)
    assert all(c.holds or not c.applies for c in EXPERIMENT.checks(run, **values))
    assert (run.floor is None) == (data != "checker")
    assert [p.name for p in EXPERIMENT.figure(run, **values).panels][3] == (
        "pad" if data == "drawn" else "curves"
    )
