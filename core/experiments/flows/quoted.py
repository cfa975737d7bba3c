"""Numbers that the texts of the topic quote, computed where they stand: @name@."""

NUMBERS: dict[str, str] = {}
