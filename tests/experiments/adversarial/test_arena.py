from dataclasses import replace

import numpy as np
import pytest
import torch

from core.adversarial import certified_radius, fgsm, pgd_iterates
from core.experiments.adversarial import arena as A
from core.experiments.adversarial import arena_claims as claims
from core.experiments.adversarial.arena import arena as run

NETS = [hill for hill in A.HILLS if hill != "formula"]
BALLS = ["inf", "2", "1"]


def the(result, words):
    (found,) = (c for c in claims.checks(result, eps=result.eps) if words in c.claim)
    return found


def height(a, b):
    return np.sin(3 * a) * np.cos(2 * b) + a / 2


@pytest.mark.parametrize(
    ("eps", "once", "top"),
    [(0.1, None, None), (0.2, 1.2475, 1.2475), (0.3, 1.2544, 1.2757), (0.5, 0.9575, 1.2757),
     (1.0, 0.6701, 1.2757)],
)  # fmt: skip
def test_the_numbers_of_the_curriculum(eps, once, top):
    result = run(eps=eps)
    assert result.start == pytest.approx(0.8715, abs=5e-5)
    # both slopes by hand: 3 cos .9 cos .4 + ½ > 0 and −2 sin .9 sin .4 < 0
    assert result.fgsm == pytest.approx(height(0.3 + eps, 0.2 - eps), abs=1e-12)
    if once is None:
        assert result.fgsm == pytest.approx(result.top, abs=1e-6)
    else:
        assert (round(result.fgsm, 4), round(result.top, 4)) == (once, top)
    if eps == 1.0:
        assert round(result.pgd, 4) == 1.2738


@pytest.mark.parametrize("norm", BALLS)
@pytest.mark.parametrize(
    ("x1", "x2", "eps"), [(0.3, 0.2, 1.0), (-1.1, 0.7, 0.64), (2.0, -2.0, 1.5)]
)
def test_the_highest_place_is_that_of_a_fine_grid(norm, x1, x2, eps):
    result = run(norm=norm, x1=x1, x2=x2, eps=eps)
    side = np.linspace(-eps, eps, 1501)
    a, b = np.meshgrid(side, side)
    size = {"inf": np.maximum(abs(a), abs(b)), "2": np.hypot(a, b), "1": abs(a) + abs(b)}[norm]
    fine = height(x1 + a, x2 + b)[size <= eps].max()
    assert fine - 1e-5 <= result.top <= fine + 2 * eps**2 / 100
    assert float(result.size(result.best)) <= eps + 1e-12


@pytest.mark.parametrize("norm", BALLS)
@pytest.mark.parametrize("hill", NETS)
def test_the_path_of_a_net_is_that_of_the_engine(hill, norm):
    result = run(hill, norm, eps=0.8, alpha=0.13, steps=15, x1=-0.6, x2=0.9)
    net, x, aimed = A.net_of(hill), result.x[None], hill == "target"
    y = torch.tensor([(result.label + 1) % 3 if aimed else result.label])
    p = A.NORMS[norm]
    more = {"norm": p, "alpha": 0.13, "steps": 15, "generator": None, "targeted": aimed}
    told = list(pgd_iterates(net, x, y, 0.8, **more))
    for k, each in enumerate(told):
        torch.testing.assert_close(result.paths[0, k], each.x[0, 0], rtol=1e-9, atol=1e-9)
        loss = -float(each.loss) if aimed else float(each.loss)
        assert float(result.heights[0, k]) == pytest.approx(loss, rel=1e-6, abs=1e-9)
    torch.testing.assert_close(
        result.single, fgsm(net, x, y, 0.8, norm=p, targeted=aimed)[0], rtol=1e-9, atol=1e-9
    )


