from dataclasses import replace
from itertools import permutations

import pytest
import torch
import torch.nn.functional as F

from core import table
from core.experiments.shapley import patches as p
from core.experiments.shapley import patches_claims as claims
from core.experiments.shapley.patches import patches
from core.shapley import kernel_shap
from core.shapley.digits import digits, held_out, labels, load
from core.shapley.patchwork import area, patch_of
from pages.figures.shapley.patches import figure


def checked(result, view="deletion", removed=0):
    return claims.checks(result, view=view, removed=removed)


def failing(result, **values):
    return [c.claim for c in checked(result, **values) if c.applies and not c.holds]


def told(result, **changed):
    values = {"source": "digit", "digit": 1180, "baseline": "mean", "view": "deletion"}
    return claims.says(result, **values | changed)


def masked(result, S):
    """The picture that shows the patches in S, pixel by pixel."""
    at = [k * result.side // 8 for k in range(8)]
    shown = torch.tensor([[S >> i * result.side + j & 1 for j in at] for i in at]).bool()
    return torch.where(shown, result.x, result.absent)


# --- the game ------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["net", "linear"])
@pytest.mark.parametrize("baseline", p.BASELINES)
def test_every_coalition_has_the_score_of_its_picture(model, baseline, generator):
    small = patches(side="2", model=model, baseline=baseline, digit=530)
    for S in range(16):
        assert small.lead(masked(small, S)) == pytest.approx(float(small.v[S]), abs=1e-9)
    large = patches(model=model, baseline=baseline)
    for S in torch.randint(2**16, (40,), generator=generator).tolist():
        assert large.lead(masked(large, S)) == pytest.approx(float(large.v[S]), abs=1e-9)


def test_phi_is_the_mean_over_all_24_orders_of_four_patches():
    result = patches(side="2", digit=605)
    total = torch.zeros(4, dtype=torch.float64)
    for order in permutations(range(4)):
        S = 0
        for j in order:
            before = result.lead(masked(result, S))
            S |= 1 << j
            total[j] += result.lead(masked(result, S)) - before
    torch.testing.assert_close(result.phi, total / 24, rtol=0, atol=1e-10)
    alone = [result.lead(result.x) - result.lead(masked(result, 15 - 2**j)) for j in range(4)]
    assert result.last.tolist() == pytest.approx(alone, abs=1e-6)


def test_phi_of_sixteen_patches_is_kernel_shap_with_all_coalitions():
    result = patches(digit=175, baseline="blur")

    def worth(rows):
        shown = rows[:, patch_of(4).flatten()]
        scores = load("net").scores(shown * result.x.flatten() + ~shown * result.absent.flatten())
        return scores[:, result.target] - scores[:, result.rival]

    found = kernel_shap(worth, n_players=16).values
    torch.testing.assert_close(result.phi, found, rtol=0, atol=1e-8)


def test_a_linear_reader_makes_all_three_indices_weights_times_change():
    result = patches(model="linear", digit=37)
    row = load("linear").second[result.target] - load("linear").second[result.rival]
    change = row.view(8, 8) * (result.x - result.absent)
    by_hand = change.view(4, 2, 4, 2).sum((1, 3)).flatten().tolist()
    for values in (result.phi, result.last, result.banzhaf):
        assert values.tolist() == pytest.approx(by_hand, abs=1e-9)
    assert not torch.allclose(patches(digit=37).phi, patches(digit=37).last, atol=1e-3)


def test_empty_paper_gets_nothing_against_paper_and_most_against_the_mean():
    paper, mean = patches(baseline="paper"), patches()
    empty = paper.inkless
    assert int(empty.sum()) == 4 and bool(empty[5])
    assert float(paper.phi[empty].abs().max()) < 1e-12
    assert float(paper.phi[~empty].abs().min()) > 1e-3
    assert int(mean.order[0]) == 5 and float(mean.phi[5]) > mean.lead(mean.x)


def test_the_absent_pictures_are_what_they_are_called():
    plain = patches(baseline="grey").absent
    learned = digits()[~held_out()]
    torch.testing.assert_close(plain, learned.mean().expand(8, 8))
    torch.testing.assert_close(patches().absent.flatten(), learned.mean(0))
    assert torch.equal(patches(baseline="digit", other=12).absent.flatten(), digits()[12])
    blurred = patches(baseline="blur")
    picture = blurred.x[None, None]
    kernel = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0], dtype=torch.float64) / 16
    for _ in range(4):  # the edge is repeated each time
        padded = F.pad(picture, (2, 2, 2, 2), mode="replicate")
        picture = F.conv2d(padded, kernel.outer(kernel)[None, None])
    torch.testing.assert_close(blurred.absent, picture[0, 0])


