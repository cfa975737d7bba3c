r"""What attacks of a size do to whole sets of points: robust accuracy, transfer, and false calm.

A share of points that an attack leaves standing says something of the net only as far as the
attack is a good one. `masked` holds the attacks against each other: where a weak one finds what a
strong one misses, the strong one has been blinded, not the net hardened.

A model is a function of x, (n, d) -> scores (n, K), as in `core.adversarial.attacks`; what is new
here is that points already flipped are let go, so that a whole set at many sizes is one batch.

Sources: ROB-12, ROB-13; Athalye, Carlini, Wagner 2018, section 3.1, for the signs.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from core.adversarial.attacks import Ascent, Bounds, start_of
from core.adversarial.linearise import Model, gradient, margin_loss
from core.check import choose, require

ATTACKS = ("noise", "fgsm", "pgd")
STEPS = 20
TRIES = 20  # draws of noise; a point is flipped if one of them flips it
FLAT = 0.1  # share of points without a gradient from which on that is a sign
SLACK = 0.02  # by which share one attack must beat another before that is a sign


def right(scores: Tensor, y: Tensor) -> Tensor:
    """Whether class y scores highest alone, (n,) bool: on a boundary it is lost (ROB-08)."""
    return margin_loss(scores, y) < 0


def either(norm: float) -> float:
    """2 or ∞; else refused."""
    if isinstance(norm, bool) or norm not in (2, math.inf):
        raise ValueError(f"expected norm to be 2 or inf, got {norm!r}")
    return float(norm)


class Plan(NamedTuple):
    """An attack that is still to be made: how far, how long, from where."""

    eps: Tensor | float  # one size, or one for each point, (n, 1)
    norm: float  # 2 or ∞
    steps: int
    alpha: Tensor | float  # length of a step, as `eps`
    bounds: Bounds = None
    starts: torch.Generator | None = None  # of random starts; None starts at the point

    def way(self, model: Model, x: Tensor, y: Tensor) -> tuple[Ascent, Tensor]:
        """The ball, and the start: the point itself or a random one of the cube, brought inside."""
        way = Ascent.around(model, x, y, self.eps, self.norm, self.bounds)
        if self.starts is None:
            return way, x
        u = torch.rand(x.shape, generator=self.starts, dtype=x.dtype, device=self.starts.device)
        return way, way.back(x + self.eps * (2 * u.to(x.device) - 1))

    def end(self, model: Model, x: Tensor, y: Tensor) -> Tensor:
        """Where the last step leads, (n, d)."""
        way, end = self.way(model, x, y)
        for _, end in way.climb(end, self.alpha, self.steps):  # noqa: B007, B020
            pass
        return end

    def fools(self, model: Model, x: Tensor, y: Tensor) -> Tensor:
        """Whether y is lost at some point on the way, (n,) bool.

        A point that has been flipped is followed no further.
        """
        fooled = torch.zeros_like(y, dtype=torch.bool)
        way, here = self.way(model, x, y)
        left, alpha = torch.arange(len(y), device=y.device), self.alpha
        for _ in range(self.steps):
            scores, ahead = way.ahead(here)
            stands = right(scores, way.y)
            fooled[left[~stands]] = True
            if 2 * stands.sum() < len(stands):
                left, here, ahead, way = left[stands], here[stands], ahead[stands], way.only(stands)
                alpha = alpha[stands] if isinstance(alpha, Tensor) else alpha
                if not len(left):
                    return fooled
            here = way.back(here + alpha * ahead)
        fooled[left] |= ~right(model(here), way.y)
        return fooled


def ascent(
    eps: Tensor | float, *, attack="pgd", norm=math.inf, steps=STEPS, bounds=None, starts=None
) -> Plan:
    """FGSM, one step of length ε from the point; or PGD, `steps` of length 2.5 ε / steps."""
    if attack == "fgsm":
        return Plan(eps, norm, 1, eps, bounds)
    return Plan(eps, norm, steps, 2.5 * eps / steps, bounds, starts)


def noise_fools(
    model: Model, x: Tensor, y: Tensor, ball: Plan, tries: int, generator: torch.Generator
) -> Tensor:
    """Whether one of `tries` random points on the border of the ball is misread, (n,) bool."""
    way, fooled = ball.way(model, x, y)[0], torch.zeros_like(y, dtype=torch.bool)
    for _ in range(tries):
        fooled |= ~right(model(start_of(way, generator, rim=True)), y)
    return fooled


# --- sets of points ------------------------------------------------------------------------------


@torch.no_grad()
def robust_accuracy(
    model: Model,
    x: Tensor,
    y: Tensor,
    epsilons: Sequence[float] | Tensor,
    *,
    attack: str = "pgd",
    norm: float = math.inf,
    steps: int = STEPS,
    bounds: Bounds = (0.0, 1.0),
    generator: torch.Generator | None = None,
) -> Tensor:
    """Share of the points that are read right, and still so under attacks of each size, (E,).

    All points at all sizes are one batch. A point that a smaller attack has flipped counts as
    flipped by every larger one, whose ball holds that attack too: the curve falls.

    Args:
        model, x, y: classifier, points (n, d) and classes (n,).
        epsilons: ascending, each at least 0.
        attack: one of `ATTACKS`. fgsm and pgd start at the point; noise tries TRIES draws.
        norm: 2 or ∞.
        steps: of pgd, in [1, 1000].
        bounds: of each feature; None where there are none.
        generator: for noise only.

    Raises:
        ValueError: a value outside its range, shapes that do not fit.
    """
    sizes = torch.as_tensor(epsilons, dtype=x.dtype, device=x.device)
    if sizes.ndim != 1 or not len(sizes) or not (sizes.diff() >= 0).all():
        raise ValueError("expected epsilons to be ascending numbers, at least one")
    for size in (float(sizes[0]), float(sizes[-1])):
        require("epsilons", size, 0)
    _asked(x, y, attack, norm, steps, generator)
    stands = right(model(x), y)
    points, n = x[stands], int(stands.sum())
    if not n:
        return torch.zeros(len(sizes), dtype=torch.float64)
    many, classes = points.repeat(len(sizes), 1), y[stands].repeat(len(sizes))
    eps = sizes.repeat_interleave(n)[:, None]
    ball = ascent(eps, attack=attack, norm=norm, steps=int(steps), bounds=bounds)
    if attack == "noise":
        fooled = noise_fools(model, many, classes, ball, TRIES, generator)
    else:
        fooled = ball.fools(model, many, classes)
    fooled = (fooled & (eps[:, 0] > 0)).view(len(sizes), n).cummax(0).values
    return (~fooled).double().sum(1).cpu() / len(y)


def _asked(x, y, attack, norm, steps, generator) -> None:
    if x.ndim != 2 or y.shape != x.shape[:1] or not len(x):
        raise ValueError(
            f"expected x of shape (n, d) and y of shape (n,), got {tuple(x.shape)} and "
            f"{tuple(y.shape)}"
        )
    choose("attack", attack, ATTACKS)
    either(norm)
    require("steps", steps, 1, 1000, integer=True)
    if attack == "noise" and generator is None:
        raise ValueError("expected a generator for noise, got none")


@torch.no_grad()
def transfer(
    models: Mapping[str, Model],
    x: Tensor,
    y: Tensor,
    eps: float,
    *,
    attack: str = "pgd",
    norm: float = math.inf,
    steps: int = STEPS,
    bounds: Bounds = (0.0, 1.0),
) -> Tensor:
    """How often what was made against net s (row) fools net t (column), (S, S), float64.

    Of the points that net t reads right, the share that it misreads where the attack on net s
    ends. On the diagonal stands the attack on the net itself.

    Raises:
        ValueError: as `robust_accuracy`; no model.
    """
    require("eps", eps, 0)
    choose("attack", attack, ATTACKS[1:])
    _asked(x, y, attack, norm, steps, None)
    if not models:
        raise ValueError("expected at least one model, got none")
    ball = ascent(float(eps), attack=attack, norm=norm, steps=int(steps), bounds=bounds)
    before = [right(model(x), y) for model in models.values()]
    rows = []
    for source in models.values():
        moved = ball.end(source, x, y)
        wrong = [~right(model(moved), y) for model in models.values()]
        rows.append([_share(w, r) for w, r in zip(wrong, before)])
    return torch.tensor(rows, dtype=torch.float64)


def _share(found: Tensor, among: Tensor) -> float:
    """How many of `among` are `found`; NaN of none."""
    return float((found & among).sum()) / float(among.sum()) if among.any() else math.nan


# --- false calm ----------------------------------------------------------------------------------

SIGNS = (
    "one step flips more than many",
    "noise flips more than a step along the gradient",
    "attacks on another net flip more than attacks on this one",
    "an attack without limit does not flip all",
    "the loss has no slope at all",
)


class Evidence(NamedTuple):
    """Shares of the points read right that each attack flips, and what they give away."""

    clean: float  # accuracy without an attack
    noise: float  # one of `TRIES` draws
    fgsm: float
    pgd: float
    transfer: float  # PGD on another net, the best of those given
    unlimited: float  # PGD with an ε that spans the bounds
    flat: float  # share with a gradient of exact zeros
    signs: tuple[bool, ...]  # in the order of `SIGNS`

    @property
    def masked(self) -> bool:
        """Whether there is a sign that gradients hide rather than the net resists."""
        return any(self.signs)


@torch.no_grad()
def masked(
    model: Model,
    x: Tensor,
    y: Tensor,
    eps: float,
    *,
    others: Sequence[Model],
    norm: float = math.inf,
    steps: int = STEPS,
    bounds: tuple[float, float] = (0.0, 1.0),
    generator: torch.Generator,
) -> Evidence:
    """Tries six attacks on one net and says which of five signs of masked gradients they show.

    A difference counts from SLACK on, an attack without limit should flip all but SLACK, and
    more than a tenth may not have gradients of exact zeros.

    Raises:
        ValueError: as `robust_accuracy`; ε not above 0; a net that reads no point right.
    """
    require("eps", eps, 0, above=True)
    _asked(x, y, "pgd", norm, steps, None)
    stands = right(model(x), y)
    clean = float(stands.double().mean())
    if not clean:
        raise ValueError("expected a model that reads some point right")
    x, y = x[stands], y[stands]
    make = {"norm": norm, "steps": int(steps), "bounds": bounds}
    step, many = (ascent(float(eps), attack=attack, **make) for attack in ATTACKS[1:])
    span = (bounds[1] - bounds[0]) * (1.0 if norm == math.inf else math.sqrt(x.shape[1]))
    unlimited = ascent(span, **make)
    flips = (
        noise_fools(model, x, y, many, TRIES, generator),
        step.fools(model, x, y),
        many.fools(model, x, y),
        unlimited.fools(model, x, y),
        (gradient(model, x, y)[1] == 0).all(1),
    )
    by_noise, fgsm, pgd, without_limit, flat = (float(f.double().mean()) for f in flips)
    ends = [many.end(other, x, y) for other in others]
    carried = max((float((~right(model(e), y)).double().mean()) for e in ends), default=0.0)
    signs = (
        fgsm > pgd + SLACK,
        by_noise > fgsm + SLACK,
        carried > pgd + SLACK,
        without_limit < 1 - SLACK,
        flat > FLAT,
    )
    return Evidence(clean, by_noise, fgsm, pgd, carried, without_limit, flat, signs)
