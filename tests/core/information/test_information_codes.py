"""Huffman's code against every code there is, its steps, and texts there and back."""

import math
from itertools import pairwise, product

import pytest
import torch

from core.information import code_text, decode, encode, entropy, huffman, huffman_steps
from core.rng import generator


def laws(count, k, seed):
    p = torch.rand(count, k, generator=generator(seed), dtype=torch.float64) ** 3
    return p / p.sum(-1, keepdim=True)


def is_prefix_free(words):
    ordered = sorted(word for word in words if word is not None)
    return not any(b.startswith(a) for a, b in pairwise(ordered))


def test_the_dyadic_law_has_the_words_of_its_information():
    assert huffman([0.5, 0.25, 0.125, 0.125]) == (("0", "10", "110", "111"), 1.75)


@pytest.mark.parametrize("k", [2, 3, 4, 5, 6])
def test_no_code_is_shorter(k):
    """A prefix code with lengths lᵢ exists where Σ 2^−lᵢ ≤ 1 (Kraft); the best needs l ≤ k − 1."""
    lengths = torch.tensor(list(product(range(1, k), repeat=k)) if k > 2 else [[1, 1]]).double()
    lengths = lengths[(0.5**lengths).sum(1) <= 1]
    for p in laws(20, k, k):
        words, mean = huffman(p)
        assert is_prefix_free(words)
        assert mean == pytest.approx(float((lengths @ p).min()), abs=1e-12)
        assert mean == pytest.approx(sum(m * len(w) for m, w in zip(p.tolist(), words)))


def test_the_mean_length_is_within_a_bit_of_the_entropy():
    for k in (1, 2, 7, 40):
        for p in laws(20, k, 100 + k):
            H, (words, mean) = float(entropy(p, 2)), huffman(p)
            assert H - 1e-12 <= mean < H + 1
            assert sum(2.0 ** -len(word) for word in words) == 1


def test_impossible_symbols_have_no_word():
    assert huffman([0.0, 1.0, 0.0]) == ((None, "", None), 0)
    words, mean = huffman([0.5, 0.0, 0.5])
    assert words == ("0", None, "1") and mean == 1


def test_ties_are_settled_by_age():
    first = list(huffman_steps([0.25] * 4))
    assert [(m.left, m.right, m.node) for m in first] == [(0, 1, 4), (2, 3, 5), (4, 5, 6)]
    assert huffman([0.25] * 4)[0] == ("00", "01", "10", "11")
    assert first[0].forest == ((0.25, 2), (0.25, 3), (0.5, 4))
    # .5 the leaf is older than .5 the node
    assert [m.left for m in huffman_steps([0.5, 0.3, 0.2])] == [2, 0]


def test_a_merge_takes_the_two_lightest_and_its_mass_adds_up_to_the_mean_length():
    for p in (laws(10, 9, 5) * 2**20).round():
        p[0] += 2**20 - p.sum()  # sums of such shares are exact
        p = p / 2**20
        masses, total = dict(enumerate(p.tolist())), 0.0
        for step in huffman_steps(p):
            light = sorted(masses.values())[:2]
            assert [masses.pop(step.left), masses.pop(step.right)] == light
            masses[step.node] = step.mass
            assert {node: mass for mass, node in step.forest} == masses
            total += step.mass
        assert total == pytest.approx(huffman(p)[1], abs=1e-12)
        assert list(masses.values()) == [pytest.approx(1)]


@pytest.mark.parametrize(
    "text",
    ["abracadabra", "x", "aaaa", "ab", "Räksmörgås – 😀😀, naïve\n", "the cat sat on the mat" * 30],
)
def test_a_text_comes_back_and_its_bits_are_counted(text):
    coded = code_text(text)
    assert is_prefix_free(coded.words.values())
    assert coded.n == len(text) and list(coded.counts) == [text.count(s) for s in coded.symbols]
    assert len(coded.bits) == sum(len(coded.words[letter]) for letter in text)
    assert len(text) * coded.entropy - 1e-9 <= len(coded.bits) < len(text) * (coded.entropy + 1)
    assert len(coded.bits) <= coded.fixed
    if len(coded.symbols) > 1:
        assert decode(coded.bits, coded.words) == text


def test_abracadabra_by_hand():
    """5, 2, 2, 1, 1: merges 2, 4, 6, 11 make 23 bits; H = 2.0404 bits a letter."""
    coded = code_text("abracadabra")
    assert (coded.symbols, coded.counts) == (tuple("abrcd"), (5, 2, 2, 1, 1))
    assert len(coded.bits) == 23 and coded.fixed == 33
    wanted = -sum(c / 11 * math.log2(c / 11) for c in (5, 2, 2, 1, 1))
    assert coded.entropy == pytest.approx(wanted, abs=1e-12)


def test_what_cannot_be_coded_is_refused():
    words = {"a": "0", "b": "10", "c": None}
    with pytest.raises(ValueError, match="with a code word, got 'c'"):
        encode("abc", words)
    with pytest.raises(ValueError, match="with a code word, got 'd'"):
        encode("d", words)
    for bits in ("011", "01", "02"):
        with pytest.raises(ValueError, match="expected bits made of code words"):
            decode(bits, words)
    for clash in ({"a": "0", "b": "01"}, {"a": "1", "b": "1"}):
        with pytest.raises(ValueError, match="expected words of which none starts another"):
            decode("0", clash)
    with pytest.raises(ValueError, match="expected characters of text in"):
        code_text("")
    with pytest.raises(ValueError, match=r"expected p of shape \(k,\), got \(1, 2\)"):
        huffman([[0.5, 0.5]])
    with pytest.raises(ValueError, match="expected p to sum to 1"):
        huffman_steps([0.5, 0.4])
