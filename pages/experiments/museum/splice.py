"""A list that is read."""

from core.experiments.museum import splice
from core.experiments.museum import splice_claims as claims
from pages.figures.museum.splice import figure
from pages.ui import choice, declare, number

EXPERIMENT = declare(
    __name__,
    splice.splice,
    claims,
    figure,
    (choice("code"), number("n"), number("seed")),
    presets={"asked": {}, "few": {"n": 100}, "many": {"n": 900}, "mended": {"code": "mended"}},
)
