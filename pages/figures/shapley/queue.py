"""The queue of arrivals: running means, the order that is dealt, the error of 20 seeds, the sum."""

from functools import lru_cache
from itertools import pairwise
from typing import Annotated, Literal

import numpy as np
import torch

from core.experiments.shapley.queue import LAST, MOST, Queue, schedule
from core.shapley.values import marginal_contributions, shapley_weights
from core.signature import between
from core.words import bracket, number, tex
from pages.figures.marks import dots, line, lying, note, rule, segments
from pages.figures.parts.estimates import run_errors
from pages.figures.parts.players import PLAYERS, braces
from pages.figures.plot import Panel, Pick, Picture, axis, coarse, panel, rows

ROLES = (*PLAYERS, "good", "data", "ink")  # of up to 8 players
DRAWN = {"plain": "ink", "antithetic": "good", "stratified": "third"}
PLACES = ("1st", "2nd", "3rd", *(f"{i}th" for i in range(4, MOST + 1)))
POINTS = 160  # of a line
FLOOR = 1e-17


def figure(
    run: Queue,
    *,
    seed: int,
    alike: bool = False,
    look: Literal["error", "sum"] = "error",
    k: Annotated[int, between(0, LAST)] = 0,
    player: Annotated[int, between(0, MOST - 1)] = 0,
) -> Picture:
    """The means, the order, and the error or the sum, at m orders; the player deals on."""
    m, j = run.dealt(k), min(player, run.p - 1)
    wrong, last = run.alike(seed) if alike else None, _errors if look == "error" else _sums
    return Picture(
        (_race(run, m, j, wrong), _queue(run, m, j), last(run, m, wrong)),
        frames=len(schedule(len(run.orders))),
        drive="k",
        formula=_formula(run, m, j, alike),
    )


@lru_cache(maxsize=64)
def _spaced(last: int, first: int = 1) -> np.ndarray:
    """At most `POINTS` whole numbers from `first` to `last`, evenly on a logarithmic axis."""
    return np.unique(np.geomspace(first, last, POINTS).round().astype(int))


def _race(run: Queue, m: int, j: int, wrong: torch.Tensor | None) -> Panel:
    M, p, means, errors = len(run.orders), run.p, run.means.numpy(), run.errors.numpy()[:, j]
    done, rest, now, exact = _spaced(m), _spaced(M, m), means[m - 1], run.phi.tolist()
    known, who, ends = done[np.isfinite(errors[done - 1])] - 1, f"player {j + 1}", (1, M)
    middle, up = np.stack([known + 1, means[known, j]], -1), errors[known, None] * [0, 1]
    every = [rule("theory", "exact", y=phi, span=ends, width=1.2) for phi in exact]
    traces = [segments(middle - up, middle + up, "faint", f"{who} ± s.e.", cap="butt")]
    traces.append(every if p < 6 else every[j])
    if wrong is not None:
        y, limit = wrong.numpy()[done - 1, j], float(run.banzhaf[j])
        text = f"all subsets alike: {number(y[-1])}"
        traces.append(rule("wrong", "Banzhaf value", y=limit, span=ends, width=1.2))
        traces.append(line(done, y, "wrong", "all subsets alike", label=text))
    for i in sorted(range(p), key=lambda i: i == j):
        look, thick = (ROLES[i], f"player {i + 1}"), 3.2 if i == j else 1.7
        traces.append(line(rest, means[rest - 1, i], "faint", f"{look[1]}, to come"))
        traces.append(line(done, means[done - 1, i], *look, width=thick, pin=True))
        traces.append(dots([m], now[[i]], *look, 9, label=f"{i + 1}: {number(now[i])}"))
    # of the game, not of the draw: φ ± 1.6 σ of all players, as far as contributions go
    delta, away = marginal_contributions(run.v), 1.6 * run.spread
    low = float(torch.maximum(run.phi - away, delta.amin(-1)).min())
    high = float(torch.minimum(run.phi + away, delta.amax(-1)).max())
    pad = 0.08 * (high - low) or 0.5 * abs(high) or 1.0
    low, high, title = low - pad, high + pad, f"estimate φ̂ⱼ (grey: ± standard error, {who})"
    told = [f"player {i + 1} {number(now[i])}, exactly {number(exact[i])}" for i in range(p)]
    return panel(
        "race",
        f"Running means, orders dealt: {m} of {M}",
        traces,
        x=axis("orders dealt", 1, 3 * coarse(M), log=True),
        y=axis(title, low, high, dtick=coarse((high - low) / 8)),
        alt=f"Orders dealt: {m} of {M}; {'; '.join(told)}.",
        pick=Pick.spots(np.stack([0 * now + m, now], -1), "player", "player", j),
    )


def _queue(run: Queue, m: int, player: int) -> Panel:
    p, order, path = run.p, run.orders[m - 1].tolist(), np.array(run.path(m))
    low, high, thick = float(run.v.min()), float(run.v.max()), 16 if run.p < 6 else 11
    room, ends, bars, told = 0.06 * (high - low) or 1.0, (-0.6, p - 0.4), [], []
    for i, (j, (start, end)) in enumerate(zip(order, pairwise(path), strict=True)):
        role, who, added = ROLES[j], f"player {j + 1}", end - start
        text = f"{added:+.3g}" if abs(added) > 1e-12 else "0"
        bars.append(lying([start], [end], [i], role, who, width=thick - 4 * (j != player)))
        bars.append(dots([end], [i], role, f"{who} arrives", 7))
        bars.append(note(max(start, end), i, f"{j + 1}: {text}", role))
        told.append(f"{who} adds {number(added)}")
    places = np.empty((p, 2))
    places[order] = np.stack([(path[1:] + path[:-1]) / 2, np.arange(p)], -1)
    return panel(
        "queue",
        f"Order {m}: who arrives when, and what each adds",
        rule("faint", "v(∅)", x=path[0], span=ends),
        rule("theory", "v(N)", x=path[-1], span=ends, width=1.4),
        bars,
        x=axis("worth of those present v(S)", low - room, high + 5 * room),
        y=rows(PLACES[:p], "arrival"),
        margin={"l": 72, "r": 8, "t": 6, "b": 40},
        alt=f"Order {m}: {', '.join(told)}; together {number(run.total)}.",
        pick=Pick.spots(places, "player", "player", player),
    )


