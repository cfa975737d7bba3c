"""Landscapes: functions to descend, and what descending them shows."""

from core.landscapes.formula import from_formula, line_formula
from core.landscapes.landscape import Landscape
from core.landscapes.matrices import condition_number, eigenvalues_2x2, printed_condition_number
from core.landscapes.surfaces import (
    Quadratic,
    beale,
    himmelblau,
    logistic,
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
    "line_formula",
    "logistic",
    "printed_condition_number",
    "quadratic",
    "rastrigin",
    "rosenbrock",
    "saddle",
    "sine_valley",
]
