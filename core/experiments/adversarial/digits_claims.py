"""What the changed digits claim: ROB-01 to ROB-03 and ROB-11 to ROB-13, in checks and in words."""

import math
from typing import Any

import torch
from torch import Tensor

from core.adversarial import Net, norm_of
from core.adversarial.digits import unseen
from core.check import Check, at_least, at_most, equal, same
from core.experiments.adversarial.digits import BALLS, DRAWS, GREY, SIZES, STEPS, Attacked, digits

SOLVED = {
    "fgsm": ("ROB-12", "x′ = x + ε · steepest ascent, clipped to [0, 1]"),
    "pgd": ("ROB-13", "x′ after 5 steps of ε/2, each projected on the ball and clipped to [0, 1]"),
    "deepfool": ("ROB-11", "x′ lies on the line to the boundary that DeepFool comes to"),
}
WRITTEN = {"pixel": ("‖δ‖∞ ≤ ε", "ε‖∇L‖₁"), "whole": ("‖δ‖₂ ≤ 8ε", "8ε‖∇L‖₂")}


def checks(run: Attacked, *, source: str, digit: int, eps: float, target: str) -> list[Check]:
    """Size, way, first order and where it is exact, the loss, what was asked for."""
    norm, unit = BALLS[run.ball]
    sizes = torch.cat([SIZES, torch.tensor([run.eps], dtype=torch.float64)])
    made = torch.cat([run.film, run.now[:, None]], 1)
    outside = torch.maximum(-made, made - 1).amax()
    excess = torch.maximum((norm_of(made - run.x, norm) - unit * sizes).amax(), outside)
    id, how = SOLVED[run.attack]
    again = torch.stack([_again(run, net, unit * sizes) for net in run.nets])
    steep = norm_of(run.slopes, 1.0 if math.isinf(norm) else 2.0)
    climbed = (run.slopes * run.delta).sum(1)
    p = run.asked(made)
    wrong = p.argmax(-1) != run.y
    share, apart = _linear(run)
    y = int(unseen().y[digit]) if source == "digit" else int(run.nets[0](run.x).argmax())
    wanted = -1 if target == "none" or run.attack == "deepfool" else int(target)
    wanted = -1 if wanted == y else wanted
    ball, dual = WRITTEN[run.ball]
    return [
        at_most("ROB-13", f"{ball} and pixels in [0, 1] for every x′: excess", excess, 0.0),
        same(id, f"{how}: every x′ made again, largest distance", made, again, tol=1e-6),
        at_most(
            "ROB-12",
            f"no such δ raises the linearised loss more than by {dual}: excess, relative",
            float(((climbed - unit * run.eps * steep) / steep.clamp_min(1e-300)).amax()),
            0.0,
        ),
        same(
            "ROB-11",
            f"f(x + tδ) = f(x) + tJ(x)δ up to t = {share:.2g}, where no unit turns on or off",
            apart,
            0.0,
        ),
        at_least(
            "ROB-03",
            f"where another is read, p of {run.y} is ≤ ½ and the loss ≥ log 2: the least",
            torch.where(wrong, -p[..., run.y].log(), math.inf).amin(),
            math.log(2),
            needs=((bool(wrong.any()), f"every x′ is read as {digit_name(run.y)}"),),
        ),
        same("ROB-01", "y is what x shows, ε the size asked for", [run.y, run.eps], [y, eps]),
        equal("ROB-02", "the target is the one asked for, −1 for none", run.target, wanted),
    ]


def _again(run: Attacked, net: Net, radii: Tensor) -> Tensor:
    """The attack once more, by autograd and clamps, (34, 64)."""
    norm, r = BALLS[run.ball][0], radii[:, None]
    if run.attack == "deepfool":
        way = _to_boundary(run, net, norm)
        return (run.x + r * way / norm_of(way, norm).clamp_min(1e-300)).clamp(0, 1)
    x, count = run.x.expand(len(r), 64), 1 if run.attack == "fgsm" else STEPS
    alpha = 2.5 / STEPS * r if count > 1 else r
    for _ in range(count):
        x = x + alpha * _uphill(run, net, x, norm)
        size = (x - run.x).square().sum(1, keepdim=True).sqrt()
        ball = (x - run.x) * (r / size.clamp_min(1e-300)).clamp(max=1)
        inside = (x - run.x).minimum(r).maximum(-r) if math.isinf(norm) else ball
        x = (run.x + inside).clamp(0, 1)
    return x


def _uphill(run: Attacked, net: Net, x: Tensor, norm: float) -> Tensor:
    """Steepest direction of the loss of y, or down that of the target."""
    x = x.clone().requires_grad_()
    scores = net(x)
    p = scores.detach().softmax(1)
    others = torch.arange(10) != run.goal
    slope = p * others - (p * others).sum(1, keepdim=True) * ~others  # exact where p rounds to 1
    (g,) = torch.autograd.grad(scores, x, slope)
    g = g if run.target < 0 else -g
    if math.isinf(norm):
        return g.sign()
    g = g / g.abs().amax(1, keepdim=True).clamp_min(1e-300)
    return g / g.norm(dim=1, keepdim=True).clamp_min(1e-300)


