"""Under the stage: statements, the theory of the topic, the way to the teacher's sheet."""

import re
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.statements import Erratum, Statement, load
from pages.ui import misprints
from pages.ui.declare import quoted
from pages.ui.experiment import Experiment

ASSETS = Path(__file__).parents[2] / "assets"
TEACHER = "pages/teacher.py"
NAMED = 3  # statements that the fold names while it is closed


def statements(experiment: Experiment) -> None:
    """What the experiment brings to life, each with its hypotheses."""
    if not experiment.statements:
        return
    known = [load()[id] for id in experiment.statements]
    names = [statement.name for statement in known[:NAMED]]
    more = [f"{len(known) - NAMED} more"] if len(known) > NAMED else []
    box = folded(f"Statements: {' · '.join(names + more)}", f"cards:{experiment.slug}")
    if box.open:
        with box:
            style()
            for statement in known:
                card(statement)


def folded(name: str, key: str) -> DeltaGenerator:
    """A fold whose content is made when it is opened: what is closed costs the stage nothing."""
    return st.expander(name, key=key, on_change="rerun")


def style() -> None:
    """How statements and misprints look."""
    st.html(ASSETS / "stage/sheet.css")


def card(statement: Statement) -> None:
    """One statement: its name with the code beside it, the right form, and what it needs."""
    shown = misprints.on()
    lines = f" · {statement.line}" if shown and statement.line else ""
    with st.container(key=f"entry-{statement.id}"):
        head = f"### {statement.name} :small[{statement.id}{lines}]"
        st.markdown(f"{head}\n\n{statement.statement}", anchors=False)
        if statement.needs:
            with st.container(key=f"needs-{statement.id}"):
                st.markdown(f"**Needs** {statement.needs}")
        if shown:
            for erratum in statement.errata:
                misprint(erratum)


def misprint(erratum: Erratum) -> None:
    """What the sheet prints, what it should print, and why."""
    with st.container(key=f"erratum-{erratum.number}"):
        st.markdown(
            f":orange[**✗ {erratum.number}, as printed**] {erratum.printed}\n\n"
            f":green[**✓ corrected**] {erratum.corrected}"
        )
    with st.container(key=f"why-{erratum.number}"):
        st.markdown(erratum.why)


def named(text: str) -> str:
    """The text with each code of a statement as a small link that carries the theorem's name."""

    def link(found: re.Match) -> str:
        id = found[0]
        return f'[↗](sheet?q={id} "{load()[id].name}, {id}")' if id in load() else id

    return re.sub(r"\b[A-Z]{2,4}-\d\d\b", link, text)


def texts(topic: str, experiments: list[Experiment]) -> None:
    """The mathematics in one page, and the foot of the page."""
    theory = folded("The mathematics behind it", f"theory:{topic}")
    if theory.open:
        text = (ASSETS / "theory" / f"{topic}.md").read_text(encoding="utf-8")
        theory.markdown(named(quoted(topic, text)))
    with st.container(horizontal=True, vertical_alignment="center", key="foot"):
        st.page_link(
            TEACHER,
            label="Teacher's sheet",
            icon=":material/school:",
            query_params={"topic": topic},
        )
        misprints.switch()
