"""Numbers that the texts of the topic quote, computed where they stand: @name@."""

from collections.abc import Callable

NUMBERS: dict[str, Callable[[], str]] = {}
