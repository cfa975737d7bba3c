import math

import pytest
import torch

from core.experiments.landscapes import sweep
from core.experiments.landscapes import sweep_claims as claims
from core.optimizers import contraction_rate
from pages.figures.landscapes.sweep import figure

DEFAULTS = {"tolerance": 1e-6, "step": "best", "decades": 4}


def finished(**values):
    *_, last = sweep.sweep(**DEFAULTS | values)
    return last


def checked(run, step="best", tolerance=1e-6):
    return claims.checks(run, step=step, tolerance=tolerance)


@pytest.fixture(scope="module")
def decades():
    return finished()


def test_the_counts_of_the_sheet_come_out_exactly(decades):
    assert decades.counts[:, ::3].tolist() == [
        [35, 346, 3454, 34539],
        [15, 48, 151, 478],
        [24, 88, 287, 919],
    ]


def test_the_slopes_are_those_of_the_sheet_and_of_a_second_fit(decades):
    for slope, target, tol, row in zip(
        decades.slopes, (1.0, 0.5, 0.53), (0.02, 0.02, 0.03), decades.counts
    ):
        assert slope == pytest.approx(target, abs=tol)
        x = torch.stack([decades.kappa.log(), torch.ones(10, dtype=torch.float64)], dim=1)
        fit = torch.linalg.lstsq(x, row.double().log()[:, None]).solution
        assert slope == pytest.approx(float(fit[0]), rel=1e-9)


def by_hand(method, kappa, lr, beta, tolerance):
    """The count of one run, two coordinates in plain Python."""
    lam, now = (1.0, kappa), [kappa, 1.0]
    before, k = list(now), 0
    target = tolerance * (kappa**2 + kappa) / 2
    while sum(c * x * x for c, x in zip(lam, now)) / 2 > target:
        k += 1
        after = []
        for c, x, old in zip(lam, now, before):
            ahead = x + beta * (x - old)
            after.append(ahead - lr * c * (ahead if method == "nesterov" else x))
        before, now = now, after
    return k


@pytest.mark.parametrize("step", sweep.STEPS)
def test_a_plain_loop_counts_the_same(step):
    result = finished(step=step, decades=2, tolerance=1e-4)
    lrs, betas = sweep.hyperparameters(result.kappa, step)
    for row, method in enumerate(sweep.METHODS):
        for column, kappa in enumerate(result.kappa.tolist()):
            lr, beta = float(lrs[row, column]), float(betas[row, column])
            expected = by_hand(method, kappa, lr, beta, 1e-4)
            assert result.counts[row, column] == expected, (method, kappa)


def test_the_beta_of_the_heavy_ball_at_one_over_L_is_the_best_one():
    lrs, betas = sweep.hyperparameters(torch.tensor([10.0, 1000.0], dtype=torch.float64), "1/L")
    for kappa, lr, beta in zip((10.0, 1000.0), lrs[1], betas[1]):
        spectrum = torch.tensor([1.0, kappa], dtype=torch.float64)
        grid = torch.linspace(0, 0.999, 4000, dtype=torch.float64)
        best = float(contraction_rate("momentum", lr, grid, spectrum).min())
        mine = float(contraction_rate("momentum", lr, beta, spectrum))
        assert mine <= best + 1e-9
        assert mine == pytest.approx(1 - kappa**-0.5, rel=1e-6)


def test_at_one_over_L_heavy_ball_and_nesterov_count_the_same():
    result = finished(step="1/L", decades=3)
    assert result.counts[0, ::3].tolist() == [66, 687, 6904]
    assert result.counts[1].tolist() == result.counts[2].tolist()
    assert result.counts[1, ::3].tolist() == [24, 88, 287]
    assert "agree" in claims.says(result)


def test_snapshots_grow_until_nothing_is_missing_and_can_be_drawn_at_any_time():
    snapshots = list(sweep.sweep(**DEFAULTS))
    progress = [snapshot.progress for snapshot in snapshots]
    assert progress == sorted(progress)
    assert progress[-1] == 1
    assert bool((snapshots[0].counts == -1).any())
    assert bool((snapshots[-1].counts > 0).all())
    known = [int((snapshot.counts > 0).sum()) for snapshot in snapshots]
    assert known == sorted(known)
    for snapshot in (snapshots[0], snapshots[len(snapshots) // 2]):
        assert not checked(snapshot)[0].applies
        assert "under way" in claims.says(snapshot)
        for panel in figure(snapshot, tolerance=1e-6, step="best", decades=4).panels:
            assert "nan" not in panel.alt.lower()
            for trace in panel.traces:
                assert bool((torch.tensor(trace["y"]) > -1).all())


@pytest.mark.parametrize("tolerance", [1e-2, 3e-4, 1e-4, 1e-6, 1e-10])
@pytest.mark.parametrize("step", sweep.STEPS)
@pytest.mark.parametrize("decades", [2, 3])
def test_every_check_holds_wherever_it_applies(tolerance, step, decades):
    run = finished(tolerance=tolerance, step=step, decades=decades)
    found = checked(run, step, tolerance)
    assert [check for check in found if check.applies and not check.holds] == []
    assert found[0].applies == (decades == 3 and tolerance <= 1e-4)
    assert all(check.why for check in found if not check.applies)


def test_a_wrong_power_or_count_would_be_noticed(decades):
    swapped = checked(decades._replace(counts=decades.counts[[1, 0, 2]]))
    assert [check.holds for check in swapped[:2]] == [False, False]
    slower = checked(decades._replace(counts=2 * decades.counts))
    assert [check.holds for check in slower[3:]] == [False, False]


@pytest.mark.parametrize("step", sweep.STEPS)
def test_the_formula_foresees_the_counts_from_the_rate_alone(step):
    result = finished(step=step, decades=3)
    for method in ("gd", "momentum", "nesterov"):
        count = result.count(method, 1000.0)
        expected = sweep.foreseen(method, 1000.0, step, 1e-6)
        # at a double eigenvalue a power of k comes on top of the rate
        assert expected * 0.99 < count < expected * (1.01 if method == "gd" else 1.5)


def test_a_count_that_is_missing_passes_no_bound(decades):
    missing = decades._replace(counts=decades.counts.where(decades.kappa < 5000, -1))
    assert not any(check.applies for check in checked(missing)[3:])
    first = next(iter(sweep.sweep(**DEFAULTS)))
    assert not any(check.applies for check in checked(first))
    assert all(math.isinf(check.lhs) for check in checked(first))


def test_no_snapshot_is_begun_with_a_bad_value():
    with pytest.raises(ValueError, match="tolerance"):
        sweep.sweep(tolerance=math.nan)
