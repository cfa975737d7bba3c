"""Data sets and clouds against what is known about them."""

import math
import subprocess
import sys

import numpy as np
import pytest
import torch
from sklearn import datasets

from core import toy
from core.rng import generator

SHAPES = {"breast_cancer": (569, 30), "wine": (178, 13), "iris": (150, 4), "digits": (1797, 64)}


@pytest.mark.parametrize("name", toy.REAL)
def test_real_data_is_standardised(name):
    X, y = toy.real(name)
    assert X.shape == SHAPES[name]
    assert X.dtype == torch.float64
    assert X.mean(0).abs().max() < 1e-12
    power = X.square().mean(0)
    constant = X.abs().amax(0) == 0
    torch.testing.assert_close(power[~constant], torch.ones_like(power[~constant]))
    assert constant.any() == (name == "digits")  # border pixels are always 0
    assert y.unique().tolist() == list(range(int(y.max()) + 1))


@pytest.mark.parametrize("name", toy.REAL)
def test_the_files_are_read_as_scikit_learn_reads_them(name):
    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    constant = X.std(0) == 0
    scaled = (X - X.mean(0)) / np.where(constant, 1, X.std(0))
    np.testing.assert_allclose(toy.real(name).X, np.where(constant, 0, scaled), atol=1e-12)
    assert toy.real(name).y.tolist() == y.tolist()


def test_reading_them_does_not_import_scikit_learn():
    code = "import sys; from core import toy; toy.real('wine'); print('sklearn' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"


def test_wine_has_the_class_sizes_of_its_source():
    assert toy.real("wine").y.bincount().tolist() == [59, 71, 48]


def test_nobody_can_spoil_the_data_for_the_next():
    toy.real("iris").X.zero_()
    assert toy.real("iris").X.abs().max() > 1


def test_the_ring_has_radius_two_and_width_a_tenth():
    r = toy.cloud("ring", 20_000, generator=generator(0)).norm(dim=1)
    assert r.mean().item() == pytest.approx(2.0, abs=0.01)
    assert r.std().item() == pytest.approx(0.1, rel=0.05)


def test_the_blobs_sit_at_the_eight_corners():
    x = toy.cloud("blobs", 4000, generator=generator(0))
    turn = torch.arange(8, dtype=torch.float64) * math.pi / 4
    corners = 2 * torch.stack([turn.cos(), turn.sin()], 1)
    distance, corner = torch.cdist(x, corners).min(1)
    assert distance.max() < 0.1 * 5  # five standard deviations
    assert corner.bincount().min() > 400  # 500 expected, standard deviation 21


def test_the_checker_fills_only_squares_of_one_colour():
    x = toy.cloud("checker", 4000, generator=generator(0))
    assert x.abs().max() <= 2
    squares = x.floor().long()
    assert (squares.sum(1) % 2 == 0).all()
    assert len({tuple(row) for row in squares.tolist()}) == 8


def test_the_moons_are_half_circles_facing_each_other():
    x = toy.cloud("moons", 5000, generator=generator(0)) / 1.5
    upper = x - torch.tensor([-0.5, -0.25], dtype=torch.float64)
    lower = x - torch.tensor([0.5, 0.25], dtype=torch.float64)
    blur = 5 * 0.08 / 1.5  # five standard deviations
    on_upper = ((upper.norm(dim=1) - 1).abs() < blur) & (upper[:, 1] > -blur)
    on_lower = ((lower.norm(dim=1) - 1).abs() < blur) & (lower[:, 1] < blur)
    assert (on_upper | on_lower).all()
    assert 0.45 < (on_upper & ~on_lower).double().mean() < 0.55
    assert x.mean(0).abs().max() < 0.03  # point symmetric about the origin


@pytest.mark.parametrize("name", toy.CLOUDS)
def test_the_same_seed_draws_the_same_cloud(name):
    draws = [toy.cloud(name, 50, generator=generator(s)) for s in (3, 3, 4)]
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])


def test_refuses_unknown_names_and_empty_clouds():
    with pytest.raises(ValueError, match="expected data to be one of"):
        toy.real("mnist")
    with pytest.raises(ValueError, match="expected cloud to be one of"):
        toy.cloud("spiral", 10, generator=generator(0))
    with pytest.raises(ValueError, match="expected n a whole number"):
        toy.cloud("ring", 0, generator=generator(0))
