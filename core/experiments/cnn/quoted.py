"""Numbers that the texts of the topic quote, computed where they stand: @name@."""

import torch
from torch import Tensor

from core.cnn.pools import shares
from core.cnn.stack import Layers, kernels, needed, paths, sizes, spreads
from core.cnn.striding import alias
from core.convolution import output_size, parameter_counts, pool, used_inputs
from core.experiments.cnn.network import share
from core.words import spaced

WINDOW = torch.tensor([[1.0, 3.0, 2.0, -1.0]], dtype=torch.float64)
LOGSUMEXP = float(torch.logsumexp(WINDOW, 1))
COUNTS = parameter_counts(32, 32, 3, 5, 5, 6)


def _row(values: Tensor | list[float], form: str = "g") -> str:
    return ",".join(f"{value:{form}}" for value in torch.as_tensor(values).flatten().tolist())


def _thin(count: int) -> str:
    """14455392 as 14\\,455\\,392."""
    return spaced(count).replace(" ", r"\,")


def _stack(count: int) -> Layers:
    """So many 3 × 3 layers."""
    return ((3, 1, 1),) * count


def _deviation(count: int) -> str:
    return f"{spreads(_stack(count), kernels(_stack(count), 'uniform'))[-1]:.2f}"


def _middle(count: int, width: int) -> str:
    """Share in % of the gradient on so many inputs in the middle, with equal weights."""
    bell = paths(_stack(count), kernels(_stack(count), "uniform"))
    start = (len(bell) - width) // 2
    return f"{100 * bell[start : start + width].sum():.1f}"


def _soft(beta: float) -> float:
    return float(pool(WINDOW[0], 4, kind="softmax", beta=beta))


NUMBERS = {
    "even_1": lambda: output_size(28, 4, 1),
    "even_2": lambda: output_size(28, 4, 2),
    "between": lambda: int((~used_inputs(21, 2, 0, 3)).sum()),
    "three": lambda: sizes(_stack(3))[0][-1],
    "to_224": lambda: needed(_stack(1), 224),
    "strided": lambda: sizes(((3, 2, 1),) * 5)[0][-1],
    "dilated": lambda: sizes(tuple((3, 1, 2**i) for i in range(7)))[0][-1],
    "ten": lambda: sizes(_stack(10))[0][-1],
    "ten_bell": lambda: _deviation(10),
    "ten_middle": lambda: _middle(10, 11),
    "forty": lambda: sizes(_stack(40))[0][-1],
    "forty_bell": lambda: _deviation(40),
    "soft_0": lambda: f"{_soft(0.0):g}",
    "soft_1": lambda: f"{_soft(1.0):.4f}",
    "soft_5": lambda: f"{_soft(5.0):.4f}",
    "soft_10": lambda: f"{_soft(10.0):.5f}",
    "soft": lambda: f"{_soft(1.0):.2f}",
    "lse_1": lambda: f"{LOGSUMEXP:.4f}",
    "lse": lambda: f"{LOGSUMEXP:.2f}",
    "soft_gradient": lambda: _row(shares(WINDOW, (1, 4), 1, "softmax", 1.0), ".3f"),
    "folded": lambda: f"{alias(0.45, 2):g}",
    "shared": lambda: COUNTS.cnn,
    "local": lambda: _thin(COUNTS.locally_connected),
    "full": lambda: _thin(COUNTS.fully_connected),
    "separable": lambda: 3 * (5 * 5 + 1) + parameter_counts(28, 28, 3, 1, 1, 6).cnn,
    "untouched": lambda: f"{100 * share(0, 0, 'trained'):.0f} %",
}
