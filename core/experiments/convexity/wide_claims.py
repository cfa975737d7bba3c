"""What wide networks claim: OPT-06 with erratum E-35, OPT-07."""

import math

import torch
from torch import Tensor

from core.check import Check, at_least, equal, same
from core.convexity import tangent_kernel
from core.convexity.wide import circle, labelled, raised, start
from core.experiments.convexity.wide import MOMENTS, WIDTHS, Run, Wide, place
from core.words import number, spaced

WEIGHTS = 4  # for each neuron
NONE = 1e-9  # a smaller λ_min over the largest one is rounding
READ = 0.03  # how exactly the drawn curve gives the loss


def checks(run: Wide, *, points: int, steps: int, seed: int) -> list[Check]:
    """The inequality and the bound at every moment of every width; the start; the curve."""
    runs, widths = run.runs, WIDTHS[: len(run.runs)]
    inside = min(float((r.half - r.least * r.loss).min() / r.half[0]) for r in runs)
    over = max(float((r.loss / r.bound).max()) for r in runs)
    few = [r for r, m in zip(runs, widths) if WEIGHTS * m < points]
    nothing = max((float((r.least / r.most).max()) for r in few), default=0.0)
    holds = "½‖∇ℓ‖² ≥ λₘᵢₙ(K) ℓ at every moment of every width: least difference"
    bound = "ℓ is at most ℓ₀ times all factors 1 − ηλₘᵢₙ so far: largest ratio, that of the start"
    empty = "with fewer weights than points λₘᵢₙ(K) = 0: largest λₘᵢₙ/λₘₐₓ"
    begun = "at the start: ℓ, ½‖Jᵀr‖² and eigenvalues of K, J by differentiating each output"
    drawn = "the curve drawn passes the points as far off as ℓ says: ℓ from the curve"
    most = max((float(r.least.max() / r.least.min()) for r in runs if held(r)), default=1.0)
    printed = "as printed (E-35) such networks satisfy the inequality: its constant belongs to a "
    printed += "place, and changes along a run by a factor of up to"
    narrow = (bool(few), "no width has fewer weights than there are points")
    return [
        at_least("OPT-06", holds, inside, 0.0, tol=1e-12),
        equal("OPT-07", bound, over, 1.0),
        equal("OPT-06", empty, nothing, 0.0, needs=(narrow,)),
        same("", begun, *_begun(runs, points, seed), tol=1e-7),
        same("", drawn, *_drawn(runs, points, seed), tol=READ),
        same("", "judged at step 0, then every so many steps", *_moments(runs, steps)),
        at_least("OPT-06", printed, most, 1.01, needs=((most > 1.01, "it hardly changes here"),)),
    ]  # fmt: skip


def _begun(runs: tuple[Run, ...], points: int, seed: int) -> tuple[Tensor, Tensor]:
    """By autograd for narrow networks, by the formula of K for wide ones."""
    angles, y = labelled(points, seed)
    x, mine, theirs = raised(angles), [], []
    for run, width in zip(runs, WIDTHS):
        net = start(width, seed)
        r = net(x) - y
        K = _kernel(net, x) if width <= 16 else tangent_kernel(net, x)
        values = torch.linalg.eigvalsh(K)
        mine += [run.loss[0], run.half[0], run.least[0], run.most[0], run.bound[0]]
        least, loss = values[0].clamp_min(0), r @ r / 2
        theirs += [loss, r @ K @ r / 2, least, values[-1], loss]
    return torch.stack(mine), torch.stack(theirs)


def _kernel(net, x: Tensor) -> Tensor:
    """JJᵀ, one output after the other."""
    with torch.inference_mode(False), torch.enable_grad():
        w, a = (part.clone().requires_grad_() for part in net)
        out = type(net)(w, a)(x.clone())
        rows = [torch.autograd.grad(each, (w, a), retain_graph=True) for each in out]
    J = torch.stack([torch.cat([dw.flatten(), da]) for dw, da in rows])
    return J @ J.T


def _drawn(runs: tuple[Run, ...], points: int, seed: int) -> tuple[Tensor, Tensor]:
    """√(2ℓ/n) from the curve between its places by parabolas, and from the record."""
    angles, y = labelled(points, seed)
    apart = float(circle()[1])
    mine, theirs = [], []
    for run in runs:
        k = (angles / apart).round().long()
        t, fit = angles / apart - k, run.fit[:-1].double()
        a, b, c = (fit[(k + shift) % len(fit)] for shift in (-1, 0, 1))
        read = b + t * (c - a) / 2 + t * t * (a + c - 2 * b) / 2
        mine.append((read - y).square().mean().sqrt())
        theirs.append((2 * run.loss[-1] / points).sqrt())
    return torch.stack(mine), torch.stack(theirs)


def _moments(runs: tuple[Run, ...], steps: int) -> tuple[Tensor, Tensor]:
    every = -(-steps // MOMENTS)
    mine = torch.cat([r.step[:-1] for r in runs])
    return mine, torch.cat([every * torch.arange(len(r.step) - 1) for r in runs])


# --- words ---------------------------------------------------------------------------------------


def says(run: Wide, *, points: int, width: int) -> str:
    """The constant along the run of one width, and what it promised."""
    k = place(width, len(run.runs))
    m, one = WIDTHS[k], run.runs[k]
    count = f"Width {m}: {spaced(WEIGHTS * m)} weights for {points} points. "
    steps = int(one.step[-1])
    falls = f"ℓ falls from {number(one.loss[0])} to {number(one.loss[-1], 2, zero=1e-24)} in "
    falls += f"{spaced(steps)} steps"
    if not held(one):
        return f"{count}λₘᵢₙ is 0 along the run or in parts of it: nothing is promised. {falls}."
    first, last, low = (number(v) for v in (one.least[0], one.least[-1], one.least.min()))
    return (
        f"{count}λₘᵢₙ goes from {first} to {last}, and at no moment looked at is it below {low}: "
        f"there the inequality holds with μ = {low}. {falls}; the bound is "
        f"{number(one.bound[-1], 2, zero=1e-24)}."
    )


def held(one: Run) -> bool:
    """Whether λ_min stays above rounding."""
    return float((one.least / one.most).min()) > NONE


def _left(run: Wide, width: int) -> tuple[str, dict[str, float]]:
    one = run.runs[place(width)]
    left = float(one.loss[-1] / one.loss[0])
    key = "nothing" if left < 1e-6 else "little" if left < 0.1 else "much"
    return key, {"left": float(one.loss[-1]), "low": float(one.least.min())}


def _changes(run: Wide, width: int) -> tuple[str, dict[str, float]]:
    one = run.runs[place(width)]
    low, high = float(one.least.min()), float(one.least.max())
    times = high / low if low > 0 else math.inf
    key = "hardly" if times < 1.15 else "some" if times < 4 else "many"
    return key, {"low": low, "high": high}


def _promised(run: Wide, width: int) -> tuple[str, dict[str, float]]:
    one = run.runs[place(width)]
    return ("positive" if held(one) else "zero"), {"left": float(one.loss[-1])}


answers = {"left": _left, "changes": _changes, "few": _promised}
