"""What a slice claims: PROB-28, PROB-30, PROB-31 with erratum E-14."""

import math
from functools import lru_cache, partial

import torch
from torch import Tensor

from core.check import Check, at_least, at_most, equal, same
from core.experiments.probability.slicing import A2, CUTS, Slice, alone
from core.probability import gaussian_log_density, share_inside
from core.rng import generator
from core.words import number

POINTS = 2000
NAMES = {"heavy": "heavy tails", "disc": "a flat disc"}
_tensor = partial(torch.tensor, dtype=torch.float64)


def checks(
    run: Slice, *, z: float, law: str, c: float, v1: float, v2: float, u1: float, u2: float
) -> list[Check]:
    """Mean, variance, every cut, joint over marginal, not above, in all, radius, printed."""
    slope, q = c / v1, _tensor((z - u1) ** 2 / v1)
    left = max(v2 - slope * c, 0.0)
    can = (run.possible, "a₁ = z cannot happen: nothing is given")
    normal = (law == "normal", "the law is not normal")
    joint = _joint(run, law, z)
    wide = (joint is not None, "Σ is singular: there is no density")
    given = float(alone(law, q)) / math.sqrt(v1)
    u, Sigma = _tensor([u1, u2]), _tensor([[v1, c], [c, v2]])
    share, exact, room = _inside(run, cloud(run._replace(u=u, Sigma=Sigma), "normal", POINTS))
    q = torch.cat([(CUTS - u1) ** 2 / v1, q[None]])
    seen = torch.cat([run.trend, _tensor([run.variance])])
    seen = seen[q < 4] if law == "disc" else seen
    width = run.variance if can[0] else 0.0
    mean = u2 + slope * (z - u1) if can[0] else 0.0
    return [
        same("PROB-31", "the mean of the slice is u₂ + Σ₂₁Σ₁₁⁻¹(z − u₁), Σ₂₁Σ₁₁⁻¹ a unit: largest "
             "difference", [run.mean if can[0] else 0.0, run.slope], [mean, slope]),
        equal("PROB-31", "its variance is Σ₂₂ − Σ₂₁Σ₁₁⁻¹Σ₁₂, without any z", width, left,
              tol=1e-11, needs=(normal,)),
        same("PROB-31", "the variance at every cut: the same for the normal law, else times "
             "(1 + q)/2 or (4 − q)/3: largest difference", seen, left * _factor(law, q), tol=1e-11),
        same("PROB-31", "the slice is the joint density over that of a₁: largest difference",
             run.density if wide[0] and can[0] else 0.0,
             joint / given if wide[0] and can[0] else 0.0, needs=(can, wide),
             tol=1e-9 if left > 1e-5 * v2 else 1e-6),
        _block(run) if c < 0 else
        at_most("PROB-31", "a cut never leaves more variance than there was: of the slice, Σ₂₂",
                width, v2, needs=(normal,)),
        equal("PROB-30", "variance of the means of all slices and mean of their variances: Σ₂₂",
              run.slope**2 * run.Sigma[0, 0] + left, run.Sigma[1, 1], tol=1e-11),
        equal("PROB-28", f"of {POINTS} points within Mahalanobis distance 2 of the mean: share, "
              "1 − e⁻²", share, exact, tol=room, needs=(normal, wide)),
        same("PROB-30", "a₂ alone: u₂ and Σ₂₂, what belongs to a₁ is dropped; Σ₂₁ = Σ₁₂: largest "
             "difference", torch.cat([run.u, run.Sigma.flatten(), run.whole]),
             torch.cat([u, Sigma.flatten(), alone(law, (A2 - u2) ** 2 / v2) / math.sqrt(v2)])),
    ]  # fmt: skip


def _factor(law: str, q: Tensor) -> Tensor:
    return {"normal": 0 * q + 1, "heavy": (1 + q) / 2, "disc": ((4 - q) / 3)[q < 4]}[law]


