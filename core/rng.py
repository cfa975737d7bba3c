"""Randomness: the one constructor of generators."""

import torch

from core.check import require


def generator(seed: int, device: torch.device | str = "cpu") -> torch.Generator:
    """A fresh `torch.Generator` on `device`, seeded with a whole number in [0, 2**63 - 1]."""
    require("seed", seed, 0, 2**63 - 1, integer=True)
    return torch.Generator(device=device).manual_seed(int(seed))
