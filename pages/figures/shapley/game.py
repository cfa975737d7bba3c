"""The lattice of coalitions, the bars of v, and the formula with its numbers."""

import itertools
import math
from functools import lru_cache

import numpy as np

from core.experiments.shapley.game import Lattice
from core.experiments.shapley.game_claims import pointed
from core.experiments.shapley.game_words import short
from core.shapley.coalitions import without
from core.shapley.rules import RULES, used
from core.words import tex
from pages.figures.marks import arrows, boxes, cells, line
from pages.figures.parts import sharing
from pages.figures.parts.players import PLAYERS, members
from pages.figures.plot import PLAIN, Paint, Panel, Pick, Picture, axis

# for 1 … 5 players: space between nodes of a row, width of the panel, height of a row, and where on
# an edge it is pointed at, chosen so that no two of these places lie close together
SHAPE = {
    1: (3.0, 7.0, 5.0, 0.5),
    2: (4.0, 9.0, 5.0, 0.5),
    3: (3.0, 9.0, 5.0, 0.335),
    4: (1.5, 9.2, 4.0, 0.4),
    5: (1.22, 12.6, 3.4, 0.375),
}
WIDTHS = (1.3, 2.6, 4.4)  # of an edge with |Δ| up to ⅓, ⅔, 1 times the largest


def figure(run: Lattice, *, look: str, **_) -> Picture:
    """Lattice, bars of v, and the rules with their axioms or the core."""
    beside = sharing.core_panel(run) if look == "core" else sharing.rules_panel(run)
    return Picture(
        panels=(_lattice(run), _bars(run), beside), formula=tuple(_formula(run)), wide=False
    )


@lru_cache(maxsize=8)
def nodes(n: int) -> np.ndarray:
    """Where coalition S is drawn, (2**n, 2)."""
    across, _, up, _ = SHAPE[n]
    at = np.empty((2**n, 2))
    for size in range(n + 1):
        row = list(itertools.combinations(range(n), size))
        for k, inside in enumerate(row):
            at[sum(1 << i for i in inside)] = (k - (len(row) - 1) / 2) * across, size * up
    return at


