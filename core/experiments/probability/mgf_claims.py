"""What a moment generating function claims: PROB-20 to PROB-26 with errata E-10, E-11."""

import math

import torch
from torch import Tensor

from core.check import Check, equal, same
from core.experiments.probability.mgf import FAR, FINE, REACH, Mgf
from core.probability import printed_gamma
from core.words import number

NAMES = {
    "gamma": "gamma", "exponential": "exponential", "normal": "normal", "binomial": "binomial",
    "poisson": "Poisson", "lognormal": "log-normal",
}  # fmt: skip
Points = tuple[Tensor, Tensor]


def checks(
    run: Mgf, *, law: str, shape: float, scale: float, rate: float, mu: float, sigma: float,
    n: int, p: float, eps: float, t: float, how: str, a: float,
) -> list[Check]:  # fmt: skip
    """Area, moments and curves by quadrature; the closed forms; products; twins."""
    if law == "exponential":
        shape, scale = 1.0, 1 / rate
    points = nodes(law, shape, scale, rate, mu, sigma, n, p)
    ends = {"gamma": 1 / scale, "exponential": rate, "lognormal": 0.0}.get(law, math.inf)

    def area(at: Tensor) -> Tensor:
        found = torch.logsumexp(at[:, None] * points[0] + points[1], 1)
        beyond = (at >= ends) & ~((at == 0) & (ends == 0))
        return torch.where(beyond | (found > 709.7), math.inf, found)

    here = _row(t)
    log = float(_row(run.psi).log())
    finite = (math.isfinite(run.psi), f"ψ({number(t)}) is ∞")
    at = "(t): ln ψ and its logarithm"

    def form(id: str, laws: tuple[str, ...], claim: str, value: float) -> Check:
        need = (law in laws, f"the law is {NAMES[law]}")
        known = value if need[0] and finite[0] else 0.0
        mine = log if need[0] and finite[0] else 0.0
        return equal(id, claim + at, mine, known, tol=1e-9, needs=(need, finite))

    one = math.log(p * math.exp(t) + 1 - p) if p < 1 else t
    inside = 1 - scale * t
    gamma = -shape * math.log(inside) if inside > 0 else 0.0
    found = [
        same("PROB-20", "ψ(t) is the area under eᵗˣf(x), ψ at every t, ψ and its slopes at 0 the "
             "moments, by quadrature: largest relative difference",
             _faults(run, law, here, area, points, ends, eps), 0.0, tol=1e-6),
        form("PROB-24", ("gamma", "exponential"), "ψ is (1 − βt)⁻ᵅ, β the scale ", gamma),
        form("PROB-22", ("normal",), "ψ is exp(μt + σ²t²/2), σ the standard deviation ",
             mu * t + sigma**2 * t * t / 2),
        form("PROB-21", ("binomial",), "each trial has p eᵗ + 1 − p, and n of them its n-th power ",
             n * one),
        form("PROB-23", ("binomial",), "ψ is Σ C(n, k) (p eᵗ)ᵏ (1 − p)ⁿ⁻ᵏ, by its terms ",
             _terms(n, p, t)),
        form("PROB-25", ("poisson",), "ψ is exp(λ(eᵗ − 1)) ", rate * math.expm1(t)),
        _product(run, how, a, area, here),
    ]  # fmt: skip
    if law == "lognormal":
        wanted = torch.exp(0.5 * torch.arange(len(run.twins), dtype=torch.float64) ** 2)
        claim = "all moments agree with those of the twin, exp(k²/2), and the laws differ: " \
                "largest relative difference of a moment"  # fmt: skip
        found.append(same("PROB-20", claim, run.twins / wanted, run.moments / wanted))
    if law == "gamma":
        printed = float(printed_gamma(0.0, shape, scale))
        claim = "as printed (E-11) 1/(a − βt): at t = 0, where every ψ is 1, it is 1/a"
        found.append(equal("PROB-24", claim, printed, 1 / shape))
    if law == "normal":
        claim = "as printed (E-10) N(μ, σ) names the standard deviation: √(ψ″(0) − ψ′(0)²), σ"
        spread = float(run.moments[2] - run.moments[1] ** 2)
        found.append(equal("PROB-22", claim, math.sqrt(max(spread, 0.0)), sigma))
    return found


