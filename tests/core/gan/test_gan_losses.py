"""Losses of both players against autograd, published values and penalties by hand."""

import math

import pytest
import torch

from core.gan import (
    LOSSES,
    between,
    discriminator_loss,
    discriminator_slopes,
    generator_loss,
    generator_slope,
    gradient_penalty,
    r1_penalty,
    value,
)


def outputs(seed: int, n: int = 40) -> torch.Tensor:
    g = torch.Generator().manual_seed(seed)
    return (5 * torch.randn(n, 1, generator=g, dtype=torch.float64)).requires_grad_()


@pytest.mark.parametrize("loss", LOSSES)
def test_slopes_are_the_derivatives(loss):
    real, fake = outputs(0), outputs(1)
    theirs = torch.autograd.grad(discriminator_loss(real, fake, loss), (real, fake))
    for mine, their in zip(discriminator_slopes(real, fake, loss), theirs):
        torch.testing.assert_close(mine / 40, their, rtol=1e-12, atol=1e-15)
    (theirs,) = torch.autograd.grad(generator_loss(fake, loss), fake)
    torch.testing.assert_close(generator_slope(fake, loss) / 40, theirs, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("loss", LOSSES)
def test_each_player_wants_what_it_should(loss):
    low, high = torch.tensor([-0.5]), torch.tensor([0.5])
    assert generator_loss(high, loss) < generator_loss(low, loss)
    assert discriminator_loss(high, low, loss) < discriminator_loss(low, high, loss)
    assert (generator_slope(outputs(2).clamp(max=0.9), loss) < 0).all()


def test_the_discriminator_of_the_minimax_game_lowers_minus_the_value():
    logits = torch.tensor([0.3, -1.2, 2.0, 0.0], dtype=torch.float64)
    p = q = torch.full((4,), 0.25, dtype=torch.float64)
    mine = -value(p, q, logits, 1, logits=True).item()
    for loss in ("saturating", "non_saturating"):
        assert discriminator_loss(logits, logits, loss).item() == pytest.approx(mine, rel=1e-14)
    zero = torch.zeros(3)
    assert discriminator_loss(zero, zero, "saturating").item() == pytest.approx(2 * math.log(2))


def test_by_hand():
    real, fake = torch.tensor([1.0, 3.0]), torch.tensor([0.0, -4.0])
    assert discriminator_loss(real, fake, "wasserstein").item() == -4
    assert generator_loss(fake, "wasserstein").item() == 2
    assert discriminator_loss(real, fake, "least_squares").item() == 5
    assert generator_loss(fake, "least_squares").item() == 6.5
    assert generator_loss(torch.tensor([math.log(3)]), "saturating").item() == pytest.approx(
        -math.log(4)
    )
    assert generator_loss(torch.tensor([math.log(3)]), "non_saturating").item() == pytest.approx(
        math.log(4 / 3)
    )


def test_where_the_push_fades():
    a = torch.tensor([-10.0, -5, 0, 5], dtype=torch.float64)
    fades = [4.5398e-5, 0.0066929, 0.5, 0.9933071]
    assert generator_slope(a, "saturating").tolist() == pytest.approx([-s for s in fades], rel=1e-4)
    stays = [-(1 - s) for s in fades]
    assert generator_slope(a, "non_saturating").tolist() == pytest.approx(stays, abs=1e-6)
    far = torch.tensor([-40.0], dtype=torch.float64)
    assert generator_slope(far, "saturating").item() == pytest.approx(-4.248e-18, rel=1e-3)
    assert generator_slope(far, "non_saturating").item() == -1
    assert generator_loss(-far, "saturating").item() == -40


@pytest.mark.parametrize(
    ("shift", "fading", "lasting"), [(2, 0.45, 1.55), (4, 0.137, 3.86), (8, 3.9e-4, 8.0)]
)
def test_the_mean_push_on_a_shifted_bell(shift, fading, lasting):
    # p_data = N(0, 1), fakes N(s, 1), D = D*: the logit is s²/2 − s x, its slope by x is −s
    x = torch.linspace(shift - 12, shift + 12, 4001, dtype=torch.float64)
    weight = torch.exp(-((x - shift) ** 2) / 2) / math.sqrt(2 * math.pi) * 24 / 4000
    logit = shift**2 / 2 - shift * x
    for loss, size in (("saturating", fading), ("non_saturating", lasting)):
        push = (weight * generator_slope(logit, loss) * -shift).sum().item()
        assert push == pytest.approx(size, rel=0.012)  # positive: descent lowers the shift


def test_penalties_by_hand():
    g = torch.tensor([[3.0, 4.0], [0.0, 1.0]], requires_grad=True)
    assert gradient_penalty(g).item() == 8
    assert r1_penalty(g).item() == pytest.approx(6.5)
    still = torch.zeros(3, 2, requires_grad=True)
    gradient_penalty(still).backward()
    assert gradient_penalty(still).item() == 1 and still.grad.isfinite().all()


def test_places_between_pairs():
    real, fake = torch.tensor([[0.0, 0], [10, 10]]), torch.tensor([[4.0, 0], [10, 20]])
    at = between(real, fake, torch.tensor([[0.25], [0.5]]))
    assert at.tolist() == [[3, 0], [10, 15]]


def test_refusals():
    for call in (
        lambda: generator_loss(torch.ones(1), "hinge"),
        lambda: generator_slope(torch.ones(1), "hinge"),
        lambda: discriminator_loss(torch.ones(1), torch.ones(1), "hinge"),
        lambda: discriminator_slopes(torch.ones(1), torch.ones(1), "hinge"),
    ):
        with pytest.raises(ValueError, match=r"expected loss to be one of saturating.*hinge"):
            call()
