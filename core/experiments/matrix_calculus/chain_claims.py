"""What backpropagation claims: MC-19 and MC-24, beside autograd."""

import math

import numpy as np
import torch

from core.check import Check, at_least, at_most, equal, same
from core.experiments.matrix_calculus.chain import LAYERS, Chain, Net, drawn
from core.words import number, spaced

RANK = 1e-6  # of the largest singular value: less counts as 0


def checks(
    run: Chain, *, inputs: int, hidden1: int, hidden2: int, outputs: int, batch: int, layer: int,
    seed: int,
) -> list[Check]:  # fmt: skip
    """Counts, the order of the chain rule, softmax, the gradient, its rank, the mode to choose."""
    widths = (inputs, hidden1, hidden2, outputs)
    net = drawn(widths, batch, seed)
    y, G, below, gap = _autograd(net, layer)
    length = net_x(net, layer)
    size, low = max(1.0, float(G.abs().max())), max(1.0, float(below.abs().max()))
    forward = [hidden1 * hidden2 * inputs, hidden2 * outputs * inputs]
    reverse = [outputs * hidden1 * hidden2, outputs * hidden1 * inputs]
    z = y[0].numpy()
    s = np.exp(z - z.max())
    s /= s.sum()
    sums = torch.cat([run.J.sum(0), run.J.sum(1)])
    squares = torch.linalg.eigvalsh(G @ G.T if len(G) <= G.shape[1] else G.T @ G).flip(0)
    scale = float(squares[0]) or 1.0
    m = len(run.sigma)
    return [
        same("MC-19", "J₃(J₂J₁) and (J₃J₂)J₁ in multiplications: rows times inner times columns "
             "of each product, for every sample", [*run.forward, *run.reverse],
             [batch * each for each in (*forward, *reverse)]),
        equal("MC-19", "the order flips: ⟨v, J₃J₂J₁u⟩ by products from the right, "
              "⟨J₁ᵀJ₂ᵀJ₃ᵀv, u⟩ by autograd from the left", *gap, tol=1e-9),
        same("MC-19", "the Jacobian of softmax is diag(s) − ssᵀ, entry i, j is sᵢ([i = j] − sⱼ): "
             "largest difference", run.J, np.diag(s) - np.outer(s, s), tol=1e-12),
        same("MC-19", "its rows and columns sum to 0", sums, 0 * sums, tol=1e-12),
        at_least("MC-19", "and it has no negative eigenvalue: the least one",
                 float(torch.linalg.eigvalsh(run.J)[0]), 0.0, tol=1e-12),
        same("MC-24", "∂ℓ/∂W = Σ δxᵀ and ∂ℓ/∂x = Wᵀδ, beside autograd: largest difference",
             np.concatenate([run.G.ravel() / size, run.below.ravel() / low,
                             (run.delta.T @ run.x).ravel() / size, [run.x.norm() / length]]),
             np.concatenate([G.ravel() / size, below.ravel() / low, G.ravel() / size, [1.0]])),
        same("MC-24", "squares of the singular values of ∂ℓ/∂W, as eigenvalues of its square: "
             "largest difference", run.sigma.square() / scale, squares[:m] / scale, tol=1e-9),
        at_most("MC-24", "the gradient of a batch has at most the rank B: singular value B + 1 "
                "over the first", math.sqrt(max(float(squares[batch]), 0.0) / scale)
                if batch < len(squares) else 0.0, 0.0, tol=RANK),
    ]  # fmt: skip


def net_x(net: Net, layer: int) -> float:
    """The length of what goes into a layer."""
    h = net.x.numpy()
    for W in net.W[: layer - 1]:
        h = np.tanh(h @ W.numpy().T)
    return float(np.linalg.norm(h))


def _autograd(net: Net, layer: int):
    """Outputs, ∂ℓ/∂W and ∂ℓ/∂x of the layer, and one number of the Jacobian of a sample twice."""
    W = [each.clone().requires_grad_() for each in net.W]
    h = [net.x.clone().requires_grad_()]
    for k in range(LAYERS):
        z = torch.nn.functional.linear(h[-1], W[k])
        h.append(torch.tanh(z) if k < LAYERS - 1 else z)
    loss = 0.5 * torch.nn.functional.mse_loss(h[-1], net.t, reduction="sum")
    G, below = torch.autograd.grad(loss, [W[layer - 1], h[layer - 1]], retain_graph=True)
    v = torch.cos(torch.arange(h[-1].shape[1], dtype=torch.float64))
    u = torch.sin(1 + torch.arange(net.x.shape[1], dtype=torch.float64))
    (pulled,) = torch.autograd.grad((h[-1][0] * v).sum(), h[0])
    pushed = u
    for k in range(LAYERS):
        pushed = net.W[k] @ pushed
        pushed = pushed * (1 - h[k + 1][0].detach().square()) if k < LAYERS - 1 else pushed
    return h[-1].detach(), G, below, (float(v @ pushed), float(pulled[0] @ u))


# --- words ---------------------------------------------------------------------------------------


def rank(run: Chain) -> int:
    """Singular values that are not 0."""
    return int((run.sigma > RANK * run.sigma[0]).sum()) if float(run.sigma[0]) > 0 else 0


def says(run: Chain, *, batch: int, layer: int) -> str:
    """Both costs, and the rank of the gradient."""
    forward, reverse = sum(run.forward), sum(run.reverse)
    start = f"From the input on, the Jacobian takes {spaced(forward)} multiplications, from the "
    start += f"output back {spaced(reverse)}"
    ratio = number(max(forward, reverse) / min(forward, reverse))
    if forward == reverse:
        start += ", the same number."
    elif ratio == "1":
        start += ", about the same number."
    else:
        start += f": {ratio} times fewer." if forward > reverse else f": {ratio} times as many."
    rows, columns = run.G.shape
    samples = (
        "1 sample is one outer product"
        if batch == 1
        else f"{batch} samples are {batch} outer products"
    )
    return (
        f"{start} ∂ℓ/∂W{'₁₂₃'[layer - 1]} is {rows} × {columns}, and {samples}: rank {rank(run)}."
    )


def _count(run: Chain) -> tuple[float, dict]:
    return run.ratio, {
        "forward": spaced(sum(run.forward)), "reverse": spaced(sum(run.reverse)),
        "times": f"{run.ratio:.0f}",
    }  # fmt: skip


def _mode(run: Chain) -> tuple[str, dict]:
    forward, reverse = sum(run.forward), sum(run.reverse)
    key = "forward" if forward < reverse else "reverse" if reverse < forward else "same"
    return key, {"forward": spaced(forward), "reverse": spaced(reverse)}


answers = {"count": _count, "mode": _mode, "rank": lambda run: (float(rank(run)), {})}
