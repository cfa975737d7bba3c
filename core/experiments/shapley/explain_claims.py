"""What the explanation of a prediction proves and says: XAI-18, XAI-20, XAI-21."""

from functools import partial

import torch

from core.check import Check, equal, same
from core.experiments.shapley.explain import GAMES, Explained
from core.shapley.coalitions import member_sums, sizes
from core.shapley.values import mobius
from core.tabular import models, shap
from core.tabular.words import kept, quality, signed, weight


def checks(run: Explained, *, game: str) -> list[Check]:
    """The sums of φ in every game, φ of a linear model by hand, v(∅) without any coalition."""
    table, z, (base, phi), v = run.table, run.background, run.of(game), run.worth
    near = partial(shap.near, v[GAMES.index(game)])
    by_hand = models.model(table, "linear").score.weight * shap.apart(table, game, run.x, z)
    j, k = (int(gap.abs().argmax()) for gap in (phi - by_hand, run.phi[2] - run.phi[1]))
    told, asked = "mean of f over the background", z
    if game == "baseline":
        told, asked = "f(mean background row)", z.mean(0, keepdim=True)
    cov, claim = shap.covariance(table), "φⱼ = βⱼ (xⱼ − mean of the background)"
    free = bool((cov == torch.diag(cov.diagonal())).all())
    linked = ((free, "only for uncorrelated features, and these are correlated"),)
    straight, gain = shap.straight(run.kind, table, game), v[:, -1] - v[:, 0]
    linear = f"linear model: {claim}, worst for {table.features[j]}"
    meant = f"conditional φ = interventional φ, worst for {table.features[k]}"
    shared = member_sums(mobius(v) / sizes(len(phi)).clamp_min(1))
    equally = "each unanimity game in v split among its members gives φ, in all four games"
    ends, added = "f∅ and then one φ after the other ends at f(x)", "Σⱼ φⱼ = v(N) − v(∅)"
    mean, other = run.model(asked).mean(), run.phi[1, k]
    return [
        same("XAI-21", f"{added} in all four games", run.phi.sum(1), gain, **shap.near(v, gain)),
        equal("XAI-20", ends, base + phi.sum(), run.f, **near(run.f)),
        equal("XAI-18", linear, phi[j], by_hand[j], needs=straight, **near(by_hand[j])),
        equal("XAI-18", f"v(∅) = {told}", base, mean, **near(mean)),
        same("XAI-18", equally, run.phi, shared, **shap.near(v, shared)),
        equal("XAI-18", meant, run.phi[2, k], other, needs=linked, **near(other)),
    ]


def says(run: Explained, *, game: str, who: str, row: int) -> str:
    """What happened, in plain sentences."""
    (base, phi), (first, second, *_), named = run.of(game), run.order(game), run.named
    parts, table, found = signed(phi.tolist()), run.table, run.number(who, row)
    gap = run.f - base
    if parts[first] == "0":
        told = f"f(x) = {run.f:.4g} = f∅: no feature moves it."
    else:
        way = f"{abs(gap):.3g} {'above' if gap > 0 else 'below'}" if gap else "the same as"
        told = f"f(x) = {run.f:.4g} is {way} f∅ = {base:.4g}: {named[first]} gives {parts[first]}, "
        told += f"{named[second]} {parts[second]}."
    told += f" An absent feature {shap.IN_WORDS[game]}. The model: {quality(run.model, table)}."
    if found is None:
        return told + kept(table)
    if found != row:
        told = f"This table has no row {row}; its last one, {found}, is explained. {told}"
    return f"{told} In truth y = {table.y[found].item():.4g}.{kept(table)}"


def _part(run: Explained, feature: str) -> dict[str, str]:
    """The slope of a feature, its φ in the interventional and in the conditional game."""
    found = run.phi[1:3, run.table.features.index(feature)].tolist()
    parts = dict(zip(("phi", "conditional"), signed(found), strict=True))
    return {"weight": weight(run.table, feature)} | parts


def _compact(run: Explained, game: str) -> tuple[str, dict]:
    phi = run.of(game)[1][run.table.features.index("compactness")]
    return "raises" if phi > 0 else "lowers", _part(run, "compactness")


def _symmetry(run: Explained, game: str) -> tuple[str, dict]:
    phi = run.of(game)[1][run.table.features.index("symmetry")]
    return "nothing" if phi.abs() < 1e-9 else "something", _part(run, "symmetry")


def _strongest(run: Explained, game: str) -> tuple[str, dict]:
    facts = {"first": _part(run, "log triglycerides"), "second": _part(run, "BMI")}
    return run.table.features[run.order(game)[0]], facts


answers = {"compact": _compact, "symmetry": _symmetry, "strongest": _strongest}
