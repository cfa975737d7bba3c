"""Which loss pushes?"""

from core.experiments.gan import push
from core.experiments.gan import push_claims as claims
from pages.figures.gan.push import figure
from pages.ui import declare, number

EXPERIMENT = declare(
    __name__,
    push.push,
    claims,
    figure,
    (number("s", step=0.01), number("sigma", log=True), number("logit", -10.0, 10.0, step=0.05)),
    statements=("GAN-05", "GAN-06", "GAN-09"),
    presets={
        "far": {},
        "near": {"s": 2.0},
        "fooled": {"s": 2.0, "logit": 5.0},
        "needles": {"s": 4.0, "sigma": 0.05},
        "printed": {"s": 2.0, "logit": 0.0},
    },
)
