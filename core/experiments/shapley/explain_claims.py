"""What the explanation of a prediction proves and says: XAI-18 with E-101, XAI-20, XAI-21."""

import torch

from core.check import Check, equal, same
from core.experiments.shapley.explain import Explained
from core.shapley.coalitions import member_sums, sizes
from core.shapley.values import mobius
from core.tabular import models, shap
from core.tabular.words import kept, quality, signed, weight


def checks(run: Explained, *, game: str) -> list[Check]:
    """φ of a linear model by hand, v(∅) without any coalition, φ and its sum in every game."""
    table, z, (base, phi) = run.table, run.background, run.of(game)
    near = {"tol": 1e-9 * max(1.0, run.worth.abs().max().item())}
    by_hand = models.model(table, "linear").score.weight * (run.x - z.mean(0))
    j, k = (int(gap.abs().argmax()) for gap in (phi - by_hand, run.phi[2] - run.phi[1]))
    told, asked = "mean of f over the background", z
    if game == "baseline":
        told, asked = "f(mean background row)", z.mean(0, keepdim=True)
    cov, claim = torch.cov(table.X[table.train].T), "φⱼ = βⱼ (xⱼ − mean of the background)"
    free = bool((cov == torch.diag(cov.diagonal())).all())
    apart = ((free, "only for uncorrelated features, and these are correlated"),)
    straight, gain = shap.straight(run.kind, table, game), run.worth[:, -1] - run.worth[:, 0]
    linear = f"linear model: {claim}, worst for {table.features[j]}"
    # the definition is the conditional game, software computes the interventional one
    meant = f"E-101: conditional φ = interventional φ, worst for {table.features[k]}"
    shared = member_sums(mobius(run.worth) / sizes(len(phi)).clamp_min(1))
    equally = "each unanimity game in v split among its members gives φ, in every game"
    ends, added = "the last bar of the waterfall ends at f(x)", "Σⱼ φⱼ = v(N) − v(∅) in every game"
    return [
        equal("XAI-18", linear, phi[j], by_hand[j], needs=straight),
        equal("XAI-18", f"v(∅) = {told}", base, run.model(asked).mean()),
        same("XAI-18", equally, run.phi, shared, **near),
        equal("XAI-18", meant, run.phi[2, k], run.phi[1, k], needs=apart),
        equal("XAI-20", ends, base + phi.sum(), run.f, **near),
        same("XAI-21", added, run.phi.sum(1), gain, **near),
    ]


def says(run: Explained, *, game: str, who: str, row: int) -> str:
    """What happened, in plain sentences."""
    (base, phi), (first, second, *_), named = run.of(game), run.order(game), run.named
    parts, table, found = signed(phi.tolist()), run.table, run.number(who, row)
    up = "above" if run.f >= base else "below"
    told = (
        f"f(x) = {run.f:.4g} is {abs(run.f - base):.3g} {up} f∅ = {base:.4g}: "
        f"{named[first]} gives {parts[first]}, {named[second]} {parts[second]}. "
        f"An absent feature {shap.IN_WORDS[game]}. The model: {quality(run.model, table)}."
    )
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
