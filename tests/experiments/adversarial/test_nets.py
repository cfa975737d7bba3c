"""The five nets: attacks by autograd and by the engine, bookkeeping, signs, forged digits."""

import pickle

import pytest
import torch
import torch.nn.functional as F

from core.adversarial import masked, robust_accuracy
from core.adversarial.digits import load, unseen
from core.experiments.adversarial import nets as module
from core.experiments.adversarial import nets_claims as claims
from core.experiments.adversarial.nets import ATTACKS, NETS, SHOWN, SIZES
from core.rng import generator
from pages.experiments.adversarial.nets import EXPERIMENT as FIVE

X, Y = unseen()
N = len(Y)


@pytest.fixture(scope="module")
def film():
    return list(module.nets())


@pytest.fixture(scope="module")
def run(film):
    return film[-1]


def slope(net, x, scale=1.0):
    x = x.clone().requires_grad_()
    loss = F.cross_entropy(scale * net(x), Y, reduction="sum")
    return torch.autograd.grad(loss, x)[0]


def climbed(net, eps, steps, scale=1.0):
    """PGD from the digit itself, step by step; scale 1e-3 divides the scores."""
    x = X
    for _ in range(steps):
        x = x + 2.5 * eps / steps * slope(net, x, scale).sign()
        x = X + (x - X).clamp(-eps, eps)
        x = x.clamp(0, 1)
    return x


def wrong(name, x):
    return load(name)(x).argmax(1) != Y


def agrees(first, k, fallen):
    """How many digits contradict the record: fallen now but not by then, or there but not now."""
    return int(((fallen & (first > k)) | (~fallen & (first == k))).sum())


@pytest.mark.parametrize("k", [2, 6, 10])
def test_fgsm_is_one_signed_step_of_autograd(run, k):
    for i, name in enumerate(NETS):
        x = (X + SIZES[k] * slope(load(name), X).sign()).clamp(0, 1)
        assert agrees(run.first("fgsm")[i], k, wrong(name, x)) <= 1, name


@pytest.mark.parametrize("source", NETS)
def test_pgd_carried_to_every_net_is_a_plain_loop_of_autograd(run, source):
    k, i = 6, NETS.index(source)
    end = climbed(load(source), SIZES[k], 20)
    for j, name in enumerate(NETS):
        assert agrees(run.carried[i, j], k, wrong(name, end)) <= 3, name


def test_divided_scores_show_the_way_and_change_no_decision(run):
    net, k = load("distilled"), 6
    assert torch.equal(net(X).argmax(1), net.scaled(1e-3)(X).argmax(1))
    end = wrong("distilled", climbed(net, SIZES[k], 20, 1e-3))
    fallen = run.first("divided")[4] <= k
    assert int((end & ~fallen).sum()) <= 2 and end.sum() > 0.9 * fallen.sum()
    # undivided, its loss has no slope at nearly all digits
    assert torch.equal((slope(net, X) == 0).all(1), module.slopeless()[4])
    assert 0.9 < float(module.slopeless()[4].double().mean()) < 1


def test_noise_flips_what_twenty_corners_of_the_ball_flip(run):
    random = generator(12)
    for k in (6, 12):
        fallen = torch.zeros(N, dtype=torch.bool)
        for _ in range(20):
            corner = torch.randint(2, X.shape, generator=random) * 2.0 - 1
            fallen |= wrong("standard", (X + SIZES[k] * corner).clamp(0, 1))
        mine = float(run.left("noise", SIZES[k])[0])
        assert mine == pytest.approx(1 - float(fallen.double().mean()), abs=0.2)
        assert mine > float(run.left("pgd", SIZES[k])[0])


@pytest.mark.parametrize("attack", ["fgsm", "pgd"])
def test_the_curves_are_the_robust_accuracy_of_the_engine(run, attack):
    curves = run.curve(run.first(attack))
    for name, mine in zip(NETS, curves):
        engine = robust_accuracy(load(name), X, Y, SIZES[:SHOWN], attack=attack)
        assert float((mine - engine).abs().max()) <= (0 if attack == "fgsm" else 0.01), name


@pytest.mark.parametrize("k", [2, 6, 10, 16])
def test_the_signs_are_those_of_the_detector(run, k):
    excess, fires = run.signs(SIZES[k])
    for i, name in enumerate(NETS):
        others = [load(other) for other in NETS if other != name]
        told = masked(load(name), X, Y, SIZES[k], others=others, generator=generator(0))
        expected = (
            told.fgsm - told.pgd, told.transfer - told.pgd, 1 - told.unlimited, told.flat
        )  # fmt: skip
        found = excess[:, i].tolist()
        assert found.pop(1) == pytest.approx(told.noise - told.fgsm, abs=0.1), name
        assert found == pytest.approx(expected, abs=0.02), name
        assert tuple(fires[:, i].tolist()) == told.signs, name


def test_the_net_that_looks_best_is_the_one_that_hides_its_slopes(run):
    own, carried = run.left("pgd", 0.15), run.matrix(0.15)[0, 4]
    assert NETS[int(own.argmax())] == "distilled"
    assert f"{own[4]:.2f}" == "0.97" and f"{carried:.2f}" == "0.15"
    assert NETS[int(run.left("together", 0.15).argmax())] == "robust"
    assert run.signs(0.15)[1].sum(0).tolist() == [0, 0, 0, 0, 4]


