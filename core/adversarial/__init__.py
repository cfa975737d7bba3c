r"""Adversarial perturbations: what is exact for linear classifiers, attacks on all others.

>>> from core.adversarial.nets import fit, labelled_cloud
>>> from core.rng import generator
>>> X, y = labelled_cloud("moons", 200, generator=generator(0))
>>> net = fit(X, y)
>>> sweep = eps_sweep(net, X, y, [0.0, 0.2, 0.4, 0.8], norm=2)  # sweep.accuracy falls from 1

A model is any function of x, (n, d) -> scores (n, K). Sources: ROB-01 to ROB-14.
"""

from core.adversarial.attacks import Iterate, fgsm, noise, pgd, pgd_iterates
from core.adversarial.balls import (
    ball_boundary,
    dual_exponent,
    norm_of,
    project,
    random_in_ball,
    steepest,
)
from core.adversarial.linear import (
    Margins,
    Perturbation,
    WorstCase,
    holder,
    linear_min_perturbation,
    multiclass_margins,
    targeted_min_perturbation,
    worst_corner,
)
from core.adversarial.linearise import (
    Surface,
    cross_entropy,
    gradient,
    jacobian,
    linearisation_error,
    loss_surface,
    margin_loss,
)
from core.adversarial.minimal import deepfool, deepfool_iterates
from core.adversarial.outcomes import Outcome, Sweep, eps_sweep, outcome, quantised

__all__ = [
    "Iterate",
    "Margins",
    "Outcome",
    "Perturbation",
    "Surface",
    "Sweep",
    "WorstCase",
    "ball_boundary",
    "cross_entropy",
    "deepfool",
    "deepfool_iterates",
    "dual_exponent",
    "eps_sweep",
    "fgsm",
    "gradient",
    "holder",
    "jacobian",
    "linear_min_perturbation",
    "linearisation_error",
    "loss_surface",
    "margin_loss",
    "multiclass_margins",
    "noise",
    "norm_of",
    "outcome",
    "pgd",
    "pgd_iterates",
    "project",
    "quantised",
    "random_in_ball",
    "steepest",
    "targeted_min_perturbation",
    "worst_corner",
]
