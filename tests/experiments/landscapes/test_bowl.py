import math
from dataclasses import replace

import pytest
import torch

from core.experiments.landscapes import bowl
from core.experiments.landscapes import bowl_claims as claims
from core.landscapes import quadratic
from pages.experiments.landscapes.bowl import EXPERIMENT as BOWL

EDGE = {"kappa": 100.0, "angle": 0.0, "start": "worst", "x0": 1.0, "y0": 0.4, "steps": 800}


def run(**values):
    return bowl.bowl(**{**EDGE, "lr_L": 200 / 101} | values)


@pytest.mark.parametrize(
    ("lr_L", "start", "needed", "flips"),
    [
        (200 / 101, "worst", 346, 346),  # 2/(L + μ): every step flips
        (1.9802, "worst", 346, 346),  # the same as the slider rounds it
        (1.0, "worst", 687, 0),
        (1.0, "diagonal", 458, 0),
    ],
)
def test_the_counts_of_the_sheet_come_out_exactly(lr_L, start, needed, flips):
    result = run(lr_L=lr_L, start=start)
    assert (result.needed, result.flips) == (needed, flips)


@pytest.mark.parametrize(("kappa", "needed"), [(10.0, 35), (1000.0, 3454)])
def test_the_best_step_needs_the_published_counts(kappa, needed):
    assert run(kappa=kappa, lr_L=2 * kappa / (kappa + 1), steps=4000).needed == needed


@pytest.mark.parametrize("start", ["worst", "diagonal"])
def test_with_the_best_step_f_falls_by_the_same_factor_at_every_step(start):
    f = run(start=start).f[:300]
    expected = torch.full((299,), (99 / 101) ** 2, dtype=torch.float64)  # 0.96079
    torch.testing.assert_close(f[1:] / f[:-1], expected, rtol=1e-9, atol=0)


@pytest.mark.parametrize("angle", [0.0, 30.0, 90.0])
@pytest.mark.parametrize("lr_L", [0.3, 1.0, 1.7])
def test_the_path_is_that_of_torch_sgd_on_a_matrix_built_by_hand(angle, lr_L):
    c, s = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    flat, steep = torch.tensor([[c, s], [-s, c]], dtype=torch.float64)
    H = torch.outer(flat, flat) + 100 * torch.outer(steep, steep)
    x = (flat + steep).clone().requires_grad_()
    optimizer = torch.optim.SGD([x], lr=lr_L / 100)
    path = [x.detach().clone()]
    for _ in range(60):
        optimizer.zero_grad()
        (0.5 * x @ H @ x).backward()
        optimizer.step()
        path.append(x.detach().clone())
    mine = run(angle=angle, lr_L=lr_L, start="diagonal", steps=60)
    torch.testing.assert_close(mine.x, torch.stack(path), rtol=1e-9, atol=1e-12)


def test_turning_the_bowl_changes_nothing_in_the_eigen_basis():
    upright, turned = run(), run(angle=37.0)
    torch.testing.assert_close(turned.z, upright.z, rtol=1e-9, atol=1e-12)
    assert (turned.needed, turned.flips) == (upright.needed, upright.flips)


@pytest.mark.parametrize("lr_L", [0.05, 0.5, 0.999, 1.0])
def test_no_flip_up_to_one_over_L(lr_L):
    assert run(lr_L=lr_L, start="diagonal", angle=20.0).flips == 0


@pytest.mark.parametrize("lr_L", [1.001, 1.5, 1.99])
def test_every_step_flips_between_one_and_two_over_L(lr_L):
    result = run(lr_L=lr_L, start="diagonal", steps=20)
    signs = result.z[:, 1].sign()
    assert bool((signs[1:] * signs[:-1] == -1)[: len(result.watched)].all())
    assert result.flips == int(result.watched.sum()) > 0


def test_past_two_over_L_the_run_diverges_and_below_it_does_not():
    beyond, inside = run(lr_L=2.02, steps=2000), run(lr_L=1.98, steps=2000)
    assert beyond.diverged_at > 0
    assert inside.diverged_at == -1
    assert all(bool(t.isfinite().all()) for t in (beyond.x, beyond.f, beyond.grad, beyond.bound))
    assert f"step {beyond.diverged_at}" in claims.says(beyond)
    assert "2/L" in claims.says(beyond)


def test_exactly_at_two_over_L_the_steep_coordinate_bounces_forever():
    z2 = run(lr_L=2.0, start="diagonal", steps=500).z[:, 1]
    alternating = torch.tensor([1.0, -1.0], dtype=torch.float64).repeat(251)[:501]
    torch.testing.assert_close(z2, alternating, rtol=1e-12, atol=0)


@pytest.mark.parametrize("angle", [0.0, 33.0])
def test_a_round_bowl_is_left_behind_in_one_step(angle):
    result = run(kappa=1.0, lr_L=1.0, start="diagonal", angle=angle, steps=5)
    assert float(result.x[1:].abs().max()) < 1e-15
    assert result.needed == 1
    assert result.miss == pytest.approx(0, abs=1e-6)


