import math
import random
from itertools import pairwise

import numpy as np
import pytest
import torch

from core import sheets
from core.experiments.probability import moments_claims as claims
from core.experiments.probability.moments import MOST, SHAPES, VIEWS, moments, placed
from core.probability import UNCORRELATED, cloud, equicorrelation, parabola_table
from core.rng import generator
from core.signature import call
from pages.experiments.probability.moments import EXPERIMENT
from pages.figures.probability.moments import figure

PLACED = ("gauss", "grid", "ring", "cross", "signs")


def given(**values):
    return EXPERIMENT.defaults() | values


def told(**values):
    return call(claims.says, moments(**values), values=given(**values))


def panels(**values):
    picture = call(figure, moments(**values), values=given(**values))
    return {panel.name: panel for panel in picture.panels}


def checks(run, **values):
    return call(claims.checks, run, values=given(**values))


def anywhere(seed):
    rng = random.Random(seed)
    names = ("a11", "a12", "a21", "a22", "b1", "b2", "w1", "w2", "dx", "dy")
    return {name: rng.uniform(-2, 2) for name in names} | {
        "shape": rng.choice(SHAPES), "rho": rng.uniform(-1, 1), "s1": rng.uniform(0.1, 3),
        "s2": rng.uniform(0.1, 3), "seed": rng.randint(0, 999),
    }  # fmt: skip


def own(rows):
    return sheets.add("\n".join(["a;b", *(f"{x};{y}" for x, y in rows)]).encode())


@pytest.mark.parametrize("seed", range(25))
def test_numpy_finds_the_same_moments(seed):
    values = anywhere(seed)
    run = moments(**values)
    x = run.points.numpy()
    np.testing.assert_allclose(run.sigma, np.cov(x.T, bias=True), atol=1e-12)
    A = np.array([[values["a11"], values["a12"]], [values["a21"], values["a22"]]])
    b, w = np.array([values["b1"], values["b2"]]), np.array([values["w1"], values["w2"]])
    np.testing.assert_allclose(run.image, x @ A.T + b, atol=1e-12)
    np.testing.assert_allclose(run.spread, np.cov((x @ A.T).T, bias=True), atol=1e-11)
    assert run.variance == pytest.approx((x @ w).var(), abs=1e-12)
    assert run.correlation == pytest.approx(np.corrcoef(x.T)[0, 1], abs=1e-12)
    np.testing.assert_allclose(run.areas, (x - x.mean(0)).prod(1), atol=1e-12)
    assert all(c.holds for c in checks(run, **values) if c.applies)


@pytest.mark.parametrize("shape", PLACED)
def test_clouds_have_their_moments_exactly(shape):
    run = moments(shape=shape, rho=-0.3, s1=2.0, s2=0.5)
    rho = -0.3 if shape == "gauss" else 0.0
    assert run.mean.tolist() == pytest.approx([0, 0], abs=1e-12)
    wanted = [4, rho, rho, 0.25]
    assert run.sigma.flatten().tolist() == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize("shape", ["ring", "cross", "signs"])
def test_placed_clouds_have_the_law_of_drawn_ones(shape):
    assert shape in UNCORRELATED
    drawn, mine = cloud(shape, 50_000, generator(0)), placed(shape, 0, 1, 1, 0, "")
    for angle in (0.0, 0.4, 0.8, 1.2):
        v = torch.tensor([math.cos(angle), math.sin(angle)], dtype=torch.float64)
        one, two = ((x @ v).abs().quantile(0.5) for x in (drawn, mine))
        assert float(one) == pytest.approx(float(two), abs=0.12)
    assert drawn.square().sum(1).mean() == pytest.approx(2, abs=0.05)


