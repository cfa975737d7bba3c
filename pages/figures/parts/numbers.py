"""Ranges that rarely move, and numbers as words and as LaTeX."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from core import words
from pages.figures.plot import coarse


def snug(value: float) -> float:
    """The next fifth of a step of 1-2-5 away from 0: a frame that is tight and rarely moves."""
    fifth = coarse(abs(value)) / 5
    return float(np.sign(value) * fifth * np.ceil(abs(value) / fifth - 1e-9)) if fifth else 0.0


def span(first: float, last: float) -> tuple[float, float]:
    """A range of times from `first` or earlier to `last` or later, with 0."""
    return snug(min(first, 0.0)), snug(max(last, 0.0))


def levels(*signals: np.ndarray, least: float = 0.0, even: bool = False) -> tuple[float, float]:
    """A range for the values of signals, with 0 and a margin.

    Both sides reach `least`, so that it can be drawn; `even` is as far below 0 as above.
    """
    values = np.concatenate([[0.0], *signals])
    top, bottom = max(snug(values.max()), least), max(snug(-values.min()), least)
    if even:
        top = bottom = max(top, bottom)
    if not top and not bottom:
        top, bottom = 1.0, float(even)
    whole = top + bottom
    return -bottom - 0.06 * whole, top + 0.1 * whole


tex = partial(words.tex, digits=4, zero=5e-10)  # for a formula; rounding errors are 0


def bracket(value: float) -> str:
    """A factor of a product, in brackets when negative."""
    text = tex(value, digits=3)
    return f"({text})" if text.startswith("-") else text


def total(terms: Sequence[str], most: int) -> str:
    """The terms of a sum; of more than `most` those at both ends."""
    if len(terms) > most:
        terms = [*terms[: most // 2], r"\cdots", *terms[1 - most // 2 :]]
    return " + ".join(terms) or "0"
