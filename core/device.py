"""Where heavy work runs: CUDA when present, overridable by SADDLEPOINT_DEVICE."""

import os
from functools import cache

import torch


@cache
def heavy() -> torch.device:
    """Device for training, batches of attacks, big games and images.

    Small 2-D toys stay on the CPU, where a kernel launch would cost more than the work.

    Raises:
        ValueError: SADDLEPOINT_DEVICE names a device that torch does not know or cannot reach.
    """
    name = os.environ.get("SADDLEPOINT_DEVICE")
    if not name:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        torch.empty(0, device=name)
    except (RuntimeError, AssertionError) as error:
        raise ValueError(
            f"expected SADDLEPOINT_DEVICE to be a reachable torch device such as cpu or cuda, "
            f"got {name!r}"
        ) from error
    return torch.device(name)
