"""The plane through a real loss surface, against plain forward passes and full Hessians."""

import pytest
import torch
from torch.func import functional_call, hessian

from core import nets
from core.experiments.landscapes import network_claims as claims
from core.landscapes.directions import curvature, lanczos, principal, random_directions, rescaled
from core.landscapes.training import LR, problem, sizes, train
from core.rng import generator
from pages.experiments.landscapes.network import EXPERIMENT as NETWORK

SMALL = {"data": "wine", "steps": 40}  # 13-16-3: 275 weights, 178 wines


def last(**values):
    values = NETWORK.defaults() | SMALL | values
    *_, result = NETWORK.compute(**values)
    return result, NETWORK.checks(result, **values), NETWORK.says(result, **values)


@pytest.fixture(scope="module")
def wine():
    return last()


def trained(activation="tanh"):
    net, X, y, loss = problem("wine", activation, 0)
    return net, X, y, loss, train("wine", activation, 0, 2).theta


def test_training_is_torch_adam_on_the_whole_data_set():
    net, X, y, _, theta = trained()
    twin = nets.mlp(sizes("wine"), generator=generator(0), dtype=torch.float64)
    torch.testing.assert_close(nets.flatten(twin), nets.flatten(net).cpu())
    optimizer = torch.optim.Adam(twin.parameters(), lr=LR)
    for _ in range(40):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(twin(X.cpu()), y.cpu()).backward()
        optimizer.step()
    torch.testing.assert_close(nets.flatten(twin), theta.cpu(), rtol=1e-8, atol=1e-10)


def test_a_run_in_blocks_can_stop_anywhere():
    short, long = last(steps=27)[0], last(steps=40)[0]
    torch.testing.assert_close(short.losses, long.losses[:28])
    assert len(short.losses) == 28


def test_every_point_of_the_plane_is_the_loss_of_those_weights(wine):
    result = wine[0]
    net, X, y, _, theta = trained()
    d = random_directions(net, theta, "filter", 0)
    for row, column in ((20, 20), (0, 40), (33, 5)):
        weights = theta + result.sides[0, column] * d[0] + result.sides[1, row] * d[1]
        scores = functional_call(net, nets.unflatten(net, weights), (X,))
        p = scores.softmax(1)[torch.arange(len(y)), y]
        assert result.surface[row, column].item() == pytest.approx(
            -p.log().mean().item(), rel=1e-10
        )


def test_slope_curvature_and_top_eigenvalue_are_those_of_the_full_hessian(wine):
    result = wine[0]
    net, _, _, loss, theta = trained()
    H, g = hessian(loss)(theta), torch.func.grad(loss)(theta)
    d = random_directions(net, theta, "filter", 0)
    torch.testing.assert_close(result.hessian, (d @ H @ d.T).cpu(), rtol=1e-8, atol=1e-10)
    torch.testing.assert_close(result.slope, (d @ g).cpu(), rtol=1e-8, atol=1e-10)
    assert result.top == pytest.approx(torch.linalg.eigvalsh(H)[-1].item(), rel=1e-5)
    torch.testing.assert_close(curvature(loss, theta, d), d @ H)
    for s in (0, 9, 31):
        one = random_directions(net, theta, "filter", s)[0]
        assert result.rerolls[s].item() == pytest.approx((one @ H @ one).item(), rel=1e-8)


def test_filter_normalised_rows_have_the_length_of_the_neurons_weights():
    net, *_, theta = trained()
    d = nets.unflatten(net, random_directions(net, theta, "filter", 3)[1])
    w = nets.unflatten(net, theta)
    for name in w:
        if w[name].dim() == 2:
            torch.testing.assert_close(d[name].norm(dim=1), w[name].norm(dim=1))
        else:
            assert (d[name] == 0).all()


def test_raw_and_filter_directions_are_the_same_draws():
    net, *_, theta = trained()
    raw, scaled = (random_directions(net, theta, kind, 3) for kind in ("raw", "filter"))
    first = slice(0, 13)  # the incoming weights of the first neuron
    cosine = torch.nn.functional.cosine_similarity(raw[0, first], scaled[0, first], dim=0)
    assert cosine.item() == pytest.approx(1.0)
    assert raw[:, : 13 * 16].std().item() == pytest.approx(1.0, abs=0.15)