@lru_cache(maxsize=8)
def edges(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Where each edge begins and ends, two arrays (n, 2**(n−1), 2)."""
    S = without(n).numpy()
    bit = 1 << np.arange(n)[:, None]
    low, high = nodes(n)[S].copy(), nodes(n)[S | bit].copy()
    low[..., 1] += 0.5
    high[..., 1] -= 0.5
    return low, high


def _lattice(run: Lattice) -> Panel:
    n = run.n
    _, wide, up, along = SHAPE[n]
    low, high = edges(n)
    j, S, T = run.player, run.before, run.after
    column = int(np.flatnonzero(without(n)[j].numpy() == S)[0])
    places = ((1 - along) * low + along * high).reshape(-1, 2)
    number = j * 2 ** (n - 1) + column
    role, delta = PLAYERS[j], pointed(run)
    ends = low[j, column], high[j, column]
    at = nodes(n)
    told = f"Δ = {short(run.v[T])} − {short(run.v[S])} = {short(delta)}".replace("− −", "+ ")
    weight = used(run.rule, n)[j, column].item()
    top, digits = height(run), 2 if n == 5 else 3
    traces = [
        cells([[float(value)]], f"v({members(s)})", numbers=digits, at=(y, x), low=-top, high=top)
        for s, (value, (x, y)) in enumerate(zip(run.v.tolist(), at, strict=True))
    ]
    traces += _lines(run)
    traces.append(line(*zip(*ends, strict=True), role, f"player {j + 1}", width=7, dash="solid"))
    traces.append(arrows(ends[0][None], ends[1][None], "ink", f"player {j + 1} joins"))
    traces.append(boxes([[at[s][1], at[s][0]] * 2 for s in (S, T)], role, "before and after"))
    for s, (x, y) in enumerate(at):
        traces.append(_label(x - 0.62 * wide / 9, y + 0.95, "ink", members(s)))
    traces.append(_label(*places[number], role, f"Δ = {short(delta)}, weight {fraction(weight)}"))
    return Panel(
        "lattice",
        f"Player {j + 1} joins {members(S)}: {told}",
        tuple(traces),
        {
            "xaxis": axis(
                "coalitions S", -wide / 2, wide / 2, **PLAIN, showticklabels=False, ticks=""
            ),
            "yaxis": axis(
                "players in S, |S|",
                -0.9,
                n * up + 1.5,
                tickvals=[size * up for size in range(n + 1)],
                ticktext=[str(size) for size in range(n + 1)],
                **PLAIN,
            ),
            "margin": {"l": 40, "r": 6, "t": 4, "b": 26},
        },
        f"The {2**n} coalitions in rows by size, {n * 2 ** (n - 1)} edges. When player {j + 1} "
        f"joins {members(S)} the value changes by {short(delta)}.",
        pick=Pick(
            rows=0,
            columns=len(places),
            params=("edge",),
            matrix=((1.0, 0.0),),
            label="marginal contribution",
            places=places,
            cell=(0, number),
        ),
    )


def fraction(weight: float) -> str:
    """A weight of a rule as 1/30, 1 or 0."""
    return "0" if weight == 0 else "1" if weight == 1 else f"1/{round(1 / weight)}"


def _label(x: float, y: float, role: str, text: str) -> dict:
    return line([x], [y], role, text, label=text)


def _lines(run: Lattice) -> list[dict]:
    """Edges in the colour of who joins, thick where |Δ| is large, grey where a rule skips them."""
    low, high = edges(run.n)
    size = run.delta.abs().numpy()
    most = size.max()
    classes = np.ceil(3 * size / most - 1e-9) if most > run.slack else np.zeros_like(size)
    skipped = used(run.rule, run.n).numpy() == 0
    still = (size <= run.slack) | skipped
    both = np.stack([low, high, np.full_like(low, np.nan)], axis=2)

    def drawn(which: np.ndarray, role: str, name: str, width: float) -> dict:
        x, y = both[which].reshape(-1, 2).T
        return line(x, y, role, name, width=width, dash="solid")

    found = [drawn(still, "faint", "adds nothing, or not asked", 1)]
    for j in range(run.n):
        for k, width in enumerate(WIDTHS, start=1):
            which = ~still & (classes == k)
            which[np.arange(run.n) != j] = False
            if which.any():
                found.append(drawn(which, PLAYERS[j], f"player {j + 1}", width))
    return found


# --- bars --------------------------------------------------------------------------------------


def height(run: Lattice) -> float:
    """2 or 5 times a power of ten that holds every |v(S)|; it stays while a bar moves below it."""
    most = float(run.v.abs().max())
    if most <= 1e-9:
        return 2.0
    power = 10.0 ** math.floor(math.log10(most))
    return next(m * power for m in (2, 5, 20) if m * power >= most * (1 - 1e-9))


def _bars(run: Lattice) -> Panel:
    n, v = run.n, run.v.numpy()
    top = height(run)
    bottom = -top if v.min() < 0 else 0.0
    at = np.arange(len(v))
    chosen = [run.before, run.after]
    rest = np.delete(at, chosen)
    role = PLAYERS[run.player]
    traces = [
        sharing.standing(rest, v[rest], n, "data", "v(S)"),
        sharing.standing(chosen, v[chosen], n, role, "v(S), v(S ∪ j)"),
        line([-0.6, len(v) - 0.4], [0, 0], "ink", "zero", width=1),
    ]
    for s in chosen:
        traces.append(
            _label(s - 0.2, v[s] + 0.07 * top * (1 if v[s] >= 0 else -1), role, short(v[s]))
        )
    pays = "costs" if run.costs else "is worth"
    return Panel(
        "bars",
        f"What each coalition {pays}: drag a bar",
        tuple(traces),
        {
            **sharing.by_coalition(n),
            "yaxis": axis("v(S)", bottom * 1.15, top * 1.15),
        },
        f"v(∅) = {short(v[0])}, v(N) = {short(v[-1])}; v({members(run.before)}) = "
        f"{short(v[run.before])}, v({members(run.after)}) = {short(v[run.after])}.",
        paint=Paint(
            "v",
            v,
            bottom,
            top,
            top / 40,
            "values of the coalitions",
            also={"game": "mine", "paid": run.costs},
        ),
    )


# --- formula -----------------------------------------------------------------------------------


def closed(value: float) -> str:
    """A number that follows an operator: negative ones in brackets."""
    return f"({tex(value)})" if value < -1e-12 else tex(value)


def braces(S: int) -> str:
    """A coalition for LaTeX."""
    return rf"\{{{members(S, ',')}\}}" if S else r"\varnothing"


def _formula(run: Lattice) -> list[str]:
    n, j, S, T = run.n, run.player, run.before, run.after
    size, role = S.bit_count(), PLAYERS[j]
    step = rf"\role{{{role}}}{{{tex(pointed(run))}}}"
    found = [
        rf"\frac{{|S|!\,(p-|S|-1)!}}{{p!}} = \frac{{{size}!\,{n - size - 1}!}}{{{n}!}} = "
        rf"\frac{{1}}{{{n * math.comb(n - 1, size)}}},\qquad "
        rf"\Delta_{j + 1}({braces(S)}) = v({braces(T)}) - v({braces(S)}) = "
        rf"{tex(float(run.v[T]))} - {closed(float(run.v[S]))} = {step}",
        rf"\phi_{j + 1} = {_mean_of_sizes(run)} = \role{{theory}}{{{tex(float(run.phi[j]))}}}",
    ]
    if run.rule != "shapley":
        found.append(_rule_formula(run))
    return found


def _by_size(run: Lattice) -> list[list[tuple[int, float]]]:
    """(S, Δ_j(S)) of the player pointed at, by size of S."""
    pairs = zip(without(run.n)[run.player].tolist(), run.delta[run.player].tolist(), strict=True)
    sized = sorted(pairs, key=lambda pair: (pair[0].bit_count(), pair[0]))
    return [list(group) for _, group in itertools.groupby(sized, lambda pair: pair[0].bit_count())]


def _terms(run: Lattice, pairs: list[tuple[int, float]]) -> str:
    role = PLAYERS[run.player]
    shown = [rf"\role{{{role}}}{{{closed(d)}}}" if run.before == S else closed(d) for S, d in pairs]
    return " + ".join(shown)


def _mean_of_sizes(run: Lattice) -> str:
    parts = []
    for pairs in _by_size(run):
        sums = _terms(run, pairs)
        parts.append(rf"\frac{{{sums}}}{{{len(pairs)}}}" if len(pairs) > 1 else sums)
    inside = " + ".join(parts)
    return rf"\frac{{1}}{{{run.n}}}\Bigl({inside}\Bigr)" if run.n > 1 else inside


def _rule_formula(run: Lattice) -> str:
    """The rule looked at for the player pointed at, in numbers."""
    n, j, rule = run.n, run.player, run.chosen
    name = rf"\text{{{RULES[rule.name]}}}_{j + 1}"
    if rule.values is None:
        return rf"{name}:\ \text{{no value, as }} \textstyle\sum_i \beta_i = 0"
    value = tex(float(rule.values[j]))
    v = run.v.tolist()
    full, first = 2**n - 1, 2**j - 1

    def difference(after: int, before: int) -> str:
        return rf"v({braces(after)}) - v({braces(before)}) = {tex(v[after])} - {closed(v[before])}"

    all_terms = _terms(run, [pair for pairs in _by_size(run) for pair in pairs])
    beta = run.of("banzhaf").values
    kept = [pair for pairs in _by_size(run) for pair in pairs if not pair[0] >> (j + 1) % n & 1]
    text = {
        "banzhaf": rf"\frac{{1}}{{2^{{{n - 1}}}}}\bigl({all_terms}\bigr)",
        "last": difference(full, full ^ 1 << j),
        "first": difference(1 << j, 0),
        "order": difference(first | 1 << j, first),
        "equal": rf"\frac{{v(N) - v(\varnothing)}}{{p}} = \frac{{{tex(run.total)}}}{{{n}}}",
        "rescaled": rf"\beta_{j + 1}\,\frac{{v(N) - v(\varnothing)}}{{\sum_i \beta_i}} = "
        rf"{tex(float(beta[j]))}\cdot\frac{{{tex(run.total)}}}{{{tex(float(beta.sum()))}}}",
        "printed": rf"\sum_{{S \not\ni {(j + 1) % n + 1}}} \text{{weight}}\cdot\Delta = "
        + " + ".join(
            rf"\tfrac{{1}}{{{n * math.comb(n - 1, S.bit_count())}}}\cdot{closed(d)}"
            for S, d in kept
        ),
    }[rule.name]
    role = "good" if abs(float(rule.values[j] - run.phi[j])) <= run.slack else "wrong"
    return rf"{name} = {text} = \role{{{role}}}{{{value}}}"
