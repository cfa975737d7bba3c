"""What the tests of attacks share: real digits and a network that reads them."""

from typing import NamedTuple

import pytest
import torch
from torch import Tensor

from core.adversarial.nets import Learner, Net
from core.rng import generator
from core.shapley.digits import GREY, digits, labels


class Read(NamedTuple):
    net: Net  # 64 -> 64 -> 10, float64
    x: Tensor  # digits in [0, 1], (n, 64)
    y: Tensor


@pytest.fixture(scope="session")
def read() -> Read:
    """A small network after 60 steps, and the 300 first digits, nearly all of them read."""
    x, y = digits() / GREY, torch.tensor(labels())
    learner = Learner((64, 64, 10), lr=0.01, generator=generator(0))
    for _ in range(60):
        learner.step(x, y)
    return Read(learner.net, x[:300], y[:300])
