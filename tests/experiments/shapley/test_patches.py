from itertools import permutations
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from core import table
from core.experiments.shapley import patches
from core.experiments.shapley import patches_claims as patches_checks
from core.shapley import digits as training_digits
from core.shapley import kernel_shap
from core.shapley.digits import digits, held_out, labels, load
from pages.experiments.shapley.patches import EXPERIMENT as PATCHES
from pages.figures.shapley.patches import figure


def run(**values):
    return patches.patches(**PATCHES.defaults() | values)


def checked(result, **values):
    return patches_checks.checks(result, **PATCHES.defaults() | values)


def failing(result, **values):
    return [c.claim for c in checked(result, **values) if c.applies and not c.holds]


def masked(result, S):
    """The picture that shows the patches in S, pixel by pixel."""
    side, picture = result.side, result.absent.clone()
    for i in range(8):
        for j in range(8):
            patch = (i * side // 8) * side + j * side // 8
            if S >> patch & 1:
                picture[i, j] = result.x[i, j]
    return picture


def lead(result, picture):
    scores = result.reader.scores(picture.flatten())
    return float(scores[result.target] - scores[result.rival])


# --- the readers ---------------------------------------------------------------------------------


def test_the_stored_readers_reach_the_stated_accuracy():
    truth, test = torch.tensor(labels()), held_out()
    assert int(test.sum()) == 360
    right = {}
    for name in training_digits.READERS:
        reader = load(name)
        assert reader.second.dtype == torch.float64
        read = reader.scores(digits()[test]).argmax(-1)
        right[name] = int((read == truth[test]).sum())
    assert right == {"net": 353, "linear": 342}
    text = (training_digits.WEIGHTS.parent / "README.md").read_text()
    assert "353 of 360 digits (98.1 %), linear 342 of 360 (95.0 %)" in text
    assert training_digits.WEIGHTS.stat().st_size < 20_000


def test_the_digits_are_those_of_scikit_learn_in_their_order():
    from sklearn.datasets import load_digits

    data = load_digits()
    assert torch.equal(digits(), torch.as_tensor(data.data))
    assert labels() == tuple(data.target.tolist())


def test_training_is_repeatable_and_learns_from_the_rest_only():
    truth, test = torch.tensor(labels()), held_out()
    wrong = torch.where(test, (truth + 1) % 10, truth)  # labels of the held-out ones do not matter
    first = training_digits.train("net", truth, epochs=3)
    again = training_digits.train("net", wrong, epochs=3)
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert training_digits.accuracy(first, digits()[test], truth[test]) > 0.8
    assert (
        first.first.shape == (24, 64)
        and training_digits.train("linear", truth, epochs=1)[0] is None
    )


def test_what_is_saved_is_what_is_loaded(tmp_path: Path):
    readers = {name: load(name) for name in training_digits.READERS}
    path = tmp_path / "readers.npz"
    training_digits.save(readers, torch.tensor(labels()), path)
    for name, reader in readers.items():
        back = training_digits.load(name, path)
        assert all(a is b or torch.equal(a, b) for a, b in zip(reader, back, strict=True))
    training_digits.save({"net": readers["linear"]}, torch.tensor(labels()), path)
    training_digits.load.cache_clear()
    with pytest.raises(ValueError, match=r"net_first of shape \(24, 64\)"):
        training_digits.load("net", path)
    with pytest.raises(ValueError, match="name to be one of"):
        load("forest")


# --- the game ------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["net", "linear"])
@pytest.mark.parametrize("baseline", patches.BASELINES)
def test_every_coalition_has_the_score_of_its_picture(model, baseline, generator):
    small = run(side="2", model=model, baseline=baseline, digit=530)
    for S in range(16):
        assert lead(small, masked(small, S)) == pytest.approx(float(small.v[S]), abs=1e-9)
    large = run(model=model, baseline=baseline)
    for S in torch.randint(2**16, (40,), generator=generator).tolist():
        assert lead(large, masked(large, S)) == pytest.approx(float(large.v[S]), abs=1e-9)


def test_phi_is_the_mean_over_all_24_orders_of_four_patches():
    result = run(side="2", digit=605)
    total = torch.zeros(4, dtype=torch.float64)
    for order in permutations(range(4)):
        S = 0
        for j in order:
            before = lead(result, masked(result, S))
            S |= 1 << j
            total[j] += lead(result, masked(result, S)) - before
    torch.testing.assert_close(result.phi, total / 24, rtol=0, atol=1e-10)
    alone = [
        lead(result, masked(result, 15)) - lead(result, masked(result, 15 - 2**j)) for j in range(4)
    ]
    torch.testing.assert_close(result.last, torch.tensor(alone).double(), rtol=0, atol=1e-6)


def test_phi_of_sixteen_patches_is_kernel_shap_with_all_coalitions():
    result = run(digit=175, baseline="blur")
    places = patches.patch_of(4).flatten()

    def worth(rows):
        pictures = torch.where(rows[:, places], result.x.flatten(), result.absent.flatten())
        scores = result.reader.scores(pictures)
        return scores[:, result.target] - scores[:, result.rival]

    found = kernel_shap(worth, n_players=16).values
    torch.testing.assert_close(result.phi, found, rtol=0, atol=1e-8)


def test_a_linear_reader_makes_all_three_indices_weights_times_change():
    result = run(model="linear", digit=37)
    row = result.reader.second[result.target] - result.reader.second[result.rival]
    change = row.view(8, 8) * (result.x - result.absent)
    by_hand = [
        float(change[2 * i : 2 * i + 2, 2 * j : 2 * j + 2].sum())
        for i in range(4)
        for j in range(4)
    ]
    for values in (result.phi, result.last, result.banzhaf):
        assert values.tolist() == pytest.approx(by_hand, abs=1e-9)
    assert not torch.allclose(run(digit=37).phi, run(digit=37).last, atol=1e-3)


def test_empty_paper_gets_nothing_against_paper_and_most_against_the_mean():
    paper, mean = run(baseline="paper"), run()
    empty = patches_checks.inkless(paper)
    assert int(empty.sum()) == 4 and bool(empty[5])
    assert float(paper.phi[empty].abs().max()) < 1e-12
    assert float(paper.phi[~empty].abs().min()) > 1e-3
    assert int(mean.order[0]) == 5 and float(mean.phi[5]) > mean.score(mean.whole)


def test_the_absent_pictures_are_what_they_are_called():
    plain = run(baseline="grey").absent
    assert float(plain.std()) == pytest.approx(0, abs=1e-12)
    learned = digits()[~held_out()]
    assert float(plain[0, 0]) == pytest.approx(float(learned.mean()))
    torch.testing.assert_close(run(baseline="mean").absent.flatten(), learned.mean(0))
    assert torch.equal(run(baseline="digit", other=12).absent.flatten(), digits()[12])
    blurred = run(baseline="blur")
    picture = blurred.x[None, None]
    kernel = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0], dtype=torch.float64) / 16
    for _ in range(4):  # the edge is repeated each time
        padded = F.pad(picture, (2, 2, 2, 2), mode="replicate")
        picture = F.conv2d(padded, kernel.outer(kernel)[None, None])
    torch.testing.assert_close(blurred.absent, picture[0, 0])


