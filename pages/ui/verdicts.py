"""Predict, commit, reveal, explain."""

import streamlit as st

from pages.ui import run, store
from pages.ui.compose import typeset
from pages.ui.declare import quoted
from pages.ui.experiment import Experiment, Prediction


def predictions(topic: str, experiments: list[Experiment], experiment: Experiment) -> None:
    """The questions of an experiment, one at a time; skippable."""
    asked = experiment.predictions
    if not asked:
        return
    name = f"Predict first · {len(asked)} question{'s' if len(asked) > 1 else ''}"
    # another key is another box, and a new box is closed: a commitment uncovers the picture
    done = st.session_state.get(_revealed(topic), ("", 0, 0))[2]
    box = st.popover(name, key=f"predict:{topic}:{experiment.slug}:{done}", on_change="rerun")
    if not box.open:
        return
    with box, st.container(key="prediction"):
        number = 0
        if len(asked) > 1:
            number = st.segmented_control(
                "Question",
                range(len(asked)),
                format_func=lambda i: f"Question {i + 1}",
                default=0,
                required=True,
                key=f"asked:{topic}:{experiment.slug}",
                label_visibility="collapsed",
            )
        question(topic, experiments, experiment, number or 0)


def verdict(topic: str, experiments: list[Experiment], experiment: Experiment) -> None:
    """The answer to the question committed last, in the flow of the page above the picture."""
    slug, number, _ = st.session_state.get(_revealed(topic), ("", 0, 0))
    if slug != experiment.slug:
        return
    key = _key(topic, experiment, number)
    asked, committed = experiment.predictions[number], st.session_state.get(key)
    if committed:
        with st.container(key="verdict"):
            reveal(topic, experiments, experiment, asked, committed, key)


def _revealed(topic: str) -> str:
    return f"revealed:{topic}"


def _key(topic: str, experiment: Experiment, number: int) -> str:
    return f"predicted:{topic}:{experiment.slug}:{number}"


def question(
    topic: str, experiments: list[Experiment], experiment: Experiment, number: int
) -> None:
    """One prediction: its options, and a commitment that sets the stage."""
    asked = experiment.predictions[number]
    key = _key(topic, experiment, number)
    committed = st.session_state.get(key)
    asks = typeset(quoted(topic, asked.question))
    st.markdown(f"**{asks}**")
    choice = st.radio(
        asks,
        asked.options,
        index=asked.options.index(committed) if committed else None,
        disabled=committed is not None,
        key=f"{key}:choice:{committed is not None}",
        label_visibility="collapsed",
    )
    label = "Show the answer" if committed else "Commit and watch"
    if st.button(label, key=f"{key}:commit", disabled=choice is None):
        _, _, done = st.session_state.get(_revealed(topic), ("", 0, 0))
        st.session_state[key] = choice
        st.session_state[_revealed(topic)] = (experiment.slug, number, done + 1)
        store.put(topic, experiments, experiment.slug, **experiment.preset(asked.preset))
        st.rerun()


def reveal(
    topic: str,
    experiments: list[Experiment],
    experiment: Experiment,
    asked: Prediction,
    committed: str,
    key: str,
) -> None:
    """The computed answer, the mechanism, and the wrong belief running."""
    values = experiment.preset(asked.preset)
    with st.spinner("Computing the answer …"):
        result = run.result(experiment, values)
    right = asked.answer(result)
    facts = asked.facts(result) if asked.facts else {}
    because = typeset(quoted(topic, asked.because.format(**facts)))
    if committed == right:
        st.markdown(f":green[**Yes: {right}.**] {because}")
    else:
        st.markdown(f":orange[**You said {committed}; it is {right}.**] {because}")

    def go(**belief: object) -> None:
        store.put(topic, experiments, experiment.slug, **(values | belief))

    def again() -> None:
        del st.session_state[key]

    def close() -> None:
        _, _, done = st.session_state[_revealed(topic)]
        st.session_state[_revealed(topic)] = ("", 0, done)

    with st.container(horizontal=True):
        st.button("Watch it again", key=f"{key}:watch", on_click=go)
        belief = asked.beliefs.get(committed)
        if belief and committed != right:
            st.button(
                "Run what you believed", key=f"{key}:belief", on_click=go, kwargs=dict(belief)
            )
        st.button("Ask me again", key=f"{key}:again", on_click=again)
        st.button("Close", key=f"{key}:close", on_click=close)
