"""What holds for the boxes of `operators`, and the words for it."""

import math

import torch

from core.check import Check, equal
from core.experiments.convolution.operators import OPERATORS, Box, N


def checks(run: Box, *, op: str, alpha: float, beta: float, shift: int, **_) -> list[Check]:
    """CNN-01 to CNN-05, CNN-08 with erratum E-49 and CNN-10 with E-51 on this box."""
    operator = OPERATORS[op]
    name, size = operator.label, float(run.Tf.abs().max())
    tol = 1e-9 * max(1.0, size)
    answer = "largest difference"
    t = torch.arange(N, dtype=torch.float64)
    dft = torch.polar(torch.ones(N, N).double(), -2 * math.pi * torch.outer(t, t) / N)
    K = run.K
    x, y, mixed = (signal.to(K.dtype) for signal in (run.f, run.g, run.mixed))
    not_linear = f"{name} is not linear: here the sides differ by {run.gap('linear'):.3g}"
    moves = operator.moves in ("all", "inside") or (operator.moves == "even" and shift % 2 == 0)
    where = {
        "inside": " (away from the border)",
        "even": " (an even Δ moves the outputs by Δ/2)",
    }.get(operator.moves, "")
    apart = float((run.shift[0] - run.Tf).abs().max())
    return [
        equal("CNN-01", f"T maps 32 samples to {operator.length}", len(run.Tf), operator.length),
        equal(
            "CNN-02",
            f"T(αf + βg) = αTf + βTg: {answer}",
            run.gap("linear"),
            0.0,
            tol=tol * (1 + abs(alpha) + abs(beta)),
            applies=operator.linear,
            why="" if operator.linear else not_linear,
        ),
        equal(
            "CNN-03",
            f"(Tf)[u] = Σ K[u, t] f[t]: {answer}",
            float((K @ x - run.Tf).abs().max()),
            0.0,
            tol=tol,
            applies=operator.linear,
            why="" if operator.linear else f"{name} has no kernel K",
        ),
        equal(
            "CNN-04",
            f"Fourier is K[u, t] = exp(−2πi ut/32): {answer} to the FFT of f",
            float((dft @ run.f.to(dft.dtype) - torch.fft.fft(run.f)).abs().max()),
            0.0,
            tol=1e-9 * max(1.0, float(run.f.abs().sum())),
        ),
        equal(
            "CNN-05",
            f"any kernel gives a linear transform, also this K: {answer} of the sides",
            float((K @ mixed - (alpha * (K @ x) + beta * (K @ y))).abs().max()),
            0.0,
            tol=1e-9 * max(1.0, float(K.abs().max()) * float(run.f.abs().sum())),
        ),
        equal(
            "CNN-08",
            f"linear and commuting with shifts: Tf = f ∗ Tδ, {answer} (E-49: the theorem of this "
            "name is F(f ∗ h) = Ff · Fh; in continuous time h may be a δ)",
            run.gap("impulse"),
            0.0,
            tol=1e-9 * max(1.0, float(run.f.abs().sum())),
            applies=operator.convolves,
            why=""
            if operator.convolves
            else f"{name} {'is not linear' if not operator.linear else 'minds where it acts'}: "
            f"the impulse foretells Tf with an error of {run.gap('impulse'):.3g}",
        ),
        equal(
            "CNN-10",
            f"equivariant: T(f_Δ) = (Tf)_Δ, {answer}{where}",
            run.gap("shift"),
            0.0,
            tol=tol,
            applies=moves,
            why="" if moves else f"{name}: here the sides differ by {run.gap('shift'):.3g}",
        ),
        equal(
            "CNN-10",
            f"invariant, which is more (E-51): T(f_Δ) = Tf, {answer}",
            apart,
            0.0,
            tol=1e-9 * max(1.0, float(run.f.abs().sum())),
            applies=operator.still,
            why="" if operator.still else f"the answer moves along: it changed by {apart:.3g}",
        ),
    ]


def says(run: Box, *, op: str, test: str, shift: int, at: int, **_) -> str:
    """What the test in the picture shows."""
    operator, gap = OPERATORS[op], run.gap(test)
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
            "the box is not linear." if not operator.linear else "elsewhere it answers differently."
        )
    if operator.still:
        return (
            f"{name}: f moved by Δ = {shift} and the answer stayed what it was. This is invariance."
        )
    if operator.moves == "inside":
        outside = float((run.shift[0] - run.shift[1]).abs().max())
        return (
            f"{name}: inside, the answer moves along with f; near the border, where zeros stand "
            f"in, it differs by up to {outside:.3g}."
        )
    if same:
        return f"{name}: f moved by Δ = {shift} and the answer moved along. This is equivariance."
    return f"{name}: T(f_Δ) and (Tf)_Δ differ by up to {gap:.3g}: the box minds where f is."


def off_by(run: Box) -> str:
    """How T(αf + βg) and αTf + βTg differ."""
    left, right = run.linear
    apart = (left - right).real
    if float(apart.abs().max()) < 1e-9:
        return "not at all"
    even = float(apart.max() - apart.min()) < 1e-9
    return f"by {float(apart.abs().max()):.3g} everywhere" if even else "it depends on f and g"


def foretells(run: Box) -> str:
    """Whether the answer to one impulse gives the answer to f."""
    return "yes, exactly" if run.gap("impulse") < 1e-9 else "no"


def when_moved(run: Box) -> str:
    """What the answer does when f is moved."""
    moved = run.shift[0]
    if float((moved - run.Tf).abs().max()) < 1e-9 * max(1.0, float(run.Tf.abs().max())):
        return "it stays the same"
    return "it moves along" if run.gap("shift") < 1e-9 else "it becomes another one"
