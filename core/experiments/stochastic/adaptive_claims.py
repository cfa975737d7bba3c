"""What adaptive steps claim: OPT-15, OPT-16, OPT-17, and Reddi's losses."""

import math

import torch
from torch import Tensor

from core.check import Check, at_least, at_most, same
from core.experiments.stochastic.adaptive import ADAMS, METHODS, REDDI, Steps, T, best
from core.words import number

NAMES = dict(
    zip(METHODS, ("AdaGrad", "RMSProp", "Adam", "Adam without correction", "AMSGrad"), strict=True)
)
IDS = dict(zip(METHODS, ("OPT-15", "OPT-16", "OPT-17", "OPT-17", "OPT-17"), strict=True))
RULES = {
    "OPT-15": "AdaGrad: Δθ = −η g/(√v + ε), v the sum of all g² so far",
    "OPT-16": "RMSProp: Δθ = −η g/(√v + ε), v the sum of (1 − β₂) β₂ᵃ g², a the age of g",
    "OPT-17": "Adam: Δθ = −η m̂/(√v̂ + ε), m and v sums over all ages, with AMSGrad the largest v",
}
FAR = 1e-6  # √v₁, or v₁ under the root, has to be above ε by this factor
Settings = dict[str, str | int | float | bool]


def checks(
    run: Steps, *, losses: str, method: str, gap: int, size: float, beta1: float, beta2: float,
    eps: float, inside: bool,
) -> list[Check]:  # fmt: skip
    """Every step from its gradients; AdaGrad's closed form; the first step; Reddi's periods."""
    mine, gap_off = IDS[method], _off(run, losses, method, gap, size, beta1, beta2, eps, inside)
    found = []
    for one in ("OPT-15", "OPT-16", "OPT-17"):
        needs = ((one == mine, f"the method shown is {NAMES[method]}"),)
        claim = f"{RULES[one]}: largest difference to what is shown"
        off = gap_off if one == mine else math.inf
        found.append(same(one, claim, [off], [0.0], needs=needs))
    own, other = (("rare", "the losses are Reddi’s"), ("reddi", "the losses are not Reddi’s"))
    rare, reddi = ((losses == name, why) for name, why in (own, other))
    ada = (method == "adagrad", f"the method shown is {NAMES[method]}")
    outside = (not inside, "ε is under the root")
    t = torch.arange(1, T + 1).double()
    seen = torch.div(t - 1, gap, rounding_mode="floor") + 1
    closed = torch.stack([1 / (t.sqrt() + eps), 1 / (size * seen.sqrt() + eps)], 1)
    claim = "AdaGrad: after n gradients c the effective step is η/(|c|√n + ε): largest difference"
    mine = run.rate if rare[0] else closed
    found.insert(
        1 if ada[0] else 3, same("OPT-15", claim, mine, closed, needs=(rare, ada, outside))
    )
    found.append(_first(run, losses, method, beta1, beta2, eps, inside))
    return found + _reddi(run, method, gap, size, beta1, beta2, eps, reddi)


def _off(run, losses, method, gap, size, beta1, beta2, eps, inside) -> float:
    """Largest difference of all that is shown to sums over all gradients."""
    t = torch.arange(1, T + 1).double()
    large = (torch.arange(T) % gap == 0).double()
    if losses == "rare":
        g, eta = torch.stack([torch.ones(T).double(), size * large], 1), torch.ones(T).double()
    else:
        g = (size * large - (1 - large))[:, None]
        eta = REDDI / t.sqrt() if method != "adagrad" else torch.full_like(t, REDDI)
    m = (1 - beta1) * _aged(g, beta1) if method in ADAMS else g
    b2, new = (1.0, 1.0) if method == "adagrad" else (beta2, 1 - beta2)
    v = new * _aged(g.square(), b2)
    m_hat, v_hat = m, v
    if method == "adam":
        m_hat, v_hat = m / (1 - beta1**t)[:, None], v / (1 - beta2**t)[:, None]
    if method == "amsgrad":
        v_hat = torch.stack([v[: k + 1].amax(0) for k in range(T)])
    below = (v_hat + eps).sqrt() if inside else v_hat.sqrt() + eps
    rate = torch.where(below > 0, eta[:, None] / below, 0.0)
    theta = torch.zeros(T + 1, g.shape[1]).double()
    for k in range(T):
        theta[k + 1] = theta[k] - rate[k] * m_hat[k]
        if losses == "reddi":
            theta[k + 1] = theta[k + 1].clamp(-1, 1)
    pairs = zip(run, (g, m, v, m_hat, v_hat, rate, -rate * m_hat, theta), strict=True)
    return max(
        float((mine - own).abs().max()) / max(1.0, float(own.abs().max())) for mine, own in pairs
    )


def _aged(g: Tensor, beta: float) -> Tensor:
    """Σ βᵃ g of age a at every step, by a triangle of weights; g is (T, d)."""
    k = torch.arange(T)
    age = (k[:, None] - k).clamp(min=0)
    return torch.tril(torch.tensor(beta, dtype=torch.float64) ** age) @ g