def test_curves_fall_and_everything_together_lies_below_each(run):
    together = run.curve(run.first("together"))
    for attack in ATTACKS:
        curve = run.curve(run.first(attack))
        assert curve.shape == (5, SHOWN)
        assert (curve.diff(dim=1) <= 0).all() and (together <= curve).all()
        assert torch.equal(curve[:, 0], 1 - module.misread().double().mean(1))
    # the union, digit by digit
    for j in range(5):
        apart = [s for s in range(5) if s != j]
        assert torch.equal(run.first("others")[j], run.carried[apart, j].amin(0))
        every = torch.cat([run.own[j], run.carried[:, j]]).amin(0)
        assert torch.equal(run.first("together")[j], every)


def test_without_a_limit_only_hidden_slopes_are_left(run):
    assert (run.first("pgd")[:4] <= SHOWN).all()
    assert float((run.first("pgd")[4] > SHOWN).double().mean()) > 0.9


def test_snapshots_are_the_result_up_to_their_size(film):
    last, values = film[-1], FIVE.defaults()
    assert [each.done for each in film] == list(range(1, len(SIZES) + 1))
    assert [each.doing == "" for each in film] == [False] * SHOWN + [True]
    for each in film[::4]:
        assert torch.equal(each.own, last.own.clamp(max=each.done))
        assert torch.equal(each.carried, last.carried.clamp(max=each.done))
        assert len(pickle.dumps(each)) < 30_000
        for net in NETS:
            for attack in ATTACKS:
                told = values | {"net": net, "attack": attack, "eps": 0.4}
                picture = FIVE.figure(each, **told)
                assert picture.panels[0].handles[0].x == SIZES[min(each.done, SHOWN) - 1]
                assert "%" in FIVE.says(each, **told)
        assert all(c.holds or not c.applies for c in FIVE.checks(each, **values))


@pytest.mark.parametrize("steps", [1, 2, 9, 40])
def test_checks_hold_or_are_silent_with_few_steps_and_many(steps):
    values = FIVE.defaults() | {"steps": steps, "seed": 3, "eps": 0.38, "net": "one_step"}
    *_, result = module.nets(steps=steps, seed=3)
    found = FIVE.checks(result, **values)
    assert all(c.holds or not c.applies for c in found)
    assert [c.applies for c in found[3:]] == [steps >= 10] * 2
    if steps == 1:  # one step of 2.5 ε, cut back to the ball, is FGSM
        assert torch.equal(result.first("pgd"), result.first("fgsm"))


def test_a_forged_digit_or_another_run_is_noticed(run):
    values = FIVE.defaults() | {"net": "one_step"}
    assert all(c.holds and c.applies for c in FIVE.checks(run, **values))
    own, carried = run.own.clone(), run.carried.clone()
    own[3, 2, int((own[3, 2] > 10).nonzero()[0])] = 6  # fell at the size looked at, it says
    carried[3, 0, int((carried[3, 0] == 3).nonzero()[0])] = 9  # fell later than it did
    clean = run.own.clone()
    clean[0, 0, int((clean[0, 0] == 0).nonzero()[0])] = 5
    pgd = run.carried.clone()
    pgd[0, 0] = torch.maximum(pgd[0, 0], torch.full_like(pgd[0, 0], SHOWN + 1))
    for forged in (
        run._replace(own=own), run._replace(own=clean), run._replace(carried=pgd),
        run._replace(done=run.done + 1),
    ):  # fmt: skip
        assert not all(c.holds for c in FIVE.checks(forged, **values) if c.applies)
    wrongs = ({"steps": 12}, {"seed": 5})
    for other in wrongs:
        assert not all(c.holds for c in FIVE.checks(run, **values | other) if c.applies)
    later = FIVE.checks(run._replace(carried=carried), **values | {"eps": SIZES[3]})
    assert not all(c.holds for c in later if c.applies)


def test_sentences_follow_the_numbers(run):
    says = lambda **more: FIVE.says(run, **FIVE.defaults() | more)  # noqa: E731
    assert "distilled 97 %" in says() and "4 of 5 signs say that" in says()
    assert "1 sign says that" in says(net="one_step", eps=0.4)
    assert "No sign says that" in says(net="robust", attack="together")
    assert says(eps=0.16) == says(eps=0.15)
    assert claims.percent(0.0028) == "under 1 %" and claims.percent(0.0) == "0 %"


def test_each_answer_is_an_option_and_none_is_a_draw(run):
    left, facts = claims.answers["carried"](run, eps=0.15)
    assert left == pytest.approx(0.15, abs=0.01) and facts["own"] == "97 %"
    assert claims.answers["divided"](run, eps=0.15, attack="divided")[0] < 0.1
    assert claims.answers["divided"](run, eps=0.15, attack="pgd")[0] > 0.9
    assert claims.answers["leader"](run, eps=0.25)[0] == "robust"
    fgsm = run.left("fgsm", 0.25)
    assert fgsm[NETS.index("one_step")] > fgsm[NETS.index("robust")]


def test_bad_input_is_refused_by_name():
    with pytest.raises(ValueError, match=r"expected steps a whole number in \[1, 40\], got 0"):
        module.nets(steps=0)
    with pytest.raises(ValueError, match="expected seed"):
        module.nets(seed=-1)
