import itertools
import math

import numpy as np
import pytest
import torch

from core.experiments.stochastic import arrows_claims as claims
from core.experiments.stochastic.arrows import COUNT, arrows, batches, one_pass
from core.rng import generator
from core.stochastic import epoch
from pages.figures.stochastic import arrows as figures

BASE = {
    "N": 40, "B": 4, "draws": "with", "a": -1.0, "b": -1.0, "px": 1.5, "py": 2.0, "seed": 0,
}  # fmt: skip


def found(**values):
    values = BASE | values
    run = arrows(**values)
    return run, claims.checks(run, **values)


def the(checks, words):
    (one,) = (c for c in checks if words in c.claim)
    return one


@pytest.mark.parametrize("values", [{}, {"a": 2.0, "b": 0.3, "py": -6.0}, {"N": 8, "seed": 3}])
def test_the_mean_of_the_single_gradients_is_the_slope_of_the_loss(values):
    run = arrows(**BASE | values)
    theta = torch.tensor(
        [(BASE | values)["a"], (BASE | values)["b"]], dtype=torch.float64, requires_grad=True
    )
    x, y = run.points.T
    (0.5 * (theta[0] * x + theta[1] - y).square().mean()).backward()
    torch.testing.assert_close(run.full, theta.grad)
    torch.testing.assert_close(run.single.mean(0), theta.grad)
    slope, height = np.polyfit(x, y, 1)
    np.testing.assert_allclose(run.best, [slope, height], atol=1e-10)


@pytest.mark.parametrize("B", [1, 2, 3, 8])
def test_the_variance_by_all_batches_there_are(B):
    for draws, every in (
        ("without", list(itertools.combinations(range(8), B))),
        ("with", list(itertools.product(range(8), repeat=B)) if B < 4 else None),
    ):
        if every is None:
            continue
        run = arrows(N=8, B=B, draws=draws, seed=1)
        means = run.single.numpy()[np.array(every)].mean(1)
        np.testing.assert_allclose(means.mean(0), run.full, atol=1e-12)
        np.testing.assert_allclose(means.var(0), run.variance, atol=1e-12)


def test_variance_times_size_is_constant_with_replacement_only():
    sizes = (1, 4, 16, 39)
    products = [float(B * arrows(B=B).variance.sum()) for B in sizes]
    np.testing.assert_allclose(products, products[0])
    left = [float(B * arrows(B=B, draws="without").variance.sum()) for B in sizes]
    np.testing.assert_allclose(left, [products[0] * (40 - B) / 39 for B in sizes])


def test_a_batch_of_all_points_has_no_choice():
    run = arrows(B=40, draws="without")
    torch.testing.assert_close(run.fan, run.full.expand(COUNT, 2))
    assert float(run.variance.abs().max()) == 0
    assert float(run.measured[-1]) < 1e-24
    again = arrows(B=40, draws="with")
    assert float((again.fan - again.full).norm(dim=1).mean()) > 0.1


@pytest.mark.parametrize("draws", ["with", "without"])
def test_the_fan_is_measured_as_the_theory_says(draws):
    """Over many seeds: the mean of the measured variances, within their own scatter."""
    pairs = []
    for seed in range(40):
        run = arrows(B=5, draws=draws, seed=seed)
        exact = float(run.variance.sum())
        pairs.append(float(run.measured[run.sizes.tolist().index(5)]) / exact)
    error = np.std(pairs) / math.sqrt(len(pairs))
    assert np.mean(pairs) == pytest.approx(1, abs=4 * error)
    assert error < 0.05


def test_batches_draw_every_point_alike():
    rows = batches(10, "without", 0)
    assert (np.sort(rows, 1) == np.arange(10)).all()
    rows = np.concatenate([batches(10, "with", seed) for seed in range(20)])
    share = np.bincount(rows.ravel(), minlength=10) / rows.size
    assert np.abs(share - 0.1).max() < 4.5 * math.sqrt(0.09 / rows.size)
    assert any(len(set(row)) < 10 for row in rows.tolist())


