"""Numbers that the texts of the topic quote, computed where they stand: @name@."""

NUMBERS = {
    # ice
    # hide
    # four
    # see
    # board
    # saliency
}
