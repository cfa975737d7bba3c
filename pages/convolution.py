"""Convolution of signals: what slides, what is flipped, and when it is a product of spectra."""

from core.convolution import (
    algebra,
    algebra_checks,
    banded,
    banded_checks,
    filter_checks,
    frequency,
    frequency_checks,
    operator_checks,
    operators,
    signals,
    slide,
    slide_checks,
)
from core.convolution import filter as filtering
from pages.figures.convolution import algebra as algebra_figure
from pages.figures.convolution import filter as filter_figure
from pages.figures.convolution import frequency as frequency_figure
from pages.figures.convolution import matrix as matrix_figure
from pages.figures.convolution import operators as operators_figure
from pages.figures.convolution import slide as slide_figure
from pages.ui import Experiment, Grid, Param, Prediction, Tick, show

# --- flip and slide, operator box, algebra -------------------------------------------------------


def _is_linear_test(values: dict) -> bool:
    return values["test"] == "linear"


def _is_finite(values: dict) -> bool:
    return values["world"] == "finite"


SLIDE = Experiment(
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

OPERATORS = Experiment(
    slug="operators",
    title="Operator box",
    question="You may press one impulse into a box. Do you then know its answer to every signal?",
    statements=(
        "CNN-01",
        "CNN-02",
        "CNN-03",
        "CNN-04",
        "CNN-05",
        "CNN-08",
        "CNN-10",
    ),
    params=(
        Param("op", "box T", "gain", options=operators.LABELS),
        Param("test", "test", "impulse", options=operators.TESTS),
        Param(
            "f",
            "numbers of f",
            "0 0 0 0.5 1 1.5 2 1.5 1 0.5 0 0 0 -1 -1 -1 0 0 0 1 0 0 0 0 0.5 0.5 0.5 0.5 0 0 0 0",
            help="Draw f in its picture, or type 32 numbers.",
        ),
        Param("g", "second signal g", "wave", options=operators.SECOND, shown=_is_linear_test),
        Param("alpha", "α", 1.0, -3.0, 3.0, step=0.1, shown=_is_linear_test),
        Param("beta", "β", 1.0, -3.0, 3.0, step=0.1, shown=_is_linear_test),
        Param(
            "shift",
            "shift Δ",
            5,
            -16,
            16,
            shown=lambda v: v["test"] == "shift",
            help="f_Δ[t] = f[t + Δ]: a positive Δ moves f to the left.",
        ),
        Param("at", "place of the impulse", 8, 0, 31, shown=lambda v: v["test"] == "impulse"),
        Param("row", "output u written out", 6, 0, 31, shown=lambda v: False),
        Param("seed", "seed of K", 0, 0, 99, shown=lambda v: v["op"] == "random"),
    ),
    compute=operators.box,
    figure=operators_figure.figure,
    checks=operator_checks.checks,
    says=operator_checks.says,
    presets={
        "One press is not enough": {},
        "One press tells all": {"op": "blur"},
        "Plus one is not linear": {"op": "plus", "test": "linear"},
        "Clamped": {"op": "clamp", "test": "linear"},
        "Linear, but minds where": {"op": "gain", "test": "shift"},
        "Moves along": {"op": "derivative", "test": "shift"},
        "Broken at the border": {"op": "padded", "test": "shift", "shift": 8},
        "Every second sample": {"op": "stride", "test": "shift", "shift": 4},
        "An odd step breaks it": {"op": "stride", "test": "shift", "shift": 5},
        "Does not move at all": {"op": "magnitude", "test": "shift"},
        "Any K is linear": {"op": "random", "test": "linear", "alpha": 1.5, "beta": -2.0},
    },
    predictions=(
        Prediction(
            preset="One press is not enough",
            question="The box fades in: (Tf)[t] = t/32 · f[t], which is linear. You press one "
            "impulse and see its answer h. Is f ∗ h the answer to f?",
            options=("yes, exactly", "no"),
            answer=operator_checks.foretells,
            because="At t = 8 the box multiplies by 1/4, elsewhere by something else; f ∗ h takes "
            "1/4 for everywhere and misses Tf by up to {gap:.2g}. One impulse speaks for all only "
            "if T also commutes with shifts.",
            facts=lambda run: {"gap": run.gap("impulse")},
            beliefs={"yes, exactly": {"op": "blur"}},
        ),
        Prediction(
            preset="Plus one is not linear",
            question="Tf = f + 1 looks like the straightest thing there is. With α = β = 1, how do "
            "T(f + g) and Tf + Tg differ?",
            options=("not at all", "by 1 everywhere", "it depends on f and g"),
            answer=operator_checks.off_by,
            because="The left side adds 1 once, the right side twice. Only with α + β = 1 is the "
            "difference 0; linear means for all α and β, and T0 = 0.",
            beliefs={
                "not at all": {"alpha": 0.5, "beta": 0.5},
                "it depends on f and g": {"op": "square"},
            },
        ),
        Prediction(
            preset="Does not move at all",
            question="T is the magnitude of the Fourier transform. f moves by 5 samples. What does "
            "the answer do?",
            options=("it moves along", "it stays the same", "it becomes another one"),
            answer=operator_checks.when_moved,
            because="A shift multiplies each Fourier coefficient by a phase of size 1. That is "
            "invariance. Convolution is only equivariant: its answer moves along.",
            beliefs={
                "it moves along": {"op": "blur"},
                "it becomes another one": {"op": "gain"},
            },
        ),
        Prediction(
            preset="An odd step breaks it",
            question="A blur that keeps every second sample, as a layer with stride 2 does. f "
            "moves by 5 samples. What does the answer do?",
            options=("it moves along", "it stays the same", "it becomes another one"),
            answer=operator_checks.when_moved,
            because="A shift by 5 would need outputs moved by 2½. The even samples now fall on "
            "places that were dropped before: T(f_Δ) and (Tf)_Δ differ by up to {gap:.2g}.",
            facts=lambda run: {"gap": run.gap("shift")},
            beliefs={"it moves along": {"shift": 4}, "it stays the same": {"op": "mean"}},
        ),
    ),
)

KERNEL = Grid(-4, 4, 0.5, ((1, 3), (1, 5), (1, 7)))

ALGEBRA = Experiment(
    slug="algebra",
    title="Algebra",
    question="Blur twice, or blur once with the blurred blur: when may you move the brackets?",
    statements=("CNN-07", "CNN-09", "CNN-14"),
    params=(
        Param("world", "signals", "finite", options=algebra.WORLDS),
        Param("law", "law", "associative", options=algebra.LAWS, shown=_is_finite),
        Param("a", "a", "2 3 0 1 2 0 1", grid=KERNEL, shown=_is_finite),
        Param("b", "b", "1 2 1", grid=KERNEL, shown=_is_finite),
        Param("c", "c", "1 2 1", grid=KERNEL, shown=_is_finite),
        Param("mode", "of a ∗ … is kept", "same", options=algebra.MODES, shown=_is_finite),
        Param("flip", "turn the kernel (convolution)", True, shown=_is_finite),
        Param("forever", "f = 1 for ever", True, shown=lambda v: v["world"] == "endless"),
        Param(
            "life",
            "f fades to 1/e within (samples)",
            20.0,
            1.0,
            1000.0,
            log=True,
            shown=lambda v: v["world"] == "endless" and not v["forever"],
        ),
        Param(
            "p",
            "power p of the tail",
            1.0,
            0.25,
            4.0,
            step=0.05,
            shown=lambda v: v["world"] == "tail",
            ticks=lambda v: (Tick(1.0, "p = 1"),),
        ),
        Param(
            "L",
            "sum over |t| ≤ L",
            100.0,
            1.0,
            1e4,
            log=True,
            shown=lambda v: v["world"] == "tail",
        ),
    ),
    compute=algebra.algebra,
    figure=algebra_figure.figure,
    checks=algebra_checks.checks,
    says=algebra_checks.says,
    presets={
        "Cut off at the border": {},
        "Two blurs, one blur": {"mode": "full"},
        "On the circle nothing is lost": {"mode": "circular"},
        "Correlation has an order": {"law": "commutative", "mode": "full", "flip": False},
        "Brackets of a correlation": {"mode": "full", "flip": False, "c": "1 0 -1"},
        "Same output, other length": {"law": "commutative"},
        "Nothing or everything": {"world": "endless"},
        "Fading, and all is well": {"world": "endless", "forever": False, "life": 1000.0},
        "The sum that never settles": {"world": "tail", "L": 1000.0},
        "Light enough a tail": {"world": "tail", "p": 2.0},
    },
    predictions=(
        Prediction(
            preset="Two blurs, one blur",
            question="Blurring with (1, 2, 1) and then again with (1, 2, 1) is one blur with a "
            "single kernel. How long is it?",
            options=("3 samples", "5 samples", "6 samples"),
            answer=algebra_checks.merged,
            because="(a ∗ b) ∗ c = a ∗ (b ∗ c), and (1, 2, 1) ∗ (1, 2, 1) = (1, 4, 6, 4, 1): "
            "3 + 3 − 1. In pictures two 3×3 filters are one of 5×5.",
        ),
        Prediction(
            preset="Cut off at the border",
            question="Mode same keeps as many samples as a, as a padded CNN layer does. Where do "
            "two layers, (a ∗ b) ∗ c, and the one layer a ∗ (b ∗ c) differ?",
            options=("nowhere", "at the borders only", "everywhere"),
            answer=algebra_checks.where_it_fails,
            because="What b spread past the border is thrown away, and c cannot fetch it back; "
            "further inside nothing was lost. Two padded layers are not quite one.",
            beliefs={"nowhere": {"mode": "full"}},
        ),
        Prediction(
            preset="Correlation has an order",
            question="a ∗ b = b ∗ a. What happens to the cross-correlation when a and b are "
            "exchanged?",
            options=("nothing", "it is mirrored", "it becomes another signal"),
            answer=algebra_checks.exchanged,
            because="(a ⋆ b)[u] = Σ a[t] b[u + t] = (b ⋆ a)[−u]: which signal is moved to the "
            "right only decides which way you count.",
            beliefs={"nothing": {"flip": True}},
        ),
        Prediction(
            preset="Nothing or everything",
            question="1 is the constant, d = δ₀ − δ₁, s the unit step. What are (1 ∗ d) ∗ s and "
            "1 ∗ (d ∗ s)?",
            options=("0 and 0", "0 and 1", "1 and 1"),
            answer=algebra_checks.bracketed,
            because="1 ∗ d takes differences of a constant: 0, and 0 ∗ s = 0. But d ∗ s = δ₀, and "
            "1 ∗ δ₀ = 1. Brackets may be moved only where the double sum converges absolutely.",
            beliefs={"1 and 1": {"forever": False}},
        ),
        Prediction(
            preset="The sum that never settles",
            question="h[t] = 1/(1 + |t|) tends to 0. By how much does the sum of h grow from "
            "|t| ≤ 1000 to |t| ≤ 10 000?",
            options=("by next to nothing", "by about 4.6", "by about 46"),
            answer=algebra_checks.tenfold,
            because="Each factor of ten adds 2 ln 10 = 4.6, for ever. A tail must fall faster than "
            "1/t for 1 ∗ h to exist.",
            beliefs={"by next to nothing": {"p": 3.0}},
        ),
    ),
)

# --- matrix, frequency ---------------------------------------------------------------------------

MATRIX = Experiment(
    slug="matrix",
    title="Matrix view",
    question="A convolution is a matrix. What does a stride do to it, and does its transpose undo "
    "it?",
    statements=("CNN-17", "CNN-19", "CNN-20"),
    params=(
        Param(
            "domain",
            "input x",
            "signal",
            options={"signal": "signal: Toeplitz", "picture": "picture: doubly block Toeplitz"},
        ),
        Param("n", "length n of x", 12, 4, 24, shown=lambda v: v["domain"] == "signal"),
        Param(
            "h",
            "kernel h",
            "1 2 3 -1 -2",
            grid=Grid(-3.0, 3.0, 0.5, banded.KERNELS),
            shown=lambda v: v["domain"] == "signal",
        ),
        Param(
            "kernel",
            "kernel h",
            "1 0 -1,2 0 -2,1 0 -1",
            grid=Grid(-3.0, 3.0, 0.5, banded.STENCILS),
            shown=lambda v: v["domain"] == "picture",
        ),
        Param(
            "mode",
            "outputs kept",
            "full",
            options={
                "full": "full: every overlap",
                "same": "same: as many as x",
                "valid": "valid: all of h inside x",
                "circular": "circular: x repeats",
                "causal": "causal: no look ahead",
            },
        ),
        Param("stride", "stride s", 1, 1, 4, help="Keeps every s-th row, deletes the others."),
        Param("dilation", "dilation d", 1, 1, 3, help="Puts d − 1 zeros between the weights."),
        Param(
            "flip",
            "turn the kernel round (convolution)",
            True,
            help="Without the turn it is the cross-correlation, the layer of a CNN.",
        ),
        Param(
            "transpose",
            "transposed convolution, x̂ = Tᵀ y",
            False,
            help="The same matrix, transposed, takes the outputs y back to the inputs.",
        ),
        Param(
            "x",
            "numbers of x",
            "1 2 0 -1 1 3 2 0 0 1 -2 1",
            shown=lambda v: v["domain"] == "signal",
            help="Draw in the picture of x, or type up to 24 numbers; missing ones are 0.",
        ),
        Param(
            "picture",
            "picture x",
            "0 0 1 1 0 0,0 1 2 2 1 0,1 2 3 3 2 1,1 2 3 3 2 1,0 1 2 2 1 0,0 0 1 1 0 0",
            grid=Grid(-3.0, 3.0, 1.0, banded.PICTURES),
            shown=lambda v: v["domain"] == "picture",
        ),
        Param("u", "row looked at", 6, 0, banded.MOST, shown=lambda v: False),
        Param("t", "column looked at", banded.MOST, 0, banded.MOST, shown=lambda v: False),
    ),
    compute=banded.banded,
    figure=matrix_figure.figure,
    checks=banded_checks.checks,
    says=banded.says,
    presets={
        "Five weights fill the matrix": {},
        "Stride deletes rows": {"mode": "valid", "stride": 2},
        "Dilation spreads the weights": {"mode": "valid", "dilation": 2, "u": 9},
        "A row reads it unturned": {"mode": "valid", "flip": False},
        "Only whole windows": {"mode": "valid"},
        "Round and round": {"mode": "circular", "u": 1},
        "No look ahead": {"mode": "causal", "u": 3},
        "Back, but not undone": {"mode": "valid", "stride": 2, "transpose": True},
        "A picture as one matrix": {"domain": "picture", "u": 27},
        "A picture on a torus": {"domain": "picture", "mode": "circular", "u": 0},
    },
    predictions=(
        Prediction(
            preset="Five weights fill the matrix",
            question="A signal of 12 samples, a kernel of 5 different numbers: the matrix has 16 "
            "rows and 12 columns. How many different weights stand in it?",
            options=("5", "60", "192"),
            answer=banded.weights_in_words,
            because="Every column is the same kernel, moved down by one. Of {cells} cells {band} "
            "lie on the band, and they share {weights} numbers: a convolutional layer is a linear "
            "layer, only sparse and with shared weights.",
            facts=lambda run: {
                "cells": run.T.numel(),
                "band": int(run.band.sum()),
                "weights": run.h.numel(),
            },
        ),
        Prediction(
            preset="A row reads it unturned",
            question="The kernel is 1 2 3 −1 −2. torch's Conv1d slides it along without turning "
            "it round. How does a row of its matrix read from left to right?",
            options=("1 2 3 -1 -2", "-2 -1 3 2 1"),
            answer=banded.order_in_words,
            because="A cross-correlation lays the kernel on the input as it is. The row of a true "
            "convolution is the kernel backwards, because h[u − t] falls as t grows.",
            beliefs={"-2 -1 3 2 1": {"flip": True}},
        ),
        Prediction(
            preset="Stride deletes rows",
            question="The stride goes from 1 to 2. What disappears from the matrix?",
            options=("every second row", "every second column", "every second weight of a row"),
            answer=banded.deleted_in_words,
            because="A stride skips outputs, not inputs: {left} of {windows} windows are left, and "
            "every inner input still has a weight in one of them.",
            facts=lambda run: {
                "left": run.outputs,
                "windows": len(run.x) - run.spans[0] + 1,
            },
            beliefs={"every second weight of a row": {"stride": 1, "dilation": 2}},
        ),
        Prediction(
            preset="Only whole windows",
            question="n = 12 samples, a kernel of m = 5. How many outputs does valid keep?",
            options=("7", "8", "12", "16"),
            answer=banded.kept_in_words,
            because="The first whole window ends on sample m − 1 = {last}, the last one on n − 1 = "
            "{end}: n − m + 1 = {count} windows.",
            facts=lambda run: {
                "last": len(run.h) - 1,
                "end": len(run.x) - 1,
                "count": run.outputs,
            },
            beliefs={"12": {"mode": "same"}, "16": {"mode": "full"}},
        ),
        Prediction(
            preset="Back, but not undone",
            question="Many call the transposed convolution a deconvolution. Apply T, then Tᵀ. What "
            "comes back?",
            options=("x again", "a multiple of x", "something else"),
            answer=banded.undone_in_words,
            because="Tᵀ sends every output back to the inputs it came from, with the same weights: "
            "it correlates where T convolves. That is the gradient, not the inverse; TᵀTx − x is "
            "{miss:.1f} times as long as x.",
            facts=lambda run: {"miss": run.miss},
            beliefs={
                "x again": {"mode": "same", "stride": 1, "h": "0 0 1 0 0"},
                "a multiple of x": {"mode": "same", "stride": 1, "h": "0 0 2 0 0"},
            },
        ),
    ),
)

FREQUENCY = Experiment(
    slug="frequency",
    title="Frequency view",
    question="Multiply two spectra and go back. Is that the convolution, or something else?",
    statements=("CNN-04", "CNN-11", "CNN-12"),
    params=(
        Param("signal", "signal f", "waves", options={"waves": "three waves", "drawn": "drawn"}),
        Param("n", "length n of f", 12, 12, frequency.LONGEST),
        Param(
            "waves",
            "waves: cycles in f, amplitude",
            "1 1,3 0.5,5 0.5",
            grid=Grid(0.0, 6.0, 0.5, frequency.WAVES),
            shown=lambda v: v["signal"] == "waves",
            help="One wave in a row. Amplitude 0 removes it.",
        ),
        Param(
            "drawn",
            "numbers of f",
            "0 1 2 3 2 1 0 0 -1 -2 -1 0",
            shown=lambda v: v["signal"] == "drawn",
            help="Draw in the large picture, or type up to 32 numbers; missing ones are 0.",
        ),
        Param(
            "filter",
            "filter h",
            "average",
            options={
                "average": "average of 5",
                "binomial": "binomial 1 4 6 4 1",
                "difference": "difference 1 −1",
                "detail": "what the average leaves",
                "echo": "echo: two peaks",
                "own": "own numbers",
                "painted": "painted in frequency",
            },
        ),
        Param(
            "taps",
            "numbers of h",
            "1 0 -1",
            grid=Grid(-2.0, 2.0, 0.25, frequency.TAPS),
            shown=lambda v: v["filter"] == "own",
        ),
        Param(
            "gain",
            "gain |H| from slow to fast",
            "1 1 1 0 0 0",
            grid=Grid(0.0, 2.0, 0.1, frequency.GAINS),
            shown=lambda v: v["filter"] == "painted",
            help="Draw in the picture of the spectra; the kernel is its inverse DFT.",
        ),
        Param(
            "N",
            "length N of the DFT",
            12,
            8,
            64,
            ticks=lambda v: (
                Tick(v["n"], "n"),
                Tick(v["n"] + frequency.taps_of(v["filter"], v["taps"], v["gain"]) - 1, "n+m−1"),
            ),
            optimum=lambda v: v["n"] + frequency.taps_of(v["filter"], v["taps"], v["gain"]) - 1,
            help="f and h are filled up with zeros to N samples before they are transformed.",
        ),
        Param(
            "pair",
            "compared",
            "conv",
            options={
                "conv": "convolution f ∗ h with F H",
                "corr": "no flip: f ⋆ h with F H",
                "conj": "no flip: f ⋆ h with F conj H",
            },
        ),
        Param(
            "boundary",
            "outside f",
            "zero",
            options={
                "zero": "zeros",
                "reflect": "its mirror image",
                "replicate": "its last value",
                "circular": "f again",
            },
        ),
        Param("k", "frequency k", 3, 0, 32, shown=lambda v: False),
    ),
    compute=frequency.frequency,
    figure=frequency_figure.figure,
    checks=frequency_checks.checks,
    says=frequency.says,
    presets={
        "Too short an FFT": {},
        "Just long enough": {"N": 16},
        "Shorter than the signal": {"N": 8},
        "Echo": {"filter": "echo", "N": 16},
        "Unturned, and all wrong": {"pair": "corr", "filter": "echo", "N": 16},
        "Conjugate, and right": {"pair": "conj", "filter": "echo", "N": 16},
        "A circle needs no padding": {"boundary": "circular", "waves": "1.5 1,3 0.5,5 0.5"},
        "A mirror is no spectrum": {"boundary": "reflect", "N": 24},
        "A wave falls silent": {
            "filter": "own",
            "taps": "0.25 0.25 0.25 0.25",
            "N": 24,
            "k": 6,
        },
        "A gain painted by hand": {"filter": "painted", "N": 24},
        "A step drawn by hand": {
            "signal": "drawn",
            "drawn": "0 0 0 0 0 0 2 2 2 2 2 2",
            "filter": "difference",
        },
    },
    predictions=(
        Prediction(
            preset="Too short an FFT",
            question="f has 12 samples, h has 5. You multiply their DFTs of length 12 and go back. "
            "How many of the 12 samples differ from f ∗ h?",
            options=("none", "4", "5", "all"),
            answer=frequency.wrong_in_words,
            because="f ∗ h has {length} samples, the DFT has room for {N}. The last {over} come "
            "round and are added to the first ones, u = 0 … {last}; the others are right.",
            facts=lambda run: {
                "length": len(run.direct),
                "N": run.N,
                "over": len(run.direct) - run.N,
                "last": len(run.direct) - run.N - 1,
            },
            beliefs={"none": {"N": 16}},
        ),
        Prediction(
            preset="Too short an FFT",
            question="To which length must both be filled up with zeros, at least, to have all of "
            "f ∗ h right?",
            options=("12", "16", "17", "24"),
            answer=frequency.shortest_in_words,
            because="A result of n + m − 1 = {length} samples needs {length} places. A power of "
            "two is only for speed, twice the length is more than needed.",
            facts=lambda run: {"length": len(run.direct)},
            beliefs={"12": {"N": 12}},
        ),
        Prediction(
            preset="Unturned, and all wrong",
            question="torch's convolution does not turn the kernel round. Which product of spectra "
            "gives what it computes?",
            options=("F H", "F conj H", "neither"),
            answer=frequency.partner_in_words,
            because="Reading the kernel backwards conjugates its spectrum. With F H the page stays "
            "red, by up to {error:.2f}: |F H| and |F conj H| are equal, the phases differ.",
            facts=lambda run: {"error": run.error},
            beliefs={"F H": {"pair": "corr"}},
        ),
        Prediction(
            preset="A circle needs no padding",
            question="Outside the 12 samples f repeats, and h has 5 taps. Which length of the DFT "
            "is right now?",
            options=("N = 12", "N = 16", "both", "neither"),
            answer=frequency.circular_in_words,
            because="The DFT takes its N samples for one turn of a circle. N = n = {n} makes that "
            "the circle f lives on; every zero filled in cuts it open.",
            facts=lambda run: {"n": len(run.f)},
            beliefs={"N = 16": {"N": 16}},
        ),
        Prediction(
            preset="A wave falls silent",
            question="h averages 4 neighbours. What does it leave of the wave with 3 cycles in 12 "
            "samples?",
            options=("nothing", "about a third", "all of it"),
            answer=frequency.left_in_words,
            because="4 samples are one whole turn of this wave, and over a whole turn it averages "
            "to 0: |H| = {gain:.1f} at k/N = {k}/{N}. No convolution can bring it back.",
            facts=lambda run: {"gain": float(run.H[run.k].abs()), "k": run.k, "N": run.N},
            beliefs={"about a third": {"taps": "0.33 0.33 0.33"}},
        ),
    ),
)


# --- picture filter ------------------------------------------------------------------------------

FILTER = Experiment(
    slug="filter",
    title="Picture filter",
    question="Nine numbers turn a photograph into its edges. Which pixel meets which number?",
    statements=("CNN-15", "CNN-16", "CNN-28"),
    params=(
        Param(
            "picture",
            "picture f",
            "china",
            options={
                "china": "photograph: temple",
                "flower": "photograph: flower",
                "disc": "disc",
                "checker": "checkerboard",
                "text": "text",
                "ramp": "ramp",
                "dots": "five dots",
                "digit-5": "handwritten 5, 8 × 8",
                "digit-5-large": "handwritten 5, enlarged",
                "drawn": "my drawing",
            },
            upload="picture",
        ),
        Param(
            "drawing",
            "numbers of my drawing",
            filtering.DRAWING,
            shown=lambda v: v["picture"] == "drawn",
            help="Draw in the small picture; 0 is black, 1 is white.",
        ),
        Param(
            "kernel",
            "kernel h",
            "sobel-x",
            options={
                "own": "my own numbers",
                "identity": "identity",
                "box": "box",
                "gaussian": "Gaussian",
                "sobel-x": "Sobel, left to right",
                "sobel-y": "Sobel, top to bottom",
                "laplacian": "Laplacian",
                "sharpen": "sharpen",
                "emboss": "emboss",
                "gabor": "Gabor",
                "random": "random",
            },
        ),
        Param(
            "h",
            "my kernel h",
            "1 0 0,1 0 0,1 1 0",
            grid=Grid(-9.0, 9.0, 0.1, filtering.SHAPES),
            shown=lambda v: v["kernel"] == "own",
            help="Drag a number up or down, or type it.",
        ),
        Param(
            "size",
            "size",
            "3",
            options={"3": "3 × 3", "5": "5 × 5", "7": "7 × 7"},
            shown=lambda v: v["kernel"] != "own",
        ),
        Param(
            "sigma",
            "width σ",
            1.0,
            0.3,
            3.0,
            step=0.05,
            shown=lambda v: v["kernel"] in ("gaussian", "gabor"),
        ),
        Param(
            "theta",
            "direction θ (degrees)",
            0.0,
            0.0,
            180.0,
            step=1.0,
            shown=lambda v: v["kernel"] == "gabor",
        ),
        Param(
            "wavelength",
            "wavelength λ",
            4.0,
            2.0,
            12.0,
            step=0.1,
            shown=lambda v: v["kernel"] == "gabor",
        ),
        Param("seed", "seed", 0, 0, 99, shown=lambda v: v["kernel"] == "random"),
        Param(
            "flip",
            "flip h (convolution)",
            True,
            help="On: f ∗ h, which turns h by 180°. Off: h ⋆ f, cross-correlation, which does not; "
            "deep learning calls it convolution, and the sheet writes ∗ for both.",
        ),
        Param(
            "view",
            "result R shown as",
            "fit",
            options={
                "fit": "R if Σh ≥ ½, else ½ + R/2",
                "shift": "½ + R/2 (0 is grey)",
                "clamp": "R, cut to 0 … 1",
                "abs": "|R|",
            },
            help="A result may be negative, and a screen cannot show that.",
        ),
        Param(
            "aside",
            "beside it",
            "kernel",
            options={"kernel": "the kernel and its factors", "spectrum": "its gain for waves"},
        ),
        Param("more", "border, channels, stride, dilation", False),
        Param(
            "boundary",
            "outside the picture",
            "reflect",
            options={
                "zero": "black (0)",
                "reflect": "mirror image",
                "replicate": "the edge again",
                "circular": "the other side",
            },
            shown=lambda v: v["more"] or v["boundary"] != "reflect",
        ),
        Param(
            "colour",
            "channels",
            "colour",
            options={
                "colour": "red, green and blue",
                "grey": "brightness",
                "red": "red alone",
                "green": "green alone",
                "blue": "blue alone",
            },
            help="Each channel is filtered on its own; the numbers shown are brightness.",
            shown=lambda v: v["more"] or v["colour"] != "colour",
        ),
        Param("stride", "stride", 1, 1, 4, shown=lambda v: v["more"] or v["stride"] > 1),
        Param("dilation", "dilation", 1, 1, 2, shown=lambda v: v["more"] or v["dilation"] > 1),
        Param(
            "look",
            "looked at",
            "output",
            options={"output": "output pixel", "input": "input pixel", "weight": "weight"},
            shown=lambda v: False,
        ),
        Param("row", "row", 47, 0, 511, shown=lambda v: False),
        Param("col", "column", 226, 0, 511, shown=lambda v: False),
        Param("tap_row", "row of the weight", 0, 0, 6, shown=lambda v: False),
        Param("tap_col", "column of the weight", 0, 0, 6, shown=lambda v: False),
    ),
    compute=filtering.picture_filter,
    figure=filter_figure.figure,
    checks=filter_checks.checks,
    says=filtering.says,
    presets={
        "Edges both ways": {"picture": "disc", "row": 64, "col": 24},
        "A dot prints the kernel": {
            "picture": "dots",
            "kernel": "own",
            "boundary": "zero",
            "look": "input",
            "row": 16,
            "col": 16,
        },
        "A blur that leaves the mean alone": {
            "picture": "flower",
            "kernel": "gaussian",
            "size": "7",
            "sigma": 2.0,
            "boundary": "circular",
        },
        "Two passes for one table": {"kernel": "gaussian", "size": "7", "sigma": 1.5},
        "Blur then sharpen is not the picture": {
            "picture": "text",
            "kernel": "own",
            "h": "-0.01 -0.02 -0.03 -0.02 -0.01,-0.02 0.14 0.12 0.14 -0.02,"
            "-0.03 0.12 0.28 0.12 -0.03,-0.02 0.14 0.12 0.14 -0.02,-0.01 -0.02 -0.03 -0.02 -0.01",
            "aside": "spectrum",
            "row": 40,
            "col": 23,
        },
        "Even kernel shifts the picture": {
            "picture": "dots",
            "kernel": "own",
            "h": "0.25 0.25,0.25 0.25",
            "row": 16,
            "col": 16,
        },
        "Sobel keeps the level lines": {"kernel": "sobel-y", "view": "abs", "colour": "grey"},
        "Stripes of one direction": {
            "picture": "flower",
            "kernel": "gabor",
            "size": "7",
            "sigma": 2.0,
            "theta": 45.0,
            "wavelength": 5.0,
            "colour": "grey",
            "aside": "spectrum",
            "row": 186,
            "col": 401,
        },
        "A stride that never looks": {
            "picture": "digit-5-large",
            "kernel": "box",
            "stride": 4,
            "look": "input",
            "row": 62,
            "col": 62,
        },
    },
    predictions=(
        Prediction(
            preset="Edges both ways",
            question="The kernel (−1, 0, 1), smoothed from above to below. Correlate instead of "
            "convolving: what happens to the picture of the edges?",
            options=("nothing", "every value changes its sign", "something else"),
            answer=filtering.turned,
            because="Convolution turns the kernel by 180°, and turned by 180° this one is its own "
            "opposite: h[−t] = −h[t]. Its {weights} weights that are not 0 all change their sign, "
            "so bright edges become dark ones.",
            facts=lambda run: {"weights": int((run.kernel != 0).sum())},
            beliefs={
                "nothing": {"kernel": "gaussian"},
                "something else": {"kernel": "own"},
            },
        ),
        Prediction(
            preset="A dot prints the kernel",
            question="You write an L into the kernel and convolve a picture of single bright dots. "
            "How does the L appear around each dot?",
            options=("as it is written", "turned by 180°"),
            answer=filtering.printed,
            because="The window holds the turned L, but as it slides over a dot the dot meets its "
            "weights in the opposite order, and two turns undo each other: f ∗ h is one copy of h "
            "for every dot. The correlation, which does not turn h, prints it upside down.",
            beliefs={"turned by 180°": {"flip": False}},
        ),
        Prediction(
            preset="A blur that leaves the mean alone",
            question="A Gaussian blur, its weights sum to 1; beyond each border comes the other "
            "side of the picture. What does the mean brightness do?",
            options=("falls", "stays the same", "rises"),
            answer=filtering.mean_in_words,
            because="Every pixel is handed out in shares that sum to 1, and with the circular "
            "boundary no share is lost: the mean is {before:.4f} before and {after:.4f} after.",
            facts=lambda run: {"before": run.mean_in, "after": run.mean_out},
            beliefs={
                "falls": {"boundary": "zero"},
                "rises": {"kernel": "own", "h": "0 0.2 0,0.2 0.3 0.2,0 0.2 0"},
            },
        ),
        Prediction(
            preset="Two passes for one table",
            question="A 7 × 7 Gaussian has 49 weights. How few multiplications per pixel give "
            "exactly the same picture?",
            options=("49", "14", "7"),
            answer=filtering.cost_in_words,
            because="The table is a column times a row, rank {rank}: blur every column with 7 "
            "weights, then every row with 7. A kernel without factors needs all 49.",
            facts=lambda run: {"rank": run.factors.rank},
            beliefs={"49": {"kernel": "random"}},
        ),
        Prediction(
            preset="Blur then sharpen is not the picture",
            question="This table is a blur b followed by the sharpening 2δ − b that takes the blur "
            "back, in one kernel. What comes out?",
            options=("the picture again", "a softer picture", "a sharper picture"),
            answer=filtering.softness,
            because="The gain of the pair for a wave is 2B − B² = 1 − (1 − B)². Where the blur "
            "left little of a wave, B ≈ 0, sharpening has nothing to bring back; where it turned "
            "one over, B < 0, it does so again: the lowest gain here is {least:.2f}.",
            facts=lambda run: {"least": filtering.lowest_gain(run)},
            beliefs={
                "the picture again": {"kernel": "identity"},
                "a sharper picture": {"kernel": "sharpen"},
            },
        ),
        Prediction(
            preset="Even kernel shifts the picture",
            question="A 2 × 2 box of weights ¼. By how much does it move the picture?",
            options=("not at all", "by half a pixel", "by a whole pixel"),
            answer=filtering.moved_in_words,
            because="An even kernel has no middle: its centre of mass lies half a pixel beside the "
            "pixel the sum is written to, here by ({down:+.1f}, {right:+.1f}) rows and columns. "
            "Odd kernels have a middle, which is why layers use 3 × 3.",
            facts=lambda run: {"down": run.moved[0], "right": run.moved[1]},
            beliefs={
                "not at all": {"kernel": "box"},
                "by a whole pixel": {"kernel": "own", "h": "0 0 0,0 0 1,0 0 0"},
            },
        ),
    ),
)

EXPERIMENTS: list[Experiment] = [SLIDE, OPERATORS, MATRIX, FREQUENCY, ALGEBRA, FILTER]

if __name__ == "__main__":
    show("convolution", EXPERIMENTS)
