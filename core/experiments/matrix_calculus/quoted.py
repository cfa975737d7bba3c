"""Numbers that the texts of the topic quote, computed where they stand: @name@."""

from core.matrix_calculus import chain_cost
from core.words import spaced

WIDTHS = (1000, 64, 64, 1)

NUMBERS = {
    # identities
    # puzzle
    "chain_forward": lambda: spaced(chain_cost(WIDTHS, mode="forward")),
    "chain_reverse": lambda: spaced(chain_cost(WIDTHS, mode="reverse")),
}
