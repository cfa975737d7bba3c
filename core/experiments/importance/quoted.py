"""Numbers that the texts of the topic quote, computed where they stand: @name@."""

import torch

from core.experiments.importance.see_claims import percent
from core.importance import KIDNEY, rates

STONES = rates(torch.tensor(KIDNEY))

NUMBERS = {
    # ice
    # hide
    # four
    "see_raw_a": lambda: percent(STONES.raw[0]),
    "see_raw_b": lambda: percent(STONES.raw[1]),
    "see_fair_a": lambda: percent(STONES.adjusted[0]),
    "see_fair_b": lambda: percent(STONES.adjusted[1]),
    # board
    # saliency
}
