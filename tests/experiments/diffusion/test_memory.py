"""The perfect net of a few points, against the engine's prediction and the law of distances."""

import math

import numpy as np
import pytest
import torch

from core import plane, sheets
from core.diffusion import Mixture, ddim, empirical, exact_eps
from core.experiments.diffusion import memory as page
from core.experiments.diffusion import memory_claims as claims
from core.experiments.diffusion.memory import COPY, LEVELS, PLAN, SHORT, STEPS, TIMES, WIDTHS
from core.experiments.diffusion.memory import memory as run
from pages.figures.diffusion.memory import figure


def the(result, words, data="moons"):
    (found,) = (c for c in claims.checks(result, data=data) if words in c.claim)
    return found


def even(n):
    return torch.full((n,), 1 / n, dtype=torch.float64)


def own(rows):
    return sheets.add("\n".join(["a;b", *(f"{x};{y}" for x, y in rows)]).encode())


def test_the_short_schedule_takes_some_of_the_thousand_steps():
    assert TIMES[0] == 0 and TIMES[-1] == 1000 and all(np.diff(TIMES) > 0)
    torch.testing.assert_close(SHORT.alpha_bar, PLAN.alpha_bar[TIMES], rtol=1e-12, atol=0)
    assert SHORT.T == STEPS == len(LEVELS) - 1


@pytest.mark.parametrize("h", [0.0, 0.2])
def test_the_net_is_the_best_prediction_for_its_points_and_the_way_is_ddim(h):
    result = run(h=h, n=9, seed=3)
    data = Mixture(even(9), result.points, h)
    net = page.predictor(result.points, h)
    for t in (1, 7, STEPS):
        x = result.path[STEPS - t]
        known = exact_eps(data, x, t, SHORT.alpha_bar)
        torch.testing.assert_close(net(x, t), known, rtol=1e-7, atol=1e-9)
    states = ddim(lambda x, t: exact_eps(data, x, t, SHORT.alpha_bar), result.path[0], SHORT, STEPS)
    torch.testing.assert_close(
        torch.stack([s.x for s in states]), result.path, rtol=1e-6, atol=1e-7
    )


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("data", page.SOURCES)
@pytest.mark.parametrize("n", [3, 12, 60])
def test_without_smoothing_every_sample_is_a_copy(data, n, seed):
    result = run(data=data, n=n, seed=seed)
    assert len(result.points) == n and result.copies == 1
    assert sum(result.given(i) for i in range(n)) == page.SAMPLES
    assert claims.says(result, place="data").startswith("100 % of 150 samples are copies")


def test_a_sample_that_is_still_between_two_points_at_the_last_step_is_no_copy():
    """In 24 steps that happens to one of some thousand samples: nothing is wrong with the net."""
    for data, n, seed in (("ring", 30, 7), ("moons", 12, 10), ("blobs", 60, 4)):
        result = run(data=data, n=n, seed=seed)
        check = the(result, "without smoothing", data)
        assert result.copies < 1 and check.applies and check.holds
        assert check.lhs == check.rhs == result.copies
        far = result._replace(path=torch.cat([result.path[:-1], result.path[-1:] + 0.05]))
        assert not the(far, "without smoothing", data).holds


def test_the_best_net_of_the_points_is_that_of_points_without_width():
    result = run(n=5)
    x = torch.tensor([[0.3, -0.2]], dtype=torch.float64)
    known = exact_eps(empirical(result.points), x, 4, SHORT.alpha_bar)
    torch.testing.assert_close(page.predictor(result.points, 0.0)(x, 4), known)


@pytest.mark.parametrize("h", [0.1, 0.2])
def test_points_far_apart_keep_a_cloud_of_the_width_of_the_smoothing(h):
    """In it the share within r of the middle is 1 − exp(−r²/2h²), up to the length of the steps."""
    runs = [run(h=h, n=3, data="ring", seed=s) for s in range(40)]
    near = torch.cat([r.near for r in runs if torch.pdist(r.points).min() > 8 * h])
    assert len(near) > 1000
    for r in (0.5 * h, h, 2 * h):
        expected = 1 - math.exp(-(r**2) / (2 * h**2))
        assert float((near <= r).double().mean()) == pytest.approx(expected, abs=0.06)


def test_the_answers_of_the_questions():
    assert claims.answers["perfect"](run())[0] == 100
    assert claims.answers["more"](run(n=60, data="ring"))[0] == 100
    assert 5 < claims.answers["smooth"](run(h=0.1))[0] < 25


