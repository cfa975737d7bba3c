"""What the texts quote is computed by a second route; what a student types, and what is said."""

import math
import re
from collections.abc import Callable

import numpy as np
import pytest
import torch

from core.convolution import circulant, convolve, toeplitz
from core.experiments.convolution.filter import DRAWING
from core.experiments.convolution.quoted import NUMBERS
from core.statements import load
from core.words import typeset
from pages import convolution
from tests import contract

# --- the numbers of the texts --------------------------------------------------------------------


def t(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def row(values, form: str = "g") -> str:
    return ",".join(f"{float(value):{form}}" for value in values)


F = t(0.3, -1.2, 0.8, 2.0, -0.5, 1.1, 0.4, -0.9, 1.7, 0.6, -1.4, 0.2)
H = t(1.0, -0.6, 0.5, 0.9, -1.3)
EDGE, SOBEL = t(0, 0, 1, 1, 1), t(-1, 0, 1)
BOXES = np.convolve(np.ones(5), np.ones(5))
BAND = toeplitz(t(1, 2, 3, 4, 5), 12)
PAIR = np.eye(7, 6) + np.eye(7, 6, -1)  # the matrix of h = (1, 1)


def wrong_at(N: int) -> int:
    """Samples of the N-point circular convolution of 12 and 5 samples that are not the linear."""
    circular = torch.fft.ifft(torch.fft.fft(F, N) * torch.fft.fft(H, N)).real
    wrong = ((circular - convolve(F, H)[:N]).abs() > 1e-9).nonzero().flatten()
    assert wrong.tolist() == list(range(len(wrong)))  # the first ones
    return len(wrong)


def shortest() -> int:
    """The first N without a wrong sample."""
    return next(N for N in range(12, 99) if not wrong_at(N))


def gaussian(u: float) -> str:
    x = torch.linspace(-8, 8, 4001, dtype=torch.float64)
    wave = torch.exp(-math.pi * x**2) * torch.cos(2 * math.pi * u * x)
    return f"{float(torch.trapezoid(wave, x)):.5f}"


ROUTES: dict[str, Callable[[], object]] = {
    "boxes": lambda: row(BOXES),
    "peak": lambda: f"{max(BOXES):g}",
    "cells": lambda: BAND.numel(),
    "band": lambda: int((BAND != 0).sum()),
    "weights": lambda: len(BAND[BAND != 0].unique()),
    "gram": lambda: f"{PAIR[:, 2] @ PAIR[:, 2]:g}",
    "gram_beside": lambda: f"{PAIR[:, 2] @ PAIR[:, 3]:g}",
    "wrong": lambda: wrong_at(12),
    "length": shortest,
    "gaussian": lambda: gaussian(0.7),
    "passes": lambda: sum(len(side) for side in (torch.ones(31, 1), torch.ones(1, 31)[0])),
    "products": lambda: torch.outer(torch.ones(31), torch.ones(31)).numel(),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_a_quoted_number_comes_out_of_a_second_route(name):
    assert NUMBERS[name]() == ROUTES[name]()


def test_nine_samples_and_none_wrong():
    assert len(BOXES) == 9
    assert wrong_at(NUMBERS["length"]()) == 0


# --- the numbers of the statements ---------------------------------------------------------------


def said(id: str) -> str:
    """Everything a statement says; spaces and line breaks made one space."""
    entry = load()[id]
    errata = [part for e in entry.errata for part in (e.printed, e.corrected, e.why)]
    return " ".join(" ".join([entry.statement, entry.needs, *errata]).split())


def logarithm(T: float) -> str:
    """∫ dt / (1 + |t|) from −T to T by the trapezoidal rule."""
    t = torch.linspace(0, T, 200_001, dtype=torch.float64)
    return f"{2 * float(torch.trapezoid(1 / (1 + t), t)):.2f}"


def carried(digits: torch.Tensor) -> int:
    """The number with these digits, the highest first."""
    return int(sum(d * 10**i for i, d in enumerate(reversed(digits.tolist()))))


# (statement, sentence with @ for every number, the numbers)
STATED: list[tuple[str, str, Callable[[], tuple]]] = [
    ("PROB-27", r"two dice give $\frac1{36}(@)$", lambda: (row(np.convolve([1] * 6, [1] * 6)),)),
    (
        "CNN-07",
        r"which is $@$ at $T=10$ and $@$ at $T=1000$",
        lambda: (logarithm(10), logarithm(1000)),
    ),
    (
        "CNN-12",
        "$n=12$, $m=5$ and $N=12$ the samples $0$ to $@$ are wrong, that is $n+m-1-N=@$ of them; "
        "with $N=16$ none is",
        lambda: (wrong_at(12) - 1 + wrong_at(16), wrong_at(12)),
    ),
    ("CNN-13", "$(1,2)*(3,4)=(@)$", lambda: (row(convolve(t(1, 2), t(3, 4))),)),
    ("CNN-13", r"12\cdot34=300+100+8=@$", lambda: (carried(convolve(t(1, 2), t(3, 4))),)),
    ("CNN-14", "$(1,1)*(1,-1)=(@)$", lambda: (row(convolve(t(1, 1), t(1, -1))),)),
    (
        "CNN-16",
        "give $(@)$ by convolution and $(@)$ by correlation",
        lambda: (
            row(convolve(EDGE, SOBEL, "valid")),
            row(torch.nn.functional.conv1d(EDGE[None, None], SOBEL[None, None])[0, 0]),
        ),
    ),
]


@pytest.mark.parametrize(
    ("id", "sentence", "numbers"), STATED, ids=[f"{s[0]}-{i}" for i, s in enumerate(STATED)]
)
def test_a_number_of_a_statement_is_computed(id, sentence, numbers):
    parts, values = sentence.split("@"), [str(value) for value in numbers()]
    assert len(values) == len(parts) - 1
    assert parts[0] + "".join(v + part for v, part in zip(values, parts[1:])) in said(id)


# --- what the sentences claim --------------------------------------------------------------------


def test_the_counter_example_to_associativity_counts():
    """1 * d = 0 and d * s = δ, on a window far from its ends."""
    ones, d = torch.ones(41).double(), t(1, -1)
    step = torch.cat((torch.zeros(20), torch.ones(21))).double()
    assert convolve(ones, d, "valid").abs().max() == 0
    assert convolve(step, d, "valid").tolist() == [0.0] * 19 + [1.0] + [0.0] * 20


def test_two_correlations_in_a_row_are_one_with_the_convolved_kernels():
    g = t(2, -1, 0.5)
    twice = convolve(convolve(F, H, "full", flip=False), g, "full", flip=False)
    assert torch.allclose(twice, convolve(F, convolve(g, H), "full", flip=False))


def test_waves_are_eigenvectors_of_a_circulant_and_the_correlation_has_the_conjugate():
    N, k = 12, torch.arange(12).double()
    waves = torch.exp(2j * math.pi * torch.outer(k, k) / N)
    spectrum = torch.fft.fft(H, N)
    C = circulant(H, N).to(waves.dtype)
    assert torch.allclose(C @ waves, spectrum * waves)
    assert torch.allclose(C.T @ waves, spectrum.conj() * waves)


def test_the_laplacian_has_rank_two_and_sobel_rank_one():
    laplacian = torch.tensor([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]])
    sobel = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    assert [int(torch.linalg.matrix_rank(h)) for h in (laplacian, sobel)] == [2, 1]


def test_only_a_single_weight_has_an_orthogonal_matrix():
    """TᵀT has the product of the two ends of the kernel m − 1 places off the diagonal."""
    T = toeplitz(H, 12)
    assert torch.isclose((T.T @ T)[0, len(H) - 1], H[0] * H[-1])
    single = toeplitz(t(0, -1, 0), 5)
    assert torch.equal(single.T @ single, torch.eye(5).double())


# --- what a student types ------------------------------------------------------------------------

EXPERIMENTS = {experiment.slug: experiment for experiment in convolution.EXPERIMENTS}
# (experiment, what makes it read the texts, text -> (rows, columns) of its table)
READ = [
    ("slide", {"f": "drawn", "h": "drawn"}, {"f_drawn": (1, 3), "h_drawn": (1, 2)}),
    (
        "slide",
        {"f": "drawn", "h": "drawn", "time": "continuous", "flip": False},
        {"f_drawn": (1, 3), "h_drawn": (1, 2)},
    ),
    ("operators", {"op": "square", "test": "impulse"}, {"f": (1, 32)}),
    ("operators", {"op": "blur", "test": "linear"}, {"f": (1, 32)}),
    ("matrix", {"mode": "circular"}, {"x": (1, 5), "h": (1, 3)}),
    ("matrix", {"domain": "picture", "transpose": True}, {"picture": (3, 3), "kernel": (2, 2)}),
    ("frequency", {"signal": "drawn", "filter": "own"}, {"drawn": (1, 4), "taps": (1, 2)}),
    ("frequency", {"filter": "painted"}, {"gain": (1, 3), "waves": (1, 2)}),
    ("algebra", {}, {"a": (1, 3), "b": (1, 3), "c": (1, 2)}),
    ("filter", {"picture": "digit-5", "kernel": "own"}, {"h": (3, 3)}),
    ("filter", {"picture": "drawn"}, {"drawing": (16, 16)}),
]
EXTREMES = ("0", "-0", "5e-324", "1e-310", "1e-9", "-1e-9", "1e6", "1e308", "-1e308")


@pytest.mark.parametrize("number", EXTREMES)
@pytest.mark.parametrize(("slug", "values", "tables"), READ)
def test_a_number_however_large_or_small_gives_a_sound_picture_or_a_sentence(
    slug, values, tables, number
):
    experiment, refused = EXPERIMENTS[slug], []
    for name, (rows, columns) in tables.items():
        for rest in (number, "1"):  # all numbers, or one among ordinary ones
            row = " ".join([rest] * columns)
            text = ",".join([f"{number} " + " ".join([rest] * (columns - 1)), *[row] * (rows - 1)])
            try:
                contract.answers(experiment, experiment.defaults() | values | {name: text})
            except ValueError as refusal:
                refused.append((name, str(refusal)))
    for name, told in refused:
        assert re.match(rf"expected .*\b{name}\b", told), told
    assert refused or number not in ("1e308", "-1e308")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kernel": "own", "h": "1 2 x,4 5 6,7 8 9"}, "row 1, column 3 of h, got 'x'"),
        ({"kernel": "own", "h": "1 2 3"}, "h to be 2 x 2 or 3 x 3 or 5 x 5 or 7 x 7, got 1 x 3"),
        ({"kernel": "own", "h": "1 2,3"}, "equally long rows"),
        ({"kernel": "own", "h": "1e9 2,3 4"}, r"largest \|weight\| of h in \[0, 1000\]"),
        ({"kernel": "own", "h": "5e-324 2,3 4"}, "every number of h to be 0 or at least 1e-09"),
        ({"picture": "digit-5", "kernel": "own", "h": ",".join(["1 " * 9] * 9)}, "7 x 7"),
        ({"picture": "drawn", "drawing": "1 2,3 4"}, "drawing to be 16 x 16"),
        ({"picture": "drawn", "drawing": "a"}, "of drawing, got 'a'"),
        ({"picture": "drawn", "drawing": DRAWING.replace("1", "1.5", 1)}, r"drawing in \[0, 1\]"),
    ],
)
def test_tables_that_are_no_kernel_and_no_drawing_are_refused_by_name(change, message):
    experiment = EXPERIMENTS["filter"]
    with pytest.raises(ValueError, match=message):
        contract.run(experiment, experiment.defaults() | change)


