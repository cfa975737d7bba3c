"""Old form, to be converted."""

from core.experiments.cnn import field
from pages.figures.cnn import field as field_figure
from pages.ui import Experiment, Grid, Param, Prediction, Tick

EXPERIMENT = Experiment(
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
