"""Effective steps, the gradients and what is kept of them, one step opened, where it leads."""

import numpy as np

from core.experiments.stochastic.adaptive import ADAMS, REDDI, Steps, T, best
from core.experiments.stochastic.adaptive_claims import NAMES
from core.words import number
from pages.figures.marks import arrows, bars, line, rule
from pages.figures.parts.landscape import pair
from pages.figures.parts.numbers import levels
from pages.figures.plot import Handle, Panel, Picture, axis, coarse, panel

K = np.arange(T + 1)  # frame k has seen k gradients
LOOKS = (("model", "every step"), ("force", "rare"))
PARTS = ("gradient", "m", "v", "corrected", "move")


def figure(
    run: Steps, *, losses: str, method: str, gap: int, size: float, eps: float, inside: bool
) -> Picture:
    """Four panels; on Reddi's losses the way comes first, else the effective steps."""
    phases = tuple(each for each in PARTS if method == "adam" or each != "corrected")
    if method not in ADAMS:
        phases = tuple(each for each in phases if each != "m")
    first, last = _rates(run, losses, method), _way(run, losses, method, gap, size)
    if losses == "reddi":
        first, last = last, first
    return Picture(
        (first, _kept(run, losses, method, gap, size), _opened(run, losses, method, phases), last),
        frames=T + 1,
        track=_track(run),
        formula=_formula(run, method, inside),
        phases=phases,
    )


def _rested(rows: np.ndarray, rest: float = np.nan) -> np.ndarray:
    """Rows of the steps after a row of what there is before the first."""
    return np.concatenate([np.full((1, rows.shape[1]), rest), rows])


def _track(run: Steps) -> dict[str, np.ndarray]:
    columns = {"t": K}
    for name, rows in zip(("g", "m", "v", "a", "b", "s", "d"), run[:7], strict=True):
        for i, row in enumerate(_rested(rows.numpy(), 0.0).T):
            columns[f"{name}{i + 1}"] = row
    return columns


def _formula(run: Steps, method: str, inside: bool) -> tuple[str, ...]:
    def shown(name: str, role: str = "") -> str:
        both = run.g.shape[1] == 2
        column = pair(f"@{name}1@", f"@{name}2@") if both else f"@{name}1@"
        return rf"\role{{{role}}}{{{column}}}" if role else column

    hat = r"\hat v" if method in ("adam", "amsgrad") else "v"
    below = rf"\sqrt{{{hat} + \varepsilon}}" if inside else rf"\sqrt{{{hat}}} + \varepsilon"
    top = r"\hat m" if method == "adam" else "m" if method in ADAMS else "g"
    told = rf"\role{{force}}{{g}} = {shown('g', 'force')},\qquad "
    told += rf"m = {shown('m')},\qquad " if method in ADAMS else ""
    lines = [rf"t = @t@:\quad {told} v = {shown('v', 'fourth')}"]
    if method == "adam":
        lines.append(rf"\hat m = {shown('a')},\qquad \hat v = {shown('b', 'fourth')}")
    if method == "amsgrad":
        lines.append(rf"\hat v = \max(v_1, \dots, v_t) = {shown('b', 'fourth')}")
    times = r"\odot" if run.g.shape[1] == 2 else r"\cdot"
    lines.append(
        rf"\Delta\theta = -\frac{{\eta}}{{{below}}}\,{top} = "
        rf"-{shown('s', 'fourth')} {times} {shown('a')} = {shown('d', 'model')}"
    )
    return tuple(lines)


def _rates(run: Steps, losses: str, method: str) -> Panel:
    rows = _rested(run.rate.numpy().clip(1e-4, 1e4))
    looks = LOOKS if losses == "rare" else (("model", "effective step"),)
    name, eta = NAMES[method], "1" if losses == "rare" else f"{REDDI}/√t"
    eta = f"{REDDI}" if losses == "reddi" and method == "adagrad" else eta
    end = [number(each) for each in run.rate[-1].tolist()]
    curves = [
        line(K, row, role, text, label=f"{text}: {last}", pin=True, width=2.5)
        for (role, text), row, last in zip(looks, rows.T, end, strict=True)
    ]
    return panel(
        "rates",
        f"{name}: effective step of each coordinate" if losses == "rare" else "Effective step",
        curves,
        line(K, np.ones(T + 1), "faint", "now", width=1, play=True),
        x=axis("step t", 0, T),
        y=axis(f"η/(√v̂ + ε), η = {eta}", 1e-2, 1e2, log=True, dtick=1),
        alt=f"After {T} steps the effective step is " + " and ".join(end) + ".",
    )


