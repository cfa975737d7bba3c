"""Circles, and the ellipses on which a normal pair is equally dense."""

import numpy as np

TURN = np.linspace(0, 2 * np.pi, 121)
CIRCLE = np.stack([np.cos(TURN), np.sin(TURN)])


def circle(radius: float = 1.0) -> np.ndarray:
    """Around 0, (2, 121)."""
    return radius * CIRCLE


def ellipse(rho: float, radius: float) -> np.ndarray:
    """Where xᵀΣ⁻¹x is radius² for two numbers of variance 1 and correlation rho, (2, 121)."""
    x, y = radius * CIRCLE
    return np.stack([x, rho * x + (1 - rho * rho) ** 0.5 * y])
