"""Old form, to be converted."""

from core.experiments.cnn import backprop
from pages.figures.cnn import backprop as backprop_figure
from pages.ui import Experiment, Grid, Param, Prediction

DIGIT = (
    "0 0.1 0.6 0.9 0.9 0.6 0.2 0,0 0.2 0.8 0.5 0.6 1 0.5 0,0 0 0 0.4 0.9 0.9 0.2 0,"
    "0 0 0 0.7 0.9 0.1 0 0,0 0 0 0.1 0.9 0.7 0 0,0 0 0 0 0.1 0.9 0.2 0,"
    "0 0.1 0.3 0.4 0.8 1 0.4 0,0 0.1 0.8 0.8 0.8 0.7 0 0"
)


def hidden(values) -> bool:
    """A parameter that the picture sets."""
    return False


def signal(values) -> bool:
    return values["space"] == "signal"


def picture(values) -> bool:
    return values["space"] == "picture"


EXPERIMENT = Experiment(
    slug="backprop",
    title="Backprop step by step",
    question="A gradient of 1 enters at one output of a convolution layer. What arrives at the "
    "kernel, and which way round?",
    statements=("CNN-24", "CNN-25", "CNN-26", "CNN-27", "CNN-28"),
    params=(
        Param("space", "input", "signal", options={"signal": "1-D signal", "picture": "picture"}),
        Param(
            "layer",
            "the layer",
            "conv",
            options={"conv": "convolves ∗", "corr": "correlates ⋆"},
            help="torch's Conv1d and Conv2d correlate: their kernel is not turned.",
        ),
        Param(
            "w",
            "kernel w",
            "0.5 1 2 -1 0",
            grid=Grid(-4.0, 4.0, 0.5, ((1, 3), (1, 5))),
            shown=signal,
            help="2p + 1 entries, from −p to p.",
        ),
        Param(
            "w2",
            "kernel w",
            "1 0 -1,2 0 -2,1 0 -1",
            grid=Grid(-4.0, 4.0, 0.5, ((3, 3),)),
            shown=picture,
        ),
        Param("n", "input size n", 9, 5, 12, help="Samples of the signal, side of the picture."),
        Param("y", "input y⁽ˡ⁻¹⁾", "0 1 3 2 -1 0 2 1 -2 1 0 3", shown=signal),
        Param("y2", "input y⁽ˡ⁻¹⁾", DIGIT, shown=hidden),
        Param(
            "upstream",
            "gradient from above",
            "one",
            options={"one": "1 at an output", "drawn": "drawn"},
        ),
        Param("out", "output pushed", 2, 0, 99, shown=hidden),
        Param(
            "delta",
            "∂R/∂y⁽ˡ⁾",
            "1 1 1 1 1 1 1 1 1 1",
            shown=lambda v: v["space"] == "signal" and v["upstream"] == "drawn",
        ),
        Param("delta2", "∂R/∂y⁽ˡ⁾", ",".join(["1 1 1 1 1 1 1 1 1 1"] * 10), shown=hidden),
        Param(
            "act",
            "activation φ",
            "identity",
            options={"identity": "none", "relu": "ReLU", "tanh": "tanh", "sigmoid": "sigmoid"},
        ),
        Param("b", "bias b", 0.0, -4.0, 4.0, step=0.1, shown=lambda v: v["act"] != "identity"),
        Param(
            "view",
            "∂R/∂w",
            "positions",
            options={"positions": "position by position", "lines": "line by line"},
        ),
        Param("line", "line of the derivation", 0, 0, 7, shown=hidden),
        Param(
            "look",
            "gradient looked at",
            "kernel",
            options={"kernel": "w", "input": "y"},
            shown=hidden,
        ),
        Param("cell", "entry looked at", 0, 0, 143, shown=hidden),
    ),
    compute=backprop.backprop,
    figure=backprop_figure.figure,
    checks=backprop.checks,
    says=backprop.says,
    presets={
        "One output speaks": {},
        "All outputs at once": {"upstream": "drawn", "w": "1 1 1 1 1"},
        "The printed line slips": {
            "view": "lines",
            "line": 2,
            "upstream": "drawn",
            "delta": "1 0 -1 2 0 1 0 1 0 0",
        },
        "Torch turns nothing": {"layer": "corr", "view": "lines", "line": 7, "out": 1},
        "A dead ReLU": {"act": "relu"},
        "Every edge of a digit": {"space": "picture", "n": 8, "upstream": "drawn"},
        "One pixel answers": {"space": "picture", "n": 8, "out": 14, "look": "input", "cell": 18},
    },
    predictions=(
        Prediction(
            preset="One output speaks",
            question="A gradient of 1 enters at one output of a layer that convolves. What is "
            "∂R/∂w?",
            options=(
                "the window of the input as it stands",
                "the window of the input, turned by 180°",
                "the weights themselves",
            ),
            answer=backprop.arrives,
            because="The output was Σ yₖ₋ᵢ wᵢ, so wᵢ receives yₖ₋ᵢ: i runs forward, k − i runs "
            "back. That is δ ∗ rot180(y), here ({row}). A layer that correlates turns nothing.",
            facts=lambda run: {"row": ", ".join(f"{v:g}" for v in run.grad_w.flatten().tolist())},
            beliefs={"the window of the input as it stands": {"layer": "corr"}},
        ),
        Prediction(
            preset="The printed line slips",
            question="The sheet writes ∂R/∂w = Σₖ δₖ yₖ₋ₚ. In how many of the five entries is that "
            "right?",
            options=("in none", "in one", "in all five"),
            answer=backprop.entries_right,
            because="p is the end of the inner sum, not the entry i: the printed line gives "
            "{printed:g} whatever i is, and autograd says so at i = p only. It must be yₖ₋ᵢ.",
            facts=lambda run: {"printed": float(run.lines[2].values.flatten()[0])},
            beliefs={"in all five": {"y": "1 1 1 1 1 1 1 1 1 1 1 1"}},
        ),
        Prediction(
            preset="All outputs at once",
            question="The kernel is all ones and every output sends a 1 back. Which inputs receive "
            "the smallest gradient?",
            options=("those in the middle", "the two at the ends", "none, all the same"),
            answer=backprop.least_fed,
            because="An input receives one weight from every window it lies in. The first sample "
            "lies in {end:g} window, one in the middle in {middle:g}: valid padding sees the ends "
            "least.",
            facts=lambda run: {
                "end": float(run.grad_y[0, 0]),
                "middle": float(run.grad_y.max()),
            },
        ),
        Prediction(
            preset="A dead ReLU",
            question="ReLU follows the layer, and at this output z is negative. How much of a "
            "gradient of 1 gets past it?",
            options=("all of it", "0.5 of it", "nothing"),
            answer=backprop.passes,
            because="δ = ∂R/∂y ⊙ φ′(z), and here z = {z:g}: below 0 ReLU is flat, φ′ = 0. The "
            "kernel, the bias and the layer below learn nothing from this output.",
            facts=lambda run: {"z": float(run.z.flatten()[2])},
            beliefs={"all of it": {"act": "identity"}},
        ),
    ),
)
