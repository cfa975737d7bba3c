import math
from itertools import product

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from core.adversarial import adversarial_train, signed, tabular, toy_accuracy
from core.experiments.adversarial import price_claims as claims
from core.experiments.adversarial.price import GRID, Price, Trained, ladder, least, price, table
from core.rng import generator
from pages.experiments.adversarial.price import EXPERIMENT
from pages.figures.adversarial.price import figure
from tests.forgery import failures

AT = {"seed": 0, "judge": 0.5, "near": "worst"}


def red(run: Price, eps: float, **changed) -> list[str]:
    checks = claims.checks(run, **AT | {"eps": eps} | changed)
    return failures(checks)


def rows(n: int, d: int, seed: int) -> np.ndarray:
    """y (x, 1) of rows whose first number speaks loudest."""
    draws = np.random.default_rng(seed)
    y = draws.choice([-1.0, 1.0], n)
    X = draws.normal(size=(n, d)) + y[:, None] * np.linspace(0.8, 0.1, d)
    return np.c_[X, np.ones(n)] * y[:, None]


def test_the_printed_figures():
    """Ordinary .995 / .552 and trained at ½ .899 / .899, each to sampling error."""
    plain, robust = price(eps=0.0).trained, price(eps=0.5).trained
    assert float(plain.accuracy(0)) == pytest.approx(0.995, abs=0.004)
    assert float(plain.accuracy(0.5)) == pytest.approx(0.552, abs=0.02)
    for eps in (0, 0.5):
        assert float(robust.accuracy(eps)) == pytest.approx(0.899, abs=0.002)


@pytest.mark.parametrize("eps", [0.0, 0.07, 0.3, 0.5])
def test_the_minimum_is_that_of_a_bounded_solver_over_split_weights(eps, monkeypatch):
    """w = u − v with u, v ≥ 0 makes ‖w‖₁ linear, so that L-BFGS-B minimises the same."""
    d = 4
    A = rows(300, d, 3)
    monkeypatch.setattr("core.experiments.adversarial.price.WIDTH", d + 1)
    zero = Trained(torch.zeros(d).double(), torch.zeros(()).double())
    mine = least(torch.from_numpy(A), eps, zero)

    def loss(z):
        u, v, b = z[:d], z[d : 2 * d], z[-1:]
        margin = A @ np.r_[u - v, b] - eps * (u + v).sum()
        p = -1 / (1 + np.exp(margin)) / len(A)
        g = p @ A
        flat = p.sum() * eps
        return np.logaddexp(0, -margin).mean(), np.r_[g[:d] - flat, -g[:d] - flat, g[d:]]

    limits = [(0, None)] * (2 * d) + [(None, None)]
    options = {"ftol": 1e-15, "gtol": 1e-9, "maxiter": 5000}
    best = minimize(loss, np.zeros(2 * d + 1), jac=True, bounds=limits, options=options)
    theirs = np.r_[best.x[:d] - best.x[d : 2 * d], best.x[-1]]
    assert np.r_[mine.w.numpy(), float(mine.b)] == pytest.approx(theirs, abs=2e-5)
    assert ((mine.w == 0).numpy() == (np.abs(theirs[:d]) < 1e-6)).all()


@pytest.mark.parametrize("eps", [0.2, 0.45])
def test_the_minimum_is_where_training_by_steps_on_the_worst_points_goes(eps):
    X, y, _ = table(0)
    run = price(eps=eps)
    *_, last = adversarial_train(
        X,
        (y > 0).long(),
        eps,
        hidden=(),
        attack="fgsm",
        steps=1500,
        batch=1000,
        lr=0.05,
        every=1500,
    )
    w, b = signed(last.net)
    for judge in (0, 0.3, 0.5):
        stepped = toy_accuracy(w, b, judge)
        assert float(run.trained.accuracy(judge)) == pytest.approx(stepped, abs=0.01)


def test_the_worst_loss_is_that_of_the_worst_of_all_corners():
    draws = np.random.default_rng(0)
    corners = np.array(list(product((-1, 1), repeat=6)))
    for _ in range(20):
        x, w, b, y = (
            draws.normal(size=6),
            draws.normal(size=6),
            draws.normal(),
            draws.choice([-1, 1]),
        )
        eps = draws.uniform(0, 1)
        losses = np.log1p(np.exp(-y * ((x + eps * corners) @ w + b)))
        closed = math.log1p(math.exp(-(y * (x @ w + b) - eps * np.abs(w).sum())))
        assert losses.max() == pytest.approx(closed)


def test_accuracy_is_that_of_the_law_and_of_many_rows():
    run = price(eps=0.35)
    for found in (run.trained, run.plain):
        for eps in (0, 0.2, 0.7):
            law = toy_accuracy(found.w, float(found.b), eps)
            assert float(found.accuracy(eps)) == pytest.approx(law, abs=1e-12)
    along = run.path.accuracy(0.3)
    assert float(along[8]) == pytest.approx(toy_accuracy(run.path.w[8], float(run.path.b[8]), 0.3))
    strong = Trained(torch.tensor([1.0] + [0.0] * 20).double(), torch.tensor(0.0).double())
    assert float(strong.accuracy(0.999)) == pytest.approx(0.9)
    assert float(strong.accuracy(1.0)) == 0  # on the boundary is lost
    none = Trained(torch.zeros(21).double(), torch.zeros(()).double())
    assert float(none.accuracy(0.4)) == 0.5


