"""What holds at every position of flip and slide, and the words for it."""

import torch
from torch import Tensor

from core.check import Check, equal
from core.convolution.operator import convolve
from core.experiments.convolution.slide import Slide, start, weights_at


def checks(run: Slide, *, f: str, h: str, time: str, copies: int, **_) -> list[Check]:
    """CNN-06, CNN-13, CNN-16 with erratum E-55, and PROB-27 with E-12, on these signals."""
    both = convolve(run.f, run.h) * run.dt
    return [
        *_definition(run, time, both),
        *_area(run, f, h, time, both),
        *_correlation(run),
        *_densities(run, f, h, time, copies, both),
    ]


def _definition(run: Slide, time: str, both: Tensor) -> list[Check]:
    place = _place(run, flip=True)
    weights = weights_at(run.h, place, len(run.f), True, run.circular)[0]
    sign = "∫" if time == "continuous" else "Σ"
    every = weights_at(run.h, torch.arange(len(both)), len(run.f), True, False) @ run.f * run.dt
    return [
        equal(
            "CNN-06" if time == "continuous" else "CNN-13",
            f"{sign} f(t) h(u − t) = {sign} h(t) f(u − t) at this u",
            float(run.f @ weights) * run.dt,
            _swapped(run, int(place)),
            tol=1e-9 * max(1.0, float(run.f.abs() @ weights.abs()) * run.dt),
            applies=run.k >= 0,
            why="" if run.k >= 0 else "there is no output of this number",
        ),
        equal(
            "CNN-13",
            "(f ∗ h)[u] is the sum of its products at every u: largest relative difference",
            _off(every, both),
            0.0,
        ),
        equal(
            "CNN-13",
            "n samples ∗ m samples overlap at n + m − 1 positions",
            len(both),
            len(run.f) + len(run.h) - 1,
        ),
    ]


def _area(run: Slide, f: str, h: str, time: str, both: Tensor) -> list[Check]:
    known = bool(len(run.theory) and len(run.y)) and run.theory_name != "normal density"
    exact = {f, h} <= {"box", "die"}
    applies = known and (exact or time == "continuous")
    why = "" if applies else "for two boxes, and for two Gaussians in continuous time"
    return [
        equal(
            "CNN-06",
            "area of f ∗ h = area of f · area of h",
            float(both.sum()) * run.dt,
            float(run.f.sum() * run.h.sum()) * run.dt**2,
            tol=1e-9 * max(1.0, float(run.f.abs().sum() * run.h.abs().sum()) * run.dt**2),
        ),
        equal(
            "CNN-06",
            f"the outputs are {run.theory_name or 'those of a formula'}: largest relative "
            "difference" + (" (ours end at 4σ)" if known and not exact else ""),
            _off(run.y, run.theory) if applies else 0.0,
            0.0,
            tol=1e-9 if exact else 1e-3,
            applies=applies,
            why=why,
        ),
    ]


def _correlation(run: Slide) -> list[Check]:
    f, h = run.f, run.h
    turned = convolve(f, h.flip(0))
    places = torch.arange(len(turned))
    slid = weights_at(h, places, len(f), False, False) @ f
    odd, even = _off(h, -h.flip(0)) < 1e-12, _off(h, h.flip(0)) < 1e-12
    plain = convolve(f, h)
    return [
        equal(
            "CNN-16",
            "(h ⋆ f)[u] = Σ h[t] f[u + t] = (h̄ ∗ f)[u] with h̄[t] = h[−t]: largest relative "
            "difference (E-55: the sheet prints ∗ for ⋆; it is the convolution that flips)",
            _off(slid, turned),
            0.0,
        ),
        equal(
            "CNN-16",
            "not commutative: (h ⋆ f)[u] = (f ⋆ h)[−u], largest relative difference",
            _off(slid, convolve(h, f, flip=False).flip(0)),
            0.0,
        ),
        equal(
            "CNN-16",
            "h̄ = −h: h ⋆ f = −(f ∗ h), largest relative difference"
            if odd and not even
            else "h̄ = h: h ⋆ f = f ∗ h, largest relative difference",
            _off(slid, -plain if odd and not even else plain),
            0.0,
            applies=odd or even,
            why="" if odd or even else "backwards, h is neither itself nor its negative",
        ),
    ]


def _densities(run: Slide, f: str, h: str, time: str, copies: int, both: Tensor) -> list[Check]:
    laws = [run.f, run.h, both]
    applies = all(bool((law >= 0).all()) and float(law.sum()) > 0 for law in laws)
    why = "" if applies else "a density is nowhere negative and somewhere positive"
    sums = torch.arange(len(both), dtype=torch.float64) * run.dt
    times = run.t, run.tau, start(run.t, run.tau, True, False) + sums
    moments = [_moments(*pair) if applies else (0.0, 0.0) for pair in zip(laws, times)]
    dice = f == h == "die" and copies == 1 and time == "discrete"
    i, j = torch.meshgrid(torch.arange(len(run.f)), torch.arange(len(run.h)), indexing="ij")
    return [
        equal(
            "PROB-27",
            "f, h as laws of independent X and Y, f ∗ h that of X + Y: the means add",
            moments[2][0],
            moments[0][0] + moments[1][0],
            applies=applies,
            why=why,
        ),
        equal(
            "PROB-27",
            "and the variances add",
            moments[2][1],
            moments[0][1] + moments[1][1],
            applies=applies,
            why=why,
        ),
        equal(
            "PROB-27",
            "two dice: n m P(X + Y = z) counts the pairs with this sum, largest difference "
            "(E-12: the sheet writes the same integral twice)",
            _off(both * i.numel(), torch.bincount((i + j).flatten()).double()) if dice else 0.0,
            0.0,
            applies=dice,
            why="" if dice else "needs two dice, each thrown once",
        ),
    ]


