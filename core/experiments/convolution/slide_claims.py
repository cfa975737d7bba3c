"""What holds at every position of flip and slide, and the words for it."""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from core.check import Check, equal, same
from core.convolution.operator import convolve
from core.convolution.signals import short
from core.experiments.convolution.slide import BOXES, Slide, Window


def checks(run: Slide, *, f: str, h: str, mode: str, copies: int, k: int) -> list[Check]:
    """CNN-06, CNN-13, CNN-16 and PROB-27 on these signals."""
    both, unit, sign = convolve(run.f, run.h) * run.dt, run.size, "∫" if run.smooth else "Σ"
    turned = f"{sign} f(t) h(u − t) = {sign} h(t) f(u − t) at every u: largest difference"
    turned = same("CNN-06", turned, convolve(run.h, run.f) * run.dt / unit, both / unit)
    dice = f == h == "die" and copies == 1 and mode not in ("centred", "same", "circular")
    return [
        _summed(run, run.window(k)),
        turned,
        *_correlation(run),
        *_area(run, both),
        *_densities(run, dice and not run.smooth, both),
    ]


def _summed(run: Slide, now: Window | None) -> Check:
    """Every output; at this position the products that are drawn, and the kernel where it lies."""
    name = "(f ∗ h)" if run.flip else "(h ⋆ f)"
    claim = f"{name}[u] is the sum of its products, at every u and as drawn: largest difference"
    found, wanted = run.weights(run.places, run.flip) @ run.f * run.dt, run.y
    if now:
        place = ((now.at - run.first) / run.dt).round().long()
        met = (place >= 0) & (place < len(run.f))
        lain = torch.zeros_like(run.f).index_put((place[met],), now.lying[met])
        share = run.f.abs().sum() * run.dt
        found = torch.cat((found, now.products.sum()[None], lain * share))
        wanted = torch.cat((wanted, wanted.new_full((1,), now.y), now.weights * share))
    needs = ((len(run.y) > 0, "there is no output"),)
    return same("CNN-13", claim, found / run.size, wanted / run.size, needs=needs)


def _area(run: Slide, both: Tensor) -> tuple[Check, Check]:
    area, factors = float(both.sum()) * run.dt, float(run.f.sum() * run.h.sum()) * run.dt**2
    tol = 1e-9 * run.size * run.dt / max(1.0, min(abs(area), abs(factors)))
    exact = run.theory_name == BOXES
    known = exact or (run.smooth and len(run.theory) > 0)
    found = torch.stack((run.y, run.finer)) if known else 0.0
    formula = same(
        "CNN-06",
        f"the outputs{' (also those with half the dt)' if run.smooth else ''} follow a formula"
        f"{run.theory_name and ', ' + run.theory_name}: largest difference",
        found,
        run.theory if known else 0.0,
        tol=1e-9 if exact else 1e-3,
        needs=((known, "for two boxes, and for two Gaussians in continuous time"),),
        why="" if exact else "our Gaussians end at 4σ",
    )
    return equal("CNN-06", "area of f ∗ h = area of f · area of h", area, factors, tol=tol), formula


def _correlation(run: Slide) -> tuple[Check, Check]:
    f, h, unit = run.f, run.h, run.size / run.dt
    plain, sides = convolve(f, h), (convolve(f, h.flip(0)), convolve(h, f, flip=False).flip(0))
    slid = run._replace(circular=False).weights(torch.arange(len(plain)), flip=False) @ f
    even, odd = (bool(((h - s * h.flip(0)).abs() <= 1e-12 * h.abs().max()).all()) for s in (1, -1))
    sign = -1 if odd and not even else 1
    swapped = (
        "(h ⋆ f)[u] = Σ h[t] f[u + t] = (h̄ ∗ f)[u] with h̄[t] = h[−t], and it is (f ⋆ h)[−u], so "
        "not commutative: largest difference"
    )
    equals = "h̄ = h: h ⋆ f = f ∗ h" if sign > 0 else "h̄ = −h: h ⋆ f = −(f ∗ h)"
    needs = ((even or odd, "backwards, h is neither itself nor its negative"),)
    return (
        same("CNN-16", swapped, torch.stack(sides) / unit, slid / unit),
        same(
            "CNN-16",
            f"{equals}, largest difference",
            slid / unit,
            sign * plain / unit,
            tol=1e-11,
            needs=needs,
        ),
    )


