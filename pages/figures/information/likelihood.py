"""Logits, their softmax beside what was seen, the loss and its parts, the loss over a logit."""

import numpy as np
import torch

from core.experiments.information.likelihood import (
    FAR,
    NAMES,
    WIDE,
    Likely,
    against,
    over_logit,
)  # fmt: skip
from core.words import bracket, number, tex
from pages.figures.marks import arrows, band, dots, line, lying, note, rule
from pages.figures.parts.shares import columns
from pages.figures.plot import PLAIN, Handle, Panel, Picture, axis, ceiling, coarse, panel, rows

PULL = 0.8  # length of an arrow where q − p̂ is 1, of the height above 0
AT = np.arange(3)


def figure(
    run: Likely, *, z1: float, z2: float, z3: float, shift: float, temperature: float
) -> Picture:
    """Four panels."""
    z = np.array([z1, z2, z3])
    curve = over_logit(z2, z3, temperature, run.shares)
    panels = _law(run, temperature), _logits(run, z, shift), _loss(run), _curve(run, z1, curve)
    formula = (
        r"-\tfrac1n\sum\log q = \role{data}{H(\hat p)} + \role{force}{KL(\hat p\,\|\,q)}:\quad "
        rf"{tex(run.nll)} = \role{{data}}{{{tex(run.entropy)}}} + \role{{force}}{{{tex(run.kl)}}}",
        r"\text{slope by the logit of A}: \frac{q_A - \hat p_A}{T} = "
        rf"\frac{{{tex(run.q[0])} - {bracket(float(run.shares[0]))}}}{{{tex(temperature)}}} = "
        rf"\role{{force}}{{{tex(run.slope[0])}}}",
    )
    return Picture(panels, formula=formula)


def _law(run: Likely, temperature: float) -> Panel:
    q, p = run.q.numpy(), run.shares.numpy()
    gap = q - p
    told = [number(each, 2, zero=5e-10) for each in gap]
    times = "" if temperature == 1 else " times T"
    return panel(
        "law",
        f"q, what was seen, and the difference: the slope{times}",
        columns(AT - 0.27, q, "model", "q", 0.24),
        columns(AT, p, "data", "p̂", 0.24),
        columns(AT + 0.27, gap, "force", "q − p̂", 0.24),
        [note(i - 0.36, max(a, 0.0) + 0.06, number(a), "model") for i, a in enumerate(q)],
        [note(i - 0.09, a + 0.06, number(a)) for i, a in enumerate(p)],
        [note(i + 0.16, max(a, 0.0) + 0.06, text, "force")
         for i, (a, text) in enumerate(zip(gap, told, strict=True))],
        rule("faint", "0", y=0.0, span=(-0.5, 2.5)),
        x=axis("class: q blue, seen grey, difference orange", -0.5, 2.5, tickvals=AT.tolist(),
               ticktext=list(NAMES), **PLAIN),
        y=axis("share, and q − p̂", -1.1, 1.2),
        alt="; ".join(f"{name}: q {number(a)}, seen {number(b)}, difference {text}"
                      for name, a, b, text in zip(NAMES, q, p, told, strict=True)) + ".",
    )  # fmt: skip


def _logits(run: Likely, z: np.ndarray, shift: float) -> Panel:
    high, gap = z + shift, (run.shares - run.q).numpy()
    far = WIDE + 0.6 if shift == 0 else WIDE + FAR + 0.6
    pulled = np.flatnonzero(np.abs(gap) > 5e-3)
    tails = np.stack([AT + 0.42, high], 1)[pulled]
    tips = np.stack([AT + 0.42, high + PULL * far * gap], 1)[pulled]
    return panel(
        "logits",
        "Drag a logit; arrows point down the slope of the loss",
        columns(AT, high, "model", "logits", 0.5),
        arrows(tails, tips, "force", "down the slope"),
        rule("faint", "0", y=0.0, span=(-0.5, 2.6)),
        x=axis("class", -0.5, 2.6, tickvals=AT.tolist(), ticktext=list(NAMES), **PLAIN),
        y=axis("logit z", -far, far),
        alt="Logits " + ", ".join(map(number, high)) + ".",
        handles=tuple(
            Handle(float(i), float(high[i]), (f"z{i + 1}",), f"logit of {NAMES[i]}",
                   ((0.0, 1.0),), (-shift,), click=False, frees="y", role="model")
            for i in range(3)
        ),
    )  # fmt: skip


def _loss(run: Likely) -> Panel:
    blind = against(run.shares, torch.full((3,), 1 / 3, dtype=torch.float64))
    names, sums = ("these logits", "all logits alike", "q = p̂"), (run.nll, blind, run.entropy)
    H, at = run.entropy, np.array([0, 1])
    return panel(
        "loss",
        "The mean of −log q: H(p̂), which no logits change, and KL on top",
        lying(np.zeros(3), np.full(3, H), AT, "data", "H(p̂)", width=13),
        lying(np.full(2, H), np.array(sums[:2]), at, "force", "KL(p̂ ‖ q)", width=13),
        rule("theory", "H(p̂)", x=H, span=(-0.6, 2.5)),
        [note(each + 0.03, i, number(each, zero=5e-10)) for i, each in enumerate(sums)],
        x=axis("nats", 0.0, 1.2 * coarse(max(1.0, run.nll))),
        y=rows(names, "law q"),
        alt=f"{number(run.nll)} nats, {number(H)} of them entropy.",
        margin={"l": 110},
    )


def _curve(run: Likely, z1: float, curve: np.ndarray) -> Panel:
    at, loss = curve
    top, slope = ceiling(max(1.5, float(loss.max()))), float(run.slope[0])
    reach = np.array([-1.5, 1.5])
    H = np.full(len(at), run.entropy)
    return panel(
        "curve",
        "The loss over the logit of A, the others as they are; its slope",
        band(at, 0 * at, H, "data", "H(p̂)"),
        band(at, H, loss, "force", "KL(p̂ ‖ q)"),
        line(at, loss, "model", "loss", label="loss", width=2.6),
        rule("theory", "H(p̂)", y=run.entropy, span=(-WIDE, WIDE), label="H(p̂)"),
        line(z1 + reach, run.nll + slope * reach, "force", "slope", width=2, dash="solid"),
        dots([z1], [run.nll], "model", "now", 9),
        x=axis("logit of A", -WIDE, WIDE),
        y=axis("nats", 0.0, top),
        alt=f"At {number(z1)} the loss is {number(run.nll)} nats, its slope {number(slope)}.",
        handles=(
            Handle(z1, run.nll, ("z1",), "logit of A", ((1.0, 0.0),), frees="x", role="model"),
        ),
    )
