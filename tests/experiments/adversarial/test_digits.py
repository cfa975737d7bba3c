"""Digits under attack, by autograd, by trying, and by what a student brings."""

import io
import math

import pytest
import torch
from PIL import Image

from core import pictures, table
from core.adversarial.digits import load, unseen
from core.experiments.adversarial import digits as d
from core.experiments.adversarial import digits_claims as claims
from pages.figures.adversarial.digits import figure
from tests.forgery import failures

digits = d.digits


def failing(run, **values):
    given = {"source": "digit", "digit": 167, "eps": 0.125, "target": "none"} | values
    return failures(claims.checks(run, **given))


def uphill(net, x, y):
    x = x.clone().requires_grad_()
    loss = torch.nn.functional.cross_entropy(net(x[None]), torch.tensor([y]))
    return torch.autograd.grad(loss, x)[0]


def test_one_step_goes_by_the_sign_of_the_slope_and_stops_at_black_and_white():
    run = digits(digit=12, attack="fgsm", eps=0.1)
    for net, now in zip(run.nets, run.now):
        wanted = (run.x + 0.1 * uphill(net, run.x, run.y).sign()).clamp(0, 1)
        assert torch.allclose(now, wanted, atol=1e-12)


def test_five_steps_of_the_euclidean_ball_by_autograd():
    run, net = digits(digit=30, ball="whole", eps=0.05, reader="one_step"), load("one_step")
    x = run.x
    for _ in range(5):
        g = uphill(net, x, run.y)
        x = x + 0.2 * g / g.norm()
        x = (run.x + (x - run.x) * min(1.0, 0.4 / float((x - run.x).norm()))).clamp(0, 1)
    assert torch.allclose(run.now[0], x, atol=1e-9)


@pytest.mark.parametrize("attack", d.ATTACKS)
@pytest.mark.parametrize("ball", d.BALLS)
@pytest.mark.parametrize("reader", d.READERS)
def test_every_claim_holds_on_many_digits(attack, ball, reader):
    for digit in range(3, 360, 71):
        values = {"digit": digit, "eps": 0.4 * digit / 360, "target": str(digit % 10)}
        run = digits(attack=attack, ball=ball, reader=reader, **values)
        assert failing(run, **values) == []


def test_the_curves_pass_through_what_is_seen_at_their_own_sizes():
    for k in (0, 10, 32):
        run = digits(eps=float(d.SIZES[k]))
        assert torch.allclose(run.film[:, k], run.now, atol=1e-12)
        assert torch.allclose(run.curves[:, k], run.after, atol=1e-9)


def test_a_three_becomes_an_eight_for_one_reader_and_noise_changes_nothing():
    run = digits()
    assert (run.y, run.seen.tolist(), run.flips) == (3, [8, 3], 0)
    assert run.first == (0.075, 0.2625) and float(run.after[0, 8]) > 0.99
    assert claims.answers["read"](run)[0] == "sure" and claims.answers["noise"](run)[0] == 0
    assert "none fools" in claims.says(run) and "still fooled" in claims.says(run)


def test_noise_is_as_large_as_the_attack_and_fools_far_fewer_digits():
    fooled = noisy = 0
    for digit in range(0, 360, 20):
        run = digits(digit=digit)
        size = (run.x + 0.125 * d.directions(math.inf) - run.x).abs()
        assert torch.allclose(size, torch.full_like(size, 0.125))
        fooled += int(run.seen[0] != run.y)
        noisy += run.flips / d.DRAWS
    assert fooled > 12 and noisy < 2


def test_a_target_is_reached_later_and_the_class_itself_is_none():
    run = digits(target="5", eps=0.2)
    assert run.target == 5 and run.first[0] > digits().first[0]
    assert int(run.seen[0]) == 5 and "to become a 5" in claims.says(run)
    assert digits(target="3").target == -1 == digits(target="9", attack="deepfool").target
    assert "to become" not in claims.says(digits(target="3"))


def test_a_reader_without_slopes_is_fooled_through_its_scores_only():
    run = digits(reader="distilled", eps=0.4)
    assert torch.equal(run.now[0], run.x) and run.first[0] == math.inf
    assert "withstands this attack" in claims.says(run) and "slopes" in claims.says(run)
    key, facts = claims.answers["silent"](run, digit=167)
    assert key == "nothing" and facts["first"] < 0.1


