"""SAGE: the game v(S) = −R(f_S) of a whole data set, and games of risk in closed form (XAI-19)."""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from core.check import choose, require
from core.shapley.coalitions import MOST, coalitions
from core.shapley.estimates import Estimate, Sampled, deal, draw_orders
from core.shapley.prediction import (
    Predict,
    Restricted,
    check_covariance,
    check_like,
    inverse_blocks,
    restrict,
)
from core.shapley.values import shapley_values

Loss = Callable[[Tensor, Tensor], Tensor]
MEASURES = ("sage", "lofo", "permutation", "resampling", "alone")  # importances by a risk
LOSSES: dict[str, Loss] = {  # of each row; cross_entropy: f the (N, k) probabilities, y the class
    "squared": lambda f, y: (f - y) ** 2,
    "cross_entropy": lambda f, y: -f.gather(-1, y.long()[:, None])[:, 0].log(),
}


def sage_values(
    predict: Predict, loss: str | Loss, X: Tensor, y: Tensor, background: Tensor,
    game: str = "interventional", *, n_permutations: int | None = None,
    generator: torch.Generator | None = None, **more: Any,
) -> Estimate | Sampled:  # fmt: skip
    """Shapley values of v(S) = −mean_i loss(f_S(x_i), y_i); Σ φ = R(f_∅) − R(f) (XAI-19).

    Standard errors are over rows if exact in the coalitions (one row: inf), over pairs if sampled.

    Args:
        predict: f, (N, p) rows to (N,) numbers or (N, k) probabilities.
        loss: "squared", "cross_entropy", or a function of predictions and y to (N,) finite losses.
        X, y: (rows, p) and (rows,) where the risk is taken.
        background, game, more: what happens to absent features, as `restrict`.
        n_permutations: None goes over all 2^p coalitions and all rows; M draws M pairs of a row and
            an order, the rows in shuffled passes, so that the sum is exact whenever M is a multiple
            of the number of rows.

    Covert, Lundberg, Lee (2020), Understanding global feature contributions with additive
    importance measures.
    """
    f, x, y = _checked(predict, X, y, background, game, **more)
    if n_permutations is not None:
        *_, last = _pairs(f, loss, x, y, n_permutations, generator, 1)
        return last
    require("the number of features", f.features, 1, MOST, integer=True)
    step = max(1, 2**22 >> f.features)
    phi = []
    for rows, target in zip(x.split(step), y.split(step)):
        table = f.table(rows).movedim(-1, 0)  # (2**p, rows[, k])
        losses = each_loss(loss, table.flatten(0, 1), target.repeat(len(table)))
        phi.append(shapley_values(-losses.view(-1, len(rows)).T))
    return _over_rows(torch.cat(phi))


def sage_snapshots(
    predict: Predict, loss: str | Loss, X: Tensor, y: Tensor, background: Tensor,
    game: str = "interventional", *, n_permutations: int, generator: torch.Generator,
    snapshots: int = 50, **more: Any,
) -> Iterator[Sampled]:  # fmt: skip
    """The sampled `sage_values` on the way: about `snapshots` records, the last the result."""
    f, x, y = _checked(predict, X, y, background, game, **more)
    yield from _pairs(f, loss, x, y, n_permutations, generator, snapshots)


@torch.no_grad()
def permutation_importance(
    predict: Predict, loss: str | Loss, X: Tensor, y: Tensor, n_repeats: int,
    generator: torch.Generator,
) -> Estimate:  # fmt: skip
    """Mean rise of the risk when one column is shuffled; errors over the n_repeats shuffles.

    Breiman (2001), Random forests.
    """
    _, x, y = _checked(predict, X, y, X, "interventional")
    times, (rows, p) = int(require("n_repeats", n_repeats, 1, 10**5, integer=True)), x.shape
    whole = each_loss(loss, torch.as_tensor(predict(x)).double(), y).mean()
    rises = torch.empty(times, p, dtype=torch.float64)
    for j in range(p):
        draws = torch.rand(times, rows, dtype=torch.float64, generator=generator)
        shuffled = x.repeat(times, 1)
        shuffled[:, j] = x[draws.argsort(-1).flatten(), j]
        found = torch.as_tensor(predict(shuffled)).double()
        rises[:, j] = each_loss(loss, found, y.repeat(times)).view(times, rows).mean(1) - whole
    return _over_rows(rises)


