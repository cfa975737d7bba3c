"""The short way of a picture: what it answers, and what it does not."""

import json

import pytest

from pages.landscapes import EXPERIMENTS
from pages.ui import compose, live, run, store
from tests.wire import head

BOWL = EXPERIMENTS[0]
ASKED = {
    "slug": "bowl",
    "who": "a",
    "seq": 7,
    "rev": 3,
    "p": {"kappa": 30},
    "pins": [],
    "have": [],
    "words": True,
}


def test_it_draws_what_the_page_draws():
    values = BOWL.defaults() | {"kappa": 30.0, "start": "worst"}
    pin = BOWL.defaults() | {"lr_L": 1.0}
    short = live.picture(
        "landscapes", BOWL, ASKED | {"p": {"kappa": 30, "start": "worst"}, "pins": [{"lr_L": 1}]}
    )
    state = store.State("bowl", {}, rev=3, ack=7)
    assert short == compose.message("landscapes", BOWL, state, values, [pin])
    assert head(short)["ack"] == 7
    assert len(head(short)["words"]["pins"]) == 1


def test_arrays_the_browser_holds_are_not_sent_again():
    whole = live.picture("landscapes", BOWL, ASKED)
    again = live.picture("landscapes", BOWL, ASKED | {"have": head(whole)["uses"]})
    assert head(again)["blocks"] == []
    assert head(again)["uses"] == head(whole)["uses"]
    assert len(again) < len(whole) / 3


def test_a_value_out_of_range_is_answered_with_the_sentence_of_refusal():
    told = head(live.picture("landscapes", BOWL, ASKED | {"p": {"kappa": 0.5}}))
    assert told["error"] == "expected condition number κ in [1, 10000], got 0.5"
    assert told["panels"] is None


def test_words_come_only_when_they_are_asked_for():
    quiet = live.picture("landscapes", BOWL, ASKED | {"words": False})
    assert "words" not in head(quiet) and head(quiet)["panels"]
    spoken = head(live.picture("landscapes", BOWL, ASKED))["words"]
    assert spoken["says"] and spoken["checks"] and "kappa=30.0" in spoken["code"]


def test_a_long_computation_is_left_to_the_page_until_its_result_is_there():
    sweep = next(e for e in EXPERIMENTS if run.slow(e))
    asked = ASKED | {"slug": sweep.slug, "p": {}}
    run.forget()
    assert live.picture("landscapes", sweep, asked) is None
    run.result(sweep, sweep.defaults())
    assert head(live.picture("landscapes", sweep, asked))["panels"]


def test_only_experiments_of_built_topics_are_answered():
    assert set(live.experiments("landscapes")) == {e.slug for e in EXPERIMENTS}
    for topic in ("nonsense", "home", "ui", "../core", ""):
        assert live.experiments(topic) == {}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"{" * 5000,
        b"[" * 60_000,
        json.dumps(ASKED | {"p": []}).encode(),
        json.dumps(ASKED | {"pins": [1]}).encode(),
        json.dumps(ASKED | {"seq": "7"}).encode(),
        json.dumps({k: v for k, v in ASKED.items() if k != "have"}).encode(),
        json.dumps(ASKED | {"x": "y" * live.LARGEST}).encode(),
    ],
)
def test_a_malformed_request_is_not_understood(body):
    assert live.understood(body) is None
    assert live.understood(json.dumps(ASKED).encode()) == ASKED


def test_a_verdict_waits_for_the_long_run_it_speaks_of():
    slow = next(e for e in EXPERIMENTS if run.slow(e) and e.posed(1) != e.defaults())
    run.forget()
    state = store.State(slow.slug, {}, committed={slow.slug: (1, 0)})
    run.result(slow, slow.defaults())
    assert "verdict" not in head(compose.message("landscapes", slow, state, slow.defaults()))
    run.result(slow, slow.posed(1))
    told = head(compose.message("landscapes", slow, state, slow.defaults()))["verdict"]
    assert told["chosen"] == 0 and told["values"] == slow.posed(1) and told["because"]
