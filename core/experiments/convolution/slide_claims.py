"""What holds at every position of flip and slide, and the words for it."""

import torch
from torch import Tensor

from core.check import Check, equal, same
from core.convolution.operator import convolve
from core.convolution.signals import counted, short
from core.experiments.convolution.slide import BOXES, Slide


def checks(run: Slide, *, f: str, h: str, mode: str, copies: int) -> list[Check]:
    """CNN-06, CNN-13, CNN-16 with erratum E-55, and PROB-27 with E-12, on these signals."""
    both, sign = convolve(run.f, run.h) * run.dt, "∫" if run.smooth else "Σ"
    id, name = "CNN-06" if run.smooth else "CNN-13", "(f ∗ h)" if run.flip else "(h ⋆ f)"
    turned = f"{sign} f(t) h(u − t) = {sign} h(t) f(u − t) at every u: largest difference"
    summed = f"{name}[u] is the sum of its products at every u: largest difference"
    products = run.weights(run.places, run.flip) @ run.f * run.dt
    dice = f == h == "die" and copies == 1 and mode not in ("centred", "same", "circular")
    return [
        same(id, turned, convolve(run.h, run.f) * run.dt, both),
        same("CNN-13", summed, products, run.y),
        *_area(run, both),
        *_correlation(run),
        *_densities(run, dice and not run.smooth, both),
    ]


def _area(run: Slide, both: Tensor) -> tuple[Check, Check]:
    area, factors = float(both.sum()) * run.dt, float(run.f.sum() * run.h.sum()) * run.dt**2
    tol = 1e-9 * max(1.0, float(run.f.abs().sum() * run.h.abs().sum()) * run.dt**2)
    exact = run.theory_name == BOXES
    known = exact or (run.smooth and len(run.theory) > 0)
    found = torch.stack((run.y, run.finer)) if known else 0.0
    formula = same(
        "CNN-06",
        f"the outputs{' (also those with half the dt)' if run.smooth else ''} are "
        f"{run.theory_name or 'those of a formula'}: largest difference",
        found,
        run.theory if known else 0.0,
        tol=1e-9 if exact else 1e-3,
        needs=((known, "for two boxes, and for two Gaussians in continuous time"),),
        why="" if exact else "our Gaussians end at 4σ",
    )
    return equal("CNN-06", "area of f ∗ h = area of f · area of h", area, factors, tol=tol), formula


def _correlation(run: Slide) -> tuple[Check, Check]:
    f, h = run.f, run.h
    plain, sides = convolve(f, h), (convolve(f, h.flip(0)), convolve(h, f, flip=False).flip(0))
    slid = run._replace(circular=False).weights(torch.arange(len(plain)), flip=False) @ f
    even, odd = (torch.allclose(h, s * h.flip(0), rtol=1e-12, atol=1e-12) for s in (1, -1))
    sign = -1 if odd and not even else 1
    printed = (
        "(h ⋆ f)[u] = Σ h[t] f[u + t] = (h̄ ∗ f)[u] with h̄[t] = h[−t], and it is (f ⋆ h)[−u], so "
        "not commutative: largest difference (E-55: the sheet prints ∗ for ⋆; it is the "
        "convolution that flips)"
    )
    equals = "h̄ = h: h ⋆ f = f ∗ h" if sign > 0 else "h̄ = −h: h ⋆ f = −(f ∗ h)"
    needs = ((even or odd, "backwards, h is neither itself nor its negative"),)
    return (
        same("CNN-16", printed, torch.stack(sides), slid),
        same("CNN-16", f"{equals}, largest difference", slid, sign * plain, needs=needs),
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
    counting = (
        "two dice: n m P(X + Y = z) counts the pairs with this sum, largest difference (E-12: the "
        "sheet writes the same integral twice)"
    )
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
    there, many = run.window(k), len(run.y)
    if not many:
        longer = f"The kernel ({len(run.h)} samples) is longer than the signal ({len(run.f)})"
        return f"{longer}: nowhere does all of it lie inside, so there is no output."
    if not there:
        return f"There is no output number {k}: there are {many}, numbered from 0."
    top, pairs = int(run.y.abs().argmax()), int((there.products != 0).sum())
    largest = f"{short(run.y[top])} at u = {short(run.u[top])}"
    here, value = short(there.u), short(there.y)
    whole = f"{counted(many, 'output')} in all, the largest {largest}."
    first = f"At u = {here}: 0, for no product differs from 0."
    if run.smooth:
        size = f"{run.error:.0e}" if run.error > 1e-12 else "rounding"
        first = f"At u = {here} the products enclose the area {value} (numerical error: {size})."
        whole = f"The largest is {largest}."
    elif pairs:
        products = "products that are" if pairs > 1 else "product that is"
        first = f"At u = {here}: {value}, the sum of {pairs} {products} not 0."
    if run.y[top] == 0:
        whole = "Every output is 0."
    if not run.flip:
        place = torch.tensor([round((there.u - run.start(flip=True)) / run.dt)])
        other = short(run.weights(place, flip=True)[0] @ run.f * run.dt)
        first += " The kernel is not turned: this is the cross-correlation. The convolution has "
        first += f"{other} at this u."
    elif len(run.theory):
        gap = float((run.y - run.theory).abs().max())
        size = "exact" if gap < 1e-9 else f"off by at most {gap:.1g}"
        whole += f" The dashed {run.theory_name} is {size}."
    return f"{first} {whole}"


def _first(run: Slide, k: int) -> str:
    """Which end of the kernel lies on the first sample of f at the first output."""
    weights = run.window(k).weights
    return "tall" if weights[weights.abs().argmax()] == run.h.max() else "low"


answers = {
    "first": _first,
    "boxes": lambda run: f"{len(run.y)}_{float(run.y.max()):g}",
    "dice": lambda run: float(run.y.max() / run.y[-1]),  # the likeliest sum over the largest one
}
