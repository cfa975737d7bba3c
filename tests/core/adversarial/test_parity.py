"""The same attacked digits as torchattacks and foolbox, on the same network.

Both divide gradients by their size plus a small number, torchattacks by 1e-10 more and foolbox by
1e-12 at least, which shortens the steps of confident digits; torchattacks is told 0 here. DeepFool
of foolbox goes 1e-4 further in every step, that of torchattacks overshoots each step alone.
"""

import math

import pytest
from torch import nn

from core.adversarial import cross_entropy, deepfool, fgsm, outcome, pgd, quantised

pytestmark = pytest.mark.peer

EPS, ALPHA, STEPS = {math.inf: 0.1, 2: 1.0}, {math.inf: 0.00625, 2: 0.0625}, 40
UNIT = (0.0, 1.0)
NORMS = tuple(EPS)


@pytest.fixture
def module(read) -> nn.Module:
    """The network as its text-books write it, on pictures (n, 1, 8, 8)."""
    parts: list[nn.Module] = [nn.Flatten()]
    for W, b in zip(read.net.weights, read.net.biases):
        layer = nn.Linear(W.shape[1], W.shape[0]).double()
        layer.weight.data, layer.bias.data = W.clone(), b.clone()
        parts += [layer, nn.ReLU()]
    return nn.Sequential(*parts[:-1]).eval()


@pytest.fixture
def torchattacks():
    return pytest.importorskip("torchattacks")


@pytest.fixture
def foolbox():
    return pytest.importorskip("foolbox")


def pictures(x):
    return x.view(-1, 1, 8, 8)


def same(ours, theirs, tol=1e-6) -> float:
    """Share of the digits that agree in every pixel."""
    return float(((ours - theirs.reshape(len(ours), -1)).abs().amax(1) < tol).double().mean())


def test_one_step(read, module, torchattacks, foolbox):
    x, y, eps = read.x, read.y, 0.1
    ours = fgsm(read.net, x, y, eps, bounds=UNIT)
    assert same(ours, torchattacks.FGSM(module, eps=eps)(pictures(x), y)) >= 0.99
    model = foolbox.PyTorchModel(module, bounds=UNIT)
    theirs = foolbox.attacks.FGSM()(model, pictures(x), y, epsilons=eps)[1]
    assert same(ours, theirs) >= 0.99
    long = foolbox.attacks.FGM()(model, pictures(x), y, epsilons=1.0)[1]
    assert same(fgsm(read.net, x, y, 1.0, norm=2, bounds=UNIT), long) >= 0.99


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("targeted", [False, True])
def test_pgd_of_torchattacks(read, module, torchattacks, norm, targeted):
    x, y = read.x, (read.y + 1) % 10 if targeted else read.y
    how = {"eps": EPS[norm], "alpha": ALPHA[norm], "steps": STEPS, "random_start": False}
    if math.isinf(norm):
        attack = torchattacks.PGD(module, **how)
    else:
        attack = torchattacks.PGDL2(module, **how, eps_for_division=0)
    if targeted:
        attack.set_mode_targeted_by_function(lambda images, labels: (labels + 1) % 10)
    theirs = attack(pictures(x), read.y)
    ours = pgd(
        read.net, x, y, EPS[norm], norm=norm, alpha=ALPHA[norm], steps=STEPS, generator=None,
        bounds=UNIT, targeted=targeted,
    )  # fmt: skip
    assert same(ours, theirs) >= 0.99
    found = [
        outcome(read.net, x, each, y, targeted=targeted) for each in (ours, theirs.view(-1, 64))
    ]
    assert (found[0].fooled == found[1].fooled).double().mean() >= 0.99


