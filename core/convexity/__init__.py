r"""Shapes of functions: convexity, curvature, and what they promise to descent.

>>> import torch
>>> from core.convexity import counterexample, pl_constant, shape, taylor
>>> from core.rng import generator
>>> counterexample(shape("well"), -2.0, 2.0, generator(0))  # (−1, 1): its middle is above the chord
>>> taylor(torch.exp, 0.0, 2, 1.0).xi  # 0.2698
>>> pl_constant(shape("sine_valley", 3.0), 0.0, -10.0, 10.0)  # 0.1755, and f is not convex

Functions on the line take places of any shape, entry by entry, and are built of torch operations.
Sources: ANA-01 to ANA-19, PROB-16, OPT-01 to OPT-07.
"""

from core.convexity.chords import TRIED, below_tangent, chord_gap, counterexample, tangent_gap
from core.convexity.constraint import PAIRS, Extremum, bending, gradient, lagrange, onto, slant
from core.convexity.dominance import least_squares, pl_constant, pl_ratio
from core.convexity.estimators import (
    exact_gradient,
    reparametrised_gradient,
    score_gradient,
    uniform_gradient,
)
from core.convexity.jets import derivatives
from core.convexity.library import (
    NAMES,
    OUTER,
    SERIES,
    Shape,
    breaking_height,
    combined,
    composed,
    larger,
    own,
    shape,
    smaller,
)
from core.convexity.matrices import (
    amplification,
    gram,
    hilbert,
    inner,
    ratio_density,
    ratios,
    sensitivity,
)
from core.convexity.parabolas import after_step, curvatures, descend, minimum, parabola, sandwich
from core.convexity.regions import (
    Region,
    annulus,
    ball,
    disc,
    half_planes,
    intersection,
    leaving,
    polygon,
    star,
    union,
)
from core.convexity.series import Taylor, taylor
from core.convexity.wide import NetStep, least_eigenvalues, tangent_kernel, wide_limit, wide_net

__all__ = [
    "NAMES",
    "OUTER",
    "PAIRS",
    "SERIES",
    "TRIED",
    "Extremum",
    "NetStep",
    "Region",
    "Shape",
    "Taylor",
    "after_step",
    "amplification",
    "annulus",
    "ball",
    "below_tangent",
    "bending",
    "breaking_height",
    "chord_gap",
    "combined",
    "composed",
    "counterexample",
    "curvatures",
    "derivatives",
    "descend",
    "disc",
    "exact_gradient",
    "gradient",
    "gram",
    "half_planes",
    "hilbert",
    "inner",
    "intersection",
    "lagrange",
    "larger",
    "least_eigenvalues",
    "least_squares",
    "leaving",
    "minimum",
    "onto",
    "own",
    "parabola",
    "pl_constant",
    "pl_ratio",
    "polygon",
    "ratio_density",
    "ratios",
    "reparametrised_gradient",
    "sandwich",
    "score_gradient",
    "sensitivity",
    "shape",
    "slant",
    "smaller",
    "star",
    "tangent_gap",
    "tangent_kernel",
    "taylor",
    "uniform_gradient",
    "union",
    "wide_limit",
    "wide_net",
]