def test_three_points_by_hand():
    run = moments(shape="three")
    assert run.sigma.flatten().tolist() == pytest.approx([2 / 3, 0, 0, 2 / 9])
    assert sorted(run.areas.tolist()) == pytest.approx([-1 / 3, 0, 1 / 3])
    assert run.cells[:, [0, 2]].equal(parabola_table()) and run.cells[:, 1].sum() == 0
    assert float(run.excess[1, 0]) == pytest.approx(1 / 3 - 1 / 9)
    key, facts = claims.answers["bound"](run)
    assert key == "bound" and facts == pytest.approx({"cell": 1 / 3, "product": 1 / 9})
    assert "they cancel" in told(shape="three") and "0.22 off" in told(shape="three")


def test_only_the_grid_is_independent():
    for shape in SHAPES[1:-1]:
        run = moments(shape=shape)
        assert run.covariance == pytest.approx(0, abs=1e-12)
        free = float(run.excess.abs().max()) < 1e-12
        assert free == (shape == "grid")
    assert "nothing of Y is told by X" in told(shape="grid")


def test_what_independence_leaves_is_covariance():
    """Hoeffding's double integral as a sum over all cells between the points."""
    points = moments(shape="drawn", dx=1.0).points[:12]
    x, y = (sorted(set(each.tolist())) for each in points.T)
    total = 0.0
    for p, q in pairwise(x):
        for r, s in pairwise(y):
            left = points[:, 0] <= p
            low = points[:, 1] <= r
            gap = (left & low).double().mean() - left.double().mean() * low.double().mean()
            total += float(gap) * (q - p) * (s - r)
    assert total == pytest.approx(float(np.cov(points.T.numpy(), bias=True)[0, 1]))
    assert claims.hoeffding(points) == pytest.approx(total)


@pytest.mark.parametrize("seed", range(8))
def test_a_moved_point_counts_its_rectangle(seed):
    """A step of one of n points changes the covariance by (n − 1)/n² of its own rectangle."""
    rng = random.Random(seed)
    dx, dy = rng.uniform(-8, 8), rng.uniform(-8, 8)
    rest, run = moments(shape="grid").points[1:], moments(shape="grid", dx=dx, dy=dy)
    n, off = len(run.points), run.points[0] - rest.mean(0)
    alone = float((rest - rest.mean(0)).prod(1).sum())
    assert n * run.covariance == pytest.approx(alone + float(off.prod()) * (n - 1) / n)
    handle = panels(shape="grid", dx=dx, dy=dy)["plane"].handles[0]
    assert [handle.x, handle.y] == pytest.approx(run.points[0].tolist())
    assert [handle.x + handle.offset[0], handle.y + handle.offset[1]] == pytest.approx([dx, dy])


def test_the_answers_and_the_least_variance():
    assert claims.answers["double"](moments(a11=2.0, a22=2.0)) == pytest.approx(4)
    assert moments().variance == pytest.approx((1 + 0.6) / 2)
    for seed in range(6):
        run = moments(**anywhere(seed))
        w, least = claims.least(run)
        tried = [
            float(moments(**anywhere(seed) | {"w1": t, "w2": 1 - t}).variance)
            for t in (w - 0.01, w, w + 0.01) if max(abs(t), abs(1 - t)) <= 2
        ]  # fmt: skip
        assert all(v >= least - 1e-12 for v in tried)
        assert len(tried) < 3 or tried[1] == pytest.approx(least)
    assert claims.least(moments(rho=1.0)) is None


def test_the_picture_shows_what_the_record_says():
    shown = panels()["plane"]
    drawn = [t for t in shown.traces if "counted" in t["name"]]
    total = 0.0
    for t in drawn:
        x, y = (t[k].reshape(-1, 6) for k in "xy")
        signed = (x[:, 1] - x[:, 0]) * (y[:, 2] - y[:, 1])
        assert (signed > 0).all() if t["name"] == "counted up" else (signed < 0).all()
        total += signed.sum()
    areas = moments().areas.numpy()
    largest = np.argsort(-np.abs(areas))[:12]
    assert total == pytest.approx(areas[sorted({0, *largest})].sum(), rel=1e-4)
    curve = next(t for t in panels(view="weights")["directions"].traces if "σ" in t["name"][:1])
    at = np.stack([curve["x"], curve["y"]], 1)
    r = np.linalg.norm(at, axis=1)
    v = at / r[:, None]
    x = moments().points.numpy()
    assert r == pytest.approx((x @ v.T).std(0), rel=1e-5) and r.min() > 0
    assert panels(view="map")["map"].handles[0].params == ("a11", "a21")
    assert "flat" in told(view="map", a11=1.0, a12=2.0, a21=0.5, a22=1.0)
    assert list(panels(shape="drawn")) == ["plane", "pad", "cells"]
    assert list(panels(shape="drawn", view="map")) == ["map", "pad", "spread"]


