"""Gradients, Jacobians, what the linear part leaves over, and the loss around a point."""

import math

import pytest
import torch
from torch import nn
from torch.autograd.functional import jacobian as by_autograd

from core.adversarial import (
    cross_entropy,
    gradient,
    jacobian,
    linearisation_error,
    loss_surface,
    margin_loss,
    norm_of,
)
from core.adversarial.nets import Net
from core.nets import mlp
from core.rng import generator


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=generator(seed), dtype=torch.float64)


def net(activation="relu", sizes=(5, 12, 9, 4)) -> Net:
    layers = mlp(sizes, activation=activation, generator=generator(3), dtype=torch.float64)
    parts = [p for p in layers if isinstance(p, nn.Linear)]
    biases = tuple(normal(p.out_features, seed=9) for p in parts)
    return Net(tuple(p.weight.detach() for p in parts), biases, activation)


def silu():
    """A model of somebody else's, smooth, with parameters that want gradients."""
    return mlp((5, 12, 4), activation="silu", generator=generator(3), dtype=torch.float64)


def function(x):
    return torch.stack([x[:, 0] ** 3, x[:, 1] * x[:, 2], x.sin().sum(1), 0 * x[:, 0]], 1)


MODELS = {
    "relu": net(),
    "tanh": net("tanh"),
    "linear": net(sizes=(5, 4)),
    "silu": silu(),
    "function": function,
}
X, Y = normal(17, 5, seed=1), torch.arange(17) % 4


# --- gradients -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("loss", [cross_entropy, margin_loss])
def test_gradients_are_those_of_the_summed_loss(name, loss):
    x = X.clone().requires_grad_()
    loss(MODELS[name](x), Y).sum().backward()
    scores, found = gradient(MODELS[name], X, Y, loss=loss)
    torch.testing.assert_close(found, x.grad, rtol=1e-9, atol=1e-14)
    torch.testing.assert_close(scores, MODELS[name](X).detach())
    assert not found.requires_grad and not scores.requires_grad


def test_one_point_has_the_gradient_it_has_among_many():
    """A mean over the batch would make it 17 times smaller; few and many rows take two ways."""
    many = gradient(MODELS["relu"], X, Y)[1]
    for i in (0, 5, 16):
        torch.testing.assert_close(
            gradient(MODELS["relu"], X[i : i + 1], Y[i : i + 1])[1][0], many[i]
        )


@pytest.mark.parametrize("name", MODELS)
def test_the_rows_of_the_jacobian(name):
    model, found = MODELS[name], jacobian(MODELS[name], X)
    assert found.shape == (17, 4, 5)
    for i in (0, 8, 16):
        one = by_autograd(lambda x: model(x[None])[0], X[i])
        torch.testing.assert_close(found[i], one, rtol=1e-9, atol=1e-14)


def test_the_losses_by_hand():
    scores = torch.tensor([[1.0, 3, 2], [0, 0, 0]]).double()
    y = torch.tensor([1, 2])
    assert margin_loss(scores, y).tolist() == [-1, 0]
    expected = [math.log1p(math.exp(-2) + math.exp(-1)), math.log(3)]
    assert cross_entropy(scores, y).tolist() == pytest.approx(expected)


# --- what is left over ---------------------------------------------------------------------------


def test_a_linear_model_leaves_nothing_over():
    error = linearisation_error(MODELS["linear"], X, 100 * normal(3, 17, 5, seed=2))
    assert error.shape == (3, 17) and error.max() < 1e-11


@pytest.mark.parametrize("name", ["tanh", "silu", "function"])
def test_halving_the_perturbation_quarters_the_error_of_a_smooth_model(name):
    radii = torch.tensor([0.02, 0.01, 0.005, 0.0025]).double()
    delta = radii.view(4, 1, 1) * normal(17, 5, seed=2)
    error = linearisation_error(MODELS[name], X, delta)
    ratio = (error[:-1].norm(dim=1) / error[1:].norm(dim=1)).tolist()
    assert ratio == pytest.approx([4] * 3, abs=0.4)
    beyond = MODELS[name](X + delta[0]).detach() - MODELS[name](X).detach()
    first = torch.einsum("nkd,nd->nk", jacobian(MODELS[name], X), delta[0])
    torch.testing.assert_close(error[0], (beyond - first).norm(dim=1))


def test_a_relu_network_is_linear_inside_its_region_and_not_beyond():
    model, d = MODELS["relu"], normal(17, 5, seed=2)
    near, far = linearisation_error(model, X, torch.stack([1e-6 * d, 3 * d]))
    assert near.max() < 1e-13 and far.min() > 1e-3

    def region(x):
        return torch.cat([h > 0 for h in model.forward(x)[1][1:]], 1)

    radii = torch.linspace(0.01, 1, 60, dtype=torch.float64)
    delta = radii.view(-1, 1, 1) * d
    same = torch.stack([(region(X) == region(X + each)).all(1) for each in delta])
    error = linearisation_error(model, X, delta)
    assert error[same].max() < 1e-12 and (error[~same] > 1e-12).all()
    assert same.any() and not same.all()


# --- the loss around a point ---------------------------------------------------------------------


@pytest.mark.parametrize("norm", [1, 2, math.inf])
def test_a_surface_is_the_loss_on_its_plane(norm):
    model, x = MODELS["tanh"], X[0]
    found = loss_surface(model, x, 2, reach=0.5, n=21, norm=norm, generator=generator(0))
    assert found.loss.shape == (21, 21) and found.reach[[0, -1]].tolist() == [-0.5, 0.5]
    for side in (found.along, found.across):
        assert float(norm_of(side, norm)) == pytest.approx(1)
    for i, j in ((10, 10), (10, 20), (3, 17)):
        point = x + found.reach[j] * found.along + found.reach[i] * found.across
        one = cross_entropy(model(point[None]), torch.tensor([2]))
        assert float(found.loss[i, j]) == pytest.approx(float(one), rel=1e-12)
    slope = (found.loss[10, 11] - found.loss[10, 9]) / (found.reach[11] - found.reach[9])
    g = gradient(model, X[:1], torch.tensor([2]))[1][0]
    assert float(slope) == pytest.approx(float(g @ found.along), rel=1e-2)
    # nothing of size 1 rises faster
    other = (found.loss[11, 10] - found.loss[9, 10]) / (found.reach[11] - found.reach[9])
    assert slope > abs(other) and not found.flat
    if norm == 2:
        assert abs(float(found.along @ found.across)) < 1e-12


def test_a_surface_without_a_gradient_says_so():
    dead = Net((torch.zeros(2, 3).double(),), (torch.tensor([1.0, 0]).double(),))
    found = loss_surface(dead, normal(3), 0, reach=1.0, n=5, generator=generator(0))
    assert found.flat and not found.along.any() and found.loss.std() == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n": 20}, "n odd"),
        ({"n": 1}, "expected n"),
        ({"reach": 0.0}, "expected reach"),
        ({"norm": 3}, "expected norm"),
        ({"x": X[:1]}, r"expected x \(d,\)"),
        ({"y": 4}, r"expected y in \[0, 3\], got 4"),
    ],
)
def test_what_surfaces_refuse(change, message):
    how = {"x": X[0], "y": 0, "reach": 1.0, "generator": generator(0)} | change
    x, y = how.pop("x"), how.pop("y")
    with pytest.raises(ValueError, match=message):
        loss_surface(MODELS["relu"], x, y, **how)


def test_what_errors_refuse():
    for delta in (X[:3], X * math.inf):
        with pytest.raises(ValueError, match="expected delta finite"):
            linearisation_error(MODELS["relu"], X, delta)
