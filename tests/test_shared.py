"""What one student has asked for is packed for the next: drawn once, sent as each needs it."""

from dataclasses import replace

import numpy as np

from pages.landscapes import EXPERIMENTS
from pages.ui import compose, shared, store
from pages.ui.codec import Part, compressed, digest, pack
from tests.wire import blocks, head

BOWL = EXPERIMENTS[0]


def counted():
    """The bowl, and how often its figure, its sentence and its checks were asked for."""
    calls = {"figure": 0, "says": 0, "checks": 0}

    def counting(name):
        def called(*args, **values):
            calls[name] += 1
            return getattr(BOWL, name)(*args, **values)

        return called

    return replace(BOWL, **{name: counting(name) for name in calls}), calls


def asked(experiment, *, rev=0, pins=(), have=frozenset(), words=True, **values):
    state = store.State("bowl", {}, rev=rev)
    values = experiment.defaults() | values
    return compose.message("landscapes", experiment, state, values, list(pins), have, words)


def test_the_next_student_gets_the_same_picture_without_drawing_it():
    bowl, calls = counted()
    first = asked(bowl, kappa=30.0)
    other = asked(bowl, kappa=30.0, rev=4)
    assert calls == {"figure": 1, "says": 1, "checks": 1}
    assert head(first)["rev"] == 0 and head(other)["rev"] == 4
    same = {k: v for k, v in head(first).items() if k != "rev"}
    assert same == {k: v for k, v in head(other).items() if k != "rev"}
    assert blocks(first) == blocks(other)


def test_a_release_after_the_drag_draws_nothing_and_adds_the_words():
    bowl, calls = counted()
    dragged = asked(bowl, kappa=31.0, words=False)
    assert "words" not in head(dragged) and calls == {"figure": 1, "says": 0, "checks": 0}
    kept = asked(bowl, kappa=31.0, have=frozenset(head(dragged)["uses"]))
    assert head(kept)["words"]["says"] and blocks(kept) == []
    assert calls == {"figure": 1, "says": 1, "checks": 1}


def test_settings_pins_and_the_way_a_number_is_written_make_another_message():
    one = head(asked(BOWL, kappa=32.0))
    assert head(asked(BOWL, kappa=33.0))["panels"] != one["panels"]
    pinned = head(asked(BOWL, kappa=32.0, pins=[BOWL.defaults()]))
    assert len(pinned["words"]["pins"]) == 1 and one["words"]["pins"] == []
    assert len(pinned["panels"][0]["traces"]) > len(one["panels"][0]["traces"])
    assert "kappa=32.0" in one["words"]["code"]
    assert "kappa=32\n" not in one["words"]["code"]
    assert head(asked(BOWL, kappa=32))["words"]["code"] != one["words"]["code"]


def test_what_is_refused_or_broken_is_not_kept():
    def broken(*args, **values):
        raise RuntimeError("once")

    assert head(asked(BOWL, kappa=0.5))["panels"] is None
    assert head(asked(replace(BOWL, figure=broken), kappa=34.0))["error"]
    shared.forget()
    assert head(asked(BOWL, kappa=34.0))["panels"]


def test_parts_and_head_make_one_header_and_each_block_is_sent_once():
    pixels = np.arange(4 * 5 * 3, dtype=np.uint8).reshape(4, 5, 3)
    numbers = np.linspace(0, 1, 7)
    message = pack({"a": numbers}, parts=[Part.of({"b": numbers, "c": pixels}), Part.of({})])
    told = head(message)
    assert told["a"] == told["b"] and told["c"]["shape"] == [4, 5, 3]
    (first, kind, raw), (second, picture, file) = blocks(message)
    assert (kind, picture) == ("float32", "image/png")
    assert np.array_equal(np.frombuffer(raw, "<f4"), numbers.astype("<f4"))
    assert first == digest(raw) and file == compressed(pixels, "image/png")
    assert told["uses"] == [first, second]
    assert blocks(pack({"a": numbers}, frozenset([first]))) == []
