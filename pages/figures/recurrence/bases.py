"""Both states over each other, the norms of the powers, the coordinates apart, the eigenvalues."""

import math

import numpy as np

from core.experiments.recurrence.bases import REACH, Bases, constant, entries
from core.experiments.recurrence.bases_claims import along
from core.words import number, pmatrix, tex, tex_complex
from pages.figures.marks import dots, line, rule
from pages.figures.parts.rings import circle
from pages.figures.plot import Handle, Panel, Picture, axis, ceiling, coarse, panel

FAR, LOW = 1e12, 1e-3  # what is drawn of states and norms
ROUND = line(*circle(), "theory", "|λ| = 1", label="|λ| = 1")


def figure(run: Bases, *, A: str, b1: float, b2: float, K: int) -> Picture:
    """Four panels."""
    (a, b), (c, d) = entries(A).tolist()
    first, second = run.eigenvalues.tolist()
    matrix = pmatrix([[tex(a), tex(b)], [tex(c), tex(d)]])
    diagonal = pmatrix([[_complex(first), "0"], ["0", _complex(second)]])
    shown = (
        rf"\role{{model}}{{z^{{k+1}}}} = {matrix} z^k",
        rf"\role{{force}}{{\xi^{{k+1}}}} = {diagonal} \xi^k,\qquad z = P\xi",
    )
    panels = (_plane(run, b1, b2), _norms(run, A, K), _apart(run, K), _disc(run))
    return Picture(panels, formula=shown[: 1 if run.xi is None else 2])


def _complex(value: complex) -> str:
    return tex(value.real) if abs(value.imag) < 1e-12 else tex_complex(value)


def _near(states: np.ndarray) -> np.ndarray:
    """The states up to the first that is too far to be drawn."""
    beyond = (np.abs(states) > FAR).any(1)
    return states[: int(beyond.argmax())] if beyond.any() else states


def _plane(run: Bases, b1: float, b2: float) -> Panel:
    z = _near(run.z.numpy())
    back = None if run.xi is None else _near((run.xi @ run.P.T).real.numpy())
    printed = None if run.printed is None else _near(run.printed.numpy())
    all_of = [z] + [one for one in (printed,) if one is not None]
    sizes = np.max([np.abs(one).max(0) for one in all_of], axis=0)
    wide, tall = (ceiling(max(REACH, size)) for size in sizes)
    lines = along(run)
    ends = None if lines is None else 1.5 * max(wide, tall) * lines.numpy()
    title = "z, and Pξ over it" if back is not None else "z; there is no basis for a ξ"
    return panel(
        "plane",
        f"{title}: cond(P) = {number(run.cond)}",
        ends is not None
        and [line([-x, x], [-y, y], "faint", "eigenvector", width=1.2) for x, y in ends.T],
        line(*z.T, "model", "z", width=2, pin=True),
        dots(*z.T, "model", "z", 6),
        back is not None and line(*back.T, "theory", "Pξ", label="z = Pξ", width=1.4),
        printed is not None and line(*printed.T, "wrong", "PAP⁻¹", label="with PAP⁻¹"),
        x=axis("z₁", -wide, wide),
        y=axis("z₂", -tall, tall),
        alt=f"The state starts at ({number(b1)}, {number(b2)}) and ends at "
        f"({number(z[-1, 0], zero=1e-9)}, {number(z[-1, 1], zero=1e-9)}).",
        handles=(Handle(b1, b2, ("b1", "b2"), "state B after the push", role="model"),),
    )


def _norms(run: Bases, A: str, K: int) -> Panel:
    k, norms = np.arange(K + 1), run.norms.numpy()
    radius, bound = float(run.eigenvalues.abs().max()), constant(A)
    with np.errstate(under="ignore"):
        low = radius ** k.astype(float)
    high = coarse(min(max(10.0, 1.2 * norms.max()), FAR))
    top = 2 * math.e * bound
    sure = math.isfinite(bound)
    high = max(high, coarse(min(1.5 * top, FAR))) if sure else high
    return panel(
        "norms",
        f"‖Aᵏ‖, how far k steps stretch: up to {number(norms.max(), 4)}",
        sure and bound > 1.05 and rule("theory", "K", y=min(bound, FAR), span=(0, K), label="K"),
        sure and rule("theory", "2eK", y=min(top, FAR), span=(0, K), label="2eK"),
        line(k, np.clip(low, LOW / 10, 10 * FAR), "theory", "ρᵏ", label="ρᵏ"),
        line(k, np.clip(norms, LOW / 10, 10 * FAR), "model", "‖Aᵏ‖", label="‖Aᵏ‖", width=2.2),
        rule("faint", "1", y=1, span=(0, K)),
        x=axis("step k", 0, K),
        y=axis("‖Aᵏ‖", LOW, high, log=True),
        alt=f"The largest norm is {number(norms.max(), 4)} at k = {int(norms.argmax())}, the "
        f"last {number(norms[-1], zero=1e-9)}; the spectral radius is {number(radius)}.",
    )


def _apart(run: Bases, K: int) -> Panel:
    """|ξ|, or |z| where there is no basis for a ξ."""
    whole = run.xi is not None
    size = np.abs(_near(run.xi.abs().numpy() if whole else run.z.numpy()))
    k, one = np.arange(len(size)), "ξ" if whole else "z"
    high = coarse(min(max(10.0, 1.2 * size.max()), FAR))
    first, second = np.clip(size, LOW / 10, 10 * FAR).T
    twins = bool(np.allclose(first, second, rtol=1e-6))
    title = "ξ, along the eigenvectors: each by its own factor"
    name = f"|{one}₁| = |{one}₂|" if twins else f"|{one}₁|"
    return panel(
        "apart",
        title if whole else "No basis of eigenvectors, so no ξ: the parts of z",
        line(k, first, "force", name, label=name, width=2.2),
        not twins and line(k, second, "second", f"|{one}₂|", label=f"|{one}₂|", width=2.2),
        x=axis("step k", 0, K),
        y=axis(f"|{one}|", LOW, high, log=True),
        alt=f"{one}₁ and {one}₂ start at {number(size[0, 0])} and {number(size[0, 1])} in size.",
    )


def _disc(run: Bases) -> Panel:
    pair = run.eigenvalues.numpy()
    most = max(1.35, ceiling(float(np.abs(pair).max())))
    return panel(
        "disc",
        f"The eigenvalues: ρ = {number(np.abs(pair).max())}",
        ROUND,
        dots(pair.real, pair.imag, "force", "λ", 10),
        x=axis("real part", -most, most),
        y=axis("imaginary part", -most, most),
        alt=f"The larger eigenvalue is {number(np.abs(pair).max())} in size.",
        equal=True,
    )
