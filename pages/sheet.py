"""The formula sheet: every statement, its hypotheses, its misprints, and where to see it live."""

import html
import importlib
from itertools import groupby
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import streamlit as st

from core.statements import Erratum, Showing, Statement, coverage, load, sections
from pages.topics import TOPICS
from pages.ui import entrance, store

LINKS = 3
CSS = Path(__file__).resolve().parent.parent / "assets" / "stage" / "sheet.css"
TITLES = {topic.noun: topic.title for topic in TOPICS}
SHOWN = {"all": "all", "alive": "alive", "misprint": "with misprint"}


def experiments() -> dict[str, list]:
    """Topic -> experiments of every page that exists."""
    return {
        topic.noun: importlib.import_module(f"pages.{topic.noun}").EXPERIMENTS
        for topic in TOPICS
        if topic.built
    }


def matches(statement: Statement, words: str) -> bool:
    """Whether every word occurs in id, name, text, misprint numbers or topic."""
    numbers = [erratum.number for erratum in statement.errata]
    own = [statement.id, statement.name, statement.statement, statement.needs, *numbers]
    text = " ".join([*own, TITLES[statement.topic]]).casefold()
    return all(word in text for word in words.casefold().split())


def filters() -> tuple[str, str, str]:
    """What the student looks for; it stands in the URL."""
    with st.container(key="filters", horizontal=True, vertical_alignment="bottom"):
        words = st.text_input(
            "Search",
            key="q",
            type="search",
            placeholder="momentum, κ, E-45 …",
            max_chars=80,
            bind="query-params",
            live=True,
            width=280,
        )
        section = st.selectbox(
            "Section",
            ["all sections", *sections().values()],
            key="section",
            bind="query-params",
            width=260,
        )
        shown = st.segmented_control(
            "Show",
            list(SHOWN.values()),
            default=SHOWN["all"],
            required=True,
            key="show",
            bind="query-params",
        )
    return words or "", section, shown


def entry(statement: Statement, showings: tuple[Showing, ...]) -> None:
    """A statement that is alive."""
    lines = f" · {statement.line}" if statement.line else ""
    parts = [
        f'<div class="number">{statement.id}{lines}</div>',
        f"### {statement.name}",
        statement.statement,
        f'<div class="needs">\n\n**Needs**  {statement.needs}\n\n</div>',
        *map(misprint, statement.errata),
    ]
    with st.container(key=f"entry-{statement.id}"):
        st.markdown("\n\n".join(parts), unsafe_allow_html=True, anchors=False)
        with st.container(horizontal=True, key=f"links-{statement.id}"):
            for showing in showings[:LINKS]:
                open_link(showing)


def misprint(erratum: Erratum) -> str:
    """What the sheet prints, what it should print, and why."""
    return (
        '<div class="erratum">\n\n'
        f":orange[**✗ {erratum.number}, as printed**]  {erratum.printed}\n\n"
        f":green[**✓ corrected**]  {erratum.corrected}\n\n"
        f'</div>\n\n<div class="why">\n\n{erratum.why}\n\n</div>'
    )


def open_link(showing: Showing) -> None:
    """A link to the experiment with the preset set, without a reload of the app."""
    experiment = showing.experiment
    values = experiment.presets.get(showing.preset, {})
    address = store.link(showing.topic, experiment, values)
    st.page_link(
        f"pages/{showing.topic}.py",
        label=showing.preset or experiment.title,
        icon=":material/play_arrow:",
        query_params=dict(parse_qsl(urlsplit(address).query)),
    )


def waiting(statements: list[Statement]) -> str:
    """The statements without an experiment, by the topic they wait for."""
    blocks = []
    for noun, group in groupby(sorted(statements, key=lambda s: s.topic), lambda s: s.topic):
        rows = "".join(
            f"<li><span>{s.id}</span> {html.escape(s.name)}"
            + "".join(f" <em>✗ {e.number}</em>" for e in s.errata)
            + "</li>"
            for s in group
        )
        blocks.append(f"<p>not yet built: {html.escape(TITLES[noun])}</p><ul>{rows}</ul>")
    return f'<div class="waiting">{"".join(blocks)}</div>'


def show() -> None:
    """Draw the page."""
    statements, report = load(), coverage(experiments())
    errata = sum(len(s.errata) for s in statements.values())
    st.html(CSS)
    with st.container(key="sheet"):
        st.title("Formula sheet", anchor=False)
        words, section, shown = filters()
        found = [
            s
            for s in statements.values()
            if matches(s, words)
            and section in ("all sections", sections()[s.section])
            and (shown != SHOWN["alive"] or s.id in report.alive)
            and (shown != SHOWN["misprint"] or s.errata)
        ]
        counted = (
            f"{len(report.alive)} of {len(statements)} statements are alive; "
            f"{errata} misprints known"
        )
        narrowed = "" if len(found) == len(statements) else f" · {len(found)} shown"
        st.caption(counted + narrowed)
        if not found:
            st.markdown(f"Nothing here matches “{words}”. Try fewer words, or all sections.")
        for prefix, group in groupby(found, lambda s: s.section):
            st.header(sections()[prefix], anchor=False)
            silent = []
            for statement in group:
                if statement.id in report.alive:
                    entry(statement, report.alive[statement.id])
                else:
                    silent.append(statement)
            if silent:
                st.html(waiting(silent))


if __name__ == "__main__":
    entrance.through_app()
    show()