def test_target_and_rival_are_the_classes_asked_for():
    free, asked = patches(digit=905), patches(digit=905, target="8")
    assert (labels()[905], free.target, free.rival, asked.target, asked.rival) == (8, 1, 8, 8, 1)
    torch.testing.assert_close(asked.phi, -free.phi)
    far = patches(digit=905, target="0")
    assert far.rival == free.target and far.lead(far.x) < 0
    assert "trails" in told(far, digit=905) and "which is wrong" in told(free, digit=905)


# --- the steps -----------------------------------------------------------------------------------


def test_the_curves_take_patches_in_order_and_meet_at_both_ends():
    result = patches()
    down, up = result.steps("deletion"), result.steps("insertion")
    for left, right in zip(down[3:], up[3:], strict=True):
        assert float(left[0]) == pytest.approx(float(result.v[-1])) == pytest.approx(right[-1])
        assert float(left[-1]) == pytest.approx(float(result.v[0])) == pytest.approx(right[0])
    for name, values in (("by_phi", result.phi), ("by_last", result.last)):
        S = 2**16 - 1
        for k, j in enumerate(sorted(range(16), key=lambda j: -values[j]), start=1):
            S -= 2**j
            assert float(getattr(down, name)[k]) == pytest.approx(float(result.v[S]))
            assert float(getattr(up, name)[k]) == pytest.approx(float(result.v[2**16 - 1 - S]))
            if name == "by_phi":
                torch.testing.assert_close(down.pictures[k], masked(result, S))
    assert down.areas[0] < down.areas[1] < up.areas[0]
    assert area(torch.tensor([3.0, 3.0, 3.0])) == 3 and area(torch.tensor([4.0, 0.0, 0.0])) == 1


def test_the_band_is_that_of_all_orders():
    result = patches(side="2")
    after = [[] for _ in range(5)]
    for order in permutations(range(4)):
        S = 0
        after[0].append(float(result.v[0]))
        for k, j in enumerate(order, start=1):
            S |= 1 << j
            after[k].append(float(result.v[S]))
    means = [sum(values) / 24 for values in after]
    assert result.band[0].tolist() == pytest.approx(means)
    large = patches()
    bits = torch.tensor([S.bit_count() for S in range(2**16)])
    for k in (5, 8, 11):
        group = large.v[bits == k]
        for edge, share in zip(large.band[1:], (0.1, 0.9), strict=True):
            assert float((group <= edge[k]).double().mean()) == pytest.approx(share, abs=1e-3)


# --- checks, words, pictures ---------------------------------------------------------------------


def test_one_wrong_sum_breaks_every_statement_about_sums():
    result = patches()
    broken = replace(result, phi=result.phi + 1e-3)
    claims = failing(broken)
    assert {c.id for c in checked(broken) if c.claim in claims} == {"XAI-18", "XAI-20", "XAI-21"}
    assert failing(replace(result, v=result.v + torch.arange(2**16) * 1e-6), removed=4)