def nodes(law, shape, scale, rate, mu, sigma, n, p) -> Points:
    """Places and logarithms of weights, for sums over the law: exact, or by the trapezium rule."""
    k = torch.arange(801, dtype=torch.float64)
    if law == "binomial":
        k = k[: n + 1]
        ways = math.lgamma(n + 1) - torch.lgamma(k + 1) - torch.lgamma(n - k + 1)
        share = torch.tensor(p, dtype=torch.float64)
        return k, ways + torch.xlogy(k, share) + torch.xlogy(n - k, 1 - share)
    if law == "poisson":
        return k, k * math.log(rate) - rate - torch.lgamma(k + 1)
    if law in ("gamma", "exponential"):  # over the logarithm s of x/β
        s = torch.arange(-40.0, 22.0, 0.05, dtype=torch.float64)
        return scale * s.exp(), shape * s - s.exp() - math.lgamma(shape) + math.log(0.05)
    z = torch.arange(-22.0, 22.0, 0.02, dtype=torch.float64)
    weights = -0.5 * z * z - 0.5 * math.log(2 * math.pi) + math.log(0.02)
    return (z.exp() if law == "lognormal" else mu + sigma * z), weights


def _faults(run: Mgf, law: str, t: Tensor, area, points: Points, ends: float, eps: float) -> list:
    """Relative faults of every number of the record."""
    x, logs = points
    k = torch.arange(len(run.moments), dtype=torch.float64)[:, None]
    parts, weights = x**k, logs.exp()
    size = 1 + (parts.abs() * weights).nan_to_num(0.0).sum(1)
    mean = (parts * weights).nan_to_num(0.0).sum(1)
    own = run.f.clamp(min=1e-300).log() + t * run.x
    top = 1 + float(run.lifted.abs().max())
    found = [
        _far(_row(run.psi).log(), area(t)),
        _far(run.psis.log(), area(run.ts)),
        float(((run.moments - mean) / size).abs().max()),
        float((own.exp() - run.lifted).abs().max()) / top,
        abs(run.wall - ends) if run.wall != ends else 0.0,
        abs(run.t - float(t)),
        float((run.ts - torch.linspace(-REACH, REACH, FINE + 1, dtype=torch.float64)).abs().max())
        / 10,
    ]
    if law in ("binomial", "poisson"):
        found.append(float((run.f - logs[: len(run.f)].exp()).abs().max()))
        found.append(float((run.x - x[: len(run.x)]).abs().max()))
    else:
        spacing = (run.x.sqrt() if law == "lognormal" else run.x).diff()
        found.append(abs(float(run.x[-1]) - FAR[law]) + float((spacing - spacing[0]).abs().max()))
        found.append(_density(run, law, points))
    if law == "lognormal":
        wave = 1 + eps * torch.sin(2 * math.pi * run.x.clamp(min=1e-300).log())
        found.append(float((run.twin - run.f * wave).abs().max()))
    return found


def _density(run: Mgf, law: str, points: Points) -> float:
    """f against the weights of the quadrature over their distances, at places between them."""
    x, logs = points
    slope = {"normal": x.diff()[0].expand_as(x), "lognormal": 0.02 * x}.get(law, 0.05 * x)
    f, at = logs.exp() / slope, run.x[(run.x > x[0]) & (run.x < x[-1]) & (run.x > 0)]
    j = torch.searchsorted(x, at).clamp(1, len(x) - 1)
    share = (at - x[j - 1]) / (x[j] - x[j - 1])
    mine = torch.exp((1 - share) * f[j - 1].log() + share * f[j].log())
    seen = run.f[torch.isin(run.x, at)]
    return max(0.0, float((seen - mine).abs().max()) / float(mine.max()) - 5e-3)


def _row(value: float) -> Tensor:
    return torch.tensor([value], dtype=torch.float64)


def _far(logs: Tensor, wanted: Tensor) -> float:
    """How far logarithms differ, where they are numbers; an ∞ on one side only is ∞ far."""
    off = torch.where(logs == wanted, 0.0, (logs - wanted).abs() / (1 + wanted.abs()))
    return float(off.nan_to_num(nan=math.inf).max()) if off.numel() else 0.0


