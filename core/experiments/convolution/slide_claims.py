"""What holds at every position of flip and slide, and the words for it."""

import torch
from torch import Tensor

from core.check import Check, equal, same
from core.convolution.operator import convolve
from core.experiments.convolution.slide import Slide
from core.words import number


def checks(run: Slide, *, f: str, h: str, mode: str, copies: int) -> list[Check]:
    """CNN-06, CNN-13, CNN-16 with erratum E-55, and PROB-27 with E-12, on these signals."""
    both = convolve(run.f, run.h) * run.dt
    return [
        *_definition(run, both),
        *_area(run, f, h, both),
        *_correlation(run),
        *_densities(run, f == h == "die" and copies == 1 and not run.smooth, mode, both),
    ]


def _definition(run: Slide, both: Tensor) -> list[Check]:
    sign = "∫" if run.smooth else "Σ"
    return [
        same(
            "CNN-06" if run.smooth else "CNN-13",
            f"{sign} f(t) h(u − t) = {sign} h(t) f(u − t) at every u: largest difference",
            convolve(run.h, run.f) * run.dt,
            both,
        ),
        same(
            "CNN-13",
            f"{'(f ∗ h)' if run.flip else '(h ⋆ f)'}[u] is the sum of its products at every u: "
            "largest difference",
            run.weights(run.places, run.flip) @ run.f * run.dt,
            run.y,
        ),
    ]


def _area(run: Slide, f: str, h: str, both: Tensor) -> list[Check]:
    exact = {f, h} <= {"box", "die"}
    known = bool(len(run.theory)) and run.theory_name != "normal density"
    applies = known and (exact or run.smooth)
    size = float(run.f.abs().sum() * run.h.abs().sum()) * run.dt**2
    return [
        equal(
            "CNN-06",
            "area of f ∗ h = area of f · area of h",
            float(both.sum()) * run.dt,
            float(run.f.sum() * run.h.sum()) * run.dt**2,
            tol=1e-9 * max(1.0, size),
        ),
        same(
            "CNN-06",
            f"the outputs are {run.theory_name or 'those of a formula'}: largest difference"
            + (" (ours end at 4σ)" if known and not exact else ""),
            run.y if applies else 0.0,
            run.theory if applies else 0.0,
            tol=1e-9 if exact else 1e-3,
            needs=((applies, "for two boxes, and for two Gaussians in continuous time"),),
        ),
    ]


def _correlation(run: Slide) -> list[Check]:
    f, h = run.f, run.h
    plain, turned = convolve(f, h), convolve(f, h.flip(0))
    slid = run._replace(circular=False).weights(torch.arange(len(turned)), flip=False) @ f
    even, odd = (torch.allclose(h, s * h.flip(0), rtol=1e-12, atol=1e-12) for s in (1, -1))
    sign = -1 if odd and not even else 1
    return [
        same(
            "CNN-16",
            "(h ⋆ f)[u] = Σ h[t] f[u + t] = (h̄ ∗ f)[u] with h̄[t] = h[−t], and it is (f ⋆ h)[−u], "
            "so not commutative: largest difference (E-55: the sheet prints ∗ for ⋆; it is the "
            "convolution that flips)",
            torch.stack((turned, convolve(h, f, flip=False).flip(0))),
            slid,
        ),
        same(
            "CNN-16",
            "h̄ = h: h ⋆ f = f ∗ h, largest difference"
            if sign > 0
            else "h̄ = −h: h ⋆ f = −(f ∗ h), largest difference",
            slid,
            sign * plain,
            needs=((odd or even, "backwards, h is neither itself nor its negative"),),
        ),
    ]


def _densities(run: Slide, dice: bool, mode: str, both: Tensor) -> list[Check]:
    laws = run.f, run.h, both
    positive = all(bool((law >= 0).all()) and float(law.sum()) > 0 for law in laws)
    sums = run.first + run.lag + run.dt * torch.arange(len(both), dtype=torch.float64)
    x, y, z = (
        _moments(law, t) if positive else torch.zeros(2)
        for law, t in zip(laws, (run.t, run.tau, sums))
    )
    dice = dice and mode not in ("centred", "same", "circular")
    i, j = torch.arange(len(run.f)) + 1, torch.arange(len(run.h)) + 1
    pairs = (i[:, None] + j).flatten() == sums[:, None]
    return [
        same(
            "PROB-27",
            "f, h as laws of independent X and Y, f ∗ h that of X + Y: means and variances add, "
            "largest difference",
            z,
            x + y,
            needs=((positive, "a density is nowhere negative and somewhere positive"),),
        ),
        same(
            "PROB-27",
            "two dice: n m P(X + Y = z) counts the pairs with this sum, largest difference "
            "(E-12: the sheet writes the same integral twice)",
            both * len(i) * len(j) if dice else 0.0,
            pairs.sum(1) if dice else 0.0,
            needs=((dice, "needs two dice, each thrown once, with faces from 1"),),
        ),
    ]


def _moments(law: Tensor, t: Tensor) -> Tensor:
    """Mean and variance, (2,)."""
    share = law / law.sum()
    mean = share @ t
    return torch.stack((mean, share @ (t - mean) ** 2))


def says(run: Slide, *, k: int) -> str:
    """What happens at this position, and what comes out."""
    there, many = run.window(k), len(run.y)
    if not many:
        return (
            f"The kernel ({len(run.h)} samples) is longer than the signal ({len(run.f)}): nowhere "
            "does all of it lie inside, so there is no output."
        )
    if not there:
        return f"There is no output number {k}: there are {many}, numbered from 0."
    top = int(run.y.abs().argmax())
    largest = f"{_short(run.y[top])} at u = {_short(run.u[top])}"
    whole = f"{many} output{'s' * (many > 1)} in all, the largest {largest}."
    if run.y[top] == 0:
        whole = "Every output is 0."
    here, value, pairs = _short(there.u), _short(there.y), int((there.products != 0).sum())
    if run.smooth:
        size = f"{run.error:.0e}" if run.error > 1e-12 else "rounding"
        first = f"At u = {here} the products enclose the area {value} (numerical error: {size})."
        whole = f"The largest is {largest}."
    elif pairs:
        products = "products that are" if pairs > 1 else "product that is"
        first = f"At u = {here}: {value}, the sum of {pairs} {products} not 0."
    else:
        first = f"At u = {here}: 0, for no product differs from 0."
    if run.flip:
        return f"{first} {whole}{_gap(run)}"
    place = torch.tensor([round((there.u - run.start(flip=True)) / run.dt)])
    other = _short(run.weights(place, flip=True)[0] @ run.f * run.dt)
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


def _short(value: float | Tensor) -> str:
    """Four digits, a rounding error as 0."""
    return number(value, 4, zero=5e-10)


def _first(run: Slide, k: int) -> str:
    """Which end of the kernel lies on the first sample of f at the first output."""
    weights = run.window(k).weights
    return "tall" if weights[weights.abs().argmax()] == run.h.max() else "low"


def _boxes(run: Slide) -> str:
    return f"{len(run.y)}_{float(run.y.max()):g}"


def _odds(run: Slide) -> float:
    """How much likelier the most likely sum is than the largest one."""
    return float(run.y.max() / run.y[-1])


answers = {"first": _first, "boxes": _boxes, "dice": _odds}
