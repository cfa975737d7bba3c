"""CPU against GPU: training, sampling and batches of attacks; a sentence without a GPU."""

import math
import time
from collections.abc import Callable, Iterator
from functools import cache

import torch

from benchmarks.row import Line
from core.adversarial import adversarial_train, pgd
from core.adversarial.digits import BOUNDS, READERS, learned, load, unseen
from core.adversarial.outcomes import PACE
from core.device import heavy
from core.diffusion import Mixture, ddim, ddpm, noise_model, schedule, train
from core.diffusion import digits as digits_net
from core.gan import modes
from core.gan import train as train_gan
from core.rng import generator

LEARNED, WIDE = 200, 10  # steps of a small denoiser, and of a wide one
GAN_STEPS = 300
EPS = READERS["robust"].eps
ATTACK, COPIES, ROBUST = 40, 100, 50  # steps of PGD, of each digit held out, of a training
REPEATS, LONG = 3, 5.0  # a job that took longer, in seconds, is not run again


def rows() -> Iterator[Line]:
    """Wall-clock time of the same work on both, and how far the results are apart."""
    device = heavy()
    if device.type == "cpu":
        yield Line("CPU against GPU", "skipped: torch finds no GPU here, or SADDLEPOINT_DEVICE=cpu")
        return
    name = torch.cuda.get_device_name() if device.type == "cuda" else str(device)
    jobs: list[tuple[str, Callable[[torch.device | str], torch.Tensor], str]] = [
        (f"GAN 2 × 64, batch 256, {GAN_STEPS} steps", gan, "fakes"),
        (f"denoiser of width 128, batch 256, {LEARNED} steps",
         lambda d: denoiser(d, LEARNED, 128, 256), "loss"),
        (f"denoiser of width 1024, batch 4096, {WIDE} steps",
         lambda d: denoiser(d, WIDE, 1024, 4096), "loss"),
        (f"digits of width 256, batch 256, {LEARNED} steps",
         lambda d: digits(d, LEARNED, 256, 256), "loss"),
        (f"digits of width 1024, batch 2048, {WIDE} steps",
         lambda d: digits(d, WIDE, 1024, 2048), "loss"),
        ("DDIM 50 steps, 100 000 points, width 128", sampled, "largest"),
        ("DDPM 1000 steps, 2000 points, width 128", chain, "distribution"),
        (f"PGD-{ATTACK}, L∞, {COPIES} copies of 360 digits, float32", attacked, "pixels, mean"),
        (f"adversarial training of digits, 2 × 256, batch 512, {ROBUST} steps", robust, "loss"),
    ]  # fmt: skip
    for what, job, compared in jobs:
        (here, on_cpu), (there, on_gpu) = timed(job, "cpu"), timed(job, device)
        apart = float((on_cpu - on_gpu).abs().max())
        yield Line(
            what,
            f"{1000 * there:.3g} ms ({name})",
            f"{1000 * here:.3g} ms (CPU, {torch.get_num_threads()} thread)",
            f"{here / there:.2f}×",
            agreement=f"{apart:.1g} ({compared})",
        )


def timed(job: Callable, device: torch.device | str) -> tuple[float, torch.Tensor]:
    """Seconds of the fastest run of four, one of a long one, and its result on the CPU."""
    best = float("inf")
    for _ in range(1 + REPEATS):
        begun = time.perf_counter()
        result = job(device).cpu()  # waits for the device
        best = min(best, time.perf_counter() - begun)
        if device == "cpu" and best > LONG:
            break
    return best, result


def gan(device: torch.device | str) -> torch.Tensor:
    *_, last = train_gan("ring", steps=GAN_STEPS, every=GAN_STEPS, device=device)
    return last.fakes.mean(0)


def law() -> Mixture:
    """Eight spots."""
    return Mixture(torch.full((8,), 1 / 8, dtype=torch.float64), modes("ring"), 0.1)


def denoiser(device: torch.device | str, steps: int, width: int, batch: int) -> torch.Tensor:
    given = {"width": width, "batch": batch, "every": steps, "device": device}
    *_, last = train(law(), steps, **given)
    return torch.tensor(last.loss)


def digits(device: torch.device | str, steps: int, width: int, batch: int) -> torch.Tensor:
    given = {"width": width, "batch": batch, "every": steps, "device": device}
    *_, last = digits_net.train(steps=steps, **given)
    return torch.tensor(last.loss)


@cache
def trained(width: int):
    """A denoiser after 50 steps on the CPU, and its schedule."""
    *_, last = train(law(), 50, width=width, every=50, device="cpu")
    return last.net, schedule("linear", 1000)


def model_on(device: torch.device | str):
    """Its predictions on the device, and its schedule."""
    net, plan = trained(128)
    return noise_model(net._replace(weights=net.weights.to(device)), plan), plan


def sampled(device: torch.device | str) -> torch.Tensor:
    model, plan = model_on(device)
    start = torch.randn(100_000, 2, generator=generator(0)).to(device)
    *_, last = ddim(model, start, plan, 50)
    return last.x


def chain(device: torch.device | str) -> torch.Tensor:
    """Mean and standard deviation of the points: their fresh noise is drawn on the device."""
    model, plan = model_on(device)
    start = torch.randn(2000, 2, generator=generator(0)).to(device)
    *_, last = ddpm(model, start, plan, generator=generator(1, device))
    return torch.cat([last.x.mean(0), last.x.std(0)])


def attacked(device: torch.device | str) -> torch.Tensor:
    """The mean picture: where a slope is all but 0 its sign may differ."""
    x, y = unseen()
    x, y = x.float().to(device).repeat(COPIES, 1), y.to(device).repeat(COPIES)
    net = load("robust").to(device, torch.float32)
    how = {"norm": math.inf, "alpha": PACE * EPS / ATTACK, "steps": ATTACK, "bounds": BOUNDS}
    return pgd(net, x, y, EPS, **how, generator=generator(0)).mean(0)


def robust(device: torch.device | str) -> torch.Tensor:
    how = {"hidden": (256, 256), "batch": 512, "bounds": BOUNDS, "dtype": torch.float32}
    *_, last = adversarial_train(*learned(), EPS, steps=ROBUST, every=ROBUST, device=device, **how)
    return torch.tensor(last.loss)
