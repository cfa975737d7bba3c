"""What unrolling claims: RNN-01, RNN-02."""

import math
from functools import lru_cache

import numpy as np

from core.check import Check, same
from core.experiments.recurrence.unrolled import Unrolled, inputs
from core.words import amount, number, spaced


def checks(run: Unrolled, *, r: float, omega: float, x: str, drawn: str, T: int) -> list[Check]:
    """The kernel, the sum, the ways agree, a run in two parts, time does not matter, the costs."""
    k, given = np.arange(T), inputs(x, drawn, T).numpy()
    h = r**k * np.cos(omega * k)
    y = np.concatenate([[0.0], np.convolve(given, h)[:T]])
    size = max(np.abs(given).sum() * np.abs(h).max(), 1e-300)  # of rounding
    wrong = np.tri(T + 1, T, -1) @ (h * given)
    ways = np.stack([run.scan.numpy(), run.fft.numpy()])
    half = T // 2
    return [
        same("RNN-02", "yᵗ = Σ h of t − 1 − s times xˢ over s < t, with the kernel turned round: "
             "largest distance from the steps", run.steps.numpy() / size, y / size),
        same("RNN-02", "the parallel scan and the FFT give what the steps give: largest distance",
             ways / size, run.steps.numpy() / size),
        same("RNN-01", f"a run that is continued from the state at t = {half} is the run at once: "
             "largest distance", run.steps[half:].numpy() / size,
             _continued(r, omega, given, half) / size),
        same("RNN-02", "the kernel is c·Aᵏb = rᵏ cos ωk: largest distance", run.h, h),
        same("", "the input is that of the setting: largest distance", run.x, given),
        same("", "what the kernel gives that is not turned, Σ hₛ xˢ: largest distance",
             run.unturned.numpy() / size, wrong / size),
        same("", "multiplications of the ways, counted one by one: largest distance",
             [cost.multiplications for cost in run.costs.values()], _counted(T)[0]),
        same("", "rounds of the ways, counted one by one: largest distance",
             [cost.rounds for cost in run.costs.values()], _counted(T)[1]),
    ]  # fmt: skip


def _continued(r: float, omega: float, given: np.ndarray, half: int) -> np.ndarray:
    """y from t = half on, by a run in complex numbers from the state there."""
    lam = r * complex(math.cos(omega), math.sin(omega))
    z = complex(sum(u * lam ** (half - 1 - s) for s, u in enumerate(given[:half].tolist())))
    found = [z.real]
    for u in given[half:].tolist():
        z = lam * z + u
        found.append(z.real)
    return np.array(found)


@lru_cache(maxsize=512)
def _counted(T: int) -> tuple[list[int], list[int]]:
    """Multiplications and rounds of steps, sum, FFT and scan with two states, by going through."""
    N = 1
    while N < 2 * T - 1:
        N *= 2
    scan, rounds, far = 4 * T, 2, 1  # B x and c·z
    while far <= T:
        rounds += 1
        scan += 4 * (T + 1 - far) + (8 if 2 * far <= T else 0)
        far *= 2
    many = [8 * T, sum(range(1, T + 1)), 3 * 4 * _butterflies(N) + 4 * N, scan]
    return many, [T + 2, 1, 2 * int(math.log2(N)) + 1, rounds]


def _butterflies(N: int) -> int:
    return 0 if N == 1 else 2 * _butterflies(N // 2) + N // 2


# --- words ---------------------------------------------------------------------------------------


def says(run: Unrolled, *, r: float, T: int, k: int = 0) -> str:
    """The output at the place looked at, how long the kernel is, and the costs."""
    t = min(k, T - 1) + 1
    told = f"At t = {t} the kernel, turned round and laid on the inputs before, gives "
    told += f"y = {number(run.steps[t], zero=1e-12)}. "
    if r < 1:
        lasts = max(1, math.ceil(math.log(0.01) / math.log(r) - 1e-9)) if r > 0.01 else 1
        told += f"An input counts no more than a hundredth after {amount(lasts, 'steps')}. "
    else:
        told += "No input is ever forgotten: r ≥ 1. "
    step, scan = run.costs["steps"], run.costs["scan"]
    return told + (
        f"One step after the other takes {step.rounds} rounds, the scan {scan.rounds}, with "
        f"{spaced(step.multiplications)} and {spaced(scan.multiplications)} multiplications."
    )


def _oldest(run: Unrolled, turned: bool = True) -> tuple[str, dict[str, float]]:
    """What weighs the first input in the last output."""
    weight = abs(float(run.h[-1] if turned else run.h[0]))
    return ("head" if weight > 0.5 else "tail"), {"weight": float(run.h[-1])}


def _rounds(run: Unrolled) -> tuple[float, dict[str, float]]:
    scan, steps = run.costs["scan"], run.costs["steps"]
    return scan.rounds, {"scan": scan.rounds, "steps": steps.rounds}


answers = {"oldest": _oldest, "rounds": _rounds}
