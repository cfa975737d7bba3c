import itertools
import math

import numpy as np
import pytest
import torch
from scipy import stats

from core.experiments.information import bars_claims as claims
from core.experiments.information.bars import bars, merges, over_share, triangle
from core.signature import fields
from pages.experiments.information.bars import EXPERIMENT
from pages.figures.information.bars import figure

BASE = {name: field.default for name, field in fields(bars).items()}


def found(**values):
    values = BASE | values
    run = bars(**values)
    return run, claims.checks(run, **values)


def pictured(**values):
    values = EXPERIMENT.defaults() | values
    run = EXPERIMENT.compute(**{k: values[k] for k in BASE})
    return {panel.name: panel for panel in EXPERIMENT.figure(run, **values).panels}


@pytest.mark.parametrize("p", ["4 2 1 1", "1 1 1", "9 1", "3 0 2 5 1", "1 2 4 8 16 32"])
@pytest.mark.parametrize("unit", ["bits", "nats"])
def test_the_entropy_is_that_of_the_reference_library(p, unit):
    weights = np.array(p.split(), float)
    base = 2 if unit == "bits" else math.e
    assert bars(p=p, unit=unit).entropy == pytest.approx(
        stats.entropy(weights, base=base), abs=1e-12
    )


def test_printed_figures():
    run = bars()
    assert run.entropy == run.length == 1.75 and run.words == ("0", "10", "110", "111")
    assert bars(law="density", unit="nats").entropy == pytest.approx(-0.8836, abs=5e-5)
    assert bars(p="1 1 1").entropy == pytest.approx(math.log2(3)) and bars(p="9 1").length == 1
    assert bars(p="1 1 1").length == pytest.approx(5 / 3)


@pytest.mark.parametrize("p", ["4 2 1 1", "5 1 1 1", "1 1 1 1", "6 3 2 1", "7 7 1 3"])
def test_no_complete_set_of_lengths_of_four_words_is_shorter(p):
    """All lengths with Kraft's sum at most 1, tried one by one."""
    mass = bars(p=p).p.tolist()
    kraft = (
        sum(m * n for m, n in zip(mass, lengths, strict=True))
        for lengths in itertools.product(range(1, 5), repeat=4)
        if sum(2.0**-n for n in lengths) <= 1
    )
    assert bars(p=p).length == pytest.approx(min(kraft), abs=1e-12)


def test_a_bar_that_is_held_stands_and_the_others_give_way():
    run = bars(held="B", share=0.4)
    np.testing.assert_allclose(run.p, [0.4, 0.4, 0.1, 0.1])
    np.testing.assert_allclose(bars(p="1 0 0", held="A", share=0.5).p, [0.5, 0.25, 0.25])
    torch.testing.assert_close(bars(held="F", share=0.9).p, bars().p)


@pytest.mark.parametrize("start", [{}, {"held": "A", "share": 0.5}, {"held": "B", "share": 0.7}])
def test_taking_any_bar_by_its_top_moves_nothing_yet(start):
    """What a handle sets where it stands gives the same bars."""
    before = bars(**BASE | start)
    for handle in pictured(**start)["bars"].handles:
        (share,) = (row[0] * handle.x + row[1] * handle.y for row in handle.matrix)
        after = bars(**BASE | start | handle.also | dict.fromkeys(handle.params, share))
        torch.testing.assert_close(after.p, before.p, atol=1e-4, rtol=0)


def test_the_curve_is_the_entropy_of_the_bars_it_stands_for():
    at, H = over_share("4 2 1 1", "C", "nats")
    for k in (0, 17, 40, 80):
        run = bars(held="C", share=float(at[k]), unit="nats")
        assert H[k] == pytest.approx(run.entropy, abs=1e-12)
    assert (np.diff(H, 2) < 1e-12).all()


def test_the_triangle_holds_every_law_once():
    z = triangle("bits")
    assert np.isfinite(z).sum() == 25 * 26 // 2
    for b, a in ((3, 4), (0, 24), (12, 0), (8, 8)):
        p = f"{a} {b} {24 - a - b}"
        assert z[b, a] == pytest.approx(bars(p=p).entropy, abs=1e-12)
    assert np.nanmax(z) == z[8, 8] == pytest.approx(math.log2(3))


