"""A stack of layers: autograd determinants, the layers one by one, masses, samples; the data."""

import math

import pytest
import torch

from core.flows import (
    BASES,
    DATA,
    Flow,
    base_law,
    coupling,
    coupling_inverse,
    entropy,
    gap_mass,
    gap_mass_of_data,
    gaussian,
    grid,
    inverse_error,
    law,
    log_density,
    mass,
    nll,
    sample,
)
from core.flows.stack import BOUND
from core.rng import generator


def rough(layers=3, seed=1, size=0.3, **more):
    """A flow whose weights are no longer those of the identity."""
    flow = Flow.start(layers, seed, width=6, **more)
    noise = torch.randn(flow.theta.shape, generator=generator(seed), dtype=torch.float64)
    return Flow(flow.theta + size * noise, 6, flow.swap, flow.base)


def points(n, seed=0):
    return torch.randn(n, 2, generator=generator(seed), dtype=torch.float64)


@pytest.mark.parametrize("base", BASES)
def test_an_untrained_flow_is_the_identity(base):
    flow, z = Flow.start(4, base=base), points(20)
    x, log_det = flow.forward(z)
    assert torch.equal(x, z) and torch.equal(log_det, torch.zeros(20).double())
    torch.testing.assert_close(flow.log_prob(x), base_law(base).log_density(x))
    assert flow.layers == 4


@pytest.mark.parametrize("swap", [True, False])
@pytest.mark.parametrize("layers", [1, 2, 5])
def test_the_log_determinant_is_that_of_autograd(layers, swap):
    flow, z = rough(layers, swap=swap), points(12)
    x, log_det = flow.forward(z)
    back, minus = flow.inverse(x)
    assert log_det.abs().min() > 1e-3
    torch.testing.assert_close(back, z, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(minus, -log_det, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(inverse_error(flow, z), torch.zeros(12).double(), rtol=0, atol=1e-9)
    for i in range(12):
        J = torch.func.jacrev(lambda z: flow.forward(z[None])[0][0])(z[i])
        assert torch.linalg.slogdet(J)[1].item() == pytest.approx(log_det[i].item(), abs=1e-9)


def test_the_stack_is_its_layers_one_after_another():
    flow, z = rough(4), points(15)
    x, total = z, 0.0
    for k in range(4):
        s, t = flow.conditioner(k)
        y, log_det = coupling(x if k % 2 else x.flip(1), s, t, 1)
        back = coupling_inverse(y, s, t, 1)
        x, total, before = y if k % 2 else y.flip(1), total + log_det, x
        torch.testing.assert_close(back if k % 2 else back.flip(1), before)
        torch.testing.assert_close(flow.path(z)[k + 1], x)
    torch.testing.assert_close(flow.forward(z)[0], x)
    torch.testing.assert_close(flow.forward(z)[1], total)
    normal = -0.5 * z.square().sum(1) - math.log(2 * math.pi)
    torch.testing.assert_close(flow.log_prob(x), normal - total)


def test_the_coordinates_take_turns_only_with_swaps():
    z = points(10)
    for swap in (True, False):
        steps = rough(4, swap=swap).path(z).diff(dim=0)
        assert steps.shape == (4, 10, 2)
        for k, step in enumerate(steps):
            kept = (k + 1) % 2 if swap else 0
            assert torch.equal(step[:, kept], torch.zeros(10).double())
            assert step[:, 1 - kept].abs().min() > 0
    assert torch.equal(rough(4, swap=False).forward(z)[0][:, 0], z[:, 0])


def test_no_layer_stretches_by_more_than_its_bound():
    flow = rough(1, size=30.0)
    s, _ = flow.conditioner(0)
    size = s(torch.linspace(-3, 3, 500, dtype=torch.float64)[:, None]).abs().max()
    assert 0.9 * BOUND < size <= BOUND


@pytest.mark.parametrize("base", BASES)
def test_the_density_integrates_to_1_and_samples_follow_it(base):
    flow = rough(3, size=0.05, base=base)
    assert (flow.forward(points(99))[0] - points(99)).norm(dim=1).mean() > 0.2
    assert mass(flow, (-12, 12), (-12, 12), 400) == pytest.approx(1, abs=1e-5)
    x = flow.sample(20_000, generator(5))
    for across, up in (((-1, 0), (-2, 2)), ((0.5, 3), (-0.5, 1.5)), ((-3, 3), (0, 4))):
        inside = (x[:, 0] > across[0]) & (x[:, 0] < across[1])
        inside &= (x[:, 1] > up[0]) & (x[:, 1] < up[1])
        p = mass(flow, across, up, 150)
        error = math.sqrt(p * (1 - p) / 20_000)
        assert inside.double().mean().item() == pytest.approx(p, abs=5 * error + 1e-5)


def test_points_in_blocks_and_in_single_precision():
    flow, z = rough(2), points(10_000)
    x, log_det = flow.forward(z)
    torch.testing.assert_close(flow.forward(z[9000:])[0], x[9000:])
    torch.testing.assert_close(flow.forward(z[:10])[1], log_det[:10])
    single, _ = flow.forward(z.float())
    assert single.dtype == torch.float32 and flow.log_prob(single).dtype == torch.float32
    torch.testing.assert_close(single.double(), x, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Flow.start(0), r"expected layers a whole number in \[1, 16\], got 0"),
        (lambda: Flow.start(2, width=0), "expected width"),
        (lambda: Flow.start(2, base="ring"), "expected base"),
        (lambda: Flow(torch.zeros(2, 7), 6), r"expected theta of shape \(layers, 68\)"),
        (lambda: Flow.start(2).forward(torch.zeros(3)), r"expected z of shape \(n, 2\)"),
        (lambda: Flow.start(2).inverse(torch.full((1, 2), math.inf)), "expected x to be finite"),
        (lambda: Flow.start(2).conditioner(2), "expected k"),
        (lambda: Flow.start(2).sample(0, generator(0)), "expected n"),
        (lambda: mass(Flow.start(1), (1, 1)), "expected across"),
        (lambda: mass(Flow.start(1), up=(1, math.inf)), "expected up"),
        (lambda: mass(Flow.start(1), cells=1), "expected cells"),
        (lambda: gap_mass(Flow.start(1), 0.0), "expected half"),
        (lambda: sample("swiss roll", 5, generator=generator(0)), "expected data"),
        (lambda: law("checker"), "expected data"),
        (lambda: gaussian(torch.ones(9, 2)), "not all on one line"),
        (lambda: gaussian(torch.ones(2, 2)), "number of points"),
        (lambda: grid(0.0, 5), "expected reach"),
    ],
)
def test_refuses_by_name(call, words):
    with pytest.raises(ValueError, match=words):
        call()


