"""The picture filter."""

from core.experiments.convolution import filter as filtering
from core.experiments.convolution import filter_claims as claims
from pages.figures.convolution.filter import figure
from pages.ui import choice, declare, hidden, number, switch, table

OWN, BLUR = {"kernel": "own"}, {"kernel": "gaussian", "size": "7"}
SHARPENED = (
    "-0.01 -0.02 -0.03 -0.02 -0.01,-0.02 0.14 0.12 0.14 -0.02,-0.03 0.12 0.28 0.12 -0.03,"
    "-0.02 0.14 0.12 0.14 -0.02,-0.01 -0.02 -0.03 -0.02 -0.01"
)

EXPERIMENT = declare(
    __name__,
    filtering.picture_filter,
    claims,
    figure,
    (
        choice("picture"),
        choice("kernel"),
        table("h", -9, 9, 0.1, filtering.SHAPES, when=OWN),
        choice("size", unless=OWN),
        number("sigma", 0.3, 3.0, step=0.05, when={"kernel": "gaussian"}),
        switch("flip"),
        choice("boundary"),
        choice("view"),
        hidden("drawing", "look", "row", "col"),
    ),
    statements=("CNN-15", "CNN-16", "CNN-28"),
    presets={
        "edges": {},
        "dot": OWN | {"picture": "dots", "boundary": "zero", "look": "input", "row": 16, "col": 16},
        "sharpen": OWN | {"picture": "text", "h": SHARPENED, "row": 40, "col": 23},
        "mean": BLUR | {"picture": "flower", "sigma": 2.0, "boundary": "circular"},
        "two_passes": BLUR | {"sigma": 1.5},
        "level": {"kernel": "sobel-y", "view": "abs"},
    },
)
