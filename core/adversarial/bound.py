"""What no classifier whatever can keep: the best robust accuracy of a finite set of points.

>>> from core.adversarial.nets import labelled_cloud
>>> from core.rng import generator
>>> X, y = labelled_cloud("spirals", 150, generator=generator(0))
>>> most_kept(X, y, [0.0, 0.3], norm=2)  # 1, and about two in three
"""

import math
from collections.abc import Sequence

import torch
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_bipartite_matching
from torch import Tensor

EXACT = "donot_use_mm_for_euclid_dist"  # distances that tell "at most 2ε" from "just above"


def most_kept(
    X: Tensor, y: Tensor, sizes: Sequence[float] | Tensor, *, norm: float = math.inf
) -> Tensor:
    """Largest share of the points that one classifier can read right under pushes of each size.

    Two points of different classes at most 2ε apart can be pushed to one place, where one of them
    is misread. Of every pair in a largest matching of such points one is lost, and by Kőnig's
    theorem some classifier loses no more.

    Args:
        X, y: points (n, d) and classes 0 and 1, (n,). norm: p ≥ 1 of the pushes.
    """
    apart = torch.cdist(X[y == 0], X[y == 1], p=norm, compute_mode=EXACT)
    lost = []
    for size in torch.as_tensor(sizes).tolist():
        near = csr_matrix((apart <= 2 * size).numpy())
        lost.append(int((maximum_bipartite_matching(near, perm_type="column") >= 0).sum()))
    return 1 - torch.tensor(lost, dtype=torch.float64) / len(y)