def test_rescaled_relu_neurons_compute_the_same_function_and_tanh_do_not():
    for activation, same in (("relu", True), ("tanh", False)):
        net, X, _, _, theta = trained(activation)
        before, after = (
            functional_call(net, nets.unflatten(net, t), (X,))
            for t in (theta, rescaled(net, theta, 3.0))
        )
        assert torch.allclose(before, after, rtol=1e-10, atol=1e-10) == same


def test_filter_normalised_pictures_survive_rescaling_and_raw_ones_do_not():
    relu = {"activation": "relu", "rescale": 5.0}
    scaled, checks, says = last(**relu)
    plain, *_ = last(activation="relu")
    torch.testing.assert_close(scaled.surface, plain.surface, rtol=1e-9, atol=1e-12)
    assert scaled.top > 2 * plain.top  # sharpness in weight space is not a property of the function
    assert all(c.holds for c in checks if c.applies)
    assert "did not change" in says
    raw, checks, says = last(**relu, directions="raw", radius=0.3)
    assert raw.loss == pytest.approx(plain.loss, rel=1e-10)
    assert (raw.surface[20] - raw.unscaled).abs().max() > 0.05
    assert any(not c.applies and "raw directions" in c.why for c in checks)
    assert claims.answers["rescaled"](raw) == "picture"


def test_principal_directions_of_a_flat_path_hold_all_of_it():
    t = torch.linspace(0, 1, 30, dtype=torch.float64)[:, None]
    a, b = torch.randn(2, 50, generator=generator(0), dtype=torch.float64)
    path = t * a + t**2 * b
    d = principal(path)
    torch.testing.assert_close(d @ d.T, torch.eye(2, dtype=torch.float64))
    back = ((path - path[-1]) @ d.T) @ d + path[-1]
    torch.testing.assert_close(back, path)


def test_the_training_path_lies_in_its_plane_and_ends_in_the_middle():
    result, checks, _ = last(directions="pca")
    assert result.share > 0.9
    assert result.path[-1].abs().max() < 1e-12
    assert (result.path.abs() <= result.sides[:, -1]).all()
    assert all(c.holds or not c.applies for c in checks)
    random, *_ = last()
    assert random.share < 0.05


def test_lanczos_finds_the_top_of_a_known_spectrum():
    lam = torch.cat([torch.linspace(-1, 1, 98), torch.tensor([3.0, 5.0])]).double()
    Q = torch.linalg.qr(torch.randn(100, 100, generator=generator(1), dtype=torch.float64)).Q
    A = Q @ torch.diag(lam) @ Q.T
    start = torch.randn(100, generator=generator(2), dtype=torch.float64)
    assert lanczos(lambda v: A @ v, start) == pytest.approx(5.0, rel=1e-9)
    assert lanczos(lambda v: 2 * v, start[:1]) == pytest.approx(2.0)


def test_the_middle_stays_and_the_curvature_changes_when_the_die_is_rolled(wine):
    one, two = wine[0], last(direction_seed=5)[0]
    assert one.surface[20, 20].item() == pytest.approx(two.surface[20, 20].item(), rel=1e-12)
    assert abs(one.hessian[0, 0] / two.hessian[0, 0] - 1) > 0.01
    torch.testing.assert_close(one.rerolls, two.rerolls)
    assert two.rerolls[5].item() == pytest.approx(two.hessian[0, 0].item(), rel=1e-9)
    assert claims.answers["roll"](one)[0] == "curvature"


def test_the_checks_hold_and_notice_a_wrong_curvature(wine):
    result, checks, _ = wine
    assert all(check.holds and check.applies for check in checks)
    values = NETWORK.defaults() | SMALL
    bent = NETWORK.checks(result._replace(hessian=-result.hessian), **values)
    moved = NETWORK.checks(result._replace(losses=result.losses + 1e-6), **values)
    assert not all(check.holds for check in bent)
    assert not all(check.holds for check in moved)


def test_every_snapshot_can_be_drawn_and_the_progress_never_falls():
    values = NETWORK.defaults() | SMALL
    progress = []
    for snapshot in NETWORK.compute(**values):
        assert NETWORK.figure(snapshot, **values).panels
        said = NETWORK.says(snapshot, **values)
        if len(snapshot.losses) and not snapshot.surface.numel():
            # the first loss is the one before any step
            assert said.endswith(f"after {len(snapshot.losses) - 1} steps.")
        progress.append(snapshot.progress)
    assert progress == sorted(progress)
    assert (progress[0], progress[-1]) == (0.0, 1.0)
