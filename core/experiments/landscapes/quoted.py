"""Numbers that the texts of the topic quote, computed where they stand: @name@."""

from core.experiments.landscapes.bowl import bowl

NUMBERS = {
    "gutter": lambda: bowl(start="worst").needed,
}
