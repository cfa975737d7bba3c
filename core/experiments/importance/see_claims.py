"""What seeing and doing claim: XAI-04 with erratum E-92, CAUS-01, CAUS-03; and in words."""

import math
from functools import lru_cache

import numpy as np
import torch

from core.check import Check, at_least, at_most, equal, same
from core.experiments.importance.see import Cloud, Counted, See, strata, typed
from core.importance import do, margin, seen_slope
from core.words import number

SIGMAS = 5.0  # standard errors that chance may take
NEAR = 1e-9


def checks(run: See, *, a: float, b: float, c: float, x: float, counts: str, blend: float):
    """Seen slope, adjusted slope and the intervention; or raw and adjusted rates."""
    if run.cloud is None:
        return _counted(run.counted, counts, blend)
    return _cloud(run.cloud, a, b, c, x)


def _cloud(run: Cloud, a: float, b: float, c: float, x: float) -> list[Check]:
    n, spread = len(run.x), a * a + 1  # Var X
    exact = seen_slope(a, b, c)
    error = math.sqrt((c * c / spread + 1) / spread / n)
    lots = (a == 0, f"Z moves X by a = {number(a)}: X has a parent")
    right = (
        abs(exact - b) < NEAR,
        f"the best predictor has the slope {number(exact)}, the effect is {number(b)}",
    )
    found = _least_squares(run)
    within = f"distance in standard errors, of which chance takes {SIGMAS:g} at most"
    doing = f"mean of Y after do(X = x) is bx: {within}"
    off = abs(float(run.done.mean()) - b * x) / math.sqrt((c * c + 1) / n)
    return [
        at_most("XAI-04", f"slope that is seen = b + ca/(a² + 1): {within}",
                abs(run.seen - exact) / error, SIGMAS),
        at_most("CAUS-03", f"coefficient of X once Z is held fixed = b: {within}",
                abs(float(run.held[0]) - b) * math.sqrt(n), SIGMAS),
        at_most("CAUS-01", doing, off, SIGMAS),
        equal("XAI-04", "as printed (E-92) the sensitivity of the best predictor would be the "
              "effect of an intervention", exact, b, needs=(right,)),
        at_most("CAUS-01", f"X without a parent: what is seen is what is done, slope = b: {within}",
                abs(run.seen - b) / error, SIGMAS, needs=(lots,)),
        same("CAUS-03", "do leaves Z and the noise as they are: Y moves by b(x − X) for everyone: "
             "largest distance", run.done - run.y, b * (x - run.x), tol=1e-9),
        same("", "both regressions, by the normal equations: largest distance",
             [run.seen, *run.held.tolist()], found, tol=1e-7),
    ]  # fmt: skip


def _least_squares(run: Cloud) -> list[float]:
    x, y, z = (v.numpy() - float(v.mean()) for v in (run.x, run.y, run.z))
    X = np.stack([x, z])
    return [float(x @ y / (x @ x)), *np.linalg.solve(X @ X.T, X @ y).tolist()]


def _counted(run: Counted, text: str, blend: float) -> list[Check]:
    found, counts = run.rates, typed(text).numpy()
    cured, treated = counts[..., 0], counts[..., 1]
    mix, people = treated / treated.sum(0), treated.sum(1) / treated.sum()
    rate = cured / treated
    raw = cured.sum(0) / treated.sum(0)
    moved = ((mix - people[:, None]) * rate).sum(0)
    even = (
        bool((np.abs(mix - people[:, None]) < NEAR).all()),
        "the two groups are mixed differently: Z points at X",
    )
    gap, effect = (float(each[0] - each[1]) for each in (found.raw, found.adjusted))
    told = f"the rates differ by {number(gap)} as treated, by {number(effect)} adjusted"
    right = (abs(gap - effect) < NEAR, told)
    better = float(np.sign(rate[:, 0] - rate[:, 1]).sum()) / len(rate)
    side = math.copysign(1.0, better)
    all_ = (abs(better) == 1, "neither treatment is better in every row")
    tables = [rate, mix, people, raw]
    mine = [found.within, found.mix, found.strata, found.raw]
    large = "largest distance"
    return [
        same("CAUS-03", "Σ_z P(y | x, z) P(z) is what the truncated factorisation says of "
             f"do(X = x): {large}", found.adjusted, _truncated(text)),
        same("CAUS-01", f"P(y | x) = Σ_z P(y | x, z) P(z | x), the rates as treated: {large}",
             found.raw, (mix * rate).sum(0)),
        same("XAI-04", "the rate as treated is off the rate after do(X = x) by "
             f"Σ_z (P(z | x) − P(z)) P(y | x, z): {large}", found.raw - found.adjusted, moved),
        equal("XAI-04", "as printed (E-92) the sensitivity of the best predictor would be the "
              "effect: difference of the rates", gap, effect, needs=(right,)),
        same("CAUS-01", f"groups mixed alike: what is seen is what is done: {large}",
             found.raw, found.adjusted, needs=(even,)),
        at_least("CAUS-03", "what is better in every row is better adjusted: by so much",
                 side * effect, 0.0, needs=(all_,)),
        same("", f"rates with the groups mixed as the slider says: {large}", run.blended,
             (1 - blend) * raw + blend * _truncated(text).numpy()),
        same("", f"rates and shares, from the counts: {large}",
             np.concatenate([np.ravel(each) for each in mine]),
             np.concatenate([np.ravel(each) for each in tables])),
    ]  # fmt: skip


