"""What the explanations of a whole data set prove and say: XAI-18, XAI-20, XAI-21."""

import torch

from core.check import Check, equal, same
from core.experiments.shapley.everyone import Everyone
from core.tabular import models, shap
from core.tabular.words import kept, quality, signed, weight


def checks(run: Everyone) -> list[Check]:
    """XAI-18 for a linear model, XAI-20 on the average, XAI-21 in every row."""
    table, size, told = run.table, run.size, "mean |φⱼ| = |βⱼ| mean |xⱼ − mean of the background|"
    near = {"tol": 1e-9 * max(1.0, run.worth.abs().max().item())}
    beta = models.model(table, "linear").score.weight
    wanted = beta.abs() * (run.x - run.background.mean(0)).abs().mean(0)
    j = int((size - wanted).abs().argmax())
    total, gain = run.worth[0, 0] + run.phi.mean(0).sum(), run.worth[:, 1] - run.worth[:, 0]
    linear, straight = f"linear model: {told}, worst for", shap.straight(run.kind, table, run.game)
    mean = f"f∅ + Σⱼ mean φⱼ = mean f of the {len(run.phi)} rows"
    return [
        equal("XAI-18", f"{linear} {table.features[j]}", size[j], wanted[j], needs=straight),
        equal("XAI-20", mean, total, run.f.mean(), **near),
        same("XAI-21", "Σⱼ φⱼ = f(x) − f∅ in every row", run.phi.sum(1), gain, **near),
    ]


def says(run: Everyone) -> str:
    """What happened, in plain sentences."""
    (first, second, *_), names, trend = run.order, run.table.features, run.trend
    size = [text.lstrip("+") for text in signed(run.size.tolist())]
    way = "mostly raise f" if trend[first] > 0 else "mostly lower f"
    if abs(trend[first]) <= 0.5:
        way = "go either way"
    return (
        f"Over {'the first ' if run.progress < 1 else ''}{len(run.phi)} rows held out, "
        f"{names[first]} moves f most, by {size[first]} on average (mean |φ|), then "
        f"{names[second]} by {size[second]}. High values {way}. The model: "
        f"{quality(run.model, run.table)}.{kept(run.table)}"
    )


def _cholesterol(run: Everyone) -> tuple[str, dict]:
    table = run.table
    j = table.features.index("cholesterol")
    together = torch.corrcoef(torch.stack((table.X[:, j], table.y)))[0, 1].item()
    facts = {"together": together, "weight": weight(table, "cholesterol")}
    return "raise" if run.trend[j] > 0 else "lower", facts


def _second(run: Everyone) -> tuple[str, dict]:
    table, apart = run.table, (run.x - run.background.mean(0)).abs().mean(0).tolist()
    far = {name: apart[table.features.index(name)] for name in ("sex", "cholesterol")}
    facts = {name: {"weight": weight(table, name), "apart": a} for name, a in far.items()}
    return table.features[run.order[1]], facts


def _cancelled(run: Everyone) -> tuple[str, dict]:
    j = run.order[0]
    share = (run.phi[:, j].mean().abs() / run.size[j]).item()
    return "less" if share < 0.5 else "all", {"share": share}


answers = {"cholesterol": _cholesterol, "second": _second, "cancelled": _cancelled}
