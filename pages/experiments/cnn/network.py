"""Old form, to be converted."""

from core.cnn.plan import CELLS, Unit, cell_of
from core.experiments.cnn import network
from core.experiments.cnn import network_claims as reading
from pages.figures.cnn import network as network_figure
from pages.ui import Experiment, Grid, Param, Prediction

OPEN_FOUR = (
    "0 0 0 0 0 0 0 0,0 0 16 0 0 16 0 0,0 0 16 0 0 16 0 0,0 0 16 0 0 16 0 0,"
    "0 0 16 16 16 16 0 0,0 0 0 0 0 16 0 0,0 0 0 0 0 16 0 0,0 0 0 0 0 16 0 0"
)

BLANK = ",".join(["0 0 0 0 0 0 0 0"] * 8)

EXPERIMENT = Experiment(
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
