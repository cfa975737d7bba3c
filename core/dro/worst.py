r"""The worst law near n atoms: sup of E_Q[g] over W_p(P_n, Q) ≤ ε, on the line.

Moving mass costs distance^p, and ε^p is what all of it may cost on average:

    sup_Q E_Q[g] = min over λ ≥ 0 of λ ε^p + mean_i sup_z [g(z) − λ |z − z_i|^p].

The worst Q splits one atom at most. As the sheet prints it no atom is split, which can be less. At
p = ∞ every atom goes to the best place within ε: the loss of adversarial training.

>>> step = lambda z: (z >= 2).double()
>>> worst_case(torch.zeros(1), step, 1, 1.0).value  # 0.5: half of the atom goes to 2
>>> worst_case(torch.zeros(1), step, 1, 1.0, split=False).value  # 0: all of it cannot

g is asked for tensors (n, m) whose row i holds places for atom i, and answers in that shape: a g
that uses y[:, None] keeps the label of each atom where it is. Places where g is no number are
closed. Sources: DRO-06 to DRO-08; Blanchet and Murthy 2019; Gao and Kleywegt 2023.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from core.adversarial.balls import exponent
from core.check import require
from core.dro.laws import sample
from core.dro.search import CLOSER, FOLDS, POLE, Function, Search, around, heights, homes, peaks

RIM = 401  # places looked at within ρ of each atom
DOUBLINGS, EXCESS = 40, 0.01  # how far out growth is judged, and by how much it must exceed p
ENDLESS = (
    "g grows faster than |z|^p, or has a pole: a little mass sent there brings more than it costs, "
    "so that no λ is high enough and the worst case is ∞."
)


class WorstCase(NamedTuple):
    """The worst law and its certificate."""

    value: float  # E_Q[g] of the law below; ∞ where g grows faster than |z|^p or has a pole
    points: Tensor  # where the mass goes, by atoms, (n,), or (n + 1,) if one is split
    masses: Tensor  # 1/n each; the two parts of a split atom stand side by side
    lam: float  # the price λ of the dual; ∞ where no price is high enough, or at ε = 0 and p = ∞
    gap: float  # dual − value, ≥ 0 up to rounding; without splitting what that forgoes

    @property
    def why(self) -> str:
        """A sentence where the worst case is infinite, else ""."""
        return ENDLESS if math.isinf(self.value) else ""

    def homes(self, n: int) -> Tensor:
        """The number of the atom that each point comes from, for n atoms, int64."""
        return torch.from_numpy(homes(self.masses.numpy(), n))


class Sup(NamedTuple):
    """Mean of the highest g near each atom."""

    value: float  # ∞ where g has a pole
    points: Tensor  # the place of each, (n,)


def search_range(atoms: Tensor, p: float, eps: float) -> tuple[float, float]:
    """Where mass is looked for: ten widths of the atoms, at least 10, and what whole atoms reach.

    One atom alone may go n^{1/p} ε; the range adds twice that. What g does further out counts only
    in so far as it makes the worst case infinite.
    """
    low, high = float(atoms.min()), float(atoms.max())
    margin = 10 * max(1.0, high - low) + 2 * len(atoms) ** (1 / p) * eps
    return low - margin, high + margin


def worst_case(
    atoms: Tensor,
    g: Function,
    p: float,
    eps: float,
    split: bool = True,
    *,
    reach: tuple[float, float] | None = None,
) -> WorstCase:
    """The worst law within W_p ≤ ε of the atoms, and the dual that proves it.

    The supremum over z is looked for at 2002 places of a range, then ever closer at the best ones,
    to 1e-8 of their spacing; a peak that is narrower than the spacing can be missed. Without
    splitting, the atoms are moved by a dynamic programme over 200 cells of the budget, and then
    each within its cells: what is found is feasible, and best up to a cell.

    Args:
        atoms: z_i, of mass 1/n each, (n,).
        g: of places (n, m), see above; finite at the atoms.
        p: in [1, ∞].
        eps: radius ε ≥ 0, a length.
        split: whether an atom may be split; if not, this is the printed form.
        reach: the line that Q may live on, from low to high around all atoms; `search_range` by
            default, and then growth beyond it is judged too.

    Raises:
        ValueError: p < 1, ε < 0, an atom that is not finite or lies outside of `reach`, a g that is
            not finite at an atom or answers in another shape.
    """
    z, home = _asked(atoms, g)
    p = exponent(p, 1)
    require("eps", eps, 0)
    alike = torch.full((len(z),), 1 / len(z), dtype=torch.float64)
    if eps == 0:
        return WorstCase(float(home.mean()), z, alike, math.inf, 0.0)
    if math.isinf(p):
        return WorstCase(*winf_worst_case(z, g, eps), alike, math.inf, 0.0)
    endless = WorstCase(math.inf, z, alike, math.inf, 0.0)
    if reach is None:
        reach = search_range(z, p, eps)
        if _outgrows(g, z, p, reach):
            return endless
    search = Search(g, z.numpy(), p, eps, *_within(reach, z))
    found = search.split()
    if found is None:
        return endless
    points, masses = torch.from_numpy(found.points), torch.from_numpy(found.masses)
    if not split:
        points, masses = torch.from_numpy(search.whole(found).copy()), alike
    value = _mean(g, z, points, masses)
    return WorstCase(value, points, masses, float(found.lam), float(found.dual) - value)


def winf_worst_case(atoms: Tensor, g: Function, rho: float) -> Sup:
    """mean_i of sup over |z − z_i| ≤ ρ of g(z): the worst law within W_∞ ≤ ρ (DRO-08).

    Args:
        atoms: z_i, (n,).
        g: of places (n, m), as in `worst_case`; a g that keeps the label of each row gives the
            adversarial risk, one that takes the larger of two labels lets labels move for nothing.
        rho: ρ ≥ 0.

    Raises:
        ValueError: ρ < 0, an atom or its g that is not finite.
    """
    z, home = _asked(atoms, g)
    require("rho", rho, 0)
    if rho == 0:
        return Sup(float(home.mean()), z)
    low, high = (z - rho)[:, None].numpy(), (z + rho)[:, None].numpy()
    places = z[:, None] + rho * torch.linspace(-1, 1, RIM, dtype=torch.float64)
    width, best, top = 2 * rho / (RIM - 1), z, home[:, 0]
    for _ in range(FOLDS + 1):
        summits = torch.from_numpy(peaks(heights(g, places).numpy(), places.numpy()))
        known = torch.cat([z[:, None], best[:, None], summits], 1)
        height = heights(g, known)
        before, top = top, height.amax(1)
        # of equally high ones the nearest
        far = torch.where(height == top[:, None], (known - z[:, None]).abs(), math.inf)
        best = known.gather(1, far.argmin(1, keepdim=True))[:, 0]
        centres = torch.cat([best[:, None], summits], 1).numpy()
        places, width = torch.from_numpy(around(centres, width, low, high)), width / CLOSER
    if bool((top > before + POLE * (1 + before.abs())).any() | (top == math.inf).any()):
        return Sup(math.inf, z)
    return Sup(float(top.mean()), best)


def _asked(atoms: Tensor, g: Function) -> tuple[Tensor, Tensor]:
    """The atoms, and g there, (n, 1)."""
    z = sample("atoms", atoms)
    home = g(z[:, None])
    if not isinstance(home, Tensor) or home.shape != (len(z), 1):
        got = tuple(home.shape) if isinstance(home, Tensor) else type(home).__name__
        raise ValueError(f"expected g to answer places (n, m) with a tensor (n, m), got {got}")
    bad = home[~home.isfinite()]
    if len(bad):
        raise ValueError(f"expected g in (-inf, inf) at every atom, got {bad[0].item():g}")
    return z, home.double()


def _within(reach: tuple[float, float], z: Tensor) -> tuple[float, float]:
    low, high = (require("reach", float(each)) for each in reach)
    if not low <= float(z.min()) <= float(z.max()) <= high or low == high:
        raise ValueError(f"expected reach around all atoms, got [{low:g}, {high:g}]")
    return low, high


def _mean(g: Function, z: Tensor, points: Tensor, masses: Tensor) -> float:
    """E_Q[g]; g is asked in rows of two places, the second one for the atom that is split."""
    at = torch.from_numpy(homes(masses.numpy(), len(z)))
    second = torch.zeros(len(at), dtype=torch.int64)
    second[1:] = (at[1:] == at[:-1]).long()
    places = z[:, None].repeat(1, 2)
    places[at, second] = points
    return float(masses @ heights(g, places)[at, second])


def _outgrows(g: Function, z: Tensor, p: float, reach: tuple[float, float]) -> bool:
    """Whether max g over |z| ≤ R grows like a higher power of R than p, judged far out."""
    middle, half = sum(reach) / 2, (reach[1] - reach[0]) / 2
    far = half * 2.0 ** torch.arange(DOUBLINGS + 1, dtype=torch.float64)
    sides = [heights(g, (middle + s * far).expand(len(z), -1)) for s in (1, -1)]
    most = torch.maximum(*sides).amax(0).cummax(0).values
    start, end = float(most[DOUBLINGS // 2]), float(most[-1])
    if end == math.inf:
        return True
    if end <= 1 or start <= 0:
        return False
    return math.log2(end / start) / (DOUBLINGS - DOUBLINGS // 2) > p + EXCESS
