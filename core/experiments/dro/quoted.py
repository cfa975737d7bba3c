"""Numbers that the texts of the topic quote, computed where they stand: @name@."""

import math
from collections import deque
from functools import cache

import torch
from torch import Tensor

from core.dro import median_bias_bound, worst_case
from core.experiments.dro import groups_claims, penalty_claims, shift_claims
from core.experiments.dro.groups import groups
from core.experiments.dro.penalty import penalty
from core.experiments.dro.shift import shift
from core.experiments.dro.unify import unify
from core.experiments.dro.worst import worst
from core.words import number

TEXTURE = {"data": "breast_cancer", "feature": 2, "alone": True}
FREE = {"g": "free", "z1": -1.0, "z2": 0.2, "rho": 0.4}
MISLEADING = {"loss": "logistic", "noise1": 1.0, "noise2": 1.0}


def _waves(p: float) -> str:
    """The worst mean of sin 3z + 0.3 z around 0, ½ and 2 within ½."""

    def g(z: Tensor) -> Tensor:
        return (3 * z).sin() + 0.3 * z

    atoms = torch.tensor([0.0, 0.5, 2.0], dtype=torch.float64)
    return f"{worst_case(atoms, g, p, 0.5).value:.4f}"


def _step(p: float) -> str:
    """The worst mean of 1[z ≥ 2] around 0 within 1."""
    return number(worst_case(torch.zeros(1), lambda z: (z >= 2).double(), p, 1.0).value)


@cache
def _shifted(**values: str | int | bool) -> shift_claims.Shifted:
    return deque(shift(**values), maxlen=1).pop()


def _shift(fit: str, strength: float = 1.5, **values: str | int | bool) -> str:
    """Mean risk of a fit on the rows that it is used on."""
    return shift_claims.facts(_shifted(**values), strength)[fit]


def _farthest() -> Tensor:
    """Mass of what goes farthest at p = 2 and ρ = 0.6."""
    run = unify(rho=0.6)
    return run.masses[1][run.way[1].argmax()]


NUMBERS = {
    "bias_tenth": lambda: f"{median_bias_bound(0.1):.4f}",
    "split_one": lambda: _step(1),
    "worst_1": lambda: _waves(1),
    "worst_2": lambda: _waves(2),
    "worst_4": lambda: _waves(4),
    "worst_8": lambda: _waves(8),
    "worst_16": lambda: _waves(16),
    "worst_inf": lambda: _waves(math.inf),
    "groups_plain1": lambda: groups_claims.facts(groups())["plain1"],
    "groups_plain2": lambda: groups_claims.facts(groups())["plain2"],
    "groups_limited1": lambda: groups_claims.facts(groups(radius=0.2))["robust1"],
    "groups_limited2": lambda: groups_claims.facts(groups(radius=0.2))["robust2"],
    "groups_noisy1": lambda: groups_claims.facts(groups(noise2=2.5))["robust1"],
    "groups_noisy2": lambda: groups_claims.facts(groups(noise2=2.5))["robust2"],
    "groups_noisy_plain1": lambda: groups_claims.facts(groups(noise2=2.5))["plain1"],
    "groups_noisy_plain2": lambda: groups_claims.facts(groups(noise2=2.5))["plain2"],
    "groups_before": lambda: groups_claims.facts(groups(**MISLEADING))["before"],
    "groups_after": lambda: groups_claims.facts(groups(**MISLEADING))["after"],
    "worst_hill": lambda: f"{worst(g='concave', n=2, z1=-0.5, z2=1.0, p=2.0, eps=0.3).value:.4f}",
    "worst_parabola": lambda: number(worst(g="own", n=2, z2=1.0, p=2.0, eps=0.1).value),
    "penalty_worst": lambda: f"{penalty().worst:.4f}",
    "penalty_first": lambda: f"{penalty().worst - penalty_claims.gap(penalty(), 0.5):.4f}",
    "penalty_gap": lambda: number(penalty_claims.gap(penalty(), 0.5)),
    "penalty_quarter": lambda: number(penalty_claims.gap(penalty(eps=0.25), 0.25)),
    "penalty_corner": lambda: number(penalty(norm="inf").worst, 4),
    "unify_far": lambda: number(unify(rho=0.6).way[1].max()),
    "unify_dust": lambda: f"{300 * float(_farthest()):.0f} %",
    "unify_free": lambda: number(unify(**FREE).values[5]),
    "unify_kept": lambda: number(unify(**FREE).adversarial),
    "shift_plain": lambda: _shift("plain"),
    "shift_weighted": lambda: _shift("weighted"),
    "shift_left": lambda: _shift("left"),
    "shift_rows": lambda: _shift("rows"),
    "shift_hue_plain": lambda: _shift("plain", data="wine", feature=8, alone=True),
    "shift_hue_weighted": lambda: _shift("weighted", data="wine", feature=8, alone=True),
    "shift_radius_plain": lambda: _shift("plain", data="breast_cancer", feature=1),
    "shift_radius_robust": lambda: _shift("robust", data="breast_cancer", feature=1),
    "shift_texture_plain": lambda: _shift("plain", 0.0, **TEXTURE),
    "shift_texture_robust": lambda: _shift("robust", 0.0, **TEXTURE),
}
