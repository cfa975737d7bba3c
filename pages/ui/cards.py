"""Statements with their misprints, the theory of a topic and its teacher's sheet."""

from pathlib import Path

import streamlit as st

from core.statements import Statement, load
from pages.ui.experiment import Experiment

ASSETS = Path(__file__).parents[2] / "assets"


def statements(experiment: Experiment) -> None:
    """What the experiment brings to life, each with hypotheses and printed / corrected."""
    known = load()
    with st.expander(f"Statements and misprints · {', '.join(experiment.statements)}"):
        for id in experiment.statements:
            card(known[id], experiment.slug)


def card(statement: Statement, place: str) -> None:
    """One statement: the correct form, what it needs, and what the sheet prints."""
    st.markdown(f"#### {statement.id} · {statement.name}")
    st.markdown(statement.statement)
    if statement.needs:
        st.markdown(f"**Needs:** {statement.needs}")
    for erratum in statement.errata:
        view = st.segmented_control(
            f"Erratum {erratum.number}",
            ("as printed", "corrected"),
            default="as printed",
            required=True,
            key=f"erratum:{place}:{statement.id}:{erratum.number}",
        )
        if view == "as printed":
            st.markdown(f":orange[✗ as printed:] {erratum.printed}")
        else:
            st.markdown(f":green[✓ corrected:] {erratum.corrected}")
        st.markdown(erratum.why)


def texts(topic: str) -> None:
    """The mathematics in one page, and the sheet for the teacher."""
    theory = (ASSETS / "theory" / f"{topic}.md").read_text(encoding="utf-8")
    teaching = (ASSETS / "teaching" / f"{topic}.md").read_text(encoding="utf-8")
    with st.expander("The mathematics behind it"):
        st.markdown(theory)
    with st.expander("Teacher's sheet"):
        st.markdown(teaching)
        st.download_button(
            "Download (Markdown)",
            teaching,
            f"saddlepoint-{topic}-teaching.md",
            "text/markdown",
            on_click="ignore",
        )
