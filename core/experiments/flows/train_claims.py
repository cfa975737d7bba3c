"""What holds for every stack of coupling layers, and what this one has reached."""

import math

import torch
from torch import Tensor

from core.check import Check, at_least, same
from core.experiments.flows.train import EDGE, SAMPLES, Training, moments, noise, points_of
from core.flows import DATA, Flow, entropy, gaussian, grid, inverse_error
from core.words import number

LUCK = 5  # standard errors
CHECKED, LIKELY = 12, 240  # cells whose density is computed once more, of so many likely ones
NEAR, CLOSE = 1e-6, 0.1  # distances of two laws of x₁: the same one, and about the same


def checks(
    run: Training, *, data: str, drawing: str, layers: int, swap: bool, width: int, seed: int
) -> list[Check]:
    """Of the finished training; a half-done one claims nothing."""
    if run.progress < 1:
        return []
    flow, z = run.flow(width, swap), noise(seed)
    _, learned, held = points_of(data, drawing, seed)
    some = learned[:SAMPLES]
    x, log_det = flow.forward(z)
    back = "f⁻¹(f(z)) = z although s and t of no layer have an inverse: largest distance"
    keeps = (layers == 1 or not swap, "the coordinates take turns")
    passes = "a coordinate that no layer moves is that of the noise, however long one trains: "
    passes += "largest change of x₁"
    log_p = -flow.log_prob(held)
    least = "no model has a mean of −ln p on fresh points below the entropy of their law: "
    least += "mean on held-out points, beside that less what chance allows"
    known = (data in DATA, "nobody knows the law of these points")
    floor = entropy(data) if known[0] else 0.0
    luck = LUCK * float(log_p.std()) / math.sqrt(len(held)) if len(held) > 1 else math.inf
    way = "ln p(x) = ln N(z) − ln |det ∂f/∂z| at z = f⁻¹(x), the determinant by differentiating "
    way += "all layers at once"
    cells, by_hand = _density(flow, run.log_density)
    ends = "the last NLL is that of these weights, on learned and on held-out points; before the "
    ends += "first step it is that of N(0, I); the Gaussian's is that of its formula"
    told = [run.validation[-1], run.train[-1], run.validation[0], run.train[0], run.gaussian]
    found = [
        log_p.mean(), -flow.log_prob(some).mean(), _standard(held), _standard(some),
        _bell(learned, held),
    ]  # fmt: skip
    again = "points and samples, drawn once more"
    return [
        same("FLOW-04", back, flow.inverse(x)[0], z, tol=1e-9),
        same("FLOW-04", passes, run.samples[:, 0].double(), z[:, 0], tol=NEAR, needs=(keeps,)),
        at_least("FLOW-06", least, run.validation[-1], floor - luck, needs=(known,)),
        same("FLOW-03", way, cells, by_hand, tol=1e-3),
        same("FLOW-05", "ln |det ∂f/∂z| is the sum of s over the layers", log_det,
             _stretches(flow, z), tol=1e-9),
        same("FLOW-06", ends, torch.stack([torch.as_tensor(each) for each in told]),
             torch.stack(found), tol=1e-6),
        same("FLOW-01", again, *_rows([run.samples, run.points], [x, learned[: len(run.points)]]),
             tol=1e-4),
        same("", "the least NLL there is, −∫ p ln p", run.floor or 0.0, floor, needs=(known,)),
    ]  # fmt: skip


