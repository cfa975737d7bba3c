"""Small networks: the function, the weights, and the way to one vector and back."""

import math

import pytest
import torch
from torch.func import functional_call

from core import nets
from core.rng import generator


def test_an_mlp_is_affine_maps_with_the_activation_in_between():
    net = nets.mlp((3, 5, 2), activation="tanh", generator=generator(0), dtype=torch.float64)
    W1, b1, W2, b2 = net.parameters()
    b1.data.fill_(0.3)
    b2.data.fill_(-0.2)
    x = torch.tensor([[1.0, -2.0, 0.5]], dtype=torch.float64)
    hand = torch.tanh(x @ W1.T + b1) @ W2.T + b2
    torch.testing.assert_close(net(x), hand)


@pytest.mark.parametrize(("activation", "variance"), [("relu", 2 / 400), ("tanh", 1 / 400)])
def test_hidden_weights_have_variance_gain_squared_over_fan_in(activation, variance):
    net = nets.mlp((400, 500, 1), activation=activation, generator=generator(1))
    W = net[0].weight
    # 200 000 uniform draws: the standard error of the variance is about 0.2 %
    assert W.var().item() == pytest.approx(variance, rel=0.02)
    assert W.abs().max().item() <= math.sqrt(3 * variance) * (1 + 1e-6)
    assert net[0].bias.abs().max() == 0


def test_the_same_seed_gives_the_same_weights_whatever_the_global_state_is():
    torch.manual_seed(1)
    first = nets.flatten(nets.mlp((4, 8, 3), generator=generator(7)))
    torch.manual_seed(2)
    again = nets.flatten(nets.mlp((4, 8, 3), generator=generator(7)))
    other = nets.flatten(nets.mlp((4, 8, 3), generator=generator(8)))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_flatten_and_unflatten_are_inverse_and_drive_the_network():
    net = nets.mlp((4, 6, 3), activation="relu", generator=generator(0))
    twin = nets.mlp((4, 6, 3), activation="relu", generator=generator(1))
    x = torch.linspace(-1, 1, 8).view(2, 4)
    theta = nets.flatten(twin)
    assert theta.shape == (4 * 6 + 6 + 6 * 3 + 3,)
    torch.testing.assert_close(functional_call(net, nets.unflatten(net, theta), (x,)), twin(x))


def test_a_linear_map_is_an_mlp_without_a_hidden_layer():
    net = nets.mlp((3, 2), activation="relu", generator=generator(0))
    x = torch.tensor([[1.0, 2.0, 3.0]])
    torch.testing.assert_close(net(-x), -net(x))  # no ReLU after the last layer


def test_refuses_shapes_and_names_it_does_not_know():
    with pytest.raises(ValueError, match="at least two sizes"):
        nets.mlp((3,), generator=generator(0))
    with pytest.raises(ValueError, match="expected size"):
        nets.mlp((3, 0, 1), generator=generator(0))
    with pytest.raises(ValueError, match="activation to be one of tanh, relu, silu, got 'sign'"):
        nets.mlp((3, 1), activation="sign", generator=generator(0))
    net = nets.mlp((3, 2), generator=generator(0))
    with pytest.raises(ValueError, match=r"theta of shape \(8,\), got \(7,\)"):
        nets.unflatten(net, torch.zeros(7))
