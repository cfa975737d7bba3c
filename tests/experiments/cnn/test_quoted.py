"""What the texts quote is computed, and each of these numbers comes out of a second route."""

import math
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from core.cnn import training
from core.convolution import backward, output_size, used_inputs
from core.experiments.cnn.quoted import NUMBERS
from core.statements import load
from pages.cnn import EXPERIMENTS

ASSETS = Path(__file__).parents[3] / "assets"
WINDOW = np.array([1.0, 3.0, 2.0, -1.0])
Y, DELTA = np.array([1.0, 2.0, 3.0]), np.array([1.0, 0.0, 2.0])


def t(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def row(values, form: str = "g") -> str:
    return ",".join(f"{value:{form}}" for value in np.asarray(values).tolist())


def thin(count: int) -> str:
    return f"{count:,}".replace(",", "\\,")


# --- second routes -------------------------------------------------------------------------------


def outputs(n: int, k: int, p: int) -> int:
    """Counted in torch."""
    return F.conv1d(torch.zeros(1, 1, n), torch.zeros(1, 1, k), padding=p).shape[-1]


def unseen(n: int, k: int, s: int, d: int = 1) -> list[int]:
    """Inputs that no window covers, by going through the windows."""
    starts = range(0, n - d * (k - 1), s)
    return sorted(set(range(n)) - {start + d * a for start in starts for a in range(k)})


def field(layers: list[tuple[int, int]]) -> int:
    """Inputs with a gradient under the first unit of layers (stride, dilation) of 3 ones."""
    x = torch.zeros(1, 1, 600, requires_grad=True)
    y = x
    for stride, dilation in layers:
        y = F.conv1d(y, torch.ones(1, 1, 3), stride=stride, dilation=dilation)
    (slope,) = torch.autograd.grad(y[0, 0, 0], x)
    return int((slope != 0).sum())


@cache
def trinomial(layers: int) -> list[int]:
    """Coefficients of (1 + x + x²) to this power: paths from a unit to each input."""
    row = [1]
    for _ in range(layers):
        wide = [0, 0, *row, 0, 0]
        row = [sum(wide[i : i + 3]) for i in range(len(row) + 2)]
    return row


def bell(layers: int) -> str:
    """√(L(k² − 1)/12), k = 3."""
    return f"{math.sqrt(layers * 8 / 12):.2f}"


def middle(layers: int, width: int) -> str:
    paths = trinomial(layers)
    start = (len(paths) - width) // 2
    return f"{100 * sum(paths[start : start + width]) / 3**layers:.1f}"


def kernel_gradient() -> str:
    """By autograd through torch, whose kernels have to be turned first."""
    w = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    y = F.conv1d(t(*Y)[None, None], w.flip(0)[None, None], padding=1)
    (slope,) = torch.autograd.grad((y[0, 0] * t(*DELTA)).sum(), w)
    return row(slope)


def soft(beta: float) -> float:
    p = np.exp(beta * WINDOW) / np.exp(beta * WINDOW).sum()
    return float(p @ WINDOW)


def soft_gradient() -> str:
    """By differences."""
    steps = 1e-6 * np.eye(4)

    def value(x: np.ndarray) -> float:
        return float(np.exp(x) @ x / np.exp(x).sum())

    return row([(value(WINDOW + h) - value(WINDOW - h)) / 2e-6 for h in steps], ".3f")


def lse() -> float:
    return math.log(sum(math.exp(x) for x in WINDOW))


def strongest(frequency: float, stride: int) -> str:
    """Frequency of the strongest line in the spectrum of a strided wave."""
    wave = np.cos(2 * np.pi * frequency * np.arange(400))[::stride]
    return f"{int(np.abs(np.fft.rfft(wave)).argmax()) / len(wave):g}"


def numel(*modules: nn.Module) -> int:
    return sum(p.numel() for module in modules for p in module.parameters())


def local() -> int:
    """A locally connected layer is a group for each of the 28 × 28 windows."""
    places = 28 * 28
    return numel(nn.Conv1d(75 * places, 6 * places, 1, groups=places, device="meta"))


def full() -> int:
    return numel(nn.Linear(32 * 32 * 3, 28 * 28 * 6, device="meta"))


def untouched() -> str:
    """The stored weights in torch's own functions."""
    net, (images, labels) = training.load(), training.digits()[1]
    y = F.max_pool2d(F.conv2d(images[:, None], net.conv1, net.bias1, padding=1).relu(), 2)
    y = F.max_pool2d(F.conv2d(y, net.conv2, net.bias2, padding=1).relu(), 2)
    guess = F.linear(y.flatten(1), net.linear, net.bias3).argmax(1)
    return f"{round(100 * int((guess == labels).sum()) / len(labels))} %"


SECOND = {
    "even_1": lambda: outputs(28, 4, 1),
    "even_2": lambda: outputs(28, 4, 2),
    "between": lambda: len(unseen(21, 2, 3)),
    "three": lambda: field([(1, 1)] * 3),
    "to_224": lambda: math.ceil((224 - 1) / 2),  # each layer adds 2
    "strided": lambda: field([(2, 1)] * 5),
    "dilated": lambda: field([(1, 2**i) for i in range(7)]),
    "ten": lambda: len(trinomial(10)),
    "ten_bell": lambda: bell(10),
    "ten_middle": lambda: middle(10, 11),
    "forty": lambda: len(trinomial(40)),
    "forty_bell": lambda: bell(40),
    "soft_0": lambda: f"{WINDOW.mean():g}",
    "soft_1": lambda: f"{soft(1):.4f}",
    "soft_5": lambda: f"{soft(5):.4f}",
    "soft_10": lambda: f"{soft(10):.5f}",
    "soft": lambda: f"{soft(1):.2f}",
    "lse_1": lambda: f"{lse():.4f}",
    "lse": lambda: f"{lse():.2f}",
    "soft_gradient": soft_gradient,
    "folded": lambda: strongest(0.45, 2),
    "shared": lambda: numel(nn.Conv2d(3, 6, 5)),
    "local": lambda: thin(local()),
    "full": lambda: thin(full()),
    "separable": lambda: numel(nn.Conv2d(3, 3, 5, groups=3), nn.Conv2d(3, 6, 1)),
    "untouched": untouched,
}


@pytest.mark.parametrize("name", NUMBERS)
def test_a_quoted_number_comes_out_of_a_second_route(name):
    assert str(NUMBERS[name]()) == str(SECOND[name]())


# --- what the statements quote -------------------------------------------------------------------


def said(id: str) -> str:
    """Everything a statement says; spaces and line breaks made one space."""
    entry = load()[id]
    errata = [part for e in entry.errata for part in (e.printed, e.corrected, e.why)]
    return " ".join(" ".join([entry.statement, entry.needs, *errata]).split())


# (statement, sentence with @ for every number, the numbers)
STATEMENTS = [
    (
        "CNN-19",
        "leaves $@$ entries with $k=5$ and $@$ with $k=4$. For $k=4$ no equal padding works: "
        "$p=1$ gives $@$, $p=2$ gives $@$",
        lambda: [outputs(28, k, p) for k, p in ((5, 1), (4, 1), (4, 1), (4, 2))],
    ),
    (
        "CNN-22",
        "need $@$ layers to span $224$ pixels ($@$ reach $@$)",
        lambda: [SECOND["to_224"](), SECOND["to_224"]() - 1, field([(1, 1)] * 111)],
    ),
    (
        "CNN-22",
        r"seven $3\times3$ layers of stride $2$ span $@$ pixels",
        lambda: [field([(2, 1)] * 7)],
    ),
    (
        "CNN-22",
        r"Three $3\times3$ layers see $@\times@$ pixels with $@c^2$ weights",
        lambda: [field([(1, 1)] * 3)] * 2 + [3 * numel(nn.Conv2d(1, 1, 3, bias=False))],
    ),
    (
        "CNN-22",
        r"one $7\times7$ layer sees the same with $@c^2$",
        lambda: [numel(nn.Conv2d(1, 1, 7, bias=False))],
    ),
    (
        "CNN-25",
        "autograd gives $(@)$. The printed $y_{k-p}$ does not depend on $i$ and gives $(@)$; the "
        r"printed $\text{rot180}(y)_{k-i}=y_{i-k}$ gives $(@)$",
        # one number whatever i is; then the convolution at −1, 0, 1, all counted from the middle
        lambda: [kernel_gradient(), row([2 * Y[1]] * 3), row(np.convolve(DELTA, Y)[1:4])],
    ),
    (
        "CNN-29",
        r"$@$, $@$, $@$, $@$ at $\beta=0,1,5,10$",
        lambda: [SECOND[f"soft_{beta}"]() for beta in (0, 1, 5, 10)],
    ),
    ("CNN-32", "$f=0.45$ at $s=2$ looks like $@$", lambda: [strongest(0.45, 2)]),
    (
        "CNN-32",
        "$@$ of $21$ inputs unused for $k=3$ with $s=2$ or $s=3$. Only $s>k$ leaves gaps: $@$ of "
        "$21$ for $k=2$, $s=3$, and $@$ of $21$ for $k=1$, $s=2$",
        lambda: [
            len(unseen(21, 3, 2) + unseen(21, 3, 3)),
            len(unseen(21, 2, 3)),
            len(unseen(21, 1, 2)),
        ],
    ),
    (
        "CNN-34",
        "they are $@$, $@$ and $@$",
        lambda: [SECOND[name]() for name in ("shared", "local", "full")],
    ),
    # the sheet forgets the channels, and all biases of the larger two but one for each map
    ("CNN-34", "$@$ instead of $@$ for", lambda: [6 * (5 * 5 + 1), SECOND["shared"]()]),
    (
        "CNN-34",
        "$@$ and $@$ instead of $@$ and $@$",
        lambda: [thin(n) for n in (full() - 783 * 6, local() - 783 * 6, full(), local())],
    ),
]


@pytest.mark.parametrize(
    ("id", "sentence", "numbers"), STATEMENTS, ids=[f"{s[0]}-{i}" for i, s in enumerate(STATEMENTS)]
)
def test_a_statement_quotes_what_is_computed(id, sentence, numbers):
    parts, values = sentence.split("@"), [str(value) for value in numbers()]
    assert len(values) == len(parts) - 1
    filled = parts[0] + "".join(value + part for value, part in zip(values, parts[1:]))
    assert filled in said(id)


# --- what the sentences claim --------------------------------------------------------------------


def test_the_last_pixel_goes_unseen_and_holes_line_up():
    for n, s, d, expected in ((28, 2, 1, [27]), (21, 2, 2, list(range(1, 21, 2)))):
        assert unseen(n, 3, s, d) == expected
        assert (~used_inputs(n, 3, 0, s, d)).nonzero().flatten().tolist() == expected


def test_three_layers_make_14_of_28():
    text = "($s=2$ with $k=2$, $p=0$, with $k=3$, $p=1$, or with $k=4$, $p=1$.)"
    assert text in " ".join((ASSETS / "teaching/cnn.md").read_text().split())
    assert {output_size(28, k, p, 2) for k, p in ((2, 0), (3, 1), (4, 1))} == {14}


def test_the_backward_formulas_of_the_theory_have_the_right_indices():
    y, w, delta = t(0.3, -1.2, 0.8, 2, -0.5, 1.1, 0.4), t(1, -0.6, 0.5), t(2.2, 0.8, -1.8, 3.4, 1.2)
    grad_y, grad_w = backward(delta, y, w, "valid", flip=False)
    for i in range(3):
        assert torch.isclose(grad_w[i], sum(delta[u] * y[u + i] for u in range(5)))
    for j in range(7):
        pairs = [(u, o) for u in range(5) for o in range(3) if u + o == j]
        assert torch.isclose(grad_y[j], sum(delta[u] * w[o] for u, o in pairs))


def test_a_folded_spectrum_is_the_mean_of_the_spectra(generator):
    y = torch.randn(12, dtype=torch.float64, generator=generator)
    folded = torch.fft.fft(y).reshape(3, 4).mean(0)  # ν = k / 4 comes from (ν + j) / 3
    assert torch.allclose(torch.fft.fft(y[::3]), folded)


# --- what is seen, and when ----------------------------------------------------------------------

PRINTED = re.compile(r"\bsheet\b|misprint|printed|\bE-\d\d|\bL\d{3}")
each_experiment = pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda each: each.slug)


