"""Numbers that the texts of the topic quote, computed where they stand: @name@."""

import torch

from core.experiments.importance.board import board
from core.experiments.importance.see_claims import percent
from core.importance import KIDNEY, rates
from core.words import number

TWO = board(graph="A>C B>C", tables="0.5 0.5 0.1 0.9 0.9 0.9", pair=1)
FORK = board(graph="A>B C>A C>B", tables="0.2 0.8 0.3 0.7 0.4 0.8 0.5", pair=1)
STONES = rates(torch.tensor(KIDNEY))

NUMBERS = {
    # ice
    # hide
    # four
    "see_raw_a": lambda: percent(STONES.raw[0]),
    "see_raw_b": lambda: percent(STONES.raw[1]),
    "see_fair_a": lambda: percent(STONES.adjusted[0]),
    "see_fair_b": lambda: percent(STONES.adjusted[1]),
    "board_two": lambda: number(TWO.told[0, 3]),
    "board_fork": lambda: number(FORK.effect, 2),
    "board_raw": lambda: number(FORK.adjusted[0], 2),
    "board_off": lambda: f"{board(law='any', seed=0).off:.3f}",
    # saliency
}
