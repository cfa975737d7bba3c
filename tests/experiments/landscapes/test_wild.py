"""Wild landscapes against torch.optim, autograd and hand counts."""

import math

import pytest
import torch

from core.experiments.landscapes import wild
from core.experiments.landscapes import wild_claims as claims
from core.landscapes import terrain
from core.optimizers import trajectories
from pages.experiments.landscapes.wild import EXPERIMENT as WILD
from pages.figures.parts.terrain import decades, quantiles
from tests import contract

NAMES = terrain.SURFACES[:-1]


def run(**values):
    return WILD.compute(**WILD.defaults() | values)


def checked(result, **values):
    return WILD.checks(result, **WILD.defaults() | values)


def lowest(formula):
    return terrain.field(terrain.surface("own", formula)).low


def the(checks, words):
    (found,) = (check for check in checks if words in check.claim)
    return found


def test_the_path_is_that_of_torch_sgd_with_momentum():
    result = run(method="momentum", beta=0.8, lr=5e-4, steps=60)
    x = torch.tensor([-1.2, 1.0], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([x], lr=5e-4, momentum=0.8)
    for _ in range(60):
        optimizer.zero_grad()
        ((1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2).backward()
        optimizer.step()
    torch.testing.assert_close(result.x[-1], x.detach(), rtol=1e-9, atol=1e-12)


def test_memory_takes_a_tenth_of_the_steps_on_the_banana():
    # 1386 steps with heavy ball (.9, 1e-3), 15068 with plain descent
    assert claims.answers["memory"](run(method="momentum", steps=3000))[0] == 1386
    assert claims.answers["memory"](run(steps=3000)) == "never"


@pytest.mark.parametrize("name", NAMES)
def test_eigenvalues_along_the_path_are_those_of_the_autograd_hessian(name):
    result = run(landscape=name, lr=1e-4, steps=6, x0=0.7, y0=-0.4)
    land = terrain.surface(name, "")
    for k in (0, 3, 6):
        H = torch.autograd.functional.hessian(land.f, result.x[k])
        expected = torch.linalg.eigvalsh(H)
        torch.testing.assert_close(result.eigenvalues[k], expected, rtol=1e-9, atol=1e-9)
        assert result.kappa[k].item() == pytest.approx(torch.linalg.cond(H).item(), rel=1e-8)


def test_kappa_at_the_bottom_of_the_banana_is_2508():
    result = run(x0=1.0, y0=1.0, steps=1)
    # ∇²f(1, 1) = [[802, −400], [−400, 200]]: λ = 501 ± √(501² − 400)
    root = math.sqrt(501**2 - 400)
    assert result.kappa[-1].item() == pytest.approx((501 + root) / (501 - root), rel=1e-9)
    assert result.kappa[-1].item() == pytest.approx(2508, abs=0.5)
    assert result.where == "minimum"


def test_on_the_ridge_descent_ends_at_the_saddle_and_beside_it_does_not():
    still = run(landscape="saddle", x0=1.5, y0=0.0, lr=0.1, steps=200)
    assert still.where == "saddle"
    assert (still.x[:, 1] == 0).all()
    # x ← (1 − 2 lr) x by hand
    assert still.x[10, 0].item() == pytest.approx(1.5 * 0.8**10)
    beside = run(landscape="saddle", x0=1.5, y0=-1e-9, lr=0.1, steps=300)
    assert beside.where == "minimum"
    assert beside.x[-1].tolist() == pytest.approx([0.0, -math.sqrt(2)], abs=1e-6)


def test_the_printed_ratio_is_one_at_a_saddle_and_the_check_is_silent_with_the_reason():
    values = {"landscape": "saddle", "x0": 1e-9, "y0": 0.0, "lr": 0.1, "steps": 1}
    result = run(**values)
    assert not any("printed" in check.claim for check in checked(result, **values))
    values["printed"] = True
    assert result.eigenvalues[-1].tolist() == pytest.approx([-2, 2])
    assert result.kappa[-1].item() == pytest.approx(1.0)
    check = the(checked(result, **values), "as printed")
    assert not check.applies
    assert "not positive definite" in check.why


def test_a_diverging_run_is_named_and_stays_finite():
    result = run(lr=0.1)
    assert result.where == "diverged"
    assert result.diverged_at == result.last + 1
    for part in (result.x, result.f, result.grad, result.eigenvalues):
        assert part.isfinite().all()
    assert f"Diverged at step {result.diverged_at}" in WILD.says(result, **WILD.defaults())


@pytest.mark.parametrize(
    ("formula", "x0", "y0", "lr", "where", "word"),
    [
        ("-x^2 - y^2", 0.0, 0.0, 0.1, "maximum", "on a maximum"),
        ("x^2 - y^2", 1.0, 0.0, 0.1, "saddle", "saddle point"),
        ("x^2", 1.0, 1.0, 0.1, "floor", "floor of a valley"),
        ("-x^2", 0.0, 1.0, 0.1, "crest", "on a crest"),
        ("-exp(-x^2 - y^2)", 2.9, 2.9, 0.1, "moving", "still moving"),
        ("-exp(-x^2 - y^2)", 10.0, 10.0, 0.1, "plateau", "on a plateau"),
        ("max(x, 0)", -1.0, 0.0, 0.1, "plateau", "on a plateau"),
        ("1e-9*(x^2 + y^2)", 1.0, 1.0, 0.1, "moving", "still moving"),
        ("1e6*(x^2 + y^2)", 1.0, 1.0, 5e-7, "minimum", "Arrived"),
        ("sqrt(x^2 + y^2)", 1.0, 0.0, 0.25, "tip", "tip or"),
        ("abs(x) + y^2", 1.0, 1.0, 0.25, "tip", "tip or"),
        ("log(x)", 1.0, 0.5, 0.1, "outside", "leaves the domain"),
        ("sqrt(x) + y^2", 1.0, 0.5, 0.3, "outside", "leaves the domain"),
        ("x^3", -2.0, 0.0, 0.1, "diverged", "Diverged"),
    ],
)
def test_the_end_of_a_run_is_named_by_its_own_scale_and_the_signs_of_the_curvature(
    formula, x0, y0, lr, where, word
):
    own = WILD.defaults() | {"landscape": "own", "formula": formula, "x0": x0, "y0": y0, "lr": lr}
    result = WILD.compute(**WILD.inputs(own | {"lr": max(lr, 1e-5)}))
    if lr < 1e-5:  # finer than the slider
        land = terrain.surface("own", formula)
        x = trajectories(land, ("gd",), torch.tensor([x0, y0]).double(), lr, 500).x[0, -1:]
        bend = torch.linalg.eigvalsh(land.hessian(x))
        assert terrain.still(land, land.grad(x)).all()
        assert terrain.kinds(land, x, bend) == [where]
        return
    assert result.where == where
    assert word in WILD.says(result, **own)


@pytest.mark.parametrize("formula", ["log(x)", "ln(x) + y^2", "log(abs(x))", "log(abs(x - 3))"])
@pytest.mark.parametrize("view", ["map", "3-D"])
def test_an_infinite_value_does_not_reach_the_picture(formula, view):
    own = WILD.defaults() | {"landscape": "own", "formula": formula, "x0": 1.0, "y0": 0.5}
    contract.answers(WILD, own | {"view": view, "lr": 0.1})
    assert math.isfinite(lowest(formula))
    assert terrain.field(terrain.surface("own", formula)).z.isfinite().all()


def test_where_the_gradient_is_zero_no_arrow_points_anywhere():
    values = WILD.defaults() | WILD.presets["Start on the ridge"]
    picture = WILD.figure(run(**values), **values)
    (arrows,) = (t for t in picture.panels[0].traces if t["meta"].get("arrows"))
    tips = arrows["x"].reshape(-1, 3)[:, 1]
    assert math.isfinite(tips[0]) and math.isnan(tips[-1])
    assert picture.panels[0].title == "Gradient descent on a saddle"


def test_the_descent_inequality_would_notice_a_path_that_climbs():
    result, land = run(steps=50), terrain.surface("rosenbrock", "")
    slack = claims._slack(result, land, 1e-3)
    assert len(slack) > 10
    assert slack.max() < 0
    uphill = claims._slack(result._replace(f=result.f.flip(0)), land, 1e-3)
    assert uphill.max() > 0


def test_the_slack_of_the_descent_inequality_by_hand():
    # f = x², lr = 0.1: x₁ = 0.8 x₀, so f₁ − f₀ + lr/2 (2x₀)² = (0.64 − 1 + 0.2) x₀² = −0.16 x₀²
    result = run(landscape="own", formula="x^2", x0=0.3, y0=0.0, lr=0.1, steps=1)
    slack = claims._slack(result, terrain.surface("own", "x^2"), 0.1)
    assert slack.tolist() == pytest.approx([-0.16 * 0.09])


def test_amplification_comes_close_to_kappa_but_never_above():
    checks = checked(run())
    worst = the(checks, "‖δx‖/‖x‖")
    assert 0.9 * worst.rhs < worst.lhs <= worst.rhs


def test_own_formula_with_the_banana_typed_in_is_the_banana():
    typed = run(landscape="own", formula="(1-x)^2 + 100*(y-x^2)^2", steps=80)
    ours = run(steps=80)
    torch.testing.assert_close(typed.x, ours.x, rtol=1e-10, atol=1e-12)
    torch.testing.assert_close(typed.eigenvalues, ours.eigenvalues, rtol=1e-8, atol=1e-8)
    # its minimum is not known, yet the lowest value is found from the grid
    assert lowest("(1-x)^2 + 100*(y-x^2)^2") == pytest.approx(0.0, abs=1e-12)


def test_the_lowest_value_is_no_higher_than_a_fine_search_finds():
    formula = "x^2 + y^2 + sin(5*x) + x*y"
    low = lowest(formula)
    t = torch.linspace(-3, 3, 801, dtype=torch.float64)
    fine = terrain.surface("own", formula).f(torch.cartesian_prod(t, t)).min().item()
    assert fine - 1e-3 < low <= fine


def test_the_lowest_value_is_looked_for_on_the_map_alone():
    assert lowest("x^3 + y") == pytest.approx(-30.0)  # the corner (−3, −3)


def test_a_kink_or_a_narrow_wave_makes_the_claims_silent_and_never_wrong():
    for formula in ("abs(x) + abs(y)", "sin(900*x) + y^2", "max(x, y)", "sqrt(x)*y + 0*x"):
        for x0 in (0.3, 1e-7):
            values = {"landscape": "own", "formula": formula, "x0": x0, "y0": 0.3, "lr": 0.07}
            values["steps"] = 50
            for check in checked(run(**values), **values):
                assert check.holds or (not check.applies and check.why), (formula, check)
                assert not math.isnan(check.lhs), (formula, check)


def test_a_start_without_a_value_is_refused_in_words():
    own = {"landscape": "own", "formula": "log(x) + y^2"}
    with pytest.raises(ValueError, match=r"f\(x0, y0\) is not a finite number at x0=-1, y0=0"):
        run(**own, x0=-1.0, y0=0.0)
    with pytest.raises(ValueError, match=r"∇f\(x0, y0\) is not a finite number at x0=0"):
        run(landscape="own", formula="sqrt(x) + y", x0=0.0, y0=0.0)
    with pytest.raises(ValueError, match="expected formula"):
        run(landscape="own", formula="import os")
    with pytest.raises(ValueError, match="expected landscape to be one of"):
        run(landscape="alps")


def test_ticks_mark_the_border_of_stability_at_the_start():
    one, two = wild.marks("sine_valley", "", 0.0, 0.0).values()
    assert (one, two) == (pytest.approx(1 / 8), pytest.approx(1 / 4))  # ∇²f(0) = (2 + 2·3) I
    assert wild.marks("own", "x +", 0.0, 0.0) == {}
    assert wild.marks("own", "-x^2-y^2", 0.0, 0.0) == {}


def test_the_frame_of_a_picture_does_not_move_with_small_changes():
    assert decades(3e-5, 40.0) == decades(2e-5, 55.0) == (1e-6, 1e2)
    assert (
        quantiles(torch.arange(100.0).numpy())[1:] > quantiles(torch.arange(100.0).numpy())[:-1]
    ).all()


def test_a_long_run_stays_within_the_weight_of_a_live_picture():
    for view in ("map", "3-D"):
        values = WILD.defaults() | {"steps": 3000, "view": view, "method": "momentum"}
        picture = WILD.figure(run(**values), **values)
        arrays = [t[c] for p in picture.panels for t in p.traces for c in "xyz" if c in t]
        assert sum(a.nbytes for a in arrays) < 100_000
        assert picture.frames == 3001
