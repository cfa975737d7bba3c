"""Old form, to be converted."""

from core.experiments.convolution import matrix as banded
from core.experiments.convolution import matrix_claims as banded_checks
from pages.figures.convolution import matrix as matrix_figure
from pages.ui import Experiment, Grid, Param, Prediction

EXPERIMENT = Experiment(
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
