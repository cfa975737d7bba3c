"""The training: the engine's own run, its density and samples by other routes, the layers."""

import math
import re

import numpy as np
import pytest
import torch
from scipy.stats import ks_2samp
from torch.distributions import MultivariateNormal

from core import sheets
from core.experiments.flows import train as module
from core.experiments.flows import train_claims as claims
from core.flows import train
from core.flows.own import FACE, source
from core.plane import BLANK
from core.rng import generator
from pages.experiments.flows.train import EXPERIMENT

SHORT = {"steps": 60, "width": 24}


def made(**values):
    values = EXPERIMENT.defaults() | SHORT | values
    *_, run = EXPERIMENT.compute(**EXPERIMENT.inputs(values))
    return run, values


@pytest.fixture(scope="module")
def run():
    return made()[0]


def test_it_is_the_run_of_the_engine(run):
    shots = list(train("moons", 4, 60, 0, width=24, every=3))
    assert [each.step for each in shots] == module.moments(60)
    flow = shots[-1].flow
    assert torch.equal(run.theta.double(), flow.theta)  # trained in float32
    assert run.validation.tolist() == [each.validation for each in shots]
    _, learned, _ = module.points_of("moons", FACE, 0)
    assert float(run.train[-1]) == pytest.approx(-float(flow.log_prob(learned[:1000]).mean()))


def test_the_gaussian_is_the_one_of_the_library(run):
    _, learned, held = module.points_of("moons", FACE, 0)
    bell = MultivariateNormal(learned.mean(0), learned.T.cov(correction=0))
    assert run.gaussian == pytest.approx(-float(bell.log_prob(held).mean()))
    assert run.floor < run.validation[-1] < run.gaussian


def test_the_density_is_that_of_the_samples():
    """Both as shares of 9 × 9 boxes, of the same flow."""
    run, _ = made(steps=200)
    side = 6 / module.CELLS
    p = run.log_density.double().exp() * side**2
    boxes = p.view(9, 6, 9, 6).sum((1, 3)).numpy()
    flow = run.flow(24, True)
    x = flow.sample(20_000, generator(3)).numpy()
    edges = np.linspace(-3, 3, 10)
    share = np.histogram2d(x[:, 1], x[:, 0], (edges, edges))[0] / len(x)
    # 5 standard errors, and what a sum over cells misses of a steep density
    assert (np.abs(boxes - share) < 5 * np.sqrt((boxes + 1e-4) / len(x)) + 0.15 * boxes).all()
    assert boxes.sum() == pytest.approx(1, abs=0.03)


def test_without_turns_four_layers_are_one_scaling_and_shift_of_x2_at_each_x1():
    run, _ = made(swap=False)
    flow = run.flow(24, False)
    assert [flow.kept(k) for k in range(4)] == [0, 0, 0, 0]
    x1 = torch.linspace(-2, 2, 9, dtype=torch.float64)
    low, middle, high = (
        flow.forward(torch.stack([x1, torch.full_like(x1, x2)], 1))[0] for x2 in (-1.0, 0.5, 2.0)
    )
    assert torch.equal(low[:, 0], x1) and torch.equal(high[:, 0], x1)
    torch.testing.assert_close((low + high) / 2, middle, rtol=1e-9, atol=1e-9)
    assert claims.answers["first"](run, 0, "moons", FACE)[0] == "noise"


def test_the_formula_is_what_the_layer_does_to_the_probe(run):
    for k in (1, 2, 3, 4):
        values = EXPERIMENT.defaults() | SHORT | {"layer": k}
        (line,) = EXPERIMENT.figure(run, **values).formula
        x, s, sign, t, y = re.search(
            r"= (-?[\d.]+)\\cdot e\^\{(-?[\d.]+)\} ([+-]) ([\d.]+) = (-?[\d.]+)$", line
        ).groups()
        assert float(x) * math.exp(float(s)) + float(sign + t) == pytest.approx(float(y), abs=0.02)
        assert f"layer {k}" in line and ("x_2 " in line) == (k % 2 == 0)
    end, off = claims.there_and_back(run, 24, True, -0.6, 0.8)
    flow = run.flow(24, True)
    z = torch.tensor([[-0.6, 0.8]], dtype=torch.float64)
    assert end == flow.path(z)[-1, 0].tolist() and off < 1e-12


@pytest.mark.parametrize("seed", [0, 1])
def test_how_far_two_laws_of_a_number_are_apart(seed):
    a, b = (torch.randn(n, generator=generator(seed + n)).double() for n in (40, 70))
    a, b = (2 * a).round(), b.round()  # with ties
    assert claims.apart(a, b) == pytest.approx(ks_2samp(a.numpy(), b.numpy()).statistic)


def test_a_snapshot_shows_the_newest_flow_and_the_player_comes_at_the_end():
    values = EXPERIMENT.defaults() | SHORT | {"layers": 2, "layer": 1}
    shots = list(module.training(**EXPERIMENT.inputs(values)))
    pictures = [EXPERIMENT.figure(each, **values) for each in (shots[0], shots[-1])]
    assert [each.frames for each in pictures] == [0, 3]
    assert "after 0 steps" in pictures[0].panels[1].title
    assert "layer 2 of 2" in pictures[0].panels[0].title
    assert "layer 1 of 2" in pictures[1].panels[0].title
    assert not EXPERIMENT.checks(shots[0], **values)
    assert "After 0 steps 2 layers" in EXPERIMENT.says(shots[0], **values)


def test_a_table_and_a_drawing_are_learned_and_bad_ones_refused():
    rows = "\n".join(f"{i % 7},{(i * i) % 11}" for i in range(60))
    own = sheets.add(f"u,v\n{rows}\n".encode())
    for data in (own, "drawn"):
        run, values = made(data=data, steps=10)
        assert run.floor is None and run.points.abs().max() <= 2.5
        assert all(c.holds or not c.applies for c in EXPERIMENT.checks(run, **values))
    assert source("drawn", FACE, 0).shape == (2500, 2)
    assert not torch.equal(source("drawn", FACE, 0), source("drawn", FACE, 1))
    with pytest.raises(ValueError, match="at least 10 cells"):
        made(data="drawn", drawing=BLANK)
    flat = sheets.add(b"u,v\n" + b"".join(b"%d,%d\n" % (i, i) for i in range(20)))
    with pytest.raises(ValueError, match="not all on one line"):
        made(data=flat)
