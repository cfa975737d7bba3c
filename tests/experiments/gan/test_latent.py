"""Digits out of two numbers: the walk, the neighbours and the counts by a second route."""

import numpy as np
import pytest
import torch

from core.cnn.training import digits as split
from core.cnn.training import load as reader
from core.cnn.training import logits
from core.experiments.gan import latent_claims as claims
from core.experiments.gan.latent import WALK, drawn, latent
from core.gan.digits import learned, load, nearest, usual
from core.rng import generator
from pages.experiments.gan.latent import EXPERIMENT as LATENT
from pages.figures.gan.latent import TILES, _tiles


@pytest.fixture(scope="module")
def run():
    return latent()


def test_the_walk_goes_straight_from_z_to_w():
    run = latent(z1=-2.0, z2=1.0, w1=2.0, w2=3.0)
    assert run.path[0].tolist() == [-2.0, 1.0] and run.path[-1].tolist() == [2.0, 3.0]
    torch.testing.assert_close(run.path[WALK // 2], torch.tensor([0.0, 2.0]).double())
    back = latent(z1=2.0, z2=3.0, w1=-2.0, w2=1.0)
    torch.testing.assert_close(back.pictures.flip(0), run.pictures)


def test_a_picture_is_that_of_the_weights_written_out(run):
    W1, b1, W2, b2, W3, b3 = (part.numpy() for part in load("penalty"))

    def silu(x):
        return x / (1 + np.exp(-x))

    for k in (0, 7, 20):
        h = silu(W2 @ silu(W1 @ run.path[k].numpy() + b1) + b2)
        picture = 16 / (1 + np.exp(-(W3 @ h + b3)))
        np.testing.assert_allclose(run.pictures[k].numpy(), picture, atol=1e-9)


def test_the_nearest_real_digit_is_found_among_all_of_the_training(run):
    images, shown = split()[0]  # the same digits by the other loader
    for k in (0, 10, 20):
        gaps = (images.flatten(1) / 16 - run.pictures[k] / 16).square().sum(1).sqrt()
        assert float(gaps.min()) == pytest.approx(float(run.away[k]))
        assert int(gaps.argmin()) == int(run.near[k])
        assert claims.real_labels()[int(run.near[k])] == int(shown[run.near[k]])
    assert nearest(learned()[3:4])[0].item() == 3


def test_the_counts_are_those_of_a_thousand_pictures_read_one_by_one():
    counts, typical = drawn("free", 5)
    z = torch.randn(1000, 2, generator=generator(5), dtype=torch.float64)
    fakes = load("free").pictures(z)
    assert int(counts.sum()) == 1000
    for digit in range(10):
        seen = [int(logits(reader(), f.view(1, 8, 8)).argmax()) for f in fakes[digit::40]]
        assert seen == logits(reader(), fakes[digit::40].view(-1, 8, 8)).argmax(1).tolist()
    assert counts.tolist() == [int(n) for n in np.bincount(
        logits(reader(), fakes.view(-1, 8, 8)).argmax(1), minlength=10)]  # fmt: skip
    gaps = sorted(float(nearest(f[None])[1]) for f in fakes)
    assert typical == pytest.approx(gaps[499])


def test_no_picture_changes_faster_than_the_bound():
    for kind in ("penalty", "free"):
        forger, g = load(kind), generator(1)
        a = 3 * torch.randn(200, 2, generator=g, dtype=torch.float64)
        b = a + 1e-4 * torch.randn(200, 2, generator=g, dtype=torch.float64)
        rate = (forger.pictures(a) - forger.pictures(b)).norm(dim=1) / (a - b).norm(dim=1)
        assert 1 < float(rate.max()) <= forger.steepest


def test_a_forged_number_is_noticed(run):
    values = LATENT.defaults()
    assert all(c.holds and c.applies for c in LATENT.checks(run, **values))
    for forged in (
        run._replace(pictures=16 - run.pictures),
        run._replace(near=run.near.roll(1)),
        run._replace(digit=(run.digit + 1) % 10),
        run._replace(counts=run.counts.roll(1)),
        run._replace(path=run.path.flip(1)),
        run._replace(typical=run.typical * 1.01),
    ):
        assert not all(c.holds for c in LATENT.checks(forged, **values))


def test_a_walk_to_itself_stands_still_and_the_bound_is_silent():
    values = LATENT.defaults() | {"w1": -1.0, "w2": 0.5}
    run = LATENT.compute(**LATENT.inputs(values))
    silent = [c for c in LATENT.checks(run, **values) if not c.applies]
    assert [c.why for c in silent] == ["z and w are the same place"]
    assert "stays with one digit" in LATENT.says(run, **values)


def test_the_carpet_shows_each_fake_upright_at_its_z():
    rows = _tiles("penalty")
    i, j = 9, 3  # tile: row from below, column
    middle = -3 + 0.5 * (j + 0.5), -3 + 0.5 * (i + 0.5)
    fake = load("penalty").pictures(torch.tensor(middle).double()).view(8, 8)
    tile = rows[10 * i + 1 : 10 * i + 9, 10 * j + 1 : 10 * j + 9]
    assert np.abs(tile[::-1] - fake.numpy()).max() <= 0.51  # whole grey levels, top row last
    assert rows.shape == (120, 120) and TILES == 12


def test_a_handle_sets_the_z_under_it(run):
    values = LATENT.defaults() | {"z1": 1.3, "z2": -2.2}
    handle = LATENT.figure(run, **values).panels[0].handles[0]
    for row, shift, at, z in zip(handle.matrix, handle.offset, (handle.x, handle.y), (1.3, -2.2)):
        assert row[0] * handle.x + row[1] * handle.y + shift == pytest.approx(z)
        assert at == pytest.approx((z + 3) / 6 * 120 - 0.5)


def test_the_player_walks_and_the_sentence_follows(run):
    values = LATENT.defaults()
    said = [LATENT.says(run, **values | {"t": t}) for t in (0, WALK)]
    for t, text in zip((0, WALK), said):
        assert text.startswith(f"This fake reads as {int(run.digit[t])}.")
        assert f"{float(run.away[t]):.2f} away" in text and f"{usual():.2f} is usual" in text
        picture = LATENT.figure(run, **values | {"t": t})
        assert (picture.frames, picture.drive) == (WALK + 1, "t")
        pair = picture.panels[1].traces[0]["z"]
        np.testing.assert_allclose(pair[:, :8].ravel(), run.pictures[t], rtol=1e-6)
        np.testing.assert_allclose(pair[:, 9:].ravel(), learned()[run.near[t]])


def test_digits_of_a_walk_are_named_once_for_as_long_as_they_last():
    assert claims.run_lengths([7, 7, 1, 1, 7, 5]) == [7, 1, 7, 5]


def test_an_eight_has_its_own_article(run):
    eight = torch.tensor(claims.real_labels()).eq(8).nonzero()[0]
    forged = run._replace(near=run.near.clone().index_fill_(0, torch.tensor([0]), int(eight)))
    values = LATENT.defaults()
    assert "1437 real digits, an 8, is" in LATENT.says(forged, **values)
    assert "real digit shows an 8 and is" in LATENT.figure(forged, **values).panels[1].alt


def test_what_lies_outside_is_refused():
    with pytest.raises(ValueError, match=r"expected z1 in \[-3, 3\], got 3.5"):
        latent(z1=3.5)
    with pytest.raises(ValueError, match="expected kind to be one of penalty, free"):
        latent(kind="other")
