"""The games v(S) = f_S(x_S) of a row for a model of a table: f of all mixtures (x_S, z) at once.

The four readings of "feature absent" are those of `core.shapley.prediction`; covariances are those
of the training rows.
"""

from functools import lru_cache

import torch
from torch import Tensor

from core.check import require
from core.rng import generator
from core.shapley.coalitions import coalitions
from core.shapley.prediction import inverse_blocks, slopes
from core.tabular.data import Data, offered
from core.tabular.models import Model

BACKGROUND = 50  # rows at most
BANDWIDTH = 0.1  # of the empirical game
IN_WORDS = {
    "baseline": "takes the value of an average row",
    "interventional": "takes the values of the background rows, whatever else is known",
    "conditional": "takes what the known features lead one to expect, as if all were Gaussian",
    "empirical": "takes the values of the background rows most like this one",
}


def drawn(table: Data, background: int, seed: int) -> Tensor:
    """Training rows drawn without replacement, (b, p); refuses more than there are."""
    require("background", background, 1, min(BACKGROUND, len(table.train)), integer=True)
    order = torch.randperm(len(table.train), generator=generator(seed))
    return table.X[table.train[order[:background]]]


def reach(data: str, target: str) -> tuple[int, int]:
    """How many background rows the table with this name offers."""
    table = offered(data, target)
    return 1, min(BACKGROUND, len(table.train) if table else BACKGROUND)


def apart(table: Data, game: str, x: Tensor, z: Tensor) -> Tensor:
    """x − mean of the background rows z, (…, p); their mean is a row of the baseline game."""
    if game == "baseline":
        return x - z.mean(0)
    return x - table.middle - (z - table.middle).mean(0)


def near(worth: Tensor, right: float | Tensor) -> dict[str, float]:
    """The tolerance of a check of sums of these worths whose right side is `right`.

    It follows the size of the worths, which may be picofarads: as large as rounding can make it.
    """
    slack = 1e-9 * (worth.max() - worth.min()).item() + 1e-13 * worth.abs().max().item()
    return {"tol": slack / max(1.0, torch.as_tensor(right).abs().max().item())}


def straight(kind: str, table: Data, game: str) -> tuple[tuple[bool, str], ...]:
    """What φⱼ = βⱼ (xⱼ − mean of the background) needs, as the hypotheses of a check."""
    told = f"the {game} game shares between correlated features"
    return (
        (kind == "linear", "the model is not linear"),
        (table.task == "regression", "a probability σ(βᵀx + b) is not linear in x"),
        (game in ("baseline", "interventional"), told),
    )


def games(f: Model, table: Data, x: Tensor, z: Tensor) -> Tensor:
    """v(S) of the four games, (4, 2**p), in the order of `GAMES`; as `restrict(…).table`."""
    mixed = f.mixed(x, torch.cat((z.mean(0, keepdim=True), z)))  # the average row first
    likely = (_likeness(table, x, z) * mixed[1:]).sum(0)
    return torch.stack((mixed[0], mixed[1:].mean(0), _conditional(f, table, x, z), likely))


def worth(game: str, f: Model, table: Data, x: Tensor, z: Tensor) -> Tensor:
    """v(S) = f_S(x_S) of one game, (2**p,)."""
    if game == "conditional":
        return _conditional(f, table, x, z)
    mixed = f.mixed(x, z.mean(0, keepdim=True) if game == "baseline" else z)
    return (_likeness(table, x, z) * mixed).sum(0) if game == "empirical" else mixed.mean(0)


def _conditional(f: Model, table: Data, x: Tensor, z: Tensor) -> Tensor:
    """Mean of f(x_S, z + Σ_{·S} Σ_SS⁺ (x_S − z_S)) over the rows z, (2**p,)."""
    return f.guessed(x, z, _covariances(table)[0]).mean(0)


def _likeness(table: Data, x: Tensor, z: Tensor) -> Tensor:
    """Weights of the rows z given x_S, exp(−D²/(2h²)) normalised: (b, 2**p)."""
    gap = x - z
    squares = (gap[:, :, None] * gap[:, None]).flatten(1)
    return torch.softmax(squares @ _covariances(table)[1], dim=0)


def covariance(table: Data) -> Tensor:
    """Of the training rows, (p, p); 0 exactly for a feature that never varies."""
    return torch.cov((table.X[table.train] - table.middle).T)


@lru_cache(maxsize=8)
def _covariances(table: Data) -> tuple[Tensor, Tensor]:
    """Σ_{·S} Σ_SS⁺ and −Σ_SS⁺/(2h² |S|) for every S: (p, 2**p · p) and (p · p, 2**p)."""
    cov = covariance(table)
    S = coalitions(len(cov))
    size = S.double().sum(1).clamp_min(1)[:, None]
    told = slopes(cov, S).permute(2, 0, 1).flatten(1)
    return told, (inverse_blocks(cov, S).flatten(1) / (-2 * BANDWIDTH**2 * size)).T.contiguous()