def test_target_and_rival_are_the_classes_asked_for():
    free, asked = run(digit=905), run(digit=905, target="8")
    assert (free.label, free.target, free.rival) == (8, 1, 8)
    assert (asked.target, asked.rival) == (8, 1)
    torch.testing.assert_close(asked.phi, -free.phi)
    far = run(digit=905, target="0")
    assert far.rival == free.target and far.score(far.whole) < 0
    assert "trails" in patches_checks.says(far, **PATCHES.defaults())
    assert "which is wrong" in patches_checks.says(free, **PATCHES.defaults())


# --- the steps -----------------------------------------------------------------------------------


def test_the_curves_take_patches_in_order_and_meet_at_both_ends():
    down, up = run(view="deletion"), run(view="insertion")
    for name in ("phi", "last", "mean", "low", "high"):
        left, right = getattr(down.curve, name), getattr(up.curve, name)
        assert float(left[0]) == pytest.approx(float(down.v[-1])) == pytest.approx(float(right[-1]))
        assert float(left[-1]) == pytest.approx(float(down.v[0])) == pytest.approx(float(right[0]))
    S = 2**16 - 1
    for k, j in enumerate(sorted(range(16), key=lambda j: -down.phi[j]), start=1):
        S -= 2**j
        assert float(down.curve.phi[k]) == pytest.approx(float(down.v[S]))
        assert float(up.curve.phi[k]) == pytest.approx(float(up.v[2**16 - 1 - S]))
    assert int(down.v[: down.coalition + 1].numel()) == 2**16  # no step taken yet
    three = run(removed=3)
    torch.testing.assert_close(three.shown, masked(three, three.coalition))
    assert bin(three.coalition).count("1") == 13
    assert patches.area(down.curve.phi) < patches.area(down.curve.mean) < patches.area(up.curve.phi)