def _errors(run: Queue, m: int, wrong: torch.Tensor | None) -> Panel:
    study, method, at = run.study, run.method, _spaced(m)
    sigma, M, traces = float(run.spread.square().mean().sqrt()), study.orders.numpy(), []
    top = 10 * coarse(sigma) if sigma > 0 else 1.0
    floor = top / 1e5
    for i, (name, role) in enumerate(DRAWN.items()):
        look = {"bold": name == method, "nothing": (M[-1], top / 1e3 / 8 ** (i + 1))}
        traces.append(run_errors(M, study.typical[:, i].numpy(), role, name, name, **look))
    if wrong is not None:
        gap = (wrong - run.phi).square().mean(-1).sqrt().numpy()[at - 1].clip(floor)
        traces.append(line(at, gap, "wrong", "all subsets alike", label="subsets alike"))
    error, slope = float((run.means[m - 1] - run.phi).square().mean().sqrt()), study.slope(method)
    steep = f"error ∝ M^{number(slope, 2)}" if slope is not None else "no error"
    bound = np.maximum([sigma / 100, sigma], FLOOR)  # the label goes to the left end
    return panel(
        "errors",
        f"20 seeds, {method}: {steep} (dot: this run)",
        line([1e4, 1], bound, "theory", "σ/√M", label="σ/√M"),
        traces,
        error > floor and dots([m], [error], "model", "this run", 9),
        x=axis("orders M", 1, 2e4, log=True, dtick=1),
        y=axis("rmse of φ̂", floor, top, log=True, dtick=1),
        alt=f"Median error of 20 seeds against the number of orders; {method}: {steep}. "
        f"At M = {m} this run errs by {number(error)}.",
    )


def _sums(run: Queue, m: int, wrong: torch.Tensor | None) -> Panel:
    at, top = _spaced(m), 10 * coarse(max(1.0, abs(run.total)))
    means = [each.sum(-1).numpy()[at - 1] for each in (run.means, wrong) if each is not None]
    right, *off = (np.abs(each - run.total) for each in means)
    told = "".join(f" All subsets alike miss it by {number(y[-1])}." for y in off)
    gaps = right.clip(FLOOR)
    return panel(
        "sums",
        "How far the estimates are from adding up",
        line(at, gaps, "good", "orders", width=2.5),
        dots(at[-1:], gaps[-1:], "good", "orders", 8, label="orders"),
        [line(at, y.clip(FLOOR), "wrong", "alike", label="subsets alike") for y in off],
        x=axis("orders dealt", 1, 3 * coarse(len(run.orders)), log=True, dtick=1),
        y=axis("|Σ φ̂ⱼ − v(N) + v(∅)|", FLOOR / 3, top, log=True, dtick=4),
        margin={"l": 60, "r": 8, "t": 6, "b": 40},
        alt=f"Orders dealt: {m}. The estimates miss v(N) − v(∅) by {right[-1]:.1g}.{told}",
    )


def _formula(run: Queue, m: int, j: int, alike: bool) -> tuple[str, ...]:
    p, S, who, role, means = run.p, run.before(m, j), j + 1, ROLES[j], run.means[:, j]
    seen = run.seen(m, j)
    s, T, now, earlier = S.bit_count(), S | 1 << j, means[m - 1], means[m - 2] if m > 1 else 0.0
    delta = rf"\role{{{role}}}{{{tex(run.contributions[m - 1, j])}}}"
    lines = [
        rf"\Delta_{who}({braces(S)}) = v({braces(T)}) - v({braces(S)}) = {tex(run.v[T])} - "
        rf"{bracket(run.v[S])} = {delta}\qquad \frac{{|S|!\,(p-|S|-1)!}}{{p!}} = "
        rf"\frac{{{s}!\,{p - s - 1}!}}{{{p}!}} = {tex(shapley_weights(p)[s])} "
        rf"\quad\text{{seen in }} \tfrac{{{seen}}}{{{m}}} = {tex(seen / m)}",
        rf"\hat\phi_{who} = \frac1m\sum_{{k=1}}^{{m}} \Delta_{who}^{{(k)}} = "
        rf"\frac{{{m - 1}\cdot {bracket(earlier)} + {delta}}}{{{m}}} = "
        rf"\role{{{role}}}{{{tex(now)}}}\qquad \phi_{who} = "
        rf"\role{{theory}}{{{tex(run.phi[j])}}}\qquad \textstyle\sum_j \hat\phi_j = "
        rf"{tex(run.means[m - 1].sum())} = v(N) - v(\varnothing)",
        rf"\text{{E-100: }} \role{{wrong}}{{\frac{{1}}{{2^{{p-1}}}}\sum_S \Delta_{who}(S) = "
        rf"{tex(run.banzhaf[j])}}} \qquad \role{{wrong}}{{\text{{sum }} "
        rf"{tex(run.banzhaf.sum())}}} \text{{ instead of }} {tex(run.total)}",
    ]
    return tuple(lines if alike else lines[:2])