@lru_cache(maxsize=64)
def _truncated(text: str) -> torch.Tensor:
    """P(cured | do(X = x)) of both treatments, from the graph Z → X, Z → Y, X → Y."""
    counts = typed(text)
    treated = counts[..., 1]
    rate = counts[..., 0] / treated
    tables = {
        "Z": treated.sum(1) / treated.sum(),
        "X": treated / treated.sum(1, keepdim=True),
        "Y": torch.stack([1 - rate, rate], -1),
    }
    graph = {"Z": (), "X": ("Z",), "Y": ("Z", "X")}
    return torch.stack([margin(do(tables, graph, "X", x), [2])[1] for x in (0, 1)])


# --- words ---------------------------------------------------------------------------------------


def percent(rate: float) -> str:
    return f"{number(100 * float(rate))} %"


def says(run: See, *, a: float, b: float, c: float, x: float, counts: str, blend: float) -> str:
    """What one sees, what one does, and why they differ."""
    if run.cloud is None:
        return _told(run.counted, counts, blend)
    seen, effect = seen_slope(a, b, c), b
    one = f"Where X happens to be {number(x)}, Y is {number(seen * x, zero=NEAR)} on average; once "
    one += f"X is set to {number(x)} for everyone, it is {number(effect * x, zero=NEAR)}."
    if abs(seen - effect) < NEAR:
        why = "Z does not move X" if a == 0 else "Z does not move Y"
        return f"{one} Both agree: {why}."
    return (
        f"{one} Each unit of X comes with {number(seen, zero=NEAR)} of Y and makes "
        f"{number(effect, zero=NEAR)} of it; the rest, {number(seen - effect)}, is Z, which moves "
        "both."
    )


def _told(run: Counted, counts: str, blend: float) -> str:
    found = run.rates
    sides = [_better(*row) for row in found.within.tolist()]
    names = strata(counts)
    if len(set(sides)) == 1:
        inside = f"{', '.join(names)}: {_named(sides[0])} in each"
    else:
        inside = "; ".join(f"{name}: {_named(s)}" for name, s in zip(names, sides, strict=True))
    raw, fair = _better(*found.raw.tolist()), _better(*found.adjusted.tolist())
    mixed = (
        f"With both groups mixed alike A cures {percent(found.adjusted[0])} and B "
        f"{percent(found.adjusted[1])}: {_named(fair)}."
    )
    if raw == fair:
        turn = ""
    else:
        turn = " The groups were mixed differently, and that changes the comparison."
    inside = inside[0].upper() + inside[1:]
    return (
        f"{inside}. As treated A cured {percent(found.raw[0])} and B {percent(found.raw[1])}: "
        f"{_named(raw)}. {mixed}{turn}"
    )


def _better(one: float, other: float) -> str:
    return "same" if abs(one - other) < NEAR else "A" if one > other else "B"


def _named(side: str) -> str:
    return "both are alike" if side == "same" else f"{side} leads"


def _slope(run: See) -> tuple[float, dict[str, str]]:
    return run.cloud.seen, {
        "slope": number(run.cloud.seen, 2, zero=0.01),
        "b": number(run.cloud.held[0], 2, zero=0.01),
    }


def _stones(run: See) -> tuple[str, dict[str, str]]:
    found = run.counted.rates
    facts = {f"raw{k}": percent(v) for k, v in zip("AB", found.raw)}
    facts |= {f"fair{k}": percent(v) for k, v in zip("AB", found.adjusted)}
    return _better(*found.adjusted.tolist()), facts


answers = {"confounding": _slope, "signs": _slope, "stones": _stones}
