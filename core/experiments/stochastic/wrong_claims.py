"""What Adam and its damaged copies claim: OPT-17 with erratum E-48, their first steps."""

import math

import torch
from torch import Tensor
from torch.optim.adam import adam

from core.check import Check, at_most, same
from core.experiments.stochastic.wrong import BOUND, EPS, PARTS, Wrong
from core.words import number

NAMES = dict(
    zip(
        PARTS,
        (
            "without bias correction",
            "multiplied instead of divided",
            "without the root",
            "without momentum",
            "without dividing",
            "with g² in m",
            "as printed",
        ),
        strict=True,
    )
)
TOLD = 30  # steps that torch takes once more
FAR = 1e-5  # ε is below the first gradient by this factor
FARTHER = 1.001
RUNS = 1e5  # farther out than any start


def checks(
    run: Wrong, *, part: str, lr: float, beta1: float, beta2: float, kappa: float, x0: float,
    y0: float, steps: int,
) -> list[Check]:  # fmt: skip
    """Adam as torch has it, both paths by sums, both first steps, and where two of them fall."""
    start = torch.tensor([x0, y0], dtype=torch.float64)
    bowl = torch.tensor([1.0, kappa], dtype=torch.float64)
    count = min(steps, TOLD)
    claim = "each step of Adam ends where that of torch.optim.Adam does: largest distance"
    found = [
        same("OPT-17", claim, run.x[1 : count + 1],
             _torch(run.x, bowl, count, lr, beta1, beta2)),
    ]  # fmt: skip
    g = bowl * start
    far = ((bool((FAR * g.abs() >= EPS).all()), "a coordinate of the first gradient is nearly 0"),)
    near = (abs(x0) <= BOUND and _first(part, g, beta1, beta2).abs().max() * lr < BOUND / 2,
            "the first step leads beyond what is drawn")  # fmt: skip
    for which, path, claim in (
        ("", run.x, "Adam: Δx (√v̂ + ε) = −α m̂, m̂ and v̂ weighted means of all g and g²"),
        (part, run.y, f"Adam {NAMES[part]}: each move from all its gradients"),
    ):
        off = _off(which, path, start, bowl, lr, beta1, beta2, steps)
        found.append(same("OPT-17", f"{claim}: largest difference, relative", [off], [0.0]))
    claim = "Adam’s first step is α in each coordinate, whatever the slope"
    moves = (run.x[1] - start) / lr, (run.y[1] - start) / lr
    found.insert(1, same("OPT-17", f"{claim}: largest difference in units of α",
                         moves[0], -g.sign(), tol=1e-4, needs=far))  # fmt: skip
    foreseen = _first(part, g, beta1, beta2)
    claim = f"Adam {NAMES[part]}: the first step is {FIRST[part]} in each coordinate"
    found.insert(2, same("OPT-17", f"{claim}: largest difference in units of α", moves[1], foreseen,
                         tol=1e-4, needs=(*far, near)))  # fmt: skip
    falls = "no coordinate ever rises, wherever the minimum is: largest move"
    most = run.y.diff(dim=0).max()
    lost = (part == "squared", f"shown is Adam {NAMES[part]}")
    found.append(at_most("OPT-17", f"with g² in m {falls}", most, 0.0, tol=0.0, needs=(lost,)))
    if part == "printed":
        claim = f"as printed (E-48) Δx = −α/(√v̂ + ε) has no direction: {falls}"
        found.insert(0, at_most("OPT-17", claim, most, 0.0, tol=0.0))
    return found


FIRST = {
    "uncorrected": "α(1 − β₁)/√(1 − β₂)",
    "multiplied": "α(1 − β₁)²/(1 − β₂)",
    "rootless": "α/|g|",
    "memoryless": "α",
    "undivided": "α|g|",
    "squared": "α|g|, always downwards,",
    "printed": "α/|g|, always downwards,",
}


def _first(part: str, g: Tensor, beta1: float, beta2: float) -> Tensor:
    """Δx/α of the first step, with ε = 0."""
    bare = (1 - beta1) / math.sqrt(1 - beta2)
    return {
        "uncorrected": -bare * g.sign(),
        "multiplied": -(bare**2) * g.sign(),
        "rootless": -1 / torch.where(g == 0, math.inf, g),
        "memoryless": -g.sign(),
        "undivided": -g,
        "squared": -g.abs(),
        "printed": -1 / torch.where(g == 0, math.inf, g.abs()),
    }[part]