@pytest.mark.parametrize(("N", "B"), [(40, 4), (41, 4), (8, 8), (200, 1), (9, 5)])
def test_a_pass_is_that_of_the_engine(N, B):
    run = arrows(N=N, B=B, seed=7)
    theirs = epoch(run.single, B, generator(9))
    torch.testing.assert_close(run.means, theirs.means)
    torch.testing.assert_close(run.left, theirs.left)


def test_the_second_half_of_a_pass_mirrors_the_first():
    run = arrows(B=20, draws="without")
    torch.testing.assert_close(run.means[1] - run.full, run.full - run.means[0])
    assert claims.answers["half"](run) == pytest.approx(-1)
    assert claims.answers["half"](arrows(B=1)) == pytest.approx(-1 / 39)


def test_what_is_left_wanders_by_the_law_of_a_pass():
    """E |left − full|² = σ² used / (left (N − 1)), over many orders."""
    G = arrows().single.numpy()
    far = np.mean([((one_pass(G, 10, seed)[1] - G.mean(0)) ** 2).sum(1) for seed in range(400)], 0)
    used = np.array([0, 10, 20, 30])
    theory = G.var(0).sum() * used / ((40 - used) * 39)
    np.testing.assert_allclose(far, theory, rtol=0.2, atol=1e-20)


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("full", "all points is the full"), ("single", "rule says"), ("points", "rule says"),
        ("best", "H times"), ("fan", "rule says"), ("variance", "covariance of two"),
        ("measured", "rule says"), ("means", "next batch"), ("left", "next batch"),
    ],
)  # fmt: skip
def test_a_wrong_number_turns_its_check_red(field, words):
    run, checks = found(draws="without")
    assert all(c.holds for c in checks if c.applies)
    values = BASE | {"draws": "without"}
    bent = run._replace(**{field: 1.01 * getattr(run, field)})
    assert not the(claims.checks(bent, **values), words).holds


def test_what_is_silent_and_when():
    words = "every arrow is the full"
    assert the(found(B=40, draws="without")[1], words).applies
    assert not the(found(B=40)[1], words).applies
    assert not the(found(B=39, draws="without")[1], words).applies


def test_sentences_tell_the_cases_apart():
    for values, words in (
        ({"B": 1}, "single points"), ({"B": 40, "draws": "without"}, "all 40 points"),
        ({"B": 4}, "0.5 times as far"), ({"B": 40}, "40 gradients, the full one 40"),
    ):  # fmt: skip
        values = BASE | values
        told = claims.says(arrows(**values), **{k: values[k] for k in ("N", "B", "draws")})
        assert words in told, told


def test_the_ellipse_holds_what_two_standard_deviations_of_a_normal_law_hold():
    """1 − e⁻² of the arrows, for batches large enough to be nearly normal."""
    values = BASE | {"B": 60, "N": 200}
    run = arrows(**values)
    picture = figures.figure(run, **{k: values[k] for k in ("N", "B", "draws", "a", "b", "seed")})
    (ellipse,) = [t for t in picture.panels[0].traces if t["name"] == "two standard deviations"]
    rim = np.stack([ellipse["x"], ellipse["y"]], 1).astype(float)[:-1]
    tips = np.array([-1.0, -1.0]) - 0.5 * run.fan.numpy()
    middle = rim.mean(0)
    A = np.linalg.inv((rim - middle).T @ (rim - middle) / len(rim) * 2)
    inside = (np.einsum("ni,ij,nj->n", tips - middle, A, tips - middle) <= 1).mean()
    assert inside == pytest.approx(1 - math.exp(-2), abs=4 * math.sqrt(0.12 / COUNT))


@pytest.mark.parametrize("bad", [{"B": 41}, {"B": 0}, {"N": 7}, {"a": 11.0}, {"seed": -1}])
def test_refusals_name_the_parameter(bad):
    with pytest.raises(ValueError, match=f"expected {next(iter(bad))}"):
        arrows(**bad)
