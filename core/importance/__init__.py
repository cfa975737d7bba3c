"""Importance of features and causal effects: curves, hidden features, permutations, graphs."""

# ruff: noqa: F401

from core.importance.losses import (
    Importance,
    Losses,
    conditional_importance,
    linear,
    lofo,
    normal_losses,
    normal_told,
    permutation_importance,
    table_losses,
)
