"""How each method looks, the same in every picture of the page."""

ROLES = {
    "gd": "model",
    "momentum": "second",
    "nesterov": "third",
    "rmsprop": "fourth",
    "adam": "ink",
    "adam_printed": "wrong",
    "adam_uncorrected": "wrong",
}
