"""What the shift test claims: CNN-10 with erratum E-51, CNN-32 with erratum E-64."""

from core.check import Check, equal, same
from core.cnn.striding import alias, binomial, moved_by
from core.experiments.cnn.shift import Moved, Wave, cosine, layer


def checks(
    run: Moved | Wave, *, stride: int, padding: str, pool: str, dx: int, dy: int, blur: bool
) -> list[Check]:
    """Four on the picture, or three on the sine."""
    if isinstance(run, Wave):
        return _of_wave(run, stride)
    moves = (run.exact, f"the shift ({dx}, {dy}) is no multiple of the stride {stride}")
    around = (padding == "circular", "zero padding: the border takes away and adds")
    follow, (rows, columns) = run.nearest(run.dx)
    h = binomial(stride if blur else 1)
    edge = -(-(1 + len(h) // 2) // stride)  # cells next to the border in which zero padding shows
    inner = (slice(rows + edge, -edge), slice(columns + edge, -edge))
    before, *after = run.pooled(pool).tolist()
    every = layer(moved_by(run.x, dy, dx, padding), 1, padding, h)
    return [
        same(
            "CNN-10",
            "T S x = S T x everywhere: largest difference (circular padding, shifts by multiples "
            "of s)",
            run.y_moved,
            follow,
            needs=(moves, around),
        ),
        same(
            "CNN-10",
            "T S x = S T x away from the border, whatever the padding (shifts by multiples of s)",
            run.y_moved[inner],
            follow[inner],
            needs=(moves,),
        ),
        equal(
            "CNN-10",
            "the pooled output stays: equivariant, then pooled, is invariant (E-51)",
            after[dx],
            before,
            needs=((pool != "none", "nothing is pooled"), moves, around),
        ),
        same(
            "CNN-32",
            "stride s keeps every s-th output of stride 1: largest difference",
            every[::stride, ::stride],
            run.y_moved,
        ),
    ]


def _of_wave(run: Wave, stride: int) -> list[Check]:
    kept, slow = run.kept, alias(run.f, stride)
    n = len(kept)
    return [
        same(
            "CNN-10",
            "a sine s samples later gives the kept samples one later: largest difference",
            run.later[1:],
            kept[:-1],
        ),
        same(
            "CNN-32",
            "every s-th sample of cos 2πft is a sample of cos 2πf′t with f′ = |fs − round(fs)|, "
            "times cos(πf)^(2s − 2) after a blur: largest difference",
            kept,
            run.gain * cosine(slow, n),
        ),
        equal(
            "CNN-32",
            "largest amplitude in the spectrum of the kept samples sits at f′, within one of its "
            f"{n // 2 + 1} lines",
            run.peak,
            slow,
            tol=1.0001 / n,
            needs=((run.gain > 1e-6, "the blur has removed the sine"),),
        ),
    ]


def says(run: Moved | Wave, *, pool: str) -> str:
    """What the layer made of the shift, or of the sine."""
    if isinstance(run, Wave):
        return _said_of_wave(run)
    return f"{_followed(run)} {_pooled(run, pool)}".strip()


def _followed(run: Moved) -> str:
    dx, dy, stride, error = run.dx, run.dy, run.stride, run.error
    if dx == dy == 0:
        return "Nothing moves yet: shift the picture."
    moved = f"Shifted by ({dx}, {dy}), the feature map"
    rows, columns = run.nearest(dx)[1]
    if error < 1e-9:
        return f"{moved} moves along exactly, by ({columns}, {rows}) cells."
    if run.exact:
        return (
            f"{moved} moves along by ({columns}, {rows}) cells, except where the border "
            f"interferes: it is off by {error:.0%} of its size."
        )
    return (
        f"{moved} would have to move by ({dx / stride:.3g}, {dy / stride:.3g}) cells, and there is "
        f"no such step: the nearest one is off by {error:.0%} of its size."
    )


def _pooled(run: Moved, pool: str) -> str:
    if pool == "none":
        return ""
    before, *shifted = run.pooled(pool).tolist()
    after, kind = shifted[run.dx], {"max": "maximum", "average": "average"}[pool]
    if abs(after - before) < 1e-9:
        return f"The {kind} over all cells stays {before:.4g}."
    return f"The {kind} over all cells changes from {before:.4g} to {after:.4g}."


def _said_of_wave(run: Wave) -> str:
    f, limit, gain = run.f, 0.5 / run.stride, run.gain
    if run.stride == 1:
        return f"Stride 1 keeps every sample: {f:.3g} cycles per sample stay what they are."
    left = f", at {100 * gain:.2g} % of its height" if gain < 1 else ""
    shown = f"a sine of {run.alias:.3g} cycles per kept sample"
    shown = "a sine that stands still" if run.alias < 1e-9 else shown
    side = "below" if f <= limit + 1e-12 else "above"
    end = "the same sine" if side == "below" else "another one in its place"
    return (
        f"{f:.3g} cycles per sample lie {side} 1/(2s) = {limit:.3g}: the kept samples show "
        f"{shown}, {end}{left}."
    )


def _fate(run: Moved) -> tuple[str, dict]:
    rows, columns = run.nearest(run.dx)[1]
    still = float((run.y_moved - run.y).abs().max()) < 1e-9
    fate = "stays" if still else "moves" if run.error < 1e-9 else "changes"
    return fate, {"columns": columns, "rows": rows}


answers = {
    "moves": _fate,
    "half_step": lambda run: run.error,
    "disguise": lambda run: run.peak,
}
