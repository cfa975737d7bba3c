"""The convolutional layer: sizes, fields, gradients, pooling, parameters."""

from core.cnn import (
    backprop,
    channels,
    connections,
    field,
    ledger,
    network,
    pooling,
    pooling_checks,
    reading,
    shapes,
    shift,
    sliding,
)
from core.cnn.plan import CELLS, Unit, cell_of
from pages.figures.cnn import backprop as backprop_figure
from pages.figures.cnn import channels as channels_figure
from pages.figures.cnn import field as field_figure
from pages.figures.cnn import ledger as ledger_figure
from pages.figures.cnn import network as network_figure
from pages.figures.cnn import pooling as pooling_figure
from pages.figures.cnn import shapes as shapes_figure
from pages.figures.cnn import shift as shift_figure
from pages.ui import Experiment, Grid, Param, Prediction, Tick, show

# --- shape calculator, receptive field, shift test -----------------------------------------------

SHAPES = Experiment(
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

FIELD = Experiment(
    slug="field",
    title="Receptive field",
    question="How many 3 × 3 layers until one unit sees a whole picture of 224 pixels?",
    statements=("CNN-21", "CNN-22", "CNN-23"),
    params=(
        Param(
            "stack",
            "layers",
            "table",
            options={"table": "table of layers", "deep": "L layers 3 × 3, stride 1"},
        ),
        Param(
            "layers",
            "kernel k, stride s, dilation d; first row lowest",
            "3 1 1,3 1 1,3 1 1",
            grid=Grid(1, 9, 1, tuple((rows, 3) for rows in range(1, 9))),
            shown=lambda v: v["stack"] == "table",
            help="One row per layer, pooling too. Stride at most 4; type dilations up to 128.",
        ),
        Param("depth", "layers L", 112, 1, 120, shown=lambda v: v["stack"] == "deep"),
        Param(
            "n",
            "picture, pixels in a row n",
            224,
            8,
            512,
            ticks=lambda v: (Tick(28, "digit"), Tick(224, "photograph")),
        ),
        Param(
            "weights",
            "weights",
            "uniform",
            options={
                "uniform": "all equal",
                "random": "random, positive",
                "sobel": "like Sobel: 1, 0, …, 0, −1",
            },
        ),
        Param("seed", "seed", 0, 0, 999, shown=lambda v: v["weights"] == "random"),
        Param("down", "levels below the top", 0, 0, 120, shown=lambda v: False),
        Param("at", "inputs from the middle", 0, -1024, 1024, shown=lambda v: False),
    ),
    compute=field.field,
    figure=field_figure.figure,
    checks=field.checks,
    says=field.says,
    presets={
        "Three small for one large": {"n": 28},
        "112 layers": {"stack": "deep"},
        "Wide field, narrow gaze": {"stack": "deep", "depth": 20, "n": 64},
        "Stride five times over": {"layers": "3 2 1,3 2 1,3 2 1,3 2 1,3 2 1"},
        "Like VGG, with pooling": {"layers": "3 1 1,3 1 1,2 2 1,3 1 1,3 1 1,2 2 1,3 1 1,3 1 1"},
        "Doubling the dilation": {
            "layers": "2 1 1,2 1 2,2 1 4,2 1 8,2 1 16,2 1 32,2 1 64,2 1 128",
            "n": 256,
        },
        "A field with holes": {"layers": "3 1 2,3 1 2,3 1 2", "n": 28},
        "Mixed sizes": {"layers": "3 1 1,3 2 1,5 1 1,3 2 1", "n": 28},
        "Sobel's blind spot": {"layers": "3 1 1", "n": 28, "weights": "sobel"},
    },
    predictions=(
        Prediction(
            preset="Three small for one large",
            question="Three 3 × 3 layers with stride 1, one on top of the other. How wide is the "
            "field of a unit on top?",
            options=("5", "7", "9", "27"),
            answer=lambda run: str(run.width),
            because="Every layer adds k − 1 = 2 to what the one below saw: 1 + 2 + 2 + 2 = "
            "{width}. One kernel of that width has {one} weights per pair of channels, the stack "
            "{stack}, and two nonlinearities more.",
            facts=lambda run: {
                "width": run.width,
                "one": run.width**2,
                "stack": sum(k * k for k, _, _ in run.layers),
            },
            beliefs={
                "5": {"layers": "3 1 1,3 1 1"},
                "9": {"layers": "9 1 1"},
                "27": {"layers": "3 3 1,3 3 1,3 3 1"},
            },
        ),
        Prediction(
            preset="112 layers",
            question="“After a few layers a unit may see the entire image.” How many 3 × 3 layers "
            "with stride 1 does that take for 224 pixels?",
            options=("8", "28", "112"),
            answer=lambda run: str(run.needed),
            because="Without stride, pooling or dilation the field grows by 2 per layer: "
            "1 + 2L ≥ 224 needs L = {needed}. And then {held} of the {width} inputs hold 95 % of "
            "the gradient.",
            facts=lambda run: {"needed": run.needed, "held": run.held, "width": run.width},
            beliefs={"8": {"depth": 8}, "28": {"depth": 28}},
        ),
        Prediction(
            preset="Stride five times over",
            question="Five 3 × 3 layers, each with stride 2. How wide is the field?",
            options=("11", "63", "243"),
            answer=lambda run: str(run.width),
            because="A step in layer l is ∏ sᵢ = 2ˡ⁻¹ pixels long below, so the layers add "
            "2, 4, 8, 16 and 32: {width}.",
            facts=lambda run: {"width": run.width},
            beliefs={
                "11": {"layers": "3 1 1,3 1 1,3 1 1,3 1 1,3 1 1"},
                "243": {"layers": "3 3 1,3 3 1,3 3 1,3 3 1,3 3 1"},
            },
        ),
        Prediction(
            preset="Wide field, narrow gaze",
            question="Twenty 3 × 3 layers with equal weights: the field is 41 wide. On how much of "
            "it do 95 % of the gradient sit?",
            options=("nearly all of it", "about two thirds", "about a third"),
            answer=field.share_in_words,
            because="Most paths through the tower end near the middle. Variances add, so the "
            "gradient is a bell with σ = √(20 · 2/3) = {sigma:.2f}: it grows like √L, the field "
            "like L. {held} of {width} inputs hold 95 %.",
            facts=lambda run: {"sigma": run.spread, "held": run.held, "width": run.width},
            beliefs={"nearly all of it": {"depth": 1}, "about two thirds": {"depth": 5}},
        ),
        Prediction(
            preset="Sobel's blind spot",
            question="The kernel is (1, 0, −1). Does the weight 0 in its middle get a gradient?",
            options=("yes", "no"),
            answer=field.learning_in_words,
            because="∂x/∂w for that weight is the input below it, which is not 0: {learning} of "
            "{k} weights learn. That is why the field counts kernel entries, not weights that "
            "happen to differ from 0.",
            facts=lambda run: {"learning": run.learning, "k": run.layers[0][0]},
        ),
    ),
)

SHIFT = Experiment(
    slug="shift",
    title="Shift test",
    question="The digit moves by one pixel. What happens to its feature map?",
    statements=("CNN-10", "CNN-32"),
    params=(
        Param(
            "view",
            "what is tested",
            "picture",
            options={"picture": "a picture moves", "sine": "a sine is strided"},
        ),
        Param(
            "picture",
            "picture",
            "digit-4",
            options={
                "digit-4": "handwritten digit",
                "china": "photograph, temple",
                "flower": "photograph, flower",
                "disc": "disc",
                "dots": "dots",
                "drawn": "drawn by hand",
            },
            upload="picture",
            shown=lambda v: v["view"] == "picture",
        ),
        Param("drawing", "drawing, 24 × 24", shift.DRAWING, shown=lambda v: False),
        Param("dx", "shift to the right Δx", 1, 0, 8, shown=lambda v: v["view"] == "picture"),
        Param("dy", "shift down Δy", 0, 0, 8, shown=lambda v: v["view"] == "picture"),
        Param(
            "freq",
            "frequency f, cycles per sample",
            0.45,
            0.0,
            0.5,
            step=0.01,
            ticks=lambda v: (Tick(0.5 / v["stride"], "1/(2s)"),),
            shown=lambda v: v["view"] == "sine",
        ),
        Param("stride", "stride s", 2, 1, 4),
        Param(
            "padding",
            "padding",
            "circular",
            options={"circular": "circular", "zero": "zeros"},
            shown=lambda v: v["view"] == "picture",
        ),
        Param(
            "pool",
            "global pooling",
            "none",
            options={"none": "none", "max": "maximum", "average": "average"},
            shown=lambda v: v["view"] == "picture",
        ),
        Param(
            "blur",
            "blur before the stride",
            False,
            help="(1, 2, 1)/4, s − 1 times: takes away what is too fine for the stride.",
        ),
    ),
    compute=shift.shift,
    figure=shift_figure.figure,
    checks=shift.checks,
    says=shift.says,
    presets={
        "It moves along": {"stride": 1, "dx": 5, "dy": 3},
        "One pixel, half a step": {},
        "Two pixels, one step": {"dx": 2},
        "The border interferes": {"picture": "china", "padding": "zero", "stride": 1, "dx": 6},
        "The maximum stays": {"stride": 1, "dx": 5, "dy": 3, "pool": "max"},
        "The maximum wavers": {"picture": "china", "pool": "max"},
        "Blurred, then strided": {"picture": "china", "stride": 4, "pool": "average", "blur": True},
        "A sine in disguise": {"view": "sine"},
        "A sine stands still": {"view": "sine", "freq": 0.5},
        "Stopped before the stride": {"view": "sine", "blur": True},
    },
    predictions=(
        Prediction(
            preset="It moves along",
            question="“Convolutions are shift invariant.” Stride 1, circular padding, the digit "
            "moves by (5, 3). The feature map …",
            options=("stays as it is", "moves along", "changes its values"),
            answer=shift.fate,
            because="T S x = S T x is equivariance: the map moves by ({columns}, {rows}) too. "
            "Invariant is only what forgets the place, such as a maximum over all cells.",
            facts=lambda run: {"columns": run.steps[1], "rows": run.steps[0]},
            beliefs={"stays as it is": {"pool": "max"}, "changes its values": {"stride": 2}},
        ),
        Prediction(
            preset="One pixel, half a step",
            question="Stride 2, and the digit moves by one pixel. How far is the new feature map "
            "from the old one, moved as well as whole cells can?",
            options=("not at all", "by about 5 %", "by about half"),
            answer=shift.error_in_words,
            because="The map would have to move by half a cell. Instead other pixels are kept: the "
            "nearest whole step is off by {off:.0%} of the map. Only multiples of the stride are "
            "exact.",
            facts=lambda run: {"off": run.error},
            beliefs={"not at all": {"dx": 2}},
        ),
        Prediction(
            preset="The maximum wavers",
            question="A global maximum on top of a layer with stride 2; the photograph moves by "
            "one pixel, circularly. Does the maximum stay?",
            options=("yes, exactly", "no, it changes"),
            answer=shift.pooled_fate,
            because="It goes from {before:.3g} to {after:.3g}: the stride keeps other outputs than "
            "before, and the largest one may be skipped. Pooling is invariant only on top of what "
            "is equivariant.",
            facts=lambda run: {
                "before": float(run.pooled[0]),
                "after": float(run.pooled[1 + run.dx]),
            },
            beliefs={"yes, exactly": {"stride": 1}},
        ),
        Prediction(
            preset="A sine in disguise",
            question="A sine of .45 cycles per sample, of which stride 2 keeps every second "
            "sample. How many cycles per kept sample do you see?",
            options=("0.1", "0.45", "0.9"),
            answer=lambda run: f"{run.peak:.3g}",
            because="fs = 0.9 cycles per kept sample are, at whole numbers, the same as 0.9 − 1: "
            "the spectrum peaks at {alias:.3g}. Nobody can tell afterwards.",
            facts=lambda run: {"alias": run.peak},
            beliefs={"0.45": {"stride": 1}},
        ),
        Prediction(
            preset="Stopped before the stride",
            question="The same sine, blurred with (1, 2, 1)/4 before the stride. How much of its "
            "height arrives?",
            options=("all of it", "about half", "about 2 %"),
            answer=shift.height_in_words,
            because="The blur multiplies a sine by cos²(πf) = {gain:.3f}: what the stride would "
            "fold to a wrong place is gone before.",
            facts=lambda run: {"gain": run.gain},
            beliefs={"all of it": {"blur": False}, "about half": {"freq": 0.25}},
        ),
    ),
)

# --- backprop, pooling, ledger -------------------------------------------------------------------

DIGIT = (
    "0 0.1 0.6 0.9 0.9 0.6 0.2 0,0 0.2 0.8 0.5 0.6 1 0.5 0,0 0 0 0.4 0.9 0.9 0.2 0,"
    "0 0 0 0.7 0.9 0.1 0 0,0 0 0 0.1 0.9 0.7 0 0,0 0 0 0 0.1 0.9 0.2 0,"
    "0 0.1 0.3 0.4 0.8 1 0.4 0,0 0.1 0.8 0.8 0.8 0.7 0 0"
)


def hidden(values) -> bool:
    """A parameter that the picture sets."""
    return False


def softly(values) -> bool:
    return values["kind"] in ("softmax", "lse")


def slides(values) -> bool:
    return values["bench"] != "window"


def signal(values) -> bool:
    return values["space"] == "signal"


def picture(values) -> bool:
    return values["space"] == "picture"


BACKPROP = Experiment(
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

POOLING = Experiment(
    slug="pooling",
    title="Pooling bench",
    question="Softmax pooling keeps something between the mean and the maximum. Can raising a bar "
    "lower what it keeps?",
    statements=("CNN-29", "CNN-30", "CNN-31"),
    params=(
        Param(
            "bench",
            "on the bench",
            "window",
            options={"window": "window", "signal": "signal", "picture": "digit"},
        ),
        Param(
            "kind",
            "kind of pooling",
            "softmax",
            options={
                "max": "max",
                "min": "min",
                "average": "average",
                "softmax": "softmax, Σ softmax(βx)ᵢ xᵢ",
                "lse": "log-sum-exp (a wrong belief)",
            },
        ),
        Param(
            "beta",
            "sharpness β",
            1.0,
            -20.0,
            20.0,
            step=0.05,
            ticks=lambda v: (Tick(0.0, "mean"),),
            shown=softly,
            help="0 is the mean, +∞ the maximum, −∞ the minimum.",
        ),
        Param(
            "times",
            "exponents use",
            "1",
            options={"1": "β", "500": "500 β"},
            shown=lambda v: softly(v) and (abs(v["beta"]) == 20 or v["times"] != "1"),
            help="β up to ±10000, where exp(βx) is beyond every float.",
        ),
        Param("values", "values x", "1 3 2 -1", shown=lambda v: v["bench"] == "window"),
        Param(
            "wave", "signal x", "0 1 3 1 0 -1 2 2 0 1 0 4", shown=lambda v: v["bench"] == "signal"
        ),
        Param("pixels", "picture x", DIGIT, shown=hidden),
        Param("r", "window r", 2, 1, 12, shown=slides),
        Param("s", "stride s", 2, 1, 12, shown=slides),
        Param("dx", "shift to the right", 0, -2, 2, shown=slides),
        Param("dy", "shift down", 0, -2, 2, shown=lambda v: v["bench"] == "picture"),
        Param("u", "output looked at", 0, 0, 143, shown=hidden),
    ),
    compute=pooling.bench,
    figure=pooling_figure.figure,
    checks=pooling_checks.checks,
    says=pooling.says,
    presets={
        "Soft to hard": {},
        "A digit moves one pixel": {"bench": "picture", "kind": "max", "dx": 1, "u": 8},
        "A whole stride": {"bench": "picture", "kind": "max", "dx": 2, "u": 8},
        "Only global pooling shrugs": {
            "bench": "picture",
            "kind": "max",
            "dx": 1,
            "r": 12,
            "s": 1,
        },
        "Raise a bar, lower the pool": {"values": "0 3 0 0"},
        "Two winners": {"values": "3 3 1 0", "kind": "max"},
        "Beyond the floats": {"beta": 20.0, "times": "500"},
        "Overlapping windows": {"bench": "signal", "kind": "max", "r": 3, "s": 1, "dx": 1},
    },
    predictions=(
        Prediction(
            preset="A digit moves one pixel",
            question="Max pooling, 2 × 2 at stride 2, gives 36 outputs. The digit moves one pixel "
            "to the right. How many outputs change?",
            options=("none", "1 to 8", "more than 8"),
            answer=pooling.changed_in_words,
            because="{changed} of 36: a pixel that crosses the border between two windows can "
            "change both. Only a maximum over the whole picture does not notice; a stride of 2 "
            "follows shifts of 2.",
            facts=lambda run: {"changed": int(run.changed.sum())},
            beliefs={"none": {"r": 12, "s": 1}},
        ),
        Prediction(
            preset="Soft to hard",
            question="Softmax pooling of the window (1, 3, 2, −1) with β = 1 gives?",
            options=("1.25", "2.53", "3", "3.42"),
            answer=pooling.kept,
            because="It is a mean with weights softmax(x), so it stays inside the values, at most "
            "ln 4 = {bound:.2f} below the maximum. 3.42 is ln Σ exp(x), another thing: it exceeds "
            "every value it came from.",
            facts=lambda run: {"bound": run.bound},
            beliefs={"1.25": {"beta": 0.0}, "3": {"kind": "max"}, "3.42": {"kind": "lse"}},
        ),
        Prediction(
            preset="Raise a bar, lower the pool",
            question="Softmax pooling of (0, 3, 0, 0). Can raising one of the bars lower the "
            "pooled value?",
            options=("yes", "no"),
            answer=pooling.can_fall,
            because="∂/∂xᵢ = pᵢ (1 + β (xᵢ − pooled)). For a low bar the bracket is negative, here "
            "{bracket:.2f}: raised a little, it takes more weight from the 3 than it adds itself.",
            facts=lambda run: {"bracket": 1 + run.beta * (float(run.window[0]) - run.value)},
            beliefs={"no": {"kind": "average"}},
        ),
        Prediction(
            preset="Two winners",
            question="Max pooling of (3, 3, 1, 0). The two largest tie. Which gradient do they "
            "get?",
            options=("1 each", "½ each", "1 for one of them, 0 for the other"),
            answer=pooling.ties_in_words,
            because="The maximum has a corner there and torch takes one branch: the first of the "
            "ties gets everything. Whatever the rule, the shares of one output sum to {total:g}.",
            facts=lambda run: {"total": float(run.share.sum())},
            beliefs={"½ each": {"kind": "softmax", "beta": 20.0}},
        ),
    ),
)

LEDGER = Experiment(
    slug="ledger",
    title="Parameter ledger",
    question="A convolution, a locally connected and a fully connected layer make the same "
    "outputs. How many parameters does each need?",
    statements=("CNN-33", "CNN-34"),
    params=(
        Param("m", "image rows m", 32, 7, 64),
        Param("n", "image columns n", 32, 7, 64),
        Param("c", "channels c", 3, 1, 16),
        Param("p", "kernel rows p", 5, 1, 7),
        Param("q", "kernel columns q", 5, 1, 7),
        Param("K", "kernels K", 6, 1, 64),
        Param(
            "layer",
            "layer looked at",
            "cnn",
            options={
                "cnn": "convolution",
                "locally_connected": "locally connected",
                "fully_connected": "fully connected",
            },
        ),
    ),
    compute=ledger.ledger,
    figure=ledger_figure.figure,
    checks=ledger.checks,
    says=ledger.says,
    presets={
        "456, not 156": {},
        "One channel hides the misprint": {"c": 1},
        "Twice the image, same weights": {"m": 64, "n": 64},
        "A kernel as large as the image": {"m": 7, "n": 7, "p": 7, "q": 7},
        "One pixel at a time": {"p": 1, "q": 1, "c": 16, "K": 64},
    },
    predictions=(
        Prediction(
            preset="456, not 156",
            question="A layer of 5 × 5 kernels from 3 to 6 channels, with bias. How many "
            "parameters?",
            options=("31", "156", "456"),
            answer=ledger.weights,
            because="Each of the 6 kernels is a block of 5 · 5 · 3 = {block} weights and a bias: "
            "6 · {each}. The sheet's K(pq + 1) = {printed} forgets the channels.",
            facts=lambda run: {
                "block": run.counted[0] // run.output[2] - 1,
                "each": run.counted[0] // run.output[2],
                "printed": run.printed[0],
            },
            beliefs={"156": {"c": 1}},
        ),
        Prediction(
            preset="456, not 156",
            question="The image grows from 32 × 32 to 64 × 64. How many parameters has the "
            "convolution then?",
            options=("as many as before", "about 4 times as many", "about 20 times as many"),
            answer=ledger.when_doubled,
            because="The {count} weights slide: no position has its own, so the size of the image "
            "does not enter. Locally connected weights grow with the outputs, fully connected ones "
            "with inputs times outputs.",
            facts=lambda run: {"count": run.counted[0]},
            beliefs={
                "about 4 times as many": {"layer": "locally_connected"},
                "about 20 times as many": {"layer": "fully_connected"},
            },
        ),
        Prediction(
            preset="456, not 156",
            question="How many times as many parameters as the convolution does a fully connected "
            "layer with the same outputs have?",
            options=("about 100", "about 1 000", "about 30 000"),
            answer=ledger.times_smaller,
            because="{full} against {cnn}: every output sees all {inputs} inputs, with weights of "
            "its own. Not sharing costs a factor {shared}, not looking locally the rest.",
            facts=lambda run: {
                "full": ledger.spaced(run.counted[2]),
                "cnn": run.counted[0],
                "inputs": run.inputs,
                "shared": run.counted[1] // run.counted[0],
            },
        ),
        Prediction(
            preset="A kernel as large as the image",
            question="The kernel is as large as the image, 7 × 7. Which layer has the most "
            "parameters?",
            options=(
                "the convolution one",
                "the locally connected one",
                "the fully connected one",
                "none, all the same",
            ),
            answer=ledger.largest,
            because="There is one window and it is the whole image: nothing to share and nothing "
            "to leave out. All three are {count} parameters.",
            facts=lambda run: {"count": run.counted[0]},
            beliefs={"the fully connected one": {"p": 5, "q": 5}},
        ),
    ),
)

# --- channels, your network ----------------------------------------------------------------------

OPEN_FOUR = (
    "0 0 0 0 0 0 0 0,0 0 16 0 0 16 0 0,0 0 16 0 0 16 0 0,0 0 16 0 0 16 0 0,"
    "0 0 16 16 16 16 0 0,0 0 0 0 0 16 0 0,0 0 0 0 0 16 0 0,0 0 0 0 0 16 0 0"
)
BLANK = ",".join(["0 0 0 0 0 0 0 0"] * 8)

NETWORK = Experiment(
    slug="network",
    title="Your CNN",
    question="This network reads 98 % of all digits right. Why does it read this 3 as an 8?",
    statements=(
        "CNN-15",
        "CNN-19",
        "CNN-23",
        "CNN-26",
        "CNN-27",
        "CNN-29",
        "CNN-31",
        "CNN-33",
        "CNN-34",
    ),
    params=(
        Param(
            "source",
            "image",
            "digit",
            options={"digit": "held-out digit", "drawing": "your drawing"},
        ),
        Param(
            "digit",
            "number of the digit",
            197,
            0,
            network.HELD_OUT - 1,
            shown=lambda v: v["source"] == "digit",
            help="360 handwritten digits that were kept away from the training.",
        ),
        Param(
            "drawing",
            "grey levels",
            OPEN_FOUR,
            grid=Grid(0, 16, 1, ((8, 8),)),
            shown=lambda v: v["source"] == "drawing",
        ),
        Param("dx", "moved right by Δx", 0, -4, 4, help="Pixels; what leaves the image is lost."),
        Param("dy", "moved down by Δy", 0, -4, 4),
        Param(
            "noise",
            "noise σ (grey levels)",
            0.0,
            0.0,
            8.0,
            step=0.1,
            help="A sensor that reads whole grey levels from 0 to 16.",
        ),
        Param("seed", "seed of the noise", 0, 0, 999, shown=lambda v: v["noise"] > 0),
        Param(
            "kernels",
            "kernels",
            "trained",
            options={"trained": "as trained", "turned": "turned by 180°"},
            help="Trained with cross-correlation; turned, the same weights are a true convolution.",
        ),
        Param(
            "cell",
            "number pointed at",
            cell_of(Unit(5, 8, 0, 0)),
            0,
            CELLS - 1,
            shown=lambda v: False,
        ),
        Param("level", "opened level", 5, 0, 5, shown=lambda v: False),
    ),
    compute=network.read,
    figure=network_figure.figure,
    checks=reading.checks,
    says=reading.says,
    presets={
        "A 3 read as 8": {},
        "A 0 turns into a 1": {"digit": 11, "dx": 1, "cell": cell_of(Unit(5, 1, 0, 0))},
        "An open 4 read as 0": {"source": "drawing", "cell": cell_of(Unit(5, 0, 0, 0))},
        "Nothing on the paper": {
            "source": "drawing",
            "drawing": BLANK,
            "cell": cell_of(Unit(5, 2, 0, 0)),
        },
        "Turned kernels": {"digit": 0, "kernels": "turned"},
        "A far-sighted 3 × 3": {"digit": 9, "cell": cell_of(Unit(3, 5, 1, 1))},
        "A 3 lost in noise": {"digit": 326, "noise": 4.0, "cell": cell_of(Unit(5, 1, 0, 0))},
    },
    predictions=(
        Prediction(
            preset="A 0 turns into a 1",
            question="Untouched, the network reads 98 % of the 360 held-out digits right. All of "
            "them are moved to the right by one pixel. How many now?",
            options=("still 98 %", "about 90 %", "about 60 %", "about 10 %"),
            answer=reading.share_in_words,
            because="Kernels are shared, so the maps of conv₁ move along by one pixel. But the "
            "maxima of 2 × 2 then cut them elsewhere, and the last layer has weights of its own "
            "for each of the four places of a map. It was only shown centred digits: {right:.1%}.",
            facts=lambda run: {"right": run.right},
            beliefs={"still 98 %": {"dx": 0}},
        ),
        Prediction(
            preset="Turned kernels",
            question="torch's conv2d does not flip the kernel. Run the same weights as a true "
            "convolution. How many of the held-out digits are read right?",
            options=("still 98 %", "about 60 %", "about 10 %"),
            answer=reading.share_in_words,
            because="A turned kernel looks for the edge on the other side. The weights were "
            "learned for correlation, and {right:.1%} is what guessing among ten gives.",
            facts=lambda run: {"right": run.right},
            beliefs={"still 98 %": {"kernels": "trained"}},
        ),
        Prediction(
            preset="Nothing on the paper",
            question="All 64 pixels are 0. What does the network answer?",
            options=(
                "10 % for every digit",
                "one digit, with about a quarter",
                "one digit, nearly certain",
            ),
            answer=reading.certainty_in_words,
            because="Zeros leave the biases, and they make unequal logits. Softmax turns any ten "
            "numbers into shares, here {p:.1%} for a {guess}: no answer means “no digit”.",
            facts=lambda run: {"p": float(run.p.max()), "guess": run.guess},
        ),
        Prediction(
            preset="A far-sighted 3 × 3",
            question="A number of conv₂ reads 3 × 3 places of each map below. How many pixels of "
            "the image can change it?",
            options=("9", "36", "49"),
            answer=lambda run: str(reading.seen(run)),
            because="3 × 3 places of pool₁ are 6 × 6 of conv₁, and those see one pixel further on "
            "every side: 8 × 8, of which one row and one column lie outside the image here.",
            beliefs={"9": {"cell": cell_of(Unit(1, 0, 3, 3))}},
        ),
    ),
)

CHANNELS = Experiment(
    slug="channels",
    title="Channels and groups",
    question="A layer has 3 × 3 kernels and four channels. How many weights has one kernel?",
    statements=("CNN-15", "CNN-33", "CNN-34"),
    params=(
        Param("m", "rows m", 6, 5, 8),
        Param("n", "columns n", 6, 5, 8),
        Param("c", "channels c", 4, 1, 8),
        Param("p", "kernel rows p", 3, 1, 5),
        Param("q", "kernel columns q", 3, 1, 5),
        Param("K", "kernels K", 4, 1, 8),
        Param(
            "groups",
            "groups g",
            2,
            1,
            8,
            reach=lambda v: (1, max(2, channels.divisors(v["c"], v["K"])[-1])),
            ticks=lambda v: tuple(
                Tick(g, "depthwise" if g == v["c"] > 1 else str(g))
                for g in channels.divisors(v["c"], v["K"])
            ),
            help="The largest number up to here that divides both c and K is taken.",
        ),
        Param(
            "kernel",
            "a kernel holds",
            "deep",
            options={"deep": "p·q·c/g weights", "printed": "p·q weights (sheet)"},
        ),
        Param(
            "look",
            "looked at",
            "maps",
            options={"maps": "maps", "kernels": "kernels"},
            shown=lambda v: False,
        ),
        Param("cell", "cell looked at", 97, 0, channels.CELLS - 1, shown=lambda v: False),
    ),
    compute=channels.channels,
    figure=channels_figure.figure,
    checks=connections.checks,
    says=connections.says,
    presets={
        "Two layers that never meet": {},
        "All read all": {"groups": 1},
        "One channel each": {"c": 8, "K": 8, "groups": 8},
        "A kernel of one pixel": {"p": 1, "q": 1, "groups": 1},
        "The channels the sheet forgets": {
            "m": 8,
            "n": 8,
            "c": 3,
            "K": 6,
            "p": 5,
            "q": 5,
            "groups": 1,
        },
        "Four kernels each": {"c": 2, "K": 8, "groups": 2},
    },
    predictions=(
        Prediction(
            preset="The channels the sheet forgets",
            question="Six kernels of 5 × 5 on three channels, with biases. How many parameters?",
            options=("156", "456", "that depends on the size of the image"),
            answer=lambda run: str(run.parameters),
            because="A kernel is a block 5 · 5 · 3 and has one bias: 6 · (75 + 1) = {count}. The "
            "image is not in it: the same block slides everywhere.",
            facts=lambda run: {"count": run.parameters},
            beliefs={
                "156": {"kernel": "printed"},
                "that depends on the size of the image": {"m": 6, "n": 6},
            },
        ),
        Prediction(
            preset="One channel each",
            question="With one group each of the 8 kernels read all 8 channels. Now there are 8 "
            "groups. What is left of the multiplications?",
            options=("all of them", "1/8", "1/64"),
            answer=connections.share_of_one_group,
            because="There are still 8 maps, but each sums 9 products instead of 72: {count} "
            "multiplications. What is lost is every comparison between channels.",
            facts=lambda run: {"count": run.multiplications},
            beliefs={"all of them": {"groups": 1}},
        ),
        Prediction(
            preset="A kernel of one pixel",
            question="A 1 × 1 kernel sees one pixel. On what can an output depend?",
            options=("on one number", "on one number of every channel", "on its neighbours"),
            answer=connections.numbers_read,
            because="The kernel is 1 × 1 × {own}: at every pixel the layer is the same {K} × {own} "
            "matrix, which mixes the channels.",
            facts=lambda run: {"own": run.own, "K": len(run.weight)},
            beliefs={"on one number": {"groups": 4}, "on its neighbours": {"p": 3, "q": 3}},
        ),
        Prediction(
            preset="Two layers that never meet",
            question="Four channels, four kernels, two groups. On how many channels does one map "
            "depend?",
            options=("1", "2", "4"),
            answer=connections.fed_by,
            because="Kernels 0 and 1 read channels 0 and 1, kernels 2 and 3 the others: two layers "
            "side by side.",
            beliefs={"1": {"groups": 4}, "4": {"groups": 1}},
        ),
    ),
)

EXPERIMENTS: list[Experiment] = [SHAPES, FIELD, BACKPROP, POOLING, LEDGER, SHIFT, CHANNELS, NETWORK]

if __name__ == "__main__":
    show("cnn", EXPERIMENTS)
