"""What is remembered, by weight."""

from dataclasses import dataclass

import numpy as np
import torch

from core.keep import Keep, weight


@dataclass(frozen=True)
class Record:
    x: torch.Tensor
    names: tuple[str, ...]


def test_weight_is_the_bytes_of_arrays_tensors_and_texts():
    assert weight(np.zeros(10)) == 80
    assert weight(torch.zeros(3, 4)) == 48
    assert weight(b"12345") == 5
    assert weight(Record(torch.zeros(8), ("ab", "c"))) == 32 + 3
    assert weight({"a": [np.zeros(2), np.zeros(3, "f4")]}) == 28
    assert weight(7) == 1 and weight(None) == 1 and weight(()) == 1


def test_the_least_recently_used_is_forgotten_first():
    keep = Keep(250)
    for name in "abc":
        keep.put(name, np.zeros(10))
    assert keep.get("a") is not None and len(keep) == 3
    keep.put("d", np.zeros(10))
    assert keep.get("b") is None
    assert keep.get("a") is not None and keep.get("c") is not None and keep.weight == 240


def test_hundreds_of_small_things_live_where_sixteen_would_not():
    keep = Keep(10_000)
    for number in range(300):
        keep.put(number, "x" * 20)
    assert all(keep.get(number) for number in range(300))


def test_what_is_heavier_than_the_store_is_held_alone():
    keep = Keep(100)
    keep.put("small", np.zeros(5))
    first, second = np.zeros(1000), np.zeros(2000)
    assert keep.put("first", first) is first
    assert keep.get("first") is first and keep.get("small") is not None
    keep.put("second", second)
    assert keep.get("second") is second and keep.get("first") is None
    assert keep.get(None) is None


def test_what_is_made_is_made_once():
    keep, made = Keep(1000), []
    for _ in range(3):
        assert keep.made("a", lambda: made.append(1) or "answer") == "answer"
    assert made == [1]
    keep.clear()
    assert keep.get("a") is None and len(keep) == 0
