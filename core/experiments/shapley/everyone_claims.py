"""What the explanations of a whole data set prove and say: XAI-18, XAI-20, XAI-21."""

from functools import partial

import torch

from core.check import Check, equal, same
from core.experiments.shapley.everyone import Everyone
from core.tabular import models, shap
from core.tabular.words import kept, quality, signed, weight


def checks(run: Everyone) -> list[Check]:
    """XAI-21 in every row, XAI-20 on the average, XAI-18 for a linear model."""
    table, size, told = run.table, run.size, "mean |φⱼ| = |βⱼ| mean |xⱼ − mean of the background|"
    near, beta = partial(shap.near, run.worth), models.model(table, "linear").score.weight
    wanted = (beta * shap.apart(table, run.game, run.x, run.background)).abs().mean(0)
    j = int((size - wanted).abs().argmax())
    total, gain = run.worth[0, 0] + run.phi.mean(0).sum(), run.worth[:, 1] - run.worth[:, 0]
    linear, straight = f"linear model: {told}, worst for", shap.straight(run.kind, table, run.game)
    right, mean = run.f.mean(), f"f∅ + Σⱼ mean φⱼ = mean f of the {len(run.phi)} rows"
    by_hand = {"needs": straight} | near(wanted[j])
    return [
        same("XAI-21", "Σⱼ φⱼ = f(x) − f∅ in every row", run.phi.sum(1), gain, **near(gain)),
        equal("XAI-20", mean, total, right, **near(right)),
        equal("XAI-18", f"{linear} {table.features[j]}", size[j], wanted[j], **by_hand),
    ]


def says(run: Everyone) -> str:
    """What happened, in plain sentences."""
    (first, second, *_), names, trend = run.order, run.table.features, run.trend
    size = [text.lstrip("+") for text in signed(run.size.tolist())]
    some = "the first " if run.progress < 1 else ""
    over = f"Over {some}{len(run.phi)} row{'s' * (len(run.phi) > 1)} held out"
    about = f"The model: {quality(run.model, run.table)}.{kept(run.table)}"
    if size[first] == "0":
        return f"{over}, no feature moves f. {about}"
    way = "mostly raise f" if trend[first] > 0 else "mostly lower f"
    if abs(trend[first]) <= 0.5:
        way = "go either way"
    return (
        f"{over}, {names[first]} moves f most, by {size[first]} on average (mean |φ|), then "
        f"{names[second]} by {size[second]}. High values {way}. {about}"
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
    return "less" if share < 0.5 else "all", {"share": 100 * share}


answers = {"cholesterol": _cholesterol, "second": _second, "cancelled": _cancelled}