def _to_boundary(run: Attacked, net: Net, norm: float) -> Tensor:
    """DeepFool from x: step after step to the nearest boundary of the linearised scores."""
    total = torch.zeros(64, dtype=torch.float64)
    for _ in range(50):
        x = run.x + 1.02 * total
        f = net(x)
        if int(f.argmax()) != run.y:
            break
        J = torch.autograd.functional.jacobian(net, x)
        gaps = [k for k in range(10) if k != run.y]
        slopes, m = (J[gaps] - J[run.y]), (f[run.y] - f[gaps])
        stuck = ((x <= 0) & (slopes < 0)) | ((x >= 1) & (slopes > 0))
        slopes = slopes.where(~stuck, 0.0)
        size = slopes.abs().sum(1) if math.isinf(norm) else slopes.norm(dim=1)
        if not bool((size > 0).any()):
            break
        j = int((m / size.where(size > 0, 1e-300)).argmin())
        unit = slopes[j].sign() if math.isinf(norm) else slopes[j] / size[j]
        total = ((run.x + 1.02 * (total + m[j] / size[j] * unit)).clamp(0, 1) - run.x) / 1.02
    return 1.02 * total


def _linear(run: Attacked) -> tuple[float, float]:
    """A share of δ within one activation region of the chosen reader, and the error there."""
    net, delta = run.nets[0], run.delta[0]

    def pattern(x: Tensor) -> Tensor:
        return torch.cat([h > 0 for h in net.forward(x)[1][1:]])

    share = 1.0
    while not torch.equal(pattern(run.x + share * delta), pattern(run.x)) and share > 1e-12:
        share /= 2
    step, slopes = share * delta, torch.autograd.functional.jacobian(net, run.x)
    off = net(run.x + step) - net(run.x) - slopes @ step
    return share, float((off / net(run.x).abs().max().clamp_min(1)).abs().max())


def says(run: Attacked) -> str:
    """What both readers see, from where on, and what noise and whole grey levels do."""
    name, sure = run.reader.replace("_", "-"), 100 * run.after.amax(-1)
    one, other = (digit_name(int(seen)) for seen in run.seen)
    wish = "" if run.target < 0 else f", which is to become {digit_name(run.target)},"
    parts = [
        f"The {run.y}{wish} is read as {one} ({sure[0]:.3g} %) by the {name} reader, as {other} "
        f"({sure[1]:.3g} %) by the robust one. The first {_first(run.first[0])}, the second "
        f"{_first(run.first[1])}."
    ]
    if int(run.before[0].argmax()) == run.y:
        few = f"{run.flips or 'none'} fool{'s' * (run.flips < 2)}"
        parts.append(f"Of {DRAWS} random changes as large, {few} the {name} one.")
    if bool(run.won(run.after)[0]):
        still = "still" if bool(run.won(run.coarse)) else "no longer"
        parts.append(f"In {GREY} whole grey levels it is {still} fooled.")
    if run.attack != "deepfool" and not bool(run.slopes[0].any()):
        parts.append("All slopes of its loss are 0: they show no way, so δ = 0.")
    return " ".join(parts)


def digit_name(k: int) -> str:  # with its article
    return f"an {k}" if k == 8 else f"a {k}"


def _first(at: float) -> str:
    if math.isinf(at):
        return f"withstands this attack up to ε = {float(SIZES[-1]):.3g}"
    return f"falls from ε = {at:.4g} on" if at > 0 else "is wrong without any change"


# --- answers of predictions ----------------------------------------------------------------------


def _read(run: Attacked) -> tuple[str, dict[str, Any]]:
    """What the chosen reader makes of the attacked digit."""
    sure, now = 100 * float(run.after[0].amax()), int(run.seen[0])
    facts = {"sure": sure, "now": now, "before": 100 * run.before[0, run.y], "first": run.first[0]}
    if now == run.y:
        return "same", facts
    return ("sure" if sure > 90 else "unsure"), facts


def _noise(run: Attacked) -> tuple[float, dict[str, Any]]:
    """How many random changes of the same size fool it."""
    g = run.slopes[0] @ (run.noisy - run.x).T
    facts = {"flips": run.flips or "none", "now": int(run.seen[0]), "draws": DRAWS}
    up = float(run.slopes[0] @ run.delta[0])
    return float(run.flips), facts | {"share": 100 * float(g.abs().mean()) / max(up, 1e-300)}


def _silent(run: Attacked, digit: int) -> tuple[str, dict[str, Any]]:
    """What an attack finds that has no gradient to follow, and one that takes the scores."""
    other = digits(digit=digit, reader=run.reader, attack="deepfool", ball=run.ball)
    moved = bool(run.delta[0].any())
    return ("found" if moved else "nothing"), {"first": other.first[0], "p": run.before[0, run.y]}


answers = {"read": _read, "noise": _noise, "silent": _silent}