@pytest.mark.parametrize("hill", A.HILLS)
def test_slopes_are_those_of_small_differences(hill):
    if hill == "masked":
        return
    points = torch.randn(30, 2, generator=torch.Generator().manual_seed(1)).double()
    on, h = A.hill_of(hill, 1), 1e-6
    for j in range(2):
        step = torch.zeros(2).double()
        step[j] = h
        foreseen = (on.height(points + step) - on.height(points - step)) / (2 * h)
        torch.testing.assert_close(on.slope(points)[:, j], foreseen, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("norm", BALLS)
def test_a_step_that_leaves_the_ball_is_led_to_its_nearest_place(norm):
    result, p = run(norm=norm, eps=0.25, alpha=0.2), A.NORMS[norm]
    out = A.norm_of(result.moved[0] - result.x, p) > 0.25 + 1e-9
    assert out.any()
    side = np.linspace(-0.25, 0.25, 501)
    ball = torch.tensor(np.stack(np.meshgrid(side, side), -1).reshape(-1, 2))
    ball = ball[A.norm_of(ball, p) <= 0.25]
    for moved, after in zip(result.moved[0, out], result.paths[0, out]):
        least = (ball + result.x - moved).norm(dim=1).min()
        assert float((after - moved).norm()) == pytest.approx(float(least), abs=1e-3)


@pytest.mark.parametrize("hill", ["moons", "spirals", "three"])
def test_deepfool_crosses_and_goes_no_shorter_than_is_certified(hill):
    result = run(hill, "2", x1=-0.5, x2=1.0)
    assert bool(result.turned(result.fool[-1:]).all())
    size = float(result.size(result.fool[-1]))
    assert size >= float(certified_radius(A.net_of(hill), result.x[None])) > 0
    tiny = run(hill, "2", eps=0.9 * size / 1.02, x1=-0.5, x2=1.0, restarts=10, steps=60)
    wide = run(hill, "2", eps=min(1.5, size), x1=-0.5, x2=1.0)
    assert bool(wide.turned(wide.best))  # what DeepFool finds lies in the ball of its size
    assert tiny.top <= wide.top + 1e-9


def test_a_failed_attack_is_no_proof():
    result = run("spirals", "2", 0.5, 0.1, x1=-0.5, x2=0.3)
    assert not bool(result.turned(result.paths[0]).any())
    assert bool(result.turned(result.best))
    assert 0.1 < float(result.turned(result.noise).double().mean()) < 0.3
    more = run("spirals", "2", 0.5, 0.1, 20, 10, x1=-0.5, x2=0.3)
    assert bool(more.turned(more.paths[more.winner, -1]))


def test_where_the_slope_is_zero_nothing_moves_and_the_words_say_so():
    result = run("masked", "2", x1=-0.5, x2=1.0)
    assert not result.gradient.any()
    assert not (result.paths[0] - result.x).any()
    assert not (result.single - result.x).any()
    assert result.top > 300
    assert "slope at x is 0" in claims.says(result)
    check = the(result, "linearised loss")
    assert not check.applies
    assert "slope at x is 0" in check.why
    plain = run("moons", "2", x1=-0.5, x2=1.0)  # the same decisions
    torch.testing.assert_close(result.turned(result.noise), plain.turned(plain.noise))
    torch.testing.assert_close(result.fool[-1], plain.fool[-1], rtol=1e-6, atol=1e-6)


def test_large_steps_jump_to_and_fro_over_the_top():
    result = run(alpha=0.3)
    assert (result.heights[0].diff() < 0).any()
    assert result.pgd == pytest.approx(result.start, abs=1e-9)
    assert float(result.heights.max()) > 1.2


def test_a_ball_of_radius_zero_is_its_point():
    for hill in A.HILLS:
        result = run(hill, eps=0.0, restarts=3)
        assert float((result.paths - result.x).abs().max()) == 0
        assert result.top == pytest.approx(result.start, abs=1e-12)
        assert "the ball is x alone" in claims.says(result) or hill == "target"


@pytest.mark.parametrize("hill", A.HILLS)
@pytest.mark.parametrize("norm", A.NORMS)
def test_checks_hold_and_notice_what_is_wrong(hill, norm):
    result = run(hill, norm, eps=0.6, alpha=0.1, restarts=3, x1=-1.0, x2=0.7)
    assert all(c.holds for c in claims.checks(result, eps=0.6) if c.applies)
    for name, words in (("paths", "each step adds"), ("moved", "each step adds")):
        forged = replace(result, **{name: result.paths.flip(-1)})
        assert not the(forged, words).holds
    assert not the(replace(result, best=result.x + 2), "stays in the ball").holds
    assert not the(replace(result, tops=result.tops.flip(0)), "larger ball").holds
    for name, place in (("tops", result.tops), ("best", result.best)):  # all at x
        forged = replace(result, **{name: result.x.expand_as(place)})
        assert not the(forged, "larger ball").holds
    low = result.paths[:, :1].expand_as(result.paths)
    assert not all(c.holds for c in claims.checks(replace(result, paths=low), eps=0.6))
    assert not all(c.holds for c in claims.checks(result, eps=0.5) if c.applies)


def test_a_tenth_above_the_top_is_noticed_where_losses_are_thousands():
    result = run("masked", "2", x1=-0.5, x2=1.0)
    assert result.top > 3000 and the(result, "no attack gets above").holds
    lower = result.x + 0.9 * (result.best - result.x)
    forged = replace(result, best=lower, paths=torch.stack([result.best] * 21)[None])
    assert forged.top < 0.95 * forged.pgd
    assert not the(forged, "no attack gets above").holds


def test_deepfool_that_runs_into_the_flat_is_no_broken_claim():
    result = run("spirals", "2", x1=-1.97857, x2=1.80822)
    check = the(result, "DeepFool starts at x")
    assert not check.applies and "flat" in check.why
    short = replace(result, fool=result.fool[:1].expand(3, 2))  # it has slopes there
    check = the(short, "DeepFool starts at x")
    assert check.applies and not check.holds


@pytest.mark.parametrize(
    "bad", [{"eps": -0.1}, {"alpha": 0.0}, {"steps": 0}, {"restarts": 0}, {"norm": "0.5"}]
)
def test_bad_input_is_refused_by_name(bad):
    (name,) = bad
    with pytest.raises(ValueError, match=f"expected {name}"):
        run(**bad)


def test_in_the_spirals_deepfool_runs_far_out_of_the_ball():
    result = run("spirals", "2", 0.5, 0.1, x1=-0.5, x2=0.3)
    assert float(result.size(result.fool[-1])) > 1.5
    assert float(result.size(result.best)) <= 0.5 + 1e-12
