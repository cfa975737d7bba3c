"""Old form, to be converted."""

from core.experiments.cnn import shift
from pages.figures.cnn import shift as shift_figure
from pages.ui import Experiment, Param, Prediction, Tick

EXPERIMENT = Experiment(
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