def _densities(run: Slide, dice: bool, both: Tensor) -> tuple[Check, Check]:
    sums = run.first + run.lag + run.dt * torch.arange(len(both), dtype=torch.float64)
    laws = (run.f, run.t), (run.h, run.tau), (both, sums)
    positive = all(bool((law >= 0).all()) and float(law.sum()) > 0 for law, _ in laws)
    x, y, z = (_moments(*law) for law in laws) if positive else torch.zeros(3)
    adding = (
        "f, h as laws of independent X and Y, f ∗ h that of X + Y: means and variances add, "
        "largest difference"
    )
    i, j = torch.arange(len(run.f)) + 1, torch.arange(len(run.h)) + 1
    pairs = ((i[:, None] + j).flatten() == sums[:, None]).sum(1)
    counting = "two dice: n m P(X + Y = z) counts the pairs with this sum, largest difference"
    found, pairs = (both * len(i) * len(j), pairs) if dice else (0.0, 0.0)
    density = (positive, "a density is nowhere negative and somewhere positive")
    thrown = (dice, "needs two dice, each thrown once, with faces from 1")
    return (
        same("PROB-27", adding, z, x + y, needs=(density,)),
        same("PROB-27", counting, found, pairs, needs=(thrown,)),
    )


def _moments(law: Tensor, t: Tensor) -> Tensor:
    """Mean and variance, (2,)."""
    share = law / law.sum()
    mean = share @ t
    return torch.stack((mean, share @ (t - mean) ** 2))


def says(run: Slide, *, k: int) -> str:
    """What happens at this position, and what comes out."""
    there, many, write = run.window(k), len(run.y), partial(short, zero=1e-12 * run.size)
    if not many:
        longer = f"The kernel ({len(run.h)} samples) is longer than the signal ({len(run.f)})"
        return f"{longer}: nowhere does all of it lie inside, so there is no output."
    if not there:
        last = f"the last of the {many} is number {many - 1}" if many > 1 else "there is only one"
        return f"There is no output number {k}: {last}, counted from 0."
    here, value = f"At u = {short(there.u)}", write(there.y)
    pairs = int((there.products != 0).sum())
    if run.smooth:
        size = f"off by about {run.error:.0e}" if run.error > 1e-12 else "exact up to rounding"
        first = f"{here} the products enclose the area {value}, {size}."
    elif pairs > 1:
        first = f"{here}: {value}, the sum of {pairs} products that are not 0."
    else:
        first = f"{here}: {value}, the only product that is not 0." if pairs else ""
        first = first or f"{here}: 0, for no product differs from 0."
    if not run.flip:
        place = torch.tensor([round((there.u - run.start(flip=True)) / run.dt)])
        other = write(run.weights(place, flip=True)[0] @ run.f * run.dt)
        first += " The kernel is not turned: this is the cross-correlation. The convolution has "
        first += f"{other} at this u."
    whole = _all(run, write)
    if run.flip and len(run.theory):
        gap = float((run.y - run.theory).abs().max())
        size = "exact" if gap < 1e-9 else f"off by at most {gap:.1g}"
        whole += f" The dashed {run.theory_name} is {size}."
    return f"{first} {whole}"


def _all(run: Slide, write: Callable[[Tensor], str]) -> str:
    """How many outputs there are, and the largest."""
    top, many = int(run.y.abs().argmax()), len(run.y)
    if many == 1:
        return "It is the only output."
    if run.y[top] == 0:
        return "Every output is 0."
    extreme = "the largest is" if bool((run.y >= 0).all()) else "furthest from 0 is"
    largest = f"{extreme} {write(run.y[top])} at u = {short(run.u[top])}."
    return largest[0].upper() + largest[1:] if run.smooth else f"Of {many} outputs {largest}"


def _first(run: Slide, k: int) -> str:
    """Which end of the kernel lies on the first sample of f at the first output."""
    weights = run.window(k).weights
    return "tall" if weights[weights.abs().argmax()] == run.h.max() else "low"


answers = {
    "first": _first,
    "boxes": lambda run: f"{len(run.y)}_{float(run.y.max()):g}",
    "dice": lambda run: float(run.y.max() / run.y[-1]),  # the likeliest sum over the largest one
}
