"""What the arena claims: ROB-03, ROB-12, ROB-13 with their errata, and what happened."""

import torch

from core.adversarial.balls import norm_of, project, steepest
from core.check import Check, at_least, at_most, equal, same
from core.experiments.adversarial.arena import OVERSHOOT, RADII, Arena, margin, net_of
from core.words import number

NAMES = {"inf": "‖δ‖∞", "2": "‖δ‖₂", "1": "‖δ‖₁", "plain": "‖δ‖∞"}
DUALS = {"inf": "‖∇L‖₁", "2": "‖∇L‖₂", "1": "‖∇L‖∞", "plain": "‖∇L‖₁"}
FLAT = "the slope at x is 0"


def checks(run: Arena, *, eps: float) -> list[Check]:
    """The ball holds all, nobody is above the top, one step, the steps, the curves, DeepFool."""
    first = [_topped(run), _linear(run, eps), _inside(run, eps), _steps(run)]
    return [*first, _nested(run), _printed(run), *_fooled(run)]


def _scale(run: Arena) -> float:
    """Of the heights in the ball."""
    return max(1.0, abs(run.start), abs(run.top))


def _topped(run: Arena) -> Check:
    found = torch.cat([run.heights.flatten(), run.shaken, torch.tensor([run.start, run.fgsm])])
    claim = "no attack gets above the highest place of the ball: highest of PGD, FGSM and noise"
    return at_most("ROB-03", claim, found.max(), run.top, tol=_play(run))


def _play(run: Arena) -> float:
    return 2e-3 * _scale(run) / max(1.0, abs(run.top))  # a tolerance is relative to the top


def _linear(run: Arena, eps: float) -> Check:
    claim = f"one step of size ε raises the linearised loss by ε{DUALS[run.norm]}, the most"
    gain = float(run.gradient @ (run.single - run.x))
    flat = (bool(run.gradient.any()), FLAT + ": δ = 0, which says nothing about the ball")
    return equal("ROB-12", claim, gain, eps * norm_of(run.gradient, run.q), needs=(flat,))


def _inside(run: Arena, eps: float) -> Check:
    claim = f"every iterate of every start stays in the ball: largest {NAMES[run.norm]}"
    every = torch.cat([run.paths.flatten(0, 1), run.best[None]])
    return at_most("ROB-13", claim, run.size(every).max(), eps)


def _steps(run: Arena) -> Check:
    """Each step and each projection, written out with the engine's other formulas."""
    here, rule = run.paths[:, :-1], "steepest direction"
    g = run.on.slope(here)
    if run.norm == "plain":
        rule = "slope itself"
    else:
        g = steepest(g, run.p)
    moved = torch.cat([run.moved[:, :1], here + run.alpha * g], 1)
    claim = f"each step adds α times the {rule}, then the nearest place of the ball is taken: "
    claim += "largest distance"
    moved[0, 0] = run.x  # the first start is x itself
    wanted = torch.stack([moved, run.x + project(moved - run.x, run.eps, run.p)])
    size = max(1.0, float(run.moved.abs().max()))
    return same("ROB-13", claim, torch.stack([run.moved, run.paths]) / size, wanted / size)


def _nested(run: Arena) -> Check:
    """Points of the curves: in their balls, nobody above the top, which does not fall."""
    claim = "a larger ball holds the smaller one, so the highest loss never falls with ε: largest "
    claim += (
        "fall, and how far a place of the curves lies outside its ball, or attacks above the top"
    )
    ends, tops = run.curves
    out = max(float((run.size(each) - RADII).max()) for each in (run.ends, run.tops))
    falls = torch.cat([-tops.diff(), tops[run.eps >= RADII] - run.top])
    over = float((torch.maximum(ends, run.control) - tops).max()) / _scale(run) - 1e-2
    return at_most("ROB-03", claim, max(out, float(falls.max()) / _scale(run), over), 0.0, tol=1e-9)


def _printed(run: Arena) -> Check:
    if run.norm == "plain":
        claim = "as printed (E-84) the step is a subgradient, α∇L; only with sign ∇L is it the "
        claim += "steepest in this ball: rise per size of the first step, over ‖∇L‖₁"
        g = run.gradient
        share = float(g @ g / norm_of(g, float("inf")) / norm_of(g, 1)) if bool(g.any()) else 0.0
        return at_most("ROB-13", claim, share, 1.0)
    short = run.top - run.fgsm
    found = "and in this ball it does" if short < 1e-3 * _scale(run) else f"{number(short)} short"
    claim = f"as printed (E-83) FGSM gives the maximum of the loss: {found}"
    return at_most("ROB-12", claim, run.fgsm, run.top, tol=_play(run))


