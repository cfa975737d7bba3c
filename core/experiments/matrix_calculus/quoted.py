"""Numbers that the texts of the topic quote, computed where they stand: @name@."""

NUMBERS = {
    # identities
    # puzzle
    # wiggle
    # grid
    # chain
}
