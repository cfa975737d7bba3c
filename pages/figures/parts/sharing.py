"""Beside the lattice: eight rules with the lamps of their axioms, and the core."""

import numpy as np

from core.experiments.shapley.game import Lattice
from core.experiments.shapley.game_words import row, short
from core.shapley.rules import AXIOMS, RULES
from pages.figures.marks import boxes, cells, dots, line
from pages.figures.parts.players import PLAYERS, members
from pages.figures.plot import PLAIN, Panel, axis, coarse

THICK = {1: 40, 2: 30, 3: 18, 4: 9, 5: 5}  # of a bar, for so many players
LAMPS = {"good": "holds", "wrong": "broken", "faint": "nothing to test in this game"}


def rules_panel(run: Lattice) -> Panel:
    """A row for each rule: what each player gets, the sum, and a lamp for each axiom."""
    n = run.n
    table = np.full((len(RULES), n), np.nan)
    for i, rule in enumerate(run.rules):
        if rule.values is not None:
            table[i] = rule.values.numpy()
    sums = table.sum(1, keepdims=True)
    digits = 3 if n < 5 else 2
    end = n + 0.2
    lamps = end + 0.95 + 0.125 * (n + 1.5) * np.arange(len(AXIOMS))
    chosen = list(RULES).index(run.rule)
    whole = np.nanmax(np.abs(sums)) * 1e6 + 1.0  # so pale that the numbers alone are seen
    traces = [
        cells(table, "share", numbers=digits),
        cells(sums, "sum", numbers=digits, at=(0, end), low=-whole, high=whole),
        boxes([[chosen, 0, chosen, end]], "ink", "the rule looked at"),
        *_lamps(run, lamps),
    ]
    wrong = [[i, end, i, end] for i, rule in enumerate(run.rules) if rule.gaps[0]]
    if wrong:
        traces.append(boxes(wrong, "wrong", "not v(N) − v(∅)", width=1.2))
    names = [*(f"{i + 1}" for i in range(n)), "sum", *(axiom[:3] for axiom in AXIOMS)]
    alive = [name for name in RULES if all(not gap for gap in run.of(name).gaps)]
    return Panel(
        "rules",
        "Who gets what, and which axioms go out",
        tuple(traces),
        {
            "xaxis": axis(
                "value of player j, sum, axioms",
                -0.55,
                lamps[-1] + 0.4,
                tickvals=[*range(n), end, *lamps.tolist()],
                ticktext=names,
                **PLAIN,
            ),
            "yaxis": axis(
                "rule",
                len(RULES) - 0.45,
                -0.55,
                tickvals=list(range(len(RULES))),
                ticktext=list(RULES.values()),
                **PLAIN,
            ),
            "margin": {"l": 82, "r": 4, "t": 4, "b": 40},
        },
        "; ".join(_told(run, name) for name in RULES)
        + f". No axiom goes out for {', '.join(RULES[name] for name in alive)}.",
    )


def _told(run: Lattice, name: str) -> str:
    rule = run.of(name)
    if rule.values is None:
        return f"{RULES[name]} has no value"
    broken = [axiom for axiom, gap in zip(AXIOMS, rule.gaps, strict=True) if gap]
    return f"{RULES[name]} {row(rule.values)}" + (f" breaks {', '.join(broken)}" if broken else "")


def _lamps(run: Lattice, at: np.ndarray) -> list[dict]:
    """One dot for each rule and axiom: a star holds, a cross is broken, a small grey one rests."""
    found = {role: [] for role in LAMPS}
    for i, rule in enumerate(run.rules):
        for k, gap in enumerate(rule.gaps):
            role = "faint" if gap is None else "wrong" if gap else "good"
            found[role].append((at[k], i))
    size = {"good": 11, "wrong": 10, "faint": 4}
    return [
        dots(*np.array(places).T, role, LAMPS[role], size[role])
        for role, places in found.items()
        if places
    ]


