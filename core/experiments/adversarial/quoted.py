"""Numbers that the texts of the topic quote, computed where they stand: @name@."""

import torch

from core.adversarial import robust_accuracy
from core.adversarial.digits import TEMPERATURE, load, unseen
from core.experiments.adversarial import arena_claims, nets_claims, price_claims
from core.experiments.adversarial.arena import arena
from core.experiments.adversarial.ball import ball
from core.experiments.adversarial.certificate import certificate
from core.experiments.adversarial.digits import digits
from core.experiments.adversarial.dimensions import dimensions
from core.experiments.adversarial.nets import NETS, OWN, SIZES, tried
from core.experiments.adversarial.norms import norms
from core.experiments.adversarial.price import price
from core.experiments.adversarial.tangent import tangent
from core.words import number

SPIRALS = {"hill": "spirals", "norm": "2", "eps": 0.5, "x1": -0.5, "x2": 0.3}
MOONS = {"hill": "moons", "norm": "2", "eps": 0.5, "x1": -0.5, "x2": 1.0}
DEEP = {"cloud": "moons", "x1": 0.5, "x2": 0.45}
RING = {"cloud": "rings"}
MIDDLE = {"cloud": "blobs", "x1": -0.85, "x2": -1.06}


def _times(**values: object) -> str:
    """How many times as far as it is the tangent puts the boundary."""
    run = tangent(**values)
    return number(run.reach / run.true)


def _stands(name: str, eps: float, attack: str, scale: float = 1.0) -> str:
    """Share of the unseen digits that one of the five nets reads right under attack."""
    sizes = [size for size in SIZES if size <= eps + 1e-9]
    net = load(name).scaled(scale)
    return nets_claims.percent(float(robust_accuracy(net, *unseen(), sizes, attack=attack)[-1]))


def _shown(source: str, net: str, eps: float) -> str:
    """The same for a net that is shown what PGD made on a net."""
    none = torch.zeros(len(OWN), len(unseen().y), dtype=torch.bool)
    sizes = [k for k, size in enumerate(SIZES) if size <= eps + 1e-9]
    fallen = torch.stack([tried(source, k, 20, 0, none)[1][NETS.index(net)] for k in sizes])
    return nets_claims.percent(float((~fallen.any(0)).double().mean()))


def _right(judge: float, **values: object) -> str:
    """Share that training for the table reads right under an attack."""
    return price_claims.percent(price(**values).trained.accuracy(judge))


def _certain(**values: object) -> str:
    """Per cent of the true distance that the norms of the layers certify."""
    run = certificate(**values)
    return number(100 * run.lipschitz / run.true, 2)


NUMBERS = {
    "ball_one": lambda: number(ball().distance("1")),
    "ball_two": lambda: number(ball().distance("2")),
    "ball_most": lambda: number(ball().distance("inf")),
    "norms_half": lambda: number(norms(p=0.5).both),
    "arena_start": lambda: f"{arena().start:.4f}",
    "arena_fgsm": lambda: f"{arena().fgsm:.4f}",
    "arena_pgd": lambda: f"{arena().pgd:.4f}",
    "arena_top": lambda: f"{arena().top:.4f}",
    "arena_big": lambda: f"{arena(alpha=0.3).pgd:.4f}",
    "arena_share": lambda: f"{arena_claims.share(arena(**SPIRALS)):.0f} %",
    "arena_noise": lambda: f"{arena_claims.share(arena(**MOONS)):.0f} %",
    "colour": lambda: number(dimensions(d=3072, kind="gauss", eps=8 / 255).drop),
    "tangent_middle": lambda: number(tangent(**MIDDLE).reach),
    "tangent_middle_true": lambda: number(tangent(**MIDDLE).true, 2),
    "tangent_centre": lambda: _times(cloud="rings", x1=0.0, x2=0.0),
    "tangent_past": lambda: number(tangent(cloud="spirals", x1=-0.37, x2=0.53).reach),
    "nets_own": lambda: _shown("distilled", "distilled", 0.15),
    "nets_carried": lambda: _shown("standard", "distilled", 0.15),
    "nets_divided": lambda: _stands("distilled", 0.15, "pgd", scale=1 / TEMPERATURE),
    "nets_fgsm_one": lambda: _stands("one_step", 0.25, "fgsm"),
    "nets_pgd_one": lambda: _shown("one_step", "one_step", 0.25),
    "price_clean": lambda: _right(0.0),
    "price_plain": lambda: _right(0.0, eps=0.0),
    "price_held": lambda: _right(0.5),
    "price_fooled": lambda: _right(0.5, eps=0.0),
    "price_between": lambda: _right(0.4, eps=0.4),
    "price_larger": lambda: _right(0.4, eps=0.6),
    "price_random": lambda: _right(0.5, near="random"),
    "digits_before": lambda: f"{100 * float(digits().before[0].amax()):.3g}",
    "digits_sure": lambda: f"{100 * float(digits().after[0].amax()):.3g}",
    "digits_first": lambda: number(digits().first[0]),
    "digits_robust": lambda: number(digits().first[1], 4),
    "digits_whole": lambda: number(digits(ball="whole").first[1]),
    "digits_target": lambda: number(digits(target="5").first[0], 4),
    "digits_silent": lambda: number(digits(reader="distilled", attack="deepfool").first[0]),
    "certificate_alike": lambda: number(certificate().radius),
    "certificate_true": lambda: number(certificate(**DEEP).true),
    "certificate_norms": lambda: _certain(**DEEP),
    "certificate_before": lambda: number(certificate(**DEEP).radius, 2),
    "certificate_noise": lambda: number(certificate(**DEEP, sigma=1.0).radius, 2),
    "certificate_ring": lambda: number(certificate(**RING).radius),
    "certificate_ring_true": lambda: number(certificate(**RING).true),
}
