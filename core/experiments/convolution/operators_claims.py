"""What holds for the boxes of `operators`, and the words for it."""

import math

import torch
from torch import Tensor

from core.check import Check, equal
from core.experiments.convolution.operators import Box, N


def checks(run: Box, *, at: int) -> list[Check]:
    """CNN-01 to CNN-05, CNN-08 with erratum E-49 and CNN-10 with E-51 on this box."""
    operator, name, K = run.operator, run.operator.label, run.K
    size, weight = float(run.Tf.abs().max()), float(run.f.abs().sum())
    t = torch.arange(N, dtype=torch.float64)
    dft = torch.polar(torch.ones(N, N).double(), -2 * math.pi * torch.outer(t, t) / N)
    x, y, mixed = (signal.to(K.dtype) for signal in (run.f, run.g, run.mixed))
    apart = {test: f"{run.gap(test, at):.3g}" for test in ("linear", "shift", "impulse")}
    fails = "minds where it acts" if operator.linear else "is not linear"
    moves = operator.moves in ("all", "inside") or (operator.moves == "even" and run.shift % 2 == 0)
    where = {
        "inside": " (away from the border)",
        "even": " (an even Δ moves the outputs by Δ/2)",
    }.get(operator.moves, "")
    changed = float((run.T_moved - run.Tf).abs().max())
    here = run.compared
    left, right = (side[here] for side in run.sides("shift"))
    return [
        equal("CNN-01", f"T maps 32 samples to {operator.length}", len(run.Tf), operator.length),
        _agree(
            "CNN-02",
            "T(αf + βg) = αTf + βTg: largest difference",
            *run.sides("linear"),
            size * (1 + abs(run.alpha) + abs(run.beta)),
            operator.linear,
            f"{name} is not linear: here the sides differ by {apart['linear']}",
        ),
        _agree(
            "CNN-03",
            "(Tf)[u] = Σ K[u, t] f[t], and so for g: largest difference",
            torch.cat((K @ x, K @ y)),
            torch.cat((run.Tf, run.Tg)),
            size,
            operator.linear,
            f"{name} has no kernel K",
        ),
        _agree(
            "CNN-04",
            "Fourier is K[u, t] = exp(−2πi ut/32): largest difference to the FFT of f",
            dft @ run.f.to(dft.dtype),
            torch.fft.fft(run.f),
            weight,
        ),
        _agree(
            "CNN-05",
            "any kernel gives a linear transform, also this K: largest difference of the sides",
            K @ mixed,
            run.alpha * (K @ x) + run.beta * (K @ y),
            float(K.abs().max()) * weight,
        ),
        _agree(
            "CNN-08",
            "linear and commuting with shifts: Tf = f ∗ Tδ, largest difference (E-49: the theorem "
            "of this name is F(f ∗ h) = Ff · Fh; in continuous time h may be a δ)",
            *run.sides("impulse", at),
            weight,
            operator.convolves,
            f"{name} {fails}: the impulse foretells Tf with an error of {apart['impulse']}",
        ),
        _agree(
            "CNN-10",
            f"equivariant: T(f_Δ) = (Tf)_Δ, largest difference{where}",
            left,
            right,
            size,
            moves,
            f"{name}: here the sides differ by {apart['shift']}",
        ),
        _agree(
            "CNN-10",
            "invariant, which is more (E-51): T(f_Δ) = Tf, largest difference",
            run.T_moved,
            run.Tf,
            weight,
            operator.still,
            f"the answer moves along: it changed by {changed:.3g}",
        ),
    ]


def _agree(
    id: str, claim: str, left: Tensor, right: Tensor, size: float, applies: bool = True, why="",
) -> Check:  # fmt: skip
    """That two answers, real or complex, agree up to rounding of numbers of this size."""
    off = float((left - right).abs().max()) if len(left) else 0.0
    return equal(id, claim, off, 0.0, tol=1e-9 * max(1.0, size), needs=((applies, why),))


def says(run: Box, *, test: str, at: int) -> str:
    """What the test in the picture shows."""
    operator, gap = run.operator, run.gap(test, at)
    name = operator.label[0].upper() + operator.label[1:]
    same = gap < 1e-9 * max(1.0, float(run.Tf.abs().max()))
    if test == "linear":
        if operator.linear:
            return f"{name}: both sides agree for every α and β. The box is linear."
        if same:
            return (
                f"{name}: here both sides agree, and yet the box is not linear: other α and β tell."
            )
        return (
            f"{name}: the two sides differ by up to {gap:.3g}. One such pair is enough: the box "
            "is not linear."
        )
    if test == "impulse":
        pressed = f"{name}: one impulse at t = {at} was pressed"
        if operator.convolves:
            return f"{pressed}. Its answer h foretells the answer to f, and to any other signal."
        if same:
            return f"{pressed}, and f ∗ h happens to be Tf. This box does not promise it."
        return f"{pressed}. With its answer h, f ∗ h misses Tf by up to {gap:.3g}: " + (
            "elsewhere it answers differently." if operator.linear else "the box is not linear."
        )
    moved = f"{name}: f moved by Δ = {run.shift} and the answer"
    if operator.still:
        return f"{moved} stayed what it was. This is invariance."
    if operator.moves == "inside":
        left, right = run.sides(test)
        return (
            f"{name}: inside, the answer moves along with f; near the border, where zeros stand "
            f"in, it differs by up to {float((left - right).abs().max()):.3g}."
        )
    if same:
        return f"{moved} moved along. This is equivariance."
    return f"{name}: T(f_Δ) and (Tf)_Δ differ by up to {gap:.3g}: the box minds where f is."


def _foretold(run: Box, at: int) -> tuple[str, dict[str, float]]:
    gap = run.gap("impulse", at)
    return "yes" if gap < 1e-9 else "no", {"gap": gap}


def _off_by(run: Box) -> str:
    """How T(αf + βg) and αTf + βTg differ."""
    left, right = run.sides("linear")
    apart = (left - right).real
    if float(apart.abs().max()) < 1e-9:
        return "none"
    even = float(apart.max() - apart.min()) < 1e-9
    return "one" if even and math.isclose(float(apart.abs().max()), 1) else "depends"


def _when_moved(run: Box) -> str:
    """What the answer does when f is moved."""
    if float((run.T_moved - run.Tf).abs().max()) < 1e-9 * max(1.0, float(run.Tf.abs().max())):
        return "stays"
    return "along" if run.gap("shift") < 1e-9 else "another"


answers = {"one_press": _foretold, "plus_one": _off_by, "moved": _when_moved}
