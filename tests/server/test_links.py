"""1000 damaged links: mistyped, cut, doubled or attacked, none of them breaks the page's store."""

import random
from collections.abc import Iterator

from streamlit.testing.v1 import AppTest

from pages.topics import TOPICS
from pages.ui import live, store

LINKS = 1000
DIRT = (
    "", "&", "=", "&&==", "%", "%zz", "%ff%fe", "%00", "+", ";", "#", "?", "exp", "exp=", "pin=",
    "ask=-1", "ask=9e9", "ask=%D9%A1", "pin=x:1;y", "pin=%3A%3A%3B", "pin=:;:;", "exp=__class__",
    "a=" + "9" * 400, "kappa=1e999", "kappa=nan", "exp=%3Cscript%3E", "v=" + "x" * 5000, "π=π",
    "view=stage&view=x", "game=own-000000000000", "image=own-../../etc", "p=1_0", "p=0x1", "p=--1",
)  # fmt: skip


def links() -> Iterator[tuple[str, str]]:
    """Topics, and queries that began as good ones of theirs."""
    rng = random.Random(0)
    topics = [topic.noun for topic in TOPICS if topic.built]
    for _ in range(LINKS):
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


def script() -> None:
    """One session follows all the links, as going back and forward does."""
    from urllib.parse import parse_qs

    import streamlit as st

    from pages.ui import live, store
    from tests.server.test_links import links

    for topic, query in links():
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
        notices = st.session_state.setdefault("notices", [])
        notices.append(state.notice)


def test_no_damaged_link_breaks_the_store_and_what_it_sets_is_of_its_kind():
    at = AppTest.from_function(script, default_timeout=600).run()
    assert not at.exception, (at.session_state["under way"], at.exception)
    notices = at.session_state["notices"]
    assert len(notices) == LINKS and 0.2 < sum(map(bool, notices)) / LINKS < 0.9
