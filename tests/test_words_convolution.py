"""The words of the pages on convolution: every number they quote is computed."""

import math
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import torch

from core.convolution import (
    backward,
    circulant,
    convolve,
    output_size,
    parameter_counts,
    pool,
    receptive_field,
    toeplitz,
    used_inputs,
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


def thin(number: int) -> str:
    """14455392 as 14\\,455\\,392."""
    return f"{number:,}".replace(",", "\\,")


# --- what the sentences quote --------------------------------------------------------------------

F = t(0.3, -1.2, 0.8, 2.0, -0.5, 1.1, 0.4, -0.9, 1.7, 0.6, -1.4, 0.2)
H = t(1.0, -0.6, 0.5, 0.9, -1.3)
EDGE, SOBEL = t(0, 0, 1, 1, 1), t(-1, 0, 1)
WINDOW = t(1, 3, 2, -1)
COUNTS = parameter_counts(32, 32, 3, 5, 5, 6)


def wrong_at(N: int) -> int:
    """Samples of the N-point circular convolution of 12 and 5 samples that are not the linear."""
    circular = torch.fft.ifft(torch.fft.fft(F, N) * torch.fft.fft(H, N)).real
    full = convolve(F, H)
    wrong = ((circular - full[:N]).abs() > 1e-9).nonzero().flatten()
    assert wrong.tolist() == list(range(len(wrong)))  # the first ones
    return len(wrong)


def unused(n: int, k: int, stride: int, dilation: int = 1) -> list[int]:
    return (~used_inputs(n, k, 0, stride, dilation)).nonzero().flatten().tolist()


def soft(beta: float) -> str:
    value = float(pool(WINDOW, 4, kind="softmax", beta=beta))
    return f"{value:.4f}" if 0 < beta < 10 else f"{value:.7g}"[:7]


def soft_gradient() -> str:
    x = WINDOW.clone().requires_grad_()
    pool(x, 4, kind="softmax", beta=1.0).backward()
    return row(x.grad, ".3f")


def kernel_gradients() -> tuple[str, str, str]:
    """By autograd and by the two printed lines of CNN-25, for i = −1, 0, 1."""
    y, delta, w = t(1, 2, 3), t(1, 0, 2), torch.randn(3, dtype=torch.float64, requires_grad=True)
    (convolve(y, w, "same") * delta).sum().backward()

    def at(k: int) -> float:
        return float(y[k]) if 0 <= k < 3 else 0.0

    slipped = [sum(float(delta[k]) * at(k - 1) for k in range(3))] * 3
    unturned = [sum(float(delta[k]) * at(i - k) for k in range(3)) for i in (-1, 0, 1)]
    return row(w.grad), row(t(*slipped)), row(t(*unturned))


def layers_to(span: int) -> int:
    return next(L for L in range(1, 999) if receptive_field([(3, 1)] * L) >= span)


@cache
def bell(layers: int) -> torch.Tensor:
    """Share of the gradient at each input of a stack of 3-wide boxes."""
    share = t(1.0)
    for _ in range(layers):
        share = convolve(share, t(1, 1, 1) / 3)
    return share


def deviation(layers: int) -> str:
    share = bell(layers)
    place = torch.arange(len(share)) - (len(share) - 1) / 2
    return f"{float((share * place**2).sum().sqrt()):.2f}"


def middle(layers: int, width: int) -> str:
    share, start = bell(layers), (len(bell(layers)) - width) // 2
    return f"{100 * float(share[start : start + width].sum()):.1f}"


def apparent(frequency: float, stride: int) -> str:
    """Frequency of the strongest line in the spectrum of a strided wave."""
    wave = torch.cos(2 * math.pi * frequency * torch.arange(400, dtype=torch.float64))[::stride]
    return f"{int(torch.fft.rfft(wave).abs().argmax()) / len(wave):g}"


def numel(*modules: torch.nn.Module) -> int:
    return sum(p.numel() for module in modules for p in module.parameters())


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
        "CNN-19",
        "leaves $@$ entries with $k=5$ and $@$ with $k=4$. For $k=4$ no equal padding works: "
        "$p=1$ gives $@$, $p=2$ gives $@$",
        lambda: (
            output_size(28, 5, 1),
            output_size(28, 4, 1),
            output_size(28, 4, 1),
            output_size(28, 4, 2),
        ),
    ),
    (
        "CNN-22",
        "need $@$ layers to span $224$ pixels ($@$ reach $@$)",
        lambda: (layers_to(224), layers_to(224) - 1, receptive_field([(3, 1)] * 111)),
    ),
    (
        "CNN-22",
        r"Three $3\times3$ layers see $@\times@$ pixels with $@c^2$ weights",
        lambda: (
            *[receptive_field([(3, 1)] * 3)] * 2,
            numel(torch.nn.Conv2d(1, 1, 3, bias=False)) * 3,
        ),
    ),
    (
        "CNN-22",
        r"one $7\times7$ layer sees the same with $@c^2$",
        lambda: (numel(torch.nn.Conv2d(1, 1, 7, bias=False)),),
    ),
    (
        "CNN-25",
        "autograd gives $(@)$. The printed $y_{k-p}$ does not depend on $i$ and gives $(@)$; the "
        r"printed $\text{rot180}(y)_{k-i}=y_{i-k}$ gives $(@)$",
        kernel_gradients,
    ),
    (
        "CNN-29",
        r"$@$, $@$, $@$, $@$ at $\beta=0,1,5,10$",
        lambda: tuple(soft(beta) for beta in (0.0, 1.0, 5.0, 10.0)),
    ),
    ("CNN-32", "$f=0.45$ at $s=2$ looks like $@$", lambda: (apparent(0.45, 2),)),
    (
        "CNN-32",
        "$@$ of $21$ inputs unused for $k=3$ with $s=2$ or $s=3$. Only $s>k$ leaves gaps: $@$ of "
        "$21$ for $k=2$, $s=3$, and $@$ of $21$ for $k=1$, $s=2$",
        lambda: (
            len(unused(21, 3, 2) + unused(21, 3, 3)),
            len(unused(21, 2, 3)),
            len(unused(21, 1, 2)),
        ),
    ),
    (
        "CNN-34",
        "they are $@$, $@$ and $@$",
        lambda: (
            numel(torch.nn.Conv2d(3, 6, 5)),
            thin(COUNTS.locally_connected),
            thin(numel(torch.nn.Linear(32 * 32 * 3, 28 * 28 * 6, device="meta"))),
        ),
    ),
    (
        "CNN-34",
        "$@$ instead of $@$ for",
        lambda: (COUNTS.cnn_printed, COUNTS.cnn),
    ),
    (
        "CNN-34",
        "$@$ and $@$ instead of $@$ and $@$",
        lambda: (
            thin(COUNTS.fully_connected_printed),
            thin(COUNTS.locally_connected_printed),
            thin(COUNTS.fully_connected),
            thin(COUNTS.locally_connected),
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
    (
        "theory/cnn.md",
        "$n=28$, $k=4$ gives $@$ with $p=1$ and $@$ with $p=2$",
        lambda: (output_size(28, 4, 1), output_size(28, 4, 2)),
    ),
    (
        "theory/cnn.md",
        "$@$ of $21$ inputs for $k=2$, $s=3$",
        lambda: (len(unused(21, 2, 3)),),
    ),
    (
        "theory/cnn.md",
        r"Three $3\times3$ layers span $@$ pixels. At stride $1$ it takes $@$ of them to span "
        r"$224$. Five with stride $2$ span $@$, and seven with dilations $1,2,4,\dots,64$ span $@$",
        lambda: (
            receptive_field([(3, 1)] * 3),
            layers_to(224),
            receptive_field([(3, 2)] * 5),
            receptive_field([(3, 1, 2**i) for i in range(7)]),
        ),
    ),
    (
        "theory/cnn.md",
        r"span $@$, deviation $@$ pixels, and the middle $11$ positions carry $@\,\%$",
        lambda: (len(bell(10)), deviation(10), middle(10, 11)),
    ),
    (
        "theory/cnn.md",
        "Forty layers: span $@$, deviation $@$",
        lambda: (len(bell(40)), deviation(40)),
    ),
    (
        "theory/cnn.md",
        "the right gradient is $(@)$, and those two lines give $(@)$ and $(@)$",
        kernel_gradients,
    ),
    (
        "theory/cnn.md",
        r"it is $@$, $@$, $@$, $@$ for $\beta=0,1,5,10$",
        lambda: tuple(soft(beta) for beta in (0.0, 1.0, 5.0, 10.0)),
    ),
    (
        "theory/cnn.md",
        r"at $\beta=1$ it is $@$, more than the maximum",
        lambda: (f"{float(torch.logsumexp(WINDOW, 0)):.4f}",),
    ),
    ("theory/cnn.md", r"may be negative: $(@)$ at $\beta=1$", lambda: (soft_gradient(),)),
    (
        "theory/cnn.md",
        "$f=0.45$ at $s=2$ becomes $0.9$, which is $@$",
        lambda: (apparent(0.45, 2),),
    ),
    (
        "theory/cnn.md",
        "kernels: $@$, $@$ and $@$. A depthwise",
        lambda: (COUNTS.cnn, thin(COUNTS.locally_connected), thin(COUNTS.fully_connected)),
    ),
    (
        "theory/cnn.md",
        r"A depthwise $5\times5$ layer followed by a $1\times1$ layer has $@$",
        lambda: (numel(torch.nn.Conv2d(3, 3, 5, groups=3), torch.nn.Conv2d(3, 6, 1)),),
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


def test_the_last_pixel_goes_unseen_and_holes_line_up():
    assert unused(28, 3, 2) == [27]
    assert unused(21, 3, 2, 2) == list(range(1, 21, 2))


def test_three_layers_make_14_of_28():
    text = "($s=2$ with $k=2$, $p=0$, with $k=3$, $p=1$, or with $k=4$, $p=1$.)"
    assert text in words("teaching/cnn.md")
    assert {output_size(28, k, p, 2) for k, p in ((2, 0), (3, 1), (4, 1))} == {14}


def test_only_a_single_weight_has_an_orthogonal_matrix():
    """TᵀT has the product of the two ends of the kernel m − 1 places off the diagonal."""
    T = toeplitz(H, 12)
    assert torch.isclose((T.T @ T)[0, len(H) - 1], H[0] * H[-1])
    single = toeplitz(t(0, -1, 0), 5)
    assert torch.equal(single.T @ single, torch.eye(5).double())


def test_the_backward_formulas_of_the_theory_have_the_right_indices():
    y, w, delta = F[:7], H[:3], F[5:10] * 2
    grad_y, grad_w = backward(delta, y, w, "valid", flip=False)
    for i in range(3):
        assert torch.isclose(grad_w[i], sum(delta[u] * y[u + i] for u in range(5)))
    for j in range(7):
        pairs = [(u, o) for u in range(5) for o in range(3) if u + o == j]
        assert torch.isclose(grad_y[j], sum(delta[u] * w[o] for u, o in pairs))


def test_a_folded_spectrum_is_the_mean_of_the_spectra():
    folded = torch.fft.fft(F).reshape(3, 4).mean(0)  # ν = k / 4 comes from (ν + j) / 3
    assert torch.allclose(torch.fft.fft(F[::3]), folded)
