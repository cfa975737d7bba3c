"""Live training."""

from core.experiments.gan import studio
from core.experiments.gan import studio_claims as claims
from pages.figures.gan.studio import figure
from pages.ui import choice, declare, hidden, number

EXPERIMENT = declare(
    __name__,
    studio.studio,
    claims,
    figure,
    (
        choice("data"),
        choice("loss"),
        choice("background"),
        choice("measure"),
        choice("desk"),
        choice("rival", when={"desk": "game"}),
        choice("alone", when={"desk": "game"}),
        number("alone_from", when=lambda desk, alone: desk == "game" and alone != "both"),
        number("d_steps", when={"desk": "rates"}),
        number("lr_g", log=True, when={"desk": "rates"}),
        number("lr_d", log=True, when={"desk": "rates"}),
        number("z_dim", when={"desk": "nets"}),
        number("r1", step=0.05, when={"desk": "nets"}),
        number("steps", 1, when={"desk": "luck"}),
        number("seed", 0, 999, when={"desk": "luck"}),
        choice("seeds", when={"desk": "luck"}),
        *hidden("drawing", "frame"),
    ),
    statements=("GAN-01", "GAN-05", "GAN-06", "GAN-07"),
    presets={
        "ring": {"measure": "losses"},
        "five": {"d_steps": 5, "seed": 1, "steps": 1500, "desk": "rates", "measure": "covered"},
        "weak": {"lr_d": 1e-4, "desk": "rates", "measure": "covered"},
        "alone": {"alone": "G", "alone_from": 400, "steps": 1400},
        "rival": {"rival": "saturating", "measure": "jsd"},
        "drawn": {"data": "drawn", "measure": "w1", "r1": 0.1, "desk": "nets"},
    },
)
