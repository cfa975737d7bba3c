"""The race against torch.optim, brute force, closed forms and the invariance of rotation."""

import math

import pytest
import torch

from core.experiments.landscapes import race
from core.experiments.landscapes import race_claims as claims
from core.landscapes import quadratic
from core.optimizers import NAMES, arrival, trajectories
from pages.experiments.landscapes.race import EXPERIMENT as RACE


def run(**values):
    *_, result = race.race(**RACE.defaults() | values)
    return result


def checked(result, **values):
    return RACE.checks(result, **RACE.defaults() | {"nine": False} | values)


@pytest.fixture(scope="module")
def axes():
    return run(nine=False)


@pytest.fixture(scope="module")
def diagonal():
    return run(nine=False, angle=45.0, x0=0.0, y0=math.sqrt(2))


def score_of(result, method):
    return result.score[result.methods.index(method)]


def test_the_grid_holds_the_usual_learning_rates():
    for lr in (1e-3, 1e-2):
        assert (race.LRS / lr - 1).abs().min() < 1e-12
    assert len(race.LRS) == 64


def test_the_checks_fail_on_learning_rates_that_did_not_make_the_run(axes):
    honest = checked(axes)
    assert all(check.holds or not check.applies for check in honest)
    assert sum(check.applies for check in honest[:5]) >= 4
    forged = checked(axes._replace(score=axes.score.roll(6, 1)))  # half a decade up
    failed = {c.id for c in forged[:5] if c.applies and not c.holds}
    assert {"OPT-08", "OPT-16", "OPT-17"} <= failed


def test_arrival_is_the_step_from_which_on_the_gap_stays_small():
    gap = torch.tensor([[1, 0.05, 0.2, 0.05, 0.01], [1, 0.5, 0.05, 0.05, 0.2], [1, 0, 0, 0, 0]])
    assert arrival(gap, 0.1).tolist() == [3, -1, 1]


def test_the_score_of_gd_is_the_count_of_its_closed_form(axes):
    # zₖ = (1 − lr λ)ᵏ, f − f* = ½ Σ λ zₖ² with λ = 1, 100 and z₀ = (1, 1)
    lam = torch.tensor([1.0, 100.0], dtype=torch.float64)
    k = torch.arange(501, dtype=torch.float64)[:, None]
    for i in (20, 35, 38):
        f = 0.5 * (lam * (1 - race.LRS[i] * lam) ** (2 * k)).sum(1)
        above = (f > 1e-4 * f[0]).nonzero()
        expected = int(above[-1]) + 1
        if expected <= 500:
            assert score_of(axes, "gd")[i].item() == expected
        else:
            gap = (f[-1] / f[0]).item()
            assert score_of(axes, "gd")[i].item() == pytest.approx(
                500 * (1 + math.log10(gap / 1e-4)), rel=1e-6
            )


