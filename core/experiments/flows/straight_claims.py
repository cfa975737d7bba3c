"""The density of a continuous flow by two routes; paths and landings anew; what was reached."""

import math

import torch
from torch import Tensor

from core.check import Check, at_least, same
from core.experiments.flows.straight import (
    COUNTS,
    FINE,
    SOLVED,
    Straight,
    carried,
    distance,
    landed,
    noise,
    points_of,
)
from core.flows import DATA, METHODS, Velocity, entropy, ode, ode_log_density
from core.words import number

WORDS = {"euler": "Euler", "heun": "Heun", "rk4": "Runge–Kutta"}
TWICE = 10  # held-out points whose density is computed by a determinant
THERE = 4 * SOLVED  # steps of that solver
LUCK = 5  # standard errors
ROUNDED = 1e-8  # errors below this are rounding
HEAP, NEAR = 0.35, 0.3  # spread against that of the data, error: what counts as a heap, as arrived
AXES = 20  # steps along the probe's path


def checks(run: Straight, *, data: str, drawing: str, seed: int) -> list[Check]:
    """Of the finished trainings; half-done ones claim nothing."""
    if run.progress < 1:
        return []
    z, v = noise(seed), run.velocity
    _, learned, held = points_of(data, drawing, seed)
    log_p, _ = ode_log_density(v, held, 2 * SOLVED)
    coupled = -run.flow.log_prob(held)
    trace = "ln p by the trace along the way = ln p by the determinant of the whole way back: "
    trace += "largest difference over some held-out points"
    least = (
        "no model has a mean of −ln p on fresh points below the entropy of their law: the lower "
    )
    least += "of both, beside that less what chance allows"
    known = (data in DATA, "nobody knows the law of these points")
    floor = entropy(data) if known[0] else 0.0
    spread = max(float(each.std()) for each in (log_p, coupled)) if len(held) > 1 else math.inf
    room = floor - LUCK * spread / math.sqrt(len(held))
    start = "before the first step neither flow moves anything: mean −ln p of N(0, I)"
    bell = float(held.square().sum(1).mean()) / 2 + math.log(2 * math.pi)
    paths = "the paths, from the same noise with other steps"
    euler = "Euler's steps by hand: y + v/N again and again; the other methods anew"
    errors = "errors of all methods beside other steps of the path: logarithms"
    again, finer = _again(v, z), carried(v, z, FINE + 1)
    off = distance(again, finer[-1]).clamp(min=ROUNDED)
    means = "the last NLL: solver with half the step, coupling flow of these weights"
    return [
        same("FLOW-02", trace, *_densities(v, held[:TWICE]), tol=0.02),
        at_least("FLOW-06", least, run.nll[:, -1].min(), room, needs=(known,)),
        same("FLOW-06", means, run.nll[:, -1], torch.stack([-log_p.mean(), coupled.mean()]),
             tol=0.02),
        same("", start, run.nll[:, 0], torch.full((2,), bell).double(), tol=1e-4),
        same("FLOW-01", paths, run.path.double(), finer, tol=5e-3),
        same("", euler, run.ends.double(), again, tol=2e-3),
        same("", errors, run.errors.clamp(min=ROUNDED).log(), off.log(), tol=3e-3),
        same("", "the learned points that are drawn, and the least NLL there is, −∫ p ln p",
             torch.cat([run.points.flatten(), torch.tensor([run.floor or 0.0]).double()]),
             torch.cat([learned[: len(run.points)].flatten(), torch.tensor([floor]).double()])),
    ]  # fmt: skip


def _densities(v: Velocity, x: Tensor) -> tuple[Tensor, Tensor]:
    """ln p by the trace, and by ln N(z) + ln |det ∂z/∂x| of the solver's whole way back."""
    by_trace, _ = ode_log_density(v, x, THERE)
    with torch.enable_grad():
        at = x.clone().requires_grad_()
        *_, last = ode(v, at, THERE, "rk4", begin=1.0, end=0.0)
        z = last.y
        rows = [torch.autograd.grad(z[:, i].sum(), at, retain_graph=i == 0)[0] for i in (0, 1)]
    bell = -z.detach().square().sum(1) / 2 - math.log(2 * math.pi)
    return by_trace, bell + torch.stack(rows, 1).det().abs().log()


