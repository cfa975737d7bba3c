"""What two fits to two groups claim: DRO-03 and DRO-01, with erratum E-89."""

import torch
from torch import Tensor

from core.check import Check, at_least, at_most, equal, same
from core.dro.fits import RIDGE
from core.experiments.dro.groups import GRID, Groups, groups, rows_of
from core.words import number

FLAT, EVEN = 1e-6, 1e-6


def checks(
    run: Groups, *, share: float, radius: float, loss: str, noise1: float, noise2: float, seed: int
) -> list[Check]:
    """Min-max = max-min, the least worst mix, the radius, and the fits themselves."""
    rows = rows_of(loss, noise1, noise2, seed)
    bound, ends = run.robust.mix(run.robust.q), torch.tensor([run.low, run.high]).double()
    pull = RIDGE[loss] / 2  # on ‖β‖², part of what is minimised
    along = run.path.risks @ torch.stack([1 - ends, ends])
    least = float((along.max(1).values + pull * run.path.betas.square().sum(1)).min())
    least = min(least, run.plain_value + pull * float(run.plain.beta.square().sum()))
    mine = run.value + pull * float(run.robust.beta.square().sum())
    minmax = "the least worst mix of the risks is the worst least mix: min over β of max over q"
    none = "no other model that is drawn has a smaller worst mix within the radius, ridge included"
    at_plain = "the worst mix of the plain fit is at least its risk on the data"
    nothing = "with radius 0 the worst case is the risk on the data, and the plain fit is best"
    printed = "as printed (E-89) there is no minimum, and the supremum only judges a model: the "
    printed += "worst mix of the plain fit is at least that of the fit for the worst shares"
    return [
        equal("DRO-03", minmax, run.value, bound, tol=EVEN),
        at_most("DRO-03", none, mine, least, tol=EVEN),
        at_least("DRO-01", at_plain, run.plain_value, run.plain.mix(share), tol=EVEN),
        equal("DRO-01", nothing, run.value, run.plain.mix(share), tol=EVEN,
              needs=((radius == 0, "the radius is above 0"),)),
        _weights(run, share, radius),
        _flat(run, rows, loss),
        _risks(run, rows, loss),
        at_least("DRO-03", printed, run.plain_value + pull * float(run.plain.beta.square().sum()),
                 mine, tol=EVEN),
    ]  # fmt: skip


def _weights(run: Groups, share: float, radius: float) -> Check:
    """Where the weights stand, and that the adversary gains nothing by another."""
    claim = "the adversary's weight is where both risks are equal, or the end that is nearest"
    ends = max(0.0, share - radius), min(1.0, share + radius)
    gain = run.robust.risks[1] - run.robust.risks[0]
    inside = ends[0] < run.robust.q < ends[1]
    rests = abs(float(gain)) <= EVEN * max(1.0, float(run.robust.risks.max()))
    # at an end the gain points out of the interval
    stays = rests if inside else float(gain) * (run.robust.q - share) >= 0 or rests
    nearest = min(max(run.path.even, ends[0]), ends[1])
    mine = [run.plain.q, run.low, run.high, run.robust.q if stays else float("inf")]
    return same("DRO-03", f"{claim}: largest distance", mine, [share, *ends, nearest])


def _all(run: Groups) -> tuple[Tensor, Tensor, Tensor]:
    """q, β and risks of every model of the record."""
    two = (run.plain, run.robust)
    q = torch.cat([GRID, torch.tensor([each.q for each in two]).double()])
    betas = torch.cat([run.path.betas, torch.stack([each.beta for each in two])])
    return q, betas, torch.cat([run.path.risks, torch.stack([each.risks for each in two])])


def _flat(run: Groups, rows, loss: str) -> Check:
    q, betas, _ = _all(run)
    pulls = []
    for X, y in rows:
        score = X @ betas.T
        pull = 2 * (score - y[:, None]) if loss == "squared" else score.sigmoid() - y[:, None]
        pulls.append(pull.T @ X / len(y))
    slope = (1 - q)[:, None] * pulls[0] + q[:, None] * pulls[1] + RIDGE[loss] * betas
    claim = "every fit is the best for its weight: no slope of its mix is left"
    return equal("DRO-03", claim, slope.abs().max(), 0, tol=FLAT)


def _risks(run: Groups, rows, loss: str) -> Check:
    """Mean losses by their formula, and that R₂ falls and R₁ grows with the weight of group 2."""
    _, betas, risks = _all(run)
    found = []
    for X, y in rows:
        score = X @ betas.T
        if loss == "squared":
            found.append((score - y[:, None]).square().mean(0))
        else:
            found.append(-torch.log(((2 * y[:, None] - 1) * score).sigmoid()).mean(0))
    claim = "the risks are the mean losses in either group: largest distance"
    return same("DRO-01", claim, risks, torch.stack(found, 1), tol=1e-7)


# --- words ---------------------------------------------------------------------------------------


def says(run: Groups, *, share: float, radius: float) -> str:
    """The risks of both fits by group, and the adversary's weight."""
    plain, robust = (" and ".join(map(number, fit.risks.tolist())) for fit in run[:2])
    told = f"Fitted to all rows, {percent(share)} of group 2, the risks are {plain} in groups 1, 2"
    if radius == 0:
        return f"{told}. With radius 0 the adversary can change nothing: both fits are the same."
    every = run.high - run.low > 1 - 1e-9
    told += f"; fitted to the worst shares{'' if every else ' within the radius'} {robust}. "
    gap = abs(float(run.robust.risks[1] - run.robust.risks[0]))
    if gap <= 1e-5 * max(1.0, run.value):
        return f"{told}Both are equal, at weight {number(run.robust.q, zero=5e-4)} of group 2."
    worse = 1 + int(run.robust.risks[1] > run.robust.risks[0])
    why = "the end of the radius" if 0 < run.robust.q < 1 else "all that there is"
    weight = run.robust.q if worse == 2 else 1 - run.robust.q
    return (
        f"{told}Group {worse} stays the worse one even at weight {number(weight, zero=5e-4)}, "
        f"{why}."
    )


def percent(share: float) -> str:
    """A share as 5 %."""
    return f"{number(100 * share, zero=0.05)} %"


def _share(run: Groups, **values: float | str) -> str:
    other = groups(**values | {"share": 0.3})
    return "moves" if float((run.robust.beta - other.robust.beta).abs().max()) > 1e-3 else "stays"


def facts(run: Groups) -> dict[str, str]:
    pairs = {"plain": run.plain.risks, "robust": run.robust.risks}
    risks = {f"{k}{g + 1}": number(r[g]) for k, r in pairs.items() for g in (0, 1)}
    last = {"before": number(run.plain.beta[-1]), "after": number(run.robust.beta[-1])}
    return risks | last


answers = {
    "share": _share,
    "paid": lambda run: (float(run.robust.risks[0]), facts(run)),
    "noisy": lambda run: (
        "all" if run.robust.q > 1 - 1e-6 else "even" if run.robust.q < 0.7 else "most",
        facts(run),
    ),
}