def _density(flow: Flow, log_density: Tensor) -> tuple[Tensor, Tensor]:
    """ln p in some likely cells: the record's, and by autograd."""
    flat, side = log_density.double().flatten(), len(log_density)
    rows = flat.argsort(descending=True)[: LIKELY : LIKELY // CHECKED]
    at = grid(EDGE, side)[rows].requires_grad_()
    with torch.enable_grad():
        z, _ = flow.inverse(at)
        J = torch.stack(
            [torch.autograd.grad(z[:, i].sum(), at, retain_graph=i == 0)[0] for i in (0, 1)], 1
        )
    z = z.detach()
    return flat[rows], -z.square().sum(1) / 2 - math.log(2 * math.pi) + J.det().abs().log()


def _stretches(flow: Flow, z: Tensor) -> Tensor:
    path, total = flow.path(z), torch.zeros_like(z[:, 0])
    for k in range(flow.layers):
        s, _ = flow.conditioner(k)
        total += s(path[k][:, flow.kept(k)])
    return total


def _standard(x: Tensor) -> Tensor:
    """Mean of −ln p under N(0, I)."""
    return x.square().sum(1).mean() / 2 + math.log(2 * math.pi)


def _bell(learned: Tensor, held: Tensor) -> Tensor:
    """Mean of −ln p under the Gaussian of the learned points, by traces."""
    mean, cov = gaussian(learned)
    off = held - mean
    moment = off.T @ off / len(held)
    spread = torch.linalg.inv(cov) @ moment
    return (spread.trace() + cov.det().log()) / 2 + math.log(2 * math.pi)


def _rows(one: list[Tensor], other: list[Tensor]) -> tuple[Tensor, Tensor]:
    return tuple(torch.cat([part.double().flatten() for part in side]) for side in (one, other))


# --- words ---------------------------------------------------------------------------------------


def says(
    run: Training, *, layers: int, swap: bool, width: int, steps: int, z1: float, z2: float
) -> str:
    """What is reached beside one Gaussian and the least possible; the probe there and back."""
    done = moments(steps)[len(run.validation) - 1]
    told = f"After {done} step{'s' * (done != 1)} "
    told += f"{layers} layers find" if layers != 1 else "one layer finds"
    told += f" the held-out points at a mean −ln p of {number(run.validation[-1], 3, 5e-4)}; "
    told += f"one Gaussian at {number(run.gaussian, 3, 5e-4)}"
    if run.floor is not None:
        told += f", and no model gets below {number(run.floor, 3, 5e-4)}"
    told += "."
    if layers == 1 or not swap:
        told += " No layer moves x₁: it still has the law of the noise."
    x, off = there_and_back(run, width, swap, z1, z2)
    told += f" Your point ends at ({number(x[0], 3, 5e-4)}, {number(x[1], 3, 5e-4)})"
    back = f"to within {number(off, 1)}" if off > 0 else "to the last digit"
    return told + f"; the inverse brings it back {back}."


def there_and_back(
    run: Training, width: int, swap: bool, z1: float, z2: float
) -> tuple[list[float], float]:
    """Where a point of noise ends, and how far the inverse misses it."""
    flow, z = run.flow(width, swap), torch.tensor([[z1, z2]], dtype=torch.float64)
    return flow.forward(z)[0][0].tolist(), float(inverse_error(flow, z))


# --- questions -----------------------------------------------------------------------------------


def apart(one: Tensor, other: Tensor) -> float:
    """Largest difference of the two empirical c.d.f.s of numbers."""
    both = torch.cat([one, other]).sort().values
    ranks = (torch.searchsorted(part.sort().values, both, right=True) for part in (one, other))
    shares = [rank / len(part) for rank, part in zip(ranks, (one, other))]
    return float((shares[0] - shares[1]).abs().max())


def _first(run: Training, seed: int, data: str, drawing: str) -> tuple[str, dict[str, float]]:
    """What x₁ of the samples is like: that of the noise, that of the data, or neither."""
    own, z = run.samples[:, 0].double(), noise(seed)[:, 0]
    _, learned, _ = points_of(data, drawing, seed)
    facts = {"noise": float((own - z).abs().max()), "data": apart(own, learned[:, 0])}
    if facts["noise"] < NEAR:
        return "noise", facts
    return ("data" if facts["data"] < CLOSE else "between"), facts


def _reached(run: Training) -> tuple[float, dict[str, float]]:
    reached = float(run.validation[-1])
    return reached, {"reached": reached}


def _back(run: Training, width: int, swap: bool, seed: int) -> tuple[float, dict[str, str]]:
    off = float(inverse_error(run.flow(width, swap), noise(seed)).max())
    return max(off, 1e-17), {"off": f"{off:.0e}"}


answers = {"first": _first, "still": _reached, "back": _back}
