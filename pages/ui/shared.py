"""Pictures and words already packed, for whoever asks for the same settings next.

A class asks for the same presets, and what a student keeps is what the drag showed last: neither is
computed, drawn or encoded again.
"""

from collections.abc import Callable

from core.keep import Keep
from pages.ui.codec import Part
from pages.ui.experiment import Experiment, Values

_parts = Keep(16_000_000)  # bytes


def part(
    what: str, experiment: Experiment, values: Values, pins: list[Values], make: Callable[[], dict]
) -> Part:
    """The packed fields that `make` returns for these settings, made once.

    1, 1.0 and True are different settings here: words quote them.
    """
    e = experiment
    name = (what, e.slug, e.compute, e.figure, e.says, e.checks, repr((values, pins)))
    return _parts.made(name, lambda: Part.of(make()))


def forget() -> None:
    """Forget everything packed."""
    _parts.clear()
