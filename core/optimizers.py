r"""First-order methods on landscapes of two variables: whole batches of runs, all steps recorded.

Notation: f the landscape, g its gradient where the method takes it, lr the step size, beta the
share of velocity that is kept, betas = (b₁, b₂) and eps as in Adam. With v₀ = m₀ = 0 one step is

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

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from core.check import choose, require
from core.landscapes.surfaces import Landscape

METHODS = (
    "gd",
    "sgd",
    "momentum",
    "nesterov",
    "rmsprop",
    "adam",
    "momentum_ema",
    "adam_uncorrected",
    "adam_printed",
)
BOUND = 1e12  # beyond it a run counts as diverged
BLOCK = 16384  # points per block of steps: what stays in the cache
LARGEST_RECORD = 20_000_000  # points kept by one call
PerMethod = float | Tensor | Sequence[float] | Mapping[str, float | Tensor]


class Trajectories(NamedTuple):
    """Recorded runs.

    Attributes:
        x: iterates, shape (len(methods), *batch, steps + 1, 2).
        f: their values, shape (len(methods), *batch, steps + 1).
        diverged_at: first step at which |x|∞ or |f| exceeds 1e12 or is not finite, -1 for never,
            shape (len(methods), *batch). From that step on x and f keep their last good value;
            where f(x0) itself is out of bounds (step 0), f is 1e12.
    """

    x: Tensor
    f: Tensor
    diverged_at: Tensor


class Internals(NamedTuple):
    """What happens inside the steps of one run; row k leads from x[k] to x[k + 1].

    Attributes:
        x: iterates, shape (steps + 1, 2).
        f: their values, shape (steps + 1,).
        g: gradient used, shape (steps, 2), like all that follow.
        lookahead: where g was taken; x[k] itself except for nesterov.
        m: mean of past gradients (adam) or None.
        v: velocity (momentum, nesterov), mean of squared gradients (rmsprop, adam) or None.
        m_hat, v_hat: after bias correction (adam) or None.
        move: x[k + 1] − x[k].
        diverged_at: as in `Trajectories`; rows from there on are 0.
    """

    x: Tensor
    f: Tensor
    g: Tensor
    lookahead: Tensor
    m: Tensor | None
    v: Tensor | None
    m_hat: Tensor | None
    v_hat: Tensor | None
    move: Tensor
    diverged_at: int


class _Descent:
    """x ← x − lr g. Every rule keeps its state for points of shape (2, n)."""

    looks_ahead = False
    m = v = m_hat = v_hat = None

    def __init__(self, points: Tensor, lr: Tensor):
        self.minus_lr = -lr

    def step(self, x: Tensor, g: Tensor, out: Tensor) -> None:
        torch.addcmul(x, g, self.minus_lr, out=out)


class _NoisyDescent(_Descent):
    def __init__(self, points, lr, noise, generator):
        super().__init__(points, lr)
        self.noise, self.generator, self.draw = noise, generator, torch.empty_like(points)

    def step(self, x, g, out):
        if self.noise:
            g.add_(self.draw.normal_(generator=self.generator), alpha=self.noise)
        super().step(x, g, out)


class _HeavyBall(_Descent):
    def __init__(self, points, lr, beta):
        super().__init__(points, lr)
        self.beta, self.v = beta, torch.zeros_like(points)

    def step(self, x, g, out):
        torch.addcmul(g, self.v, self.beta, out=self.v)
        super().step(x, self.v, out)


class _AveragedBall(_HeavyBall):
    def step(self, x, g, out):
        self.v.lerp_(g, 1 - self.beta)
        _Descent.step(self, x, self.v, out)


class _Nesterov(_HeavyBall):
    looks_ahead = True

    def __init__(self, points, lr, beta):
        super().__init__(points, lr, beta)
        self.reach = -lr * beta

    def look(self, x: Tensor, out: Tensor) -> None:
        torch.addcmul(x, self.v, self.reach, out=out)


class _RMSprop(_Descent):
    def __init__(self, points, lr, beta, eps):
        super().__init__(points, lr)
        self.share, self.eps = 1 - beta, eps
        self.v, self.scale, self.scaled = (torch.zeros_like(points) for _ in range(3))

    def step(self, x, g, out):
        torch.mul(g, g, out=self.scaled)
        self.v.lerp_(self.scaled, self.share)
        torch.sqrt(self.v, out=self.scale).add_(self.eps)
        if not self.eps:
            self.scale.masked_fill_(self.scale == 0, 1.0)  # 0 / 0: no gradient, no move
        torch.mul(g, self.minus_lr, out=self.scaled)
        torch.addcdiv(x, self.scaled, self.scale, out=out)


class _Adam(_Descent):
    corrected, printed = True, False

    def __init__(self, points, lr, betas, eps):
        super().__init__(points, lr)
        self.betas, self.eps, self.k = betas, eps, 0
        self.m, self.v, self.scale, self.scaled = (torch.zeros_like(points) for _ in range(4))

    def step(self, x, g, out):
        b1, b2 = self.betas
        self.k += 1
        c1, c2 = (1 - b1**self.k, 1 - b2**self.k) if self.corrected else (1.0, 1.0)
        self.m.lerp_(g, 1 - b1)
        self.v.mul_(b2).addcmul_(g, g, value=1 - b2)
        torch.sqrt(self.v, out=self.scale).add_(self.eps * math.sqrt(c2))  # √c₂ (√v̂ + eps)
        if self.printed:
            self.scaled.copy_(self.minus_lr)
            c1 = 1.0
        else:
            torch.mul(self.m, self.minus_lr, out=self.scaled)
            if not self.eps:
                self.scale.masked_fill_(self.scale == 0, 1.0)
        torch.addcdiv(x, self.scaled, self.scale, value=math.sqrt(c2) / c1, out=out)

    @property
    def m_hat(self):
        return self.m / (1 - self.betas[0] ** self.k) if self.corrected else None

    @property
    def v_hat(self):
        return self.v / (1 - self.betas[1] ** self.k) if self.corrected else None


class _UncorrectedAdam(_Adam):
    corrected = False


class _PrintedAdam(_Adam):
    printed = True


class _Job(NamedTuple):
    """Validated input: rules for `n` runs each, the landscape and starts flattened to match."""

    landscape: Landscape
    rules: list[_Descent]
    x0: Tensor  # (2, n)
    batch: torch.Size


def _job(
    landscape, methods, x0, lr, *, beta=None, betas=(0.9, 0.999), eps=1e-8, noise=0.0, generator=None
) -> _Job:
    if isinstance(methods, str) or not isinstance(methods, Sequence) or not methods:
        raise ValueError(
            f"expected methods to be a sequence of names from {', '.join(METHODS)}, got {methods!r}"
        )
    for method in methods:
        choose("method", method, METHODS)
    x0 = torch.as_tensor(x0, dtype=torch.float64)
    if x0.ndim == 0 or x0.shape[-1] != 2:
        raise ValueError(f"expected x0 of shape (..., 2), got {tuple(x0.shape)}")
    if not x0.isfinite().all():
        raise ValueError(f"expected x0 to be finite, got {x0[~x0.isfinite()][0]:g}")
    if not isinstance(betas, Sequence) or len(betas) != 2:
        raise ValueError(f"expected betas to be a pair of numbers in [0, 1), got {betas!r}")
    for b in betas:
        require("betas", b, 0, 1, below=True)
    require("eps", eps, 0)
    require("noise", noise, 0)
    if noise and "sgd" in methods and generator is None:
        raise ValueError("expected generator to be a torch.Generator when noise > 0, got None")
    rates = [_number("lr", lr, i, methods, 0, above=True) for i in range(len(methods))]
    shares = [_number("beta", beta, i, methods, 0, 1, below=True) for i in range(len(methods))]
    shapes = [t.shape for t in (*rates, *shares)]
    try:
        batch = torch.broadcast_shapes(x0.shape[:-1], landscape.batch, *shapes)
    except RuntimeError as error:
        raise ValueError(
            f"expected x0 (..., 2), lr, beta and the landscape to broadcast over the batch, got "
            f"{tuple(x0.shape)}, {', '.join(str(tuple(s)) for s in dict.fromkeys(shapes))} and "
            f"{tuple(landscape.batch)}"
        ) from error
    points = x0.expand(*batch, 2).reshape(-1, 2).T.contiguous()

    def flat(t: Tensor) -> Tensor:
        return t if t.ndim == 0 else t.expand(batch).reshape(-1)

    rules = []
    for method, rate, share in zip(methods, rates, shares):
        rate, share = flat(rate), flat(share)
        if method == "gd":
            rules.append(_Descent(points, rate))
        elif method == "sgd":
            rules.append(_NoisyDescent(points, rate, noise, generator))
        elif method == "momentum":
            rules.append(_HeavyBall(points, rate, share))
        elif method == "nesterov":
            rules.append(_Nesterov(points, rate, share))
        elif method == "momentum_ema":
            rules.append(_AveragedBall(points, rate, share))
        elif method == "rmsprop":
            rules.append(_RMSprop(points, rate, share, eps))
        elif method == "adam":
            rules.append(_Adam(points, rate, betas, eps))
        elif method == "adam_uncorrected":
            rules.append(_UncorrectedAdam(points, rate, betas, eps))
        else:
            rules.append(_PrintedAdam(points, rate, betas, eps))
    return _Job(landscape.flattened(batch), rules, points, batch)


def _number(name, given, i, methods, low, high=math.inf, **ends) -> Tensor:
    """The value of `name` for methods[i] as a float64 tensor in the range."""
    method = methods[i]
    default = 0.99 if method == "rmsprop" else 0.9
    if isinstance(given, Mapping):
        if method not in given and name == "lr":
            raise ValueError(f"expected lr for every method, got none for {method}")
        given = given.get(method)
    elif isinstance(given, Sequence) and not isinstance(given, str):
        if len(given) != len(methods):
            raise ValueError(
                f"expected {name} as a sequence to have one value per method ({len(methods)}), "
                f"got {len(given)}; a batch of values is a tensor"
            )
        given = given[i]
    if given is None and name == "beta":
        given = default
    if not isinstance(given, Tensor):
        return torch.tensor(require(name, given, low, high, **ends), dtype=torch.float64)
    given = given.to(torch.float64)
    for end in given.aminmax():
        require(name, end.item(), low, high, **ends)
    return given


def _advance(job: _Job, record: Tensor, watch: Callable | None = None) -> None:
    """Fill record[1:] with the iterates after record[0]; shape (steps + 1, 2, methods, n)."""
    landscape, rules = job.landscape, job.rules
    rows = record.unbind()
    g = torch.empty_like(rows[0])
    gs = g.unbind(1)
    ahead = [i for i, rule in enumerate(rules) if rule.looks_ahead]
    query = torch.empty_like(g) if ahead else None
    queries = query.unbind(1) if ahead else None
    xs = rows[0].unbind(1)
    for k in range(1, len(rows)):
        at = rows[k - 1]
        if ahead:
            at = query.copy_(at)
            for i in ahead:
                rules[i].look(xs[i], queries[i])
        landscape.slope_into(at, g)
        outs = rows[k].unbind(1)
        for rule, x, grad, out in zip(rules, xs, gs, outs):
            rule.step(x, grad, out)
        if watch:
            watch(at, g)
        xs = outs


def _hold(x: Tensor, f: Tensor, k: int, diverged_at: Tensor) -> None:
    """Freeze runs that leave the bounds in a block of steps after step k, in place.

    Args:
        x, f: shapes (c + 1, 2, n) and (c + 1, n); row 0 is the last one of the block before.
        diverged_at: shape (n,), updated.
    """
    lost = diverged_at >= 0
    if lost.any():
        torch.where(lost, x[0], x[1:], out=x[1:])
        torch.where(lost, f[0], f[1:], out=f[1:])
    if _within(x[1:]) and _within(f[1:]):
        return
    bad = ~((x.abs() <= BOUND).all(1) & (f.abs() <= BOUND))
    (runs,) = torch.where(bad.any(0))
    first = bad[:, runs].to(torch.uint8).argmax(0)
    late = torch.arange(len(x))[:, None] >= first
    last = (first - 1)[None]
    xs, fs = x[:, :, runs], f[:, runs]
    x[:, :, runs] = torch.where(late[:, None], xs.gather(0, last.expand(1, 2, -1)), xs)
    f[:, runs] = torch.where(late, fs.gather(0, last), fs)
    diverged_at[runs] = first + k


def _within(t: Tensor) -> bool:
    """Whether every entry is a number in [-BOUND, BOUND]."""
    low, high = torch.aminmax(t)
    return bool(low >= -BOUND) and bool(high <= BOUND)


def trajectories(
    landscape: Landscape,
    methods: Sequence[str],
    x0: Tensor,
    lr: PerMethod,
    steps: int,
    *,
    beta: PerMethod | None = None,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    noise: float = 0.0,
    generator: torch.Generator | None = None,
) -> Trajectories:
    """x₀, x₁, …, x_steps of every method for a whole batch of starts and hyperparameters.

    Args:
        landscape: f with its gradient; a batch of quadratics takes part in the batch.
        methods: a sequence of names from `METHODS`; the module docstring has their formulas.
        x0: starts, shape (..., 2), finite.
        lr: step size > 0. A number, a tensor that broadcasts with the batch of x0, or one value
            per method as a sequence or as a dictionary from name to number or tensor.
        steps: how many, in [1, 100 000].
        beta: in [0, 1), given like lr; by default 0.9 for momentum and nesterov, 0.99 for rmsprop.
        betas: (b₁, b₂) of adam, each in [0, 1).
        eps: ≥ 0, added outside the root (rmsprop, adam).
        noise: standard deviation of the Gaussian noise on each partial derivative (sgd).
        generator: source of that noise, required when it is > 0.

    Returns:
        Float64 records without a NaN; x and f may be strided views of one buffer.

    Raises:
        ValueError: a value outside its range, an unknown method, shapes that do not broadcast.
    """
    require("steps", steps, 1, 100_000, integer=True)
    job = _job(
        landscape,
        methods,
        x0,
        lr,
        beta=beta,
        betas=betas,
        eps=eps,
        noise=noise,
        generator=generator,
    )
    record, f, diverged_at = _recorded(job, int(steps))
    shape = (len(methods), *job.batch)
    x = record.view(*record.shape[:2], *shape).movedim((0, 1), (-2, -1))
    return Trajectories(x, f.view(-1, *shape).movedim(0, -1), diverged_at.view(shape))


def _recorded(job: _Job, steps: int, watch: Callable | None = None) -> tuple[Tensor, Tensor, Tensor]:
    """x (steps + 1, 2, methods, n), f (steps + 1, methods, n) and diverged_at (methods · n)."""
    m, n = len(job.rules), job.x0.shape[1]
    require("methods × batch × (steps + 1)", m * n * (steps + 1), 1, LARGEST_RECORD)
    x = torch.empty(steps + 1, 2, m, n, dtype=torch.float64)
    f = torch.empty(steps + 1, m, n, dtype=torch.float64)
    x[0], f[0] = job.x0[:, None], job.landscape.value(*job.x0)
    diverged_at = torch.full((m * n,), -1).where((f[0].abs() <= BOUND).view(-1), 0)
    f[0] = f[0].nan_to_num(BOUND, BOUND, BOUND).clamp_(-BOUND, BOUND)
    block = max(1, BLOCK // (m * n))
    with torch.no_grad():
        for k in range(0, steps, block):
            xs, fs = x[k : k + block + 1], f[k : k + block + 1]
            _advance(job, xs, watch)
            fs[1:] = job.landscape.value(xs[1:, 0], xs[1:, 1])
            _hold(xs.view(len(xs), 2, -1), fs.view(len(fs), -1), k, diverged_at)
    return x, f, diverged_at


def internals(
    landscape: Landscape, method: str, x0: Tensor, lr: float, steps: int, **hyper
) -> Internals:
    """Gradient, look-ahead, moments and move of every step of one run.

    Args:
        x0: one start, shape (2,).
        landscape, method, lr, steps, hyper: as in `trajectories`, for a single method.
    """
    require("steps", steps, 1, 100_000, integer=True)
    job = _job(landscape, [method], x0, lr, **hyper)
    if job.batch:
        raise ValueError(f"expected a single run, got a batch of shape {tuple(job.batch)}")
    (rule,) = job.rules
    seen: dict[str, list[Tensor]] = {}

    def watch(at: Tensor, g: Tensor) -> None:
        parts = {"g": g, "lookahead": at}
        parts |= {name: getattr(rule, name) for name in ("m", "v", "m_hat", "v_hat")}
        for name, part in parts.items():
            if part is not None:
                seen.setdefault(name, []).append(part.reshape(2).clone())

    record, f, diverged_at = _recorded(job, int(steps), watch)
    x = record.view(-1, 2)
    end = diverged_at.item()
    rows = {name: torch.stack(parts) for name, parts in seen.items()}
    if end >= 0:
        for part in rows.values():
            part[max(end - 1, 0) :] = 0.0
    return Internals(
        x,
        f.view(-1),
        *(rows.get(name) for name in ("g", "lookahead", "m", "v", "m_hat", "v_hat")),
        x.diff(dim=0),
        end,
    )


def steps_to(f: Tensor, factor: float, f_star: float | Tensor = 0.0) -> Tensor:
    """First k with f_k − f* ≤ factor (f₀ − f*), -1 where there is none.

    Args:
        f: values along runs, shape (..., steps + 1).
        factor: by how much the gap must fall, such as 1e-6.
        f_star: the minimum of f, a number or of shape (...).

    Returns:
        Step numbers, shape (...).
    """
    require("factor", factor, 0)
    gap = f - torch.as_tensor(f_star, dtype=f.dtype)[..., None]
    reached = gap <= factor * gap[..., :1]
    return reached.to(torch.uint8).argmax(-1).where(reached.any(-1), -1)


def count_iterations(
    landscape: Landscape,
    methods: Sequence[str],
    x0: Tensor,
    lr: PerMethod,
    factor: float,
    max_steps: int,
    *,
    f_star: float | None = None,
    **hyper,
) -> Iterator[tuple[float, Tensor]]:
    """Snapshots of the search for the first k with f(x_k) − f* ≤ factor (f(x₀) − f*).

    Stops when every run has arrived or diverged. The path is not kept, so `max_steps` may be large.

    Args:
        factor: > 0, such as 1e-6.
        max_steps: where to give up, in [1, 10 000 000].
        f_star: minimum of f; by default from `landscape.minima`.
        landscape, methods, x0, lr, hyper: as in `trajectories`.

    Returns:
        Iterator of (fraction of max_steps used, or 1 when finished; counts so far), counts of
        shape (len(methods), *batch), -1 where not (yet) reached.

    Raises:
        ValueError: as in `trajectories`, or when the minimum of f is not known.
    """
    require("factor", factor, 0, above=True)
    require("max_steps", max_steps, 1, 10_000_000, integer=True)
    f_star = landscape.f_star if f_star is None else f_star
    require("f_star (give it when the landscape does not know its minima)", f_star)
    job = _job(landscape, methods, x0, lr, **hyper)
    return _counting(job, factor, int(max_steps), f_star)


def _counting(job, factor, max_steps, f_star):
    m, n = len(job.rules), job.x0.shape[1]
    counts = torch.full((m, n), -1)
    done = torch.zeros(m, n, dtype=torch.bool)
    active = list(range(m))
    x = job.x0[:, None].expand(2, m, n)
    target = factor * (job.landscape.value(*job.x0) - f_star)
    k, chunk, longest = 0, 64, max(16, min(2048, 4 * BLOCK // (m * n)))
    while active and k < max_steps:
        chunk = min(chunk, max_steps - k)
        record = torch.empty(chunk + 1, 2, len(active), n, dtype=torch.float64)
        record[0] = x
        with torch.no_grad():
            _advance(job._replace(rules=[job.rules[i] for i in active]), record)
            f = job.landscape.value(record[:, 0], record[:, 1])
        reached = f - f_star <= target
        event = reached | ~((f.abs() <= BOUND) & (record.abs() <= BOUND).all(1))
        at = event.to(torch.uint8).argmax(0)
        arrived = reached.gather(0, at[None])[0]
        new = event.any(0) & ~done[active]
        counts[active] = torch.where(new & arrived, at + k, counts[active])
        done[active] |= new
        k += chunk
        going = [j for j, i in enumerate(active) if not done[i].all()]
        x = record[-1][:, going]
        active = [active[j] for j in going]
        chunk = min(2 * chunk, longest)
        yield (k / max_steps if active else 1.0), counts.view(m, *job.batch).clone()


def iterations_to(
    landscape: Landscape,
    method: str,
    x0: Tensor,
    lr: float | Tensor,
    factor: float,
    max_steps: int,
    **hyper,
) -> Tensor:
    """First k with f(x_k) − f* ≤ factor (f(x₀) − f*) of one method, -1 if not within max_steps.

    Args as in `count_iterations`. Returns step numbers of the shape of the batch.
    """
    for _, counts in count_iterations(  # noqa: B007
        landscape, [method], x0, lr, factor, max_steps, **hyper
    ):
        pass
    return counts[0]


def companion_eigenvalues(
    method: str, lr: float | Tensor, beta: float | Tensor, lam: float | Tensor
) -> Tensor:
    r"""Roots of z² − p z + q, by which one step multiplies along an eigenvector with curvature lam.

    gd: (p, q) = (1 − lr lam, 0); momentum: (1 + beta − lr lam, beta);
    nesterov: ((1 + beta)(1 − lr lam), beta (1 − lr lam)).

    Args:
        method: "gd", "momentum" or "nesterov".
        lr, beta, lam: numbers or tensors that broadcast.

    Returns:
        Complex, shape (..., 2), the root of larger modulus first.
    """
    p, q = _characteristic(method, lr, beta, lam)
    root = torch.sqrt((p * p / 4 - q).to(torch.complex128))
    large = p / 2 + torch.where(p < 0, -root, root)
    small = torch.where(root.imag != 0, large.conj(), q / large.where(large != 0, 1.0))
    return torch.stack((large, small), dim=-1)


def contraction_rate(
    method: str, lr: float | Tensor, beta: float | Tensor, eigenvalues: float | Tensor
) -> Tensor:
    """Spectral radius of one step on a quadratic: max over eigenvalues of the larger root.

    The asymptotic factor of ‖x_k − x*‖ per step; below 1 exactly when the method converges.

    Args:
        method: "gd", "momentum" or "nesterov".
        lr, beta: numbers or tensors that broadcast, such as a (lr, beta) grid.
        eigenvalues: of the Hessian, shape (n,), or a number.

    Returns:
        Shape of lr and beta broadcast.
    """
    lr, beta = (torch.as_tensor(t, dtype=torch.float64)[..., None] for t in (lr, beta))
    eigenvalues = torch.atleast_1d(torch.as_tensor(eigenvalues, dtype=torch.float64))
    p, q = _characteristic(method, lr, beta, eigenvalues)
    gap = p * p / 4 - q
    radius = torch.where(gap >= 0, p.abs() / 2 + gap.clamp_min(0).sqrt(), q.abs().sqrt())
    return radius.amax(-1)


def _characteristic(method, lr, beta, lam) -> tuple[Tensor, Tensor]:
    choose("method", method, ("gd", "momentum", "nesterov"))
    lr, beta, lam = torch.broadcast_tensors(
        *(torch.as_tensor(t, dtype=torch.float64) for t in (lr, beta, lam))
    )
    slowed = 1 - lr * lam
    if method == "gd":
        return slowed, torch.zeros_like(slowed)
    if method == "momentum":
        return slowed + beta, beta
    return (1 + beta) * slowed, beta * slowed


def optimal(method: str, mu: float, L: float) -> tuple[float, float]:
    """The (lr, beta) that theory recommends for curvatures in [mu, L].

    gd: 2/(L + mu); momentum: 4/(√L + √mu)² with beta = ((√κ − 1)/(√κ + 1))², both the fastest on
    quadratics; nesterov: 1/L with beta = (√κ − 1)/(√κ + 1), safe for every strongly convex f.
    Sources: ANA-17, OPT-13 (Polyak 1964), OPT-14 (Nesterov 2004, section 2.2).
    """
    choose("method", method, ("gd", "momentum", "nesterov"))
    require("mu", mu, 0, above=True)
    require("L", L, mu)
    root = math.sqrt(L / mu)
    if method == "gd":
        return 2 / (L + mu), 0.0
    if method == "momentum":
        return 4 / (math.sqrt(L) + math.sqrt(mu)) ** 2, ((root - 1) / (root + 1)) ** 2
    return 1 / L, (root - 1) / (root + 1)


def stability_limit(method: str, beta: float | Tensor, L: float | Tensor) -> float | Tensor:
    """The lr at which the method stops converging on quadratics with largest curvature L.

    gd: 2/L; momentum: 2(1 + beta)/L; nesterov: (2 + 2 beta)/(L (1 + 2 beta)).
    """
    choose("method", method, ("gd", "momentum", "nesterov"))
    if method == "gd":
        return 2 / L
    limit = 2 * (1 + beta) / L
    return limit if method == "momentum" else limit / (1 + 2 * beta)