# --- what is said --------------------------------------------------------------------------------

PRINTED = re.compile(r"[Ss]heet|[Mm]isprint|[Pp]rinted|\bE-\d|\bL\d\d|\b[A-Z]{3}-\d\d")


@pytest.mark.parametrize("slug", EXPERIMENTS)
def test_nothing_speaks_of_the_printed_sheet_nor_in_raw_markup(slug):
    e = EXPERIMENTS[slug]
    texts = [e.title, e.question, e.look, *e.symbols, *e.symbols.values(), *e.asks.values()]
    texts += [text for p in e.params for text in (p.label, p.help, *(p.options or {}).values())]
    texts += [text for p in e.predictions for text in (p.question, p.because, *p.options)]
    for values in contract.settings(e, 3).values():
        result = contract.run(e, values)
        texts += [e.says(result, **values)]
        texts += [text for c in e.checks(result, **values) for text in (c.claim, c.why)]
        for panel in e.figure(result, **values).panels:
            texts += [panel.title, panel.alt, *contract.strings(panel.layout)]
            texts += [trace.get("name", "") for trace in panel.traces]
    for text in (re.sub(r"\{.*?\}|</?b>", "", each) for each in texts):
        assert not PRINTED.search(text), text
        assert not re.search(r"\^|\w_\w", text), text


