"""Damaged links: mistyped, cut, doubled or attacked.

python -m tests.server.links 10000: that many through the store of one session, as JSON how many
were told to be damaged, and the memory of the process after the first ones and at the end.
"""

import json
import os
import random
import sys
from collections.abc import Iterator
from itertools import islice

from streamlit.testing.v1 import AppTest

from pages.topics import TOPICS
from pages.ui import live, store
from tests.memory import held

FIRST = 500  # after them everything is loaded
DIRT = (
    "", "&", "=", "&&==", "%", "%zz", "%ff%fe", "%00", "+", ";", "#", "?", "exp", "exp=", "pin=",
    "ask=-1", "ask=9e9", "ask=%D9%A1", "pin=x:1;y", "pin=%3A%3A%3B", "pin=:;:;", "exp=__class__",
    "a=" + "9" * 400, "kappa=1e999", "kappa=nan", "exp=%3Cscript%3E", "v=" + "x" * 5000, "π=π",
    "view=stage&view=x", "game=own-000000000000", "image=own-../../etc", "p=1_0", "p=0x1", "p=--1",
)  # fmt: skip


def links(count: int) -> Iterator[tuple[str, str]]:
    """Topics, and queries that began as good ones of theirs."""
    rng = random.Random(0)
    topics = [topic.noun for topic in TOPICS if topic.built]
    for _ in range(count):
        topic = rng.choice(topics)
        experiment = rng.choice(list(live.experiments(topic).values()))
        values = experiment.defaults() | rng.choice([{}, *experiment.presets.values()])
        query = store.link(topic, experiment, values).partition("?")[2]
        yield topic, damaged(rng, query)


def damaged(rng: random.Random, query: str) -> str:
    """Something cut out, something put in, up to four times."""
    for _ in range(rng.randint(1, 4)):
        at, to = sorted(rng.choices(range(len(query) + 1), k=2))
        inside = rng.choice([query[at:to] * 2, rng.choice(DIRT), f"&{rng.choice(DIRT)}&"])
        query = query[:at] + inside + query[min(to, at + 9) :]
    return query


def script(some: list[tuple[str, str]]) -> None:
    """A session follows these links, as going back and forward does."""
    from urllib.parse import parse_qs

    import streamlit as st

    from pages.ui import live, store

    notices = st.session_state.setdefault("notices", 0)
    for topic, query in some:
        st.session_state["under way"] = topic, query
        st.query_params.from_dict(parse_qs(query, keep_blank_values=True))
        experiments = list(live.experiments(topic).values())
        state = store.load(topic, experiments)
        experiment = store.current(state, experiments)
        for values in (state.values[state.slug], *state.pins.get(state.slug, [])):
            assert store.accepted(experiment, values) == values
            assert values.keys() == experiment.defaults().keys()
            for param in experiment.params:
                assert store.read(param, store.write(values[param.name])) is not None
        notices += bool(state.notice)
    st.session_state["notices"] = notices


def main(count: int) -> None:
    at = AppTest.from_function(script, default_timeout=600)
    everything, memory = links(count), []
    while some := list(islice(everything, FIRST)):  # runs, as what one says lies there to its end
        at.args = (some,)
        at.run()
        assert not at.exception, (at.session_state["under way"], at.exception)
        memory.append(held(os.getpid()))
    notices = at.session_state["notices"]
    print(json.dumps({"notices": notices, "before": memory[0], "after": memory[-1]}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
