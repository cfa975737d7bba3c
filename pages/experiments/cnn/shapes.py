"""Old form, to be converted."""

from core.cnn import sliding
from core.experiments.cnn import shapes
from pages.figures.cnn import shapes as shapes_figure
from pages.ui import Experiment, Param, Prediction, Tick

EXPERIMENT = Experiment(
    slug="shapes",
    title="Shape calculator",
    question="You padded with zeros. Is the output now as large as the input?",
    statements=("CNN-18", "CNN-19", "CNN-20", "CNN-32"),
    params=(
        Param(
            "kind",
            "layer",
            "layer",
            options={
                "layer": "layer: cross-correlation",
                "true": "true convolution: flipped",
                "causal": "causal: pads before only",
                "transposed": "transposed",
            },
        ),
        Param("dims", "input", "2-D", options={"2-D": "picture", "1-D": "signal"}),
        Param(
            "fill",
            "padding holds",
            "zero",
            options={
                "zero": "zeros",
                "constant": "a constant",
                "reflect": "the mirror image",
                "replicate": "the edge again",
                "circular": "the other end",
            },
            shown=lambda v: v["kind"] != "transposed",
        ),
        Param(
            "value",
            "constant",
            5,
            0,
            9,
            shown=lambda v: v["fill"] == "constant" and v["kind"] != "transposed",
        ),
        Param(
            "n",
            "input size n",
            28,
            1,
            64,
            reach=lambda v: sliding.limits("n", 1, 64, **v),
            help="Cells in a row; they hold the digits of π.",
        ),
        Param("k", "kernel size k", 5, 1, 9, reach=lambda v: sliding.limits("k", 1, 9, **v)),
        Param(
            "p",
            "padding p",
            1,
            0,
            4,
            reach=lambda v: sliding.limits("p", 0, 4, **v),
            ticks=lambda v: tuple(
                Tick(p, "same")
                for p in sliding.keeping(v["n"], v["k"], v["d"], v["kind"])
                if p <= 4 and v["s"] == 1
            ),
            shown=lambda v: v["kind"] != "causal",
            help="Cells added on every side; a transposed layer cuts as many off its output.",
        ),
        Param("s", "stride s", 1, 1, 4, reach=lambda v: sliding.limits("s", 1, 4, **v)),
        Param("d", "dilation d", 1, 1, 3, reach=lambda v: sliding.limits("d", 1, 3, **v)),
        Param(
            "look",
            "grid that is looked at",
            "output",
            options={"output": "output", "input": "padded input", "weight": "kernel"},
            shown=lambda v: False,
        ),
        Param("cell", "cell that is looked at", 0, 0, 11000, shown=lambda v: False),
    ),
    compute=shapes.shapes,
    figure=shapes_figure.figure,
    checks=shapes.checks,
    says=shapes.says,
    presets={
        "Zeros, and yet smaller": {},
        "Even kernel, never same": {"k": 4},
        "Same, without a single zero": {"p": 2, "fill": "reflect"},
        "Stride that skips no input": {"n": 21, "k": 3, "p": 0, "s": 3, "cell": 8},
        "Gaps between the windows": {"n": 21, "k": 2, "p": 0, "s": 3, "cell": 8},
        "Checkerboard": {"n": 21, "k": 1, "p": 0, "s": 2, "cell": 12},
        "Window full of holes": {"n": 12, "k": 3, "p": 0, "d": 3, "cell": 14},
        "Around the corner": {
            "n": 12,
            "k": 3,
            "p": 2,
            "fill": "circular",
            "look": "input",
            "cell": 34,
        },
        "No look ahead": {"kind": "causal", "dims": "1-D", "n": 16, "k": 3, "d": 2, "cell": 6},
        "Not quite the way back": {"kind": "transposed", "n": 13, "k": 5, "s": 2, "cell": 84},
    },
    predictions=(
        Prediction(
            preset="Zeros, and yet smaller",
            question="A 28 × 28 picture gets a ring of zeros, p = 1, and then a 5 × 5 kernel with "
            "stride 1. How large is the output?",
            options=("26 × 26", "28 × 28", "30 × 30"),
            answer=shapes.size_in_words,
            because="A {span}-wide window fits {size} times into {padded} cells. “Same” speaks of "
            "the amount, p = (k − 1)/2 = {p}, not of the value: a mirror image of that width would "
            "be same, one ring of zeros is not.",
            facts=lambda run: {
                "span": run.span,
                "size": run.size,
                "padded": run.padded,
                "p": run.keeping[0],
            },
            beliefs={"28 × 28": {"p": 2}, "30 × 30": {"k": 1}},
        ),
        Prediction(
            preset="Even kernel, never same",
            question="n = 28, k = 4, stride 1. Which padding p keeps 28?",
            options=("p = 1", "p = 2", "none"),
            answer=shapes.keeping_in_words,
            because="The window takes k − 1 = 3 cells away and padding gives 2p back: 2p = 3 has "
            "no whole solution. p = 1 makes {size}, p = 2 makes two more. Libraries pad one side "
            "more than the other.",
            facts=lambda run: {"size": run.size},
            beliefs={"p = 1": {"p": 1}, "p = 2": {"p": 2}},
        ),
        Prediction(
            preset="Stride that skips no input",
            question="Stride 3, kernel 3 × 3, 21 columns, no padding. How many columns does no "
            "window ever see?",
            options=("0", "7", "14"),
            answer=shapes.unseen_in_words,
            because="A stride skips outputs, not inputs: {size} windows of {span} columns stand "
            "side by side. Only s > k leaves gaps, s − k columns between two windows.",
            facts=lambda run: {"size": run.size, "span": run.span},
            beliefs={"7": {"k": 2}, "14": {"k": 1}},
        ),
        Prediction(
            preset="Not quite the way back",
            question="A layer with k = 5, s = 2, p = 1 makes 13 × 13 out of 28 × 28. What does the "
            "transposed layer with the same numbers make out of 13 × 13?",
            options=("26 × 26", "27 × 27", "28 × 28"),
            answer=shapes.size_in_words,
            because="(n − 1)s − 2p + d(k − 1) + 1 = {size}. Sizes {size} and 28 both shrink to 13, "
            "because the stride rounds down, and the way back takes the smaller one. Transposed is "
            "no inverse: not even the size comes back.",
            facts=lambda run: {"size": run.size},
            beliefs={"26 × 26": {"k": 4}, "28 × 28": {"k": 6}},
        ),
    ),
)
