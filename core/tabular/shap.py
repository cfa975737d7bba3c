"""The games v(S) = f_S(x_S) of a row for a model of a table: f of all mixtures (x_S, z) at once.

The four readings of "feature absent" are those of `core.shapley.prediction`; three of them ask f at
mixtures of the row with background rows, the conditional one fills in what x_S lets expect.
Covariances are those of the training rows.
"""

from functools import lru_cache

import torch
from torch import Tensor

from core.check import choose, require
from core.rng import generator
from core.shapley.coalitions import coalitions
from core.shapley.prediction import GAMES, inverse_blocks, slopes
from core.tabular.data import Data, data
from core.tabular.models import Model

BACKGROUND = 50  # rows at most
BANDWIDTH = 0.1  # of the empirical game
IN_WORDS = {
    "baseline": "takes the value of an average row",
    "interventional": "takes the values of the background rows, whatever else is known",
    "conditional": "takes what the known features let expect, as if all were Gaussian",
    "empirical": "takes the values of the background rows most like this one",
}


def drawn(table: Data, background: int, seed: int) -> Tensor:
    """Training rows drawn without replacement, (b, p).

    Raises:
        ValueError: more rows than the table has, or than 50.
    """
    require("background", background, 1, most_background(table), integer=True)
    order = torch.randperm(len(table.train), generator=generator(seed))
    return table.X[table.train[order[:background]]]


def most_background(table: Data) -> int:
    """The number of background rows that a table offers."""
    return min(BACKGROUND, len(table.train))


def reach_background(name: str, target: str) -> tuple[int, int]:
    """What the control of the background spans for the table with this name."""
    try:
        return 1, most_background(data(name, target))
    except ValueError:  # the picture says what is wrong with the table
        return 1, BACKGROUND


def games(f: Model, table: Data, x: Tensor, z: Tensor) -> Tensor:
    """v(S) of the four games, (4, 2**p), in the order of `GAMES`; as `restrict(…).table`."""
    mixed = f.mixed(x, torch.cat((z.mean(0, keepdim=True), z)))  # the average row first
    baseline, rows = mixed[0], mixed[1:]
    weighted = (likeness(table, x, z) * rows.T).sum(1)
    return torch.stack((baseline, rows.mean(0), conditional(f, table, x, z), weighted))


def worth(game: str, f: Model, table: Data, x: Tensor, z: Tensor) -> Tensor:
    """v(S) = f_S(x_S) of one game, (2**p,)."""
    match choose("game", game, GAMES):
        case "baseline":
            return f.mixed(x, z.mean(0, keepdim=True))[0]
        case "interventional":
            return f.mixed(x, z).mean(0)
        case "conditional":
            return conditional(f, table, x, z)
    return (likeness(table, x, z) * f.mixed(x, z).T).sum(1)


def conditional(f: Model, table: Data, x: Tensor, z: Tensor) -> Tensor:
    """Mean of f(x_S, z + Σ_{·S} Σ_SS⁺ (x_S − z_S)) over the rows z, (2**p,)."""
    expected, _ = _covariances(table)
    filled = (expected.flatten(0, 1) @ (x - z).T).view(*expected.shape[:2], len(z)).mT + z
    filled = torch.where(coalitions(len(x))[:, None], x, filled)
    return f(filled.flatten(0, 1)).view(len(filled), -1).mean(1)


def likeness(table: Data, x: Tensor, z: Tensor) -> Tensor:
    """Weights of the rows z given x_S, exp(−D²/(2h²)) normalised: (2**p, b)."""
    _, inverses = _covariances(table)
    gap = x - z
    D2 = inverses.flatten(1) @ (gap[:, :, None] * gap[:, None]).flatten(1).T
    size = coalitions(len(x)).double().sum(1, keepdim=True).clamp_min(1)
    return torch.softmax(-D2 / (2 * BANDWIDTH**2 * size), dim=1)


@lru_cache(maxsize=8)
def _covariances(table: Data) -> tuple[Tensor, Tensor]:
    """Σ_{·S} Σ_SS⁺ and Σ_SS⁺ for every S, (2**p, p, p) each."""
    cov = torch.cov(table.X[table.train].T)
    S = coalitions(len(cov))
    return slopes(cov, S), inverse_blocks(cov, S)