def _kept(run: Steps, losses: str, method: str, gap: int, size: float) -> Panel:
    g, m, v, m_hat, v_hat = (_rested(each.numpy(), 0.0)[:, -1] for each in run[:5])
    curves = [line(K, np.sqrt(v), "fourth", "√v", label="√v", dash="solid")]
    if method in ADAMS:
        curves.append(line(K, m, "second", "m", label="m"))
    if method == "adam":
        curves.append(line(K[1:], m_hat[1:], "third", "m̂", label="m̂"))
    if method in ("adam", "amsgrad"):
        curves.append(line(K[1:], np.sqrt(v_hat[1:]), "ink", "√v̂", label="√v̂"))
    low, high = levels(g, np.sqrt(v), np.sqrt(v_hat), m, m_hat, least=0.2)
    at = K[1:][g[1:] != 0]
    rare = "Coordinate 2: its gradients, and what is kept of them"
    name, every = ("rare", "one") if losses == "rare" else ("C", "large one")
    return panel(
        "kept",
        rare if losses == "rare" else "The gradients, and what is kept of them",
        bars(at, g[at], "force", "g"),
        curves,
        line(K, 0 * K, "faint", "now", width=1, play=True),
        x=axis("step t", 0, T),
        y=axis("gradient, m, √v", low, high),
        alt=f"A gradient of {number(size)} at every step number 1 + {gap}k; √v ends at "
        f"{number(np.sqrt(v[-1]))}.",
        handles=(
            Handle(1, size, ("size",), f"size of the {name} gradient, every {every}",
                   ((0.0, 1.0),), click=False, frees="y", role="force"),
        ),
    )  # fmt: skip


def _opened(run: Steps, losses: str, method: str, phases: tuple[str, ...]) -> Panel:
    """Upright arrows, a column for each part of a step; they come phase by phase."""
    g, m, v, m_hat, v_hat, _, move = (_rested(each.numpy(), 0.0) for each in run[:7])
    parts = {"gradient": [("g", g)], "m": [("m", m)], "v": [("√v", np.sqrt(v))]}
    parts["corrected"] = [("m̂", m_hat), ("√v̂", np.sqrt(v_hat))]
    if method == "amsgrad":
        parts["v"] = [("√v", np.sqrt(v)), ("√v̂", np.sqrt(v_hat))]
    parts["move"] = [("Δθ", move)]
    shown = [(phase, *part) for phase in phases for part in parts[phase]]
    roles = ("model", "force") if losses == "rare" else ("model",)
    marks = []
    for column, (phase, name, rows) in enumerate(shown):
        for i, (role, row) in enumerate(zip(roles, rows.T, strict=True)):
            x = np.full(T + 1, column + (0.18 if i else -0.18) * (len(roles) - 1))
            tails, tips = np.stack([x, 0 * row], 1), np.stack([x, row], 1)
            which = f"{name}, {LOOKS[i][1]}" if len(roles) == 2 else name
            marks.append(
                arrows(tails, tips, role, which, frames=True, phase=phases.index(phase), width=3)
            )
    low, high = levels(g.ravel(), move.ravel(), least=0.5, even=True)
    names = [name for _, name, _ in shown]
    ticks = {"tickvals": list(range(len(names))), "ticktext": names, "showgrid": False}
    title = "One step: coordinate 1 blue, 2 orange"
    return panel(
        "opened",
        title if losses == "rare" else "One step",
        rule("faint", "0", y=0, span=(-0.6, len(names) - 0.4), width=1),
        marks,
        x=axis("part of the step", -0.6, len(names) - 0.4, **ticks),
        y=axis("value", low, high),
        alt="The parts of one step as arrows: " + ", ".join(names) + ".",
    )


def _way(run: Steps, losses: str, method: str, gap: int, size: float) -> Panel:
    theta = run.theta.numpy()
    if losses == "rare":
        reach = coarse(float(np.abs(theta).max()))
        curves = [
            line(K, row, role, text, label=text)
            for (role, text), row in zip(LOOKS, theta.T, strict=True)
        ]
        y, title = axis("θ, from 0", -1.04 * reach, 0.04 * reach), "Where the coordinates go"
    else:
        good = best(gap, size)
        curves = [
            good is not None and rule(role, text, y=at, span=(0, T), width=1.6, label=text)
            for role, text, at in (("good", "best", good), ("wrong", "worst", -(good or 0)))
        ]
        curves.append(line(K, theta[:, 0], "model", "θ", label=NAMES[method], pin=True))
        y, title = axis("θ, held in [−1, 1]", -1.15, 1.15), f"Where {NAMES[method]} goes"
    end = ", ".join(number(each, 3, 5e-4) for each in theta[-1])
    curves.append(line(K, 0 * K, "faint", "now", width=1, play=True))
    return panel(
        "way", title, curves, x=axis("step t", 0, T), y=y, alt=f"After {T} steps θ is at {end}."
    )
