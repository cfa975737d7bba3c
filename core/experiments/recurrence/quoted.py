"""Numbers that the texts of the topic quote, computed where they stand: @name@."""

from core.experiments.recurrence.bases import bases
from core.experiments.recurrence.pad import echo
from core.words import number

NUMBERS = {
    "pad_long": lambda: number(echo(modulus=0.99).half),
    "bases_spiral": lambda: number(bases().norms.max()),
    "bases_most": lambda: number(bases(A="0.9 5,0 0.9").norms.max(), 4),
    # unrolled
    # through
    # gates
    # job
    # unit
}