def _place(run: Slide, flip: bool) -> Tensor:
    """The place of the present position, with the kernel turned or not, (1,)."""
    if run.k < 0:
        return torch.zeros(1, dtype=torch.int64)
    away = run.u[run.k : run.k + 1] - start(run.t, run.tau, flip, run.circular)
    return torch.round(away / run.dt).long()


def _swapped(run: Slide, place: int) -> float:
    """Σ_t h[t] f[u − t]: h in its own order, f turned."""
    n, t = len(run.f), place - torch.arange(len(run.h))
    if run.circular:
        t = t % n
    inside = (t >= 0) & (t < n)
    return float(run.h[inside] @ run.f[t[inside]]) * run.dt


def _off(a: Tensor, b: Tensor) -> float:
    """The largest difference in units of the largest value, or of 1 if that is smaller."""
    return float((a - b).abs().max() / b.abs().max().clamp(min=1.0))


def _moments(law: Tensor, t: Tensor) -> tuple[float, float]:
    share = law / law.sum()
    mean = float(share @ t)
    return mean, float(share @ (t - mean) ** 2)


def says(run: Slide, *, flip: bool, time: str, k: int, **_) -> str:
    """What happens at this position, and what comes out."""
    if not len(run.y):
        return (
            f"The kernel ({len(run.h)} samples) is longer than the signal ({len(run.f)}): nowhere "
            "does all of it lie inside, so there is no output."
        )
    if run.k < 0:
        return f"There is no output number {k}: there are {len(run.y)}, numbered from 0."
    top, many = int(run.y.abs().argmax()), len(run.y)
    largest = f"{_number(run.y[top])} at u = {_number(run.u[top])}"
    whole = f"{many} output{'s' * (many > 1)} in all, the largest {largest}."
    if run.y[top] == 0:
        whole = "Every output is 0."
    here, value = _number(run.u[run.k]), _number(run.y[run.k])
    if time == "continuous":
        size = f"{run.error:.0e}" if run.error > 1e-12 else "rounding"
        first = f"At u = {here} the products enclose the area {value} (numerical error: {size})."
        whole = f"The largest is {largest}."
    else:
        pairs = int((run.products != 0).sum())
        many = f"{pairs} product{'s' * (pairs != 1)} that {'are' if pairs != 1 else 'is'} not 0"
        first = f"At u = {here}: {value}, the sum of {many}."
        if not pairs:
            first = f"At u = {here}: 0, for no product differs from 0."
    if flip:
        return f"{first} {whole}{_gap(run)}"
    weights = weights_at(run.h, _place(run, flip=True), len(run.f), True, run.circular)[0]
    other = _number(float(run.f @ weights) * run.dt)
    return (
        f"{first} The kernel is not turned: this is the cross-correlation. The convolution has "
        f"{other} at this u. {whole}"
    )


def _gap(run: Slide) -> str:
    if not len(run.theory):
        return ""
    gap = float((run.y - run.theory).abs().max())
    size = "exact" if gap < 1e-9 else f"off by at most {gap:.1g}"
    return f" The dashed {run.theory_name} is {size}."


def _number(value: float) -> str:
    """Four digits, a rounding error as 0, a real minus."""
    return f"{round(float(value), 9) + 0.0:.4g}".replace("-", "−")


def length_and_peak(run: Slide) -> str:
    """Number of outputs and the largest one, as the options of a prediction."""
    return f"{len(run.y)} and {_number(run.y.max())}"


def against_the_other(run: Slide) -> str:
    """How convolution and cross-correlation with this kernel differ, place by place."""
    turned, plain = convolve(run.f, run.h), convolve(run.f, run.h, flip=False)
    if _off(turned, plain) < 1e-12:
        return "not at all"
    return "by the sign, everywhere" if _off(turned, -plain) < 1e-12 else "in no simple way"


def meets_first(run: Slide) -> str:
    """Which end of the kernel lies on the first sample of f at the first output."""
    met = float(run.weights[run.weights.abs().argmax()])
    return "the tall end" if met == float(run.h.max()) else "the low end"


def odds(run: Slide) -> str:
    """How much likelier the most likely sum is than the largest one."""
    ratio = float(run.y.max() / run.y[-1])
    return "equally likely" if ratio == 1 else f"{ratio:.3g} times"


def broader(run: Slide) -> str:
    """The σ of the result, rounded to one decimal."""
    return f"{_moments(run.y, run.u)[1] ** 0.5:.2g}"
