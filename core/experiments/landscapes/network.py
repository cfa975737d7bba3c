"""A plane through the loss surface of a small network trained on real data."""

from collections.abc import Iterator
from typing import Annotated, Literal

from core.landscapes.slices import REROLLS, Slice, cut
from core.landscapes.training import BLOCK
from core.signature import between, declared


@declared
def plane(
    data: Literal["breast_cancer", "wine", "digits"] = "breast_cancer",
    activation: Literal["tanh", "relu"] = "tanh",
    rescale: Annotated[float, between(0.1, 10)] = 1.0,
    steps: Annotated[int, between(BLOCK, 400)] = 200,
    seed: Annotated[int, between(0, 2**31)] = 0,
    directions: Literal["filter", "raw", "pca"] = "filter",
    direction_seed: Annotated[int, between(0, REROLLS - 1)] = 0,
    radius: Annotated[float, between(0.01, 2)] = 1.0,
) -> Iterator[Slice]:
    r"""Train, then evaluate :math:`L(\theta^* + \alpha d_1 + \beta d_2)` on a grid.

    Args:
        data: the data set.
        activation: of the 16 hidden neurons.
        rescale: with "relu", incoming weights of every hidden neuron times c, outgoing ones by c,
            which leaves the function as it is. Without meaning for "tanh".
        steps: of full-batch Adam with lr 0.02.
        seed: of the initial weights.
        directions: "filter" or "raw" (see `core.landscapes.directions`), or "pca", the principal
            directions of the training path.
        direction_seed: of the random directions.
        radius: half the side of the plane for random directions.

    Yields:
        Snapshots; the last one is the result.
    """
    return cut(data, activation, rescale, steps, seed, directions, direction_seed, radius)