def test_what_one_step_misses_five_steps_find():
    values = {"digit": 341, "reader": "one_step", "eps": 0.3}
    assert digits(attack="fgsm", **values).first[0] == math.inf
    assert int(digits(**values).seen[0]) != 8 == digits(**values).y


def test_the_line_to_the_boundary_crosses_it_at_the_size_that_deepfool_needs():
    from core.adversarial import deepfool

    run = digits(attack="deepfool", ball="whole")
    for who, net in enumerate(run.nets):
        end = deepfool(net, run.x[None], torch.tensor([3]), norm=2, bounds=(0, 1))[0]
        size = float((end - run.x).norm()) / 8
        assert size <= run.first[who] < size + 2 / 80


def test_whole_grey_levels_are_on_the_grid_and_below_one_level_nothing_is_left():
    small = digits(eps=0.06)
    assert torch.allclose(small.coarse, small.before[0])
    two = digits(eps=0.15)
    whole = two.x + (16 * two.delta[0]).trunc() / 16
    assert torch.allclose(two.coarse, load("standard")(whole).softmax(0))
    assert int(two.coarse.argmax()) == 8 and not torch.allclose(two.coarse, two.after[0])


def test_the_way_starts_together_with_the_slope_of_the_loss():
    true, scores, loss = digits(digit=95, eps=1e-4).way()
    assert torch.allclose(true, scores, atol=1e-9) and torch.allclose(true, loss, atol=1e-6)
    true, scores, loss = digits().way()
    assert float(true[-1]) > 5 > 0.1 > float(loss[-1])
    assert float(true[-1]) == pytest.approx(-math.log(digits().after[0, 3]))


def test_a_drawing_is_read_like_the_digit_it_copies():
    copied = table.write(16 * unseen().X[167].view(8, 8))
    drawn = digits(source="drawing", pixels=copied)
    assert drawn.y == 3 and torch.equal(drawn.film, digits().film)
    six = digits(source="drawing")
    assert six.y == 6 and failing(six, source="drawing") == []


@pytest.mark.parametrize("level", ["0", "16"])
def test_a_plain_sheet_is_answered_too(level):
    for attack in d.ATTACKS:
        run = digits(source="drawing", pixels=",".join([" ".join([level] * 8)] * 8), attack=attack)
        assert failing(run, source="drawing") == [] and claims.says(run)
        for view in ("slopes", "rows", "line", "plane"):
            assert len(figure(run, view=view).panels) == 4


@pytest.mark.parametrize("dark_on_light", [True, False])
def test_a_picture_of_a_digit_is_cut_to_its_ink_and_read(dark_on_light):
    grey = (255 * unseen().X[167].view(8, 8)).to(torch.uint8)
    sheet = Image.new("L", (300, 200), 0)
    sheet.paste(Image.fromarray(grey.numpy()).resize((96, 96), Image.Resampling.NEAREST), (150, 60))
    file = io.BytesIO()
    (sheet.point(lambda v: 255 - v) if dark_on_light else sheet).save(file, "PNG")
    name = pictures.add(file.getvalue())
    run = digits(source=name)
    assert run.y == 3 and torch.equal((16 * run.x).round() / 16, run.x)
    assert float(run.x.max()) == 1 and failing(run, source=name) == []


def test_the_pen_draws_what_is_shown_and_the_handle_sits_at_the_size():
    first, sweep, *_ = figure(digits(eps=0.2)).panels
    assert first.paint.also == {"source": "drawing"}
    assert torch.equal(torch.tensor(first.paint.values) / 16, unseen().X[167].view(8, 8))
    (handle,) = sweep.handles
    assert (handle.x, handle.y) == (0.2, pytest.approx(float(digits(eps=0.2).after[0, 3])))


def test_a_drawing_of_another_kind_is_refused_by_name():
    with pytest.raises(ValueError, match="pixels to be 8 x 8, got 2 x 2"):
        digits(source="drawing", pixels="1 2,3 4")
    with pytest.raises(ValueError, match=r"pixels in \[0, 16\]"):
        digits(source="drawing", pixels=",".join(["17 0 0 0 0 0 0 0"] * 8))
