"""Mutual information against sklearn, by neighbours and counts; the best Gaussian against scipy."""

import math
from collections.abc import Iterator

import numpy as np
import torch
from scipy.optimize import minimize
from sklearn.feature_selection import mutual_info_classif, mutual_info_regression

from benchmarks.row import Row, cpu_ms
from core.diffusion import Mixture
from core.information import best_gaussian, divergence, ksg, normal_pairs, plug_in, tally
from core.rng import generator

POINTS, NEIGHBOURS = 2000, 3
ROWS, FEATURES, LEVELS = 2000, 20, 6
TARGET = Mixture([0.3, 0.7], [-2.0, 2.0], 0.5)


def rows() -> Iterator[Row]:
    """Neighbours, counts, and the reverse KL of a Gaussian to two bumps."""
    yield neighbours()
    yield counts()
    yield lock_on()


def neighbours() -> Row:
    """The peer scales, and adds noise of 1e-10, which is what is left of the difference."""
    x, y = normal_pairs(0.8, POINTS, generator(0))
    x, y = (each / each.std(correction=0) for each in (x, y))
    column, target = x.numpy()[:, None], y.numpy()

    def theirs() -> float:
        found = mutual_info_regression(
            column, target, discrete_features=False, n_neighbors=NEIGHBOURS, random_state=0
        )
        return float(found[0])

    return Row(
        what=f"mutual information by {NEIGHBOURS} neighbours, {POINTS} points",
        ours_ms=cpu_ms(lambda: ksg(x, y, NEIGHBOURS)),
        peer="sklearn, mutual_info_regression",
        peer_ms=cpu_ms(theirs),
        budget=1.5,
        agreement=abs(ksg(x, y, NEIGHBOURS) - theirs()),
    )


def counts() -> Row:
    x = torch.randint(LEVELS, (FEATURES, ROWS), generator=generator(1))
    y = (x[0] + x[1]) % LEVELS
    table, target = x.T.numpy(), y.numpy()

    def ours() -> np.ndarray:
        return plug_in(torch.stack([tally(each, y) for each in x])).numpy()

    def theirs() -> np.ndarray:
        return mutual_info_classif(table, target, discrete_features=True)

    return Row(
        what=f"mutual information of {FEATURES} features of {LEVELS} levels, {ROWS} rows",
        ours_ms=cpu_ms(ours),
        peer="sklearn, mutual_info_classif",
        peer_ms=cpu_ms(theirs),
        budget=5.0,
        agreement=float(np.abs(ours() - theirs()).max()),
    )


def lock_on() -> Row:
    """Both from the same three starts, the peer by BFGS on our integral."""
    starts = [(-2.0, 0.5), (2.0, 0.5), (0.8, 1.9)]

    def theirs() -> float:
        ends = [
            minimize(
                lambda at: float(divergence(TARGET, "reverse", at[0], math.exp(at[1]))),
                (mu, math.log(sigma)),
            )
            for mu, sigma in starts
        ]
        return min(end.fun for end in ends)

    return Row(
        what="least reverse KL of a Gaussian to two bumps, all local optima",
        ours_ms=cpu_ms(lambda: best_gaussian(TARGET, "reverse")),
        peer="scipy, BFGS",
        peer_ms=cpu_ms(theirs),
        budget=1.5,
        agreement=abs(best_gaussian(TARGET, "reverse").value - theirs()),
    )
