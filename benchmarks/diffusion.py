"""DDPM against diffusers, the exact sampler under the finger, and how good samples are."""

import os
import statistics
import time
from collections.abc import Iterator

import torch
from torch import Tensor

from benchmarks.pictures import dragged, unit
from benchmarks.row import Line, Row
from core.diffusion import Mixture, Schedule, ddim, ddpm, exact_model, noise_model, schedule
from core.diffusion.training import Net, predicted, train
from core.gan import modes
from core.gan.distances import sliced_w1
from core.rng import generator
from pages.experiments.diffusion.sampler import EXPERIMENT

STEPS, POINTS, WIDTH, REPEATS = 1000, 2000, 128, 3
DIRECTIONS = 128
RING = Mixture([1 / 8] * 8, modes("ring"), 0.1)


def rows() -> Iterator[Row | Line]:
    """The time of DDPM beside the peer's, pictures a second, and distances to the data."""
    yield against_diffusers()
    seconds, size = dragged("diffusion", EXPERIMENT)
    shown = EXPERIMENT.defaults()
    yield Line(
        f"exact sampler dragged (N = {shown['N']}, T = {shown['T']}), pictures/s of server CPU",
        f"{1 / seconds:.0f}, {seconds / unit():.1f} units, {size / 1000:.0f} kB",
        budget="≥ 30, ≤ 5 units, ≤ 100 kB",
    )
    yield quality()


def against_diffusers() -> Row:
    """The same net, float32, and the same noise; theirs with our schedule in float64."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    from diffusers.schedulers.scheduling_ddpm import DDPMScheduler

    plan = schedule("linear", STEPS)
    *_, last = train(RING, 200, width=WIDTH)
    x = torch.randn(POINTS, 2, generator=generator(0))
    peer = DDPMScheduler(STEPS, clip_sample=False, variance_type="fixed_large")
    peer.alphas_cumprod, peer.one = plan.alpha_bar[1:], torch.ones((), dtype=torch.float64)
    times: dict[str, list[float]] = {"ours": [], "theirs": []}
    for _ in range(REPEATS):
        ends = {}
        for name, job in (
            ("ours", lambda: ours(last.net, plan, x)),
            ("theirs", lambda: theirs(last.net, peer, x)),
        ):
            begun = time.process_time()
            ends[name] = job()
            times[name].append(1000 * (time.process_time() - begun))
    return Row(
        what=f"DDPM, {STEPS} steps × {POINTS} points, net of 3 × {WIDTH} SiLU",
        ours_ms=statistics.median(times["ours"]),
        peer="diffusers, DDPMScheduler",
        peer_ms=statistics.median(times["theirs"]),
        budget=1.1,
        agreement=float((ends["ours"] - ends["theirs"]).abs().max()),
    )


def ours(net: Net, plan: Schedule, x: Tensor) -> Tensor:
    *_, last = ddpm(noise_model(net, plan), x, plan, "beta", generator(1))
    return last.x


def theirs(net: Net, peer, x: Tensor) -> Tensor:
    """The loop of their documentation: the time is embedded in every call."""
    source = generator(1)
    peer.set_timesteps(STEPS)
    with torch.inference_mode():
        for t in peer.timesteps:
            eps = predicted(net, x, int(t) + 1, STEPS)
            x = peer.step(eps, int(t), x, generator=source).prev_sample
    return x


# --- quality -------------------------------------------------------------------------------------


def quality() -> Line:
    """Eight Gaussians, 2000 points, exact prediction: mean of ten draws of each."""
    plan = schedule("linear", STEPS)
    model, found = exact_model(RING, plan.alpha_bar), {}
    for seed in range(10):
        source = generator(seed)
        true, again = RING.sample(POINTS, source), RING.sample(POINTS, source)
        x = torch.randn(POINTS, 2, generator=source, dtype=torch.float64)
        *_, last = ddim(model, x, plan, 50)
        for name, sample in (("two true samples", again), ("DDIM, 50 steps", last.x)):
            found.setdefault(name, []).append(sliced_w1(true, sample, count=DIRECTIONS))
    means = {name: sum(each) / len(each) for name, each in found.items()}
    return Line(
        "sliced W₁ to a true sample of eight Gaussians, 2000 points",
        ", ".join(f"{name} {mean:.4f}" for name, mean in means.items()),
        ratio=f"{means['DDIM, 50 steps'] / means['two true samples']:.2f} of the floor",
    )
