"""What many dimensions claim: ROB-07, and what happened."""

import math

from core.adversarial.dimensions import ratio_spread
from core.check import Check, at_least, at_most, equal, same
from core.experiments.adversarial.dimensions import Many, law
from core.words import number

SURE = 6  # standard deviations; Hoeffding: fewer than one draw in thirty million lies farther out


def checks(run: Many) -> list[Check]:
    """The drop, when it turns the picture, the law, the size of each step, the noise."""
    one, size = float(run.w.abs().sum()), run.eps * float(run.w.norm())
    turns = run.eps >= run.needed
    side = "at most 0 from ε = m/‖w‖₁ on" if turns else "above 0 below ε = m/‖w‖₁"
    least = "the attack of size ε = m/‖w‖₁ reaches the boundary: score of x − ε sign(w)"
    nearest = "in L₂ the boundary stays m/‖w‖₂ = m away, whatever d is: score of x − m w"
    noise = f"noise moves the score by less than {SURE} times ε‖w‖₂: its change over ε‖w‖₂"
    some = (run.eps > 0, "ε = 0 moves nothing")
    here = f"the score after the attack is {side} = {run.needed:.4g} (here ε = {run.eps:.4g})"
    most = "no pixel moves by more than ε: largest change by the attack"
    tossed = "noise moves every pixel by just ε: largest distance of a change from ε"
    return [
        equal("ROB-07", "the attack takes ε‖w‖₁ from the score", run.drop, run.eps * one),
        (at_most if turns else at_least)("ROB-07", here, run.score(run.attacked), 0.0),
        _law(run),
        at_most("ROB-07", most, (run.attacked - run.x).abs().max(), run.eps),
        equal("", nearest, run.score(run.x - run.margin * run.w), 0.0),
        equal("ROB-07", least, run.score(run.x - run.margin / one * run.w.sign()), 0.0),
        at_most("", noise, abs(run.shift) / max(size, 1e-300), SURE, needs=(some,)),
        same("", tossed, (run.noised - run.x).abs(), run.eps),
    ]


def _law(run: Many) -> Check:
    expected = law(run.kind, run.d)
    if run.kind == "gauss":
        claim = f"‖w‖₁/‖w‖₂ of random weights is √(2d/π) or so, within {SURE} standard deviations "
        claim += f"of its mean {expected:.4g}: its distance from that, in standard deviations"
        off = abs(run.ratio - expected) / ratio_spread(run.d)
        return at_most("", claim, off, SURE)
    claim = "‖w‖₁/‖w‖₂ is √d, the most there is, where all weights are alike"
    if run.kind == "sparse":
        claim = "‖w‖₁/‖w‖₂ is √k where k weights count alike, however many others are 0"
    return equal("", claim, run.ratio, expected)


def says(run: Many) -> str:
    """What the attack takes and how long its step is, beside noise of the same size."""
    before = number(run.margin)
    if run.eps == 0:
        return f"ε = 0 changes nothing, the score stays {before}; {number(run.needed)} would do."
    each, after = number(run.eps), run.score(run.attacked)
    moved = int((run.w != 0).sum())
    which = f"each of {moved} pixels" if moved == run.d else f"the {moved} pixels that count"
    told = f"A step of {each} in {which} is {number(run.length)} long: it takes {number(run.drop)} "
    if abs(after) < 1e-9:
        told += f"from the score {before}, just enough to reach the boundary. "
    elif after > 0:
        told += f"from the score {before}, which stays positive at {number(after)}. "
    else:
        told += f"from the score {before}, which becomes {number(after)}: read wrongly. "
    return told + f"Noise of the same size moves it by {number(run.shift, zero=1e-12)}."


def _noise(run: Many) -> tuple[str, dict[str, str]]:
    facts = {"drop": number(run.drop), "by": number(run.eps), "m": number(run.margin)}
    return "never" if run.chance < 1e-3 else "some" if run.chance < 0.4 else "half", facts


answers = {
    "alike": lambda run: (run.drop, {"root": number(math.sqrt(run.d)), "by": number(run.drop)}),
    "four": lambda run: (run.drop, {"by": number(run.drop)}),
    "noise": _noise,
}