def _joint(run: Slice, law: str, z: float) -> Tensor | None:
    """The density of both on the cut, from Σ⁻¹ and det Σ alone; None without one."""
    det = float(torch.linalg.det(run.Sigma))
    if det <= 1e-9 * float(run.Sigma.diagonal().prod()):
        return None
    at = torch.stack([torch.full_like(A2, z), A2], 1)
    if law == "normal":
        return gaussian_log_density(at, run.u, run.Sigma).exp()
    off = at - run.u
    far = (off * torch.linalg.solve(run.Sigma, off.T).T).sum(1)
    size = math.pi * math.sqrt(det)
    if law == "heavy":
        return 1.5 * (1 + far) ** -2.5 / size
    edge = (run.density > 0) & ((far - 4).abs() < 1e-9)  # rounding decides where it ends
    return ((far < 4) | edge).double() / (4 * size)


def _inside(run: Slice, points: Tensor) -> tuple[float, float, float]:
    """Share of the points within distance 2, its probability, and what chance allows."""
    off = points - run.u
    exact = float(share_inside(2.0))
    det = float(torch.linalg.det(run.Sigma))
    if det <= 1e-9 * float(run.Sigma.diagonal().prod()):
        return 0.0, exact, 0.0
    far = (off * torch.linalg.solve(run.Sigma, off.T).T).sum(1)
    return float((far <= 4).double().mean()), exact, 4 * math.sqrt(exact * (1 - exact) / POINTS)


def cloud(run: Slice, law: str, count: int) -> Tensor:
    """Independent points of the law, (count, 2); the same noise for every Σ."""
    (v1, c), (_, v2) = run.Sigma.tolist()
    left = math.sqrt(max(v2 - c * c / v1, 0.0))
    root = _tensor([[math.sqrt(v1), c / math.sqrt(v1)], [0.0, left]])
    return run.u + _noise(law, count) @ root


@lru_cache(maxsize=8)
def _noise(law: str, count: int) -> Tensor:
    random = generator(3)
    y = torch.randn(count, 2, generator=random, dtype=torch.float64)
    if law == "heavy":
        chi = torch.randn(count, 3, generator=random, dtype=torch.float64).square().sum(1)
        return y / chi.sqrt()[:, None]
    if law == "disc":
        radius = 2 * torch.rand(count, 1, generator=random, dtype=torch.float64).sqrt()
        return y / y.norm(dim=1, keepdim=True) * radius
    return y


def _block(run: Slice) -> Check:
    claim = "as printed (E-14) Σ₁₂ has to be p.s.d., that is ≥ 0; it is below, and Σ is fine: "
    least = float(torch.linalg.eigvalsh(run.Sigma)[0])
    return at_least("PROB-30", claim + "smallest eigenvalue of Σ", least, 0.0, tol=1e-12)


def says(run: Slice, *, law: str, z: float) -> str:
    """The law of the slice, what the cut has told, what another cut would change."""
    if not run.possible:
        return (
            f"a₁ = {number(z)} cannot happen: the disc ends before. What a₂ is given that is "
            "undefined, not 0."
        )
    whole = float(run.Sigma[1, 1])
    start = f"Given a₁ = {number(z)}, a₂ has the mean {number(run.mean, zero=1e-9)} and the "
    start += f"variance {number(run.variance)}"
    if run.point:
        return f"{start}: all points lie on one line, and a₁ tells a₂ exactly."
    told = f"{start}; without the cut the variance is {number(whole)}."
    if law != "normal":
        low, high = (float(each) for each in _ends(run))
        return (
            f"{told} With {NAMES[law]} it depends on z: from {number(low)} to {number(high)} "
            "over all cuts in view."
        )
    moves = number(run.slope, zero=1e-9)
    return f"{told} Another z moves the mean by {moves} a unit, not the variance."


def _ends(run: Slice) -> tuple[Tensor, Tensor]:
    known = run.trend[run.trend.isfinite()]
    return known.min(), known.max()


def _moved(run: Slice) -> str:
    """What happens to the variance between z = 0 and z = 5."""
    before, after = float(run.trend[50]), float(run.trend[100])
    if math.isnan(after) or after < before * (1 - 1e-6):
        return "less"
    return "more" if after > before * (1 + 1e-6) else "same"


answers = {"cloud": _moved, "slope": lambda run: run.slope}
