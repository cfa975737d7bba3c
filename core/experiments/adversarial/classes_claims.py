"""What several classes claim: ROB-02, ROB-08 to ROB-10 with erratum E-81, and what happened."""

import math

import torch
from torch import Tensor

from core.adversarial import dual_exponent, norm_of
from core.check import Check, at_least, at_most, equal, same
from core.experiments.adversarial.classes import Classes, dual
from core.words import number


def checks(run: Classes) -> list[Check]:
    """The boundary is met, the runner-up, all targets, the margins, the distances."""
    found, size, there = run.found, _scale(run), run.x + run.found.delta
    right = (bool(found.right), f"x is not read as class {run.y + 1} alone: δ = 0 is enough")
    bounded = (run.bounded, "no other class has weights of its own")
    own = (run.p == 2, "distances are not measured in L₂")
    after = _margins(run, there)
    met = torch.stack([after[found.nearest], after[run.others].min()]) / size
    touch = "at x + δ* the margin to the nearest class is 0 and no other is below 0: the larger "
    touch += "distance of both from 0, in units of the scores"
    far = "the class with the second highest score is at least as far as the nearest one"
    least = "the least change to any other class is the least of the changes to each of them"
    alone = "x is read as class y alone exactly when all margins are above 0 (1 is yes)"
    rest = run.targeted[run.others]
    rest = rest[rest.isfinite()]
    return [
        same("ROB-10", touch, met, 0.0, tol=1e-8, needs=(right, bounded)),
        at_least("ROB-10", far, _runner(run), found.distance, needs=(right, bounded)),
        equal("ROB-02", least, found.distance, rest.amin() if len(rest) else math.inf, tol=1e-7,
              needs=(right, bounded, own)),
        _target(run),
        equal("ROB-08", alone, float(found.right), float(_alone(run))),
        _shifted(run),
        _distances(run),
        _printed(run),
    ]  # fmt: skip


def _scale(run: Classes) -> float:
    """The size of the scores around x, at least 1."""
    return float((run.W.abs() @ run.x.abs() + run.b.abs()).max() + 1)


def _margins(run: Classes, x: Tensor) -> Tensor:
    scores = run.W @ x + run.b
    return scores[run.y] - scores


def _runner(run: Classes) -> Tensor:
    """The distance to the class with the second highest score."""
    return run.found.distances[max(run.others, key=lambda j: float(run.scores[j]))]


def _alone(run: Classes) -> bool:
    return bool((run.scores[run.y] > run.scores[run.others]).all())


def _target(run: Classes) -> Check:
    claim = "at x + δₜ class t ties for the highest score: its lead there, in units of the scores"
    at = run.W @ (run.x + run.to_target) + run.b
    lead = (at[run.target] - at[[j for j in range(len(at)) if j != run.target]].max()) / _scale(run)
    before = run.scores.max() - run.scores[run.target]
    needs = (
        (run.target != run.y, f"class {run.y + 1} is the true class and no target"),
        (run.reached, f"class {run.target + 1} has the highest score nowhere"),
        (float(before) > 0, f"x is read as class {run.target + 1} already"),
    )
    return equal("ROB-02", claim, lead if run.reached else 0.0, 0.0, tol=1e-8, needs=needs)


def _shifted(run: Classes) -> Check:
    """Margins with w + v and b + c, by the inner product of the differences."""
    v, size = torch.tensor([1.0, -2.0], dtype=torch.float64), _scale(run)
    W, b = run.W + v, run.b + 3.0
    foreseen = (W[run.y] - W) @ run.x + b[run.y] - b
    claim = "a vector and a number added to all wⱼ and bⱼ change no margin, and the smallest one "
    claim += "is that of the runner-up: largest distance, in units of the scores"
    ours = torch.cat([run.found.margins, run.found.margins[[int(run.found.runner_up)]]])
    least = foreseen[run.others].min()[None]
    return same("ROB-09", claim, ours / size, torch.cat([foreseen, least]) / size)


