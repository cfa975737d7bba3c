"""The algebra of convolution: both sides of a law, the endless counter-example, a heavy tail."""

import numpy as np

from core.experiments.convolution.algebra import FAR, Algebra, Placed
from pages.figures.marks import bars, cells, dots, line
from pages.figures.parts.numbers import levels, short, snug, span, tex
from pages.figures.plot import Panel, Picture, axis, grid_layout

SIDES = {
    "associative": ("(a ∗ b) ∗ c", "a ∗ (b ∗ c)"),
    "commutative": ("a ∗ b", "b ∗ a"),
    "distributive": ("a ∗ (b + c)", "a ∗ b + a ∗ c"),
    "unit": ("a ∗ δ", "a"),
}
WRITTEN = 12  # samples of a side written out
TEX = {"∗": "*", "⋆": r"\star", "δ": r"\delta"}


def figure(
    run: Algebra, *, world: str, law: str, flip: bool, forever: bool, p: float, **_
) -> Picture:
    """The panels of one of the three worlds."""
    if world == "endless":
        return _endless(run, forever)
    if world == "tail":
        return _tail(run, p)
    return _finite(run, law, flip)


def _finite(run: Algebra, law: str, flip: bool) -> Picture:
    sides = run.law(law)
    t, left, right = sides.t.numpy(), sides.left.numpy(), sides.right.numpy()
    star = "∗" if flip else "⋆"
    names = tuple(name.replace("∗", star) for name in SIDES[law])
    first, last = span(t[0], t[-1]) if len(t) else (0.0, 1.0)
    x = axis("time u", first - 0.6, last + 0.6)
    gap = short(sides.gap)
    return Picture(
        panels=(
            Panel(
                "sides",
                f"{names[0]} and {names[1]}",
                (
                    bars(t, left, "ink", names[0], label=names[0], pin=True),
                    dots(t, right, "model", names[1], 10, label=names[1]),
                ),
                {"xaxis": x, "yaxis": axis(", ".join(names), *levels(left, right), nticks=8)},
                f"{names[0]} has {sides.lengths[0]} samples, {names[1]} has {sides.lengths[1]}; "
                f"they differ by at most {gap}.",
            ),
            Panel(
                "difference",
                f"The difference: at most {gap}",
                (bars(t, left - right, "force", "difference"),),
                {"xaxis": x, "yaxis": axis("left − right", *levels(left - right))},
                f"The sides differ by at most {gap}.",
            ),
            _rows(
                "brackets",
                f"Inside the brackets: a {star} b and b {star} c",
                (f"a {star} b", f"b {star} c"),
                run.brackets,
            ),
            _rows(
                "signals",
                "The signals",
                ("a", "b", "c"),
                tuple(Placed(values, 0) for values in (run.a, run.b, run.c)),
            ),
        ),
        formula=tuple(
            rf"{_symbols(name)} = {_written(values, placed)}"
            for name, values, placed in zip(names, (left, right), sides.lengths)
        ),
    )


def _rows(name: str, title: str, labels: tuple[str, ...], signals: tuple[Placed, ...]) -> Panel:
    """Signals as rows of numbers, each at its times."""
    some = [signal for signal in signals if len(signal.values)]
    first = min((signal.start for signal in some), default=0)
    last = max((signal.start + len(signal.values) - 1 for signal in some), default=0)
    columns = last - first + 1
    grid = np.full((len(signals), columns), np.nan)
    for row, signal in zip(grid, signals):
        begin = signal.start - first
        row[begin : begin + len(signal.values)] = signal.values.numpy()
    layout = grid_layout(len(signals), columns, "time t", "signal")
    layout["xaxis"] |= axis("time t", first - 0.5, last + 0.5)
    layout["yaxis"] |= {"tickvals": list(range(len(signals))), "ticktext": list(labels)}
    sizes = ", ".join(f"{label}: {len(s.values)} samples" for label, s in zip(labels, signals))
    return Panel(name, title, (cells(grid, title, numbers=3, at=(0, first)),), layout, f"{sizes}.")


