"""Old form, to be converted."""

from core.experiments.cnn import ledger
from pages.figures.cnn import ledger as ledger_figure
from pages.ui import Experiment, Param, Prediction

EXPERIMENT = Experiment(
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