@pytest.mark.parametrize("seed", [0, 7, 100, 834, 999])
@pytest.mark.parametrize("near", ["worst", "random"])
def test_every_training_ends_at_its_minimum(seed, near):
    for eps in (0.0, 0.013, 0.31, 0.5, 0.777, 1.0):
        run = price(eps=eps, near=near, seed=seed)
        assert red(run, eps, seed=seed, near=near, judge=0.37) == []
        assert float(run.trained.w.abs().max()) < 10


def test_nothing_is_learned_from_where_the_strong_feature_pays_no_more():
    """Right in 90 % by 1 − ε, wrong in 10 % by 1 + ε: by the law w₁ = 0 from ε = .8 on."""
    X, y, _ = table(0)
    edge = float((X[:, 0] * y).mean())
    assert edge == pytest.approx(0.8, abs=0.02)
    assert price(eps=edge - 0.002).trained.w[0] > 0
    assert not price(eps=edge + 0.002).trained.w.any()
    right = (1 + edge) / 2

    def slope(w: float, eps: float) -> float:
        up, down = 1 - eps, 1 + eps
        gain, loss = right * up / (1 + math.exp(w * up)), (1 - right) * down
        return gain - loss / (1 + math.exp(-w * down))

    for eps in (0.6, 0.7):  # the strong feature is alone
        w = float(price(eps=eps).trained.w[0])
        assert slope(w, eps) == pytest.approx(0, abs=1e-3)
        assert slope(w - 0.05, eps) > 0 > slope(w + 0.05, eps)


def test_random_pushes_are_not_the_worst_ones():
    run = price(near="random")
    assert abs(float(run.trained.accuracy(0.5) - run.plain.accuracy(0.5))) < 0.01
    assert torch.equal(run.path.w[0], ladder("worst", 0).w[0])


def test_no_training_at_zero_is_ordinary_training():
    run = price(eps=0.0)
    assert torch.allclose(run.trained.w, run.plain.w, atol=1e-8)
    printed = claims.checks(run, eps=0.0, **AT)[-1]
    assert printed.applies and printed.holds and "E-85" in printed.claim
    assert not claims.checks(price(), eps=0.5, **AT)[-1].applies


def test_weights_that_are_off_turn_checks_red():
    run = price()
    w = run.trained.w.clone()
    w[0] += 0.01
    assert red(run._replace(trained=run.trained._replace(w=w)), 0.5)
    dropped = run.trained.w.clone()
    dropped[1] = 0.01
    assert run.trained.w[1] == 0 and red(run._replace(trained=run.trained._replace(w=dropped)), 0.5)
    assert red(run._replace(path=run.path._replace(b=-run.path.b)), 0.5)


def test_what_is_said():
    told = claims.says(price(eps=0.4), eps=0.4, near="worst", judge=0.4)
    assert "would hold 90 %" in told and "All 20 weak" in told
    assert "Only the strong feature" in claims.says(
        price(eps=0.6), eps=0.6, near="worst", judge=0.5
    )
    told = claims.says(price(eps=0.9), eps=0.9, near="worst", judge=0.9)
    assert "no weight is left" in told and "would hold 90 %" in told
    assert "would" not in claims.says(price(near="random"), eps=0.5, near="random", judge=0.5)
    one = Trained(torch.tensor([1.0, 1.0] + [0.0] * 19).double(), torch.tensor(0.0))
    told = claims.says(Price(one, ladder("worst", 0)), eps=0.5, near="worst", judge=0.0)
    assert "One of the 20 weak features counts, with 50 % of all weight." in told


def test_the_handles_stand_on_the_curves():
    run = price(eps=0.31)
    first, second, *_ = figure(run, eps=0.31, near="worst", judge=0.2).panels
    at = float(run.trained.accuracy(0.2))
    assert (first.handles[0].x, first.handles[0].y) == (0.31, pytest.approx(at))
    assert (second.handles[0].x, second.handles[0].y) == (0.2, pytest.approx(at))
    attacked = first.traces[2]
    order = attacked["x"].argsort()
    assert np.interp(0.31, attacked["x"][order], attacked["y"][order]) == pytest.approx(
        at, abs=1e-6
    )
    assert len(attacked["x"]) == len(GRID) + 1


@pytest.mark.parametrize("bad", [{"eps": -0.1}, {"eps": 1.1}, {"eps": math.nan}, {"seed": 1.5}])
def test_what_is_no_setting_is_refused_by_name(bad):
    with pytest.raises(ValueError, match=f"expected {next(iter(bad))}"):
        price(**bad)


def test_the_table_is_the_one_of_the_engine():
    X, y, push = table(3)
    theirs = tabular(len(X), generator=generator(3))
    assert torch.equal(X, theirs.X) and torch.equal(y > 0, theirs.y == 1)
    assert float(push.abs().max()) <= 1 and abs(float(push.mean())) < 0.01
    assert EXPERIMENT.statements == ("ROB-14",)