@pytest.mark.parametrize("norm", NORMS)
def test_pgd_of_foolbox(read, module, foolbox, norm):
    kind = {math.inf: foolbox.attacks.LinfPGD, 2: foolbox.attacks.L2PGD}[norm]
    attack = kind(abs_stepsize=ALPHA[norm], steps=STEPS, random_start=False)
    model = foolbox.PyTorchModel(module, bounds=UNIT)
    theirs = attack(model, pictures(read.x), read.y, epsilons=EPS[norm])[1]
    ours = pgd(
        read.net, read.x, read.y, EPS[norm], norm=norm, alpha=ALPHA[norm], steps=STEPS,
        generator=None, bounds=UNIT,
    )  # fmt: skip
    assert same(ours, theirs) >= 0.99


@pytest.mark.parametrize("norm", NORMS)
def test_successes_are_those_of_the_peer_on_the_pixel_grid_too(read, module, torchattacks, norm):
    kind = {math.inf: torchattacks.PGD, 2: torchattacks.PGDL2}[norm]
    how = {"eps": EPS[norm], "alpha": ALPHA[norm], "steps": STEPS, "random_start": False}
    theirs = kind(module, **how)(pictures(read.x), read.y).view(-1, 64)
    ours = pgd(
        read.net, read.x, read.y, EPS[norm], norm=norm, alpha=ALPHA[norm], steps=STEPS,
        generator=None, bounds=UNIT,
    )  # fmt: skip
    one, other = (
        outcome(read.net, read.x, quantised(read.x, each), read.y).fooled for each in (ours, theirs)
    )
    assert (one == other).double().mean() >= 0.99 and 0 < one.double().mean() < 1


@pytest.mark.parametrize("norm", NORMS)
def test_deepfool_of_foolbox(read, module, foolbox, norm):
    """Without bounds that anyone reaches both find the same; judged again, all are fooled."""
    kind = {math.inf: foolbox.attacks.LinfDeepFoolAttack, 2: foolbox.attacks.L2DeepFoolAttack}[norm]
    attack = kind(steps=50, candidates=10, overshoot=0.02)
    wide = foolbox.PyTorchModel(module, bounds=(-50, 50))
    goal = foolbox.criteria.Misclassification(read.y)
    theirs = attack.run(wide, pictures(read.x), goal).view(-1, 64)
    ours = deepfool(read.net, read.x, read.y, norm=norm)
    assert same(ours, theirs, 1e-3) >= 0.99
    mine, other = (outcome(read.net, read.x, a, read.y, norm=norm) for a in (ours, theirs))
    assert mine.fooled.all() and other.fooled.all()
    assert (mine.size - other.size).abs().max() < 1e-3
    scale = foolbox.PyTorchModel(module, bounds=UNIT)
    theirs = attack.run(scale, pictures(read.x), goal).view(-1, 64)
    ours = deepfool(read.net, read.x, read.y, norm=norm, bounds=UNIT)
    mine, other = (outcome(read.net, read.x, a, read.y, norm=norm) for a in (ours, theirs))
    assert mine.fooled.all()
    assert float(mine.size.mean()) == pytest.approx(float(other.size.mean()), rel=0.03)


def test_an_overshoot_of_every_step_ends_within_rounding_of_the_boundary(
    read, module, torchattacks
):
    """torchattacks: some of what it calls fooled is read as before when it is asked again."""
    x, y = read.x[:60], read.y[:60]
    theirs = torchattacks.DeepFool(module, steps=50, overshoot=0.02)(pictures(x), y).view(-1, 64)
    ours = deepfool(read.net, x, y, bounds=UNIT)
    mine, other = (outcome(read.net, x, each, y, norm=2) for each in (ours, theirs))
    assert mine.fooled.all() and mine.fooled.double().mean() >= other.fooled.double().mean()
    both = mine.fooled & other.fooled & ~mine.wrong
    assert float(mine.size[both].mean()) == pytest.approx(float(other.size[both].mean()), rel=0.05)
    assert (cross_entropy(read.net(ours), y) > cross_entropy(read.net(x), y))[both].all()