def test_the_checks_of_dummies_and_of_the_linear_reader_can_fail():
    paper = patches(baseline="paper")
    swapped = paper.phi.clone()
    swapped[[2, 5]] = swapped[[5, 2]]  # the sum stays
    assert any("dummy" in claim for claim in failing(replace(paper, phi=swapped)))
    turned = replace(patches(model="linear"), phi=patches(model="linear").phi.roll(1))
    assert any("linear f" in claim for claim in failing(turned))
    assert len([c for c in checked(patches()) if not c.applies and c.why]) == 3


def test_the_words_count_what_is_there():
    facts = claims.answers["empty"](patches(baseline="paper"), 5)[1]
    assert facts == {"count": 2**15, "dummies": 3}
    (turn,) = [t for t in figure(patches()).panels[1].traces if t["name"].startswith("read as")]
    assert turn["x"][0] == (patches().steps("deletion").scores.argmax(-1) != 3).nonzero()[0, 0]


def test_what_lies_in_the_patch_that_counts_most():
    result, most = patches(), claims.answers["most"]
    ink = result.x.view(4, 2, 4, 2).sum((1, 3)).flatten().tolist()
    assert int(result.scores(masked(result, 2**16 - 1 - 2**5)).argmax()) == result.rival == 9
    key, facts = most(result)
    assert key == "none" and (facts["best"], ink[5]) == (6, 0)
    assert ink[facts["ink"] - 1] == max(ink) and facts["phi"] == f"{float(result.phi.max()):.3g}"
    assert most(patches(baseline="paper"))[0] == "ink"
    assert most(patches(baseline="paper", model="linear"))[0] == "some"


def test_a_drawing_is_read_like_the_digit_it_copies():
    drawn = patches(source="drawing", pixels=table.write(digits()[605].view(8, 8)))
    assert torch.equal(drawn.phi, patches(digit=605).phi)
    assert table.write(digits()[1180].view(8, 8)) == p.THREE
    assert "wrong" not in told(patches(digit=905), source="drawing", digit=905)


@pytest.mark.parametrize("level", ["0", "16"])
@pytest.mark.parametrize("baseline", p.BASELINES)
def test_a_plain_sheet_is_answered_too(level, baseline):
    sheet = ",".join([" ".join([level] * 8)] * 8)
    result = patches(source="drawing", pixels=sheet, baseline=baseline)
    for view in p.VIEWS:
        assert failing(result, view=view) == []
        assert told(result, view=view) and figure(result, view=view).panels


def test_the_picture_says_how_much_of_it_is_replaced_and_by_what():
    for start, values in (
        ("The picture, read as 3 (99.7 %)", {}),
        ("3 of 16 patches replaced: read as 9", {"removed": 3}),
        ("The picture, read as 3", {"removed": 16, "view": "insertion"}),
        ("Only empty paper: read as", {"view": "insertion", "baseline": "paper"}),
    ):
        assert figure(patches(), **values).panels[2].title.startswith(start)


def test_the_map_is_pointed_at_patch_by_patch_and_the_pen_starts_over():
    first, _, last = figure(patches(), patch=6).panels
    ((a, b),) = first.pick.matrix
    assert first.pick.cell == (1, 2) and a * 2 + b * 1 == 6 and last.paint.values.shape == (8, 8)
    assert last.paint.also == {"source": "drawing", "removed": 0}


def test_more_steps_or_patches_than_there_are_mean_the_last():
    small = patches(side="2")
    first, _, last = figure(small, removed=16, patch=15).panels
    assert first.pick.cell == (1, 1) and last.title.startswith("Only the mean of all digits")
    assert abs(last.traces[0]["z"] - small.absent.numpy()).max() < 1e-5


@pytest.mark.parametrize(
    ("pixels", "message"),
    [
        ("1 2,3 4", "pixels to be 8 x 8, got 2 x 2"),
        (",".join(["17 0 0 0 0 0 0 0"] * 8), r"pixels in \[0, 16\]"),
    ],
)
def test_a_drawing_of_another_kind_is_refused_by_name(pixels, message):
    with pytest.raises(ValueError, match=message):
        patches(source="drawing", pixels=pixels)
