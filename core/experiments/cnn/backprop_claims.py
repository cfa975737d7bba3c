"""What backprop claims: CNN-24 to CNN-28 with errata E-60, E-61 and E-62, against autograd."""

import torch
import torch.nn.functional as F

from core.check import Check, equal, same
from core.cnn.chain import SLOPE
from core.cnn.derivation import (
    PRINTED_P,
    PRINTED_ROT,
    Line,
    differs,
    indices,
    padded,
    rot180,
    turned,
)
from core.convolution import backward, convolve
from core.experiments.cnn.backprop import Backprop


def checks(run: Backprop, *, act: str, b: float) -> list[Check]:
    """Eight checks on this layer."""
    auto, lines = run.autograd, run.lines
    kernel = "δ ∗ rot180(y⁽ˡ⁻¹⁾)" if run.flip else "δ ⋆ y⁽ˡ⁻¹⁾, nothing turned"
    below = "δ ∗ rot180(w)" if run.flip else "δ ∗ w"
    right = [run.grad_w, *(each.values for each in lines if not each.wrong)]
    _, mirrored = backward(padded(run.delta, run.y), turned(run.y), run.w, "valid")
    convolved = run.w if run.flip else rot180(run.w)
    spread = F.conv_transpose2d(run.delta[None, None], rot180(convolved)[None, None])[0, 0]
    delta = torch.cat((run.delta[0], (run.upstream * SLOPE[act](run.z))[0], run.delta.sum(1)))
    p = f"i = {'p' if run.flip else '−p'}"
    printed, entry = lines[PRINTED_P].values[0, 0], auto.w[0, -1 if run.flip else 0]
    twice = torch.cat((rot180(run.z - b), rot180(rot180(run.y))), 1)
    once = torch.cat((convolve(rot180(run.y), rot180(convolved), "valid"), run.y), 1)
    turning = "rot180(y) ∗ rot180(w)" if run.flip else "rot180(y) ∗ w"
    right_lines = f"∂R/∂w = {kernel}, and every line of its derivation = autograd"
    return [
        same("CNN-25", right_lines, torch.stack(right), auto.w),
        same(
            "CNN-26",
            f"∂R/∂y⁽ˡ⁻¹⁾ = {below}, full, the transposed convolution of δ: both = autograd",
            torch.stack((run.grad_y, spread)),
            auto.y,
        ),
        same(
            "CNN-27",
            "δ = ∂R/∂y⁽ˡ⁾ ⊙ φ′(z) and ∂R/∂b = Σₖ δₖ: both = autograd",
            delta,
            torch.cat((auto.z[0], auto.z[0], auto.b[None])),
        ),
        same(
            "CNN-24",
            "Σₖ δₖ ∂zₖ/∂wⱼ, one gradient for each position, added up = autograd",
            run.untied.sum(0),
            auto.w[0],
        ),
        same("CNN-28", f"rot180(z − b) = {turning}, and rot180 twice is y", twice, once),
        same("CNN-26", "∂R/∂y⁽ˡ⁾ is the gradient that was given", run.upstream, auto.out),
        equal("CNN-25", f"as printed (E-61) Σₖ δₖ yₖ₋ₚ is ∂R/∂wᵢ at {p}", printed, entry),
        same(
            "CNN-25",
            "as printed (E-61) Σₖ δₖ rot180(y)ₖ₋ᵢ is the gradient for the input rot180(y)",
            lines[PRINTED_ROT].values,
            mirrored,
        ),
    ]


def says(
    run: Backprop, *, act: str, upstream: str, out: int, view: str, line: int, look: str, cell: int
) -> str:
    """What happened, in one or two plain sentences."""
    lines = run.derived(view)
    told = _pushed(run, act, upstream, out)
    if view != "positions":
        told = _about(run, lines, min(line, len(lines) - 1))
    if not run.products(look, cell):
        told += f" There is no gradient entry number {cell} now, so none is written out."
    return told


def _pushed(run: Backprop, act: str, upstream: str, out: int) -> str:
    """Where the gradient from above went."""
    if upstream == "one" and out >= run.z.numel():
        return f"There is no output number {out} now: nothing is pushed, and every gradient is 0."
    dead = int(((run.delta == 0) & (run.upstream != 0)).sum())
    if not bool(run.delta.any()):
        reason = "φ′(z) = 0 there, the activation is flat" if dead else "∂R/∂y⁽ˡ⁾ is 0 everywhere"
        return f"Nothing arrives below: {reason}, so δ = 0 and every gradient is 0."
    if upstream == "one":
        turned_by = "turned by 180°" if run.flip else "as it stands"
        scaled = "" if act == "identity" else f", times φ′(z) = {run.grad_b:.3g}"
        k = indices(run.z.numel())[out]
        return (
            f"A gradient of 1 enters at output k = {k}. The kernel receives the window of the "
            f"input that this output saw, {turned_by}{scaled}; the {run.w.numel()} inputs of the "
            "window receive the weights they were multiplied by."
        )
    lost = f" Nothing is passed on where φ′(z) is 0, at {dead} of the outputs." if dead else ""
    pushing = int((run.delta != 0).sum())
    told = "One output pushes, and each kernel entry receives its product with one input."
    if pushing > 1:
        told = f"{pushing} outputs push at once: each kernel entry receives the sum over all of "
        told += "them, since they share it."
    return f"{told} ∂R/∂b = Σδ = {run.grad_b:.4g}.{lost}"


def _about(run: Backprop, lines: tuple[Line, ...], number: int) -> str:
    """A line of the derivation against autograd."""
    line, count = lines[number], len(lines)
    head = f"Line {number + 1} of {count}, {line.text}"
    if not line.wrong:
        return f"{head}: equal to autograd in every entry."
    if line.agrees:
        head += ", as printed: these numbers hide the mistake and every entry agrees with autograd."
        return f"{head} In general {line.wrong}."
    off, wrong = (line.values - run.autograd.w).abs(), differs(line.values, run.autograd.w)
    return (
        f"{head}, as printed, fails: entries that differ from autograd are {int(wrong.sum())} of "
        f"{off.numel()}, by up to {off.max():.3g}; {line.wrong}."
    )


def _speaks(run: Backprop) -> tuple[str, dict]:
    """What a unit gradient at one output leaves in the kernel."""
    k = int(run.upstream.argmax())
    window = run.y[:, k : k + run.w.shape[1]]
    found = {"window": window, "turned": rot180(window), "weights": run.w}
    row = ", ".join(f"{v:g}" for v in run.grad_w[0].tolist())
    return next(key for key, it in found.items() if not differs(run.grad_w, it).any()), {"row": row}


def _slips(run: Backprop) -> tuple[str, dict]:
    """In how many entries the printed Σ δₖ yₖ₋ₚ equals autograd."""
    printed = run.lines[PRINTED_P].values
    right = int((~differs(printed, run.autograd.w)).sum())
    key = {0: "none", 1: "one", run.w.numel(): "all"}[right]
    row = ", ".join(f"{v:g}" for v in run.autograd.w[0].tolist())
    return key, {"printed": float(printed[0, 0]), "row": f"({row})"}


answers = {"speaks": _speaks, "slips": _slips, "relu": lambda run: float(run.delta.abs().max())}
