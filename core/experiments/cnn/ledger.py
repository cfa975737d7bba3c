"""The parameter ledger: weights of a convolution, a locally and a fully connected layer, counted.

All three map an m × n × c input to (m − p + 1) × (n − q + 1) × K outputs. The counts come from
torch modules; some are too large to hold, so they are built on the device meta, without memory.
"""

from typing import Annotated, NamedTuple

import torch
from torch import nn

from core.check import require
from core.convolution import Counts, parameter_counts
from core.signature import between, declared

NAMES = {
    "cnn": "convolution",
    "locally_connected": "locally connected",
    "fully_connected": "fully connected",
}
LAYERS = tuple(NAMES)
LARGEST = 64  # rows, columns and kernels of the bench

Three = tuple[int, int, int]
Side = Annotated[int, between(1, LARGEST)]
Window = Annotated[int, between(1, 7)]


class Ledger(NamedTuple):
    """Parameters of three layers with the same outputs, in the order of `LAYERS`."""

    sizes: tuple[int, ...]  # m, n, c, p, q, K
    counted: Three  # parameters of the torch modules
    output: Three  # (rows, columns, K) that torch's layer gave for an m × n × c input

    def on(self, m: int, n: int) -> Counts:
        """The formulas of CNN-34, and as the sheet prints them (E-65), for m × n pixels."""
        return parameter_counts(m, n, *self.sizes[2:])

    @property
    def printed(self) -> Three:
        """The printed formulas for the image of this run."""
        return self.on(*self.sizes[:2])[3:]

    def doubled(self, layer: str) -> float:
        """How many times the parameters of a layer it takes for an image of twice the side."""
        m, n, at = *self.sizes[:2], LAYERS.index(layer)
        return self.on(2 * m, 2 * n)[at] / self.counted[at]


@declared
def ledger(
    m: Side = 32,
    n: Side = 32,
    c: Annotated[int, between(1, 16)] = 3,
    p: Window = 5,
    q: Window = 5,
    K: Side = 6,
) -> Ledger:
    """K (pqc + 1), (pqc + 1) O K and (mnc + 1) O K with O = (m − p + 1)(n − q + 1), and counted.

    Args:
        m, n, c: rows, columns and channels of the input; p, q: those of a kernel, at most m and n.
    """
    require("p", p, 1, m, integer=True)
    require("q", q, 1, n, integer=True)
    modules = layers(m, n, c, p, q, K)
    counted = tuple(map(parameters, modules))
    _, maps, rows, columns = modules[0](torch.empty(1, c, m, n, device="meta")).shape
    return Ledger((m, n, c, p, q, K), counted, (rows, columns, maps))


def parameters(module: nn.Module) -> int:
    """How many weights and biases a torch module has."""
    return sum(each.numel() for each in module.parameters())


def layers(m: int, n: int, c: int, p: int, q: int, K: int) -> tuple[nn.Module, ...]:
    """The three torch modules, in the order of `LAYERS`, on the device meta.

    A locally connected layer is a grouped convolution: each position is a group of its own, with
    the pqc numbers of its window as channels.
    """
    outputs, window = (m - p + 1) * (n - q + 1), p * q * c
    return (
        nn.Conv2d(c, K, (p, q), device="meta"),
        nn.Conv1d(window * outputs, K * outputs, 1, groups=outputs, device="meta"),
        nn.Linear(m * n * c, outputs * K, device="meta"),
    )
