"""Big p: error against evaluations, the estimate player by player, seconds against evaluations."""

import numpy as np

from core.experiments.shapley.big import FOLDED, METHODS, Many
from core.experiments.shapley.big_claims import NAMES, memory, number
from core.words import spaced, tex
from pages.figures.marks import dots, line
from pages.figures.plot import Panel, Picture, axis, coarse

ROLE = {"plain": "model", "antithetic": "second", "stratified": "third", "kernel": "fourth"}
SHORT = {"plain": "plain", "antithetic": "antithetic", "stratified": "stratified"}
SHORT |= {"kernel": "KernelSHAP"}
ZERO = 1e-12  # errors below are rounding, and a logarithmic axis has no 0


def figure(run: Many, *, method: str, **_) -> Picture:
    """The race of the estimators, φ̂ beside φ, and what all coalitions would take."""
    return Picture(
        panels=(_errors(run, method), _players(run, method), _seconds(run)),
        formula=_formula(run),
    )


def _formula(run: Many) -> tuple[str, ...]:
    n, M = run.n, int(run.orders[-1])
    sigma = float(run.game.variance.mean().sqrt())
    count = spaced(2**n).replace(" ", r"\,")
    return (
        rf"2^p = 2^{{{n}}} = {count} \qquad M = \lfloor {int(run.budgets[-1])} / (p + 1) \rfloor "
        rf"= {M}",
        rf"\text{{plain orders: rms error}} \approx \frac{{\sigma}}{{\sqrt M}} = "
        rf"\frac{{{tex(sigma)}}}{{\sqrt{{{M}}}}} = {tex(run.foreseen()[-1])}"
        rf"\qquad \sigma^2 = \tfrac1p \textstyle\sum_j \mathrm{{Var}}\,\Delta_j",
    )


# --- error ---------------------------------------------------------------------------------------


def _errors(run: Many, method: str) -> Panel:
    median, low, high = (each.numpy() for each in run.typical())
    asked, foreseen = run.asked.numpy(), run.foreseen().numpy()
    first = METHODS.index(method)
    seen = np.concatenate([median.ravel(), foreseen, low[first], high[first]])
    seen = seen[np.isfinite(seen) & (seen > ZERO)]
    bottom, top = (seen.min(), seen.max()) if seen.size else (0.1, 1.0)
    budget = int(run.budgets[-1])
    floor = 10.0 ** np.floor(np.log10(0.8 * bottom))
    traces, told = [], []
    at = run.orders.numpy() * (run.n + 1)
    if foreseen.max() > ZERO:
        traces.append(line(at, foreseen, "theory", "σ/√M"))
        traces.append(line(at[:1], foreseen[:1] * 1.35, "theory", "σ/√M", label="σ/√M, slope −½"))
    for row, name in enumerate(METHODS):
        known = np.isfinite(median[row]) & (asked[row] > 0)
        if not known.any():
            continue
        x, values = asked[row][known], median[row][known]
        y = np.where(values > ZERO, values, np.nan)
        role = ROLE[name]
        wide = 3.2 if name == method else 1.8
        if name == method:
            for edge in (low[row][known], high[row][known]):
                edge = np.where(edge > ZERO, edge, np.nan)
                traces.append(line(x, edge, role, "80 % of 20 runs", width=1, dash="solid"))
        traces.append(line(x, y, role, NAMES[name], width=wide, label=SHORT[name], pin=True))
        traces.append(dots(x, y, role, NAMES[name], 8 if name == method else 6))
        if values[-1] <= ZERO:
            traces.append(line(x[-1:], [1.2 * floor], role, "0", label=f"{SHORT[name]}: 0"))
        told.append(f"{NAMES[name]} {number(values[-1])}")
    return Panel(
        "errors",
        "Error of φ̂ against evaluations of v: median of 20 runs",
        tuple(traces),
        {
            "xaxis": axis("evaluations of v", 20, 16 * budget, log=True, dtick=1),
            "yaxis": axis(
                "root mean square error of φ̂",
                floor,
                10.0 ** np.ceil(np.log10(1.2 * top)),
                log=True,
                dtick=1,
            ),
        },
        f"With about {spaced(budget)} evaluations the median errors are: {', '.join(told)}. "
        "The dashed line has the slope −½.",
    )


