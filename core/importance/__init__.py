"""Importance of features and causal effects: curves, hidden features, permutations, graphs."""

# ruff: noqa: F401

from core.importance.curves import (
    BASES,
    FLOOR,
    Predict,
    Support,
    Toy,
    ice,
    interaction,
    nearby,
    pdp,
    sensitivity,
    support,
)
from core.importance.hiding import WAYS, Quadratic, cloud, expected, hidden, hide, stand_in
