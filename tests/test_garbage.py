"""No setting kills a page: whatever arrives, a message comes back, and its link opens."""

import json
import logging
import random
from dataclasses import replace

import pytest

from pages.ui import compose, live, run, store
from pages.ui.experiment import Experiment, Param
from tests import contract
from tests.house import EXPERIMENTS, each_experiment
from tests.wire import head

MESSAGES = 20  # for each experiment: about 2600 for the house
TEXTS = (
    "", " ", "0", "-", "nan", "inf", "1e999", "5e-324", "-1e308 1e308", "1,2;3", "x", "log(x)",
    "ln(x)+y^2", "log(abs(x))", "1/0", "x^x^x", "((", "0 0 0", "1 2 3 4 5 6 7 8", "1 0,0 1",
    "é" * 40, "own-0123456789ab", "<b>", "\x00", "١٢", "-0 -0", "1e-320 2e-320", "1000000 " * 100,
)  # fmt: skip
NUMBERS = (
    0, -0.0, 1, -1, 0.5, 5.87, 1e-300, 5e-324, 1e300, -1e300, 2**53, -(2**70), 10**400, 1e308,
)  # fmt: skip
OTHER = (None, True, False, [], {}, [1], {"a": 1}, [[]], [None], {"": {}}, "own-" + "f" * 12)


def anything(rng: random.Random, param: Param) -> object:
    """A value of this parameter, one like it, or something that is none at all."""
    kind = rng.random()
    if kind < 0.15:
        return rng.choice(OTHER)
    if kind < 0.3:
        return rng.choice(rng.choice((TEXTS, NUMBERS)))
    if contract.is_number(param.default):
        low, high = param.low, param.high
        value = rng.choice((low, high, rng.uniform(low, high), low - 1, high + 0.5))
        return round(value) if kind < 0.9 and isinstance(param.default, int) else value
    if isinstance(param.default, bool):
        return rng.random() < 0.5
    return rng.choice([*(param.options or TEXTS), param.default])


def settings(rng: random.Random, experiment: Experiment) -> dict:
    """A few parameters anyhow, the others as some preset sets them."""
    values = dict(rng.choice([*experiment.presets.values(), {}]))
    for param in rng.sample(experiment.params, min(len(experiment.params), rng.randint(1, 4))):
        values[param.name] = anything(rng, param)
    if rng.random() < 0.1:
        values[rng.choice(("exp", "unknown", "ask", "__class__"))] = rng.choice(OTHER)
    return values


def requests(experiment: Experiment) -> list[dict]:
    rng = random.Random(experiment.slug)
    return [
        {
            "slug": experiment.slug,
            "who": "x",
            "seq": n,
            "rev": rng.choice((0, -1, 2**60)),
            "p": settings(rng, experiment),
            "pins": [settings(rng, experiment) for _ in range(rng.choice((0, 0, 0, 1)))],
            "have": [rng.choice(OTHER)],
            "words": rng.random() < 0.5,
        }
        for n in range(MESSAGES)
    ]


@each_experiment
def test_every_message_is_answered(name, caplog):
    topic, experiment = name.partition("/")[0], EXPERIMENTS[name]
    caplog.set_level(logging.ERROR, "saddlepoint")
    for request in requests(experiment):
        body = json.dumps(request).encode()
        assert live.understood(body) is not None
        answer = live.picture(topic, experiment, json.loads(body))
        if answer is None:  # a long computation goes through the page
            assert run.slow(experiment)
            continue
        told = head(answer)
        assert told["error"] or told["panels"], request
        assert not caplog.records, (request["p"], request["pins"], caplog.text[-2500:])


def same(one: object, two: object) -> bool:
    return one == (pytest.approx(two, rel=1e-9) if contract.is_number(two) else two)


@each_experiment
def test_every_setting_that_arrives_can_be_a_link(name):
    experiment = EXPERIMENTS[name]
    for request in requests(experiment):
        values = store.accepted(experiment, request["p"])
        spelled = store.changed(experiment, values)
        read = store._parse(experiment, spelled, refused := [])
        admitted = True
        try:
            run.admit(experiment, values)
        except ValueError:
            admitted = False
        alike = all(same(read[key], value) for key, value in values.items())
        assert alike or (refused and not admitted), (values, read)


def breaks(*_, **__):
    return {}["nothing"]


@pytest.mark.parametrize("part", ["compute", "figure", "checks", "says"])
def test_whatever_breaks_a_sentence_comes_and_the_error_is_logged(part, caplog):
    topic, experiment = "landscapes", EXPERIMENTS["landscapes/bowl"]
    broken = replace(experiment, **{part: breaks}, slug="broken")
    run.forget()
    answer = compose.message(topic, broken, store.State("broken", {}), broken.defaults())
    told = head(answer)
    assert told["panels"] is None and "cannot be shown" in told["error"]
    assert told["controls"] and told["values"] == broken.defaults()
    assert "KeyError" in caplog.text and '"kappa": 100.0' in caplog.text
    run.forget()
