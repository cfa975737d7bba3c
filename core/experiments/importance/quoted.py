"""Numbers that the texts of the topic quote, computed where they stand: @name@."""

from core.experiments.importance.four import four
from core.experiments.importance.saliency import saliency
from core.words import number

NUMBERS = {
    # ice
    # hide
    "four_nats": lambda: number(four(rho=0.9, loss="log").exact[3]),
    "four_mixed": lambda: number(four(world="bits", t=0.5, loss="log").exact[3]),
    # see
    # board
    "sal_mean": lambda: number(saliency().mean[0]),
    "sal_slope": lambda: number(saliency().slope[0], 2),
}