def test_one_wrong_entry_outweighs_all_others_and_leaves_the_cells():
    run = moments(shape="grid", dx=7.5, dy=7.5)
    assert 0.5 < run.correlation < 0.6 and run.excess.abs().max() < 1e-12
    assert run.areas[0] > run.areas[1:].abs().sum()


def test_the_mean_of_many_stops_at_their_covariance():
    for rho in (0.6, 0.0, -0.1):
        dots = next(
            t for t in panels(view="weights", rho=rho)["many"].traces if "of the" in t["name"]
        )
        for n in (2, 5, 11):
            a = torch.full((n,), 1 / n, dtype=torch.float64)
            wanted = float(a @ equicorrelation(n, rho) @ a)
            assert dots["y"][n - 1] == pytest.approx(wanted, abs=1e-6)
        assert len(dots["x"]) == (11 if rho < 0 else 40)
    assert dots["y"][1] == pytest.approx(moments(rho=-0.1).variance, rel=1e-5)


def test_own_points_and_refusals():
    run = moments(shape=own((i, i % 7) for i in range(900)))
    assert len(run.points) <= MOST and all(c.holds for c in checks(run) if c.applies)
    flat = moments(shape=own((i, 3) for i in range(20)))
    assert flat.correlation == 0 and all(c.holds for c in checks(flat) if c.applies)
    alike = own((5, 3) for i in range(20))
    assert moments(shape=alike).sigma.abs().max() == 0
    for view in VIEWS:
        for panel in panels(shape=alike, view=view).values():
            ends = [panel.layout[each]["range"] for each in ("xaxis", "yaxis")]
            assert all(low != high for low, high in ends), (view, panel.name)
    assert told(shape=alike).startswith("No rectangle has an area, and the covariance is 0.")
    for name, value in (("rho", 1.1), ("s1", 0.0), ("a12", 3.0), ("dx", math.nan)):
        with pytest.raises(ValueError, match=rf"expected {name}\b"):
            moments(**{name: value})


def test_a_point_exactly_on_the_cut_is_in_the_middle():
    """A fifth of ones: 0 lies half a standard deviation below the mean, whatever rounding says."""
    for size in (10, 20, 25, 55, 60):
        run = moments(shape=own((int(i % 5 == 0), i % 2) for i in range(size)))
        assert run.cells.sum(1).tolist() == pytest.approx([0, 0.8, 0.2])
    rng = random.Random(0)
    for _ in range(150):  # small whole numbers hit the cut now and then
        size = rng.randint(10, 60)
        rows = [(rng.randint(-3, 3), rng.randint(-3, 3)) for _ in range(size)]
        assert all(c.holds for c in checks(moments(shape=own(rows))) if c.applies)


def test_points_on_the_axes_have_no_rectangles():
    assert told(shape="cross").startswith("No rectangle has an area, and the covariance is 0.")
    assert told(shape="ring").startswith("30 rectangles count up, 30 count down: they cancel")


@pytest.mark.parametrize("field", ["points", "mean", "sigma", "areas", "cells", "image", "spread"])
def test_a_flipped_sign_is_noticed(field):
    values = {"dx": 0.5, "b1": 1.0}
    run = moments(**values)
    forged = run._replace(**{field: -getattr(run, field)})
    if field == "points":
        forged = run._replace(points=run.points * torch.tensor([1.0, -1.0]))
    if field == "sigma":
        forged = run._replace(sigma=run.sigma * (2 * torch.eye(2) - 1))
    assert any(c.applies and not c.holds for c in checks(forged, **values))
