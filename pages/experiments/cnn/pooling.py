"""Old form, to be converted."""

from core.experiments.cnn import pooling
from core.experiments.cnn import pooling_claims as pooling_checks
from pages.figures.cnn import pooling as pooling_figure
from pages.ui import Experiment, Param, Prediction, Tick

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


EXPERIMENT = Experiment(
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
