"""What the explanation of a prediction answers: checks, sentences, and the options of questions."""

import math

import torch

from core.check import Check, equal
from core.experiments.shapley.explain import GAMES, IN_WORDS, Explained, number
from core.tabular import models
from core.tabular.data import Data
from core.tabular.models import Model


def checks(run: Explained, **_) -> list[Check]:
    """XAI-18 with erratum E-101, XAI-20, XAI-21."""
    phi, base, f = run.values, run.base, run.f
    ends = [base]
    for j in run.order.tolist():
        ends.append(ends[-1] + phi[j].item())
    scale = run.worth.abs().max().item()
    lost = (run.phi.sum(1) - (run.worth[:, -1] - run.worth[:, 0])).abs()
    worst = int(lost.argmax())
    return [
        _linear(run),
        _empty(run),
        _e101(run),
        equal(
            "XAI-20",
            "the last bar of the waterfall ends at f(x)",
            ends[-1],
            f,
            tol=1e-9 * max(1.0, scale),
        ),
        equal(
            "XAI-21",
            f"Σⱼ φⱼ = v(N) − v(∅) in every game, {GAMES[worst]} being the least exact",
            run.phi[worst].sum().item(),
            (run.worth[worst, -1] - run.worth[worst, 0]).item(),
            tol=1e-9 * max(1.0, scale),
        ),
    ]


def _linear(run: Explained) -> Check:
    """φ_j = β_j (x_j − mean_j), for the feature where it fits worst."""
    beta = models.model(run.table, "linear").score.weight
    wanted = beta * (run.x - run.background.mean(0))
    why = ""
    if run.model.kind != "linear":
        why = "the model is not linear"
    elif run.table.task == "probability":
        why = "a probability σ(βᵀx + b) is not linear in x"
    elif run.game not in ("baseline", "interventional"):
        why = f"the {run.game} game shares between correlated features"
    j = int((run.values - wanted).abs().argmax())
    return equal(
        "XAI-18",
        f"linear model: φⱼ = βⱼ (xⱼ − mean of the background), worst for {run.table.features[j]}",
        run.values[j].item(),
        wanted[j].item(),
        applies=not why,
        why=why,
    )


def _empty(run: Explained) -> Check:
    """v(∅) without any coalition."""
    if run.game == "baseline":
        told, wanted = "f(mean background row)", run.model(run.background.mean(0)[None]).item()
    else:
        told, wanted = "mean of f over the background", run.model(run.background).mean().item()
    return equal("XAI-18", f"v(∅) = {told}", run.base, wanted)


def _e101(run: Explained) -> Check:
    """The definition is the conditional game, software computes the interventional one."""
    cov = torch.cov(run.table.X[run.table.train].T)
    free = bool((cov - torch.diag(cov.diagonal())).abs().max() == 0)
    gap = (run.phi[2] - run.phi[1]).abs()
    j = int(gap.argmax())
    return equal(
        "XAI-18",
        f"E-101: conditional φ = interventional φ, worst for {run.table.features[j]}",
        run.phi[2, j].item(),
        run.phi[1, j].item(),
        applies=free,
        why="" if free else "only for uncorrelated features, and these are correlated",
    )


def quality(model: Model, table: Data) -> str:
    """How well the model does on the rows held out, in words."""
    held = f"on {len(table.test)} rows held out"
    if table.task == "regression":
        return f"R² = {model.quality:.2f} {held}"
    return f"{model.quality:.0%} right {held}, where one answer for all would get {model.guess:.0%}"


def says(run: Explained, *, row: int, **_) -> str:
    """What happened, in plain sentences."""
    first, second = run.order[:2].tolist()
    phi, named = signed(run.values.tolist()), run.named
    up = "above" if run.f >= run.base else "below"
    told = (
        f"f(x) = {number(run.f)} is {abs(run.f - run.base):.3g} {up} f∅ = {number(run.base)}: "
        f"{named[first]} gives {phi[first]}, {named[second]} {phi[second]}. "
        f"An absent feature {IN_WORDS[run.game]}. "
        f"The model: {quality(run.model, run.table)}."
    )
    if run.row is not None and run.row != row:
        told = f"This table has no row {row}; its last one, {run.row}, is explained. {told}"
    if run.row is not None:
        told += f" In truth y = {number(run.table.y[run.row].item())}."
    return f"{told} {run.table.kept}".rstrip()


def signed(values: list[float]) -> list[str]:
    """+12.0, −0.3, …: all to as many decimals as give the largest three digits."""
    most = max(map(abs, values), default=0.0)
    if not 1e-4 < most < 1e5:
        return [f"{value:+.2e}".replace("-", "−") if value else "0" for value in values]
    decimals = max(0, 2 - math.floor(math.log10(most)))
    told = [f"{value:+.{decimals}f}".replace("-", "−") for value in values]
    return [text if any(c in "123456789" for c in text) else "0" for text in told]


# --- predictions -------------------------------------------------------------------------------


def part(run: Explained, feature: str) -> float:
    """φ of the feature with this name, in the game looked at."""
    return run.values[run.table.features.index(feature)].item()


def direction(run: Explained, feature: str) -> str:
    """Which way the feature moves f, as the options of a prediction."""
    return "it raises f" if part(run, feature) > 0 else "it lowers f"


def whether_zero(run: Explained, feature: str) -> str:
    """Whether φ of the feature is 0, as the options of a prediction."""
    return "0" if abs(part(run, feature)) < 1e-9 else "not 0"


def total(run: Explained) -> str:
    """What the contributions sum to, as the options of a prediction."""
    found = run.values.sum().item()
    sums = {"f(x)": run.f, "f(x) − f∅": run.f - run.base, "0": 0.0}
    return min(sums, key=lambda name: abs(sums[name] - found))


def strongest(run: Explained) -> str:
    """The feature with the largest |φ|."""
    return run.table.features[int(run.order[0])]


def weight(table: Data, model: Model, feature: str) -> str:
    """β of the feature in a linear model, in words."""
    return number(round(model.score.weight[table.features.index(feature)].item(), 2))


def told(run: Explained, feature: str) -> dict[str, str]:
    """φ of one feature for an explanation: looked at, interventional, conditional."""
    j = run.table.features.index(feature)
    found = [run.values[j].item(), run.phi[1, j].item(), run.phi[2, j].item()]
    return dict(zip(("phi", "interventional", "conditional"), signed(found)))
