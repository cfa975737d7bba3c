"""The formula sheet: every statement, its hypotheses, its misprints, and where to see it live."""

import html
import importlib
import re
import unicodedata
from itertools import groupby
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import streamlit as st

from core.statements import Erratum, Showing, Statement, coverage, load, sections
from pages.topics import TOPICS
from pages.ui import entrance, store

LINKS = 3
FULL = 60  # more statements than this are listed by name, so that the page stays quick
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
    text = " ".join([*own, TITLES[statement.topic]])
    both = (text + re.sub(r"\\([a-z]+)", greek, text)).casefold()
    return all(word in both for word in words.casefold().split())


def greek(command: re.Match) -> str:
    """The letter of a LaTeX command such as `\\kappa`; other commands stay."""
    try:
        return unicodedata.lookup(f"GREEK SMALL LETTER {command[1]}")
    except KeyError:
        return command[0]


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
            width=230,
        )
        section = st.selectbox(
            "Section",
            ["all sections", *sections().values()],
            key="section",
            bind="query-params",
            width=250,
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
    with st.container(key=f"entry-{statement.id}"):
        st.caption(statement.id + lines)
        st.markdown(f"### {statement.name}\n\n{statement.statement}", anchors=False)
        with st.container(key=f"needs-{statement.id}"):
            st.markdown(f"**Needs** {statement.needs}")
        for erratum in statement.errata:
            misprint(erratum)
        with st.container(horizontal=True, key=f"links-{statement.id}"):
            for showing in showings[:LINKS]:
                open_link(showing)


def misprint(erratum: Erratum) -> None:
    """What the sheet prints, what it should print, and why."""
    with st.container(key=f"erratum-{erratum.number}"):
        st.markdown(
            f":orange[**✗ {erratum.number}, as printed**] {erratum.printed}\n\n"
            f":green[**✓ corrected**] {erratum.corrected}"
        )
    with st.container(key=f"why-{erratum.number}"):
        st.markdown(erratum.why)


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


def names(statements: list[Statement], lead: str) -> str:
    """Statements by name only, grouped by the topic they belong to."""
    blocks = []
    for noun, title in TITLES.items():
        rows = "".join(row(s) for s in statements if s.topic == noun)
        if rows:
            blocks.append(f"<p>{lead}: {html.escape(title)}</p><ul>{rows}</ul>")
    return f'<div class="names">{"".join(blocks)}</div>'


def row(statement: Statement) -> str:
    """Id, name and misprints in one line."""
    errata = "".join(f" <em>✗ {erratum.number}</em>" for erratum in statement.errata)
    return f"<li><span>{statement.id}</span>{html.escape(statement.name)}{errata}</li>"


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
            st.text(f"Nothing here matches “{words}”. Try fewer words, or all sections.")
        alive = [s for s in found if s.id in report.alive]
        if len(alive) > FULL:
            st.markdown("Choose a section or search for a word to read the statements in full.")
        for prefix, group in groupby(found, lambda s: s.section):
            st.header(sections()[prefix], anchor=False)
            here = list(group)
            lively = [s for s in here if s.id in report.alive]
            silent = [s for s in here if s.id not in report.alive]
            if len(alive) > FULL:
                st.html(names(lively, "alive"))
            else:
                for statement in lively:
                    entry(statement, report.alive[statement.id])
            if silent:
                st.html(names(silent, "not yet built"))


if __name__ == "__main__":
    entrance.through_app()
    show()