def _torch(path, bowl, count, lr, beta1, beta2) -> Tensor:
    """Where torch's Adam, with its own memory, goes from each place of the path."""
    m, v, t = torch.zeros_like(path[0]), torch.zeros_like(path[0]), torch.tensor(0.0)
    given = {"lr": lr, "beta1": beta1, "beta2": beta2, "eps": EPS, "weight_decay": 0.0}
    ends = path[:count].clone()
    for x in ends:
        adam([x], [bowl * x], [m], [v], [], [t], amsgrad=False, maximize=False, **given)
    return ends


def _off(part: str, path: Tensor, start, bowl, lr, beta1, beta2, steps) -> float:
    """Largest difference of move times divisor to −α times the top, from sums over all ages."""
    if path.shape != (steps + 1, 2) or not torch.equal(path[0], start):
        return math.inf
    g, t = bowl * path[:-1], torch.arange(1, steps + 1).double()[:, None]
    a, b = 1 - beta1**t, 1 - beta2**t
    m = (1 - beta1) * _aged(g.square() if part == "squared" else g, beta1)
    v = (1 - beta2) * _aged(g.square(), beta2)
    top = {"uncorrected": m, "multiplied": m * a, "memoryless": g,
           "printed": torch.ones_like(g)}.get(part, m / a)  # fmt: skip
    below = {
        "uncorrected": v.sqrt() + EPS,
        "multiplied": (v * b).sqrt() + EPS,
        "rootless": v / b + EPS,
        "undivided": torch.ones_like(v),
    }.get(part, (v / b).sqrt() + EPS)
    stays = (path[:-1] - lr * top / below).abs().amax(1) > BOUND * (1 - 1e-9)
    moves = path.diff(dim=0)
    stuck = stays & (moves.abs().amax(1) == 0)
    off = (moves * below + lr * top)[~stuck]
    scale = max(1.0, float(top.abs().max()), float((path[:-1].abs() * below).max()))
    return float(off.abs().max()) / scale if off.numel() else 0.0


def _aged(g: Tensor, beta: float) -> Tensor:
    """Σ βᵃ g of age a at every step, by a triangle of weights; g is (n, 2)."""
    k = torch.arange(len(g))
    age = (k[:, None] - k).clamp(min=0)
    return torch.tril(torch.tensor(beta, dtype=torch.float64) ** age) @ g


# --- words ---------------------------------------------------------------------------------------


def says(run: Wrong, *, part: str, lr: float, steps: int) -> str:
    """First steps and where both end."""
    first = [number(each) for each in (run.size[:, 0] / lr).tolist()]
    begin, adam, other = (float(each.norm()) for each in (run.x[0], run.x[-1], run.y[-1]))
    ends = [number(each, 3, 1e-12) for each in (adam, other)]
    if float(run.y.abs().max()) > RUNS:
        way = "it runs away"
    elif other > FARTHER * begin:
        way = f"it is farther from the minimum than at the start, {ends[1]} instead of "
        way += number(begin)
    else:
        way = f"it is {ends[1]} from the minimum"
    many = f"{steps} steps" if steps != 1 else "one step"
    return (
        f"Adam {NAMES[part]}: the first step is {first[1]} α long, Adam’s {first[0]} α. After "
        f"{many} {way}; Adam is {ends[0]} from it."
    )


# --- questions -----------------------------------------------------------------------------------


def _longer(run: Wrong, lr: float) -> tuple[float, dict[str, str]]:
    length = run.size[1] / lr
    return float(length[0]), {"first": f"{length[0]:.2f}", "most": f"{length.max():.1f}"}


def _steep(run: Wrong, lr: float) -> tuple[float, dict[str, str]]:
    flat, steep = ((run.y[1] - run.y[0]).abs() / lr).tolist()
    return steep / flat, {"flat": number(flat, 3), "steep": number(steep, 3)}


def _printed(run: Wrong) -> tuple[str, dict[str, str]]:
    end = [number(each, 3) for each in run.y[-1].tolist()]
    nearer = float(run.y[-1].norm()) < float(run.y[0].norm())
    return ("nearer" if nearer else "farther"), {"x": end[0], "y": end[1]}


answers = {"longer": _longer, "steep": _steep, "printed": _printed}
