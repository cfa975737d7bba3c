"""Numbers that the texts of the topic quote, computed where they stand: @name@."""

from functools import cache

from core.experiments.importance.four import four
from core.experiments.importance.real import real
from core.experiments.importance.saliency import saliency
from core.words import number


@cache
def _real(way: int, column: int, **values: str | bool) -> str:
    """In per cent of the loss of guessing."""
    *_, run = real(**values)
    return number(100 * run.rise[way, column] / run.unit)


NUMBERS = {
    # ice
    # hide
    "four_nats": lambda: number(four(rho=0.9, loss="log").exact[3]),
    "four_mixed": lambda: number(four(world="bits", t=0.5, loss="log").exact[3]),
    "real_shuffled": lambda: _real(0, 4),
    "real_lost": lambda: _real(2, 4),
    "real_twin": lambda: _real(0, 8, twin=True),
    "real_leans": lambda: _real(0, 9, data="wine", model="trees"),
    "real_proline": lambda: _real(2, 9, data="wine", model="trees"),
    # see
    # board
    "sal_mean": lambda: number(saliency().mean[0]),
    "sal_slope": lambda: number(saliency().slope[0], 2),
}