def regression_game(cov: Tensor) -> Tensor:
    """v(S) = −Var(Y | X_S) of the best linear predictor, refitted for every S: (2**p,).

    With Gaussian (X, Y) this is −R(f_S) of SAGE for squared loss, and `lofo` of it is leaving a
    feature out and training again; with a sample covariance it is least squares on the data.
    `cov` is that of (X_1, …, X_p, Y), (p + 1, p + 1), p ≤ 15.
    """
    p = require("the number of features", len(cov) - 1, 1, 15, integer=True)
    cov = check_covariance("cov", cov, p + 1)
    with_y, parts = cov[:p, p], coalitions(p).split(4096)
    blocks = (inverse_blocks(cov[:p, :p], S) for S in parts)
    known = [torch.einsum("i,mij,j->m", with_y, each, with_y) for each in blocks]
    return torch.cat(known) - cov[p, p]


def joint_covariance(beta: Tensor, cov: Tensor, noise: float) -> Tensor:
    """Covariance of (X, Y), Y = βᵀX + ε, Cov X = cov, Var ε = noise: (p + 1, p + 1)."""
    cov = check_covariance("cov", cov, len(beta))
    require("noise", noise, 0.0)
    with_y = cov @ beta.double()
    top = torch.cat((cov, with_y[:, None]), dim=1)
    last = torch.cat((with_y, (beta.double() @ with_y + noise)[None]))
    return torch.cat((top, last[None]))


def information_game(joint: Tensor) -> Tensor:
    """v(S) = I(X_S; Y), in nats, (2**p,): SAGE of the best predictor with log loss, plus H(Y).

    `joint` holds the probabilities of (X_1, …, X_p, Y), one axis each, p ≤ 12.
    """
    p = require("the number of features", joint.ndim - 1, 1, 12, integer=True)
    if not (joint >= 0).all() or abs(joint.sum().item() - 1) > 1e-9:
        got = f"the sum {joint.sum().item():g} and the smallest {joint.min().item():g}"
        raise ValueError(f"expected joint to be probabilities that sum to 1, got {got}")
    joint = joint.double()

    def entropy(axes: list[int]) -> Tensor:
        absent = [a for a in range(p + 1) if a not in axes]
        marginal = joint.sum(absent) if absent else joint
        return -torch.special.xlogy(marginal, marginal).sum()

    members = [row.nonzero().flatten().tolist() for row in coalitions(p)]
    h_y = entropy([p])
    known = [entropy(S) + h_y - entropy([*S, p]) for S in members[1:]]
    return torch.stack([torch.zeros_like(h_y), *known])


def each_loss(loss: str | Loss, prediction: Tensor, y: Tensor) -> Tensor:
    """loss for each row, (N,) float64, refused unless finite."""
    if isinstance(loss, str):
        loss = LOSSES[choose("loss", loss, tuple(LOSSES))]
    losses = loss(prediction, y).double()
    if losses.shape != (len(y),):
        raise ValueError(f"expected loss to give {len(y)} values, got shape {tuple(losses.shape)}")
    wrong = (~losses.isfinite()).nonzero()
    if len(wrong):
        raise ValueError(f"expected loss to be finite, got {losses[wrong[0, 0]].item():g}")
    return losses


def _checked(
    predict: Predict, X: Tensor, y: Tensor, background: Tensor, game: str, **more: Any
) -> tuple[Restricted, Tensor, Tensor]:
    f = restrict(predict, background, game, **more)
    x = check_like("X", X, f.background)
    if not isinstance(y, Tensor) or y.shape != (len(x),):
        got = tuple(y.shape) if isinstance(y, Tensor) else type(y).__name__
        raise ValueError(f"expected y with one value for each of {len(x)} rows, got {got}")
    return f, x, y


def _pairs(
    f: Restricted, loss: str | Loss, x: Tensor, y: Tensor, n_permutations: int,
    generator: torch.Generator | None, snapshots: int,
) -> Iterator[Sampled]:  # fmt: skip
    M = int(require("n_permutations", n_permutations, 1, 10**6, integer=True))
    if generator is None:
        raise ValueError("expected a generator with n_permutations, got None")
    orders, group = draw_orders(f.features, M, generator)
    draws = torch.rand(-(-M // len(x)), len(x), dtype=torch.float64, generator=generator)
    rows = draws.argsort(-1).flatten()[:M]  # each row once in a pass

    def worth(masks: Tensor, now: slice) -> Tensor:
        who = rows[now].repeat_interleave(f.features + 1)
        return -each_loss(loss, f(x[who], masks), y[who])

    yield from deal(orders, group, worth, snapshots)


def _over_rows(each: Tensor) -> Estimate:
    spread = each.std(0) if len(each) > 1 else torch.full_like(each[0], torch.inf)
    return Estimate(each.mean(0), spread / len(each) ** 0.5)