# --- data ----------------------------------------------------------------------------------------


class Known:
    def __init__(self, name):
        self.name = name

    def log_prob(self, x):
        return log_density(self.name, x)


@pytest.mark.parametrize("name", DATA)
def test_samples_follow_the_known_density(name):
    assert mass(Known(name), (-4, 4), (-4, 4), 240) == pytest.approx(1, abs=1e-6)
    x = sample(name, 20_000, generator=generator(2))
    own = -log_density(name, x)
    error = own.std().item() / math.sqrt(len(x))
    assert own.mean().item() == pytest.approx(entropy(name), abs=5 * error + 1e-12)
    for across in ((-1.9, -0.6), (0.3, 2.05)):
        inside = (x[:, 0] > across[0]) & (x[:, 0] < across[1]) & (x[:, 1] > 0.1)
        p = mass(Known(name), across, (0.1, 4.0), 120)
        share = inside.double().mean().item()
        assert share == pytest.approx(p, abs=5 * math.sqrt(p * (1 - p) / len(x)) + 3e-3)


def test_entropies_in_closed_form():
    assert entropy("checker") == math.log(8)
    bell = 1 + math.log(2 * math.pi)
    assert entropy("blobs") == pytest.approx(math.log(8) + bell + 2 * math.log(0.1), abs=1e-6)
    assert entropy("two") == pytest.approx(math.log(2) + bell + 2 * math.log(0.4), abs=1e-5)
    # the ring: nearly a uniform angle and a normal radius
    near = math.log(4 * math.pi) + 0.5 + 0.5 * math.log(2 * math.pi * 0.01)
    assert entropy("ring") == pytest.approx(near, abs=2e-3)


def test_the_gaussian_of_greatest_likelihood():
    x = sample("moons", 500, generator=generator(0))
    fit = gaussian(x)
    peer = torch.distributions.MultivariateNormal(x.mean(0), x.T.cov(correction=0))
    torch.testing.assert_close(fit.log_prob(x), peer.log_prob(x))
    # on its own points the quadratic form has the mean 2
    closed = 1 + math.log(2 * math.pi) + 0.5 * fit.cov.logdet().item()
    assert nll(fit, x) == pytest.approx(closed, rel=1e-12)
    for move in (0.05, -0.05):
        assert nll(fit._replace(mean=fit.mean + move), x) > closed
        assert nll(fit._replace(cov=fit.cov * (1 + move)), x) > closed


def test_the_gap_of_the_two_bells():
    assert gap_mass_of_data() == pytest.approx(8.84e-5, rel=1e-3)
    for half in (0.2, 0.5, 1.5):
        assert gap_mass(Known("two"), half) == pytest.approx(gap_mass_of_data(half), rel=1e-4)
    normal = math.erf(0.5 / math.sqrt(2))
    assert gap_mass(Flow.start(2)) == pytest.approx(normal, abs=1e-5)


def test_the_bells_of_the_ring_are_its_density():
    x = 3 * torch.rand(200, 2, generator=generator(1), dtype=torch.float64)
    torch.testing.assert_close(law("ring").density(x), log_density("ring", x).exp())
