"""The numbers that questions quote from other runs are the numbers of these runs."""

import pytest
import torch

from core.landscapes import rosenbrock
from core.optimizers import iterations_to
from pages.landscapes import EXPERIMENTS
from pages.ui import run

BY_SLUG = {experiment.slug: experiment for experiment in EXPERIMENTS}


def result(slug: str, **values):
    return run.result(BY_SLUG[slug], BY_SLUG[slug].defaults() | values)


def banana_steps() -> int:
    start, land = torch.tensor([-1.2, 1.0], dtype=torch.float64), rosenbrock()
    return int(iterations_to(land, "gd", start, 1e-3, 1e-6 / float(land.f(start)), 20_000))


QUOTED = {
    "bowl": ("Slow without zig-zag", lambda: [result("bowl", start="worst").needed]),
    "ball": (
        "Too much memory",
        lambda: [result("ball").iterations, result("ball", beta=0.0).iterations],
    ),
    "valley": (
        "Adam meets the diagonal",
        lambda: [result("valley", kappa=1000.0, angle=0.0).adam],
    ),
    "wild": ("Banana with memory", lambda: [f"{banana_steps():,}".replace(",", " ")]),
}


@pytest.mark.parametrize("slug", QUOTED)
def test_a_question_quotes_what_is_computed(slug):
    preset, numbers = QUOTED[slug]
    question = next(p.question for p in BY_SLUG[slug].predictions if p.preset == preset)
    for number in numbers():
        assert f" {number} " in question.replace(".", " ").replace(",", " "), question


def test_the_question_of_the_valley_holds_whatever_kappa_is():
    counts = {result("valley", kappa=kappa, angle=0.0).adam for kappa in (10.0, 100.0, 1e4)}
    assert len(counts) == 1
    assert f" {counts.pop()} steps" in BY_SLUG["valley"].question
