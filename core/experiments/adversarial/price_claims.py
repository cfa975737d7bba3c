"""What the price of robustness claims: ROB-14 with erratum E-85, and what is left right."""

from functools import lru_cache

import torch
from torch import Tensor

from core.adversarial import tabular, worst_logistic_loss
from core.adversarial.training import STRONG, WEAK
from core.check import Check, at_least, at_most, equal, same
from core.experiments.adversarial.price import GRID, Price, Trained, table
from core.rng import generator
from core.words import number

FRESH, SIGMAS, ROUNDING = 10_000, 5, 1e-7


def checks(run: Price, *, eps: float, near: str, seed: int, judge: float) -> list[Check]:
    """The worst loss, its minimum, the strong feature alone, and the printed sentence."""
    X, y, _ = table(seed)
    w, b = run.trained
    corners = X - eps * y[:, None] * w.sign()
    at_corners = torch.logaddexp(torch.zeros(()).double(), -y * (corners @ w + b))
    found = _worst(run.trained, X, y, eps)
    others = zip(run.path.w[::5], run.path.b[::5], strict=True)  # the first is ordinary training
    along = [_worst(Trained(*one), X, y, eps) for one in others]
    sizes = torch.tensor([*GRID.tolist(), eps], dtype=torch.float64)
    both = Trained(torch.vstack([run.path.w, w]), torch.hstack([run.path.b, b]))
    worst = (near == "worst", "rows are pushed at random here, not to their worst point")
    corner = "the loss at the worst corner x − ε y sign(w) = log(1 + exp(−(y(wᵀx + b) − ε‖w‖₁))): "
    corner += "largest distance over the rows"
    flat = "trained to the end, at every ε drawn: the mean loss at the pushed rows is flat along "
    flat += "every weight that is kept, and none at 0 could lower it: excess of a slope"
    none = "no training drawn has less worst loss at this ε than the training at this ε"
    edge = float((X * y[:, None]).mean(0).abs().max())
    border = at_most if bool(w.any()) else at_least
    some = "weights are other than 0 exactly while ε is below the largest |mean of y xⱼ|"
    off = (abs(eps - edge) > 1e-6, "ε is at the edge itself")
    printed = "as printed (E-85) “evaluate at worst-case loss”: evaluated there, ordinary weights "
    printed += "reach the least mean"
    idle = (eps == 0, "a loss is evaluated at the worst point, and the weights must minimise that")
    return [
        same("ROB-14", corner, at_corners, worst_logistic_loss(w, b, X, y, eps)),
        at_most("ROB-14", flat, excess(both, sizes, near, seed), 0.0),
        at_most("ROB-14", none, found, min(along), needs=(worst,)),
        _alone(run.trained, judge),
        border("ROB-14", some, eps, edge, needs=(worst, off)),
        *(_fresh(*each, judge) for each in (("trained", run.trained), ("ordinary", run.plain))),
        equal("ROB-14", printed, along[0], found, needs=(worst, idle)),
    ]


def _worst(found: Trained, X: Tensor, y: Tensor, eps: float) -> float:
    return float(worst_logistic_loss(*found, X, y, eps).mean())


def excess(found: Trained, sizes: Tensor, near: str, seed: int) -> float:
    """How far the weights are from the minimum of the mean loss, each at its own size (k,)."""
    X, y, push = table(seed)
    w, b = found.w.T, found.b
    pushes = near == "random"
    margin = X @ w + b + (sizes * (push @ w) if pushes else 0)
    toll = 0 * sizes if pushes else sizes
    p = torch.sigmoid(toll * w.abs().sum(0) - y[:, None] * margin) * (y / len(y))[:, None]
    wants = X.T @ p + (sizes * (push.T @ p) if pushes else 0)
    toll = toll * (p * y[:, None]).sum(0)
    off = torch.where(w != 0, (wants - toll * w.sign()).abs(), wants.abs() - toll)
    most = float(torch.vstack([off, p.sum(0).abs()]).max())
    return 0.0 if most <= ROUNDING else most


