r"""What both players are told: losses of raw discriminator outputs, and penalties on its slope.

With a the discriminator's output at a point (a logit, or the score of a critic):

==============  ==================================================  ==============================
loss            the discriminator lowers                            the generator lowers
==============  ==================================================  ==============================
saturating      −E log σ(a_real) − E log(1 − σ(a_fake)) = −V        E log(1 − σ(a_fake)), GAN-05
non_saturating  the same                                            −E log σ(a_fake), GAN-06
wasserstein     E a_fake − E a_real                                 −E a_fake, GAN-09
least_squares   ½ E (a_real − 1)² + ½ E a_fake²                     ½ E (a_fake − 1)²
==============  ==================================================  ==============================

Sources: Goodfellow et al. 2014, Arjovsky et al. 2017, Mao et al. 2017; penalties: Gulrajani et al.
2017 (one random point on the segment between each pair), Mescheder et al. 2018 (R1).
"""

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from core.check import choose

LOSSES = ("saturating", "non_saturating", "wasserstein", "least_squares")


def discriminator_loss(real: Tensor, fake: Tensor, loss: str) -> Tensor:
    """What D lowers, from its outputs at data and at fakes, each averaged over its own shape."""
    match choose("loss", loss, LOSSES):
        case "wasserstein":
            return fake.mean() - real.mean()
        case "least_squares":
            return ((real - 1).square().mean() + fake.square().mean()) / 2
    return -logsigmoid(real).mean() - logsigmoid(-fake).mean()


def generator_loss(fake: Tensor, loss: str) -> Tensor:
    """What G lowers, from D's outputs at its fakes; finite for every finite output."""
    match choose("loss", loss, LOSSES):
        case "saturating":
            return logsigmoid(-fake).mean()
        case "non_saturating":
            return -logsigmoid(fake).mean()
        case "wasserstein":
            return -fake.mean()
    return (fake - 1).square().mean() / 2


def discriminator_slopes(real: Tensor, fake: Tensor, loss: str) -> tuple[Tensor, Tensor]:
    """The derivatives of `discriminator_loss`, summed instead of averaged, by (real, fake)."""
    match choose("loss", loss, LOSSES):
        case "wasserstein":
            return -torch.ones_like(real), torch.ones_like(fake)
        case "least_squares":
            return real - 1, fake
    return -torch.sigmoid(-real), torch.sigmoid(fake)


def generator_slope(fake: Tensor, loss: str) -> Tensor:
    """The push on each fake: the derivative of `generator_loss`, summed instead of averaged.

    saturating −σ(a), which fades where D rejects; non_saturating −(1 − σ(a)), which stays −1 there.
    """
    match choose("loss", loss, LOSSES):
        case "saturating":
            return -torch.sigmoid(fake)
        case "non_saturating":
            return -torch.sigmoid(-fake)
        case "wasserstein":
            return -torch.ones_like(fake)
    return fake - 1


def gradient_penalty(slopes: Tensor) -> Tensor:
    """Mean over samples of (‖g‖ − 1)², from D's slopes g by its input, shape (n, d).

    A slope of 0 costs 1, and its own derivative there is taken as 0.
    """
    return (slopes.norm(dim=1) - 1).square().mean()


def r1_penalty(slopes: Tensor) -> Tensor:
    """½ times the mean over samples of ‖g‖², from D's slopes g at data points, shape (n, d)."""
    return slopes.square().sum(1).mean() / 2


def between(real: Tensor, fake: Tensor, share: Tensor) -> Tensor:
    """share · real + (1 − share) · fake with one share per sample: (n, d), (n, d), (n, 1)."""
    return share * real + (1 - share) * fake
