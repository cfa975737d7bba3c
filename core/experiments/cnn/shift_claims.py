"""What the shift test claims: CNN-10 and CNN-32."""

import torch

from core.check import Check, equal, same
from core.cnn.striding import binomial, moved_by
from core.experiments.cnn.shift import RIGHT, SAMPLES, Moved, Wave, cosine, is_cut, layer

NAMES = {"max": "maximum", "average": "average"}


def checks(
    run: Moved | Wave, *, stride: int, padding: str, pool: str, dx: int, dy: int, blur: bool
) -> list[Check]:
    """Three on the picture, or three on the sine."""
    if isinstance(run, Wave):
        return _of_wave(run, stride)
    moves = (run.exact, f"the shift ({dx}, {dy}) is no multiple of the stride {stride}")
    around = (padding == "circular", "zero padding: the border takes away and adds")
    follow, (rows, columns) = run.nearest(dx)
    h, inner = binomial(stride if blur else 1), ...
    if padding == "zero":
        edge = -(-(1 + len(h) // 2) // stride)  # cells in which the border shows
        inner = (slice(rows + edge, -edge), slice(columns + edge, -edge))
    before, *after = run.pooled(pool).tolist()
    shifted = [moved_by(run.x, run.dy, right, padding) for right in (*RIGHT, dx)]
    every = layer(torch.stack([run.x, *shifted]), 1, padding, h)
    outputs, s = torch.cat((run.outputs, run.y_moved[None])), run.stride
    along = "T S x = S T x for shifts by multiples of s, with zero padding away from the border"
    stays = "the pooled output stays: what moves along, then forgets the place, is invariant"
    every_s = "stride s keeps every s-th output of stride 1, for every shift to the right"
    found = [
        same("CNN-32", every_s, every[:, ::s, ::s], outputs),
        same("CNN-10", along, run.y_moved[inner], follow[inner], needs=(moves,)),
    ]
    if pool != "none":
        found.append(equal("CNN-10", stays, after[dx], before, needs=(moves, around)))
    return found


def _of_wave(run: Wave, stride: int) -> list[Check]:
    kept, later, n = run.kept, run.passed[:SAMPLES:stride], SAMPLES // stride
    left = (run.gain > 1e-6, "the blur has removed the sine")
    lines = f"the spectrum of the kept samples is largest at f′, within one of {n // 2 + 1} lines"
    alias = "every s-th sample of cos 2πft is one of cos 2πf′t with f′ = |fs − round(fs)|, "
    alias += "times the power 2s − 2 of cos πf after a blur"
    return [
        same("CNN-10", "s samples later, the kept samples come one later", later[1:], kept[:-1]),
        same("CNN-32", alias, kept, run.gain * cosine(run.alias, n)),
        equal("CNN-32", lines, run.peak, run.alias, tol=1.0001 / n, needs=(left,)),
    ]


def says(run: Moved | Wave, *, pool: str, picture: str = "") -> str:
    """What the layer made of the shift, or of the sine."""
    if isinstance(run, Wave):
        return _said_of_wave(run)
    whole = " Of your picture the middle square is used." if is_cut(picture) else ""
    return _said_of_map(run, pool) + whole


def _said_of_map(run: Moved, pool: str) -> str:
    dx, dy, stride = run.dx, run.dy, run.stride
    rows, columns = run.nearest(dx)[1]
    if not bool(run.outputs.any()):
        return "The picture has no edge from dark to bright: the feature map is 0 everywhere."
    moved, off = f"Shifted by ({dx}, {dy}), the feature map", f"off by {100 * run.error:.0f} %"
    if dx == dy == 0:
        moved = "Nothing is shifted yet: this is the first feature map."
    elif run.error < 1e-9:
        moved += f" moves along exactly, by ({columns}, {rows}) cells."
    elif run.exact:
        moved += f" moves along by ({columns}, {rows}) cells, except where the border interferes: "
        moved += f"it is {off} of its size."
    else:
        moved += f" would have to move by ({dx / stride:.3g}, {dy / stride:.3g}) cells, and there "
        moved += f"is no such step: the nearest one is {off} of its size."
    if pool == "none":
        return moved
    before, after = run.pooled(pool)[[0, 1 + dx]].tolist()
    still = abs(after - before) < 1e-9
    change = f"stays {before:.4g}" if still else f"changes from {before:.4g} to {after:.4g}"
    return f"{moved} The {NAMES[pool]} over all cells {change}."


def _said_of_wave(run: Wave) -> str:
    f, limit = run.f, 0.5 / run.stride
    above = f > limit + 1e-12
    told = (
        f"The frequency f = {f:.3g} is {'above' if above else 'not above'} 1/(2s) = {limit:.3g}: "
    )
    if run.gain < 1e-6:
        return told + "the blur has removed it, and the kept samples are 0."
    left = f", at {100 * run.gain:.2g} % of its height" if run.gain < 1 else ""
    return (
        f"{told}the kept samples show a sine of {run.alias:.3g} cycles per kept sample, "
        f"{'another one in its place' if above else 'the same sine'}{left}."
    )


def _fate(run: Moved, pool: str) -> tuple[str, dict]:
    """What is shown, the map or what is pooled from it, after the shift."""
    rows, columns = run.nearest(run.dx)[1]
    before, after = (run.outputs if pool == "none" else run.pooled(pool))[[0, 1 + run.dx]]
    still = float((after - before).abs().max()) < 1e-9
    fate = "stays" if still else "moves" if run.error < 1e-9 else "changes"
    return fate, {"columns": columns, "rows": rows}


answers = {
    "moves": _fate,
    "half_step": lambda run: (run.error, {"off": 100 * run.error}),
    "disguise": lambda run: run.peak,
}
