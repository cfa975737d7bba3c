"""Stock panels of a game that is shared out: rules with their axioms, the core, the bars of v."""

import math
from collections.abc import Sequence

import numpy as np
from torch import Tensor

from core.shapley.coalitions import Names, slack
from core.shapley.rules import AXIOMS, RULES, Rule, row
from core.words import number
from pages.figures.marks import boxes, cells, dots, line, note
from pages.figures.parts.players import PLAYERS, by_coalition, members, short, standing, zero
from pages.figures.plot import PLAIN, Paint, Panel, axis, coarse, panel, rows

THICK = {1: 40, 2: 30, 3: 18, 4: 9, 5: 5}  # of a bar, for so many players
# role -> meaning and size
LAMPS = {
    "good": ("holds", 11),
    "wrong": ("broken", 10),
    "faint": ("nothing to test in this game", 4),
}
BARE = {**PLAIN, "showticklabels": False, "ticks": ""}


def asked(rules: Sequence[Rule], chosen: str) -> list[Rule]:
    """The rules; that of the misprint only where it is the chosen one."""
    return [rule for rule in rules if rule.name != "printed" or chosen == "printed"]


def rules_panel(rules: Sequence[Rule], chosen: str, names: Names) -> Panel:
    """A row for each rule: what each player gets, the sum, and a lamp for each axiom."""
    rules, n = asked(rules, chosen), len(rules[0].values)
    table = np.array([[np.nan] * n if r.values is None else r.values.tolist() for r in rules])
    sums = table.sum(1, keepdims=True)
    digits, end, now = 3 if n < 5 else 2, n + 0.2, [rule.name for rule in rules].index(chosen)
    lamps = (end + 0.95 + 0.125 * (n + 1.5) * np.arange(len(AXIOMS))).tolist()
    whole = np.nanmax(np.abs(sums)) * 1e6 + 1.0  # so pale that the numbers alone are seen
    wrong = [[i, end, i, end] for i, rule in enumerate(rules) if rule.gaps[0]]
    found, told = {role: [] for role in LAMPS}, []
    for i, (name, values, gaps, _) in enumerate(rules):
        for x, gap in zip(lamps, gaps, strict=True):
            found["faint" if gap is None else "wrong" if gap else "good"].append((x, i))
        broken = ", ".join(axiom for axiom, gap in zip(AXIOMS, gaps, strict=True) if gap)
        told.append(f"{RULES[name]} {'has no value' if values is None else row(values, names)}")
        told[-1] += f" breaks {broken}" if broken else ""
    alive = [RULES[rule.name] for rule in rules if not any(rule.gaps)]
    ticks = {
        "tickvals": [*range(n), end, *lamps],
        "ticktext": [*(short(i, names) for i in range(n)), "sum", *(axiom[:3] for axiom in AXIOMS)],
    }
    return panel(
        "rules",
        "Who gets what, and which axioms go out",
        cells(table, "share", numbers=digits),
        cells(sums, "sum", numbers=digits, at=(0, end), low=-whole, high=whole),
        boxes([[now, 0, now, end]], "ink", "the rule looked at"),
        [dots(*np.array(at).T, role, *LAMPS[role]) for role, at in found.items() if at],
        wrong and boxes(wrong, "wrong", "not v(N) − v(∅)", width=1.2),
        x=axis("value of player j, sum, axioms", -0.55, lamps[-1] + 0.4, **ticks, **PLAIN),
        y=rows([RULES[r.name] for r in rules], "rule") | {"range": [len(rules) - 0.45, -0.55]},
        margin={"l": 82, "r": 4, "t": 4, "b": 40},
        alt=f"{'; '.join(told)}. No axiom goes out for {', '.join(alive)}.",
    )


def height(v: Tensor) -> float:
    """2 or 5 times a power of ten that holds every |v(S)|; it stays while a bar moves below it."""
    most = float(v.abs().max())
    if not most:
        return 2.0
    power = 10.0 ** math.floor(math.log10(most))
    return next(m * power for m in (2, 5, 20) if m * power >= most * (1 - 1e-9))


def value_bars(v: Tensor, costs: bool, edge: tuple[int, int, int], names: Names) -> Panel:
    """v of every coalition, to be dragged into the parameter v; those of the edge j, S, S ∪ j."""
    (j, S, T), top, v = edge, height(v), v.numpy()
    n, bottom, both = len(v).bit_length() - 1, -top if v.min() < 0 else 0.0, [S, T]
    role, rest = PLAYERS[j], np.delete(np.arange(len(v)), both)
    also, stroke = {"game": "mine", "paid": costs}, "values of the coalitions"
    lift = 0.07 * top * np.where(v < 0, -1, 1)
    told = ", ".join(f"v({members(s, names)}) = {number(v[s])}" for s in both)
    return panel(
        "bars",
        f"What each coalition {'costs' if costs else 'is worth'}: drag a bar",
        standing(rest, v[rest], "data", "v(S)", THICK[n]),
        standing(both, v[both], role, "v(S), v(S ∪ j)", THICK[n]),
        zero(len(v), "ink", width=1),
        [note(s - 0.2, v[s] + lift[s], number(v[s]), role) for s in both],
        **_by_coalition(n, names),
        y=axis("worth v(S)" if not costs else "cost v(S)", bottom * 1.15, top * 1.15),
        alt=f"v(∅) = {number(v[0])}, v(N) = {number(v[-1])}; {told}.",
        paint=Paint("v", v, bottom, top, top / 40, stroke, also=also),
    )