def _terms(n: int, p: float, t: float) -> float:
    terms = [math.comb(n, k) * (p * math.exp(t)) ** k * (1 - p) ** (n - k) for k in range(n + 1)]
    return math.log(sum(terms))


def _product(run: Mgf, how: str, a: float, area, t: Tensor) -> Check:
    """ψ_Y is the product for independent X and X′; of X + aX it is ψ((1 + a)t)."""
    claim = "X and X′ independent: E eᵗʸ of Y = X + aX′ is ψ(t)ψ(at), by quadrature, over the view"
    alone = (how != "alone", "X stands alone")
    if run.sum is None:
        return same("PROB-26", claim, 0.0, 0.0, needs=(alone,))
    free = (how == "copy", "X′ is X itself: they are not independent")
    ts = torch.cat([run.ts, t])
    product = area(ts) + area(a * ts)
    whole = product if how == "copy" else area((1 + a) * ts)
    found = torch.cat([run.sum.products, _row(run.sum.product)]).log()
    true = torch.cat([run.sum.wholes, _row(run.sum.whole)]).log()
    near = product.isfinite() & (product < 700)  # two finite factors may overflow together
    both = near & whole.isfinite()
    far = [_far(found[near], product[near]), _far(true[both], whole[both])]
    return same("PROB-26", claim, far, 0.0, tol=1e-6, needs=(alone, free))


def says(
    run: Mgf, *, law: str, shape: float, scale: float, rate: float, t: float, how: str, a: float
) -> str:
    """The area, the wall and the moments, or what the product makes of a sum."""
    at, psi = number(t), number(run.psi)
    if law == "lognormal":
        told = "ψ is ∞ for every t > 0, however small: the tail falls more slowly than any eᵗˣ "
        told += "rises. All moments exist, and the twin has the same ones: "
        return told + "without a ψ around 0 they do not tell which law it is."
    if how != "alone" and run.sum:
        return _told(run, at, how, a)
    if not math.isfinite(run.psi):
        told = f"ψ({at}) = ∞: eᵗˣ rises at least as fast as the tail falls. "
        return told + f"The wall stands at t = {number(run.wall)}; left of it ψ is finite."
    mean, second = float(run.moments[1]), float(run.moments[2])
    told = f"ψ({at}) = {psi}, the area under eᵗˣf(x). At 0 ψ is 1, its slope is the mean "
    told += f"{number(mean, zero=1e-12)}, its second derivative E X² = {number(second)}"
    if math.isfinite(run.wall):
        return told + f". At t = {number(run.wall)} stands a wall: from there on ψ is ∞."
    return told + ", so the variance is " + number(second - mean**2, zero=1e-12) + "."


def added(a: float, what: str) -> str:
    """X + X′, X − 2X′, X + 0.5X."""
    size = "" if abs(a) == 1 else number(abs(a))
    return f"X {'−' if a < 0 else '+'} {size}{what}"


def _told(run: Mgf, at: str, how: str, a: float) -> str:
    product, whole = number(run.sum.product), number(run.sum.whole)
    if how == "copy":
        told = f"{added(a, 'X′')} with an independent copy X′: ψ(t) ψ(at) = {product} at t = {at}"
        return told + ", the MGF of the sum."
    told = f"{added(a, 'X')} is {number(1 + a)} · X: its MGF at t = {at} is {whole}, "
    close = math.isclose(run.sum.product, run.sum.whole, rel_tol=1e-6)
    if close:
        return told + f"the product {product} too, but not for every t."
    return told + f"the product says {product}. The product needs independence."


def _wall(run: Mgf) -> str | float:
    return run.psi if math.isfinite(run.psi) else "endless"


def _alike(run: Mgf) -> str:
    """How many moments of the twin are those of the law."""
    if not len(run.twins):
        return "first"
    return "all" if bool((run.twins / run.moments - 1).abs().max() < 1e-9) else "first"


def _sum(run: Mgf) -> tuple[str, dict[str, str]]:
    close = math.isclose(run.sum.product, run.sum.whole, rel_tol=1e-6)
    facts = {"product": number(run.sum.product), "whole": number(run.sum.whole)}
    return ("square" if close else "other"), facts


answers = {"wall": _wall, "same": _sum, "twins": _alike}