# --- players -------------------------------------------------------------------------------------


def _players(run: Many, method: str) -> Panel:
    n, row = run.n, METHODS.index(method)
    x, phi = np.arange(1, n + 1), run.game.phi.numpy()
    values, spread = run.values[row].numpy(), run.spread[row].numpy()
    reach = np.where(np.isfinite(spread), 2 * spread, 0.0)
    seen = np.concatenate([phi, values - reach, values + reach])
    seen = seen[np.isfinite(seen)]
    low, high = -coarse(max(-seen.min(), 0) * 1.05), coarse(max(seen.max(), 0) * 1.05)
    if low == high:
        low, high = -1.0, 1.0
    gap = np.full(n, np.nan)
    flat = np.stack([x - 0.38, x + 0.38, gap], -1).ravel()
    traces = [
        line(flat, np.repeat(phi, 3), "theory", "exact φ", dash="solid", width=2.6, cap="butt"),
        line(
            np.repeat(x, 3),
            np.stack([values - reach, values + reach, gap], -1).ravel(),
            ROLE[method],
            "± 2 standard errors",
            width=1.6,
            dash="solid",
        ),
        dots(x, values, ROLE[method], NAMES[method], 6),
    ]
    off = np.abs(values - phi)
    if np.isfinite(off).all():
        inside = int((off <= reach + 1e-12).sum())
        told = f"{inside} of {n} exact values lie within two standard errors"
    else:
        told = "no estimate yet"
    return Panel(
        "players",
        f"φ̂ of one run, {NAMES[method]}, and φ (bars)",
        tuple(traces),
        {
            "xaxis": axis("player j", 0.2, n + 0.8, dtick=1 if n <= 12 else 5),
            "yaxis": axis("φⱼ", low, high),
        },
        f"{NAMES[method]}: {told}. Exact values from {number(phi.min())} to {number(phi.max())}.",
    )


# --- time ----------------------------------------------------------------------------------------


def _seconds(run: Many) -> Panel:
    n, asked = run.n, run.asked[:, -1].numpy()
    seconds, folding = run.seconds.numpy(), run.folding.numpy()
    tables = 2.0 ** np.array(FOLDED)
    traces = [
        line(tables, folding, "good", "fold a table that is given", label="fold a given table"),
    ]
    told = [f"folding a table of 2{_raised(FOLDED[-1])} values took {_time(folding[-1])}"]
    if np.isfinite(seconds[0]):
        price = seconds[0] / asked[0]
        ends = np.array([asked[0], 2.0**n])
        everything = f"2{_raised(n)} values: {_time(price * ends[1])}, {memory(n)}"
        traces += [
            line(ends, price * ends, "theory", "all coalitions at this price"),
            dots(ends[1:], price * ends[1:], "theory", everything, 9),
            line(ends[1:], 6 * price * ends[1:], "theory", everything, label=everything),
        ]
        told.append(f"asking for all {everything}")
    for row, name in enumerate(METHODS):
        if np.isfinite(seconds[row]):
            traces.append(dots(asked[[row]], seconds[[row]], ROLE[name], NAMES[name], 9))
            told.append(f"{NAMES[name]} {_time(seconds[row])}")
    return Panel(
        "seconds",
        "Time on this machine: one estimate, and all of v",
        tuple(traces),
        {
            "xaxis": axis("evaluations of v", 10, 1e14, log=True, dtick=4),
            "yaxis": axis("seconds", 1e-6, 1e9, log=True, dtick=3),
        },
        f"Measured on this machine: {', '.join(told)}.",
    )


def _raised(n: int) -> str:
    return "".join("⁰¹²³⁴⁵⁶⁷⁸⁹"[int(digit)] for digit in str(n))


def _time(seconds: float) -> str:
    for size, unit in ((86400 * 365, "years"), (86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return (
                f"{seconds / size:.2g} {unit}"
                if seconds < 100 * size
                else (f"{seconds / size:.0f} {unit}")
            )
    return f"{seconds:.2g} s" if seconds >= 1 else f"{1000 * seconds:.2g} ms"
