"""Old form, to be converted."""

from core.experiments.convolution import frequency
from core.experiments.convolution import frequency_claims as frequency_checks
from pages.figures.convolution import frequency as frequency_figure
from pages.ui import Experiment, Grid, Param, Prediction, Tick

EXPERIMENT = Experiment(
    slug="frequency",
    title="Frequency view",
    question="Multiply two spectra and go back. Is that the convolution, or something else?",
    statements=("CNN-04", "CNN-11", "CNN-12"),
    params=(
        Param("signal", "signal f", "waves", options={"waves": "three waves", "drawn": "drawn"}),
        Param("n", "length n of f", 12, 12, frequency.LONGEST),
        Param(
            "waves",
            "waves: cycles in f, amplitude",
            "1 1,3 0.5,5 0.5",
            grid=Grid(0.0, 6.0, 0.5, frequency.WAVES),
            shown=lambda v: v["signal"] == "waves",
            help="One wave in a row. Amplitude 0 removes it.",
        ),
        Param(
            "drawn",
            "numbers of f",
            "0 1 2 3 2 1 0 0 -1 -2 -1 0",
            shown=lambda v: v["signal"] == "drawn",
            help="Draw in the large picture, or type up to 32 numbers; missing ones are 0.",
        ),
        Param(
            "filter",
            "filter h",
            "average",
            options={
                "average": "average of 5",
                "binomial": "binomial 1 4 6 4 1",
                "difference": "difference 1 −1",
                "detail": "what the average leaves",
                "echo": "echo: two peaks",
                "own": "own numbers",
                "painted": "painted in frequency",
            },
        ),
        Param(
            "taps",
            "numbers of h",
            "1 0 -1",
            grid=Grid(-2.0, 2.0, 0.25, frequency.TAPS),
            shown=lambda v: v["filter"] == "own",
        ),
        Param(
            "gain",
            "gain |H| from slow to fast",
            "1 1 1 0 0 0",
            grid=Grid(0.0, 2.0, 0.1, frequency.GAINS),
            shown=lambda v: v["filter"] == "painted",
            help="Draw in the picture of the spectra; the kernel is its inverse DFT.",
        ),
        Param(
            "N",
            "length N of the DFT",
            12,
            8,
            64,
            ticks=lambda v: (
                Tick(v["n"], "n"),
                Tick(v["n"] + frequency.taps_of(v["filter"], v["taps"], v["gain"]) - 1, "n+m−1"),
            ),
            optimum=lambda v: v["n"] + frequency.taps_of(v["filter"], v["taps"], v["gain"]) - 1,
            help="f and h are filled up with zeros to N samples before they are transformed.",
        ),
        Param(
            "pair",
            "compared",
            "conv",
            options={
                "conv": "convolution f ∗ h with F H",
                "corr": "no flip: f ⋆ h with F H",
                "conj": "no flip: f ⋆ h with F conj H",
            },
        ),
        Param(
            "boundary",
            "outside f",
            "zero",
            options={
                "zero": "zeros",
                "reflect": "its mirror image",
                "replicate": "its last value",
                "circular": "f again",
            },
        ),
        Param("k", "frequency k", 3, 0, 32, shown=lambda v: False),
    ),
    compute=frequency.frequency,
    figure=frequency_figure.figure,
    checks=frequency_checks.checks,
    says=frequency.says,
    presets={
        "Too short an FFT": {},
        "Just long enough": {"N": 16},
        "Shorter than the signal": {"N": 8},
        "Echo": {"filter": "echo", "N": 16},
        "Unturned, and all wrong": {"pair": "corr", "filter": "echo", "N": 16},
        "Conjugate, and right": {"pair": "conj", "filter": "echo", "N": 16},
        "A circle needs no padding": {"boundary": "circular", "waves": "1.5 1,3 0.5,5 0.5"},
        "A mirror is no spectrum": {"boundary": "reflect", "N": 24},
        "A wave falls silent": {
            "filter": "own",
            "taps": "0.25 0.25 0.25 0.25",
            "N": 24,
            "k": 6,
        },
        "A gain painted by hand": {"filter": "painted", "N": 24},
        "A step drawn by hand": {
            "signal": "drawn",
            "drawn": "0 0 0 0 0 0 2 2 2 2 2 2",
            "filter": "difference",
        },
    },
    predictions=(
        Prediction(
            preset="Too short an FFT",
            question="f has 12 samples, h has 5. You multiply their DFTs of length 12 and go back. "
            "How many of the 12 samples differ from f ∗ h?",
            options=("none", "4", "5", "all"),
            answer=frequency.wrong_in_words,
            because="f ∗ h has {length} samples, the DFT has room for {N}. The last {over} come "
            "round and are added to the first ones, u = 0 … {last}; the others are right.",
            facts=lambda run: {
                "length": len(run.direct),
                "N": run.N,
                "over": len(run.direct) - run.N,
                "last": len(run.direct) - run.N - 1,
            },
            beliefs={"none": {"N": 16}},
        ),
        Prediction(
            preset="Too short an FFT",
            question="To which length must both be filled up with zeros, at least, to have all of "
            "f ∗ h right?",
            options=("12", "16", "17", "24"),
            answer=frequency.shortest_in_words,
            because="A result of n + m − 1 = {length} samples needs {length} places. A power of "
            "two is only for speed, twice the length is more than needed.",
            facts=lambda run: {"length": len(run.direct)},
            beliefs={"12": {"N": 12}},
        ),
        Prediction(
            preset="Unturned, and all wrong",
            question="torch's convolution does not turn the kernel round. Which product of spectra "
            "gives what it computes?",
            options=("F H", "F conj H", "neither"),
            answer=frequency.partner_in_words,
            because="Reading the kernel backwards conjugates its spectrum. With F H the page stays "
            "red, by up to {error:.2f}: |F H| and |F conj H| are equal, the phases differ.",
            facts=lambda run: {"error": run.error},
            beliefs={"F H": {"pair": "corr"}},
        ),
        Prediction(
            preset="A circle needs no padding",
            question="Outside the 12 samples f repeats, and h has 5 taps. Which length of the DFT "
            "is right now?",
            options=("N = 12", "N = 16", "both", "neither"),
            answer=frequency.circular_in_words,
            because="The DFT takes its N samples for one turn of a circle. N = n = {n} makes that "
            "the circle f lives on; every zero filled in cuts it open.",
            facts=lambda run: {"n": len(run.f)},
            beliefs={"N = 16": {"N": 16}},
        ),
        Prediction(
            preset="A wave falls silent",
            question="h averages 4 neighbours. What does it leave of the wave with 3 cycles in 12 "
            "samples?",
            options=("nothing", "about a third", "all of it"),
            answer=frequency.left_in_words,
            because="4 samples are one whole turn of this wave, and over a whole turn it averages "
            "to 0: |H| = {gain:.1f} at k/N = {k}/{N}. No convolution can bring it back.",
            facts=lambda run: {"gain": float(run.H[run.k].abs()), "k": run.k, "N": run.N},
            beliefs={"about a third": {"taps": "0.33 0.33 0.33"}},
        ),
    ),
)
