"""Risk where the fits are used over the strength of the shift, deal by deal, and the first deal."""

from typing import Annotated

import numpy as np
import torch

from core.experiments.dro.shift import FITS, STRENGTHS, Shifted, deal_of, place
from core.signature import between
from core.words import number, tex
from pages.figures.marks import dots, line, rule
from pages.figures.plot import Handle, Panel, Picture, axis, ceiling, panel, rows

ROLES = dict(zip(FITS, ("ink", "force", "model", "theory"), strict=True))
MOST = 500  # rows that are drawn


def figure(
    run: Shifted, *, feature: int, alone: bool, strength: Annotated[float, between(0, 2)] = 1.5
) -> Picture:
    """Risks over the strength, every deal, the rows of the first."""
    k, name = place(strength), run.table.features[feature - 1]
    panels = (_risks(run, k), _deals(run, k), _rows(run, k, name, feature, alone))
    ratio = rf"\frac{{dQ}}{{dP}} \propto e^{{{tex(STRENGTHS[k], 2)}\,x}}"
    risk = r"\text{log loss in nats}"
    if run.table.task != "probability":
        risk = r"\frac{\text{squared error}}{\text{variance of } y \text{ learned from}}"
    formula = (ratio, rf"\text{{risk: }}{risk}")
    return Picture(panels, formula=formula)


def _risks(run: Shifted, k: int) -> Panel:
    top = ceiling(float(run.mean.max()))
    curves = [
        line(STRENGTHS, run.mean[:, j], ROLES[fit], fit, label=fit, width=2.5 if j < 3 else 1.6)
        for j, fit in enumerate(FITS)
    ]
    here = ", ".join(f"{fit} {number(run.mean[k, j])}" for j, fit in enumerate(FITS))
    at = float(run.mean[k].max())
    count = len(run.far)
    deals = f"mean of {count} deals" if count > 1 else "one deal"
    return panel(
        "risks",
        f"Risk where the fit is used, {deals}",
        rule("faint", "strength", x=STRENGTHS[k], span=(0, top)),
        curves,
        x=axis("strength of the shift", 0, 2, dtick=0.5),
        y=axis("risk on the other rows", 0, top),
        alt=f"At strength {STRENGTHS[k]:.3g}: {here}.",
        handles=(
            Handle(STRENGTHS[k], at, ("strength",), "strength of the shift", ((1.0, 0.0),),
                   frees="x"),
        ),
    )  # fmt: skip


def _deals(run: Shifted, k: int) -> Panel:
    """Each fit less the plain one, deal by deal."""
    less = (run.far[:, k, 1:] - run.far[:, k, :1]).numpy()
    half = ceiling(max(float((run.far[..., 1:] - run.far[..., :1]).abs().max()), 1e-3))
    marks = []
    for j, fit in enumerate(FITS[1:]):
        marks.append(dots(less[:, j], np.full(len(less), j), ROLES[fit], f"{fit} − plain", 7))
        marks.append(dots([less[:, j].mean()], [j + 0.25], "ink", f"{fit}, mean", 9))
    told = ", ".join(f"{fit} in {run.lower(fit, k)}" for fit in FITS[1:3])
    return panel(
        "deals",
        f"Below plain: {told} of {len(less)}",
        rule("faint", "plain", x=0, span=(-0.6, 2.6)),
        marks,
        x=axis("risk − risk of the plain fit", -half, half),
        y=rows(FITS[1:], "fit"),
        margin={"l": 86, "r": 6, "t": 4, "b": 40},
        alt=f"Each deal is a dot, left of 0 where a fit has less risk than the plain one: {told} "
        f"of {len(less)}.",
    )


def _rows(run: Shifted, k: int, name: str, feature: int, alone: bool) -> Panel:
    deal, goes = deal_of(run, k, feature, alone), run.goes[k][:MOST]
    x, y = deal.x[:MOST], run.table.y[:MOST] - run.table.origin
    ends = float(deal.x.min()), float(deal.x.max())
    pad = 0.04 * (ends[1] - ends[0]) or 1.0
    along = torch.linspace(*ends, 41, dtype=torch.float64)
    score = run.betas[k][:, :1] + run.betas[k][:, 1 if alone else feature, None] * along
    if deal.loss == "logistic":
        drawn, low, high = score.sigmoid(), -0.15, 1.15
        y = y + torch.where(goes, 0.04, -0.04)
    else:
        drawn = score * deal.spread + deal.centre - run.table.origin
        low, high = float(y.min()), float(y.max())
        low, high = low - 0.05 * (high - low), high + 0.05 * (high - low)
    others = "" if alone else ", others at their mean"
    return panel(
        "rows",
        f"The first deal: {int((~run.goes[k]).sum())} rows learned from, "
        f"{int(run.goes[k].sum())} used on",
        dots(x[~goes], y[~goes], "data", "learned from", 5),
        dots(x[goes], y[goes], "third", "used on", 5),
        [line(along, drawn[j], ROLES[fit], fit, label=fit, width=2)
         for j, fit in enumerate(FITS)],
        x=axis(f"{name} in σ{others}", ends[0] - pad, ends[1] + pad),
        y=axis(f"y: {run.table.target}", low, high),
        alt=f"Rows by {name}: those used on lie higher by {_higher(deal.x, run.goes[k])} standard "
        "deviations in the mean.",
    )  # fmt: skip


def _higher(x: torch.Tensor, goes: torch.Tensor) -> str:
    return number(x[goes].mean() - x[~goes].mean())
