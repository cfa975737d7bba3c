r"""Entropy on bars: the surprise of a law, and how short its outcomes can be written.

A law of 2 to 6 bars, the letters of a text, or a normal density. Of bars and letters Huffman's code
is built; the density has an entropy that may lie below zero.
"""

import math
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

from core import table
from core.check import require
from core.information import Merge, code_text, differential_entropy, entropy, huffman, huffman_steps
from core.information.entropies import simplex
from core.information.shares import shares
from core.signature import between, declared

NAMES = "ABCDEF"
LAWS = ("bars", "text", "density")
HELD = ("none", *NAMES)
LETTERS, LONGEST = 24, 400  # different characters, and all of them
FEWEST, MOST = 0.05, 3.0  # standard deviations
SIDE = 24  # of the triangle


class Bars(NamedTuple):
    """A law, its entropy and the best code of its outcomes."""

    p: Tensor  # masses (k,); (0,) for a density
    entropy: float  # in the unit chosen
    length: float  # mean length of a word in bits; 0 for a density
    words: tuple[str, ...]  # of 0 and 1; "" where a bar has no mass, or all of it
    bits: int  # of the whole text in those words; 0 without one


@declared
def bars(
    law: Literal[LAWS] = "bars",
    p: str = "4 2 1 1",
    held: Literal[HELD] = "none",
    share: Annotated[float, between(0, 1)] = 0.5,
    text: str = "she sells sea shells by the sea shore",
    sigma: Annotated[float, between(FEWEST, MOST)] = 0.1,
    unit: Literal["bits", "nats"] = "bits",
) -> Bars:
    """Entropy, and Huffman's code of what has one.

    Args:
        law: of bars, of the letters of a text, or the density N(0, sigma²).
        p: weights of 2 to 6 bars, divided by their sum.
        held: a bar with this share, the others in proportion to their weights; none that there is
            not.
        text: 1 to 400 characters, at most 24 different ones.
        unit: of the entropy; words are counted in bits.

    Sources: INFO-01.
    """
    base = 2.0 if unit == "bits" else math.e
    if law == "density":
        h = differential_entropy("normal", base, mu=0.0, sigma=sigma)
        return Bars(torch.zeros(0, dtype=torch.float64), h, 0.0, (), 0)
    if law == "text":
        return _of_text(text, base)
    masses = masses_of(p, held, share)
    words, length = huffman(masses)
    return Bars(masses, float(entropy(masses, base)), length, tuple(w or "" for w in words), 0)


def _of_text(text: str, base: float) -> Bars:
    require("characters of text", len(text), 1, LONGEST)
    kinds = len(set(text))
    if kinds > LETTERS:
        raise ValueError(f"expected text of at most {LETTERS} different characters, got {kinds}")
    coded = code_text(text)
    masses = torch.tensor(coded.counts, dtype=torch.float64) / coded.n
    words = tuple(coded.words[letter] for letter in coded.symbols)
    mean = len(coded.bits) / coded.n
    return Bars(masses, float(entropy(masses, base)), mean, words, len(coded.bits))


@lru_cache(maxsize=256)
def masses_of(p: str, held: str, share: float) -> Tensor:
    """The bars, as `bars` says."""
    weights = table.signal(p, "p", len(NAMES))
    require("number of bars of p", len(weights), 2, len(NAMES))
    for weight in weights.tolist():
        require("p", weight, 0)
    at = NAMES.index(held) if held in NAMES[: len(weights)] else None
    if at is None and float(weights.max()) == 0:
        raise ValueError("expected p to have a bar above 0, got zeros only")
    return shares(weights, at, share)


def letters(law: str, text: str, k: int) -> tuple[str, ...]:
    """Names of the bars; a space is seen."""
    if law == "text":
        return tuple("␣" if letter == " " else letter for letter in code_text(text).symbols)
    return tuple(NAMES[:k])


def merges(run: Bars) -> tuple[Merge, ...]:
    """The steps that build the tree."""
    return _merges(tuple(run.p.tolist()))


@lru_cache(maxsize=256)
def _merges(p: tuple[float, ...]) -> tuple[Merge, ...]:
    return tuple(huffman_steps(torch.tensor(p, dtype=torch.float64)))


@lru_cache(maxsize=64)
def over_share(p: str, held: str, unit: str) -> tuple[np.ndarray, np.ndarray]:
    """Entropy over the share of one bar of those."""
    at, bar = np.linspace(0, 1, 81), NAMES.index(held)
    laws = (1 - at[:, None]) * masses_of(p, held, 0.0).numpy()
    laws[:, bar] = at
    return at, entropy(laws, 2.0 if unit == "bits" else math.e).numpy()


@lru_cache(maxsize=2)
def triangle(unit: str) -> np.ndarray:
    """Entropy of laws of three outcomes: first mass along, second mass up; NaN outside."""
    laws = simplex(SIDE)
    z = np.full((SIDE + 1, SIDE + 1), np.nan)
    i, j = (SIDE * laws[:, :2]).round().long().T.numpy()
    z[j, i] = entropy(laws, 2.0 if unit == "bits" else math.e).numpy()
    return z
