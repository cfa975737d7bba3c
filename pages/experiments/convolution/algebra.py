"""Old form, to be converted."""

from core.experiments.convolution import algebra
from core.experiments.convolution import algebra_claims as algebra_checks
from pages.figures.convolution import algebra as algebra_figure
from pages.ui import Experiment, Grid, Param, Prediction, Tick


def _is_finite(values: dict) -> bool:
    return values["world"] == "finite"


KERNEL = Grid(-4, 4, 0.5, ((1, 3), (1, 5), (1, 7)))

EXPERIMENT = Experiment(
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