def _first(run, losses, method, beta1, beta2, eps, inside) -> Check:
    bare = {
        "rmsprop": 1 / math.sqrt(1 - beta2),
        "adam_raw": (1 - beta1) / math.sqrt(1 - beta2),
        "amsgrad": (1 - beta1) / math.sqrt(1 - beta2),
    }.get(method, 1.0)
    eta = 1.0 if losses == "rare" else REDDI
    least = float(run.v_hat[0].min())  # what ε is added to, or the square of it
    claim = "the first step is as long in every coordinate, whatever its gradient: η, without "
    claim += "correction 1/√(1 − β₂) or (1 − β₁)/√(1 − β₂) times that; largest difference"
    small = (
        eps <= FAR * (least if inside else math.sqrt(least)),
        "ε is not far below the first gradient",
    )
    foreseen = -eta * bare * run.g[0].sign()
    return same(IDS[method], claim, run.move[0] / bare, foreseen / bare, tol=1e-3, needs=(small,))


def _reddi(run, method, gap, size, beta1, beta2, eps, reddi) -> list[Check]:
    """Whole periods of a large gradient and the small ones after it."""
    whole = run.move[: T // gap * gap, 0].view(-1, gap).sum(1)
    plain = (method not in ADAMS or beta1 == 0, "β₁ is not 0")
    theirs = (
        (abs(beta2 - 1 / (1 + size**2)) < 1e-9, "β₂ is not 1/(1 + C²)"),
        (eps <= FAR, "ε is not small"),
        (gap == 3 and size > 2, "there is no large gradient above 2 at every third step"),
    )
    fades = (method in ("rmsprop", "adam", "adam_raw"), f"the method shown is {NAMES[method]}")
    worst = "v that fades: over each period of C, −1, −1 the moves lead to the right although −1 "
    worst += "is best (Reddi et al., theorem 1): least sum of three moves"
    never = (method in ("adagrad", "amsgrad"), f"the method shown is {NAMES[method]}")
    larger = (size > gap - 1, "the large gradient does not outweigh the others")
    mends = "v that never falls: over each period the moves lead to −1: largest sum of moves"
    return [
        at_least("OPT-17", worst, whole.min(), 0.0, needs=(reddi, fades, plain, *theirs)),
        at_most("OPT-17", mends, whole.max(), 0.0, needs=(reddi, never, plain, larger)),
    ]


# --- words ---------------------------------------------------------------------------------------


def says(run: Steps, *, losses: str, method: str, gap: int, size: float) -> str:
    """Where it went, and how the effective steps compare."""
    name = NAMES[method]
    if losses == "reddi":
        return _online(run, name, gap, size)
    one, two = run.rate[-1].tolist()
    count = int((run.g[:, 1] != 0).sum())
    times = two / one if one else math.inf
    how = f"{number(times)} times as long as" if abs(times - 1) > 5e-4 else "as long as"
    way = [number(abs(each), 3, 5e-4) for each in run.theta[-1].tolist()]
    many = f"{count} gradients" if count != 1 else "one gradient"
    return (
        f"{name}: after {T} steps coordinate 2 has had {many}. Its effective step is {how} that of "
        f"coordinate 1; it has gone {way[1]}, coordinate 1 has gone {way[0]}."
    )


def _online(run: Steps, name: str, gap: int, size: float) -> str:
    end, good = float(run.theta[-1, 0]), best(gap, size)
    text = f"{name} ends at θ = {number(end, 3, 5e-4)}."
    if good is None:
        return f"{text} The gradients of a period add up to 0: no point is better than another."
    regret = (run.g * (run.theta[:-1] - good)).mean()
    return (
        f"{text} Best is {number(good)}, worst {number(-good)}; so far each step has cost "
        f"{number(abs(regret), 3, 5e-4)} {'less' if regret <= -5e-4 else 'more'} than there, in "
        "the mean."
    )


# --- questions -----------------------------------------------------------------------------------


def _larger(run: Steps) -> tuple[float, dict[str, float]]:
    one, two = run.rate[-1].tolist()
    times = two / one
    gone = run.theta[-1].abs().tolist()
    return times, {"times": times, "one": one, "two": two, "gone1": gone[0], "gone2": gone[1]}


def _pause(run: Steps) -> tuple[str, dict[str, float]]:
    """Moves of coordinate 2 at step 51, and at step 55 without a gradient."""
    first, later = (abs(float(run.move[t - 1, 1])) for t in (51, 55))
    return ("moves" if later > 1e-3 else "rests"), {"first": first, "later": later}


def _ends(run: Steps) -> tuple[str, dict[str, float]]:
    end = float(run.theta[-1, 0])
    small, large = run.move[-2:, 0].tolist()
    where = "best" if end < -0.5 else "worst" if end > 0.5 else "middle"
    return where, {"end": end, "large": abs(large), "small": abs(small)}


answers = {"larger": _larger, "pause": _pause, "reddi": _ends}
