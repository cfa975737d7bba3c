"""The state over the steps, the curve of a gate, all gates over the steps, one step opened."""

from functools import lru_cache

import numpy as np
import torch

from core.experiments.recurrence.gates import GATES, Cells, T, cells, kept, last
from core.words import number
from pages.figures.marks import arrows, dots, line, rule
from pages.figures.marks import cells as grid
from pages.figures.parts.numbers import levels
from pages.figures.plot import Handle, Panel, Picture, axis, panel, rows

K = np.arange(T + 1)  # frame k has taken k steps
LOOKS = (("model", "₁"), ("second", "₂"))
KINDS = {"gru": "GRU", "lstm": "LSTM", "rnn": "Plain cell"}
ROLES = {"u": "fourth", "f": "fourth", "r": "third", "i": "third", "o": "ink"}
PARTS = {"gru": ("h", "r", "u", "n", "h′"), "rnn": ("h", "h′")}
PARTS["lstm"] = ("c", "f", "i", "g", "c′", "o", "h′")
A = np.linspace(-6, 6, 121)


def figure(
    run: Cells, *, cell: str, x: str, b_u: float, b_r: float, b_f: float, b_i: float, b_o: float,
    sense: str, reset: str, hard: bool,
) -> Picture:  # fmt: skip
    """Four panels; two of the plain cell, which has no gates."""
    biases = {"u": b_u, "r": b_r} if cell == "gru" else {"f": b_f, "i": b_i, "o": b_o}
    usual = cell != "gru" or (sense == "old" and reset == "outside")
    soft = _usual(cell, x, b_u, b_r, b_f, b_i, b_o) if hard or not usual else None
    more = () if cell == "rnn" else (_curve(biases, hard), _gates(run, cell))
    return Picture(
        (_states(run, cell, sense, soft, hard), *more, _opened(run, cell)),
        frames=T + 1,
        track=_track(run, cell),
        formula=_formula(cell, sense),
        phases=PARTS[cell],
    )


@lru_cache(maxsize=64)
def _usual(cell: str, x: str, *biases: float) -> np.ndarray:
    """The carried state of the first unit in torch's form."""
    run = cells(cell, x, *biases)
    return (run.c if cell == "lstm" else run.h)[:, 0].numpy()


def _states(run: Cells, cell: str, sense: str, soft: np.ndarray | None, hard: bool) -> Panel:
    lstm, at = cell == "lstm", last(run.x)
    state, name = (run.c if lstm else run.h).numpy(), "c" if lstm else "h"
    keep = np.concatenate([np.ones((1, 2)), kept(run, cell, sense).numpy()[at:], [[np.nan] * 2]])
    alone = (state[at] * np.cumprod(keep, 0)).T.ravel()  # the second after a gap
    gate = ("f" if lstm else "u" if sense == "old" else "1 − u") + " alone"
    usual = f"{name}₁ " + ("not rounded" if lstm else "as in torch")
    curves = [
        line(K, column, "wrong" if hard and role == "model" else role, name + index,
             label=name + index, pin=role == "model", width=2.5, dash="solid")
        for (role, index), column in zip(LOOKS, state.T, strict=True)
    ]  # fmt: skip
    drawn = [state.ravel(), np.array([1.0, -1.0]), *([] if soft is None else [soft])]
    low, high = levels(*drawn, even=True)
    where = np.flatnonzero(run.x.numpy()) + 1
    end = ", ".join(number(each, 3, 5e-4) for each in state[-1])
    return panel(
        "state",
        f"{KINDS[cell]}: the state it carries",
        rule("faint", "0", y=0, span=(0, T), width=1),
        dots(where, np.full(len(where), 0.97 * low), "data", "numbers", 7),
        soft is not None and line(K, soft, "ink", usual, width=1.3, label=usual),
        cell != "rnn" and at > 0 and line(np.tile(np.arange(at, T + 2), 2), alone, "theory", gate,
                                          width=1.4, label=gate),
        lstm and line(K, run.h[:, 0], "ink", "h₁", width=1.3, label="h₁"),
        curves,
        line(K, np.full(T + 1, 0.97 * low), "faint", "now", width=1, play=True),
        x=axis("step t", 0, T),
        y=axis("state", low, high),
        alt=f"At step {T} the state is ({end}).",
    )  # fmt: skip


