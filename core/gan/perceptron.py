r"""A small network with its backward pass by hand: two hidden layers, one flat vector of weights.

a₁ = W₁x + b₁, h₁ = φ(a₁), a₂ = W₂h₁ + b₂, h₂ = φ(a₂), y = W₃h₂ + b₃ with φ = LeakyReLU(0.2). As φ
is piecewise linear, so is y in x, and the slope of a scalar y is W₃ D₂ W₂ D₁ W₁ with D the slopes
of φ: a penalty on it has a gradient in W₁, W₂, W₃ that a second pass of the same kind finds.
"""

import torch
from torch import Tensor
from torch.nn.functional import leaky_relu

from core.nets import flatten, mlp

LEAK = 0.2


class Perceptron:
    """Weights and gradient of one network, each a flat vector in the order W₁ b₁ W₂ b₂ W₃ b₃."""

    def __init__(
        self, inputs: int, width: int, outputs: int, *, generator, dtype=torch.float32, device="cpu"
    ):
        sizes = (inputs, width, width, outputs)
        net = mlp(sizes, activation="relu", generator=generator, dtype=dtype)
        shapes = [p.shape for p in net.parameters()]
        self.theta = flatten(net).to(device)
        self.grad = torch.zeros_like(self.theta)
        counts = [shape.numel() for shape in shapes]
        self.weights = [v.view(s) for v, s in zip(self.theta.split(counts), shapes)]
        self.slots = [v.view(s) for v, s in zip(self.grad.split(counts), shapes)]

    def forward(self, x: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Outputs (n, outputs) at x (n, inputs), and what the backward pass needs."""
        W1, b1, W2, b2, W3, b3 = self.weights
        h1 = leaky_relu(torch.addmm(b1, x, W1.T), LEAK)
        h2 = leaky_relu(torch.addmm(b2, h1, W2.T), LEAK)
        return torch.addmm(b3, h2, W3.T), (x, h1, h2)

    def backward(self, dy: Tensor, kept: tuple[Tensor, ...]) -> None:
        """Adds to `grad` the gradient of a loss whose slope by the outputs is dy."""
        x, h1, h2 = kept
        _, _, _, _, W3, _ = self.weights
        d2 = _through(dy @ W3, h2)
        d1 = _through(d2 @ self.weights[2], h1)
        for i, (d, h) in enumerate(((d1, x), (d2, h1), (dy, h2))):
            self.slots[2 * i].addmm_(d.T, h)
            self.slots[2 * i + 1].add_(d.sum(0))

    def pull(self, dy: Tensor, kept: tuple[Tensor, ...]) -> Tensor:
        """The slope of that loss by the inputs, shape (n, inputs)."""
        _, h1, h2 = kept
        W1, _, W2, _, W3, _ = self.weights
        return _through(_through(dy @ W3, h2) @ W2, h1) @ W1

    def slopes(self, kept: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
        """∂y/∂x of a scalar output, shape (n, inputs), and what `bend` needs."""
        _, h1, h2 = kept
        W1, _, W2, _, W3, _ = self.weights
        u2 = _through(W3.expand(len(h2), -1), h2)
        u1 = _through(u2 @ W2, h1)
        return u1 @ W1, (u1, u2, h1, h2)

    def bend(self, dg: Tensor, kept: tuple[Tensor, ...]) -> None:
        """Adds to `grad` the gradient of a penalty whose slope by `slopes` is dg, (n, inputs)."""
        u1, u2, h1, h2 = kept
        W1, _, W2, _, _, _ = self.weights
        v1 = _through(dg @ W1.T, h1)
        v2 = _through(v1 @ W2.T, h2)
        self.slots[0].addmm_(u1.T, dg)
        self.slots[2].addmm_(u2.T, v1)
        self.slots[4].add_(v2.sum(0))


def _through(d: Tensor, h: Tensor) -> Tensor:
    """d times the slope of LeakyReLU, whose output h has the sign of its input; fresh memory."""
    return torch.ops.aten.leaky_relu_backward(d, h, LEAK, True)


class Adam:
    """torch.optim.Adam on one flat vector, in place: eps is added after the bias correction."""

    def __init__(self, theta: Tensor, lr: float, betas: tuple[float, float], eps: float = 1e-8):
        self.theta, self.lr, self.betas, self.eps, self.k = theta, lr, betas, eps, 0
        self.m, self.v = torch.zeros_like(theta), torch.zeros_like(theta)

    def step(self, grad: Tensor) -> None:
        """One step down the gradient."""
        self.k += 1
        b1, b2 = self.betas
        self.m.lerp_(grad, 1 - b1)
        self.v.mul_(b2).addcmul_(grad, grad, value=1 - b2)
        root = self.v.sqrt().div_((1 - b2**self.k) ** 0.5).add_(self.eps)
        self.theta.addcdiv_(self.m, root, value=-self.lr / (1 - b1**self.k))