def test_adam_tuned_arrives_when_torch_adam_does(diagonal):
    i = diagonal.methods.index("adam")
    a, b = (1 + 100) / 2, (1 - 100) / 2  # H = R diag(1, 100) Rᵀ at 45°
    x = torch.tensor([0.0, math.sqrt(2)], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([x], lr=diagonal.lr[i].item())
    heights = []
    for _ in range(501):
        optimizer.zero_grad()
        f = 0.5 * a * (x[0] ** 2 + x[1] ** 2) + b * x[0] * x[1]
        heights.append(f.item())
        f.backward()
        optimizer.step()
    last = max(k for k, f in enumerate(heights) if f > 1e-4 * heights[0])
    assert last + 1 == arrival(diagonal.gap[i], 1e-4).item()


def test_methods_without_scaling_do_not_feel_the_turn_and_rmsprop_does(axes, diagonal):
    for method in ("gd", "momentum", "nesterov"):
        one, two = score_of(axes, method), score_of(diagonal, method)
        assert (one.min() - two.min()).abs() <= 1, method
    assert score_of(diagonal, "rmsprop").min() > 10 * score_of(axes, "rmsprop").min()


def test_rmsprop_wins_from_equal_distances_only(axes):
    """From (1, 0.3) the nearer coordinate is home early, and Nesterov is first."""
    apart = run(y0=0.3)
    counts = dict(zip(apart.methods, apart.lowest))
    assert claims.answers["apart"](apart)[0] == "nesterov"
    assert (counts["nesterov"], counts["rmsprop"]) == (66, 213)
    assert claims.answers["axes"](run())[0] == "rmsprop"
    # both coordinates keep to one pace: after 4 steps the nearer one is home, the other is not
    i, x = apart.methods.index("rmsprop"), axes.x[axes.methods.index("rmsprop")]
    torch.testing.assert_close(x[:4, 0], x[:4, 1], rtol=1e-5, atol=1e-5)
    moves = apart.x[i].diff(dim=0)[:4]
    assert (moves[0, 0] - moves[0, 1]).abs() < 1e-6
    assert apart.x[i, 60, 1].abs() < 0.05 < apart.x[i, 60, 0]


def test_the_tuned_rate_is_the_lowest_of_the_grid_and_the_smaller_of_equals(axes):
    for row, lr in zip(axes.score, axes.lr):
        best = int((lr == race.LRS).nonzero())
        assert row[best] == row.min()
        assert (row[:best] > row[best]).all()


def test_gd_tunes_itself_next_to_the_best_step_of_theory(axes):
    # 2/(L + μ) = 2/101; the grid has 12 rates per decade
    lr = axes.lr[axes.methods.index("gd")].item()
    assert 10 ** (-1 / 12) <= lr * 101 / 2 <= 10 ** (1 / 12)


def test_a_diverging_rate_scores_far_above_the_budget(axes):
    row = score_of(axes, "gd")
    assert (row[race.LRS > 0.021] > 500 * 10).all()  # beyond 2/L = 0.02
    assert row.isfinite().all()


def test_nine_starts_count_the_slowest():
    result = run(steps=200)
    i = result.methods.index("gd")
    width = 0.05 * 4
    counts = []
    for dx in (-width, 0, width):
        for dy in (-width, 0, width):
            start = torch.tensor([1 + dx, 1 + dy], dtype=torch.float64)
            f = trajectories(quadratic(100.0), ("gd",), start, result.lr[i].item(), 200).f[0]
            counts.append(int((f > 1e-4 * f[0]).nonzero()[-1]) + 1)
    assert result.score[i].min().item() == max(counts)


def test_claims_hold_on_every_landscape_or_say_why_not():
    for landscape, x0 in (("rosenbrock", -1.2), ("himmelblau", 1.0), ("saddle", 1.0),
                          ("logistic", -1.0), ("sine_valley", 3.0), ("own", -1.0)):  # fmt: skip
        values = RACE.defaults() | {"landscape": landscape, "x0": x0, "steps": 150, "nine": False}
        result = run(**values)
        for check in checked(result, **values):
            assert check.holds or not check.applies, (landscape, check)
            assert check.applies or check.why
        assert NAMES[result.methods[result.order[0]]] in RACE.says(result, **values)


def test_a_spoiled_score_is_noticed_by_running_the_winner_once_more(axes):
    spoiled = axes._replace(score=axes.score.clone())
    spoiled.score[0, 24] = 1.0  # gd at its usual 1e-3 made better than the tuned one
    assert claims.answers["axes"](spoiled)[0] == "gd"
    assert not all(c.holds for c in checked(spoiled)[-2:] if c.applies)


def test_snapshots_add_one_method_each_and_can_all_be_drawn():
    values = RACE.defaults() | {"steps": 60}
    snapshots = list(race.race(**values))
    assert [len(s.methods) for s in snapshots] == [1, 2, 3, 4, 5]
    assert [s.progress for s in snapshots] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    for snapshot in snapshots:
        picture = RACE.figure(snapshot, **values)
        assert picture.frames <= 61
        assert RACE.says(snapshot, **values)


def test_refuses_a_race_that_has_no_way_down():
    with pytest.raises(ValueError, match="start above the minimum, got x0=0, y0=0"):
        run(x0=0.0, y0=0.0)
    with pytest.raises(ValueError, match=r"expected kappa in \[1, 10000\], got 0.5"):
        run(kappa=0.5)
    with pytest.raises(ValueError, match=r"is not a finite number at x0=-1"):
        run(landscape="own", formula="log(x)", x0=-1.0)
