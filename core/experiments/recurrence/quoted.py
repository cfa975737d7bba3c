"""Numbers that the texts of the topic quote, computed where they stand: @name@."""

NUMBERS = {
    # pad
    # bases
    # unrolled
    # through
    # gates
    # job
    # unit
}
