import math

import numpy as np
import pytest
import torch

from core.experiments.recurrence import through_claims as claims
from core.experiments.recurrence.through import LARGEST, noise, start, through
from core.words import number
from pages.figures.recurrence.through import figure
from tests.forgery import failures, forgeries

AT = {
    "matrix": "rotation",
    "phi": "linear",
    "scale": 0.9,
    "T": 50,
    "drive": 0.5,
    "clip": 1.0,
    "seed": 0,
}
LONG = {"scale": 1.5, "T": 200}


def red(run, **values) -> list[str]:
    return failures(claims.checks(run, **AT | values))


@pytest.mark.parametrize("scale", [0.9, 1.1, 1.0])
def test_powers_of_the_scale(scale):
    assert float(through(scale=scale).back.norms[-1]) == pytest.approx(scale**50)


@pytest.mark.parametrize("matrix", ["rotation", "skewed", "random"])
@pytest.mark.parametrize("phi", ["linear", "tanh"])
def test_the_gradient_is_that_of_autograd(matrix, phi):
    run = through(matrix=matrix, phi=phi, scale=1.2, T=30, seed=3)
    A = run.A.clone().requires_grad_()
    z = begun = start(len(A)).requires_grad_()
    for push in 0.5 * noise(len(A), 3)[:30]:
        z = A @ z + push
        z = z.tanh() if phi == "tanh" else z
    loss = z.square().sum() / 2
    G, first = torch.autograd.grad(loss, (A, begun))
    torch.testing.assert_close(run.G, G, rtol=1e-9, atol=1e-12)
    told = run.back.jacobians[-1].T @ run.back.z[-1]
    torch.testing.assert_close(told, first, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("matrix", ["rotation", "skewed", "random"])
def test_the_scale_is_the_spectral_radius(matrix):
    A = through(matrix=matrix, scale=0.7, seed=5).A
    assert float(torch.linalg.eigvals(A).abs().max()) == pytest.approx(0.7)


def test_a_skewed_matrix_first_grows():
    norms = through(matrix="skewed", scale=0.95, T=100).back.norms
    assert norms.max() > 3 and norms[-1] < 0.05 and 0 < norms.argmax() < 20


def test_an_infinite_entry_has_no_finite_norm():
    run = through(**LONG)
    assert run.step is None and float(run.G.abs().max()) > LARGEST
    assert "no finite norm" in claims.says(run, T=200, phi="linear", scale=1.5, clip=1.0)
    weight = torch.nn.Parameter(torch.zeros(2, 2))
    weight.grad = run.G.float()
    torch.nn.utils.clip_grad_norm_([weight], 1.0)
    assert not weight.grad.isfinite().all()
    assert red(run, **LONG) == []


@pytest.mark.peer
@pytest.mark.parametrize("clip", [0.1, 3.0, 100.0])
def test_clipping_is_that_of_torch(clip):
    run = through(scale=1.02, clip=clip)
    weight = torch.nn.Parameter(torch.zeros(2, 2))
    weight.grad = run.G.float()
    torch.nn.utils.clip_grad_norm_([weight], clip)
    torch.testing.assert_close(run.step, weight.grad, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "values", [{}, {"phi": "tanh", "matrix": "random", "scale": 1.4}, {"matrix": "skewed", "T": 1}]
)
def test_what_is_off_turns_a_check_red(values):
    run = through(**values)
    assert red(run, **values) == []
    for name, forged in forgeries(run):
        assert red(forged, **values), name


@pytest.mark.parametrize("T", [1, 2, 199])
def test_nothing_comes_in_and_nothing_is_left(T):
    values = {"drive": 0.0, "scale": 0.5, "T": T}
    assert red(through(**values), **values) == []
    assert claims.norm_of(torch.zeros(2, 2)) == 0


def test_words_and_picture():
    run = through()
    says = claims.says(run, T=50, phi="linear", scale=0.9, clip=1.0)
    assert "0.00515: it vanishes" in says and "clipped from" in says
    assert "explodes" in claims.says(through(**LONG), T=200, phi="linear", scale=1.5, clip=1.0)
    one = through(matrix="skewed", T=1)  # the bound is the norm itself
    assert float(one.back.bound[-1]) == pytest.approx(float(one.back.norms[-1]))
    says = claims.says(one, T=1, phi="linear", scale=0.9, clip=1.0)
    assert f"only promises at most {number(one.back.norms[-1])}" in says
    picture = figure(run, phi="linear", scale=0.9, T=50, clip=1.0)
    assert [p.name for p in picture.panels] == ["norms", "plane", "clip", "states"]
    assert picture.panels[1].handles[0].params == ("scale",)
    for panel in figure(through(**LONG), phi="linear", scale=1.5, T=200, clip=1.0).panels:
        assert all(np.isfinite(t["y"][~np.isnan(t["y"])]).all() for t in panel.traces)


def test_the_answers():
    assert claims.answers["fifty"](through())[0] == pytest.approx(0.9**50)
    assert claims.answers["tanh"](through(matrix="random", phi="tanh", scale=1.1))[0] == "vanishes"
    long = through(**LONG)
    key, facts = claims.answers["clipped"](long)
    assert key == "none" and facts["size"] == pytest.approx(math.log10(float(long.G.norm())))


@pytest.mark.parametrize("bad", [{"T": 0}, {"scale": 1.6}, {"clip": 0.0}, {"phi": "relu"}])
def test_refusals_name_the_parameter(bad):
    with pytest.raises(ValueError, match=f"expected {next(iter(bad))}"):
        through(**bad)
