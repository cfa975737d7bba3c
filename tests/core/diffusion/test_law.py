"""How near the law of samples is to the data, beside what two true samples differ by."""

import math

import numpy as np
import pytest
import torch
from scipy.stats import wasserstein_distance

from core.diffusion import Mixture, ddim, ddpm, exact_model, ode, schedule
from core.rng import generator

ANGLES = [k * math.pi / 4 for k in range(8)]
RING = Mixture([1 / 8] * 8, [[2 * math.cos(a), 2 * math.sin(a)] for a in ANGLES], 0.1)
PLAN = schedule("linear", 200, 5e-4, 0.1)
N, SEEDS = 1000, 4


def sliced(a, b):
    """Mean W₁ over 24 directions of the plane, by scipy."""
    angles = np.arange(24) * math.pi / 24
    along = np.stack([np.cos(angles), np.sin(angles)])
    return np.mean([wasserstein_distance(*pair) for pair in zip((a @ along).T, (b @ along).T)])


def means(sampler):
    """Sliced distance of samples, and of a second true sample, to a true one: mean over seeds."""
    found = []
    for seed in range(SEEDS):
        source = generator(seed)
        true, again = (RING.sample(N, source).numpy() for _ in "12")
        x = torch.randn(N, 2, generator=source, dtype=torch.float64)
        *_, last = sampler(exact_model(RING, PLAN.alpha_bar), x, source)
        found.append((sliced(last.x.numpy(), true), sliced(again, true)))
    return np.mean(found, 0)


@pytest.mark.parametrize(
    "sampler",
    [
        lambda model, x, source: ddpm(model, x, PLAN, "beta", source),
        lambda model, x, source: ddim(model, x, PLAN, 50),
        lambda model, x, source: ode(model, x, PLAN, 50, "heun"),
    ],
    ids=["ddpm", "ddim", "heun"],
)
def test_samples_are_as_near_to_the_data_as_true_ones(sampler):
    samples, floor = means(sampler)
    assert samples < 1.6 * floor


def test_too_few_steps_and_no_fresh_noise_are_far_away():
    few, floor = means(lambda model, x, source: ddim(model, x, PLAN, 3))
    assert few > 3 * floor
    still, floor = means(lambda model, x, source: ddpm(model, x, PLAN, "none"))
    assert still > 1.6 * floor
