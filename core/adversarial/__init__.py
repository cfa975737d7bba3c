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
from core.adversarial.dimensions import (
    Dimensions,
    across_dimensions,
    attack_size,
    expected_ratio,
    norm_ratio,
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
from core.adversarial.measures import SIGNS, Evidence, masked, robust_accuracy, transfer
from core.adversarial.minimal import deepfool, deepfool_iterates
from core.adversarial.nets import Net, certified_radius, fit, labelled_cloud, lipschitz_bound
from core.adversarial.outcomes import Outcome, Sweep, eps_sweep, outcome, quantised
from core.adversarial.smoothing import Smoothed, largest_radius, smoothed_radius
from core.adversarial.training import (
    Snapshot,
    adversarial_train,
    signed,
    tabular,
    toy_accuracy,
    worst_logistic_loss,
)

__all__ = [
    "SIGNS",
    "Dimensions",
    "Evidence",
    "Iterate",
    "Margins",
    "Net",
    "Outcome",
    "Perturbation",
    "Smoothed",
    "Snapshot",
    "Surface",
    "Sweep",
    "WorstCase",
    "across_dimensions",
    "adversarial_train",
    "attack_size",
    "ball_boundary",
    "certified_radius",
    "cross_entropy",
    "deepfool",
    "deepfool_iterates",
    "dual_exponent",
    "eps_sweep",
    "expected_ratio",
    "fgsm",
    "fit",
    "gradient",
    "holder",
    "jacobian",
    "labelled_cloud",
    "largest_radius",
    "linear_min_perturbation",
    "linearisation_error",
    "lipschitz_bound",
    "loss_surface",
    "margin_loss",
    "masked",
    "multiclass_margins",
    "noise",
    "norm_of",
    "norm_ratio",
    "outcome",
    "pgd",
    "pgd_iterates",
    "project",
    "quantised",
    "random_in_ball",
    "robust_accuracy",
    "signed",
    "smoothed_radius",
    "steepest",
    "tabular",
    "targeted_min_perturbation",
    "toy_accuracy",
    "transfer",
    "worst_corner",
    "worst_logistic_loss",
]