def test_new_points_are_of_the_same_law_and_never_learned():
    for data in page.SOURCES:
        result, more = run(data=data, n=12), run(data=data, n=60)
        assert torch.equal(result.points, more.points[:12])
        assert torch.equal(result.fresh, more.fresh) and len(more.fresh) == page.SAMPLES
        assert page.nearest(more.fresh, more.points).min() > 0
    ring = run(data="ring")
    assert ring.fresh.norm(dim=1).mean() == pytest.approx(2, abs=0.03)
    assert the(ring, "circle of radius 2", "ring").holds
    assert not the(ring._replace(fresh=1.1 * ring.fresh), "circle of radius 2", "ring").holds


def test_likelihoods_are_those_of_the_mixture():
    result = run(n=7)
    known = [
        Mixture(even(7), result.points, float(h)).log_density(at).mean()
        for at in (result.points, result.fresh)
        for h in WIDTHS
    ]
    found = torch.cat(page.likelihoods(result.points, result.fresh))
    torch.testing.assert_close(found, torch.stack(known), rtol=1e-6, atol=1e-6)
    assert WIDTHS[0] < result.best < WIDTHS[-1]


def test_smoothing_adds_its_variance():
    result = run(h=0.5, n=6, seed=9)
    var = result.points.var(0, correction=0) + 0.25
    ratio = result.samples.var(0) / var
    assert ratio.min() > 0.6 and ratio.max() < 1.5


def test_a_point_that_is_moved_gets_its_share():
    result = run(place="mine", x=2.4, y=2.0)
    assert result.points[0].tolist() == [2.4, 2.0]
    assert torch.equal(result.points[1:], run().points[1:])
    assert 1 <= result.given(0) <= 50
    assert f"nearest to {result.given(0)} of them" in claims.says(result, place="mine")
    handle = figure(result, data="moons", drawing="", h=0.0).panels[0].handles[0]
    assert (handle.params, handle.also) == (("x", "y"), {"place": "mine"})


def test_points_are_drawn_on_the_painted_cells():
    result = run(data="drawn", n=60)
    cells = torch.tensor([[float(v) for v in row.split()] for row in page.DRAWING.split(",")])
    cell = 2 * plane.REACH / plane.SIDE
    for x, y in torch.cat([result.points, result.fresh]).tolist():
        row, column = int((plane.REACH - y) / cell), int((x + plane.REACH) / cell)
        assert cells[row, column] == 1
    with pytest.raises(ValueError, match="drawing to have at least 10 cells"):
        run(data="drawn", drawing=plane.BLANK)
    names = [p.name for p in figure(result, data="drawn", drawing=page.DRAWING, h=0.0).panels]
    assert names == ["cloud", "drawing", "copies", "likelihood"]


def test_rows_of_an_own_table_are_learned_and_the_others_are_new():
    table = own((math.cos(i), math.sin(2 * i)) for i in range(40))
    result = run(data=table, n=12)
    rows = torch.cat([result.points, result.fresh])
    assert (len(result.points), len(result.fresh)) == (12, 28)
    assert {tuple(r) for r in rows.tolist()} == {tuple(r) for r in plane.read(table).tolist()}
    assert result.copies == 1


def test_a_table_with_no_row_left_has_no_new_points_and_nine_rows_are_refused():
    short = own((i, i % 3) for i in range(12))
    result = run(data=short, n=60)
    assert (len(result.points), len(result.fresh), result.best) == (12, 0, 0.0)
    assert "never learned" not in claims.says(result, place="data")
    assert all(c.holds for c in claims.checks(result, data=short) if c.applies)
    assert figure(result, data=short, drawing="", h=0.0).panels
    with pytest.raises(ValueError, match="10 to 2000 rows of points, got 9"):
        run(data=own((i, i) for i in range(9)))


def test_the_checks_notice_a_sign_another_width_and_a_moved_point():
    result = run(h=0.05)
    assert all(c.holds for c in claims.checks(result, data="moons") if c.applies)
    for forged in ({"path": -result.path}, {"h": 0.06}, {"points": result.points + 0.01}):
        assert not the(result._replace(**forged), "each step mixes").holds, forged
    new = torch.cat([run().path[:-1], run().path[-1:] + 0.2])
    assert not the(run()._replace(path=new), "without smoothing").holds
    assert not the(run()._replace(path=new), "squared distance").holds
    assert 0 < COPY < 0.1