def test_the_band_is_that_of_all_orders():
    result = run(side="2", view="insertion")
    after = [[] for _ in range(5)]
    for order in permutations(range(4)):
        S = 0
        after[0].append(float(result.v[0]))
        for k, j in enumerate(order, start=1):
            S |= 1 << j
            after[k].append(float(result.v[S]))
    means = [sum(values) / 24 for values in after]
    assert result.curve.mean.tolist() == pytest.approx(means)
    large = run(view="insertion")
    bits = torch.tensor([bin(S).count("1") for S in range(2**16)])
    for k in (5, 8, 11):
        group = large.v[bits == k]
        for edge, share in ((large.curve.low, 0.1), (large.curve.high, 0.9)):
            assert float((group <= edge[k]).double().mean()) == pytest.approx(share, abs=1e-3)


def test_area_is_the_mean_height():
    assert patches.area(torch.tensor([3.0, 3.0, 3.0])) == 3
    assert patches.area(torch.tensor([4.0, 0.0, 0.0])) == 1


# --- checks, words, pictures ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "forge",
    [
        lambda r: {"phi": r.phi + 1e-3},
        lambda r: {"phi": -r.phi},
        lambda r: {"v": r.v + torch.arange(len(r.v)) * 1e-6},
        lambda r: {"scores": r.scores + torch.arange(10)},
        lambda r: {"empty": r.whole},
    ],
)
def test_a_wrong_result_is_noticed(forge):
    result = run(removed=4)
    assert failing(result) == []
    assert failing(result._replace(**forge(result)))


def test_one_wrong_sum_breaks_every_statement_about_sums():
    result = run()
    broken = result._replace(phi=result.phi + 1e-3)
    claims = failing(broken)
    assert len(claims) == 3
    assert [c.id for c in checked(broken) if c.claim in claims] == ["XAI-18", "XAI-20", "XAI-21"]


def test_the_checks_of_dummies_and_of_the_linear_reader_can_fail():
    paper = run(baseline="paper")
    swapped = paper.phi.clone()
    swapped[[2, 5]] = swapped[[5, 2]]  # the sum stays
    assert any("dummy" in claim for claim in failing(paper._replace(phi=swapped)))
    values = {"model": "linear"}
    linear = run(**values)
    turned = linear.phi.roll(1)
    assert any("linear f" in claim for claim in failing(linear._replace(phi=turned), **values))
    assert any("last-in" in c for c in failing(linear._replace(last=2 * linear.last), **values))
    silent = [c for c in checked(run()) if not c.applies]
    assert len(silent) == 3 and all(c.why for c in silent)


