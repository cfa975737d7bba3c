"""What frozen pixels claim: there and back is the same pixel, and a slope of 0 never moves."""

import math

import numpy as np

from core.check import Check, equal, same
from core.experiments.museum.frozen import BETAS, EPS, SHRINK, STEPS, Frozen, pictures
from core.words import number

NEAR = 0.05  # of the wish: the pixel came there
TURN = 1e-6  # what atanh loses of a pixel near 0 or 1


def checks(run: Frozen, *, code: str, x: float, wish: float, lr: float, digit: int) -> list[Check]:
    """The slope that was not looked at, and every step by another way of writing it."""
    shrink = SHRINK if code == "mended" else 1.0
    ends = x in (0, 1)
    inner = shrink * (2 * x - 1)
    path = run.path.numpy()
    image = pictures()[digit].numpy()
    frozen = (image == 0) + (image == 1) if code == "published" else np.zeros(image.shape)
    told = "dx/dw = ½(1 − tanh² w), which is 0 at x = 0 and x = 1"
    if code == "mended":
        told = "dx/dw = ½(1 − tanh² w), above 0 for every pixel as |tanh w| ≤ 0.999999"
    return [
        equal("", told, run.slope, (1 - inner * inner) / 2, tol=1e-9),
        equal("", "what is frozen stays: distance from start to end", abs(path[-1] - path[0]), 0.0,
              needs=((ends and code == "published", "this pixel has a slope"),)),
        same("", "every pixel from the one before, by Adam on logits: largest distance", path,
             _again(path, inner, wish, lr), tol=1e-6),
        same("", "the digit, and its pixels of exactly 0 or 1",
             np.stack([run.image.numpy(), run.stuck.numpy()]), np.stack([image, frozen])),
    ]  # fmt: skip


def _again(path: np.ndarray, inner: float, wish: float, lr: float) -> np.ndarray:
    """2w is the logit of the pixel: a step of w is two of the logit."""
    if abs(inner) == 1:
        return np.full(STEPS + 1, (inner + 1) / 2)
    logit = math.log1p(inner) - math.log1p(-inner)
    k = np.arange(1, STEPS + 1)
    seen, grads = [_pixel(logit)], np.zeros(STEPS)
    for i in range(STEPS):
        p, q = seen[-1], _pixel(-logit)
        grads[i] = (p - wish) * 2 * p * q
        ages = i - np.arange(i + 1)
        m = (1 - BETAS[0]) * float(BETAS[0] ** ages @ grads[: i + 1]) / (1 - BETAS[0] ** k[i])
        v = (1 - BETAS[1]) * float(BETAS[1] ** ages @ grads[: i + 1] ** 2) / (1 - BETAS[1] ** k[i])
        logit -= 2 * lr * m / (math.sqrt(v) + EPS)
        seen.append(_pixel(logit))
    return np.array(seen)


def _pixel(logit: float) -> float:
    return 1 / (1 + math.exp(-logit)) if logit > -700 else 0.0


def says(run: Frozen, *, code: str, x: float, wish: float) -> str:
    """Whether the pixel comes to what is wished, and how much of the digit can."""
    end, count = float(run.path[-1]), int(run.stuck.sum())
    if code == "published" and x in (0, 1):
        moved = f"The pixel stays at {number(x)}: w is infinite, and its slope 0."
    elif abs(end - wish) <= NEAR:
        moved = f"The pixel goes from {number(x)} to {number(end)}, where it is wished."
    else:
        moved = f"The pixel goes from {number(x)} to {number(end)}; wished is {number(wish)}."
    return f"{moved} Of this digit {count} of 64 pixels are frozen."


def _end(run: Frozen) -> tuple[float, dict[str, str]]:
    return float(run.path[-1]), {"end": number(float(run.path[-1]))}


def _share(run: Frozen) -> tuple[float, dict[str, int]]:
    count = int(run.stuck.sum())
    return float(count), {"count": count}


answers = {"end": _end, "share": _share}
