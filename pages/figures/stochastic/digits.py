"""Loss against the step and against the rate, and what each method reads right."""

from typing import Annotated, Literal

import numpy as np

from core.experiments.stochastic.digits import METHODS, Digits, moments, place, rate_of
from core.experiments.stochastic.digits_claims import NAMES
from core.signature import between
from core.words import number, tex
from pages.figures.marks import band, dots, line, lying, rule
from pages.figures.plot import Handle, Panel, Picture, axis, panel, rows

ROLES = dict(zip(METHODS, ("model", "data", "third", "second", "fourth", "ink"), strict=True))
LOW, HIGH = 0.05, 5.0  # of the losses that are drawn


def figure(
    run: Digits,
    *,
    steps: int,
    method: Literal[METHODS] = "sgd",
    rate: Annotated[float, between(5e-4, 2)] = 1.0,
) -> Picture:
    """Three panels; one method is looked at, at a rate of its grid."""
    k = place(method, rate)
    now = run.tuned
    i = METHODS.index(method)
    told = tex(rate_of(method)[k], 2)
    formula = (
        rf"\text{{{NAMES[method]}, rate }}{told}:\quad \text{{loss }}"
        rf"{tex(float(run.test[-1, i, k].mean()), 3)},\quad \text{{at its best rate }}"
        rf"{tex(float(now.rate[i]), 2)}:\ {tex(float(now.test[i].mean()), 3)}",
    )
    return Picture((_losses(run, steps, method, k), _rates(run, method, k), _right(run, method)),
                   formula=formula)  # fmt: skip


def _seen(values: np.ndarray) -> np.ndarray:
    return np.clip(values, LOW, HIGH)


def _losses(run: Digits, steps: int, method: str, k: int) -> Panel:
    at, now = np.array(moments(steps))[: len(run.test)], run.tuned
    mine, best = METHODS.index(method), now.index.tolist()
    curves = []
    for i, name in enumerate(METHODS):
        each = _seen(run.test[:, i, best[i]].numpy())
        width = 3 if i == mine else 1.6
        curves.append(
            line(at, each.mean(-1), ROLES[name], NAMES[name], label=NAMES[name], width=width,
                 dash="solid")
        )  # fmt: skip
    every = f"{NAMES[method]}, all repetitions"
    spread = _seen(run.test[:, mine, best[mine]].numpy())
    other = _seen(run.test[:, mine, k].numpy()).mean(-1)
    told = ", ".join(
        f"{NAMES[name]} {number(now.test[i].mean())}" for i, name in enumerate(METHODS)
    )
    title = "Loss on fresh digits, each method at its best rate"
    return panel(
        "losses",
        title,
        band(at, spread.min(-1), spread.max(-1), ROLES[method], every),
        curves,
        k != best[mine]
        and line(at, other, ROLES[method], f"rate {number(rate_of(method)[k])}", width=2,
                 dash="dash", label=f"rate {number(rate_of(method)[k])}"),
        x=axis("step", 0, steps),
        y=axis("mean loss in nats", LOW, HIGH, log=True, dtick=1),
        alt=f"Mean losses after {at[-1]} steps: {told}.",
    )  # fmt: skip


def _rates(run: Digits, method: str, k: int) -> Panel:
    marks, now, mine = [], run.tuned, METHODS.index(method)
    loss = _seen(run.validation[-1].mean(-1).numpy())
    for i, name in enumerate(METHODS):
        grid, width = rate_of(name), 3 if i == mine else 1.6
        j = int(now.index[i])
        marks.append(line(grid, loss[i], ROLES[name], NAMES[name], width=width, dash="solid",
                          label=NAMES[name]))  # fmt: skip
        marks.append(dots([grid[j]], [loss[i, j]], ROLES[name], f"{NAMES[name]}, chosen", 8))
    chosen = ", ".join(f"{NAMES[n]} {number(now.rate[i])}" for i, n in enumerate(METHODS))
    return panel(
        "rates",
        "Loss by which the rate is chosen, against the rate",
        marks,
        x=axis("rate", 3e-4, 4, log=True, dtick=1),
        y=axis("validation loss", LOW, HIGH, log=True, dtick=1),
        alt=f"Chosen rates: {chosen}.",
        handles=(
            Handle(rate_of(method)[k], float(loss[mine, k]), ("rate",), f"rate of {NAMES[method]}",
                   ((1.0, 0.0),), frees="x", role=ROLES[method]),
        ),
    )  # fmt: skip


def _right(run: Digits, method: str) -> Panel:
    share = 100 * run.tuned.accuracy.numpy()
    mean, spread = share.mean(-1), share.std(-1, ddof=1)
    low = 10 * np.floor(min(float(share.min()), float((mean - spread).min())) / 10)
    low = min(max(low, 0.0), 90.0)
    marks = []
    for i, name in enumerate(METHODS):
        marks += [
            lying([mean[i] - spread[i]], [min(mean[i] + spread[i], 100.0)], [i], ROLES[name],
                  NAMES[name], width=6 if name == method else 3),
            dots(share[i], np.full(share.shape[1], i), ROLES[name], f"{NAMES[name]}, each", 6),
        ]  # fmt: skip
    told = "; ".join(f"{NAMES[n]} {m:.1f} %" for n, m in zip(METHODS, mean, strict=True))
    top = int(mean.argmax())
    names = [f"{NAMES[n]} {m:.1f}" for n, m in zip(METHODS, mean, strict=True)]
    return panel(
        "right",
        "Fresh digits read right in each repetition",
        rule("faint", "most", x=mean[top], span=(-0.6, 5.4), width=1),
        marks,
        x=axis("share in %", low, 100.0),
        y=rows(names, "method, mean in %"),
        margin={"l": 128, "r": 8, "t": 6, "b": 40},
        alt=f"{told}.",
    )