def _by_coalition(n: int, names: Names) -> dict:
    """Axis x and margin with a named place for each coalition, in the order of the table v."""
    ticks = [members(S, names) for S in range(2**n)]
    small = {"tickangle": -90} if n > 3 or max(map(len, ticks)) > 8 else {}
    across = by_coalition("coalition S", ticks, **small)
    if small:
        across["title"] = {"text": "S", "standoff": 0}
    foot = 18 + 7 * max(map(len, ticks)) if small else 36
    return {"x": across, "margin": {"l": 48, "r": 6, "t": 4, "b": foot}}


def _plane(x: np.ndarray) -> np.ndarray:
    """Shares (…, 3) of a fixed sum in the plane, player 3 on top: (…, 2)."""
    return x @ np.array([[-(0.5**0.5), -(6**-0.5)], [0.5**0.5, -(6**-0.5)], [0, 2 * 6**-0.5]])


def core_panel(
    v: Tensor, corners: Tensor, rules: Sequence[Rule], chosen: str, names: Names, more: str
) -> Panel:
    """The core of three players, with its corners (k, 3), in the triangle of all shares.

    `more` stands behind the title.
    """
    rounding, v, corners = slack(v), (v - v[0]).numpy(), corners.numpy().copy()
    corners[np.abs(corners) <= rounding] = 0.0
    total, empty = float(v[-1]), not len(corners)
    efficient = [r for r in asked(rules, chosen) if r.values is not None and not r.gaps[0]]
    shown, who = {r.name: r.values.numpy() for r in efficient}, [short(i, names) for i in range(3)]
    lowest = min(each.min() for each in (*shown.values(), corners) if each.size)
    least = -coarse(-lowest) if lowest < -rounding else 0.0
    if total - 3 * least <= rounding:
        least = min(least, -coarse(max(1.0, abs(total))))
    size = total - 3 * least
    tips = _plane(least + size * np.eye(3))
    most = "all" if least == 0 and total > 0 else number(total - 2 * least)
    ends_at, foot = tips - [0, 0.1 * size] * np.array([[1], [1], [-0.6]]), tips[0, 1]
    inside = "is empty" if empty else "holds φ" if rules[0].in_core else "does not hold φ"
    ends = "" if empty else f"; its corners: {'; '.join(map(row, corners))}"
    ring = _plane(corners[[*range(len(corners)), 0]] if len(corners) > 1 else corners)
    return panel(
        "core",
        f"The core {inside}{more}",
        line(*tips[[0, 1, 2, 0]].T, "ink", "all shares of v(N) − v(∅)", width=1.2),
        _demands(v, least, size, names),
        empty and note(*(0.55 * tips[0] + 0.45 * tips.mean(0)), "empty core", "wrong"),
        len(ring) == 1 and dots(*ring.T, "good", "core", 15, label="core"),
        len(ring) > 1 and line(*ring.T, "good", "core", width=3, box=True) | {"fill": "toself"},
        _points(shown, chosen, rounding),
        [note(x, y, f"{most} to {who[i]}", PLAYERS[i]) for i, (x, y) in enumerate(ends_at)],
        x=axis(f"← more for {who[0]}, more for {who[1]} →", -0.95 * size, 0.95 * size, **BARE),
        y=axis(f"more for {who[2]} →", foot - 0.2 * size, foot + 1.4 * size, **BARE),
        margin={"l": 26, "r": 4, "t": 4, "b": 26},
        alt=f"All ways to share {number(total)} as a triangle. The core {inside}{ends}.",
        equal=True,
    )


def _demands(v: np.ndarray, least: float, size: float, names: Names) -> list[dict]:
    """Where a coalition gets exactly v(S): a line across the triangle, named at its end."""
    found = []
    for i in range(3):
        for S, xi in ((1 << i, v[1 << i]), (7 ^ 1 << i, v[7] - v[7 ^ 1 << i])):
            if 1e-6 < (xi - least) / size < 1 - 1e-6:
                ends, text = np.full((2, 3), least), f"v({members(S, names)})"
                ends[:, i] = xi
                ends[[0, 1], [(i + 1) % 3, (i + 2) % 3]] = size + 2 * least - xi
                found.append(line(*_plane(ends).T, "faint", text, width=1.2, label=text))
    return found


def _points(shown: dict[str, np.ndarray], chosen: str, rounding: float) -> list[dict]:
    """The efficient rules, those at one place under one name; the rule looked at is larger."""
    found = []
    for name, at in shown.items():
        names = [other for other, x in shown.items() if np.abs(at - x).max() <= rounding]
        if name == names[0]:
            text, now = " = ".join(RULES[each] for each in names), chosen in names
            look = {"label": text, "pin": now, "size": 11 if now else 7}
            role = "theory" if "shapley" in names else "data"
            found.append(dots(*_plane(at[None]).T, role, text, **look))
    return found


def excess_panel(gains: np.ndarray, rule: str, names: Names, rounding: float) -> Panel:
    """Bars of e(S): what each coalition gains by leaving the shares of a rule."""
    n, at, leave = len(gains).bit_length() - 1, np.arange(len(gains)), gains > rounding
    top, S = coarse(np.abs(gains).max()) or 1.0, int(gains.argmax())
    told = f"{members(S, names)}, for {number(gains[S])} more" if leave.any() else "nobody"
    kinds = ((leave, "wrong", "would leave"), (~leave, "good", "stays"))
    return panel(
        "core",
        f"Who would leave “{RULES[rule]}”? {told}",
        [standing(at[k], gains[k], role, kind, THICK[n]) for k, role, kind in kinds if k.any()],
        zero(len(at), "ink", width=1),
        **_by_coalition(n, names),
        y=axis("gain by leaving e(S)", -1.1 * top, 1.1 * top),
        alt=f"Who gains most by leaving what “{RULES[rule]}” gives: {told}.",
    )
