"""Old form, to be converted."""

from core.experiments.landscapes import (
    network,
)
from pages.figures.landscapes import network as network_figure
from pages.ui import Experiment, Param, Prediction

EXPERIMENT = Experiment(
    slug="network",
    title="A real loss surface",
    question="Is a minimum sharp, or does the picture make it look sharp?",
    statements=("OPT-08", "ANA-19"),
    params=(
        Param(
            "data",
            "data",
            "breast_cancer",
            live=False,
            options={
                "breast_cancer": "breast cancer, 569 × 30",
                "wine": "wine, 178 × 13",
                "digits": "handwritten digits, 1797 × 64",
            },
        ),
        Param(
            "activation", "activation", "tanh", live=False, options={"tanh": "tanh", "relu": "ReLU"}
        ),
        Param(
            "rescale",
            "neurons: weights in × c, weights out ÷ c",
            1.0,
            0.1,
            10.0,
            log=True,
            live=False,
            shown=lambda v: v["activation"] == "relu",
            help="With ReLU the network stays the same function for every c.",
        ),
        Param("steps", "training steps", 200, 20, 400, step=20, live=False),
        Param("seed", "seed of the weights", 0, 0, 999, live=False),
        Param(
            "directions",
            "directions",
            "filter",
            live=False,
            options={
                "filter": "random, filter-normalised",
                "raw": "random, not normalised",
                "pca": "along the training path",
            },
        ),
        Param(
            "direction_seed",
            "seed of the directions",
            0,
            0,
            31,
            live=False,
            shown=lambda v: v["directions"] != "pca",
        ),
        Param(
            "radius",
            "half width of the picture",
            1.0,
            0.01,
            2.0,
            log=True,
            live=False,
            shown=lambda v: v["directions"] != "pca",
        ),
        Param("view", "view", "map", live=False, options={"map": "map", "3-D": "surface in 3-D"}),
    ),
    compute=network.plane,
    figure=network_figure.network,
    checks=network.checks,
    says=network.says,
    presets={
        "Filter-normalised": {},
        "Same network, raw directions": {"directions": "raw", "radius": 0.2},
        "Another direction": {"direction_seed": 7},
        "Along the training path": {"directions": "pca"},
        "Same function, other weights": {
            "activation": "relu",
            "rescale": 4.0,
            "directions": "raw",
            "radius": 0.2,
        },
        "Same function, same picture": {"activation": "relu", "rescale": 4.0},
    },
    predictions=(
        Prediction(
            preset="Another direction",
            question="The network stays as it is and the random directions are rolled again. What "
            "changes in the picture?",
            options=("only the curvature", "only the loss in the middle", "both", "neither"),
            answer=network.rolled,
            because="Every plane passes through the trained weights, so the loss in the middle is "
            "always {loss:.3g}. The curvature d₁ᵀ∇²L d₁ belongs to the direction: 32 rolls give "
            "{low:.2g} to {high:.2g}.",
            facts=network.numbers,
        ),
        Prediction(
            preset="Same function, other weights",
            question="Every ReLU neuron gets 4 times its incoming and a quarter of its outgoing "
            "weights. What happens to the loss, and to the picture with raw directions?",
            options=(
                "the loss and the picture stay",
                "the loss stays, the picture changes",
                "the loss and the picture change",
            ),
            answer=network.same_function,
            because="ReLU(4z)/4 = ReLU(z): the same function, loss {loss:.3g}. But a raw direction "
            "of the same length now means something else to each layer. Directions scaled to the "
            "neurons' weights turn with them, and their picture stays.",
            facts=network.numbers,
            beliefs={"the loss and the picture stay": {"directions": "filter", "radius": 1.0}},
        ),
        Prediction(
            preset="Filter-normalised",
            question="How much of the training path, seen from its end, lies in a random plane?",
            options=("about 1 % or less", "about 10 %", "about half", "nearly all"),
            answer=network.in_plane,
            because="Among {parameters} dimensions a random direction is nearly perpendicular to "
            "any given one: the plane holds {share:.2%} of the path. The path's own principal "
            "directions hold nearly all of it.",
            facts=network.numbers,
            beliefs={"nearly all": {"directions": "pca"}},
        ),
    ),
)
