"""What the explanation of a prediction proves and says: XAI-18 with E-101, XAI-20, XAI-21."""

import torch

from core.check import Check, equal, same
from core.experiments.shapley.explain import Explained
from core.tabular import models, shap
from core.tabular.words import kept, quality, signed, weight


def checks(run: Explained, *, game: str) -> list[Check]:
    """φ of a linear model by hand, v(∅) without any coalition, and sums in every game."""
    base, phi = run.of(game)
    near = {"tol": 1e-9 * max(1.0, run.worth.abs().max().item())}
    return [
        _linear(run, game),
        _empty(run, game),
        _e101(run),
        equal(
            "XAI-20",
            "the last bar of the waterfall ends at f(x)",
            base + phi.sum().item(),
            run.f,
            **near,
        ),
        same(
            "XAI-21",
            "Σⱼ φⱼ = v(N) − v(∅) in every game: largest distance",
            run.phi.sum(1),
            run.worth[:, -1] - run.worth[:, 0],
            **near,
        ),
    ]


def _linear(run: Explained, game: str) -> Check:
    """φ_j = β_j (x_j − mean_j), for the feature where it fits worst."""
    table, (_, phi) = run.table, run.of(game)
    beta = models.model(table, "linear").score.weight
    wanted = beta * (run.x - run.background.mean(0))
    j = int((phi - wanted).abs().argmax())
    return equal(
        "XAI-18",
        f"linear model: φⱼ = βⱼ (xⱼ − mean of the background), worst for {table.features[j]}",
        phi[j],
        wanted[j],
        needs=shap.straight(run.kind, table, game),
    )


def _empty(run: Explained, game: str) -> Check:
    told, asked = "mean of f over the background", run.background
    if game == "baseline":
        told, asked = "f(mean background row)", run.background.mean(0, keepdim=True)
    return equal("XAI-18", f"v(∅) = {told}", run.of(game)[0], run.model(asked).mean())


def _e101(run: Explained) -> Check:
    """The definition is the conditional game, software computes the interventional one."""
    cov = torch.cov(run.table.X[run.table.train].T)
    free = bool((cov == torch.diag(cov.diagonal())).all())
    j = int((run.phi[2] - run.phi[1]).abs().argmax())
    return equal(
        "XAI-18",
        f"E-101: conditional φ = interventional φ, worst for {run.table.features[j]}",
        run.phi[2, j],
        run.phi[1, j],
        needs=((free, "only for uncorrelated features, and these are correlated"),),
    )


def says(run: Explained, *, game: str, who: str, row: int) -> str:
    """What happened, in plain sentences."""
    (base, phi), (first, second, *_), named = run.of(game), run.order(game), run.named
    parts, table, found = signed(phi.tolist()), run.table, run.number(who, row)
    up = "above" if run.f >= base else "below"
    told = (
        f"f(x) = {run.f:.4g} is {abs(run.f - base):.3g} {up} f∅ = {base:.4g}: "
        f"{named[first]} gives {parts[first]}, {named[second]} {parts[second]}. "
        f"An absent feature {shap.IN_WORDS[game]}. "
        f"The model: {quality(run.model, table)}."
    )
    if found is None:
        return told + kept(table)
    if found != row:
        told = f"This table has no row {row}; its last one, {found}, is explained. {told}"
    return f"{told} In truth y = {table.y[found].item():.4g}.{kept(table)}"


# --- predictions -------------------------------------------------------------------------------


def _told(run: Explained, feature: str) -> dict[str, str]:
    """φ of one feature in the interventional and the conditional game."""
    found = run.phi[1:3, run.table.features.index(feature)].tolist()
    return dict(zip(("phi", "conditional"), signed(found), strict=True))


def _part(run: Explained, game: str, feature: str) -> float:
    return run.of(game)[1][run.table.features.index(feature)].item()


def _compact(run: Explained, game: str) -> tuple[str, dict]:
    key = "raises" if _part(run, game, "compactness") > 0 else "lowers"
    slope = {"weight": weight(run.table, "compactness")}
    return key, slope | _told(run, "compactness")


def _symmetry(run: Explained, game: str) -> tuple[str, dict]:
    nothing = abs(_part(run, game, "symmetry")) < 1e-9
    return "nothing" if nothing else "something", _told(run, "symmetry")


def _strongest(run: Explained, game: str) -> tuple[str, dict]:
    table, facts = run.table, {}
    for key, feature in (("first", "log triglycerides"), ("second", "BMI")):
        slope = {"weight": weight(table, feature)}
        facts[key] = slope | _told(run, feature)
    return table.features[run.order(game)[0]], facts


answers = {"compact": _compact, "symmetry": _symmetry, "strongest": _strongest}