def _fooled(run: Arena) -> list[Check]:
    """DeepFool's first step by the linear formula, and its end."""
    if not len(run.fool):
        return []
    first = run.fool[min(1, len(run.fool) - 1)] - run.x
    label, net, x = run.label, net_of(run.hill), run.x[None]
    gaps = (net(x)[0, label] - net(x)[0]), (net.jacobian(x)[0, label] - net.jacobian(x)[0])
    sizes = norm_of(gaps[1], run.q)
    far_off = torch.where(sizes > 0, gaps[0] / sizes.clamp(min=1e-300), torch.inf)
    far_off[label] = torch.inf
    needs = ((len(run.fool) > 1, "x lies on a boundary already"),)
    claim = "DeepFool's first step is 1.02 times the distance |m|/‖∇m‖ to the nearest boundary of "
    claim += "the linearised scores"
    least = (1 + OVERSHOOT) * far_off.min()
    step = equal("ROB-11", claim, run.size(run.x + first), least, needs=needs)
    claim = "DeepFool starts at x and ends where another class leads: by how much"
    lead = float(margin(run.hill, label, run.fool[-1:])) if run.fool[0].equal(run.x) else -torch.inf
    slopes = net.jacobian(run.fool[-1])
    sloped = (lead >= 0 or bool((slopes != slopes[0]).any()), "it ran to where all scores are flat")
    stays = (len(run.fool) <= 12, "it has not arrived within 12 steps")
    return [step, at_least("ROB-01", claim, lead, 0.0, needs=(stays, sloped))]


def says(run: Arena) -> str:
    """Where each attack ends, whether one is fooled, what the ball holds."""
    loss = "height" if run.hill == "formula" else "loss"
    if run.hill == "target":
        return _targeted(run)
    if not run.eps:
        return f"ε = 0: the ball is x alone, and its {loss} {number(run.start)} is the highest."
    highest = "the highest" if run.hill == "formula" else "the highest loss"
    top = f"{highest} in the ball is {number(run.top, 4)}"
    if not bool(run.gradient.any()):
        moved = "" if run.pgd == run.start else f", PGD from other starts {number(run.pgd, 4)}"
        return (
            f"The slope at x is 0: FGSM and PGD from x have no direction and stay at "
            f"{number(run.start)}{moved}; yet {top}. No attack is no proof{_answer(run)}."
        )
    one = "falls" if run.fgsm < run.start else "rises" if run.fgsm > run.start else "stays"
    starts = len(run.paths)
    who = "PGD" if starts == 1 else f"the best of {starts} starts of PGD"
    short = run.top - run.pgd
    reach = f"{number(short, 2)} below: " if short > 5e-4 * _scale(run) else "and "
    return (
        f"From {number(run.start, 4)} one FGSM step {one} to {number(run.fgsm, 4)}; {who} ends at "
        f"{number(run.pgd, 4)}, {reach}{top}{_answer(run)}."
    )


def _answer(run: Arena) -> str:
    """What the net says of the attacked points."""
    if run.hill == "formula":
        return ""
    places = {"FGSM": run.single, "PGD": run.paths[run.winner, -1], "the top": run.best}
    turned = [name for name, place in places.items() if bool(run.turned(place))]
    who = " and ".join(filter(None, [", ".join(turned[:-1]), *turned[-1:]]))
    said = f"{who or 'nothing here'} turn{'s' * (len(turned) < 2)} the answer"
    return (
        f". {said[0].upper()}{said[1:]}; of {len(run.noise)} pushes all round {share(run):.0f} % do"
    )


def _targeted(run: Arena) -> str:
    target = (run.label + 1) % 3
    ends = torch.stack([run.single, run.paths[run.winner, -1]])
    one, end = net_of(run.hill)(ends).argmax(-1).tolist()
    arrived = [name for name, said in (("FGSM", one), ("PGD", end)) if said == target]
    done = f"{' and '.join(arrived) or 'none'} arrive{'s' * (len(arrived) < 2)}"
    first, single, many, least = (
        number(-height, 3, 5e-4) for height in (run.start, run.fgsm, run.pgd, run.top)
    )
    return (
        f"The net says {run.label}, the target is {target}: {done}. The loss of the target goes "
        f"from {first} to {single} by FGSM, to {many} by PGD; the lowest in the ball is {least}."
    )


def share(run: Arena) -> float:
    """Per cent of the pushes all round that turn the answer."""
    return 100 * float(run.turned(run.noise).double().mean())


answers = {
    "walk": lambda run: run.fgsm,
    "trap": lambda run: ("more" if bool(run.turned(run.best)) else "safe", {"share": share(run)}),
    "noise": lambda run: (share(run), {"share": share(run)}),
}
