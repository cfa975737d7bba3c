"""A topic's page: heading, experiments, the stage, and what stands under it."""

from itertools import count

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.ui import cards, compose, desk, entrance, metrics, misprints, run, stage, store
from pages.ui.experiment import Experiment, Values
from pages.ui.guard import broken

TURNS = count(1)


def show(topic: str, experiments: list[Experiment]) -> None:
    """The page of a topic in the order of the house."""
    entrance.through_app()
    state = store.load(topic, experiments)
    state.misprints = misprints.on()
    head(topic, experiments, state)
    live(topic, experiments, (state.slug, state.misprints))
    cards.statements(store.current(state, experiments))
    cards.texts(topic, experiments)


def head(topic: str, experiments: list[Experiment], state: store.State) -> None:
    """The experiments of the page and the question of the one on stage."""
    experiment = store.current(state, experiments)
    key = f"tabs:{topic}"

    def switch() -> None:
        if st.session_state[key]["open"] in {e.slug for e in experiments}:
            store.put(topic, experiments, st.session_state[key]["open"])

    stage.tabs(topic, experiments, experiment, key, switch)
    if state.notice:
        st.caption(state.notice)


@st.fragment
@metrics.RERUN.labels("stage").time()
def live(topic: str, experiments: list[Experiment], above: tuple[str, bool]) -> None:
    """The stage; it reruns alone, up to forty times a second while a finger drags.

    Where a click on the page came in the same moment streamlit runs the stage alone, too: what
    stands `above` it, experiment and misprints, is then not what the student wants.
    """
    state = store.of(topic)
    if above != (state.slug, misprints.on()):
        st.rerun()
    turn = state.turn = next(TURNS)
    experiment = store.current(state, experiments)
    values = dict(state.values[experiment.slug])
    key = f"stage:{topic}"

    def received() -> None:
        message = st.session_state[key]["set"]
        if message:
            store.receive(topic, experiments, message)

    have, state.have = state.have, frozenset()
    pins = state.pins.get(experiment.slug, [])

    def work() -> bytes:
        if state.turn != turn:
            raise run.Superseded
        if going:
            return compose.going(topic, experiment, state, values, going, have)
        return compose.message(topic, experiment, state, values, pins, have)

    try:
        going = run.advance(state, experiment, values, pins, session())
        picture = desk.PICTURES.wait(("page", turn), work)
    except run.Superseded:
        st.stop()
    stage.mount(picture, key, received)
    if experiment.chart and not going:
        charts(topic, experiment, values)


def session() -> str:
    """The student, as the line at the desk knows them."""
    context = get_script_run_ctx()
    return context.session_id if context else ""


def charts(topic: str, experiment: Experiment, values: Values) -> None:
    """The linked chart of the result, in a fold: made where it is seen, with new data only."""
    box = cards.folded("Linked charts", f"charts:{topic}:{experiment.slug}")
    if not box.open:
        return
    try:
        specification, data = experiment.chart(run.result(experiment, values), **values)
    except ValueError:
        return  # the stage says why
    except Exception:
        box.markdown(broken(topic, experiment, values))
        return
    datasets = {name: rows.to_dict("records") for name, rows in data.items()}
    with box, st.container(key="view"):
        st.vega_lite_chart(spec=specification | {"datasets": datasets}, width="content")
