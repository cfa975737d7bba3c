"""The words of the pages on convolution: every number they quote is computed."""

import math
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import torch

from core.convolution import (
    circulant,
    convolve,
    toeplitz,
)
from core.statements import load

ASSETS = Path(__file__).resolve().parents[1] / "assets"


def t(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


@cache
def words(place: str) -> str:
    """A file of assets, or everything a statement says; spaces and line breaks made one space."""
    if place.endswith(".md"):
        text = (ASSETS / place).read_text(encoding="utf-8")
    else:
        entry = load()[place]
        errata = [part for e in entry.errata for part in (e.printed, e.corrected, e.why)]
        text = " ".join([entry.statement, entry.needs, *errata])
    return " ".join(text.split())


def row(values: torch.Tensor, form: str = "g") -> str:
    return ",".join(f"{value:{form}}" for value in values.tolist())


# --- what the sentences quote --------------------------------------------------------------------

F = t(0.3, -1.2, 0.8, 2.0, -0.5, 1.1, 0.4, -0.9, 1.7, 0.6, -1.4, 0.2)
H = t(1.0, -0.6, 0.5, 0.9, -1.3)
EDGE, SOBEL = t(0, 0, 1, 1, 1), t(-1, 0, 1)


def wrong_at(N: int) -> int:
    """Samples of the N-point circular convolution of 12 and 5 samples that are not the linear."""
    circular = torch.fft.ifft(torch.fft.fft(F, N) * torch.fft.fft(H, N)).real
    full = convolve(F, H)
    wrong = ((circular - full[:N]).abs() > 1e-9).nonzero().flatten()
    assert wrong.tolist() == list(range(len(wrong)))  # the first ones
    return len(wrong)


def logarithm(T: float) -> str:
    """∫ dt / (1 + |t|) from −T to T by the trapezoidal rule."""
    t = torch.linspace(0, T, 200_001, dtype=torch.float64)
    return f"{2 * float(torch.trapezoid(1 / (1 + t), t)):.2f}"


def gaussian(u: float) -> str:
    x = torch.linspace(-8, 8, 4001, dtype=torch.float64)
    wave = torch.exp(-math.pi * x**2) * torch.cos(2 * math.pi * u * x)
    return f"{float(torch.trapezoid(wave, x)):.5f}"


def carried(digits: torch.Tensor) -> int:
    """The number with these digits, the highest first."""
    return int(sum(d * 10**i for i, d in enumerate(reversed(digits.tolist()))))


def dice() -> str:
    return row(convolve(torch.ones(6).double(), torch.ones(6).double()))


def boxes() -> torch.Tensor:
    return convolve(torch.ones(5).double(), torch.ones(5).double())


def matrix() -> torch.Tensor:
    return toeplitz(t(1, 2, 3, 4, 5), 12)


def gram() -> torch.Tensor:
    T = toeplitz(t(1, 1), 6)
    return T.T @ T


# (place, sentence with @ for every number, the numbers)
QUOTED: list[tuple[str, str, Callable[[], tuple]]] = [
    ("PROB-27", r"two dice give $\frac1{36}(@)$", lambda: (dice(),)),
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
    (
        "theory/convolution.md",
        "gives $@$: nine samples with the peak $@$",
        lambda: (row(boxes()), f"{float(boxes().max()):g}"),
    ),
    (
        "theory/convolution.md",
        r"$16\cdot12=@$ places, $@$ of them in use, filled with $@$ different numbers",
        lambda: (
            matrix().numel(),
            int((matrix() != 0).sum()),
            len(matrix()[matrix() != 0].unique()),
        ),
    ),
    (
        "theory/convolution.md",
        r"the matrix $T^\top T$ has $@$ on the diagonal and $@$ beside it",
        lambda: (f"{float(gram()[2, 2]):g}", f"{float(gram()[2, 3]):g}"),
    ),
    (
        "theory/convolution.md",
        "With $n=12$, $m=5$ there are $@$ at $N=12$ and none at $N=16$",
        lambda: (wrong_at(12) + wrong_at(16),),
    ),
    ("theory/convolution.md", "is $e^{-0.49\\pi}=@$", lambda: (gaussian(0.7),)),
    (
        "theory/convolution.md",
        r"at $31\times31$ that is $@$ instead of $@$ products per pixel",
        lambda: (31 + 31, torch.outer(torch.ones(31), torch.ones(31)).numel()),
    ),
]


@pytest.mark.parametrize(
    ("place", "sentence", "numbers"), QUOTED, ids=[f"{p}-{i}" for i, (p, _, _) in enumerate(QUOTED)]
)
def test_a_quoted_number_is_computed(place, sentence, numbers):
    parts, values = sentence.split("@"), [str(value) for value in numbers()]
    assert len(values) == len(parts) - 1
    filled = parts[0] + "".join(value + part for value, part in zip(values, parts[1:]))
    assert filled in words(place)


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
