r"""A ball with memory on the bowl ½(x₁² + κx₂²): heavy ball, Nesterov, and the sheet's average.

In each eigendirection (curvature λ) all three are one linear recurrence
:math:`x_{k+1} = a x_k + b x_{k-1}`; the two roots of :math:`z^2 = az + b` are its momentum
eigenvalues, the larger modulus is its rate per step. Here μ = 1, L = κ and lr = lr_L / L.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import Check, at_most, choose, equal, require
from core.landscapes.surfaces import quadratic
from core.optimizers import (
    companion_eigenvalues,
    contraction_rate,
    optimal,
    stability_limit,
    steps_to,
    trajectories,
)

METHODS = ("momentum", "nesterov", "momentum_ema")
RIVALS = (0.0, 0.5, 0.67, 0.9, 0.95, 0.99)
FALL = 1e-6  # "f is down by 10⁶"
CELLS = 72  # of the map, along each side
HORIZON = 4096  # steps searched for the moment f is down by 10⁶


class RateMap(NamedTuple):
    """Contraction rate over the (lr·L, β) plane.

    Attributes:
        lr_L: columns, shape (n,).
        beta: rows, shape (m,).
        rate: spectral radius of one step, shape (m, n).
        border: lr·L where the rate is 1, for each row, shape (m,).
        best: (lr·L, β, rate) of the lowest point.
    """

    lr_L: Tensor
    beta: Tensor
    rate: Tensor
    border: Tensor
    best: tuple[float, float, float]


class Ball(NamedTuple):
    """One run, what theory says about it, and the map around it.

    Attributes:
        lr: step size η = lr_L / L.
        force: what multiplies the newest gradient: η, or η(1 − β) in the average's form.
        x: iterates, shape (steps + 1, 2); the columns are the flat and the steep eigendirection.
        f: values f(xₖ), shape (steps + 1,).
        energy: ½xₖᵀHxₖ₋₁ + ‖xₖ − xₖ₋₁‖²/(2·force), shape (steps + 1,); the start is at rest.
        memory: β(xₖ − xₖ₋₁), what the velocity adds in step k, shape (steps + 1, 2).
        push: −force·∇f at xₖ (at xₖ + memory for "nesterov"), shape (steps + 1, 2).
        plain: f(xₖ) of the same η without memory, (1 − ηλ)ᵏ in closed form, shape (steps + 1,).
        diverged_at: step at which a value passed 1e12, −1 if none did.
        eigenvalues: momentum eigenvalues, complex, shape (2 directions, 2).
        edge: lr·L at which this method with this β stops converging.
        rate: largest modulus among the directions in which the start is off the minimum.
        measured: rate per step fitted to √energy over the last half; None when too short.
        settled: whether that half is long and straight enough to show the asymptotic rate.
        iterations: steps until f is down by 10⁶; −1 if more than 4096.
        rivals: (β, iterations) at the same η for a few other β.
        map: the plane of all (lr·L, β).
    """

    lr: float
    force: float
    x: Tensor
    f: Tensor
    energy: Tensor
    memory: Tensor
    push: Tensor
    plain: Tensor
    diverged_at: int
    eigenvalues: Tensor
    edge: float
    rate: float
    measured: float | None
    settled: bool
    iterations: int
    rivals: tuple[tuple[float, int], ...]
    map: RateMap


def ball(
    *,
    method: str = "momentum",
    kappa: float = 100.0,
    lr_L: float = 1.0,
    beta: float = 0.9,
    start: str = "worst",
    x0: float = 1.0,
    y0: float = 1.0,
    steps: int = 200,
) -> Ball:
    r"""Roll a ball with memory down ½(x₁² + κx₂²).

    Args:
        method: "momentum" (heavy ball, v ← βv − η∇f), "nesterov" (the same with the gradient
            taken at the look-ahead point) or "momentum_ema" (the sheet's words: v an
            exponential moving average, v ← βv − η(1 − β)∇f).
        kappa: condition number, in [1, 1e6].
        lr_L: step size times L, in (0, 100].
        beta: share of the velocity that is kept, in [0, 1).
        start: "worst" for (1, 1/κ), where both directions hold gradient descent back equally;
            "free" for the next two.
        x0, y0: free start; x₁ = x0 and x₂ = y0/√κ, so that y0 counts half-widths of the valley.
        steps: in [1, 10000].

    Raises:
        ValueError: naming the parameter that is out of range.

    Sources: OPT-13, OPT-14; Polyak (1964); Nesterov (1983).
    """
    choose("method", method, METHODS)
    choose("start", start, ("worst", "free"))
    require("kappa", kappa, 1.0, 1e6)
    require("lr_L", lr_L, 0.0, 100.0, above=True)
    require("beta", beta, 0.0, 1.0, below=True)
    require("steps", steps, 1, 10_000, integer=True)
    require("x0", x0, -1e6, 1e6)
    require("y0", y0, -1e6, 1e6)

    lr = lr_L / kappa
    force = lr * (1 - beta) if method == "momentum_ema" else lr
    kind = "nesterov" if method == "nesterov" else "momentum"
    lam = torch.tensor([1.0, kappa], dtype=torch.float64)
    first = (1.0, 1 / kappa) if start == "worst" else (x0, y0 / math.sqrt(kappa))
    origin = torch.tensor(first, dtype=torch.float64)
    run = trajectories(quadratic(kappa), (method,), origin, lr, steps, beta=beta)
    x, f, diverged_at = run.x[0], run.f[0], int(run.diverged_at[0])

    step = x.diff(dim=0, prepend=x[:1])
    memory = beta * step
    push = -force * lam * (x + memory if method == "nesterov" else x)
    before = torch.cat([x[:1], x[:-1]])
    parts = 0.5 * lam * x * before + step.square() / (2 * force)
    energy = parts.sum(-1)
    roots = companion_eigenvalues(kind, force, beta, lam)
    moduli = roots.abs().amax(-1)
    betas = torch.tensor((beta, *RIVALS), dtype=torch.float64)
    paths = iterates(method, lr, betas, lam.diag(), origin, HORIZON)
    counts = steps_to(0.5 * paths.square() @ lam, FALL)
    measured, settled = measured_rate(energy, diverged_at)
    end = steps if diverged_at < 0 else diverged_at
    shrink = (1 - lr * lam) ** torch.arange(steps + 1, dtype=torch.float64)[:, None]
    return Ball(
        lr=lr,
        force=force,
        x=x,
        f=f,
        energy=energy,
        memory=memory,
        push=push,
        plain=0.5 * (shrink.clamp(-1e12, 1e12) * origin).square() @ lam,
        diverged_at=diverged_at,
        eigenvalues=roots,
        edge=border(method, beta),
        rate=float((moduli * (origin != 0)).max()),
        measured=measured,
        settled=settled and leads(parts, end // 2, roots, origin != 0),
        iterations=int(counts[0]),
        rivals=tuple(zip(RIVALS, counts[1:].tolist())),
        map=rate_map(method, kappa),
    )


def iterates(method: str, lr: float, beta: Tensor, H: Tensor, x0: Tensor, steps: int) -> Tensor:
    r"""All iterates of a linear method on ½xᵀHx by powers of its iteration matrix, doubling.

    (xₖ₊₁, xₖ) = P (xₖ, xₖ₋₁) with P = [[A, B], [I, 0]]: a second route to `trajectories`, and
    quick enough for thousands of steps.

    Args:
        method: "gd" or one of `METHODS`.
        beta: memories, shape (b,); ignored by "gd".
        H: shape (2, 2).
        x0: start at rest, shape (2,).

    Returns:
        xₖ, shape (b, steps + 1, 2). A diverging run passes into inf and NaN here.
    """
    eye = torch.eye(2, dtype=torch.float64)
    beta = (torch.zeros_like(beta) if method == "gd" else beta)[:, None, None]
    if method == "nesterov":
        slide = eye - lr * H
        A, B = (1 + beta) * slide, -beta * slide
    else:
        A = (1 + beta) * eye - lr * (1 - beta if method == "momentum_ema" else 1.0) * H
        B = -beta * eye
    below = torch.cat([eye, 0 * eye], -1).expand(len(beta), 2, 4)
    P = torch.cat([torch.cat([A, B], -1), below], 1)
    state = torch.cat([x0, x0]).expand(len(beta), 1, 4)
    while state.shape[1] <= steps:
        state = torch.cat([state, state @ P.mT], dim=1)
        P = P @ P
    return state[:, : steps + 1, :2]


def measured_rate(energy: Tensor, diverged_at: int) -> tuple[float | None, bool]:
    """exp of half the slope of log energy over the last half of the run, and whether it settled.

    The rate is None when fewer than 10 values remain between underflow and divergence. It has
    settled when there are at least 40 and the third and the last quarter agree to 0.003.
    """
    end = len(energy) if diverged_at < 0 else diverged_at
    tiny = (energy[:end] < 1e-280).nonzero()
    end = int(tiny[0]) if len(tiny) else end
    half = energy[end // 2 : end].log()
    if len(half) < 10:
        return None, False
    parts = half.chunk(2)
    early, late, rate = (math.exp(_slope(part) / 2) for part in (*parts, half))
    return rate, len(half) >= 40 and abs(early - late) < 0.003


def leads(energy: Tensor, k: int, roots: Tensor, excited: Tensor) -> bool:
    """Whether at step k the slowest direction carries 99 % of the energy, its roots well apart.

    Args:
        energy: of the two directions, shape (steps + 1, 2).
        roots: momentum eigenvalues, shape (2, 2).
        excited: directions in which the start is off the minimum, shape (2,).
    """
    moduli = roots.abs().amax(-1) * excited
    slowest = moduli >= moduli.max() * (1 - 1e-6)
    # k steps must turn a complex pair by more than one swing, or tell two real roots apart
    apart = k * (roots[:, 0] - roots[:, 1]).abs() > 8 * moduli
    shares = energy[k]
    return bool(shares[slowest].sum() >= 0.99 * shares.sum() and apart[slowest].all())


def _slope(y: Tensor) -> float:
    """Least-squares slope of y against 0, 1, 2, …"""
    k = torch.arange(len(y), dtype=torch.float64)
    k -= k.mean()
    return float(k @ y / k.square().sum())


def border(method: str, beta: float) -> float:
    """lr·L at which the run stops converging: 2(1 + β), Nesterov (2 + 2β)/(1 + 2β).

    The average's form multiplies the gradient by η(1 − β), so its border is 2(1 + β)/(1 − β).
    """
    if method == "momentum_ema":
        return stability_limit("momentum", beta, 1.0) / (1 - beta)
    return stability_limit(method, beta, 1.0)


@lru_cache(maxsize=64)
def rate_map(method: str, kappa: float) -> RateMap:
    """Spectral radius of one step over lr·L in (0, 4] and β in [0, 1), and its lowest point.

    That point is the closed form of OPT-13 for the heavy ball, (1/L, (√κ − 1)/(√κ + 1)) of OPT-14
    for Nesterov (safe beyond quadratics; the map may dip lower), the lowest cell for the average.
    """
    lr_L = torch.linspace(4 / CELLS, 4, CELLS, dtype=torch.float64)
    beta = torch.linspace(0, 0.999, CELLS, dtype=torch.float64)
    lam = torch.tensor([1.0, kappa], dtype=torch.float64) / kappa  # in units of L
    average = method == "momentum_ema"
    kind = "momentum" if average else method
    force = lr_L * (1 - beta[:, None]) if average else lr_L
    rate = contraction_rate(kind, force, beta[:, None], lam)
    if average:
        row, column = divmod(int(rate.argmin()), CELLS)
        tuned = float(lr_L[column]), float(beta[row])
    else:
        lr, share = optimal(kind, 1.0, kappa)
        tuned = lr * kappa, share
    best = tuned[0] * (1 - tuned[1]) if average else tuned[0]
    lowest = float(contraction_rate(kind, best, tuned[1], lam))
    edge = torch.tensor([border(method, b) for b in beta.tolist()], dtype=torch.float64)
    return RateMap(lr_L, beta, rate, edge, (*tuned, lowest))


def tuned(method: str, kappa: float) -> tuple[float, float]:
    """(lr·L, β) of the best point of the map."""
    return rate_map(method, kappa).best[:2]


def critical_beta(method: str, lr_L: float, share: float) -> float:
    """β above which the run overshoots where λ = share · L: a complex pair, p² < 4q.

    With s = ηλ: (1 − √s)² for the heavy ball, (1 − √s)/(1 + √s) for Nesterov (1, never, if
    s ≥ 1), ((1 − s)/(1 + s))² for the average.
    """
    s = lr_L * share
    if method == "momentum_ema":
        return ((1 - s) / (1 + s)) ** 2
    if method == "nesterov":
        return (1 - math.sqrt(s)) / (1 + math.sqrt(s)) if s < 1 else 1.0
    return (1 - math.sqrt(s)) ** 2


def checks(
    result: Ball, *, method: str, kappa: float, lr_L: float, beta: float, **_: object
) -> list[Check]:
    """OPT-13 and OPT-14 on this run: border of stability, rate, friction, weights, no memory."""
    id = "OPT-14" if method == "nesterov" else "OPT-13"
    limit = {
        "momentum": "2(1 + β)",
        "nesterov": "(2 + 2β)/(1 + 2β)",
        "momentum_ema": "2(1 + β)/(1 − β)",
    }[method]
    edge = result.edge
    radius = float(result.eigenvalues.abs().max())
    on_border = abs(lr_L - edge) < 1e-9 * edge
    x = result.x
    end = len(x) - 1 if result.diverged_at < 0 else result.diverged_at - 1

    lam = torch.tensor([1.0, kappa], dtype=torch.float64)
    f = result.f[: end + 1]
    d = x.diff(dim=0, prepend=x[:1])[: end + 1]
    friction = 1 - beta * (1 - result.lr * lam if method == "nesterov" else torch.ones_like(lam))
    work = -(friction * d[:-1] * (d[:-1] + d[1:])).sum() / (2 * result.force)
    scale = max(float(result.energy[: end + 1].max()), 1e-300)
    total = f + d.square().sum(-1) / (2 * result.force)

    # as many terms as matter: β to the power n is below 1e-13
    n = 1 if beta == 0 else math.ceil(-30 / math.log(beta))
    weights = beta ** torch.arange(n, dtype=torch.float64)
    share = 1 - beta if method == "momentum_ema" else 1.0
    plain = float(result.plain[end])
    return [
        Check(
            id,
            f"the rate is below 1 exactly when ηL < {limit} = {edge:.4g} (here ηL = {lr_L:.4g})",
            radius,
            1.0,
            (radius < 1) == (lr_L < edge),
            not on_border,
            "≤" if lr_L < edge else "≥",
            "on the border itself the bouncing neither grows nor shrinks" if on_border else "",
        ),
        equal(
            id,
            "rate per step measured over the last half = largest |momentum eigenvalue|",
            result.measured or 0.0,
            result.rate,
            tol=0.01,
            applies=result.settled,
            why="" if result.settled else "the run is too short for its rate to have settled",
        ),
        equal(
            id,
            "energy lost = work of the friction "
            + ("1 − β(1 − ηλ)" if method == "nesterov" else "1 − β")
            + ", in units of the largest energy",
            float(result.energy[end] - result.energy[0]) / scale,
            float(work) / scale,
        ),
        equal(
            "OPT-13",
            "E-45: the weights of the past gradients sum to "
            + ("1, an average" if method == "momentum_ema" else "1/(1 − β), they are no average"),
            float(share * weights.sum()),
            1.0 if method == "momentum_ema" else 1 / (1 - beta),
            why=f"under a constant gradient a step grows to {share / (1 - beta):.4g} η∇f",
        ),
        equal(
            id,
            "without memory (β = 0) it is gradient descent: f(xₖ) = ½Σ λ(1 − ηλ)²ᵏ x₀² at the end",
            float(result.f[end]),
            plain,
            tol=1e-9 * min(1.0, max(plain, 1e-300)),
            applies=beta == 0,
            why="" if beta == 0 else f"β = {beta:g} is above 0",
        ),
        at_most(
            "OPT-14",
            "f(xₖ) + ‖xₖ − xₖ₋₁‖²/2η never rises although f may: largest rise in a step ≤ 0",
            float(total.diff().max()) / scale if end else 0.0,
            0.0,
            applies=method == "nesterov" and lr_L <= 1,
            why="" if method == "nesterov" and lr_L <= 1 else "this is not Nesterov with η ≤ 1/L",
        ),
    ]


def says(result: Ball, *, method: str, lr_L: float, beta: float, **_: object) -> str:
    """What happened, with the reason where it failed."""
    if result.diverged_at >= 0:
        return (
            f"Diverged at step {result.diverged_at}: ηL = {lr_L:.4g} > {result.edge:.4g}, the "
            f"border of stability for β = {beta:g}; it grows by {result.rate:.4g} a step."
        )
    measured = "" if result.measured is None else f", measured {result.measured:.4f}"
    rate = f"rate per step: predicted {result.rate:.4f}{measured}"
    if lr_L >= result.edge:
        return f"Unstable: ηL = {lr_L:.4g} ≥ {result.edge:.4g}, the border of stability; {rate}."
    if result.f[0] == 0:
        return "The ball starts at the minimum and stays there."
    count = (
        f"f is down by 10⁶ after {result.iterations} steps"
        if result.iterations >= 0
        else f"f is not down by 10⁶ within {HORIZON} steps"
    )
    over = [n for n, pair in zip(("flat", "steep"), result.eigenvalues) if pair.imag.any()]
    swing = ("no direction overshoots", "the {} direction overshoots", "both directions overshoot")
    return f"{count}; {rate}; {swing[len(over)].format(*over)}."


def against_less_memory(result: Ball) -> str:
    """How the number of steps compares with β = 0.9 at the same step size, in words."""
    usual = dict(result.rivals)[0.9]
    if result.iterations < usual:
        return "faster"
    return "about the same" if result.iterations < 2 * usual else "several times slower"


def edge_in_words(result: Ball) -> str:
    """The border of stability, to two digits."""
    return f"{result.edge:.2g}"


def against_the_sum(result: Ball) -> str:
    """How many steps the average's form takes, where the heavy ball takes 94, in words."""
    if result.iterations <= 75:
        return "fewer"
    return "about 94, the same" if result.iterations <= 120 else "more than 500"
