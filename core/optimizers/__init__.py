r"""First-order methods on landscapes of two variables: whole batches of runs, all steps recorded.

Notation: f the landscape, g its gradient where the method takes it, lr the step size, beta the
share of velocity that is kept, betas = (b₁, b₂) and eps as in Adam. With v₀ = m₀ = 0 step k is

=================  ==================================================================
gd, sgd            x ← x − lr g, for sgd with Gaussian noise added to g
momentum           v ← beta v + g,  x ← x − lr v: heavy ball, x − lr g + beta (x − x_prev)
nesterov           the same with g taken at x + beta (x − x_prev) = x − lr beta v
rmsprop            v ← beta v + (1 − beta) g²,  x ← x − lr g / (√v + eps)
adam               m ← b₁ m + (1 − b₁) g,  v ← b₂ v + (1 − b₂) g²,
                   m̂ = m / (1 − b₁ᵏ),  v̂ = v / (1 − b₂ᵏ),  x ← x − lr m̂ / (√v̂ + eps)
momentum_ema       v ← beta v + (1 − beta) g, a mean instead of a sum (E-45)
adam_uncorrected   x ← x − lr m / (√v + eps)
adam_printed       x ← x − lr / (√v̂ + eps), the misprint without direction (E-48)
=================  ==================================================================

Sources: OPT-08, OPT-13, OPT-14, OPT-16, OPT-17. `torch.optim` takes the same steps, with one
difference: the parameter of SGD(nesterov=True) is the look-ahead point x − lr beta v of ours.
"""

from core.optimizers.counts import (
    FALL,
    arrival,
    count_iterations,
    first_below,
    in_steps,
    iterations_to,
)
from core.optimizers.rates import (
    by_powers,
    companion_eigenvalues,
    contraction_rate,
    optimal,
    stability_limit,
)
from core.optimizers.rules import METHODS, NAMES, TITLES
from core.optimizers.runs import (
    BOUND,
    Internals,
    Trajectories,
    following,
    internals,
    opened,
    trajectories,
)

__all__ = [
    "BOUND",
    "FALL",
    "METHODS",
    "NAMES",
    "TITLES",
    "Internals",
    "Trajectories",
    "arrival",
    "by_powers",
    "companion_eigenvalues",
    "contraction_rate",
    "count_iterations",
    "first_below",
    "following",
    "in_steps",
    "internals",
    "iterations_to",
    "opened",
    "optimal",
    "stability_limit",
    "trajectories",
]