@pytest.mark.parametrize("index", range(len(PATCHES.predictions)))
def test_predictions_have_the_right_answer_and_beliefs_that_show_the_wrong_one(index):
    prediction = PATCHES.predictions[index]
    right = ("0, exactly", "almost nothing", "1 or 2")[index]
    values = PATCHES.preset(prediction.preset)
    result = PATCHES.compute(**values)
    assert prediction.answer(result) == right
    assert "{" not in prediction.because.format(**prediction.facts(result))
    for option, change in prediction.beliefs.items():
        assert prediction.answer(PATCHES.compute(**values | change)) == option


def test_the_words_count_what_is_there():
    paper = run(baseline="paper")
    assert patches_checks.dummies(paper) == {"count": 2**15, "dummies": 3}
    told = patches_checks.falls(run())
    steps = told["steps"]
    mean = run().curve.mean
    assert (mean[: steps + 1] > 0).all() and mean[steps + 1] <= 0
    assert patches_checks.number(-1e-15) == "0" and patches_checks.number(-0.25) == "−0.25"
    never = run()._replace(reads=torch.full((17,), 3))
    assert patches_checks.fall_in_words(never) == "never"


def test_a_drawing_is_read_like_the_digit_it_copies():
    text = table.write(digits()[605].view(8, 8))
    drawn, bundled = run(source="drawing", pixels=text), run(digit=605)
    assert torch.equal(drawn.phi, bundled.phi) and drawn.label == -1
    assert PATCHES.defaults()["pixels"] == table.write(digits()[1180].view(8, 8))


@pytest.mark.parametrize("level", ["0", "16"])
@pytest.mark.parametrize("baseline", patches.BASELINES)
def test_a_plain_sheet_is_answered_too(level, baseline):
    sheet = ",".join([" ".join([level] * 8)] * 8)
    for view in patches.VIEWS:
        values = PATCHES.defaults() | {
            "source": "drawing",
            "pixels": sheet,
            "baseline": baseline,
            "view": view,
        }
        result = PATCHES.compute(**values)
        assert [
            c for c in patches_checks.checks(result, **values) if c.applies and not c.holds
        ] == []
        assert patches_checks.says(result, **values) and figure(result, **values).panels


def test_the_map_is_pointed_at_patch_by_patch_and_the_pen_starts_over():
    values = PATCHES.defaults() | {"patch": 6}
    first, _, last = figure(run(patch=6), **values).panels
    ((a, b),) = first.pick.matrix
    assert first.pick.cell == (1, 2) and a * 2 + b * 1 == 6
    assert last.paint.also == {"source": "drawing", "removed": 0}
    assert last.paint.values.shape == (8, 8)


def test_more_steps_or_patches_than_there_are_mean_the_last():
    small = run(side="2", removed=16, patch=15)
    assert small.step == 4 and small.chosen == 3
    torch.testing.assert_close(small.shown, small.absent)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"digit": 1797}, r"digit a whole number in \[0, 1796\], got 1797"),
        ({"other": -1}, "other a whole number"),
        ({"removed": 17}, r"removed a whole number in \[0, 16\], got 17"),
        ({"patch": 16}, "patch a whole number"),
        ({"side": "3"}, "side to be one of"),
        ({"baseline": "white"}, "baseline to be one of"),
        ({"model": "tree"}, "model to be one of"),
        ({"target": "ten"}, "target to be one of"),
        ({"view": "both"}, "view to be one of"),
        ({"source": "photo"}, "source to be one of"),
        ({"source": "drawing", "pixels": "1 2,3 4"}, "pixels to be 8 x 8, got 2 x 2"),
        (
            {"source": "drawing", "pixels": ",".join(["17 0 0 0 0 0 0 0"] * 8)},
            r"pixels in \[0, 16\]",
        ),
    ],
)
def test_bad_values_are_refused_by_name(change, message):
    with pytest.raises(ValueError, match=message):
        run(**change)