def _distances(run: Classes) -> Check:
    """Norms, distances times norms, which class has no boundary, and the least distance."""
    found, q, size = run.found, dual_exponent(run.p), _scale(run)
    norms = torch.linalg.vector_norm(run.W[run.y] - run.W, q, dim=-1)
    some, none = norms > 0, norms == 0
    none[run.y] = False
    claim = f"the boundary to class j is mⱼ/‖w − wⱼ‖ away, w that of y, in L{_low(dual(run.p))}, "
    claim += "where they differ, and ‖δ*‖ is the least: largest distance, in units of the scores"
    away = float(found.distances[some].min()) if run.bounded else 0.0
    told = float(found.distance) if run.bounded or not found.right else 0.0
    ours = found.distances[some] * norms[some] / size, found.norms / size, found.ignored.double()
    theirs = _margins(run, run.x)[some] / size, norms / size, none.double()
    ends = torch.tensor([told, float(norm_of(found.delta, run.p)), away, away], dtype=torch.float64)
    ends = ends / max(1.0, away)
    return same("ROB-10", claim, torch.cat([*ours, ends[:2]]), torch.cat([*theirs, ends[2:]]))


def _low(q: str) -> str:
    return {"1": "₁", "2": "₂"}.get(q, "∞")


def _printed(run: Classes) -> Check:
    claim = "as printed (E-81) the least mⱼ/‖w − wⱼ‖₂ is a distance, yet where x is read wrongly "
    claim += "it is below 0 or 0"
    norms = (run.W[run.y] - run.W).norm(dim=-1)
    own = norms > 0
    least = (run.found.margins[own] / norms[own]).amin() if own.any() else math.inf
    wrong = (not run.found.right, "x is read rightly")
    ahead = (
        bool((_margins(run, run.x)[own] <= 0).any()),
        "no class with weights of its own scores as high as that of x",
    )
    return at_most("ROB-10", claim, float(least), 0.0, needs=(wrong, ahead))  # fmt: skip


def says(run: Classes, *, aim: bool = True) -> str:
    """Who is second, who is nearest, and, with `aim`, what it takes to be read as the target."""
    found, y, read = run.found, run.y + 1, run.read + 1
    if not found.right:
        if read == y:
            told = f"x lies on the boundary of class {y}, which counts as an error: δ = 0 is enough"
        else:
            told = f"x is of class {y} and read as class {read} already: δ = 0 is enough"
    elif not run.bounded:
        told = "All classes have the same weights: no change of x changes what it is read as"
    else:
        second, near = int(found.runner_up), int(found.nearest)
        told = f"Class {second + 1} has the second highest score"
        away = number(found.distance)
        if second == near:
            told += f" and is the nearest too, {away} away"
        else:
            far = float(found.distances[second])
            told += " but no boundary" if math.isinf(far) else f", {number(far)} away"
            told += f"; the nearest is class {near + 1}, {away} away"
    return " ".join(part for part in (f"{told}.", aim and _aim(run), _same(run)) if part)


def _aim(run: Classes) -> str:
    t = run.target + 1
    if run.target == run.y:
        return f"Class {t} is the true class: aim at another."
    if not run.reached:
        return f"Class {t} has the highest score nowhere."
    if not run.to_target.any():
        return f"x is read as class {t} already." if run.read == run.target else ""
    least, alone = float(run.to_target.norm()), float(run.found.distances[run.target])
    told = f"To be read as class {t}, x has to move by {number(least)}"
    if run.p == 2 and run.found.right and least > alone * (1 + 1e-6):
        told += f", and not by {number(alone)} as to its boundary with class {run.y + 1}: "
        return told + "there another class scores higher."
    return f"{told} in L₂." if run.p != 2 else f"{told}."


def _same(run: Classes) -> str:
    twins = [str(j + 1) for j in range(len(run.b)) if run.found.ignored[j]]
    if not twins or len(twins) == len(run.others):
        return ""
    who = f"class {twins[0]}" if len(twins) == 1 else f"classes {' and '.join(twins)}"
    return f"Between class {run.y + 1} and {who} is no boundary, as their weights are the same."


def _nearest(run: Classes) -> tuple[str, dict[str, str]]:
    near = int(run.found.nearest)
    facts = {
        "near": number(run.found.distance),
        "norm": number(run.found.norms[near]),
        "second": number(run.found.distances[int(run.found.runner_up)]),
    }
    return f"class_{near + 1}", facts


answers = {
    "second": _nearest,
    "between": lambda run: (float(run.to_target.norm()), {"far": number(run.to_target.norm()),
                            "alone": number(run.found.distances[run.target])}),
    "corner": _nearest,
}  # fmt: skip
