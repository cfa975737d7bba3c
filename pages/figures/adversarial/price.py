"""Accuracy by the ε of training and by the size of the attack, one number pushed, the weights."""

from functools import lru_cache
from typing import Annotated

import numpy as np
import torch

from core.adversarial.training import PULL, STRONG, WEAK
from core.experiments.adversarial.price import GRID, Price
from core.signature import between
from core.words import tex
from pages.figures.marks import bars, dots, line, note, rule
from pages.figures.plot import Handle, Panel, Picture, axis, panel

SIZES = torch.linspace(0, 1, 81, dtype=torch.float64)
X = np.linspace(-2.6, 3.4, 121)
TOP, TALL = 3.4, 1.05
FEATURES = np.arange(1 + WEAK)
FORMULA = (
    r"\min_{w,\,b}\ \frac1n\sum_i \log\bigl(1 + e^{-(y_i(w^\top x_i + b)\, - \,"
    r"\role{wrong}{\varepsilon\lVert w\rVert_1})}\bigr)"
)


def figure(
    run: Price, *, eps: float, near: str, judge: Annotated[float, between(0, 1)] = 0.5
) -> Picture:
    """The price, both curves of accuracy, what the attack does to one number, and the weights."""
    panels = (_price(run, eps, near, judge), _attack(run, judge), _pushed(judge), _weights(run))
    size, lost = tex(judge, 3), tex(judge * float(run.trained.lost), 3)
    taken = (
        rf"\text{{margin lost to the attack: }}\role{{wrong}}{{{size}\,\lVert w\rVert_1 = {lost}}}"
    )
    first = FORMULA if near == "worst" else FORMULA.replace("x_i", r"(x_i + \varepsilon u_i)")
    if near == "random":
        first = first.replace(r"\, - \,\role{wrong}{\varepsilon\lVert w\rVert_1}", "")
    return Picture(panels, formula=(first, taken))


def _price(run: Price, eps: float, near: str, judge: float) -> Panel:
    sizes = np.append(GRID.numpy(), eps)
    order = sizes.argsort(kind="stable")[::-1]  # names stand at the left
    clean, attacked = (
        np.append(run.path.accuracy(size).numpy(), float(run.trained.accuracy(size)))
        for size in (0.0, judge)
    )
    what = "attacks in training" if near == "worst" else "random pushes in training"
    return panel(
        "price",
        f"Rows read right, by the size of the {what}",
        rule("theory", "strong feature alone", y=STRONG, span=(0, 1), label="strong alone"),
        line(sizes[order], clean[order], "model", "untouched", label="untouched", width=2.5),
        line(sizes[order], attacked[order], "wrong", "attacked", label="attacked", width=2.5),
        dots([eps], clean[-1:], "model", "untouched, now", 9),
        x=axis(f"ε: size of the {what}", 0, 1, dtick=0.2),
        y=axis("share read right", 0, TALL, dtick=0.2),
        alt=f"At ε = {eps:.3g} {clean[-1]:.3f} of untouched rows are read right, and "
        f"{attacked[-1]:.3f} under attacks of {judge:.3g}.",
        handles=(_along(eps, float(attacked[-1]), "eps", f"size of the {what}"),),
    )


def _along(x: float, y: float, param: str, label: str) -> Handle:
    return Handle(x, y, (param,), label, ((1.0, 0.0),), frees="x", role="wrong")


def _attack(run: Price, judge: float) -> Panel:
    ordinary, mine = (found.accuracy(SIZES) for found in (run.plain, run.trained))
    now = float(run.trained.accuracy(judge))
    return panel(
        "attack",
        "Rows read right, by the size of the attack",
        rule("faint", "size of the attack", x=judge, span=(0, TALL)),
        line(SIZES, ordinary, "ink", "ordinary", label="ordinary"),
        line(SIZES, mine, "model", "trained", label="trained", width=2.5),
        dots([0], mine[:1], "model", "untouched", 9),
        x=axis("size of the attack", 0, 1, dtick=0.2),
        y=axis("share read right", 0, TALL, dtick=0.2),
        alt=f"Under attacks of {judge:.3g} ordinary training reads "
        f"{float(run.plain.accuracy(judge)):.3f} right, this one {now:.3f}.",
        handles=(_along(judge, now, "judge", "size of the attack"),),
    )


@lru_cache(maxsize=256)
def _pushed(judge: float) -> Panel:
    bell, strong = np.exp(-((X - PULL) ** 2) / 2) / np.sqrt(2 * np.pi), np.array([1.0, -1.0])
    shares = np.array([STRONG, 1 - STRONG])
    return panel(
        "pushed",
        f"A number of class +1, pushed by {judge:.3g}",
        rule("faint", "no evidence", x=0, span=(0, TALL)),
        line(X, bell, "data", "weak", label="weak", dash="solid"),
        line(X - judge, bell, "wrong", "weak, pushed"),
        bars(strong, shares, "data", "strong", label="strong"),
        bars(strong - judge, shares, "wrong", "strong, pushed", label="pushed"),
        x=axis("value: above 0 it speaks for the right class", -2.2, 2.4),
        y=axis("density, share", 0, TALL, dtick=0.2),
        alt=f"A weak number has mean {PULL:.3g}, {PULL - judge:.3g} when pushed; the strong one is "
        f"1 in {shares[0]:.3g} of the rows, {1 - judge:.3g} when pushed.",
    )


def _weights(run: Price) -> Panel:
    mine, ordinary = (np.clip(f.w.numpy(), -TOP, 2 * TOP) for f in (run.trained, run.plain))
    return panel(
        "weights",
        "Weights",
        dots(FEATURES, ordinary, "ink", "ordinary", 6),
        bars(FEATURES, mine, "model", "trained"),
        note(2, 2.7, "trained", "model"),
        note(8, 2.7, "ordinary"),
        x=axis(
            "feature",
            -1,
            21,
            tickvals=[0, 5, 10, 15, 20],
            ticktext=["strong", "5", "10", "15", "20"],
        ),
        y=axis("weight wⱼ", -0.4, TOP),
        alt=f"Strong: {mine[0]:.3g}, ordinary {ordinary[0]:.3g}; weak in the mean "
        f"{mine[1:].mean():.3g}, ordinary {ordinary[1:].mean():.3g}.",
    )
