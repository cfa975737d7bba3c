"""The same numbers as the schedulers of diffusers, step by step and to the end.

Their step t is ours t + 1. They clip predicted data to [−1, 1] unless told not to, keep products of
alphas in float32, from which they derive β again, and start below T unless spacing is "trailing".
"""

import math
from itertools import pairwise

import pytest
import torch

from core.diffusion import (
    Mixture,
    convert,
    ddim,
    ddpm,
    exact_model,
    grid,
    posterior,
    q_sample,
    schedule,
)
from core.nets import mlp
from core.rng import generator

pytestmark = pytest.mark.peer

T = 1000
NAMES = {"linear": "linear", "cosine": "squaredcos_cap_v2"}
VARIANCE = {"beta": "fixed_large", "posterior": "fixed_small"}
DATA = Mixture([0.3, 0.5, 0.2], [[-2.0, 0.0], [2.0, 1.0], [0.0, -3.0]], 0.4)


def normal(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=generator(seed), dtype=dtype)


def net(dtype=torch.float64):
    """A prediction that is none of ours: a small net with random weights."""
    layers = mlp([3, 32, 2], generator=generator(0), dtype=dtype)

    def eps(x, t):
        with torch.no_grad():
            return layers(torch.cat([x, torch.full_like(x[:, :1], t / T)], 1))

    return eps


