"""A topic's page: heading, experiments, the stage, and what stands under it."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from pages.ui import cards, entrance, run, stage, store, verdicts
from pages.ui.experiment import Experiment, Values


def show(topic: str, experiments: list[Experiment]) -> None:
    """The page of a topic in the order of the house."""
    entrance.through_app()
    state = store.load(topic, experiments)
    head(topic, experiments, state)
    live(topic, experiments)
    cards.statements(store.current(state, experiments))
    cards.texts(topic)


def head(topic: str, experiments: list[Experiment], state: store.State) -> None:
    """The experiments of the page, the question of the one on stage, and its predictions."""
    experiment = store.current(state, experiments)
    key = f"tabs:{topic}"

    def switch() -> None:
        if st.session_state[key]["open"] in {e.slug for e in experiments}:
            store.put(topic, experiments, st.session_state[key]["open"])

    with st.container(key="question", horizontal=True):
        stage.tabs(topic, experiments, experiment, key, switch)
        verdicts.predictions(topic, experiments, experiment)
    verdicts.verdict(topic, experiments, experiment)
    if state.notice:
        st.caption(state.notice)


@st.fragment
def live(topic: str, experiments: list[Experiment]) -> None:
    """The stage; it reruns alone, up to forty times a second while a finger drags."""
    state = store.of(topic)
    experiment = store.current(state, experiments)
    values = dict(state.values[experiment.slug])
    key = f"stage:{topic}"

    def received() -> None:
        message = st.session_state[key]["set"]
        if message:
            store.receive(topic, experiments, message)

    have, state.have = state.have, frozenset()
    running, share = run.advance(state, experiment, values)
    if running:
        message = stage.frame(topic, experiment, state, values)
        message |= {"stopped": share is None, "progress": share}
    else:
        pins = state.pins.get(experiment.slug, [])
        message = stage.show(topic, experiment, state, values, pins)
    stage.mount(message, have, key, received)
    if experiment.chart and not running:
        view(experiment.chart, experiment, values)


def view(chart: Callable[..., Any], experiment: Experiment, values: Values) -> None:
    """A chart of the result under the stage; nothing where the stage shows a refusal."""
    try:
        result = run.result(experiment, values)
    except ValueError:
        return
    with st.container(key="view"):
        st.altair_chart(chart(result, **values), width="content")
