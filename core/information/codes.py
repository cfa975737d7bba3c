r"""Huffman's code: built step by step, its words, and texts written in it.

Ties are settled by age: of nodes of one mass the older is taken first, leaves by their number. The
node taken first gets the bit 0. Sources: Huffman 1952; H ≤ mean length < H + 1 in bits (INFO-01).
"""

import heapq
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import require
from core.information.entropies import entropy
from core.information.laws import law

MOST = 10_000  # symbols
LONGEST = 200_000  # characters of a text


class Merge(NamedTuple):
    """The two lightest nodes become one; leaves are 0 … k − 1, then k, k + 1, …"""

    left: int  # taken first, reached by 0
    right: int  # reached by 1
    node: int  # the new one
    mass: float  # of the new one
    forest: tuple[tuple[float, int], ...]  # (mass, node) of all trees left, lightest first


def huffman_steps(p: Tensor) -> Iterator[Merge]:
    """The merges that build the tree, one after another; symbols of mass 0 are left out.

    Args:
        p: masses (k,) of sum 1, k ≤ 10 000.

    Raises:
        ValueError: a negative mass, a sum other than 1.
    """
    p = _masses(p)
    return _merges([(mass, i) for i, mass in enumerate(p) if mass > 0], len(p))


def _merges(heap: list[tuple[float, int]], new: int) -> Iterator[Merge]:
    heapq.heapify(heap)
    while len(heap) > 1:
        (light, left), (heavy, right) = heapq.heappop(heap), heapq.heappop(heap)
        heapq.heappush(heap, (light + heavy, new))
        yield Merge(left, right, new, light + heavy, tuple(sorted(heap)))
        new += 1


def huffman(p: Tensor) -> tuple[tuple[str | None, ...], float]:
    """Code words of 0 and 1 of least mean length, and that length in bits.

    A symbol of mass 0 has no word, None. The only symbol of a point mass has the empty word.

    Args:
        p: masses (k,) of sum 1, k ≤ 10 000.

    Raises:
        ValueError: a negative mass, a sum other than 1.
    """
    p = _masses(p)
    above: dict[int, tuple[int, str]] = {}
    for step in huffman_steps(p):
        above[step.left], above[step.right] = (step.node, "0"), (step.node, "1")
    words = tuple(_word(i, above) if mass > 0 else None for i, mass in enumerate(p))
    return words, sum(mass * len(word) for mass, word in zip(p, words) if word)


def _word(node: int, above: dict[int, tuple[int, str]]) -> str:
    bits = []
    while node in above:
        node, bit = above[node]
        bits.append(bit)
    return "".join(reversed(bits))


def _masses(p: Tensor) -> list[float]:
    p = law("p", p)
    if p.ndim != 1:
        raise ValueError(f"expected p of shape (k,), got {tuple(p.shape)}")
    require("symbols of p", len(p), 1, MOST)
    return p.tolist()


class Coded(NamedTuple):
    """A text in the Huffman code of its own letters."""

    symbols: tuple[str, ...]  # characters that occur, the most frequent first, then by code point
    counts: tuple[int, ...]
    words: dict[str, str]  # character -> code word
    bits: str
    entropy: float  # H of the shares in bits a character: len(bits) ≥ n H
    fixed: int  # bits of the whole text with words of one length

    @property
    def n(self) -> int:
        return sum(self.counts)


def code_text(text: str) -> Coded:
    """A text of 1 to 200 000 characters in its own Huffman code; the table of words not counted.

    A text of one repeated character takes 0 bits: only its length is news.
    """
    require("characters of text", len(text), 1, LONGEST)
    ranked = sorted(Counter(text).items(), key=lambda each: (-each[1], each[0]))
    symbols, counts = zip(*ranked)
    p = torch.tensor(counts, dtype=torch.float64) / len(text)
    words = dict(zip(symbols, huffman(p)[0]))
    each = math.ceil(math.log2(len(symbols)))
    bits = encode(text, words)
    return Coded(symbols, counts, words, bits, float(entropy(p, 2)), each * len(text))


def encode(text: str, words: Mapping[str, str]) -> str:
    """The words of the characters one after another.

    Raises:
        ValueError: a character without a word.
    """
    missing = next((letter for letter in text if words.get(letter) is None), None)
    if missing is not None:
        raise ValueError(f"expected text of characters with a code word, got {missing!r}")
    return "".join(words[letter] for letter in text)


def decode(bits: str, words: Mapping[str, str]) -> str:
    """The text whose words stand one after another: no comma is needed, none is another's start.

    Raises:
        ValueError: words of which one starts another, bits that end within a word or fit none.
    """
    letters = {word: letter for letter, word in words.items() if word is not None}
    ordered = sorted(word for word in words.values() if word is not None)
    clash = next((a for a, b in pairwise(ordered) if b.startswith(a)), None)
    if clash is not None:
        raise ValueError(f"expected words of which none starts another, got {clash!r:.60}")
    longest, text, start = max(map(len, letters), default=0), [], 0
    while start < len(bits):
        ends = range(start + 1, min(start + longest, len(bits)) + 1)
        end = next((end for end in ends if bits[start:end] in letters), None)
        if end is None:
            raise ValueError(f"expected bits made of code words, got {bits[start:]!r:.60}")
        text.append(letters[bits[start:end]])
        start = end
    return "".join(text)
