r"""SHAP: the game v(S) = f_S(x_S) of one prediction, for each reading of "feature absent" (XAI-18).

baseline        f(x_S, z) for one reference row z
interventional  E f(x_S, Z), Z from the background: what most software computes (erratum E-101)
conditional     E[f(X) | X_S = x_S] for Gaussian X, by conditioning the background rows
empirical       E[f(X) | X_S = x_S] by weights on the background rows, heavy near x_S

All four are a mean of f over one filled-in row for each background row; they differ in the filling
or in the weights. Rows are batched: one call of f serves many coalitions.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from core.check import choose, require
from core.shapley.coalitions import MOST, coalitions, spelled
from core.shapley.values import shapley_values

GAMES = ("baseline", "interventional", "conditional", "empirical")
Predict = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Restricted:
    """f_S(x_S): the model that sees only the features in S. Made by `restrict`."""

    predict: Predict
    background: Tensor
    game: str
    cov: Tensor | None
    bandwidth: float
    batch: int

    @property
    def features(self) -> int:
        """p."""
        return self.background.shape[1]

    @torch.no_grad()
    def __call__(self, x: Tensor, masks: Tensor) -> Tensor:
        """f_S(x_S) for each pair of a row of x and a row of masks: (q, p), (q, p) -> (q[, k])."""
        none, everybody = ~masks.any(-1), masks.all(-1)
        step = max(1, self.batch // len(self.background))  # pairs, each with the background
        done: list[tuple[Tensor, Tensor]] = []  # places, and the means there
        if none.any():  # the same for every x
            places = none.nonzero()[:, 0]
            done.append((places, self._ask(self.background).mean(0).expand(len(places), -1)))
        done += [(part, self._ask(x[part])) for part in _split(everybody, self.batch)]
        rest = _split(~(none | everybody), step)
        done += [(part, self._mean(x[part], masks[part])) for part in rest]
        places, means = (torch.cat(each) for each in zip(*done, strict=True))
        mean = torch.empty_like(means).index_copy_(0, places, means)
        wrong = (~mean.isfinite()).nonzero()
        if len(wrong):
            S = spelled(sum(1 << i for i in masks[wrong[0, 0]].nonzero().flatten().tolist()))
            value = mean[tuple(wrong[0])].item()
            raise ValueError(f"expected predict to be finite with features {S}, got {value:g}")
        return mean[:, 0] if mean.shape[1] == 1 else mean

    @torch.no_grad()
    def table(self, x: Tensor) -> Tensor:
        """v(S) = f_S(x_S) for every S and every row of x: (r, p) -> (r[, k], 2**p) float64."""
        rows, S = len(x), coalitions(self.features)
        step = max(1, self.batch // (len(self.background) * rows))
        v = [self(x.repeat(len(T), 1), T.repeat_interleave(rows, 0)) for T in S.split(step)]
        return torch.cat(v).unflatten(0, (-1, rows)).movedim(0, -1).contiguous()

    def _mean(self, x: Tensor, masks: Tensor) -> Tensor:
        z = filled = self.background
        if self.game in ("conditional", "empirical"):
            present, which = masks.unique_consecutive(dim=0, return_inverse=True)
        if self.game == "conditional":
            filled = z + (x[:, None] - z) @ slopes(self.cov, present)[which].to(x.dtype).mT
        filled = torch.where(masks[:, None], x[:, None], filled)
        out = self._ask(filled.view(-1, self.features)).view(len(x), len(z), -1)
        if self.game != "empirical":
            return out.mean(1)
        gap = x[:, None].double() - z
        D2 = ((gap @ inverse_blocks(self.cov, present)[which]) * gap).sum(-1)
        D2 = D2 / masks.sum(-1, keepdim=True)
        return (torch.softmax(-D2 / (2 * self.bandwidth**2), dim=-1)[..., None] * out).sum(1)

    def _ask(self, filled: Tensor) -> Tensor:
        """f of every row, (N, k) float64."""
        out = torch.as_tensor(self.predict(filled))
        if out.ndim not in (1, 2) or len(out) != len(filled):
            each = f"one row for each of {len(filled)}"
            raise ValueError(f"expected predict to give {each}, got shape {tuple(out.shape)}")
        return out.double().view(len(filled), -1)


def restrict(
    predict: Predict, background: Tensor, game: str = "interventional",
    *, cov: Tensor | None = None, bandwidth: float = 0.1, batch: int = 2048,
) -> Restricted:  # fmt: skip
    """The model f restricted to coalitions of features.

    Args:
        predict: f, (N, p) rows to (N,) or (N, k) finite numbers.
        background: (b, p) rows, (p,) for the baseline game, float32 or float64.
        game: what happens to an absent feature, see the head of this file. In "conditional" a row z
            becomes z + Σ_{·S} Σ_SS⁺ (x_S − z_S): a draw from the conditional law if z is one of
            N(μ, Σ) (see `gaussian_background`), regression plus its residual if z is data.
        cov: Σ, (p, p), of conditional and empirical; that of the background when None.
        bandwidth: h of the empirical weights exp(−D²/(2h²)), D² = (x − z)_Sᵀ Σ_SS⁺ (x − z)_S / |S|
            (Aas, Jullum, Løland 2021); h → 0 takes the nearest rows.
        batch: rows handed to f at once, about.
    """
    choose("game", game, GAMES)
    z = check_rows("background", background)
    if game == "baseline" and len(z) != 1:
        raise ValueError(f"expected background to be 1 row with game baseline, got {len(z)}")
    require("bandwidth", bandwidth, 0.0, above=True)
    require("batch", batch, 1, integer=True)
    if cov is None and game in ("conditional", "empirical"):
        if len(z) < 2:
            raise ValueError(f"expected background with at least 2 rows or a cov, got {len(z)}")
        cov = torch.cov(z.double().T).reshape(z.shape[1], z.shape[1])
    if cov is not None:
        cov = check_covariance("cov", cov, z.shape[1])
    return Restricted(predict, z, game, cov, float(bandwidth), int(batch))


def shap_values(
    predict: Predict, x: Tensor, background: Tensor, game: str = "interventional", **more: Any
) -> Tensor:
    """Shapley values of v(S) = f_S(x_S), exact over all 2^p coalitions (XAI-18).

    (p,) or (rows, p), with k outputs (k, p) or (rows, k, p); Σ_j φ_j = f(x) − f_∅. More than 20
    features, or a slow model: hand `prediction_game` to `permutation_estimate` or `kernel_shap`.

    Args:
        x: (p,) or (rows, p), float32 or float64; f is asked in this type, sums are float64.
        more: cov, bandwidth and batch of `restrict`, as the other arguments.
    """
    f = restrict(predict, background, game, **more)
    require("the number of features", f.features, 1, MOST, integer=True)
    phi = shapley_values(f.table(check_like("x", x, f.background)))
    return phi[0] if x.ndim == 1 else phi


def prediction_game(f: Restricted, x: Tensor) -> Callable[[Tensor], Tensor]:
    """The game (m, p) bool rows -> (m,) values f_S(x_S) of one row x, for the estimators."""
    row = check_like("x", x, f.background)
    if len(row) != 1:
        raise ValueError(f"expected x to be 1 row, got {len(row)}")
    return lambda masks: f(row.expand(len(masks), -1), masks)


def gaussian_background(mean: Tensor, cov: Tensor, n: int, generator: torch.Generator) -> Tensor:
    """n draws from N(mean, cov), (n, p) float64, shifted and turned to have these moments exactly.

    Then every mean of a polynomial of degree two is the population's, not only near it.
    """
    p = mean.shape[0]
    cov = check_covariance("cov", cov, p)
    mean = check_rows("mean", mean)[0].double()
    require("n", n, p + 1, 10**6, integer=True)
    draws = torch.randn(int(n), p, dtype=torch.float64, generator=generator)
    draws -= draws.mean(0)
    spread = torch.linalg.cholesky(draws.T @ draws / len(draws))
    white = torch.linalg.solve_triangular(spread.mT, draws, upper=True, left=False)
    size, axes = torch.linalg.eigh(cov)
    return mean + white @ (axes * size.clamp_min(0).sqrt()).T


def inverse_blocks(cov: Tensor, masks: Tensor) -> Tensor:
    """Σ_SS⁺ at the rows and columns of S, 0 elsewhere: (m, p) bool -> (m, p, p)."""
    scale = cov.diagonal().sqrt()
    scale = torch.where(scale > 0, scale, 1.0)  # a constant feature
    scale = scale[:, None] * scale
    R, kept = cov / scale, masks.to(cov)
    both = kept[:, :, None] * kept[:, None]
    blocks = R * both
    if torch.linalg.eigvalsh(R)[0] > 1e-9:  # then every block is regular too
        return torch.linalg.inv(blocks + torch.diag_embed(1 - kept)) * both / scale
    return torch.linalg.pinv(blocks, hermitian=True, rtol=1e-10) / scale


def slopes(cov: Tensor, masks: Tensor) -> Tensor:
    """A_S with E[X | X_S] = μ + A_S (X − μ) for Gaussian X: Σ Σ_SS⁺, (m, p) -> (m, p, p)."""
    return cov @ inverse_blocks(cov, masks)


def check_rows(name: str, rows: Tensor) -> Tensor:
    """(p,) or (n, p) as (n, p), refused by name unless finite, floating and not empty."""
    dtype = rows.dtype if isinstance(rows, Tensor) else type(rows).__name__
    if dtype not in (torch.float32, torch.float64):
        raise ValueError(f"expected {name} to be a float32 or float64 tensor, got {dtype}")
    if rows.ndim not in (1, 2) or rows.numel() == 0:
        raise ValueError(f"expected {name} of shape (p,) or (n, p), got {tuple(rows.shape)}")
    rows = rows.detach().reshape(-1, rows.shape[-1])
    for row, column in (~rows.isfinite()).nonzero().tolist():
        place = f"{rows[row, column]:g} in row {row + 1}, feature {column + 1}"
        raise ValueError(f"expected {name} to be finite, got {place}")
    return rows


def check_like(name: str, x: Tensor, background: Tensor) -> Tensor:
    """x as (rows, p), refused unless its type and features are those of the background."""
    rows = check_rows(name, x)
    if rows.dtype != background.dtype:
        raise ValueError(f"expected {name} to be {background.dtype} like background, got {x.dtype}")
    if rows.shape[1] != background.shape[1]:
        features = f"{background.shape[1]} features of background"
        raise ValueError(f"expected {name} with the {features}, got {rows.shape[1]}")
    return rows


def check_covariance(name: str, cov: Tensor, p: int) -> Tensor:
    """cov as float64, refused by name unless (p, p), symmetric, positive semidefinite."""
    if not isinstance(cov, Tensor) or cov.shape != (p, p):
        got = tuple(cov.shape) if isinstance(cov, Tensor) else type(cov).__name__
        raise ValueError(f"expected {name} to be a {p} × {p} tensor, got {got}")
    cov = check_rows(name, cov).double()
    size = cov.diagonal().abs().max().clamp_min(torch.finfo(torch.float64).tiny)
    gap = (cov - cov.T).abs().max()
    if gap > 1e-9 * size:
        raise ValueError(f"expected {name} to be symmetric, got entries {gap.item():.3g} apart")
    smallest = torch.linalg.eigvalsh(cov)[0].item()
    if smallest < -1e-9 * size:
        eigenvalue = f"the eigenvalue {smallest:.3g}"
        raise ValueError(f"expected {name} to be positive semidefinite, got {eigenvalue}")
    return (cov + cov.T) / 2


def _split(chosen: Tensor, step: int) -> tuple[Tensor, ...]:
    """The indices of the chosen in pieces of `step`, none if nothing is chosen."""
    places = chosen.nonzero()[:, 0]
    return places.split(step) if len(places) else ()
