"""The parameter ledger: weights of a convolution, a locally and a fully connected layer, counted.

All three map an m × n × c input to (m − p + 1) × (n − q + 1) × K outputs. The counts come from
torch modules; some are too large to hold, so they are built on the device meta, without memory.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from core.check import Check, choose, equal, require
from core.convolution import Counts, parameter_counts
from core.words import spaced

LAYERS = ("cnn", "locally_connected", "fully_connected")
NAMES = {
    "cnn": "convolution",
    "locally_connected": "locally connected",
    "fully_connected": "fully connected",
}
LARGEST = 64  # rows, columns and kernels of the bench
KERNEL = 7
CHANNELS = 16


class Ledger(NamedTuple):
    """Parameters of three layers with the same outputs.

    Attributes:
        counted: parameters of the torch modules, in the order of `LAYERS`.
        formula: by the formulas of CNN-34 and as the sheet prints them (E-65).
        inputs: m n c.
        output: (rows, columns, K) that torch's layer gave for an m × n × c input.
        side: sides of square inputs, (S,).
        growth: parameters of the three layers there, (3, S).
        doubled: parameters of the three layers for a 2m × 2n input.
        layer: the layer looked at.
    """

    counted: tuple[int, int, int]
    formula: Counts
    inputs: int
    output: tuple[int, int, int]
    side: Tensor
    growth: Tensor
    doubled: tuple[int, int, int]
    layer: str

    @property
    def printed(self) -> tuple[int, int, int]:
        """The printed formulas, in the order of `LAYERS`."""
        return tuple(getattr(self.formula, f"{name}_printed") for name in LAYERS)

    @property
    def looked(self) -> int:
        """Index of the layer looked at."""
        return LAYERS.index(self.layer)


def ledger(m: int, n: int, c: int, p: int, q: int, K: int, layer: str) -> Ledger:
    """K (pqc + 1), (pqc + 1) O K and (mnc + 1) O K with O = (m − p + 1)(n − q + 1), and counted.

    Args:
        m, n, c: rows, columns (up to 64) and channels (up to 16) of the input.
        p, q: rows and columns of a kernel, up to 7 and at most m and n.
        K: number of kernels, up to 64.
        layer: the one looked at, of `LAYERS`.

    Raises:
        ValueError: a size out of its range, a kernel larger than the input.
    """
    choose("layer", layer, LAYERS)
    for name, value, high in (
        ("m", m, LARGEST),
        ("n", n, LARGEST),
        ("c", c, CHANNELS),
        ("p", p, min(KERNEL, m)),
        ("q", q, min(KERNEL, n)),
        ("K", K, LARGEST),
    ):
        require(name, value, 1, high, integer=True)
    m, n, c, p, q, K = map(int, (m, n, c, p, q, K))
    modules = layers(m, n, c, p, q, K)
    side = torch.arange(max(p, q), LARGEST + 1)
    grown = [parameter_counts(s, s, c, p, q, K)[:3] for s in side.tolist()]
    return Ledger(
        counted=tuple(sum(each.numel() for each in module.parameters()) for module in modules),
        formula=parameter_counts(m, n, c, p, q, K),
        inputs=m * n * c,
        output=_run(modules[0], m, n, c),
        side=side,
        growth=torch.tensor(grown, dtype=torch.float64).T,
        doubled=tuple(parameter_counts(2 * m, 2 * n, c, p, q, K)[:3]),
        layer=layer,
    )


def layers(m: int, n: int, c: int, p: int, q: int, K: int) -> tuple[nn.Module, ...]:
    """The three torch modules, in the order of `LAYERS`, on the device meta.

    A locally connected layer is a grouped convolution: each position is a group of its own, with
    the pqc numbers of its window as channels.
    """
    outputs = (m - p + 1) * (n - q + 1)
    window = p * q * c
    return (
        nn.Conv2d(c, K, (p, q), device="meta"),
        nn.Conv1d(window * outputs, K * outputs, 1, groups=outputs, device="meta"),
        nn.Linear(m * n * c, outputs * K, device="meta"),
    )


def _run(convolution: nn.Module, m: int, n: int, c: int) -> tuple[int, int, int]:
    """(rows, columns, K) of what the layer, with zeros for weights, makes of an m × n × c input."""
    weights = {name: torch.zeros(each.shape) for name, each in convolution.named_parameters()}
    made = torch.func.functional_call(convolution, weights, torch.zeros(1, c, m, n))
    return made.shape[2], made.shape[3], made.shape[1]


def checks(run: Ledger, *, m: int, n: int, c: int, p: int, q: int, K: int, **_) -> list[Check]:
    """CNN-33, and CNN-34 with erratum E-65, against the parameters of torch modules."""
    rows, columns, maps = run.output
    cnn, local, full = run.counted
    outputs = rows * columns
    printed = run.printed
    same = [parameter_counts(s, s, c, p, q, K).cnn for s in (max(p, q), LARGEST)]
    return [
        equal("CNN-33", "torch's layer makes m − p + 1 rows", rows, m - p + 1),
        equal("CNN-33", "torch's layer makes n − q + 1 columns", columns, n - q + 1),
        equal("CNN-33", "torch's layer makes K maps", maps, K),
        equal(
            "CNN-34",
            "convolution: torch's module has K (pqc + 1) parameters",
            cnn,
            run.formula.cnn,
            tol=0,
        ),
        equal(
            "CNN-34",
            "locally connected: torch's module has (pqc + 1) O K parameters",
            local,
            run.formula.locally_connected,
            tol=0,
        ),
        equal(
            "CNN-34",
            "fully connected: torch's module has (mnc + 1) O K parameters",
            full,
            run.formula.fully_connected,
            tol=0,
        ),
        equal(
            "CNN-34",
            "as printed (E-65) K (pq + 1) forgets the channels: right for c = 1 only",
            printed[0],
            cnn,
            tol=0,
            applies=c == 1,
            why="" if c == 1 else f"c = {c}: the sheet says {printed[0]}, torch has {cnn}",
        ),
        equal(
            "CNN-34",
            "as printed (E-65) the other two have K biases instead of O K: both lack (O − 1) K",
            full - printed[2],
            (outputs - 1) * K,
            tol=0,
            why=f"the sheet says {printed[2]} and {printed[1]}, torch has {full} and {local}",
        ),
        equal(
            "CNN-34",
            "as printed (E-65), locally connected: lacks (O − 1) K",
            local - printed[1],
            (outputs - 1) * K,
            tol=0,
        ),
        equal(
            "CNN-34",
            f"the weights of a convolution do not depend on the size of the image: {max(p, q)}² "
            f"against {LARGEST}² pixels",
            same[0],
            same[1],
            tol=0,
        ),
    ]


def says(run: Ledger, *, m: int, n: int, c: int, p: int, q: int, **_) -> str:
    """What happened, in one or two plain sentences."""
    cnn, local, full = run.counted
    rows, columns, maps = run.output
    outputs = f"{rows} × {columns} × {maps} outputs"
    if rows * columns == 1:
        return (
            f"The kernel is as large as the image: one window, {outputs}, and all three layers are "
            f"the same {spaced(cnn)} parameters."
        )
    told = (
        f"For {outputs} the convolution needs {spaced(cnn)} parameters, the locally connected "
        f"layer {spaced(local)}, the fully connected one {spaced(full)}: "
        f"{spaced(round(full / cnn))} times as many."
    )
    if c == 1:
        return f"{told} With one channel the sheet's K(pq + 1) happens to be right."
    return (
        f"{told} The sheet's K(pq + 1) says {spaced(run.printed[0])}: it forgets the {c} channels."
    )


def weights(run: Ledger) -> str:
    """Parameters of the convolution, as the options of a prediction."""
    return spaced(run.counted[0])


def when_doubled(run: Ledger) -> str:
    """How the parameters of the layer looked at change when the image has twice the side."""
    ratio = run.doubled[run.looked] / run.counted[run.looked]
    if ratio == 1:
        return "as many as before"
    return "about 4 times as many" if ratio < 8 else "about 20 times as many"


def largest(run: Ledger) -> str:
    """Which of the three layers has the most parameters."""
    most = max(run.counted)
    found = [name for name, count in zip(LAYERS, run.counted, strict=True) if count == most]
    return "none, all the same" if len(found) == 3 else f"the {NAMES[found[0]]} one"


def times_smaller(run: Ledger) -> str:
    """How many times fewer parameters weight sharing leaves, as a power of ten."""
    ratio = run.counted[2] / run.counted[0]
    return next(text for edge, text in SMALLER if ratio < edge)


SMALLER = ((300, "about 100"), (3000, "about 1 000"), (1e9, "about 30 000"))
