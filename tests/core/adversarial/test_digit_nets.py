"""Readers of digits: the file, their recipes, and what the measures say of them."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from core.adversarial.attacks import fgsm, pgd
from core.adversarial.digits import (
    BOUNDS,
    READERS,
    TEMPERATURE,
    WEIGHTS,
    learned,
    load,
    save,
    train,
    unseen,
)
from core.adversarial.measures import masked, robust_accuracy, transfer
from core.adversarial.nets import Net
from core.rng import generator

SIZES = [0.0, 0.05, 0.1, 0.15, 0.2, 0.3]
NETS = {name: load(name) for name in READERS}


def parts(net):
    return [*net.weights, *net.biases]


def accuracy(net):
    return float((net(unseen().X).argmax(1) == unseen().y).double().mean())


def test_the_digits_are_split_and_between_the_bounds():
    assert len(learned().y) == 1437 and len(unseen().y) == 360
    for data in (learned(), unseen()):
        assert float(data.X.min()) == BOUNDS[0] and float(data.X.max()) == BOUNDS[1]
        assert torch.equal((16 * data.X).round(), 16 * data.X)
    assert torch.cdist(unseen().X, learned().X).min() > 0


def test_the_file_is_small_and_read_as_written(tmp_path):
    assert WEIGHTS.stat().st_size < 400_000
    for name, net in NETS.items():
        sizes = (64, *READERS[name].hidden, 10)
        assert [tuple(W.shape) for W in net.weights] == list(zip(sizes[1:], sizes))
        assert all(p.dtype == torch.float64 for p in parts(net))
        assert accuracy(net) > 0.96
    copy = tmp_path / "copy.npz"
    save(NETS, copy)
    for name, net in NETS.items():
        assert all(torch.equal(a, b) for a, b in zip(parts(load(name, copy)), parts(net)))
    np.savez(copy, **{"robust W1": np.zeros((128, 63), "f4")})
    load.cache_clear()
    with pytest.raises(ValueError, match=r"expected robust W1 of shape \(128, 64\) as float32"):
        load("robust", copy)


@pytest.mark.parametrize("name", READERS)
def test_a_recipe_is_a_seed(name):
    one, again = train(name, steps=4), train(name, steps=4)
    assert all(torch.equal(a, b) for a, b in zip(parts(one), parts(again)))
    assert not torch.equal(one.weights[0], train(name, steps=5).weights[0])


def test_distilled_is_taught_by_a_net_and_never_sees_a_label():
    other = train("distilled", teacher=NETS["robust"], steps=4)
    assert not torch.equal(other.weights[0], train("distilled", steps=4).weights[0])
    assert 0.5 < float(other.weights[1].norm()) * 8 / 640**0.5 / TEMPERATURE < 2  # at the start 1
    told = NETS["standard"].probabilities(learned().X)
    softer = NETS["distilled"].scaled(1 / TEMPERATURE)
    loss = F.cross_entropy(softer(learned().X), told)
    entropy = -(told * told.clamp_min(1e-300).log()).sum(1).mean()
    assert float(loss - entropy) < 0.02  # as good as the teacher knows


# --- robust accuracy -----------------------------------------------------------------------------


def one_by_one(net, x, y, norm, steps, attack):
    """The same share by the attacks of `core.adversarial.attacks`, size by size, nothing let go."""
    found = torch.zeros(len(y), dtype=torch.bool)
    shares = []
    for eps in SIZES:
        found |= net(x).argmax(1) != y
        for k in range(1, steps + 1) if eps else ():
            if attack == "fgsm":
                moved = fgsm(net, x, y, eps, bounds=BOUNDS, norm=norm)
            else:
                moved = pgd(
                    net, x, y, eps, norm=norm, alpha=2.5 * eps / steps, steps=k, generator=None,
                    bounds=BOUNDS,
                )  # fmt: skip
            found |= net(moved).argmax(1) != y
        shares.append(float((~found).double().mean()))
    return shares


@pytest.mark.parametrize("attack", ["fgsm", "pgd"])
@pytest.mark.parametrize("norm", [2, math.inf])
@pytest.mark.parametrize("name", ["standard", "robust"])
def test_one_batch_says_what_single_attacks_say(name, norm, attack):
    x, y = (part[:120] for part in unseen())
    steps = 1 if attack == "fgsm" else 6
    mine = robust_accuracy(NETS[name], x, y, SIZES, attack=attack, norm=norm, steps=steps)
    wanted = one_by_one(NETS[name], x, y, norm, steps, attack)
    torch.testing.assert_close(mine, torch.tensor(wanted, dtype=torch.float64), atol=0.009, rtol=0)


@pytest.mark.parametrize("name", READERS)
def test_curves_fall_and_begin_at_the_clean_accuracy(name):
    curves = {
        attack: robust_accuracy(
            NETS[name], *unseen(), [*SIZES, 1.0], attack=attack, generator=generator(0)
        )
        for attack in ("noise", "fgsm", "pgd")
    }
    for curve in curves.values():
        assert float(curve[0]) == pytest.approx(accuracy(NETS[name])) and (curve.diff() <= 0).all()
    if name != "distilled":
        assert (curves["pgd"] <= curves["fgsm"] + 0.006).all()
        assert (curves["fgsm"] <= curves["noise"] + 0.006)[:5].all()
        assert float(curves["pgd"][-1]) == 0


def test_what_a_small_attack_has_found_a_large_one_may_not_lose():
    def model(x):
        rise = torch.sin(20 * x) - 0.5
        return torch.cat([-rise, rise], 1)

    x, y = torch.zeros(3, 1, dtype=torch.float64), torch.zeros(3, dtype=torch.int64)
    assert (model(x + 0.08).argmax(1) == 1).all() and (model(x + 0.24).argmax(1) == 0).all()
    shares = robust_accuracy(model, x, y, [0.0, 0.08, 0.24], attack="fgsm", bounds=None)
    assert shares.tolist() == [1, 0, 0]


def test_what_the_page_tells_of_the_five():
    pgd = {n: robust_accuracy(net, *unseen(), SIZES)[3].item() for n, net in NETS.items()}
    assert pgd["standard"] < 0.1 > pgd["other"]
    assert pgd["robust"] > 0.65 and pgd["distilled"] > 0.9
    step = robust_accuracy(NETS["one_step"], *unseen(), [0.25], attack="fgsm").item()
    many = robust_accuracy(NETS["one_step"], *unseen(), [0.25]).item()
    assert step > 0.5 and many < 0.3


def test_a_model_that_is_only_a_function_is_measured_alike():
    net = NETS["other"]
    x, y = (part[:60] for part in unseen())
    plain = robust_accuracy(lambda x: net(x), x, y, SIZES, steps=5)
    torch.testing.assert_close(
        plain, robust_accuracy(net, x, y, SIZES, steps=5), atol=0.017, rtol=0
    )


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA here")
def test_a_gpu_measures_the_same():
    here = robust_accuracy(NETS["robust"], *unseen(), SIZES)
    there = robust_accuracy(NETS["robust"].to("cuda"), *(p.cuda() for p in unseen()), SIZES)
    torch.testing.assert_close(here, there, atol=0.006, rtol=0)


# --- transfer and masks --------------------------------------------------------------------------


@pytest.mark.parametrize("attack", ["fgsm", "pgd"])
def test_the_transfer_matrix_is_made_of_single_attacks(attack):
    x, y = unseen()
    found = transfer(NETS, x, y, 0.15, attack=attack, steps=5)
    for s, source in enumerate(NETS.values()):
        if attack == "fgsm":
            moved = fgsm(source, x, y, 0.15, bounds=BOUNDS)
        else:
            moved = pgd(source, x, y, 0.15, norm=math.inf, alpha=0.075, steps=5, generator=None,
                        bounds=BOUNDS)  # fmt: skip
        for t, target in enumerate(NETS.values()):
            right = target(x).argmax(1) == y
            share = float((target(moved).argmax(1) != y)[right].double().mean())
            assert float(found[s, t]) == pytest.approx(share, abs=0.012)


def test_attacks_carry_over_and_a_mask_stops_none_that_is_made_elsewhere():
    names = list(NETS)
    found = transfer(NETS, *unseen(), 0.15)
    at = {(s, t): float(found[i, j]) for i, s in enumerate(names) for j, t in enumerate(names)}
    assert at["standard", "other"] > 0.8 and at["standard", "robust"] < 0.3
    assert at["standard", "distilled"] > 0.8 and at["distilled", "distilled"] < 0.05
    assert max(at["distilled", t] for t in names) < 0.05  # no gradient, no attack
    assert torch.equal(transfer(NETS, *unseen(), 0.0), torch.zeros(5, 5, dtype=torch.float64))


def examine(net, others):
    return masked(net, *unseen(), 0.15, others=others, generator=generator(1))


@pytest.mark.parametrize("name", READERS)
def test_only_the_distilled_net_is_masked(name):
    net, others = NETS[name], [NETS[other] for other in READERS if other != name]
    evidence = examine(net, others)
    assert evidence.masked == (name == "distilled")
    assert evidence.clean == pytest.approx(accuracy(net))
    if name == "distilled":
        assert evidence.signs == (False, True, True, True, True)
        assert evidence.flat > 0.95 and evidence.transfer > 0.8 > evidence.noise > 0.1
        bare = examine(net.scaled(1 / TEMPERATURE), others)
        assert not bare.masked and bare.pgd > 0.9 and bare.clean == evidence.clean
    assert 1 - evidence.pgd == pytest.approx(
        float(robust_accuracy(net, *unseen(), [0.15])) / evidence.clean
    )


def test_a_ripple_in_the_way_is_found_by_one_step_and_not_by_many():
    """A bump of the loss near the point: small steps stay on it, one long step leaps over it."""

    def model(x):
        rise = 0.3 * torch.sin(20 * x[:, :1]) + 2 * x[:, :1] - 1
        return torch.cat([-rise, rise], 1)

    x, y = torch.full((40, 1), 0.04, dtype=torch.float64), torch.zeros(40, dtype=torch.int64)
    evidence = masked(model, x, y, 0.6, others=[], generator=generator(0), steps=200)
    assert evidence.fgsm == 1 and evidence.pgd == 0 and evidence.transfer == 0
    assert evidence.signs[0] and evidence.masked


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda n, x, y: robust_accuracy(n, x, y, [0.2, 0.1]), "expected epsilons to be ascending"),
        (lambda n, x, y: robust_accuracy(n, x, y, []), "expected epsilons to be ascending"),
        (lambda n, x, y: robust_accuracy(n, x, y, [-0.1]), "expected epsilons in"),
        (lambda n, x, y: robust_accuracy(n, x, y, [0.0, math.nan, 0.1]), "epsilons to be ascend"),
        (lambda n, x, y: robust_accuracy(n, x, y[:2], [0.1]), "expected x of shape"),
        (lambda n, x, y: robust_accuracy(n, x, y, [0.1], attack="cw"), "expected attack"),
        (lambda n, x, y: robust_accuracy(n, x, y, [0.1], norm=1), "expected norm to be 2 or inf"),
        (lambda n, x, y: robust_accuracy(n, x, y, [0.1], steps=0), "expected steps"),
        (lambda n, x, y: robust_accuracy(n, x, y, [0.1], attack="noise"), "expected a generator"),
        (lambda n, x, y: transfer({}, x, y, 0.1), "expected at least one model"),
        (lambda n, x, y: transfer({"n": n}, x, y, -1.0), "expected eps"),
        (lambda n, x, y: transfer({"n": n}, x, y, 1.0, attack="noise"), "one of fgsm, pgd"),
        (lambda n, x, y: masked(n, x, y, 0.0, others=[], generator=None), "expected eps"),
        (lambda n, x, y: masked(n, x, (n(x).argmax(1) + 1) % 10, 0.1, others=[], generator=None),
         "expected a model that reads some point right"),
        (lambda n, x, y: train("cnn"), "expected name"),
        (lambda n, x, y: train("robust", steps=0), "expected steps"),
        (lambda n, x, y: load("cnn"), "expected name"),
    ],
)  # fmt: skip
def test_what_is_out_of_range_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call(NETS["standard"], *(part[:5] for part in unseen()))


def test_a_net_that_reads_nothing_right_is_at_zero():
    x, y = (part[:5] for part in unseen())
    net = Net((torch.zeros(10, 64).double(),), (torch.zeros(10).double(),))
    assert robust_accuracy(net, x, y, [0.0, 0.1]).tolist() == [0, 0]  # ties are lost
