"""Old form, to be converted."""

from core.experiments.convolution import operators
from core.experiments.convolution import operators_claims as operator_checks
from pages.figures.convolution import operators as operators_figure
from pages.ui import Experiment, Param, Prediction


def _is_linear_test(values: dict) -> bool:
    return values["test"] == "linear"


EXPERIMENT = Experiment(
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
