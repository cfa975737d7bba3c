"""A small network and its training on real data, kept so that the next picture starts trained."""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad_and_value

from core import nets, toy
from core.device import heavy
from core.rng import generator

WIDTH = 16  # hidden neurons
BLOCK = 20  # training steps kept together
LR = 0.02  # of Adam


@lru_cache(maxsize=8)
def problem(
    data: str, activation: str, seed: int
) -> tuple[nn.Module, Tensor, Tensor, Callable[[Tensor], Tensor]]:
    """The d-16-k network with the weights of `seed`, X and y whole in float64, and L(θ)."""
    X, y = (part.to(heavy()) for part in toy.real(data))
    draw = generator(seed)  # on the CPU, so that every device starts from the same weights
    net = nets.mlp(sizes(data), activation=activation, generator=draw, dtype=torch.float64)
    net = net.to(heavy())

    def loss(theta: Tensor) -> Tensor:
        scores = functional_call(net, nets.unflatten(net, theta), (X,))
        return nn.functional.cross_entropy(scores, y)

    return net, X, y, loss


@lru_cache(maxsize=8)
def sizes(data: str) -> tuple[int, int, int]:
    """Widths of the layers for a data set: features, hidden neurons, classes."""
    X, y = toy.real(data)
    return X.shape[1], WIDTH, int(y.max()) + 1


class State(NamedTuple):
    """Adam after some blocks."""

    theta: Tensor
    m: Tensor
    v: Tensor
    path: Tensor  # θ before each step of the last block
    losses: Tensor  # L there


@lru_cache(maxsize=128)
def train(data: str, activation: str, seed: int, block: int) -> State:
    """Full-batch Adam, 20 `block` steps from the weights of `seed`, resumed from the last block."""
    net, _, _, loss = problem(data, activation, seed)
    if block == 0:
        theta = nets.flatten(net)
        zero = torch.zeros_like(theta)
        return State(theta, zero, zero, theta.new_zeros(0, len(theta)), theta.new_zeros(0))
    before = train(data, activation, seed, block - 1)
    theta, m, v = (part.clone() for part in before[:3])
    path, losses = [], []
    for t in range(BLOCK * (block - 1) + 1, BLOCK * block + 1):
        g, value = grad_and_value(loss)(theta)
        path.append(theta)
        losses.append(value)
        m.mul_(0.9).add_(g, alpha=0.1)
        v.mul_(0.999).addcmul_(g, g, value=0.001)
        theta = theta - LR * (m / (1 - 0.9**t)) / ((v / (1 - 0.999**t)).sqrt() + 1e-8)
    return State(theta, m, v, torch.stack(path), torch.stack(losses))
