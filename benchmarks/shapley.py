"""Exact Shapley values of tables and of predictions, and SAGE, against shap, shapiq, sage."""

from collections.abc import Callable, Iterator

import numpy as np
import torch

from benchmarks.row import Row, cpu_ms
from core.nets import mlp
from core.rng import generator
from core.shapley import random_game, sage_values, shap_values, shapley_values


def rows() -> Iterator[Row]:
    """Tables of 8 … 14 players, one row of a 10-64-64-1 network, 256 permutations of SAGE."""
    for p in (8, 10, 12, 14):
        yield from tables(p)
    yield from predictions()
    yield from risks()


def tables(p: int) -> Iterator[Row]:
    """The peers ask a function that looks the table up; that time is theirs."""
    import shap
    import shapiq

    v = random_game(p)
    table, bits = v.numpy(), 1 << np.arange(p)

    def look_up(coalitions):
        return table[(np.asarray(coalitions) > 0.5) @ bits]

    exact = shap.explainers.Exact(look_up, shap.maskers.Independent(np.zeros((1, p))))
    everybody = np.ones((1, p))
    budget = 2 * 2**p + 1

    def by_shap():
        return exact(everybody, max_evals=budget).values[0]

    def by_shapiq():
        values = shapiq.ExactComputer(game=look_up, n_players=p)("SV", order=1)
        return np.array([values[(i,)] for i in range(p)])

    ours_ms = cpu_ms(lambda: shapley_values(v), repeats=51)
    for peer, job in (("shap Exact", by_shap), ("shapiq ExactComputer", by_shapiq)):
        yield Row(
            what=f"Shapley values of a table, {p} players",
            ours_ms=ours_ms,
            peer=f"{peer}, with its look-ups",
            peer_ms=cpu_ms(job, repeats=3),
            budget=10,
            agreement=difference(shapley_values(v), job()),
        )


def predictions() -> Iterator[Row]:
    """Interventional, all 1024 coalitions of 10 features, 100 background rows, float64."""
    import shap
    import shapiq

    net, f = network()
    z = torch.randn(100, 10, generator=generator(1), dtype=torch.float64)
    x = torch.randn(10, generator=generator(2), dtype=torch.float64)
    masker = shap.maskers.Independent(z.numpy(), max_samples=len(z))
    exact = shap.explainers.Exact(f, masker)

    def by_shap():
        return exact(x[None].numpy()).values[0]

    def by_shapiq():
        def game(coalitions):
            filled = np.where(coalitions[:, None], x.numpy(), z.numpy())
            return f(filled.reshape(-1, 10)).reshape(len(coalitions), -1).mean(1)

        values = shapiq.ExactComputer(game=game, n_players=10)("SV", order=1)
        return np.array([values[(i,)] for i in range(10)])

    ours_ms = cpu_ms(lambda: shap_values(net, x, z))
    for peer, job, budget in (
        ("shap Exact", by_shap, 1.8),
        ("shapiq ExactComputer, all coalitions in one call", by_shapiq, 1.0),
    ):
        yield Row(
            what="interventional SHAP of a 10-64-64-1 network, 100 background rows",
            ours_ms=ours_ms,
            peer=peer,
            peer_ms=cpu_ms(job),
            budget=budget,
            agreement=difference(shap_values(net, x, z), job()),
        )


def risks() -> Iterator[Row]:
    """Sampled on both sides: the agreement is that of two random runs."""
    import sage

    net, f = network()
    X = torch.randn(200, 10, generator=generator(3), dtype=torch.float64)
    y = net(X)[:, 0].detach() + torch.randn(200, generator=generator(4), dtype=torch.float64)
    z = X[:100]
    imputer = sage.MarginalImputer(lambda rows: f(rows)[:, None], z.numpy())

    def ours():
        return sage_values(
            net, "squared", X, y, z, n_permutations=256, generator=generator(0)
        ).values

    def peer():
        estimator = sage.PermutationEstimator(imputer, "mse", random_state=0)
        options = {"detect_convergence": False, "bar": False, "verbose": False}
        return estimator(X.numpy(), y.numpy(), batch_size=64, n_permutations=256, **options).values

    yield Row(
        what="SAGE of the same network, 256 permutations",
        ours_ms=cpu_ms(ours),
        peer="sage PermutationEstimator (agreement: sampling error)",
        peer_ms=cpu_ms(peer),
        budget=1.0,
        agreement=difference(ours(), peer()),
    )


def network() -> tuple[torch.nn.Module, Callable[[np.ndarray], np.ndarray]]:
    """A 10-64-64-1 ReLU network, and the same as a function of numpy rows."""
    net = mlp([10, 64, 64, 1], activation="relu", generator=generator(0), dtype=torch.float64)

    @torch.no_grad()
    def f(rows):
        return net(torch.as_tensor(np.asarray(rows, dtype=np.float64)))[:, 0].numpy()

    return net, f


def difference(ours: torch.Tensor, peer: np.ndarray) -> float:
    return float(np.abs(ours.numpy() - peer).max())