def test_starting_at_the_minimum_takes_no_step_and_divides_by_nothing():
    values = {"start": "free", "x0": 0.0, "y0": 0.0}
    result = run(**values)
    assert (result.needed, result.flips, result.diverged_at, result.miss) == (0, 0, -1, 0.0)
    assert all(check.holds or not check.applies for check in claims.checks(result))
    assert "minimum" in claims.says(result)
    picture = BOWL.figure(result, **BOWL.defaults() | EDGE | values)
    assert not any(trace["meta"].get("arrows") for trace in picture.panels[0].traces)


def test_on_an_axis_the_gradient_points_home_and_nothing_zigzags():
    values = {"start": "free", "x0": 1.0, "y0": 0.0}
    result = run(**values)
    assert result.miss == 0
    assert result.flips == 0
    flips = [check for check in claims.checks(result) if "changes sign" in check.claim]
    assert not flips[0].applies
    assert flips[0].why


def test_a_coordinate_that_does_not_move_sets_no_pace():
    result = run(start="free", x0=1.5, y0=0.0, lr_L=2.2)
    assert result.rate == pytest.approx(1 - 0.022)
    assert "the flat coordinate sets the pace, 1 − ημ = 0.978" in claims.says(result)
    assert result.needed == math.ceil(math.log(1e-6) / (2 * math.log(0.978)))
    bouncing = run(start="free", x0=0.0, y0=1.0, lr_L=2.0)
    assert "bounces forever" in claims.says(bouncing)


def test_a_dip_below_the_line_is_no_arrival():
    # z₂ starts tiny: f falls with z₁ until the growing z₂ takes over
    result = run(start="free", x0=1.0, y0=1e-11, lr_L=2.04, steps=450)
    below = result.f <= 1e-6 * result.f[0]
    assert bool(below.any()) and not bool(below[-1])
    assert result.needed == -1
    assert "never comes back" in claims.says(result)


def test_the_gradient_misses_the_minimum_by_45_degrees_minus_the_slope_of_the_worst_start():
    # −∇f ∝ (1, 1) in eigen-coordinates, the minimum lies along (κ, 1)
    assert run().miss == pytest.approx(45 - math.degrees(math.atan(1 / 100)))


def test_the_bound_is_that_of_the_theorem_and_f_stays_below():
    result = run(lr_L=1.0, start="diagonal", steps=500)
    assert float(result.bound[458]) == pytest.approx(50.5 * 0.99**458)
    assert float(result.f[458]) == pytest.approx(0.5 * 0.99**916)  # z₂ = 0, z₁ = 0.99ᵏ
    assert bool((result.f <= result.bound).all())


def test_the_theorem_is_silent_where_its_hypothesis_fails():
    values = {"lr_L": 2.02}
    silent = [check for check in claims.checks(run(**values)) if not check.applies]
    assert {check.id for check in silent} >= {"ANA-17"}
    assert all(check.why for check in silent)


def test_a_wrong_sign_would_be_noticed_by_the_checks():
    result = run(angle=30.0, start="diagonal", lr_L=1.5)
    for forged in ({"lr_L": -result.lr_L}, {"angle": -30.0}):
        (closed,) = (c for c in claims.checks(replace(result, **forged)) if c.id == "OPT-08")
        assert not closed.holds


@pytest.mark.parametrize("angle", [0.0, 45.0])
def test_the_handle_in_the_eigen_basis_moves_the_start_in_the_plane(angle):
    values = BOWL.defaults() | {"angle": angle}
    plane, _, eigen, _ = BOWL.figure(BOWL.compute(**values), **values).panels
    handle = eigen.handles[0]
    (a, b), (c, d) = handle.matrix
    moved = (a * handle.x + b * handle.y, c * handle.x + d * handle.y)
    assert moved == pytest.approx((plane.handles[0].x, plane.handles[0].y))
    assert eigen.handles[0].also == {"start": "free"}


def test_dragging_inside_a_frame_never_changes_the_frame():
    # a frame that followed the dragged point would run away under the finger
    for kappa in (1.0, 3.0, 100.0, 1e4):
        for y0 in torch.linspace(0, 1.5, 16).tolist():
            values = BOWL.defaults() | {"kappa": kappa, "start": "free", "y0": y0, "steps": 2}
            panel = BOWL.figure(BOWL.compute(**values), **values).panels[2]
            top = panel.layout["yaxis"]["range"][1]
            inside = values | {"y0": 0.99 * min(top, 1.5)}
            if y0 > 0 and top >= 1.6:
                again = BOWL.figure(BOWL.compute(**inside), **inside).panels[2]
                assert again.layout["yaxis"]["range"][1] == top


def test_the_level_set_ratio_is_measured_on_the_landscape():
    ratio = next(c for c in claims.checks(run()) if c.id == "ANA-20")
    eigenvalues = torch.linalg.eigvalsh(quadratic(100.0, 20.0).hessian(torch.zeros(2).double()))
    assert ratio.lhs == pytest.approx(float((eigenvalues[1] / eigenvalues[0]).sqrt()))
