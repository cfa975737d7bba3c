"""What the five nets claim: ROB-01 of every digit, ROB-12 and ROB-13 of the attacks."""

from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from core.adversarial import SIGNS
from core.adversarial.measures import SLACK
from core.check import Check, at_most, equal, same
from core.experiments.adversarial.nets import (
    NAMED,
    NETS,
    OWN,
    SHOWN,
    SIZES,
    Nets,
    misread,
    slopeless,
    tried,
)

FLAT = NETS.index("distilled")  # the net without slopes, the last one
MANY = 10  # steps from which on PGD is asked to do what one step does
UNDER = {
    "pgd": "PGD on each net itself",
    "fgsm": "FGSM on each net itself",
    "noise": "20 draws of noise of each size",
    "divided": "PGD on scores divided by 1000",
    "others": "PGD on the four other nets",
    "together": "all attacks together",
}


def checks(run: Nets, *, eps: float, net: str, steps: int, seed: int) -> list[Check]:
    """On the digits, on the attacks on the chosen net, and on all sizes."""
    i, k = NETS.index(net), run.at(eps)
    found = torch.cat([run.own[i], run.carried[i]])
    fallen = _again(net, k, steps, seed, (run.own[i] >= k).numpy().tobytes())
    flat = run.own[FLAT, OWN.index("fgsm")][slopeless()[FLAT] & ~misread()[FLAT]]
    sloped = [run.curve(run.first(attack))[:FLAT] for attack in ("pgd", "fgsm", "noise")]
    standing = (run.first("pgd")[:FLAT] > SHOWN).double().mean()
    many = (steps >= MANY, f"PGD takes {steps} of the {MANY} steps that this is asked of")
    whole = (run.progress == 1, "the attack without a limit is still to come")
    return [
        same(
            "ROB-01",
            "at ε = 0 an attack flips the digits that a net misreads anyhow, and no other",
            torch.cat([run.own.transpose(0, 1), run.carried]) == 0,
            misread(),
        ),
        same(
            "ROB-13",
            f"the attacks on {NAMED[net]} at ε = {SIZES[k]:.3g} made once more: what they flip had "
            "fallen by then, and what fell there falls again",
            torch.stack([fallen & (found > k), ~fallen & (found == k)]),
            torch.zeros_like(fallen),
        ),
        equal(
            "ROB-12",
            "where the loss of distilled has no slope, δ = 0: digits that FGSM flips there",
            int((flat < run.done).sum()),
            0,
        ),
        at_most(
            "ROB-13",
            "many steps leave no more digits standing than one, or than noise: largest excess, of "
            "the four nets whose loss has a slope",
            (sloped[0] - torch.minimum(*sloped[1:])).max(),
            SLACK,
            tol=0.0,
            needs=(many,),
        ),
        equal(
            "ROB-13",
            "without a limit on ε PGD leaves nothing of the four nets whose loss has a slope: "
            "share of the digits",
            standing,
            0.0,
            needs=(many, whole),
        ),
    ]


@lru_cache(maxsize=128)
def _again(net: str, k: int, steps: int, seed: int, standing: bytes) -> Tensor:
    """What size k flips of the digits that stood before it, made again, (8, n)."""
    rows = torch.frombuffer(bytearray(standing), dtype=torch.bool).view(len(OWN), -1)
    return torch.cat(tried(net, k, steps, seed, rows))


def says(run: Nets, *, eps: float, attack: str, net: str) -> str:
    """What the chosen attack leaves of each, what all leave of the chosen net, and its signs."""
    i, left = NETS.index(net), run.left(attack, eps).tolist()
    ranking = sorted(range(len(NETS)), key=lambda j: -left[j])
    told = ", ".join(f"{NAMED[NETS[j]]} {percent(left[j])}" for j in ranking)
    own, most = (percent(float(run.left(each, eps)[i])) for each in ("pgd", "together"))
    others = {
        "pgd": f"All attacks together leave {NAMED[net]} {most}.",
        "together": f"PGD on {NAMED[net]} itself leaves it {own}.",
    }
    both = f"PGD on {NAMED[net]} itself leaves it {own}, all attacks together {most}."
    signs = int(run.signs(eps)[1][:, i].sum())
    many = f"{signs} of {len(SIGNS)} signs say" if signs > 1 else f"{signs or 'No'} sign says"
    return (
        f"Read right at ε = {SIZES[run.at(eps)]:.3g} under {UNDER[attack]}: {told}. "
        f"{others.get(attack, both)} {many} that its gradients are hidden."
    )


def percent(share: float) -> str:
    """0.0361 as 4 %."""
    return "under 1 %" if 0 < share < 0.005 else f"{100 * share:.0f} %"


def _carried(run: Nets, eps: float) -> tuple[float, dict[str, Any]]:
    """What PGD on `standard` leaves of `distilled`."""
    matrix = run.matrix(eps)
    left, own = matrix[NETS.index("standard"), FLAT], matrix[FLAT, FLAT]
    flat = slopeless()[FLAT].double().mean()
    return float(left), _told(left=left, own=own, flat=flat)


def _divided(run: Nets, eps: float, attack: str) -> tuple[float, dict[str, Any]]:
    """What the chosen attack, PGD on divided scores, leaves of `distilled`."""
    left, own, all_ = (run.left(each, eps)[FLAT] for each in (attack, "pgd", "together"))
    return float(left), _told(left=left, own=own, all=all_)


def _leader(run: Nets, eps: float) -> tuple[str, dict[str, Any]]:
    """Which of the two nets trained under an attack keeps more digits under PGD."""
    (f_robust, f_one), (robust, one) = (
        run.left(attack, eps)[[NETS.index("robust"), NETS.index("one_step")]].tolist()
        for attack in ("fgsm", "pgd")
    )
    key = "robust" if robust > one else "one_step" if one > robust else "equal"
    return key, _told(robust=robust, one=one, f_robust=f_robust, f_one=f_one)


def _told(**shares: float | Tensor) -> dict[str, Any]:
    return {name: percent(float(share)) for name, share in shares.items()}


answers = {"carried": _carried, "divided": _divided, "leader": _leader}
