"""What no training changes: the gap is crossed and never empty; what it holds, by other routes."""

import math

import torch
from torch import Tensor

from core.check import Check, at_least, at_most, equal, same
from core.experiments.flows.bridge import (
    FLOWS,
    NAMES,
    SPREAD,
    Bridge,
    blobs,
    columns,
    exact_slope,
    gap_of_data,
    half_gap,
    in_gap,
    profile,
)
from core.flows import Flow, base_law, gap_mass
from core.flows.stack import BOUND
from core.words import number

CELLS = 60  # of the other quadrature, along each side
HALVINGS = 48  # on the way to the middle of the gap
EMPTY, THINNER = 1e-12, 0.5
NUDGE = 1e-4  # of z, for the slope of the exact map


def checks(run: Bridge, *, a: float) -> list[Check]:
    """Of the finished trainings; half-done ones claim nothing."""
    if run.progress < 1:
        return []
    flows = [run.flow(name) for name in NAMES]
    crossed = "a line of noise from blob to blob is carried to a curve that passes the middle: "
    crossed += "|x₁| of the point that halving finds, at most"
    floor = "the density in the gap is at least that of the noise there, times e to the power of "
    floor += f"−{BOUND:g} for each layer: smallest ratio"
    gap = "mass of the gap, by another sum over the plane: logarithms"
    start = "before the first step it is that of the noise"
    whole = "no flow has more than the mass 1: the largest sum over its density of x₁"
    steep = (
        "the exact map of the line has slope φ(0)/p(0) in the middle of the gap: its logarithm, "
    )
    steep += "beside that of differences of Φ⁻¹(F(x))"
    own = "the blobs' own mass in the gap: its logarithm, beside that of a sum over their density"
    weights = columns(a)[1]
    density = [profile(flow, a, rows=97, dtype=torch.float64) for flow in flows]
    other = [gap_mass(flow, half_gap(a), CELLS) for flow in flows]
    exact = blobs_profile(a)
    return [
        same("FLOW-01", crossed, torch.tensor([_middle(flow, a) for flow in flows]), 0.0, tol=1e-6),
        at_least("FLOW-05", floor, min(_least(flow, a) for flow in flows), 1.0),
        same("FLOW-06", gap, run.gaps[:, -1].log(), torch.tensor(other).double().log(), tol=0.01),
        equal("FLOW-02", steep, math.log(exact_slope(a)), _steepness(a), tol=1e-3),
        at_most("FLOW-02", whole, (run.profile @ weights).max(), 1.0, tol=5e-3),
        same("", "density of x₁, summed over x₂ more finely", run.profile, torch.stack(density),
             tol=1e-3),
        same("FLOW-06", start, run.gaps[:, 0], torch.tensor([_noise(n, a) for n in NAMES]).double(),
             tol=1e-3),
        equal("", own, math.log(gap_of_data(a)), math.log(in_gap(exact, a)), tol=1e-4),
    ]  # fmt: skip


def blobs_profile(a: float) -> Tensor:
    """The density of x₁ of the blobs in `columns`."""
    return _density(columns(a)[0], a)


def _density(x: Tensor, a: float) -> Tensor:
    bells = sum((-0.5 * ((x - c) / SPREAD).square()).exp() for c in (-a, a))
    return bells / (2 * SPREAD * math.sqrt(2 * math.pi))


def road(flow: Flow, a: float, t: Tensor) -> Tensor:
    """Where a flow takes the straight line of noise between what ends in both centres, (n, 2)."""
    (left, right), _ = flow.inverse(blobs(a).means)
    return flow.forward(torch.lerp(left, right, t[:, None]))[0]


def _middle(flow: Flow, a: float) -> float:
    """|x₁| after halving the line between a point that ends left and one that ends right."""
    low, high = torch.zeros(1).double(), torch.ones(1).double()
    for _ in range(HALVINGS):
        half = (low + high) / 2
        left = road(flow, a, half)[0, 0] < 0
        low, high = (half, high) if left else (low, half)
    return float(road(flow, a, low)[0, 0].abs())


def _least(flow: Flow, a: float) -> float:
    """Smallest p(x) / (p_base(z) e^(−3 layers)) in the gap, on the axis and beside it."""
    g = half_gap(a)
    side = torch.linspace(-1, 1, 9, dtype=torch.float64)
    x = torch.cartesian_prod(g * side, side)
    z, _ = flow.inverse(x)
    over = flow.log_prob(x) - base_law(flow.base).log_density(z) + BOUND * flow.layers
    return float(over.min().clamp(max=700).exp())


def _noise(name: str, a: float) -> float:
    """The mass that the noise of a flow has in the gap."""
    base, g = FLOWS[name][0], half_gap(a)
    if base == "normal":
        return math.erf(g / math.sqrt(2))
    near, far = ((2.0 + sign * g) / (0.5 * math.sqrt(2)) for sign in (-1, 1))
    return 0.5 * (math.erfc(near) - math.erfc(far))


def _steepness(a: float) -> float:
    """ln of dx/dz of z = Φ⁻¹(F(x)) at x = 0, by a difference small enough for F."""
    h = NUDGE * SPREAD**2 / a
    mass = 2 * h * float(_density(torch.linspace(-h, h, 5).double(), a).mean())
    return math.log(2 * h) - math.log(mass * math.sqrt(2 * math.pi))


# --- words ---------------------------------------------------------------------------------------


def says(run: Bridge, *, a: float, depth: str = "2") -> str:
    """What the shown flow, the deepest one and the one from two bells leave in the gap."""
    base, layers = FLOWS[depth]
    who = f"{layers} layers" if layers > 1 else "One layer"
    what = "noise of two bells" if base == "two" else "one bell of noise"
    told = f"{who} from {what} leave{'s' * (layers == 1)} {share(run.gap(depth))} of the mass in "
    told += f"the gap, where the blobs have {share(gap_of_data(a))}."
    others = [name for name in ("2", "8", "pair") if name != depth]
    told += " " + "; ".join(
        (f"{FLOWS[name][1]} layers" if name != "pair" else "2 layers from two bells")
        + f" {share(run.gap(name))}"
        for name in others
    )
    cost = -math.log1p(-min(run.gap(depth), 1 - 1e-9))
    return told + f". What the shown flow wastes there raises its NLL by about {number(cost, 2)}."


def share(mass: float) -> str:
    """A mass in per cent."""
    return f"{number(100 * mass, 2)} %"


# --- questions -----------------------------------------------------------------------------------


def _layers(run: Bridge) -> tuple[str, dict[str, str]]:
    """What eight layers leave of what two leave."""
    two, eight = run.gap("2"), run.gap("8")
    facts = {"two": share(two), "eight": share(eight)}
    if eight < EMPTY:
        return "none", facts
    return ("thin" if eight < THINNER * two else "same"), facts


def _pair(run: Bridge) -> tuple[str, dict[str, str]]:
    """What two layers from two bells leave, beside eight from one."""
    pair, eight = run.gap("pair"), run.gap("8")
    facts = {"pair": share(pair), "eight": share(eight)}
    if pair < THINNER * eight:
        return "less", facts
    return ("more" if pair > eight / THINNER else "same"), facts


def _steep(run: Bridge, a: float) -> tuple[float, dict[str, str]]:
    return exact_slope(a), {"slope": number(exact_slope(a), 2)}


answers = {"layers": _layers, "pair": _pair, "steep": _steep}
