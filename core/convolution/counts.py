"""Parameters of one layer from an m × n × c input to K maps (CNN-34)."""

from typing import NamedTuple

from core.check import require


class Counts(NamedTuple):
    """Weights and biases of three layers with the same outputs, and as the sheet prints them."""

    cnn: int  # K (pqc + 1)
    locally_connected: int  # (pqc + 1) O K, the same windows with weights of their own
    fully_connected: int  # (mnc + 1) O K
    cnn_printed: int  # K (pq + 1), without the channels (E-65)
    locally_connected_printed: int  # with an opening bracket lost, K biases instead of O K (E-65)
    fully_connected_printed: int  # the same


def parameter_counts(m: int, n: int, c: int, p: int, q: int, K: int) -> Counts:
    """K kernels p × q × c, valid, stride 1, so O = (m − p + 1)(n − q + 1) outputs in each map.

    The input has m rows, n columns and c channels, a kernel p ≤ m rows and q ≤ n columns.
    """
    for name, value in (("m", m), ("n", n), ("c", c), ("K", K)):
        require(name, value, 1, integer=True)
    require("p", p, 1, m, integer=True)
    require("q", q, 1, n, integer=True)
    m, n, c, p, q, K = map(int, (m, n, c, p, q, K))
    outputs = (m - p + 1) * (n - q + 1) * K
    return Counts(
        cnn=K * (p * q * c + 1),
        locally_connected=(p * q * c + 1) * outputs,
        fully_connected=(m * n * c + 1) * outputs,
        cnn_printed=K * (p * q + 1),
        locally_connected_printed=p * q * c * outputs + K,
        fully_connected_printed=m * n * c * outputs + K,
    )
