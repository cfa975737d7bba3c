"""Three models f of a table's target: linear, boosted trees, a small network.

f is the score of `core.tabular.scores` for a regression and σ(score) for a probability. A score
reads rows counted from `Data.middle`, so that large numbers with small differences lose nothing.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from core.check import choose
from core.tabular.data import DATA, Data
from core.tabular.scores import FORMS, Score
from core.tabular.training import fit

KINDS = ("linear", "trees", "net")
WEIGHTS = Path(__file__).resolve().parents[2] / "assets/weights/shapley.npz"


@dataclass(frozen=True, eq=False)
class Model:
    """f of the rows of a table."""

    kind: str  # one of `KINDS`
    score: Score  # before the link, of rows less `middle`
    middle: Tensor  # (p,)
    task: str  # of the table; "probability" links by σ
    outputs: Tensor  # f of every row of the table, (n,)
    quality: float  # R² on the rows held out, or for a probability the share judged rightly at ½
    guess: float  # what the best constant gets there: 0, or the share of the commoner class

    def __call__(self, rows: Tensor) -> Tensor:
        """f of each row: (N, p) float64 in the units of the table -> (N,)."""
        return linked(self.score(rows - self.middle), self.task)

    def mixed(self, x: Tensor, z: Tensor) -> Tensor:
        """f(x_S, z) for each row of z and every S: (p,), (b, p) -> (b, 2**p)."""
        return linked(self.score.mixed(x - self.middle, z - self.middle), self.task)

    def guessed(self, x: Tensor, z: Tensor, told: Tensor) -> Tensor:
        """f(z + A_S (x − z)) for each row of z and every S, as `Linear.guessed`."""
        x, z = x - self.middle, z - self.middle
        return linked(self.score.guessed(x, z, told), self.task)


def linked(score: Tensor, task: str) -> Tensor:
    return score.sigmoid() if task == "probability" else score


@lru_cache(maxsize=32)
def model(data: Data, kind: str) -> Model:
    """The model on a table: stored for the bundled tables, trained now for an own one."""
    choose("model", kind, KINDS)
    return judged(data, kind, (_stored if data.name in DATA else fit)(data, kind))


def judged(data: Data, kind: str, score: Score) -> Model:
    """The model with this score, and how well it does on the rows held out."""
    outputs = linked(score(data.X - data.middle), data.task)
    f, y = outputs[data.test], data.y[data.test]
    if data.task == "probability":
        quality = ((f > 0.5) == (y > 0.5)).double().mean().item()
        share = y.mean().item()
        guess = max(share, 1 - share)
    else:
        left, all_of = ((y - f).square().sum().item(), (y - y.mean()).square().sum().item())
        quality, guess = 1 - left / all_of if all_of else float(left == 0), 0.0
    return Model(kind, score, data.middle, data.task, outputs, quality, guess)


def _stored(data: Data, kind: str) -> Score:
    with np.load(WEIGHTS, allow_pickle=False) as file:
        parts = (file[f"{data.name} {kind} {field}"] for field in FORMS[kind]._fields)
        return FORMS[kind](*map(torch.from_numpy, parts))
