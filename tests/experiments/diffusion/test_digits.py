"""Digits out of noise: the film by another sampler, what is asked for, what the sentences say."""

import pytest
import torch

from core.diffusion import ddim, ddpm
from core.diffusion import digits as engine
from core.experiments.diffusion import digits as lab
from core.experiments.diffusion import digits_claims as claims
from core.rng import generator
from pages.experiments.diffusion.digits import EXPERIMENT as DIGITS
from tests import contract
from tests.forgery import failures


def run(**values):
    return contract.run(DIGITS, DIGITS.defaults() | values)


def failed(result, **values):
    return failures(DIGITS.checks(result, **DIGITS.defaults() | values))


def test_the_film_is_ddim_of_a_model_written_out():
    """v of the plain network, mixed by hand, turned into ε by hand, through the sampler."""
    net, label = engine.load(), torch.full((9,), 5)

    def model(x, t):
        none, ours = (
            engine.velocity(net, x, t, of).double() for of in (torch.full_like(label, 10), label)
        )
        v, level = 3 * ours - 2 * none, engine.plan().alpha_bar[t]
        return level.sqrt() * v + (1 - level).sqrt() * x

    xT = torch.randn(9, 64, generator=generator(4), dtype=torch.float64)
    states = list(ddim(model, xT, engine.plan(), 8))
    film = run(label="5", w=3.0, steps=8, seed=4)
    assert film.times == [state.t for state in states]
    for ours, state in zip(film.x, states):
        torch.testing.assert_close(ours, state.x, atol=2e-4, rtol=0)


def test_a_full_chain_of_ddpm_draws_the_same_kind_of_digits():
    """Sampling by all 1000 steps with fresh noise, not by few without: the classes agree."""
    label = torch.arange(10)
    xT = torch.randn(10, 64, generator=generator(0), dtype=torch.float64)
    model = engine.guided(engine.load(), label, 1.0)
    *_, last = ddpm(model, xT, engine.plan(), "posterior", generator(1))
    assert int((engine.read(last.x) == label).sum()) >= 8
    film = run(label="each")
    assert int((film.read == torch.arange(9)).sum()) >= 8


def test_before_the_first_step_the_net_expects_the_mean_of_the_class():
    images, shows = engine.known()[1], engine.labels()[engine.learned()]
    for k in (0, 3, 7):
        first, mean = run(label=str(k)).x0[0], images[shows == k].mean(0)
        to_mean = (first - mean).norm(dim=1).max()
        assert to_mean < 0.5 * (images[shows == k] - mean).norm(dim=1).median()
        others = torch.stack([images[shows == j].mean(0) for j in range(10) if j != k])
        assert (torch.cdist(first, others).amin(1) > to_mean).all()


def test_without_a_class_the_net_expects_the_mean_of_all_digits():
    first, mean = run(w=0.0).x0[0], engine.known()[1].mean(0)
    assert (first - mean).norm(dim=1).max() < 1.5


def test_without_fresh_noise_the_seed_is_all_and_with_it_it_is_not():
    calm, again = run(steps=20), run(steps=20)
    assert torch.equal(calm.x, again.x) and torch.equal(calm.x[0], run(eta=1.0).x[0])
    assert (run(steps=20, eta=1.0).last - calm.last).abs().max() > 0.5


def test_the_last_step_adds_no_noise():
    for eta in (0.0, 0.6, 1.0):
        film = run(eta=eta)
        assert torch.equal(film.x[-1], film.x0[-1])
        torch.testing.assert_close(film.x[-1], film.x0[-2])


@pytest.mark.parametrize("eta", [0.0, 0.4, 1.0])
def test_a_spoiled_film_is_noticed(eta):
    film, given = run(eta=eta, steps=9), {"eta": eta, "steps": 9}
    assert not failed(film, **given)
    for name, at in (("x", 4), ("x0", 0), ("x", 0), ("x0", 4)):
        spoiled = getattr(film, name).clone()
        spoiled[at, 0, 10] += 0.2
        assert failed(film._replace(**{name: spoiled}), **given), (name, at)
    assert failed(film._replace(near=film.near.roll(1)), **given)
    assert failed(film._replace(read=(film.read + 1) % 10), **given)
    assert failed(film, **given | {"eta": 0.7})
    assert failed(film, **given | {"w": 2.0})


def test_the_nearest_digit_is_found_by_looking_at_all():
    film = run(label="8")
    for i in range(9):
        away = [(film.last[i] - one).square().sum().item() for one in engine.known()[1]]
        assert film.far[i].item() == pytest.approx(min(away) ** 0.5, abs=1e-5)
        assert engine.known()[0][away.index(min(away))] == film.near[i]


def test_the_dial_falls_in_variety_and_rises_in_share():
    for label in lab.LABELS:
        share, varied = lab.dialled(label)
        assert share[0] < 0.3 and share[engine.DIAL.index(1.0)] > 0.9
        assert varied[0] > varied[engine.DIAL.index(1.0)] > varied[-1]
    share, varied = lab.dialled("each")
    torch.testing.assert_close(share, engine.dial().share.mean(0))


def test_answers_follow_from_the_run():
    film = run()
    assert claims.answers["first"](film, "3")[0] == "mean"
    sharp = film._replace(x0=engine.known()[1][:9].expand(len(film.x0), 9, 64))
    assert claims.answers["first"](sharp, "3")[0] == "digit"
    assert claims.answers["first"](film._replace(x0=film.x), "3")[0] == "noise"
    copies = film._replace(far=torch.zeros(9))
    assert claims.answers["copied"](copies)[0] == 0
    assert claims.answers["guided"](film, "3", 4.0)[0] == "alike"
    assert claims.answers["guided"](film, "3", 0.0)[0] == "fewer"


def test_the_sentence_counts_in_the_singular_too():
    film, values = run(), DIGITS.defaults()
    one = film._replace(read=torch.tensor([3, *[5] * 8]))
    assert DIGITS.says(one, **values).startswith("1 of 9 is read as 3.")
    assert DIGITS.says(film, **values).startswith("9 of 9 are read as 3.")


def test_every_step_and_every_digit_can_be_looked_at():
    for label in ("each", "1"):
        values = DIGITS.defaults() | {"label": label, "steps": 5, "w": 0.35}
        film = contract.run(DIGITS, values)
        for step in (0, 3, 5, 50):
            picture = DIGITS.figure(film, **values | {"step": step, "digit": 8})
            contract.picture_is_sound(picture, DIGITS)
            assert picture.frames == 6
        noisy, guess = picture.panels[:2]
        assert noisy.traces[0]["z"].tobytes() != guess.traces[0]["z"].tobytes() or step > 5
