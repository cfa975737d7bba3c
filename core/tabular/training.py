"""Training: the three scores of a table; the same rows give the same score."""

import math

import numpy as np
import torch
from torch import Tensor

from core.rng import generator
from core.tabular.data import Data
from core.tabular.scores import DEPTH, Linear, Net, Score, Trees

TREES, SHRINK, SHARE, LEAF = 32, 0.1, 0.7, 5
HIDDEN, STEPS, LR, DECAY, BETAS = 32, 300, 0.02, 3.0, (0.9, 0.999)
RIDGE, SEED = 1.0, 0
DIGITS = 10  # decimals of a target in its units: y and 10¹² y are the same there


def fit(data: Data, kind: str) -> Score:
    """The score learned from the training rows of a table."""
    return {"linear": _linear, "trees": _trees, "net": _net}[kind](data)


def _linear(data: Data) -> Linear:
    """Least squares; for a probability maximum likelihood less |w|²/2, by Newton's method.

    Without the penalty the weights of classes that can be separated grow without end.
    """
    x, y = data.standard(data.X[data.train]), data.y[data.train]
    if data.task == "regression":
        middle = y.median()
        start = middle + (y - middle).mean()
        weight = torch.linalg.lstsq(x, (y - start)[:, None], driver="gelsd").solution[:, 0]
    else:
        one = torch.cat((x, torch.ones_like(x[:, :1])), dim=1)
        both, penalty = torch.zeros_like(one[0]), torch.full_like(one[0], RIDGE)
        penalty[-1] = 0
        for _ in range(25):
            f = (one @ both).sigmoid()
            slope = one.T @ (f - y) + penalty * both
            curvature = (one * (f * (1 - f))[:, None]).T @ one + torch.diag(penalty)
            both = both - torch.linalg.solve(curvature, slope)
        weight, start = both[:-1], both[-1]
    weight = weight / data.spread
    return Linear(weight, start - weight @ (data.mean - data.middle))


@torch.no_grad()
def _net(data: Data) -> Net:
    """AdamW (Loshchilov and Hutter 2019) on all training rows at once, rate down to 0 (cosine).

    Written out: the first call of `torch.optim` or `torch.autograd` imports for a second.
    """
    x, y = data.standard(data.X[data.train]), data.y[data.train]
    shift, scale = 0.0, 1.0
    if data.task == "regression":
        middle = y.median()
        shift, scale = middle + (y - middle).mean(), (y - middle).std()
        scale = torch.where(scale > 0, scale, 1.0)
    net, wanted = _start(x.shape[1]), (y - shift) / scale
    means, squares = ([torch.zeros_like(w) for w in net] for _ in range(2))
    for step in range(1, STEPS + 1):
        lr = LR * (1 + math.cos(math.pi * (step - 1) / STEPS)) / 2
        for w, g, m, v in zip(net, slope(net, x, wanted, data.task), means, squares):
            m.lerp_(g, 1 - BETAS[0])
            v.lerp_(g * g, 1 - BETAS[1])
            size = (v / (1 - BETAS[1] ** step)).sqrt_().add_(1e-8)
            w.mul_(1 - lr * DECAY).addcdiv_(m, size, value=-lr / (1 - BETAS[0] ** step))
    weight1 = net.weight1 / data.spread
    bias1 = net.bias1 - weight1 @ (data.mean - data.middle)
    return Net(weight1, bias1, net.weight2 * scale, net.bias2 * scale + shift)


def _start(p: int) -> Net:
    """Weights uniform with variance 2/fan-in (He et al. 2015) and 1/fan-in, biases 0."""
    draw = torch.rand(HIDDEN, p + 1, dtype=torch.float64, generator=generator(SEED)) * 2 - 1
    weight1, weight2 = draw[:, :p] * math.sqrt(6 / p), draw[:, p] * math.sqrt(3 / HIDDEN)
    return Net(weight1, torch.zeros(HIDDEN).double(), weight2, torch.zeros(()).double())


def slope(net: Net, x: Tensor, y: Tensor, task: str) -> Net:
    """Gradient of the mean squared error, or of the mean cross-entropy of a probability."""
    hidden = (x @ net.weight1.T + net.bias1).relu_()
    score = hidden @ net.weight2 + net.bias2
    gap = (score.sigmoid() - y if task == "probability" else 2 * (score - y)) / len(y)
    back = gap[:, None] * net.weight2 * (hidden > 0)
    return Net(back.T @ x, back.sum(0), gap @ hidden, gap.sum())


def _trees(data: Data) -> Trees:
    """scikit-learn's gradient boosting, 32 trees of depth 3 (Friedman 2001), as arrays.

    It grows them on columns and a target counted from their medians in units of the usual distance
    from there: scikit-learn compares in float32, and takes what is nearer than 1e-7 for equal.
    """
    from sklearn import ensemble  # slow to import

    regression = data.task == "regression"
    x, y = data.X[data.train] - data.middle, data.y[data.train]
    scale, middle, unit = usual(x), 0.0, 1.0
    if regression:
        middle = y.median()
        unit = usual((y - middle)[:, None])[0]
        y = ((y - middle) / unit).round(decimals=DIGITS)
    kind = ensemble.GradientBoostingRegressor if regression else ensemble.GradientBoostingClassifier
    boosted = kind(
        n_estimators=TREES,
        max_depth=DEPTH,
        learning_rate=SHRINK,
        subsample=SHARE,
        min_samples_leaf=LEAF,
        random_state=SEED,
    ).fit((x / scale).numpy(), y.numpy())
    if regression:
        start = middle + unit * boosted.init_.constant_.item()
    else:
        start = torch.tensor(boosted.init_.class_prior_[1], dtype=torch.float64).logit()
    parts = [_complete(each.tree_) for each in boosted.estimators_[:, 0]]
    feature, threshold, value = (torch.from_numpy(np.stack(part)) for part in zip(*parts))
    return Trees(scale, feature, threshold, SHRINK * unit * value, start)


def usual(rows: Tensor) -> Tensor:
    """The median distance from 0 of each column, of those that are not there; 1 if all are."""
    far = [column[column > 0] for column in rows.abs().T]
    return torch.stack([each.median() if len(each) else rows.new_tensor(1.0) for each in far])


def _complete(tree) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A tree of scikit-learn filled up to depth 3: below an early leaf every row goes left."""
    feature, threshold = np.zeros(7, dtype="i8"), np.full(7, np.inf, dtype="f4")
    found = [0]  # nodes of the tree, level by level
    for node in range(7):
        old = found[node]
        if tree.children_left[old] < 0:
            found += [old, old]
            continue
        found += [tree.children_left[old], tree.children_right[old]]
        feature[node] = tree.feature[old]
        # the largest float32 not above it: float32 values compare as with the float64
        cut = np.float32(tree.threshold[old])
        above = cut > tree.threshold[old]
        threshold[node] = np.nextafter(cut, np.float32(-np.inf)) if above else cut
    return feature, threshold, tree.value[found[7:], 0, 0]
