r"""Laws near other laws: contamination, transport, and the worst law in a Wasserstein ball.

>>> import torch
>>> from core.dro import wasserstein_1d, worst_case
>>> wasserstein_1d(torch.tensor([0.0, 1.0]), torch.tensor([5.0, 6.0]))  # 5.0
>>> worst_case(torch.zeros(1), lambda z: (z >= 2).double(), p=1, eps=1.0).value  # 0.5

Sources: DRO-01 to DRO-08, GAN-09.
"""

from core.dro.entropic import Entropic, Step, sinkhorn, sinkhorn_steps
from core.dro.group import GroupFit, group_fit, two_groups
from core.dro.laws import common_support, jsd, kl
from core.dro.penalty import first_order, gradient_norm, order, worst_risk
from core.dro.robust import (
    ESTIMATES,
    Huber,
    Law,
    breakdown_point,
    breaks_at,
    contaminate,
    huber,
    mean,
    median,
    median_bias_bound,
    sensitivity,
    trimmed_mean,
)
from core.dro.shift import Halves, Shift, chi2_worst, halves, shift
from core.dro.transport import Assigned, Plan, sorted_plan, wasserstein, wasserstein_1d
from core.dro.worst import Sup, WorstCase, search_range, winf_worst_case, worst_case

__all__ = [
    "ESTIMATES",
    "Assigned",
    "Entropic",
    "GroupFit",
    "Halves",
    "Huber",
    "Law",
    "Plan",
    "Shift",
    "Step",
    "Sup",
    "WorstCase",
    "breakdown_point",
    "breaks_at",
    "chi2_worst",
    "common_support",
    "contaminate",
    "first_order",
    "gradient_norm",
    "group_fit",
    "halves",
    "huber",
    "jsd",
    "kl",
    "mean",
    "median",
    "median_bias_bound",
    "order",
    "search_range",
    "sensitivity",
    "shift",
    "sinkhorn",
    "sinkhorn_steps",
    "sorted_plan",
    "trimmed_mean",
    "two_groups",
    "wasserstein",
    "wasserstein_1d",
    "winf_worst_case",
    "worst_case",
    "worst_risk",
]
