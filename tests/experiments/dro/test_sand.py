import math

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment, linprog
from scipy.spatial.distance import jensenshannon
from scipy.stats import entropy, wasserstein_distance

from core.experiments.dro import sand_claims as claims
from core.experiments.dro.sand import POWERS, over_places, over_powers, sand

DEFAULTS = {
    "sand": "piles", "a": "1 2 3 2 1", "b": "1 2 3 2 1", "places": 6, "shift": 3.0, "lift": 0.0,
    "n": 9, "p": 1.0, "infinite": False, "blur": 0.0, "seed": 1,
}  # fmt: skip
RNG = np.random.default_rng(4)


def row(n, top=9):
    return " ".join(f"{each:.3g}" for each in RNG.uniform(0.1, top, n))


PAIRS = [(row(n), row(m)) for n, m in ((3, 3), (5, 5), (4, 7), (12, 2), (1, 6))]


def the(run, words, **values):
    (found,) = (c for c in claims.checks(run, **(DEFAULTS | values)) if words in c.claim)
    return found


def by_linear_programme(run, p):
    """The least Σ π d^p over all tables with the right sums."""
    far = np.abs(run.a.numpy() - run.b.numpy().T) ** p
    n, m = far.shape
    sums = np.concatenate([np.kron(np.eye(n), np.ones(m)), np.kron(np.ones(n), np.eye(m))])
    found = linprog(far.ravel(), A_eq=sums, b_eq=np.concatenate([run.v, run.w]))
    return found.fun ** (1 / p)


@pytest.mark.parametrize("kind", ["piles", "points"])
@pytest.mark.parametrize(("a", "b"), PAIRS)
def test_the_distance_is_the_best_of_all_plans(kind, a, b):
    for p in (1.0, 2.0, 3.5):
        run = sand(sand=kind, a=a, b=b, places=2, shift=1.3, p=p)
        assert run.distance == pytest.approx(by_linear_programme(run, p), rel=1e-7)
    run = sand(sand=kind, a=a, b=b, places=2, shift=1.3)
    second = wasserstein_distance(run.a[:, 0], run.b[:, 0], run.v, run.w)
    assert run.distance == pytest.approx(second, rel=1e-12)


@pytest.mark.parametrize("p", [1.0, 2.0, 6.0])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_in_the_plane_it_is_the_best_assignment(p, seed):
    run = sand(sand="plane", n=7, p=p, seed=seed, shift=0.4, lift=-1.0)
    far = np.linalg.norm(run.a.numpy()[:, None] - run.b.numpy(), axis=2)
    i, j = linear_sum_assignment(far**p)
    assert run.distance == pytest.approx((far[i, j] ** p).mean() ** (1 / p), rel=1e-10)
    assert sorted(run.j.tolist()) == list(range(7))


def test_moving_a_pile_moves_every_distance_and_no_divergence():
    near, far = sand(places=6), sand(places=12)
    assert (near.distance, far.distance) == (pytest.approx(6), pytest.approx(12))
    assert near.jsd == pytest.approx(math.log(2)) and far.jsd == pytest.approx(near.jsd, rel=1e-14)
    assert near.kl == far.kl == near.back == math.inf
    for p in POWERS[:-1]:
        assert sand(places=-5, p=p).distance == pytest.approx(5)
    there = sand(sand="plane", shift=300.0, lift=400.0, p=2.0).distance
    assert there == pytest.approx(500, rel=0.01)


@pytest.mark.parametrize("places", [0, 1, 3])
def test_divergences_against_scipy(places):
    a, b = "1 3 4 3 1", "3 1 1 1 3"
    run = sand(a=a, b=b, places=places)
    p, q = np.zeros(8), np.zeros(8)
    p[:5], q[places : places + 5] = np.array([1, 3, 4, 3, 1]) / 12, np.array([3, 1, 1, 1, 3]) / 9
    assert run.jsd == pytest.approx(jensenshannon(p, q) ** 2, rel=1e-12)
    assert run.kl == pytest.approx(entropy(p, q)) and run.back == pytest.approx(entropy(q, p))
    assert math.isinf(run.kl) == (places > 0)


def test_the_same_numbers_as_heights_and_as_places():
    """(½, ½, 0, 0) and (0, 0, ½, ½): 2 apart as masses, the same law as samples."""
    told = {"a": "0.5 0.5 0 0", "b": "0 0 0.5 0.5", "places": 0, "shift": 0.0}
    assert sand(sand="piles", **told).distance == pytest.approx(2)
    points = sand(sand="points", **told)
    assert points.distance == 0 and points.kl == 0 and points.jsd == pytest.approx(0, abs=1e-15)


def test_one_point_astray_for_every_p():
    nine, astray = "0 1 2 3 4 5 6 7 8 9", "0 1 2 3 4 5 6 7 8 18"
    for p in (1.0, 2.0, 4.0):
        run = sand(sand="points", a=nine, b=astray, shift=0.0, p=p)
        assert run.distance == pytest.approx((9**p / 10) ** (1 / p))
    assert sand(sand="points", a=nine, b=astray, shift=0.0, infinite=True).distance == 9


