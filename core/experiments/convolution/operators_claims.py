"""What holds for the boxes of `operators`, and the words for it."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from core.check import Check, equal
from core.convolution.spectra import dft_matrix
from core.experiments.convolution.operators import TESTS, Box, N

ONE_PRESS = (
    "linear and commuting with shifts: Tf = f ∗ Tδ (E-49: the theorem of this name is "
    "F(f ∗ h) = Ff · Fh; in continuous time h may be a δ)"
)
WHERE = {"inside": " (away from the border)", "even": " (an even Δ moves the outputs by Δ/2)"}


def checks(run: Box, *, at: int) -> list[Check]:
    """CNN-01 to CNN-05, CNN-08 with erratum E-49 and CNN-10 with E-51 on this box."""
    box, K, a, b = run.operator, run.K, run.alpha, run.beta
    x, y, mixed = (signal.to(K.dtype) for signal in (run.f, run.g, run.mixed))
    dft = dft_matrix(N)
    fft = dft @ run.f.to(dft.dtype), torch.fft.fft(run.f)
    summed = torch.cat((K @ x, K @ y)), torch.cat((run.Tf, run.Tg))
    mixture = K @ mixed, a * (K @ x) + b * (K @ y)
    stayed, moved = (run.T_moved, run.Tf), [side[run.compared] for side in run.sides("shift")]
    moves = box.moves in ("all", "inside") or (box.moves == "even" and run.shift % 2 == 0)
    # how large the numbers are that are added up
    size, weight = float(run.Tf.abs().max()), float(run.f.abs().sum())
    spread, largest = size * (1 + abs(a) + abs(b)), float(K.abs().max())
    where, any_kernel = WHERE.get(box.moves, ""), "any kernel gives a linear transform, also this K"
    name, apart = box.label, {test: f"{run.gap(test, at):.3g}" for test in TESTS}
    fails = "minds where it acts" if box.linear else "is not linear"
    misses = f"{name} {fails}: the impulse foretells Tf with an error of {apart['impulse']}"
    linear = (box.linear, f"{name} is not linear: here the sides differ by {apart['linear']}")
    kernel = (box.linear, f"{name} has no kernel K")
    along = (moves, f"{name}: here the sides differ by {apart['shift']}")
    still = (box.still, f"the answer moves along: it changed by {_off(*stayed):.3g}")

    def agree(id: str, claim: str, sides: Sequence[Tensor], size: float, *needs) -> Check:
        """Two answers, real or complex, agree up to rounding of numbers of this size."""
        tol = 1e-9 * max(1.0, size)
        return equal(id, f"{claim}: largest difference", _off(*sides), 0.0, tol=tol, needs=needs)

    return [
        equal("CNN-01", f"T maps 32 samples to {box.length}", len(run.Tf), box.length),
        agree("CNN-02", "T(αf + βg) = αTf + βTg", run.sides("linear"), spread, linear),
        agree("CNN-03", "(Tf)[u] = Σ K[u, t] f[t], and so for g", summed, size, kernel),
        agree("CNN-04", "Fourier is K[u, t] = exp(−2πi ut/32), against the FFT of f", fft, weight),
        agree("CNN-05", any_kernel, mixture, largest * weight),
        agree("CNN-08", ONE_PRESS, run.sides("impulse", at), weight, (box.convolves, misses)),
        agree("CNN-10", f"equivariant: T(f_Δ) = (Tf)_Δ{where}", moved, size, along),
        agree("CNN-10", "invariant, which is more (E-51): T(f_Δ) = Tf", stayed, weight, still),
    ]


def _off(left: Tensor, right: Tensor) -> float:
    return float((left - right).abs().max())


def says(run: Box, *, test: str, at: int) -> str:
    """What the test in the picture shows."""
    box, gap = run.operator, run.gap(test, at)
    name, same, far = box.label[0].upper() + box.label[1:], gap < _rounding(run), f"{gap:.3g}"
    if test == "linear":
        if box.linear:
            return f"{name}: both sides agree for every α and β. The box is linear."
        apart = f"the two sides differ by up to {far}. One such pair is enough: the box"
        here = "here both sides agree, and yet other α and β tell: the box"
        return f"{name}: {here if same else apart} is not linear."
    if test == "impulse":
        pressed = f"{name}: one impulse at t = {at} was pressed"
        if box.convolves:
            return f"{pressed}. Its answer h foretells the answer to f, and to any other signal."
        if same:
            return f"{pressed}, and f ∗ h happens to be Tf. This box does not promise it."
        why = "elsewhere it answers differently" if box.linear else "the box is not linear"
        return f"{pressed}. With its answer h, f ∗ h misses Tf by up to {far}: {why}."
    moved = f"{name}: f moved by Δ = {run.shift} and the answer"
    if box.still:
        return f"{moved} stayed what it was. This is invariance."
    if box.moves == "inside":
        differs = f"where zeros stand in, it differs by up to {_off(*run.sides(test)):.3g}."
        return f"{name}: inside, the answer moves along with f; near the border, {differs}"
    if same:
        return f"{moved} moved along. This is equivariance."
    return f"{name}: T(f_Δ) and (Tf)_Δ differ by up to {far}: the box minds where f is."


def _rounding(run: Box) -> float:
    """A difference of two answers below it is no difference."""
    return 1e-9 * max(1.0, float(run.Tf.abs().max()))


def _foretold(run: Box, at: int) -> tuple[str, dict[str, float]]:
    gap = run.gap("impulse", at)
    return "yes" if gap < 1e-9 else "no", {"gap": gap}


def _off_by(run: Box) -> str:
    """How T(αf + βg) and αTf + βTg differ."""
    left, right = run.sides("linear")
    least, most = (left - right).real.aminmax()
    if max(-least, most) < 1e-9:
        return "none"
    return "one" if most - least < 1e-9 and math.isclose(abs(most), 1) else "depends"


def _when_moved(run: Box) -> str:
    """What the answer does when f is moved."""
    if _off(run.T_moved, run.Tf) < _rounding(run):
        return "stays"
    return "along" if run.gap("shift") < 1e-9 else "another"


answers = {"one_press": _foretold, "plus_one": _off_by, "moved": _when_moved}
