"""Old form, to be converted."""

from core.experiments.cnn import channels
from core.experiments.cnn import channels_claims as connections
from pages.figures.cnn import channels as channels_figure
from pages.ui import Experiment, Param, Prediction, Tick

EXPERIMENT = Experiment(
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