def _alone(found: Trained, judge: float) -> Check:
    strong, offset = float(found.w[0]), abs(float(found.b))
    claim = f"the strong feature alone is right in {STRONG:g} of the rows under every attack below "
    claim += "1 − |b|/w₁"
    alone = (found.weak == 0 and strong > 0, "it is not alone: weak features count, or none does")
    reached = (strong * (1 - judge) > offset, "the attack can turn the strong feature round")
    return equal("ROB-14", claim, found.accuracy(judge), STRONG, needs=(alone, reached))


@lru_cache(maxsize=1)
def fresh() -> tuple[Tensor, Tensor]:
    X, c = tabular(FRESH, generator=generator(2**40))
    return X, 2 * c.double() - 1


def _fresh(name: str, found: Trained, judge: float) -> Check:
    X, y = fresh()
    share = float((y * (X @ found.w + found.b) > judge * found.lost).double().mean())
    claim = (
        f"{name}: share right under the attack, of 10 000 new rows and by the law of the table, "
    )
    claim += "to five standard errors"
    some = (bool(found.w.any()), "no weight is left: one answer for all rows, right for half")
    error = SIGMAS * (0.25 / FRESH) ** 0.5
    return equal("", claim, share, found.accuracy(judge), tol=error, needs=(some,))


# --- words ---------------------------------------------------------------------------------------


def says(run: Price, *, eps: float, near: str, judge: float) -> str:
    """What is read right, by ordinary training and by this one, and what holds better."""
    attacks = f"under attacks of {judge:.3g}"
    clean, attacked = (percent(run.plain.accuracy(size)) for size in (0, judge))
    ordinary = f"ordinary training reads {clean} and {attacked}"
    if eps == 0:
        told = f"Ordinary training: {clean} of untouched rows are read right, {attacked} {attacks}."
        return f"{told} {_weak(run.trained)}"
    how = {"worst": "against attacks of", "random": "among random pushes of up to"}[near]
    told = f"Trained {how} {eps:.3g}"
    if not run.trained.w.any():
        told += ", no weight is left: one answer for every row, right for half of them; "
        return f"{told}{ordinary} {attacks}.{_better(run, judge)}"
    clean, attacked = (percent(run.trained.accuracy(size)) for size in (0, judge))
    told += f": {clean} of untouched rows are read right, {attacked} {attacks}; {ordinary}."
    return f"{told} {_weak(run.trained)}{_better(run, judge) * (near == 'worst')}"


def percent(share: float | Tensor) -> str:
    """A share as 99.2 %."""
    return f"{number(100 * float(share), zero=0.05)} %"


def _weak(found: Trained) -> str:
    if not found.weak:
        return "Only the strong feature counts."
    share = percent(found.w[1:].abs().sum() / found.lost)
    if found.weak == 1:
        return f"One of the {WEAK} weak features counts, with {share} of all weight."
    some = f"All {WEAK}" if found.weak == WEAK else f"{found.weak} of the {WEAK}"
    return f"{some} weak features count, with {share} of all weight."


def _better(run: Price, judge: float) -> str:
    """Another ε whose training holds better under this attack, if by half a per cent."""
    along = run.path.accuracy(judge)
    best, own = float(along.max()), float(run.trained.accuracy(judge))
    if best < own + 0.005:
        return ""
    good = (along > best - 1e-3).nonzero().flatten()
    at = number(GRID[good[len(good) // 2]])  # in the middle of those that hold as well
    return f" Training against {at} would hold {percent(best)} under attacks of {judge:.3g}."


def _facts(run: Price, judge: float) -> dict[str, str]:
    pairs = {"": run.trained, "plain_": run.plain}
    sizes = {"clean": 0.0, "attacked": judge}
    return {a + b: percent(f.accuracy(e)) for a, f in pairs.items() for b, e in sizes.items()}


def _attacked(run: Price, judge: float) -> tuple[float, dict[str, str]]:
    return float(run.trained.accuracy(judge)), _facts(run, judge)


answers = {
    "price": lambda run, judge: (float(run.trained.accuracy(0)), _facts(run, judge)),
    "random": _attacked,
    "beyond": _attacked,
}
