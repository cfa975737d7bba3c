"""The same flow in zuko, with the same weights: densities, both ways, slopes, continuous flow."""

import math

import pytest
import torch

from benchmarks.flows import peer_of
from core.flows import Flow, exact_velocity, law, ode_log_density, sample
from core.flows.training import Likelihood
from core.rng import generator

pytestmark = pytest.mark.peer
zuko = pytest.importorskip("zuko")


def rough(layers, swap=True):
    start = Flow.start(layers, 1, width=6, swap=swap)
    noise = torch.randn(start.theta.shape, generator=generator(2), dtype=torch.float64)
    return Flow(start.theta + 0.3 * noise, 6, swap)


@pytest.mark.parametrize(("layers", "swap"), [(1, True), (4, True), (3, False)])
def test_density_and_both_ways(layers, swap):
    flow, peer = rough(layers, swap), peer_of(rough(layers, swap))()
    x = sample("moons", 60, generator=generator(0))
    torch.testing.assert_close(flow.log_prob(x), peer.log_prob(x).detach())
    z, log_det = flow.inverse(x)
    theirs, theirs_log_det = peer.transform.call_and_ladj(x)
    torch.testing.assert_close(z, theirs.detach())
    torch.testing.assert_close(log_det, theirs_log_det.detach())
    torch.testing.assert_close(flow.forward(z)[0], peer.transform.inv(z).detach())


def test_the_slope_of_the_likelihood():
    flow = rough(3)
    peer = peer_of(flow)
    x = sample("ring", 40, generator=generator(0))
    loss = -peer().log_prob(x).mean()
    loss.backward()
    ours = Likelihood(flow.theta, flow, 40)
    assert ours.step(x.T.contiguous()).item() == pytest.approx(loss.item(), rel=1e-12)
    slopes = {name: p.grad for name, p in peer.named_parameters()}
    total = sum(float(g.square().sum()) for g in slopes.values())
    assert ours.grad.square().sum().item() == pytest.approx(total, rel=1e-10)
    assert math.sqrt(total) > 1e-2


def test_the_continuous_flow():
    velocity = exact_velocity(law("two"))
    transform = zuko.transforms.FreeFormJacobianTransform(
        lambda t, y: velocity(y, float(t)), 1.0, 0.0, atol=1e-9, rtol=1e-9, exact=True
    )
    x = sample("two", 40, generator=generator(0))
    z, log_det = transform.call_and_ladj(x)
    log_p, ours = ode_log_density(velocity, x, 80)
    torch.testing.assert_close(ours, z, rtol=1e-5, atol=1e-5)
    theirs = -0.5 * z.square().sum(1) - math.log(2 * math.pi) + log_det
    torch.testing.assert_close(log_p, theirs, rtol=1e-3, atol=1e-3)