def _endless(run: Algebra, forever: bool) -> Picture:
    e = run.endless
    u, f = e.u.numpy(), e.f.numpy()
    one = "1" if forever else "f"
    names = f"({one} ∗ d) ∗ s", f"{one} ∗ (d ∗ s)"
    left, right, inside = e.left.numpy(), e.right.numpy(), e.inside.numpy()
    time = axis("time u", u[0] - 0.6, u[-1] + 0.6)
    partial = e.partial.numpy()
    back = e.back.numpy() + 1
    middle = len(u) // 2
    return Picture(
        panels=(
            Panel(
                "sides",
                f"{names[0]} and {names[1]}",
                (
                    bars(u, left, "ink", names[0], label=names[0], pin=True),
                    dots(u, right, "model", names[1], 10, label=names[1]),
                ),
                {"xaxis": time, "yaxis": axis(", ".join(names), -0.1, 1.2)},
                f"At u = 0 the left bracketing gives {short(left[middle])}, the right one "
                f"{short(right[middle])}.",
            ),
            Panel(
                "inside",
                f"Inside the left brackets: {one} ∗ d, at most {short(np.abs(inside).max())}",
                (bars(u, inside, "force", f"{one} ∗ d"),),
                {
                    "xaxis": time,
                    "yaxis": axis(f"({one} ∗ d)[u]", *levels(inside, even=True)),
                },
                f"The differences of {one} are at most {short(np.abs(inside).max())}.",
            ),
            Panel(
                "partial",
                "What it adds up to, from ever further back",
                (
                    line(back[[0, -1]], np.ones(2), "theory", f"{one}[0]", label=f"{one}[0]"),
                    line(back, partial, "force", "sum over −T ≤ t ≤ 0"),
                ),
                {
                    "xaxis": axis("T + 1", 1, 50_000, log=True),
                    "yaxis": axis("Σ from −T to 0", -0.1, 1.2),
                },
                f"The sum of {one} ∗ d from −T to 0 reaches {short(partial[-1])}.",
            ),
            Panel(
                "signals",
                f"The three: {one}, d = δ₀ − δ₁, the step s",
                (
                    line(u, f, "data", one, label=one),
                    bars(u, (u >= 0).astype(float), "second", "s", label="s"),
                    bars([0, 1], [1, -1], "model", "d", label="d"),
                ),
                {"xaxis": time, "yaxis": axis("value", -1.2, 1.3)},
                f"{one} goes on to both sides, d is 1 at 0 and −1 at 1, s is 0 before 0 and 1 "
                "from then on.",
            ),
        ),
        formula=(
            rf"({one} * d)[u] = {one}[u] - {one}[u - 1],\qquad "
            rf"(({one} * d) * s)[0] = \sum_{{t \le 0}} ({one} * d)[t] = {tex(left[middle])}",
            rf"(d * s)[u] = s[u] - s[u - 1] = \delta_0[u],\qquad "
            rf"({one} * (d * s))[0] = {one}[0] = {tex(right[middle])}",
        ),
    )


def _tail(run: Algebra, p: float) -> Picture:
    tail = run.tail
    L, S = tail.L.numpy(), tail.S.numpy()
    light = p > 1
    top = snug(1.05 * max(float(S[-1]), tail.limit if light else 0.0))
    h = (1 + np.abs(np.arange(-20, 21))) ** -float(p)
    traces = [line(L, S, "model", "S(L)", label="S(L)", pin=True)]
    if light:
        limit = np.full(2, tail.limit)
        traces.insert(0, line([1, FAR], limit, "theory", "2ζ(p) − 1", label="2ζ(p) − 1"))
    traces.append(dots([tail.at], [tail.sum], "force", "now", 12, label=short(tail.sum, 4)))
    end = f"tends to {short(tail.limit, 4)}" if light else "has no limit"
    return Picture(
        panels=(
            Panel(
                "sum",
                f"(1 ∗ h)[u], summed over |t| ≤ L: {end}",
                tuple(traces),
                {
                    "xaxis": axis("L", 1, FAR, log=True),
                    "yaxis": axis("S(L)", 0, top),
                },
                f"The sum over |t| ≤ {tail.at} is {short(tail.sum, 4)}; the sum {end}.",
            ),
            Panel(
                "kernel",
                f"The kernel h[t] = (1 + |t|)^(−{short(p)})",
                (bars(np.arange(-20, 21), h, "model", "h"),),
                {"xaxis": axis("time t", -20.6, 20.6), "yaxis": axis("h[t]", 0, 1.1)},
                f"h falls from 1 at t = 0 to {short(h[0])} at t = 20.",
            ),
        ),
        formula=(
            rf"(1 * h)[u] = \sum_t h[t] = \lim_{{L \to \infty}} S(L),\qquad "
            rf"S({tail.at}) = \sum_{{|t| \le {tail.at}}} (1 + |t|)^{{-{tex(p)}}} = "
            rf"{tex(tail.sum)}",
        ),
    )


def _symbols(text: str) -> str:
    for plain, command in TEX.items():
        text = text.replace(plain, f"{command} ")
    return text


def _written(values: np.ndarray, length: int) -> str:
    numbers = [tex(value) for value in values[:WRITTEN]]
    if len(values) > WRITTEN:
        numbers.append(r"\cdots")
    return r"(" + r",\ ".join(numbers) + rf")\quad\text{{{length} samples}}"
