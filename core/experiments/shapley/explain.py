"""One prediction explained: φ of v(S) = f_S(x_S) for a model of real data, in all four games.

The four readings of "feature absent" (`core.shapley.prediction`) need f at the same mixtures
(x_S, z) of the row with the background rows, except for the conditional one, which fills in what
x_S lets expect. Covariances are those of the training rows.
"""

from functools import lru_cache, partial
from typing import NamedTuple

import torch
from torch import Tensor

from core import table as texts
from core import words
from core.check import choose, require
from core.rng import generator
from core.shapley.coalitions import coalitions
from core.shapley.prediction import GAMES, inverse_blocks, slopes
from core.shapley.values import shapley_values
from core.tabular import data as tables
from core.tabular import models
from core.tabular.data import Data
from core.tabular.models import Model

number = partial(words.number, digits=4)
BACKGROUND = 50  # rows at most
FARTHEST = 10.0  # standard deviations of an own row
BANDWIDTH = 0.1
WHO = ("row", "mine")
IN_WORDS = {
    "baseline": "takes the value of an average row",
    "interventional": "takes the values of the background rows, whatever else is known",
    "conditional": "takes what the known features let expect, as if all were Gaussian",
    "empirical": "takes the values of the background rows most like this one",
}


class Explained(NamedTuple):
    """φ of one prediction.

    Attributes:
        table, model: what f was learned from, and f.
        x: the row, (p,) in the units of the table.
        row: its number in the table, or None for an own row.
        background: rows that stand for absent features, (b, p).
        worth: v(S) of each game in the order of `GAMES`, (4, 2**p).
        phi: (4, p).
        game: the one looked at.
        f: f(x).
    """

    table: Data
    model: Model
    x: Tensor
    row: int | None
    background: Tensor
    worth: Tensor
    phi: Tensor
    game: str
    f: float

    @property
    def values(self) -> Tensor:
        """φ of the game looked at, (p,)."""
        return self.phi[GAMES.index(self.game)]

    @property
    def base(self) -> float:
        """v(∅) of the game looked at."""
        return self.worth[GAMES.index(self.game), 0].item()

    @property
    def order(self) -> Tensor:
        """Features by falling |φ|, (p,)."""
        return self.values.abs().argsort(descending=True, stable=True)

    @property
    def standard(self) -> Tensor:
        """The row in standard deviations from the mean, (p,)."""
        return (self.x - self.table.mean) / self.table.spread

    @property
    def named(self) -> list[str]:
        """ "BMI 32.1 kg/m²" for every feature."""
        return [
            f"{name} {number(value)} {unit}".rstrip()
            for name, value, unit in zip(self.table.features, self.x.tolist(), self.table.units)
        ]


def explain(
    data: str,
    target: str,
    model: str,
    who: str,
    row: int,
    x: str,
    game: str,
    background: int,
    seed: int,
) -> Explained:
    """φ of f at one row, exact over all 2^p coalitions, p ≤ 10 (XAI-18).

    Args:
        data, target: the table and, for an own one, its target column; see `data.data`.
        model: one of `models.KINDS`.
        who: "row" of the table, or "mine".
        row: number of the row, from 0; the last one where the table has fewer.
        x: the own row, standard deviations from the mean: "0.5 -1 …", one for each feature; zeros
            only, however many, are the mean.
        game: the one looked at, of `GAMES`.
        background: training rows that stand for absent features, 1 to 50; the baseline is their
            mean.
        seed: of their draw.

    Raises:
        ValueError: a value out of range; an own table or row that does not fit.
    """
    table = tables.data(data, target)
    f = models.model(table, model)
    choose("who", who, WHO)
    choose("game", game, GAMES)
    found = None
    if who == "row":
        found = min(int(require("row", row, 0, tables.ROWS - 1, integer=True)), len(table.X) - 1)
        here = table.X[found]
    else:
        here = own_row(table, x)
    z = drawn(table, background, seed)
    v = games(f, table, here, z)
    told = f(here[None]).item()
    return Explained(table, f, here, found, z, v, shapley_values(v), game, told)


def own_row(table: Data, text: str) -> Tensor:
    """The row written in standard deviations from the mean, (p,) in the units of the table."""
    standard = texts.signal(text, "your own row")
    p = len(table.features)
    if not standard.any():
        return table.mean
    if len(standard) != p:
        raise ValueError(
            f"expected {p} numbers in your own row, one for each feature of this table, got "
            f"{len(standard)}: begin with a row of the table"
        )
    for name, value in zip(table.features, standard.tolist()):
        require(f"{name} of your own row", value, -FARTHEST, FARTHEST)
    return table.mean + standard * table.spread


def drawn(table: Data, background: int, seed: int) -> Tensor:
    """Training rows drawn without replacement, (b, p)."""
    most = min(BACKGROUND, len(table.train))
    count = int(require("background", background, 1, most, integer=True))
    order = torch.randperm(len(table.train), generator=generator(seed))
    return table.X[table.train[order[:count]]]


def games(f: Model, table: Data, x: Tensor, z: Tensor) -> Tensor:
    """v(S) of the four games, (4, 2**p), in the order of `GAMES`; as `restrict(…).table`."""
    return torch.stack([worth(game, f, table, x, z) for game in GAMES])


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


# --- what the controls offer --------------------------------------------------------------------


def rows(**values) -> tuple[int, int]:
    """Numbers of the rows that the settings offer."""
    try:
        return 0, len(tables.data(values["data"], values["target"]).X) - 1
    except ValueError:  # the picture says what is wrong with the table
        return 0, tables.ROWS - 1


def most_background(**values) -> tuple[int, int]:
    """Numbers of background rows that the settings offer."""
    try:
        table = tables.data(values["data"], values["target"])
        return 1, min(BACKGROUND, len(table.train))
    except ValueError:
        return 1, BACKGROUND


def names(**values) -> tuple[str, ...]:
    """What stands over the cells of an own row."""
    try:
        return tables.data(values["data"], values["target"]).features
    except ValueError:
        return tuple(f"feature {j + 1}" for j in range(tables.FEATURES))
