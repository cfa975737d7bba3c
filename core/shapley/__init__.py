"""Games of many players: Shapley values exact and sampled, and the games of predictions, risks."""

# ruff: noqa: F401

from core.shapley.coalitions import coalitions
from core.shapley.estimates import Estimate, Sampled, permutation_estimate, permutation_snapshots
from core.shapley.games import airport, glove, random_game, table, unanimity, voting
from core.shapley.kernel import kernel_shap
from core.shapley.prediction import gaussian_background, prediction_game, restrict, shap_values
from core.shapley.risk import (
    information_game,
    joint_covariance,
    permutation_importance,
    regression_game,
    sage_snapshots,
    sage_values,
)
from core.shapley.stability import core_vertices, excess, in_core
from core.shapley.values import (
    banzhaf_values,
    first_in,
    interaction_index,
    last_in,
    lofo,
    marginal_contributions,
    mobius,
    shapley_values,
    shapley_weights,
)
