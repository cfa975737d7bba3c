"""Old form, to be converted."""

from core.convolution import signals
from core.experiments.convolution import slide
from core.experiments.convolution import slide_claims as slide_checks
from pages.figures.convolution import slide as slide_figure
from pages.ui import Experiment, Param, Prediction

EXPERIMENT = Experiment(
    slug="slide",
    title="Flip and slide",
    question="The kernel slides in from the left. Which of its ends meets the signal first?",
    statements=("CNN-06", "CNN-13", "CNN-16", "PROB-27"),
    params=(
        Param("f", "signal f", "box", options=signals.SHAPES),
        Param("n", "length n of f", 8, 1, 32, shown=lambda v: v["f"] != "drawn"),
        Param(
            "f_drawn",
            "numbers of f",
            "0 1 2 3 3 2 0 0 1 1 0 0",
            shown=lambda v: v["f"] == "drawn",
            help="Draw in the large picture, or type up to 64 numbers.",
        ),
        Param("h", "kernel h", "decay", options=signals.SHAPES),
        Param("m", "length m of h", 6, 1, 32, shown=lambda v: v["h"] != "drawn"),
        Param(
            "h_drawn",
            "numbers of h",
            "1 2 1",
            shown=lambda v: v["h"] == "drawn",
            help="Draw in the picture of the kernel, or type up to 64 numbers.",
        ),
        Param(
            "flip",
            "turn the kernel round (convolution)",
            True,
            help="Without the turn it is the cross-correlation, the layer of a CNN.",
        ),
        Param("time", "time", "discrete", options=slide.TIMES),
        Param(
            "mode",
            "positions u",
            "full",
            options=slide.MODES,
            shown=lambda v: v["time"] == "discrete",
        ),
        Param(
            "copies",
            "throws of the die h",
            1,
            1,
            6,
            shown=lambda v: v["h"] == "die" and v["time"] == "discrete",
        ),
        Param("k", "number of the output", 0, 0, slide.LAST, shown=lambda v: False),
    ),
    compute=slide.slide,
    figure=slide_figure.figure,
    checks=slide_checks.checks,
    says=slide_checks.says,
    presets={
        "Tall end first": {},
        "Forgot to flip": {"flip": False},
        "Box meets box": {"n": 5, "h": "box", "m": 5, "k": 4},
        "Sobel both ways": {"f": "drawn", "h": "edge", "m": 3, "mode": "centred", "k": 3},
        "Echo": {"f": "drawn", "f_drawn": "0 2 3 1 0", "h": "echo", "m": 10, "k": 11},
        "Two dice": {"f": "die", "n": 6, "h": "die", "m": 6, "k": 5},
        "Seven dice make a bell": {"f": "die", "n": 6, "h": "die", "m": 6, "copies": 6, "k": 17},
        "Two bumps, one wider": {
            "f": "bump",
            "n": 16,
            "h": "bump",
            "m": 16,
            "time": "continuous",
            "k": 40,
        },
        "Find the pattern": {
            "f": "drawn",
            "f_drawn": "0 1 0 -1 2 1 -2 0 1 -1 0",
            "h": "drawn",
            "h_drawn": "2 1 -2",
            "flip": False,
            "k": 6,
        },
        "Off the edge and back": {"h": "decay", "m": 8, "mode": "circular", "k": 2},
        "Nowhere inside": {"n": 5, "mode": "valid"},
    },
    predictions=(
        Prediction(
            preset="Tall end first",
            question="h falls off to the right, and slides in from the left. Which of its ends "
            "meets the first sample of f first?",
            options=("the tall end", "the low end"),
            answer=slide_checks.meets_first,
            because="h[u − t] counts backwards in t: the kernel is turned round, and its tall end "
            "h[0] leads. So an input acts most strongly at once, and ever more weakly later.",
            beliefs={"the low end": {"flip": False}},
        ),
        Prediction(
            preset="Box meets box",
            question="A box of 5 ones slides over a box of 5 ones. How many outputs are not 0, and "
            "how large is the largest?",
            options=("5 and 5", "9 and 1", "9 and 5", "10 and 5"),
            answer=slide_checks.length_and_peak,
            because="They first touch with one sample and part with one sample: n + m − 1 = "
            "{outputs} positions. Where all of both overlap, 5 products of 1 add up to {top:g}.",
            facts=lambda run: {"outputs": len(run.y), "top": float(run.y.max())},
            beliefs={"5 and 5": {"mode": "same"}, "9 and 1": {"h": "die"}},
        ),
        Prediction(
            preset="Sobel both ways",
            question="The kernel is (−1, 0, 1). How does the convolution differ from the "
            "cross-correlation?",
            options=("not at all", "by the sign, everywhere", "in no simple way"),
            answer=slide_checks.against_the_other,
            because="Read backwards, (−1, 0, 1) is (1, 0, −1), its own negative. A CNN layer "
            "slides without turning, so its edge filter answers with the opposite sign.",
            beliefs={"not at all": {"h": "box"}, "in no simple way": {"h": "decay"}},
        ),
        Prediction(
            preset="Two dice",
            question="Two fair dice. How much likelier is the sum 7 than the sum 12?",
            options=("equally likely", "3 times", "6 times"),
            answer=slide_checks.odds,
            because="At u = 7 all six faces of the turned die lie on a face of the other: "
            "{seven:.3g}. At 12 only one pair is left: {twelve:.3g}.",
            facts=lambda run: {"seven": float(run.y.max()), "twelve": float(run.y[-1])},
            beliefs={"equally likely": {"m": 1}, "3 times": {"n": 3, "m": 3}},
        ),
        Prediction(
            preset="Two bumps, one wider",
            question="Two Gaussians with σ = 2 are convolved. What is the σ of the result?",
            options=("2", "2.8", "4"),
            answer=slide_checks.broader,
            because="The variances add, not the widths: σ² = 4 + 4, up to the ends we cut off at "
            "4σ, and √8 = 2.83. Two blurs are one blur that is √2 as wide.",
            beliefs={"2": {"h": "spike", "m": 1}, "4": {"m": 28}},
        ),
    ),
)
