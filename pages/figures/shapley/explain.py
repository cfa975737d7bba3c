"""One prediction: the waterfall, the row that can be drawn, the other rows, four games."""

import numpy as np

from core.experiments.shapley.explain import FARTHEST, GAMES, Explained, number
from core.experiments.shapley.explain_claims import signed
from pages.figures.marks import dots, line, lying
from pages.figures.parts.players import DOWN, UP
from pages.figures.plot import PLAIN, Paint, Panel, Pick, Picture, axis, coarse, rows

REACH = 4.0  # standard deviations that can be drawn


def figure(run: Explained, **_) -> Picture:
    """Waterfall, standardised row, prediction against truth, φ in the four games."""
    return Picture(
        panels=(_waterfall(run), _row(run), _others(run), _games(run)),
        formula=_formula(run),
    )


def _formula(run: Explained) -> tuple[str, ...]:
    phi = run.values[run.order].tolist()
    terms = [
        rf"\role{{{_role(v)}}}{{{'+0' if told == '0' else told}}}"
        for v, told in zip(phi, signed(phi))
    ]
    return (
        r"f_\varnothing + \sum_j \varphi_j = f(x):\quad "
        rf"{run.base:.4g}\ {' '.join(terms)} = {run.f:.4g}".replace("−", "-"),
    )


def _role(value: float) -> str:
    return UP if value >= 0 else DOWN


def _waterfall(run: Explained) -> Panel:
    order = run.order.numpy()
    phi, p = run.values.numpy()[order], len(run.order)
    ends = run.base + np.concatenate(([0.0], phi.cumsum()))
    at = np.arange(1, p + 1)
    low, high = _span(run, ends)
    told = signed(phi.tolist())
    traces = [
        line([run.base] * 2, [-0.45, 1.0], "theory", "f∅", width=1.4),
        line([ends[-1]] * 2, [p, p + 1.45], "theory", "f(x)", width=1.4),
    ]
    for j in range(p - 1):
        traces.append(line([ends[j + 1]] * 2, [at[j], at[j + 1]], "faint", "carried on"))
    for role, chosen in ((UP, phi >= 0), (DOWN, phi < 0)):
        if chosen.any():
            name = "raises f" if role == UP else "lowers f"
            traces.append(lying(ends[:-1][chosen], ends[1:][chosen], at[chosen], role, name))
    gap = 0.008 * (high - low)
    for j in range(p):
        right = max(ends[j], ends[j + 1]) + gap
        traces.append(line([right], [at[j]], _role(phi[j]), "φ", label=told[j]))
    traces += [
        dots([run.base], [0], "ink", "f∅", 9),
        line([run.base + gap], [0], "ink", "f∅", label=number(run.base)),
        dots([run.f], [p + 1], "ink", "f(x)", 9),
        line([run.f + gap], [p + 1], "ink", "f(x)", label=number(run.f)),
    ]
    named = run.named
    words = ["f∅, nothing known", *(named[j] for j in order), "f(x), all known"]
    return Panel(
        "waterfall",
        f"From the average to f(x): {run.table.target}",
        tuple(traces),
        {
            "xaxis": axis("f", low, high),
            "yaxis": rows(words, "feature"),
            "margin": {"l": 36 + 6 * max(map(len, words)), "r": 8, "t": 4, "b": 38},
        },
        f"From {number(run.base)} to {number(run.f)}: "
        + ", ".join(f"{named[j]} {text}" for j, text in zip(order, told))
        + ".",
    )


def _span(run: Explained, ends: np.ndarray) -> tuple[float, float]:
    """The frame of f: that of all rows, wider in coarse steps where the path leaves it."""
    if run.table.task == "probability":
        low, high, step = -0.1, 1.6, 0.5
    else:
        f = run.model.outputs.numpy()
        step = coarse((f.max() - f.min()) / 4)
        low, high = np.floor(f.min() / step) * step, np.ceil(f.max() / step + 1.5) * step
    low -= step * max(0.0, np.ceil((low - ends.min()) / step))
    high += step * max(0.0, np.ceil((ends.max() - high) / step))
    return float(low), float(high)


# --- beside it ---------------------------------------------------------------------------------


def _row(run: Explained) -> Panel:
    table, standard = run.table, run.standard.numpy()
    p = len(standard)
    at = np.arange(p)
    spread = (table.X - table.mean) / table.spread
    middle = np.quantile(spread.numpy(), (0.05, 0.95), axis=0)
    gap = np.full(p, np.nan)
    top = REACH if np.abs(standard).max() <= REACH else FARTHEST
    return Panel(
        "row",
        "This row: draw, and φ follows",
        (
            line(
                np.stack([at, at, gap], 1).ravel(),
                np.stack([*middle, gap], 1).ravel(),
                "faint",
                "nine in ten rows",
                width=9,
                cap="butt",
            ),
            dots(at, standard, "ink", "this row", 7, bars=True),
        ),
        {
            "xaxis": axis(
                "feature",
                -0.6,
                p - 0.4,
                tickvals=list(range(p)),
                ticktext=[_brief(name) for name in table.features],
                tickangle=-32,
                tickfont={"size": 9.5},
                **PLAIN,
            ),
            "yaxis": axis("(x − mean)/sd", -top, top, dtick=top / 2),
            "margin": {"l": 50, "r": 8, "t": 4, "b": 60},
        },
        "In standard deviations from the mean: "
        + ", ".join(f"{n} {v:+.2g}" for n, v in zip(table.features, standard.tolist()))
        + ".",
        paint=Paint(
            "x",
            np.clip(np.round(standard, 2), -FARTHEST, FARTHEST),
            -top,
            top,
            0.1,
            "the row, in standard deviations",
            also={"who": "mine"},
        ),
    )