@pytest.mark.parametrize("slug", EXPERIMENTS)
def test_a_question_covers_what_answers_it_and_the_first_stands_on_the_first_preset(slug):
    e = EXPERIMENTS[slug]
    assert 0 < len(e.look) <= 150 and 0 < len(e.symbols) <= 8 and len(e.presets) <= 6
    assert e.predictions[0].preset == next(iter(e.presets))
    assert not any(p.misprint for p in e.predictions)
    for asked in e.predictions:
        values = e.preset(asked.preset)
        panels = [panel.name for panel in e.figure(contract.run(e, values), **values).panels]
        assert set(asked.shows) < set(panels), asked.question


def test_a_small_output_is_not_called_zero():
    small = "1e-8 2e-8 1e-8"
    for slug, given, told in (
        (
            "slide",
            {"f": "drawn", "h": "drawn", "f_drawn": small, "h_drawn": small, "k": 2},
            "6e-16",
        ),
        ("matrix", {"x": small, "h": small, "u": 2}, "y[2] = 6e-16"),
        (
            "algebra",
            {"a": small, "b": small, "mode": "full", "law": "commutative"},
            "agree in all 5",
        ),
    ):
        e, told = EXPERIMENTS[slug], typeset(told)
        values = e.defaults() | given
        result = contract.run(e, values)
        drawn = e.figure(result, **values)
        assert told in typeset(e.says(result, **values))
        assert any(r"6\cdot" in line for line in drawn.formula), drawn.formula
