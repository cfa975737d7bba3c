"""A 512 × 512 × 3 picture in float32, mode same, against torch's layer and scipy's transforms."""

import importlib.util
import statistics
import time
from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F
from scipy import signal
from torch import Tensor

from benchmarks.row import Row
from core.convolution import convolve
from core.rng import generator

SIZES = range(3, 33, 2)
SEPARABLE = (3, 5, 7, 9, 11, 15, 21, 31)


def rows() -> Iterator[Row]:
    """Two rows per kernel: torch's layer, and the faster of scipy's two transforms."""
    x = torch.rand(3, 512, 512, generator=generator(0))
    for k in SIZES:
        yield from against_peers(f"random {k} × {k}", x, normal(k, k))
    for k in SEPARABLE:
        yield from against_peers(f"separable {k} × {k}", x, normal(k, 1) * normal(1, k))


def normal(*shape: int) -> Tensor:
    """Normal random numbers scaled to Σ|h| = 1, so that results are at most 1."""
    h = torch.randn(*shape, generator=generator(1))
    return h / h.abs().sum()


def against_peers(kernel: str, x: Tensor, h: Tensor) -> Iterator[Row]:
    """One row per peer on the same kernel, OpenCV's time in words where it is installed."""
    picture, weights, turned = x.numpy(), h[None].numpy(), h.flip(0, 1)[None, None]
    jobs = {
        "ours": lambda: convolve(x, h, "same"),
        "F.conv2d": lambda: F.conv2d(x[:, None], turned, padding=len(h) // 2)[:, 0],
        "fftconvolve": lambda: signal.fftconvolve(picture, weights, "same", axes=(1, 2)),
        "oaconvolve": lambda: signal.oaconvolve(picture, weights, "same", axes=(1, 2)),
    }
    if importlib.util.find_spec("cv2"):
        jobs["cv2.filter2D"] = opencv(x, turned[0, 0])
    ms = in_turn(jobs)
    beside = f" (cv2.filter2D {ms['cv2.filter2D']:.3g} ms)" if "cv2.filter2D" in ms else ""
    best = min("fftconvolve", "oaconvolve", key=ms.get)
    for peer, budget in (("F.conv2d", 5), (best, 1)):
        agreement = (jobs["ours"]() - torch.as_tensor(jobs[peer]())).abs().max().item()
        name = peer if peer == "F.conv2d" else f"scipy {peer}"
        what = f"{kernel} on 512 × 512 × 3{beside}"
        yield Row(what, ms["ours"], name, ms[peer], budget, agreement)


def in_turn(jobs: dict[str, Callable[[], object]], repeats: int = 9) -> dict[str, float]:
    """Median CPU time in milliseconds; each round runs every job once, so that they share load.

    A few milliseconds on a few megabytes depend on the load more than a ratio near 1 forgives.
    """
    times = {name: [] for name in jobs}
    for _ in range(1 + repeats):
        for name, job in jobs.items():
            start = time.process_time()
            job()
            times[name].append(time.process_time() - start)
    return {name: 1000 * statistics.median(seconds[1:]) for name, seconds in times.items()}


def opencv(x: Tensor, window: Tensor) -> Callable[[], object]:
    """The same job for OpenCV, channels last, zeros outside."""
    import cv2

    cv2.setNumThreads(1)
    picture, weights = x.permute(1, 2, 0).contiguous().numpy(), window.numpy()
    return lambda: cv2.filter2D(picture, -1, weights, borderType=cv2.BORDER_CONSTANT)
