"""Old form, to be converted."""

from core.experiments.convolution import filter as filtering
from core.experiments.convolution import filter_claims as filter_checks
from pages.figures.convolution import filter as filter_figure
from pages.ui import Experiment, Grid, Param, Prediction

EXPERIMENT = Experiment(
    slug="filter",
    title="Picture filter",
    question="Nine numbers turn a photograph into its edges. Which pixel meets which number?",
    statements=("CNN-15", "CNN-16", "CNN-28"),
    params=(
        Param(
            "picture",
            "picture f",
            "china",
            options={
                "china": "photograph: temple",
                "flower": "photograph: flower",
                "disc": "disc",
                "checker": "checkerboard",
                "text": "text",
                "ramp": "ramp",
                "dots": "five dots",
                "digit-5": "handwritten 5, 8 × 8",
                "digit-5-large": "handwritten 5, enlarged",
                "drawn": "my drawing",
            },
            upload="picture",
        ),
        Param(
            "drawing",
            "numbers of my drawing",
            filtering.DRAWING,
            shown=lambda v: v["picture"] == "drawn",
            help="Draw in the small picture; 0 is black, 1 is white.",
        ),
        Param(
            "kernel",
            "kernel h",
            "sobel-x",
            options={
                "own": "my own numbers",
                "identity": "identity",
                "box": "box",
                "gaussian": "Gaussian",
                "sobel-x": "Sobel, left to right",
                "sobel-y": "Sobel, top to bottom",
                "laplacian": "Laplacian",
                "sharpen": "sharpen",
                "emboss": "emboss",
                "gabor": "Gabor",
                "random": "random",
            },
        ),
        Param(
            "h",
            "my kernel h",
            "1 0 0,1 0 0,1 1 0",
            grid=Grid(-9.0, 9.0, 0.1, filtering.SHAPES),
            shown=lambda v: v["kernel"] == "own",
            help="Drag a number up or down, or type it.",
        ),
        Param(
            "size",
            "size",
            "3",
            options={"3": "3 × 3", "5": "5 × 5", "7": "7 × 7"},
            shown=lambda v: v["kernel"] != "own",
        ),
        Param(
            "sigma",
            "width σ",
            1.0,
            0.3,
            3.0,
            step=0.05,
            shown=lambda v: v["kernel"] in ("gaussian", "gabor"),
        ),
        Param(
            "theta",
            "direction θ (degrees)",
            0.0,
            0.0,
            180.0,
            step=1.0,
            shown=lambda v: v["kernel"] == "gabor",
        ),
        Param(
            "wavelength",
            "wavelength λ",
            4.0,
            2.0,
            12.0,
            step=0.1,
            shown=lambda v: v["kernel"] == "gabor",
        ),
        Param("seed", "seed", 0, 0, 99, shown=lambda v: v["kernel"] == "random"),
        Param(
            "flip",
            "flip h (convolution)",
            True,
            help="On: f ∗ h, which turns h by 180°. Off: h ⋆ f, cross-correlation, which does not; "
            "deep learning calls it convolution, and the sheet writes ∗ for both.",
        ),
        Param(
            "view",
            "result R shown as",
            "fit",
            options={
                "fit": "R if Σh ≥ ½, else ½ + R/2",
                "shift": "½ + R/2 (0 is grey)",
                "clamp": "R, cut to 0 … 1",
                "abs": "|R|",
            },
            help="A result may be negative, and a screen cannot show that.",
        ),
        Param(
            "aside",
            "beside it",
            "kernel",
            options={"kernel": "the kernel and its factors", "spectrum": "its gain for waves"},
        ),
        Param("more", "border, channels, stride, dilation", False),
        Param(
            "boundary",
            "outside the picture",
            "reflect",
            options={
                "zero": "black (0)",
                "reflect": "mirror image",
                "replicate": "the edge again",
                "circular": "the other side",
            },
            shown=lambda v: v["more"] or v["boundary"] != "reflect",
        ),
        Param(
            "colour",
            "channels",
            "colour",
            options={
                "colour": "red, green and blue",
                "grey": "brightness",
                "red": "red alone",
                "green": "green alone",
                "blue": "blue alone",
            },
            help="Each channel is filtered on its own; the numbers shown are brightness.",
            shown=lambda v: v["more"] or v["colour"] != "colour",
        ),
        Param("stride", "stride", 1, 1, 4, shown=lambda v: v["more"] or v["stride"] > 1),
        Param("dilation", "dilation", 1, 1, 2, shown=lambda v: v["more"] or v["dilation"] > 1),
        Param(
            "look",
            "looked at",
            "output",
            options={"output": "output pixel", "input": "input pixel", "weight": "weight"},
            shown=lambda v: False,
        ),
        Param("row", "row", 47, 0, 511, shown=lambda v: False),
        Param("col", "column", 226, 0, 511, shown=lambda v: False),
        Param("tap_row", "row of the weight", 0, 0, 6, shown=lambda v: False),
        Param("tap_col", "column of the weight", 0, 0, 6, shown=lambda v: False),
    ),
    compute=filtering.picture_filter,
    figure=filter_figure.figure,
    checks=filter_checks.checks,
    says=filtering.says,
    presets={
        "Edges both ways": {"picture": "disc", "row": 64, "col": 24},
        "A dot prints the kernel": {
            "picture": "dots",
            "kernel": "own",
            "boundary": "zero",
            "look": "input",
            "row": 16,
            "col": 16,
        },
        "A blur that leaves the mean alone": {
            "picture": "flower",
            "kernel": "gaussian",
            "size": "7",
            "sigma": 2.0,
            "boundary": "circular",
        },
        "Two passes for one table": {"kernel": "gaussian", "size": "7", "sigma": 1.5},
        "Blur then sharpen is not the picture": {
            "picture": "text",
            "kernel": "own",
            "h": "-0.01 -0.02 -0.03 -0.02 -0.01,-0.02 0.14 0.12 0.14 -0.02,"
            "-0.03 0.12 0.28 0.12 -0.03,-0.02 0.14 0.12 0.14 -0.02,-0.01 -0.02 -0.03 -0.02 -0.01",
            "aside": "spectrum",
            "row": 40,
            "col": 23,
        },
        "Even kernel shifts the picture": {
            "picture": "dots",
            "kernel": "own",
            "h": "0.25 0.25,0.25 0.25",
            "row": 16,
            "col": 16,
        },
        "Sobel keeps the level lines": {"kernel": "sobel-y", "view": "abs", "colour": "grey"},
        "Stripes of one direction": {
            "picture": "flower",
            "kernel": "gabor",
            "size": "7",
            "sigma": 2.0,
            "theta": 45.0,
            "wavelength": 5.0,
            "colour": "grey",
            "aside": "spectrum",
            "row": 186,
            "col": 401,
        },
        "A stride that never looks": {
            "picture": "digit-5-large",
            "kernel": "box",
            "stride": 4,
            "look": "input",
            "row": 62,
            "col": 62,
        },
    },
    predictions=(
        Prediction(
            preset="Edges both ways",
            question="The kernel (−1, 0, 1), smoothed from above to below. Correlate instead of "
            "convolving: what happens to the picture of the edges?",
            options=("nothing", "every value changes its sign", "something else"),
            answer=filtering.turned,
            because="Convolution turns the kernel by 180°, and turned by 180° this one is its own "
            "opposite: h[−t] = −h[t]. Its {weights} weights that are not 0 all change their sign, "
            "so bright edges become dark ones.",
            facts=lambda run: {"weights": int((run.kernel != 0).sum())},
            beliefs={
                "nothing": {"kernel": "gaussian"},
                "something else": {"kernel": "own"},
            },
        ),
        Prediction(
            preset="A dot prints the kernel",
            question="You write an L into the kernel and convolve a picture of single bright dots. "
            "How does the L appear around each dot?",
            options=("as it is written", "turned by 180°"),
            answer=filtering.printed,
            because="The window holds the turned L, but as it slides over a dot the dot meets its "
            "weights in the opposite order, and two turns undo each other: f ∗ h is one copy of h "
            "for every dot. The correlation, which does not turn h, prints it upside down.",
            beliefs={"turned by 180°": {"flip": False}},
        ),
        Prediction(
            preset="A blur that leaves the mean alone",
            question="A Gaussian blur, its weights sum to 1; beyond each border comes the other "
            "side of the picture. What does the mean brightness do?",
            options=("falls", "stays the same", "rises"),
            answer=filtering.mean_in_words,
            because="Every pixel is handed out in shares that sum to 1, and with the circular "
            "boundary no share is lost: the mean is {before:.4f} before and {after:.4f} after.",
            facts=lambda run: {"before": run.mean_in, "after": run.mean_out},
            beliefs={
                "falls": {"boundary": "zero"},
                "rises": {"kernel": "own", "h": "0 0.2 0,0.2 0.3 0.2,0 0.2 0"},
            },
        ),
        Prediction(
            preset="Two passes for one table",
            question="A 7 × 7 Gaussian has 49 weights. How few multiplications per pixel give "
            "exactly the same picture?",
            options=("49", "14", "7"),
            answer=filtering.cost_in_words,
            because="The table is a column times a row, rank {rank}: blur every column with 7 "
            "weights, then every row with 7. A kernel without factors needs all 49.",
            facts=lambda run: {"rank": run.factors.rank},
            beliefs={"49": {"kernel": "random"}},
        ),
        Prediction(
            preset="Blur then sharpen is not the picture",
            question="This table is a blur b followed by the sharpening 2δ − b that takes the blur "
            "back, in one kernel. What comes out?",
            options=("the picture again", "a softer picture", "a sharper picture"),
            answer=filtering.softness,
            because="The gain of the pair for a wave is 2B − B² = 1 − (1 − B)². Where the blur "
            "left little of a wave, B ≈ 0, sharpening has nothing to bring back; where it turned "
            "one over, B < 0, it does so again: the lowest gain here is {least:.2f}.",
            facts=lambda run: {"least": filtering.lowest_gain(run)},
            beliefs={
                "the picture again": {"kernel": "identity"},
                "a sharper picture": {"kernel": "sharpen"},
            },
        ),
        Prediction(
            preset="Even kernel shifts the picture",
            question="A 2 × 2 box of weights ¼. By how much does it move the picture?",
            options=("not at all", "by half a pixel", "by a whole pixel"),
            answer=filtering.moved_in_words,
            because="An even kernel has no middle: its centre of mass lies half a pixel beside the "
            "pixel the sum is written to, here by ({down:+.1f}, {right:+.1f}) rows and columns. "
            "Odd kernels have a middle, which is why layers use 3 × 3.",
            facts=lambda run: {"down": run.moved[0], "right": run.moved[1]},
            beliefs={
                "not at all": {"kernel": "box"},
                "by a whole pixel": {"kernel": "own", "h": "0 0 0,0 0 1,0 0 0"},
            },
        ),
    ),
)