# --- the core ----------------------------------------------------------------------------------


def core_panel(run: Lattice) -> Panel:
    """For three players the core in the triangle of all shares, else what each coalition gains."""
    return _triangle(run) if run.n == 3 else _excess(run)


def _plane(x: np.ndarray) -> np.ndarray:
    """Shares (…, 3) of a fixed sum in the plane, player 3 on top: (…, 2)."""
    x = np.asarray(x, dtype=float)
    across = (x[..., 1] - x[..., 0]) / 2**0.5
    up = (2 * x[..., 2] - x[..., 0] - x[..., 1]) / 6**0.5
    return np.stack([across, up], -1)


def _triangle(run: Lattice) -> Panel:
    shown = {r.name: r.values.numpy() for r in run.rules if r.values is not None and not r.gaps[0]}
    corners, total = run.corners.numpy(), run.total
    needed = np.concatenate([*shown.values(), corners.ravel()])
    least = -coarse(max(0.0, -needed.min()) if needed.min() < -run.slack else 0.0)
    if total - 3 * least <= run.slack:
        least = min(least, -coarse(max(1.0, abs(total))))
    size = total - 3 * least
    tips = _plane(least + size * np.eye(3))
    traces = [line(*tips[[0, 1, 2, 0]].T, "ink", "all shares of v(N) − v(∅)", width=1.2)]
    traces += _demands(run, least, size)
    traces += _core(corners, tips)
    traces += _points(run, shown)
    foot = tips[0, 1]
    for i, (x, y) in enumerate(tips - [0, 0.1 * size] * np.array([[1], [1], [-0.6]])):
        text = (
            f"all to {i + 1}"
            if least == 0 and total > 0
            else f"{short(total - 2 * least)} to {i + 1}"
        )
        traces.append(line([x], [y], PLAYERS[i], text, label=text))
    bare = {**PLAIN, "showticklabels": False, "ticks": ""}
    empty = not len(corners)
    inside = "is empty" if empty else "holds φ" if run.rules[0].in_core else "does not hold φ"
    return Panel(
        "core",
        f"The core {inside}" + (" (costs)" if run.costs else ""),
        tuple(traces),
        {
            "xaxis": axis("← more for 1, more for 2 →", -0.95 * size, 0.95 * size, **bare),
            "yaxis": axis("more for 3 →", foot - 0.2 * size, foot + 1.4 * size, **bare),
            "margin": {"l": 26, "r": 4, "t": 4, "b": 26},
        },
        f"All ways to share {short(total)} as a triangle. The core {inside}"
        + (
            "."
            if empty
            else f"; its corners: {'; '.join(row(run.corners[k]) for k in range(len(corners)))}."
        ),
        equal=True,
    )


def _demands(run: Lattice, least: float, size: float) -> list[dict]:
    """Where a coalition gets exactly v(S) − v(∅): a line across the triangle, named at its end."""
    v = run.v.numpy() - float(run.v[0])
    found = []
    for i in range(3):
        j, k = (i + 1) % 3, (i + 2) % 3
        for S, xi in ((1 << i, v[1 << i]), (7 ^ 1 << i, v[7] - v[7 ^ 1 << i])):
            if not least + 1e-6 * size < xi < least + (1 - 1e-6) * size:
                continue
            ends = np.full((2, 3), least)
            ends[:, i] = xi
            ends[0, j] = ends[1, k] = least + size - (xi - least)
            text = f"v({members(S)})"
            found.append(line(*_plane(ends).T, "faint", text, width=1.2, label=text))
    return found


def _core(corners: np.ndarray, tips: np.ndarray) -> list[dict]:
    """The polygon with hatching, a segment, a point, or the word that there is none."""
    if not len(corners):
        x, y = 0.55 * tips[0] + 0.45 * tips.mean(0)
        return [line([x], [y], "wrong", "empty", label="empty core")]
    at = _plane(corners)
    if len(at) == 1:
        return [dots(*at.T, "good", "core", 15, label="core")]
    ring = at[[*range(len(at)), 0]]
    edge = line(*ring.T, "good", "core", width=3)
    return [*_hatching(ring, np.ptp(tips[:, 1]) / 34), edge]