def _brief(name: str) -> str:
    return name if len(name) <= 10 else name[:9] + "…"


def _others(run: Explained) -> Panel:
    table, f = run.table, run.model.outputs.numpy()
    y = table.y.numpy()
    if table.task == "probability":
        # golden-ratio steps spread the rows evenly, the same every time
        y = y + 0.7 * (np.arange(len(y)) * 0.618034 % 1 - 0.5)
        x_axis, y_axis = axis("f(x)", -0.03, 1.03), axis("truth", -0.5, 1.5, tickvals=[0, 1])
        perfect = np.array([0.5, 0.5]), np.array([-0.5, 1.5])
        low, high = 0.0, 1.0
    else:
        step = coarse((max(f.max(), y.max()) - min(f.min(), y.min())) / 4)
        low, high = (np.floor(min(f.min(), y.min()) / step), np.ceil(max(f.max(), y.max()) / step))
        low, high = low * step, high * step
        x_axis, y_axis = axis("f(x)", low, high), axis("truth", low, high)
        perfect = np.array([low, high]), np.array([low, high])
    beyond = not low <= run.f <= high
    if beyond:
        wide = coarse(abs(run.f - (low + high) / 2))
        x_axis = axis("f(x)", (low + high) / 2 - 1.1 * wide, (low + high) / 2 + 1.1 * wide)
    traces = [
        line(*perfect, "theory", "f = truth" if table.task == "regression" else "½", width=1.2),
        dots(f, y, "data", "all rows", 3),
        line([run.f, run.f], list(y_axis["range"]), "model", "f(x) of this row", width=1.6),
    ]
    below = float((run.model.outputs < run.f).double().mean())
    if run.row is not None:
        traces.append(dots([f[run.row]], [y[run.row]], "model", "this row", 12, symbol="diamond"))
    return Panel(
        "others",
        "All rows: point at one",
        tuple(traces),
        {"xaxis": x_axis, "yaxis": y_axis, "margin": {"l": 50, "r": 8, "t": 4, "b": 36}},
        f"f(x) = {number(run.f)} is above that of {below:.0%} of the rows.",
        pick=Pick(
            0,
            len(f),
            ("row",),
            ((1.0, 0.0),),
            "row",
            cell=None if run.row is None else (0, run.row),
            also={"who": "row"},
            places=np.stack((np.round(f, 4), np.round(y, 4)), 1),
        ),
    )


def _games(run: Explained) -> Panel:
    order = run.order.numpy()
    phi = run.phi.numpy()[:, order]  # (4, p)
    p = len(order)
    scale = 0.44 / coarse(np.abs(phi).max()) if np.abs(phi).max() > 0 else 1.0
    middle, at = np.meshgrid(np.arange(4.0), np.arange(p), indexing="ij")
    end = middle + scale * phi
    traces = [line([g, g], [-0.6, p - 0.4], "faint", "zero") for g in range(4)]
    for role, chosen in ((UP, phi >= 0), (DOWN, phi < 0)):
        if chosen.any():
            name = "raises f" if role == UP else "lowers f"
            traces.append(lying(middle[chosen], end[chosen], at[chosen], role, name, width=6))
    g = GAMES.index(run.game)
    frame = np.array([[g - 0.48, -0.6], [g + 0.48, -0.6], [g + 0.48, p - 0.4], [g - 0.48, p - 0.4]])
    frame = np.concatenate((frame, frame[:1]))
    traces.append(line(frame[:, 0], frame[:, 1], "ink", "the game looked at", width=1.4))
    top = run.phi.abs().argmax(1).tolist()
    return Panel(
        "games",
        "φ in the same order, four meanings of “absent”",
        tuple(traces),
        {
            "xaxis": axis(
                "absent feature",
                -0.55,
                3.55,
                tickvals=[0, 1, 2, 3],
                ticktext=list(GAMES),
                tickfont={"size": 10},
                **PLAIN,
            ),
            "yaxis": axis("feature", p - 0.4, -0.6, showticklabels=False, ticks="", **PLAIN),
            "margin": {"l": 28, "r": 8, "t": 4, "b": 36},
        },
        "Strongest feature: "
        + ", ".join(
            f"{run.table.features[j]} {run.phi[g, j].item():+.3g} if {name}"
            for g, (name, j) in enumerate(zip(GAMES, top))
        )
        + ".",
    )
