"""The noising film."""

from core.experiments.diffusion import film
from core.experiments.diffusion import film_claims as claims
from pages.figures.diffusion.film import figure
from pages.ui import choice, declare, number

POINT = {"variance": 0.0, "x0": 3.0, "T": 1000}

EXPERIMENT = declare(
    __name__,
    film.film,
    claims,
    figure,
    (
        number("t", reach=lambda T: (0, T)),
        choice("rule"),
        choice("data"),
        number("variance", step=0.01, ticks=lambda: {"1": 1.0}),
        number("x0", step=0.01),
        choice("kind"),
        number("T", log=True, live=False),
        number("seed", live=False),
    ),
    statements=("DDPM-01", "DDPM-02", "DDPM-03", "DDPM-09"),
    presets={
        "moons": {"x0": 0.0},
        "wide": {"data": "ring", "variance": 3.0, "x0": -1.5, "kind": "cosine"},
        "point": POINT,
        "jump": {"data": "spiral", "rule": "jump", "x0": 0.0},
        "one": {"T": 1, "data": "blobs"},
        "printed": POINT | {"rule": "printed", "t": 500},
    },
)