def _hatching(ring: np.ndarray, apart: float) -> list[dict]:
    """Level lines inside a convex polygon, none in a segment."""
    rows = []
    a, b = ring[:-1], ring[1:]
    for y in np.arange(ring[:, 1].min() + apart / 2, ring[:, 1].max(), apart):
        cut = (a[:, 1] <= y) != (b[:, 1] <= y)
        if cut.sum() == 2:
            share = (y - a[cut, 1]) / (b[cut, 1] - a[cut, 1])
            x = a[cut, 0] + share * (b[cut, 0] - a[cut, 0])
            rows += [(x.min(), y), (x.max(), y), (np.nan, np.nan)]
    if len(ring) < 4 or not rows:
        return []
    return [line(*np.array(rows).T, "good", "inside the core", width=0.8)]


def _points(run: Lattice, shown: dict[str, np.ndarray]) -> list[dict]:
    """The efficient rules, those at one place under one name; the rule looked at is larger."""
    groups: list[tuple[np.ndarray, list[str]]] = []
    for name, values in shown.items():
        near = next((g for g in groups if np.abs(g[0] - values).max() <= run.slack), None)
        if near:
            near[1].append(name)
        else:
            groups.append((values, [name]))
    found = []
    for values, names in groups:
        role = "theory" if "shapley" in names else "data"
        text = " = ".join(RULES[name] for name in names)
        chosen = run.rule in names
        size = 11 if chosen else 7
        found.append(dots(*_plane(values[None]).T, role, text, size, label=text, pin=chosen))
    return found


def _excess(run: Lattice) -> Panel:
    """Bars of e(S): what S gains by leaving the shares of the rule looked at."""
    rule = run.chosen
    x = run.phi if rule.values is None else rule.values
    e = run.excess(x).numpy()
    at = np.arange(len(e))
    leave = e > run.slack
    top = coarse(max(np.abs(e).max(), 1e-6))
    traces = [
        standing(at[which], e[which], run.n, role, name)
        for which, role, name in ((leave, "wrong", "would leave"), (~leave, "good", "stays"))
        if which.any()
    ]
    traces.append(line([-0.6, len(e) - 0.4], [0, 0], "ink", "zero", width=1))
    S = int(e.argmax())
    name = RULES[rule.name if rule.values is not None else "shapley"]
    told = f"{members(S)}, for {short(e[S])} more" if leave.any() else "nobody"
    return Panel(
        "core",
        f"Who would leave “{name}”? {told}",
        tuple(traces),
        {
            **by_coalition(run.n),
            "yaxis": axis("gain e(S)", -1.1 * top, 1.1 * top),
        },
        f"Who gains most by leaving what “{name}” gives: {told}.",
    )


def standing(at: np.ndarray, values: np.ndarray, n: int, role: str, name: str) -> dict:
    """Bars from zero at the places of some of the 2^n coalitions."""
    gap = np.full(len(at), np.nan)
    x, y = np.stack([at, at, gap], -1).ravel(), np.stack([gap, values, gap], -1).ravel()
    y[::3] = 0
    return line(x, y, role, name, width=THICK[n], dash="solid", cap="butt")


def by_coalition(n: int) -> dict:
    """Layout with a named place for each coalition, in the order of the table v."""
    names = [members(S) for S in range(2**n)]
    across = axis("coalition S", -0.6, 2**n - 0.4, tickvals=list(range(2**n)), ticktext=names)
    if n > 3:
        across |= {"tickangle": -90, "title": {"text": "S", "standoff": 0}}
    return {
        "xaxis": across | PLAIN,
        "margin": {"l": 48, "r": 6, "t": 4, "b": 36 if n < 4 else 54},
    }