def drawn(experiment, values):
    result = experiment.compute(**experiment.inputs(values))
    return result, experiment.figure(result, **values)


def texts(panels) -> list[str]:
    traces = [trace for panel in panels for trace in panel.traces]
    labels = [trace.get("meta", {}).get("label", "") for trace in traces]
    written = [str(panel.layout) for panel in panels] + [trace.get("name", "") for trace in traces]
    return [text for panel in panels for text in (panel.title, panel.alt)] + labels + written


def around(experiment) -> list[str]:
    """What stands around the figure, whatever is set."""
    told = [experiment.question, experiment.look, experiment.title, *experiment.symbols.values()]
    for param in (each for each in experiment.params if not each.misprint):
        options = param.options or {}
        told += [param.label, param.help]
        told += [text for key, text in options.items() if key not in param.misprints]
    plain = [name for name in experiment.presets if name not in experiment.misprints]
    return [*told, *plain, *(experiment.asks[name] for name in plain)]


@each_experiment
def test_who_does_not_ask_for_misprints_meets_none(experiment):
    told = around(experiment)
    for name in set(experiment.presets) - experiment.misprints:
        result, picture = drawn(experiment, experiment.preset(name))
        checks = experiment.checks(result, **experiment.preset(name))
        plain = [check for check in checks if not check.claim.startswith("as printed (E-")]
        told += [experiment.says(result, **experiment.preset(name)), *texts(picture.panels)]
        told += [*picture.formula, *(check.claim + check.why for check in plain)]
    for asked in (each for each in experiment.predictions if not each.misprint):
        result, _ = drawn(experiment, experiment.preset(asked.preset))
        facts = asked.facts(result) if asked.facts else {}
        told += [asked.question, *asked.options, asked.because.format(**facts)]
    assert [text for text in told if PRINTED.search(text)] == []
    assert any(not each.misprint for each in experiment.predictions)


@each_experiment
def test_nothing_in_sight_of_a_question_holds_its_answer(experiment):
    for asked in experiment.predictions:
        result, picture = drawn(experiment, experiment.preset(asked.preset))
        assert set(asked.shows) <= {panel.name for panel in picture.panels}
        seen = texts([panel for panel in picture.panels if panel.name in asked.shows])
        answer = rf"(?<![\w.]){re.escape(asked.answer(result))}(?![\w.])"
        if not re.fullmatch(r"\d", asked.answer(result)):  # a digit stands on every axis
            assert [text for text in seen + around(experiment) if re.search(answer, text)] == []