@pytest.fixture
def peer(monkeypatch):
    """A scheduler of diffusers of a kind; "exact" shares our schedule in float64."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    ddpm_module = pytest.importorskip("diffusers.schedulers.scheduling_ddpm")
    ddim_module = pytest.importorskip("diffusers.schedulers.scheduling_ddim")
    classes = {"ddpm": ddpm_module.DDPMScheduler, "ddim": ddim_module.DDIMScheduler}

    def build(which, kind="linear", exact=True, **more):
        more = {"beta_schedule": NAMES[kind], "clip_sample": False} | more
        found = classes[which](T, timestep_spacing="trailing", **more)
        if exact:
            plan = schedule(kind, T)
            found.betas, found.alphas = plan.betas[1:], plan.alphas[1:]
            found.alphas_cumprod = plan.alpha_bar[1:]
            found.one = found.final_alpha_cumprod = torch.ones((), dtype=torch.float64)
        return found

    return build


def walked(scheduler, model, x, steps, **more):
    scheduler.set_timesteps(steps)
    yield x
    for t in scheduler.timesteps.tolist():
        x = scheduler.step(model(x, t + 1), t, x, **more).prev_sample
        yield x


@pytest.mark.parametrize("kind", NAMES)
def test_schedules_agree_as_far_as_float32_holds_them(kind, peer):
    plan, theirs = schedule(kind, T), peer("ddpm", kind, exact=False)
    torch.testing.assert_close(theirs.betas.double(), plan.betas[1:], rtol=2e-4, atol=1e-7)
    torch.testing.assert_close(
        theirs.alphas_cumprod.double(), plan.alpha_bar[1:], rtol=2e-4, atol=1e-7
    )


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize("variance", VARIANCE)
def test_every_ddpm_step_agrees_in_double_precision(kind, variance, peer):
    model, plan = exact_model(DATA, schedule(kind, T).alpha_bar), schedule(kind, T)
    theirs = peer("ddpm", kind, variance_type=VARIANCE[variance])
    ours = list(ddpm(model, normal(50, 2), plan, variance, generator(1)))
    noise = generator(1)
    for now, then in pairwise(ours):
        step = theirs.step(now.eps, now.t - 1, now.x, generator=noise)
        torch.testing.assert_close(step.prev_sample, then.x, rtol=0, atol=1e-6)
        torch.testing.assert_close(step.pred_original_sample, now.x0, rtol=1e-9, atol=1e-6)


@pytest.mark.parametrize("variance", VARIANCE)
def test_a_thousand_steps_of_ddpm_end_at_the_same_points(variance, peer):
    model, x = net(), normal(40, 2)
    *_, ours = ddpm(model, x, schedule("linear", T), variance, generator(2))
    theirs = peer("ddpm", variance_type=VARIANCE[variance])
    *_, end = walked(theirs, model, x, T, generator=generator(2))
    torch.testing.assert_close(end, ours.x, rtol=1e-9, atol=1e-9)
    assert float(ours.x.abs().max()) > 2


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize("steps", [1, 10, 50, 1000])
@pytest.mark.parametrize("eta", [0.0, 0.5, 1.0])
def test_ddim_visits_the_same_points_in_double_precision(kind, steps, eta, peer):
    model, plan, x = (
        exact_model(DATA, schedule(kind, T).alpha_bar),
        schedule(kind, T),
        normal(40, 2),
    )
    ours = list(ddim(model, x, plan, steps, eta, generator(3)))
    theirs = peer("ddim", kind)
    states = walked(theirs, model, x, steps, eta=eta, generator=generator(3) if eta else None)
    for state, point in zip(ours, states, strict=True):
        torch.testing.assert_close(point, state.x, rtol=1e-8, atol=1e-8)
    assert [t + 1 for t in theirs.timesteps.tolist()] == grid(T, steps)[:-1]


@pytest.mark.parametrize("steps", [10, 50])
def test_ddim_in_single_precision_agrees_with_the_reference_as_it_comes(steps, peer):
    model, x = net(torch.float32), normal(200, 2, dtype=torch.float32)
    *_, ours = ddim(model, x, schedule("linear", T), steps)
    *_, end = walked(peer("ddim", exact=False), model, x, steps)
    assert end.dtype == ours.x.dtype == torch.float32
    scale = float(ours.x.abs().max())
    torch.testing.assert_close(end / scale, ours.x / scale, rtol=0, atol=1e-5)


@pytest.mark.parametrize(("word", "predict"), [("sample", "x0"), ("v_prediction", "v")])
def test_data_and_velocity_lead_to_the_same_step(word, predict, peer):
    plan, x = schedule("linear", T), normal(20, 2)
    theirs = peer("ddim", prediction_type=word)
    theirs.set_timesteps(20)
    model = exact_model(DATA, plan.alpha_bar)
    states = list(ddim(model, x, plan, 20))
    for now, then in pairwise(states):
        given = convert(now.eps, now.x, now.t, plan.alpha_bar, "eps", predict)
        step = theirs.step(given, now.t - 1, now.x)
        torch.testing.assert_close(step.prev_sample, then.x, rtol=1e-8, atol=1e-8)


def test_noising_and_the_posterior_agree(peer):
    plan, theirs = schedule("linear", T), peer("ddpm")
    x0, eps, t = normal(30, 2), normal(30, 2, seed=1), torch.arange(1, 1000, 34)
    noised = theirs.add_noise(x0, eps, t - 1)
    torch.testing.assert_close(noised, q_sample(x0, t, eps, plan.alpha_bar), rtol=1e-12, atol=1e-12)
    for i, step in enumerate(t.tolist()):
        row = slice(i, i + 1)
        found = posterior(x0[row], noised[row], step, plan)
        theirs_next = theirs.step(eps[row], step - 1, noised[row], generator=generator(0))
        ours_next = found.mean + found.variance.sqrt() * (normal(1, 2) if step > 1 else 0)
        torch.testing.assert_close(theirs_next.prev_sample, ours_next, rtol=1e-9, atol=1e-9)


def test_the_traps_are_there(peer):
    """What has to be switched off for the two to agree; without it they do not."""
    plan, x = schedule("linear", T), normal(100, 2)
    model = exact_model(DATA, plan.alpha_bar)
    *_, ours = ddim(model, x, plan, 50)
    *_, clipped = walked(peer("ddim", clip_sample=True), model, x, 50)
    assert float(clipped.abs().max()) <= 1 + 1e-9 < float(ours.x.abs().max())
    leading = type(peer("ddim"))(T, clip_sample=False)
    leading.set_timesteps(50)
    assert leading.timesteps[0] == 980 and grid(T, 50)[0] == 1000
    again = (
        1
        - peer("ddpm", exact=False).alphas_cumprod[1:]
        / peer("ddpm", exact=False).alphas_cumprod[:-1]
    )
    off = float((again.double() / plan.betas[2:] - 1).abs().max())
    assert 1e-5 < off < 1e-2 and math.isfinite(off)