def _curve(biases: dict[str, float], hard: bool) -> Panel:
    squash = (lambda a: 1.0 * (a >= 0)) if hard else lambda a: 1 / (1 + np.exp(-a))
    handles = [
        Handle(b, float(squash(b)), (f"b_{name}",), f"bias of {name}", ((1.0, 0.0),), click=False,
               frees="x", role=ROLES[name])
        for name, b in biases.items()
    ]  # fmt: skip
    told = ", ".join(f"{name} = {number(h.y)}" for name, h in zip(biases, handles, strict=True))
    return panel(
        "curve",
        "Bias and gate where no number stands" + (", rounded" if hard else ""),
        line(A, squash(A), "wrong" if hard else "ink", "gate", width=2),
        [dots([h.x], [h.y], h.role, n, 4, label=n) for n, h in zip(biases, handles, strict=True)],
        x=axis("bias", -6.4, 6.4),
        y=axis("gate", -0.08, 1.14),
        alt=f"Gates by their biases: {told}.",
        handles=tuple(handles),
    )


def _gates(run: Cells, cell: str) -> Panel:
    names = [each for each in GATES[cell] if each in ROLES]
    z = run.gates[:, [GATES[cell].index(each) for each in names]].reshape(T, -1).T.numpy()
    named = [each + index for each in names for _, index in LOOKS]
    end = ", ".join(f"{n} {number(v)}" for n, v in zip(named, z[:, -1], strict=True))
    return panel(
        "gates",
        "The gates at every step: filled is open",
        grid(z, "gates", scale="heat", low=0, high=1, at=(0, 1)),
        line(K, np.full(T + 1, len(named) - 0.25), "faint", "now", width=1, play=True),
        x=axis("step t", 0, T + 0.5, showgrid=False, zeroline=False),
        y=rows(named, "gate of unit 1, 2"),
        alt=f"At step {T}: {end}.",
    )


def _rested(part: torch.Tensor) -> np.ndarray:
    """Rows of the steps after a row for frame 0."""
    return np.concatenate([np.zeros((1, 2)), part.numpy()])


def _parts(run: Cells, cell: str) -> dict[str, np.ndarray]:
    parts = {name: _rested(run.gates[:, k]) for k, name in enumerate(GATES[cell])}
    parts |= {"h": _rested(run.h[:-1]), "h′": run.h.numpy()}
    if cell == "lstm":
        parts |= {"c": _rested(run.c[:-1]), "c′": run.c.numpy()}
    return parts


def _opened(run: Cells, cell: str) -> Panel:
    """Upright arrows, a column for each part of a step; they come phase by phase."""
    parts, marks = _parts(run, cell), []
    for column, name in enumerate(PARTS[cell]):
        for (role, index), values, shift in zip(LOOKS, parts[name].T, (-0.16, 0.16), strict=True):
            x = np.full(T + 1, column + shift)
            tails, tips = np.stack([x, 0 * x], 1), np.stack([x, values], 1)
            marks.append(
                arrows(tails, tips, role, name + index, frames=True, phase=column, width=4)
            )
    low, high = levels(*(parts[n].ravel() for n in PARTS[cell]), np.array([1.0, -1.0]), even=True)
    width = len(PARTS[cell]) - 0.4
    ticks = {"tickvals": list(range(len(PARTS[cell]))), "ticktext": list(PARTS[cell])}
    return panel(
        "opened",
        "One step opened: unit 1 and 2",
        rule("faint", "0", y=0, span=(-0.6, width), width=1),
        marks,
        x=axis("part of the step", -0.6, width, showgrid=False, **ticks),
        y=axis("value", low, high),
        alt="The parts of one step as arrows: " + ", ".join(PARTS[cell]) + ".",
    )


def _track(run: Cells, cell: str) -> dict[str, np.ndarray]:
    parts = {
        n.replace("′", "2").replace("f", "forget"): values[:, 0]
        for n, values in _parts(run, cell).items()
    }
    return {"t": K, "x": np.concatenate([[0.0], run.x.numpy()])} | parts


def _formula(cell: str, sense: str) -> tuple[str, ...]:
    head = r"t = @t@,\ x = @x@:\quad "
    if cell == "rnn":
        return (head + r"\role{model}{h_1'} = \tanh(2x + h_1 + h_2) = \role{model}{@h2@}",)
    if cell == "lstm":
        return (
            head + r"\role{model}{c_1'} = \role{fourth}{f}\, c_1 + \role{third}{i}\, g_1 = "
            r"\role{fourth}{@forget@}\cdot(@c@) + \role{third}{@i@}\cdot(@g@) = \role{model}{@c2@}",
            r"h_1' = o\,\tanh c_1' = @o@\cdot\tanh(@c2@) = @h2@",
        )
    old, new = (r"\role{fourth}{u}", r"(1-\role{fourth}{u})")
    a, b = (r"\role{fourth}{@u@}", r"(1-\role{fourth}{@u@})")
    if sense == "new":
        old, new, a, b = new, old, b, a
    return (
        head + rf"\role{{model}}{{h_1'}} = {new}\, n_1 + {old}\, h_1 = "
        rf"{b}\cdot(@n@) + {a}\cdot(@h@) = \role{{model}}{{@h2@}}",
    )