@torch.no_grad()
def _again(v: Velocity, z: Tensor) -> Tensor:
    ends = []
    for n in COUNTS:
        y = z
        for k in range(n):
            y = y + v(y, k / n) / n
        ends.append(y)
    return torch.stack([torch.stack(ends), *(landed(v, z, method) for method in METHODS[1:])])


# --- words ---------------------------------------------------------------------------------------


def says(run: Straight, *, method: str = "euler", calls: str = "1") -> str:
    """Where the solver lands, how long the paths are, and both NLL."""
    told = ""
    if run.progress == 1:
        n = COUNTS.index(int(calls))
        m = METHODS.index(method)
        told = f"{calls} step{'s' * (calls != '1')} of {WORDS[method]} end"
        told += f"{'s' * (calls == '1')} {number(run.errors[m, n], 2)} from the end of the path. "
    told += f"Together the paths are {number(longer(run), 3)} times as long "
    told += "as the straight ways. "
    one, other = (number(each, 3, 5e-4) for each in run.nll[:, -1])
    told += f"Mean −ln p of held-out points: this flow {one}, four coupling layers {other}"
    return told + (f", the least possible {number(run.floor, 3, 5e-4)}." if run.floor else ".")


def longer(run: Straight) -> float:
    """Length of all paths together over that of the straight ways between their ends."""
    path = run.path.double()
    chords = (path[-1] - path[0]).norm(dim=1).sum()
    return float(path.diff(dim=0).norm(dim=2).sum() / chords) if chords > 0 else 1.0


def halved(run: Straight, method: str) -> float:
    """By what the error is divided from 16 steps to 32."""
    errors = run.errors[METHODS.index(method)]
    return float(errors[-2] / errors[-1].clamp(min=ROUNDED))


def slope(run: Straight, method: str) -> float:
    """Order of the error over the last three numbers of steps."""
    errors = run.errors[METHODS.index(method)].clamp(min=ROUNDED)
    return float((errors[-3] / errors[-1]).log() / math.log(COUNTS[-1] / COUNTS[-3]))


@torch.no_grad()
def probe(run: Straight, z1: float, z2: float) -> Tensor:
    """The path of one point of noise, (21, 2)."""
    z = torch.tensor([[z1, z2]], dtype=torch.float64)
    return torch.cat([state.y for state in ode(run.velocity, z, AXES, "rk4")])


# --- questions -----------------------------------------------------------------------------------


def _spread(x: Tensor) -> float:
    return float((x - x.mean(0)).double().square().sum(1).mean().sqrt())


def _one(run: Straight, method: str = "euler", calls: str = "1") -> tuple[str, dict[str, str]]:
    """Whether so many steps end in a heap in the middle, at the ends of the paths, or neither."""
    m, n = METHODS.index(method), COUNTS.index(int(calls))
    ends, true = run.ends[m, n], run.path[-1]
    part = _spread(ends) / max(_spread(true), 1e-9)
    off = float((ends.mean(0) - true.mean(0)).norm())
    facts = {"part": f"{100 * part:.0f} %", "off": number(off, 2)}
    if float(run.errors[m, n]) < NEAR:
        return "data", facts
    return ("mean" if part < HEAP else "spread"), facts


def _bent(run: Straight) -> tuple[float, dict[str, float]]:
    return longer(run), {"longer": longer(run)}


def _halve(run: Straight, method: str = "euler") -> tuple[float, dict[str, float]]:
    return halved(run, method), {"times": halved(run, method)}


answers = {"one": _one, "bent": _bent, "halve": _halve}