@pytest.mark.parametrize("kind", ["piles", "points", "plane"])
def test_the_curves_are_the_distances_one_by_one(kind):
    a, b = PAIRS[2]
    base = {"sand": kind, "a": a, "b": b, "n": 6}
    run = sand(**base)
    found = over_powers(run)
    assert (np.diff(found) >= -1e-12).all()  # W grows with p, in the plane too
    for p, far in zip(POWERS, found, strict=True):
        now = {"infinite": True} if math.isinf(p) else {"p": p}
        assert far == pytest.approx(sand(**base, **now).distance, rel=1e-12)
    if kind != "plane":
        at, far, over = over_places(kind, a, b, 2.0)
        for k in range(0, len(at), 4):
            move = {"places": int(at[k])} if kind == "piles" else {"shift": float(at[k])}
            one = sand(**base, **move, p=2.0)
            assert (far[k], over[k]) == (pytest.approx(one.distance), pytest.approx(one.jsd))


@pytest.mark.parametrize("kind", ["piles", "points", "plane"])
def test_a_blurred_plan_has_the_right_sums_and_longer_ways(kind):
    base = {"sand": kind, "a": "1 3 4 3 1", "b": "3 1 1 1 3", "places": 0, "p": 2.0}
    best = sand(**base)
    for blur in (0.02, 0.1, 0.5, 1.0):
        run = sand(**base, blur=blur)
        np.testing.assert_allclose(run.soft.sum(1), run.v, atol=1e-7)
        np.testing.assert_allclose(run.soft.sum(0), run.w, atol=1e-7)
        assert run.dear(2.0) > best.distance
        u = (run.soft / (run.v[:, None] * run.w)).log().numpy()  # f + g − cost/blur
        far = (run.a[:, None] - run.b).norm(dim=2).numpy()
        rest = u + (far / far.max()) ** 2 / blur
        rest = rest - rest.mean(0) - rest.mean(1)[:, None] + rest.mean()
        np.testing.assert_allclose(rest, 0, atol=1e-6 / blur)
    dears = [sand(**base, blur=blur).dear(2.0) for blur in (0.02, 0.1, 0.5, 1.0)]
    assert (np.diff(dears) > 0).all()


def test_checks_notice_a_plan_that_is_not_best_and_one_with_wrong_sums():
    run = sand(places=2)
    worse = run._replace(j=run.j.flip(0))
    assert the(run, "no two arrows", places=2).holds
    assert not the(worse, "no two arrows", places=2).holds
    assert not the(run._replace(mass=run.mass.flip(0) * 0.9), "takes all of P", places=2).holds
    for values in ({"p": 2.0}, {"infinite": True}):
        run = sand(sand="plane", **values)
        turned = run._replace(j=run.j.roll(1))
        assert the(run, "no two arrows", sand="plane", **values).holds
        assert not the(turned, "no two arrows", sand="plane", **values).holds


def crossings(run):
    """Pairs of ways that meet between their ends."""
    a, b = run.a.numpy(), run.b.numpy()[run.j.numpy()]

    def side(p, q, s):
        return (q[0] - p[0]) * (s[1] - p[1]) - (q[1] - p[1]) * (s[0] - p[0])

    return sum(
        side(a[k], b[k], a[m]) * side(a[k], b[k], b[m]) < 0
        and side(a[m], b[m], a[k]) * side(a[m], b[m], b[k]) < 0
        for k in range(len(a))
        for m in range(k)
    )


def test_ways_in_the_plane_cross_for_p_above_one_only():
    assert all(crossings(sand(sand="plane", shift=2.5, seed=seed)) == 0 for seed in range(1, 9))
    assert crossings(sand(sand="plane", shift=2.5, p=2.0)) > 0


def test_what_is_said():
    def said(**values):
        now = DEFAULTS | values
        keys = ("sand", "a", "b", "p", "infinite", "blur")
        return claims.says(sand(**now), **{k: now[k] for k in keys})

    assert "share no place" in said() and "share no place" not in said(places=1)
    assert "own sum, 9 and 3" in said(b="1 2")
    assert "longest way" in said(infinite=True)
    assert "blurred" in said(blur=0.2) and "blurred" not in said(blur=0.2, infinite=True)


def test_coincident_empty_and_large():
    for values in (
        {"a": "1", "b": "1", "places": 0, "blur": 0.3},
        {"a": "1e-300 1e6", "b": "0 1", "blur": 0.3, "p": 16.0},
        {"sand": "points", "a": "-1e6 1e6", "b": "0", "shift": 1e6, "p": 16.0},
        {"sand": "points", "a": "2 2 2", "b": "2 2", "shift": 0.0, "blur": 1.0},
        {"sand": "plane", "n": 1, "infinite": True},
    ):
        run = sand(**values)
        found = claims.checks(run, **(DEFAULTS | values))
        assert all(c.holds for c in found if c.applies), values


@pytest.mark.parametrize(
    "bad", [{"p": 0.5}, {"n": 13}, {"places": 13}, {"blur": -0.1}, {"a": "0 0"}, {"a": "-1 2"},
            {"b": "1 x"}, {"b": "1 2,3 4"}, {"a": "1 " * 13}, {"b": ""}, {"a": "1e7"}],
)  # fmt: skip
def test_refusals_name_the_parameter(bad):
    with pytest.raises(ValueError, match=rf"\b{next(iter(bad))}\b"):
        sand(**bad)