def test_a_text_is_written_letter_by_letter():
    run = bars(law="text", text="abracadabra")
    assert run.bits == 23  # Huffman's length is unique: a 5, b 2, r 2, c 1, d 1
    np.testing.assert_allclose(run.p, np.array([5, 2, 2, 1, 1]) / 11)
    assert len(merges(run)) == 4
    alone = bars(law="text", text="aaaa")
    assert alone.bits == alone.entropy == alone.length == 0 and alone.words == ("",)


@pytest.mark.parametrize("sigma", [0.05, 0.1, 0.242, 1.0, 3.0])
def test_the_density_has_the_entropy_of_the_reference_library(sigma):
    run = bars(law="density", sigma=sigma, unit="nats")
    assert run.entropy == pytest.approx(stats.norm(scale=sigma).entropy(), abs=1e-12)
    assert (run.entropy < 0) == (sigma < 0.24197)


def test_the_picture_grows_merge_by_merge():
    for step, branches in ((0, 0), (1, 2), (3, 6), (9, 6)):
        values = BASE | {"step": step}
        del values["share"]
        (tree,) = (p for p in figure(bars(), **values).panels
                   if p.name == "tree")  # fmt: skip
        drawn = [t for t in tree.traces if t["name"] == "branches"]
        assert sum(np.isnan(t["x"]).sum() for t in drawn) == branches


@pytest.mark.parametrize(
    ("field", "words"),
    [("entropy", "by multiplying"), ("length", "all joined nodes"), ("p", "as they were set")],
)
def test_a_wrong_number_turns_its_check_red(field, words):
    run, checks = found(p="3 0 2 5 1")
    assert all(c.holds for c in checks if c.applies)
    forged = run._replace(**{field: run.p.flip(0) if field == "p" else 1.01 * getattr(run, field)})
    (one,) = (c for c in claims.checks(forged, **BASE | {"p": "3 0 2 5 1"}) if words in c.claim)
    assert one.applies and not one.holds


def test_a_wrong_word_turns_a_check_red():
    run, _ = found()
    forged = run._replace(words=(*run.words[:3], "1111"))
    assert any(c.applies and not c.holds for c in claims.checks(forged, **BASE))


def test_sentences_tell_the_cases_apart():
    for values, words in (
        ({}, "exactly H"), ({"p": "9 1"}, "0.531 more than H"), ({"p": "1 0"}, "certain"),
        ({"law": "text", "text": "a"}, "1 letter, 1 different"),
        ({"law": "density"}, "below 0: most"), ({"law": "density", "sigma": 2.0}, "everywhere"),
        ({"law": "density", "sigma": 0.398}, "partly"),
        ({"law": "density", "sigma": 0.4}, "below 1 everywhere"),
        ({"p": "1 1"}, "H is 1 bit, of"), ({"p": "1 1 0"}, "every share above 0 is a power"),
        ({"unit": "nats"}, "exactly H in bits"),
    ):  # fmt: skip
        run, _ = found(**values)
        told = claims.says(run, **{k: (BASE | values)[k] for k in ("law", "text", "sigma", "unit")})
        assert words in told, told


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"p": "0 0"}, "expected p"), ({"p": "1"}, "bars of p"), ({"p": "1 -1"}, "expected p"),
        ({"p": "1 x"}, "of p"), ({"p": "1 1 1 1 1 1 1"}, "expected p"), ({"share": 1.5}, "share"),
        ({"law": "text", "text": ""}, "text"), ({"law": "text", "text": "a" * 401}, "text"),
        ({"law": "text", "text": "abcdefghijklmnopqrstuvwxyz"}, "24 different"),
        ({"law": "density", "sigma": 0.0}, "sigma"),
    ],
)  # fmt: skip
def test_refusals_name_the_parameter(bad, words):
    with pytest.raises(ValueError, match=words):
        bars(**BASE | bad)
