import math

import numpy as np
import pytest
import torch

from core.experiments.stochastic import wrong_claims as claims
from core.experiments.stochastic.wrong import BOUND, PARTS, direction, wrong
from core.landscapes import quadratic
from core.optimizers import trajectories
from core.signature import call
from pages.experiments.stochastic.wrong import EXPERIMENT
from pages.figures.stochastic.wrong import figure

CORNER = {"x0": -1.0, "y0": -1.0}


def given(**values):
    return EXPERIMENT.defaults() | values


def found(run, **values):
    return call(claims.checks, run, values=given(**values))


def by_torch(optimizer, run, steps, **hyper):
    x = run.x[0].clone().requires_grad_()
    descent, path = optimizer([x], **hyper), [run.x[0]]
    for _ in range(steps):
        descent.zero_grad()
        quadratic(10.0, 0.0).f(x).backward()
        descent.step()
        path.append(x.detach().clone())
    return torch.stack(path)


def test_adam_is_that_of_torch_and_without_momentum_too():
    run = wrong(part="memoryless", steps=120, x0=0.7, y0=-1.3)
    close = {"rtol": 1e-9, "atol": 1e-12}
    torch.testing.assert_close(run.x, by_torch(torch.optim.Adam, run, 120, lr=0.1), **close)
    bare = by_torch(torch.optim.Adam, run, 120, lr=0.1, betas=(0.0, 0.999))
    torch.testing.assert_close(run.y, bare, **close)


@pytest.mark.parametrize(
    ("part", "method"), [("uncorrected", "adam_uncorrected"), ("printed", "adam_printed")]
)
def test_two_of_them_are_paths_of_the_engine(part, method):
    run = wrong(part=part, lr=0.05, beta1=0.8, beta2=0.95, steps=40, x0=1.2)
    hyper = {"lr": 0.05, "steps": 40, "beta": 0.9, "betas": (0.8, 0.95), "eps": 1e-8}
    engine = trajectories(quadratic(10.0, 0.0), (method,), run.x[0], **hyper)
    torch.testing.assert_close(run.y, engine.x[0], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("start", "end"), [((-1.0, -1.0), (-3.77, -1.45)), ((1.0, 1.0), (-3.66, 0.42))]
)
def test_the_printed_one_walks_off_as_the_errata_say(start, end):
    run = wrong(part="printed", x0=start[0], y0=start[1])
    np.testing.assert_allclose(run.y[-1], end, atol=0.005)
    f = quadratic(10.0, 0.0).f(run.y)
    assert float(f[0]) == pytest.approx(5.5)
    if start == (1.0, 1.0):
        assert float(f[-1]) == pytest.approx(7.6, abs=0.05)


@pytest.mark.parametrize(
    ("part", "first"),
    [
        ("uncorrected", (0.1 / math.sqrt(0.001), -0.1 / math.sqrt(0.001))),
        ("multiplied", (10.0, -10.0)),
        ("rootless", (1 / 0.5, -1 / 4.0)),
        ("memoryless", (1.0, -1.0)),
        ("undivided", (0.5, -4.0)),
        ("squared", (-0.5, -4.0)),
        ("printed", (-1 / 0.5, -1 / 4.0)),
    ],
)
def test_first_steps_by_hand(part, first):
    run = wrong(part=part, kappa=5.0, x0=-0.5, y0=0.8, steps=1)
    moved = (run.y[1] - run.y[0]) / 0.1
    assert moved.tolist() == pytest.approx(first, rel=1e-4)
    assert ((run.x[1] - run.x[0]) / 0.1).tolist() == pytest.approx([1.0, -1.0])


def test_without_the_root_the_unit_of_f_matters():
    """f times 10 leaves the direction of Adam as it is, and makes the rootless one a tenth."""
    v, m = 4.0, 3.0
    for part, power in (("", 0), ("rootless", -1), ("undivided", 1), ("uncorrected", 0)):
        one = direction(part, 1.0, m, v, 0.5, 0.25)
        ten = direction(part, 10.0, 10 * m, 100 * v, 0.5, 0.25)
        assert ten / one == pytest.approx(10.0**power, rel=1e-6)


def test_at_the_minimum_nothing_moves_but_the_printed_one():
    for part in PARTS:
        run = wrong(part=part, x0=0.0, y0=0.0)
        assert run.x.abs().max() == 0
        assert (run.y.abs().max() == 0) == (part != "printed")


def test_what_runs_away_stays_at_its_last_place():
    values = {"part": "undivided", "lr": 1.0, "kappa": 100.0, "beta1": 0.0, "steps": 200}
    run = wrong(**values)
    assert BOUND / 100 < float(run.y.abs().max()) <= BOUND
    assert run.y[-1].tolist() == run.y[-2].tolist()
    assert all(c.holds for c in found(run, **values) if c.applies)
    assert "it runs away" in call(claims.says, run, values=given(**values))


@pytest.mark.parametrize("part", PARTS)
def test_a_wrong_number_turns_a_check_red(part):
    run = wrong(part=part)
    assert all(c.holds for c in found(run, part=part) if c.applies)
    for forged in (
        run._replace(x=run.y),
        run._replace(y=run.x),
        run._replace(y=-run.y),
        run._replace(x=run.x + 1e-6),
        run._replace(y=run.y.flip(1).roll(1, 0)),
    ):
        assert any(c.applies and not c.holds for c in found(forged, part=part))


def test_what_is_said():
    told = call(claims.says, wrong(**CORNER), values=given(**CORNER))
    assert "the first step is 3.16 α long, Adam’s 1 α" in told
    assert "After 50 steps it is 0.062 from the minimum; Adam is 0.00681 from it" in told
    told = call(
        claims.says, wrong(part="printed", **CORNER), values=given(part="printed", **CORNER)
    )
    assert "farther from the minimum than at the start, 4.03 instead of 1.41" in told
    told = call(claims.says, wrong(steps=1), values=given(steps=1))
    assert "After one step it is" in told


def test_the_start_is_dragged_and_the_player_walks():
    run = wrong(x0=0.5, steps=20)
    picture = call(figure, run, values=given(x0=0.5, steps=20))
    handle = picture.panels[0].handles[0]
    assert (handle.x, handle.y, handle.params) == (0.5, 0.6, ("x0", "y0"))
    assert picture.frames == 21 == len(picture.track["ex"])
    assert picture.track["dx"][0] == pytest.approx(float(run.x[1, 0] - run.x[0, 0]))
    assert [panel.name for panel in picture.panels] == ["plane", "sizes", "fall"]


def test_what_is_out_of_range_is_refused_by_name():
    for name, value in (("lr", 0.0), ("beta1", 1.0), ("beta2", -0.1), ("kappa", 0.5), ("steps", 0)):
        with pytest.raises(ValueError, match=f"expected {name} "):
            wrong(**{name: value})
