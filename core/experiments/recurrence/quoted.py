"""Numbers that the texts of the topic quote, computed where they stand: @name@."""

from core.experiments.recurrence.pad import echo
from core.words import number

NUMBERS = {
    "pad_long": lambda: number(echo(modulus=0.99).half)
    # bases
    # unrolled
    # through
    # gates
    # job
    # unit
}
