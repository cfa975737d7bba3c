"""What holds for the boxes of `operators`, and the words for it."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from core.check import Check, equal
from core.convolution.spectra import dft_matrix
from core.experiments.convolution.operators import TESTS, Box, N

ONE_PRESS = "a linear T that commutes with every shift is a convolution: Tf = f ∗ Tδ"
WHERE = {"inside": " (away from the border)", "even": " (an even Δ moves the outputs by Δ/2)"}


def checks(run: Box, *, at: int) -> list[Check]:
    """CNN-01 to CNN-05, CNN-08 and CNN-10 on this box."""
    box, K, a, b = run.operator, run.K, run.alpha, run.beta
    x, y, mixed = (signal.to(K.dtype) for signal in (run.f, run.g, run.mixed))
    dft = dft_matrix(N)
    fft = dft @ run.f.to(dft.dtype), torch.fft.fft(run.f)
    summed = torch.cat((K @ x, K @ y)), torch.cat((run.Tf, run.Tg))
    mixture = K @ mixed, a * (K @ x) + b * (K @ y)
    stayed, moved = (run.T_moved, run.Tf), [side[run.compared] for side in run.sides("shift")]
    moves = box.moves in ("all", "inside") or (box.moves == "even" and run.shift % 2 == 0)
    one, both, weight = run.size("shift"), run.size("linear"), float(run.f.abs().sum())
    where, any_kernel = WHERE.get(box.moves, ""), "any kernel gives a linear transform, also this K"
    name, apart = box.label, {test: f"{run.gap(test, at):.3g}" for test in TESTS}
    fails = "minds where it acts" if box.linear else "is not linear"
    misses = f"{name} {fails}: here the impulse foretells Tf with an error of {apart['impulse']}"
    linear = (box.linear, f"{name} is not linear: here the sides differ by {apart['linear']}")
    kernel = (box.linear, f"{name} has no kernel K")
    along = (moves, f"{name}: here the sides differ by {apart['shift']}")
    still = (box.still, f"the answer changes with f: here by up to {_off(*stayed):.3g}")

    def agree(id: str, claim: str, sides: Sequence[Tensor], size: float, *needs) -> Check:
        """Two answers, real or complex, agree up to rounding of numbers of this size."""
        off = f"{claim}: largest difference"
        return equal(id, off, _off(*sides), 0.0, tol=1e-9 * size, needs=needs)

    return [
        agree("CNN-08", ONE_PRESS, run.sides("impulse", at), one, (box.convolves, misses)),
        agree("CNN-02", "linear: T(αf + βg) = αTf + βTg", run.sides("linear"), both, linear),
        agree("CNN-10", f"equivariant: T(f moved) = Tf moved{where}", moved, one, along),
        agree("CNN-10", "invariant: T(f moved) = Tf", stayed, one, still),
        agree("CNN-03", "(Tf)[u] = Σ K[u, t] f[t], and so for g", summed, max(one, both), kernel),
        agree("CNN-05", any_kernel, mixture, both),
        agree(
            "CNN-04",
            "Fourier is K[u, t] = exp(−2πi ut/32), against the FFT of f",
            fft,
            weight or 1.0,
        ),
        equal("CNN-01", f"T maps 32 samples to {box.length}", len(run.Tf), box.length),
    ]


def _off(left: Tensor, right: Tensor) -> float:
    return float((left - right).abs().max())


def says(run: Box, *, test: str, at: int) -> str:
    """What the test in the picture shows."""
    box, gap = run.operator, run.gap(test, at)
    same, far = gap < 1e-9 * run.size(test), f"{gap:.3g}"
    name = box.label[0].upper() + box.label[1:]
    if test == "linear":
        if box.linear:
            return f"{name}. Both sides agree for every α and β: the box is linear."
        apart = f"The two sides differ by up to {far}. One such pair is enough: the box"
        here = "Here both sides agree, and yet other α and β tell: the box"
        return f"{name}. {here if same else apart} is not linear."
    if test == "shift":
        return f"{name}. {_moved(run, gap, same)}"
    pressed = f"{name}. One impulse at t = {at} was pressed"
    if box.convolves:
        return f"{pressed}. Its answer h foretells the answer to f, and to any other signal."
    if same:
        return f"{pressed}, and f ∗ h happens to be Tf. This box does not promise it."
    why = "elsewhere it answers differently" if box.linear else "the box is not linear"
    return f"{pressed}. With its answer h, f ∗ h misses Tf by up to {far}: {why}."


def _moved(run: Box, gap: float, same: bool) -> str:
    """What the answer did when f was moved."""
    box, moved = run.operator, f"f moved by Δ = {run.shift} and the answer"
    if run.shift == 0:
        return "Δ = 0 moves nothing, so there is nothing to compare."
    if box.still:
        return f"{moved} stayed what it was. This is invariance."
    if box.moves == "inside":
        border, far = _off(*run.sides("shift")), "nothing differs for this f"
        if border >= 1e-9 * run.size("shift"):
            far = f"it differs by up to {border:.3g}"
        return f"Inside, the answer moves along; near the border, where zeros stand in, {far}."
    if same and box.moves == "all":
        return f"{moved} moved along. This is equivariance."
    if same:
        every = "every even Δ" if box.moves == "even" else "this f"
        return f"{moved} moved along, as it does for {every}, but not always."
    return f"T(f moved) and Tf moved differ by up to {gap:.3g}: the box minds where f is."


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
    rounding = 1e-9 * run.size("shift")
    if _off(run.T_moved, run.Tf) < rounding:
        return "stays"
    return "along" if run.gap("shift") < rounding else "another"


answers = {"one_press": _foretold, "plus_one": _off_by, "moved": _when_moved}
