"""What the pooling bench claims: CNN-29, CNN-30 and CNN-31."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from core.check import Check, at_least, at_most, same
from core.cnn.pools import over_beta, pooled, shifted, windows
from core.convolution import pool
from core.experiments.cnn.pooling import REACH, Bench, Window

FALLS = -1e-6  # raising an entry with a lower share lowers the pooled value
BETAS = torch.linspace(-REACH, REACH, 161, dtype=torch.float64)


def checks(run: Bench, *, bench: str, kind: str, u: int) -> list[Check]:
    """Five checks on this input, three more where softmax pooling is on the bench."""
    both, soft = torch.stack((run.out, run.moved)), kind in ("softmax", "lse")
    torchs = torch.stack([_by_torch(x, run, kind).view_as(run.out) for x in (run.x, run.shifted)])
    kept = "pooled values, before and after the shift = those of torch's own pooling"
    total = "the gradient of every output sums to 1 over its window"
    return [
        same("CNN-29", kept, both, torchs),
        *([] if soft else [_routed_to(run, kind)]),
        same("CNN-30", total, run.shares.sum(2), 1.0, tol=1e-9 * max(1.0, abs(run.beta))),
        _maximum(run, bench, kind),
        _moves_along(run),
        *(_softmax(run, run.window(u), kind) if soft else []),
    ]


def _by_torch(x: Tensor, run: Bench, kind: str) -> Tensor:
    x, sign = x[None, None], -1 if kind == "min" else 1
    if kind in ("max", "min"):
        return sign * F.max_pool2d(sign * x, run.size, run.stride)
    if kind == "average":
        return F.avg_pool2d(x, run.size, run.stride)
    columns = F.unfold(x, run.size, stride=run.stride)[0]
    if kind == "lse":
        return torch.logsumexp(run.beta * columns, 0) / run.beta
    return (torch.softmax(run.beta * columns, 0) * columns).sum(0)


def _routed_to(run: Bench, kind: str) -> Check:
    """A maximum, minimum or mean is Σ xᵢ ∂y/∂xᵢ, so the one entry that gets all is the winner."""
    x = windows(run.x, run.size, run.stride)
    reached = 1 if kind in ("max", "min") else x.shape[2]
    found = torch.stack(((run.shares != 0).sum(2), (run.shares * x).sum(2)))
    expected = torch.stack((torch.full_like(run.out, reached), run.out))
    told = "the gradient of a mean goes to all entries, and Σ xᵢ ∂y/∂xᵢ is that mean"
    if kind in ("max", "min"):
        told = f"the gradient of a {kind}imum goes to one entry, ties included: "
        told += f"Σ xᵢ ∂y/∂xᵢ is the {kind}imum"
    return same("CNN-30", told, found, expected)


def _softmax(run: Bench, window: Window, kind: str) -> list[Check]:
    beta = run.beta
    safe = beta if abs(beta) > 1e-4 else 1.0
    still = safe == beta, "needs β ≠ 0; at β = 0 softmax pooling is the mean"
    soft = run.out if kind == "softmax" else pooled(run.x, run.size, run.stride, "softmax", beta)
    x = windows(run.x, run.size, run.stride)
    p = torch.softmax(safe * x, 2)
    lse = run.out if kind == "lse" else (safe * x).logsumexp(2) / safe
    sign, name = (1, "max") if safe > 0 else (-1, "min")
    edge = sign * (sign * x).amax(2)
    gaps = torch.stack((sign * (edge - soft), sign * (lse - edge)))
    apart = (
        float(gaps.max()) if float(gaps.min()) > -1e-9 * max(1.0, edge.abs().max()) else math.inf
    )
    between = (
        f"{name} lies between softmax pooling and log-sum-exp, the farther one within ln n / |β|"
    )
    never = "softmax pooling never falls as β grows: smallest step of the curve"
    return [
        same(
            "CNN-29",
            "softmax pooling = (ln Σ exp(βx) − H) / β, H the entropy of its weights",
            soft,
            lse + torch.xlogy(p, p).sum(2) / safe,
            # a difference of numbers as large as βx, divided by β
            tol=1e-9 * max(1.0, 1 / abs(safe)),
            needs=(still,),
        ),
        at_most("CNN-29", between, apart, window.bound(safe), needs=(still,)),
        at_least("CNN-29", never, float(over_beta(window.x, BETAS)[0].diff().min()), 0.0),
    ]


def _maximum(run: Bench, bench: str, kind: str) -> Check:
    (r, q), s = run.size, run.stride
    most = run.out if kind == "max" else pool(run.x, run.size, (s, s), "max")
    R, S = most.shape
    copies = [run.x[i:, j:][::s, ::s][:R, :S] for i in range(r) for j in range(q)]
    id, found = "CNN-30", [most]
    claim = "max pooling is max {xᵢ₊ₖ : 0 ≤ k < r}, the largest of r shifted copies"
    if bench == "picture":
        id = "CNN-31"
        claim = "max {xᵢ₊ₖ,ⱼ₊ₗ}, the largest of r² shifted copies, is max pooling of the columns, "
        claim += "then of the rows"
        found.append(pool(pool(run.x, (r, 1), (s, 1), "max"), (1, q), (1, s), "max"))
    return same(id, claim, torch.stack(found), torch.stack(copies).amax(0))


def _moves_along(run: Bench) -> Check:
    """A shift by a multiple of the stride moves the outputs; any other shift changes them."""
    by, rest = divmod(run.shift, run.stride)
    moves, stays = run.shift != 0 and rest == 0, abs(by) < run.out.shape[1]
    by = by if moves and stays else 0
    moved, inside = (shifted(it, (0, by)) for it in (run.out, torch.ones_like(run.out)))
    told = "a shift by a multiple of the stride moves the outputs along, unchanged"
    multiple = moves, "needs a shift by a multiple of the stride, not 0"
    left = stays, "no output has a neighbour as far away as the shift"
    return same("CNN-31", told, moved * inside, run.moved * inside, needs=(multiple, left))


def says(run: Bench, *, bench: str, kind: str, u: int) -> str:
    """What happened, in one or two plain sentences."""
    if bench == "window":
        window = run.window()
        return f"{_kept(window, kind, run.beta)} {_routed(window, kind)}"
    total, size, reached = run.out.numel(), run.x.numel(), int((run.grad != 0).sum())
    outputs = f"{total} output" + "s" * (total > 1)
    told = f"{outputs} from {size} inputs; inputs with a gradient: {reached}."
    if run.shift:
        count, inputs = int(run.changed.sum()), int((run.x != run.shifted).sum())
        told = f"Changed by the shift: {inputs} of {size} inputs, {count} of {outputs}. "
        if count == 0:
            told += "This pooling does not notice the shift."
        elif run.shift % run.stride == 0:
            told += "The shift is a multiple of the stride: the outputs move along, unchanged."
        else:
            told += "The shift is no multiple of the stride: values are lost and others appear."
    if u >= total:
        told += " There is no output of that number now: the curve over β is that of output 0."
    return told


def _kept(window: Window, kind: str, beta: float) -> str:
    """The pooled value among the values of its window."""
    value, low, high = window.value, float(window.x.min()), float(window.x.max())
    if kind == "average":
        return f"The mean {value:.4g} is kept, of values from {low:.4g} to {high:.4g}."
    if kind in ("max", "min"):
        return f"The {kind}imum {value:.4g} is kept and everything else forgotten."
    if kind == "lse":
        side, edge = ("above the maximum", high) if beta > 0 else ("below the minimum", low)
        told = f"(1/β) ln Σ exp(βx) = {value:.4g} lies {side} {edge:.4g}: log-sum-exp is a smooth "
        return told + "maximum, but it is not softmax pooling and no mean of the values."
    edge, name = (high, "maximum") if beta >= 0 else (low, "minimum")
    told = f"Softmax pooling with β = {beta:g} gives {value:.6g}"
    if abs(beta) < 1e-6:
        return f"{told}: every weight is 1/{len(window.x)}, it is the mean."
    gap, bound = abs(edge - value), window.bound(beta)
    return f"{told}, {gap:.3g} from the {name} {edge:.4g}; ln n / |β| = {bound:.3g} is allowed."


def _routed(window: Window, kind: str) -> str:
    """Where the gradient goes."""
    share, best = window.share, int(window.share.argmax())
    if kind in ("max", "min"):
        tied = int((window.x == window.x[best]).sum())
        if tied > 1:
            return f"{tied} entries tie; the first of them takes the whole gradient."
        others = ", the others get 0" * (len(share) > 1)
        return f"Entry {best} takes the whole gradient{others}."
    if share.min() >= FALLS:
        return f"Every entry gets its share of the gradient, {share.max():.3g} at most."
    least = f"its gradient is {share.min():.3g}."
    return f"Raising entry {int(share.argmin())} would lower the pooled value: {least}"


def _digit(run: Bench) -> tuple[str, dict]:
    count = int(run.changed.sum())
    return ("none" if count == 0 else "few" if count <= 8 else "many"), {"changed": count}


def _raise(run: Bench) -> tuple[str, dict]:
    window = run.window()
    bracket = 1 + run.beta * (float(window.x[0]) - window.value)
    return ("yes" if window.share.min() < FALLS else "no"), {"bracket": bracket}


answers = {
    "digit": _digit,
    "soft": lambda run: (run.window().value, {"bound": run.window().bound(run.beta)}),
    "raise": _raise,
}
