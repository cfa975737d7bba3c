"""Landscapes: functions to descend, and what descending them shows."""

from core.landscapes.formula import from_formula
from core.landscapes.surfaces import (
    Landscape,
    Quadratic,
    beale,
    condition_number,
    eigenvalues_2x2,
    himmelblau,
    logistic,
    printed_condition_number,
    quadratic,
    rastrigin,
    rosenbrock,
    saddle,
    sine_valley,
)

__all__ = [
    "Landscape",
    "Quadratic",
    "beale",
    "condition_number",
    "eigenvalues_2x2",
    "from_formula",
    "himmelblau",
    "logistic",
    "printed_condition_number",
    "quadratic",
    "rastrigin",
    "rosenbrock",
    "saddle",
    "sine_valley",
]
