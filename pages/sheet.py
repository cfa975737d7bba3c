"""The formula sheet: every statement, its hypotheses, and where to see it live."""

import html
import re
import unicodedata
from collections.abc import Container
from itertools import groupby
from urllib.parse import parse_qsl, quote, urlsplit

import streamlit as st

from core.statements import Coverage, Showing, Statement, coverage, load, sections
from pages.topics import TOPICS, experiments
from pages.ui import cards, entrance, misprints, paper, seen, settle, store

LINKS = 3
FULL = 60  # what is not narrowed down to so many statements is listed by name
PAPER = "paper"  # in the address: the sheet as it is printed
EVERYWHERE = "all sections"
TITLES = {topic.noun: topic.title for topic in TOPICS}
ALL, UNSEEN, WRONG = "all", "not seen yet", "with misprint"
USUAL = ("", EVERYWHERE, ALL)  # filters that leave out nothing
INTRO = (
    "The statements of a deep-learning course's printed formula sheet, each in its right form and "
    "with what it needs. Every one has a name and a code such as OPT-08. Those with an experiment "
    "can be watched at work."
)


def rank(statement: Statement, words: str, shown: bool) -> tuple[int, int, int] | None:
    """How well a statement fits a search, the best first; None if a word occurs nowhere.

    A name is worth more than a text, its beginning more than its middle, a whole word more than a
    part of one, a short name more than a long one.
    """
    errata = [e.number for e in statement.errata] if shown else []
    name = joined(statement.name.casefold())
    text = joined(lettered(f"{statement.statement} {statement.needs}".casefold()))
    codes = " ".join([statement.id, *errata]).casefold()
    found = []
    for word in joined(words.casefold()).split():
        whole = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")
        levels = (
            whole.match(name),
            whole.search(name),
            word in name,
            word in codes,
            whole.search(text),
            word in text,
            word in TITLES[statement.topic].casefold(),
        )
        level = next((number for number, holds in enumerate(levels) if holds), None)
        if level is None:
            return None
        found.append(level)
    return (max(found), sum(found), len(name)) if found else (0, 0, 0)


def joined(text: str) -> str:
    """The text without hyphens between letters: zig-zag and zigzag are one word."""
    return re.sub(r"(?<=[^\W\d_])-(?=[^\W\d_])", "", text)


def lettered(text: str) -> str:
    r"""The text, and once more with its Greek commands as letters: \kappa as κ."""
    return text + " " + re.sub(r"\\([a-z]+)", greek, text)


def greek(command: re.Match) -> str:
    """The letter of a LaTeX command such as `\\kappa`; other commands stay."""
    try:
        return unicodedata.lookup(f"GREEK SMALL LETTER {command[1]}")
    except KeyError:
        return command[0]


def filters(shown: bool) -> tuple[str, str, str]:
    """What the student looks for; it stands in the URL."""
    offered = [ALL, UNSEEN, *([WRONG] if shown else [])]
    if st.session_state.get("show", ALL) not in offered:
        del st.session_state["show"]  # the choice went with the switch
    with st.container(key="filters", horizontal=True, vertical_alignment="top"):
        words = st.text_input(
            "Search",
            key="q",
            type="search",
            placeholder="momentum, κ, E-45 …" if shown else "momentum, κ, OPT-08 …",
            max_chars=80,
            bind="query-params",
            live=True,
            width=210,
        )
        section = st.selectbox(
            "Section",
            [EVERYWHERE, *sections().values()],
            key="section",
            bind="query-params",
            width=210,
        )
        show = st.segmented_control(
            "Show", offered, default=ALL, required=True, key="show", bind="query-params"
        )
    return (words or "").strip(), section, show


def chosen(
    words: str,
    section: str,
    show: str,
    alive: Container[str],
    shown: bool,
    looked: Container[str] = (),
) -> list[Statement]:
    """The statements that fit the filters: by relevance where something is searched for."""
    ranked = [
        (place, s)
        for s in load().values()
        if section in (EVERYWHERE, sections()[s.section])
        and (show != UNSEEN or (s.id in alive and s.id not in looked))
        and (show != WRONG or s.errata)
        and (place := rank(s, words, shown)) is not None
    ]
    return [s for _, s in sorted(ranked, key=lambda pair: pair[0])]


def looked_at(report: Coverage, places: Container[str]) -> frozenset[str]:
    """Ids of the statements of which an experiment was looked at."""
    return frozenset(
        id
        for id, showings in report.alive.items()
        if any(f"{one.topic}/{one.experiment.slug}" in places for one in showings)
    )


def entry(statement: Statement, showings: tuple[Showing, ...], shown: bool) -> None:
    """A statement that has an experiment, and the way there."""
    cards.card(statement)
    open_to = [s for s in showings if shown or s.preset not in s.experiment.misprints]
    with st.container(horizontal=True, key=f"links-{statement.id}"):
        for showing in open_to[:LINKS]:
            open_link(showing)


def open_link(showing: Showing) -> None:
    """A link to the experiment with the preset set, without a reload of the app."""
    experiment, preset = showing.experiment, showing.preset
    address = store.link(showing.topic, experiment, experiment.presets.get(preset))
    st.page_link(
        f"pages/{showing.topic}.py",
        label=f"{experiment.title}: {preset}" if preset else experiment.title,
        icon=":material/play_arrow:",
        query_params=dict(parse_qsl(urlsplit(address).query)),
    )


def names(statements: list[Statement], lead: str, shown: bool, link: bool = False) -> str:
    """Statements by name only, grouped by the topic they belong to."""
    blocks = []
    for noun, title in TITLES.items():
        rows = "".join(row(s, shown, link) for s in statements if s.topic == noun)
        if rows:
            blocks.append(f"<p>{lead}{html.escape(title)}</p><ul>{rows}</ul>")
    return f'<div class="names">{"".join(blocks)}</div>'


def row(statement: Statement, shown: bool, link: bool) -> str:
    """The name, which may lead to the statement in full, its code, and its misprints."""
    name = html.escape(statement.name)
    if link:
        more = f"&{misprints.NAME}=1" if shown else ""
        name = f'<a href="sheet?q={quote(statement.id)}{more}">{name}</a>'
    errata = "".join(f" ✗ {erratum.number}" for erratum in statement.errata) if shown else ""
    return f"<li>{name} <small>{statement.id}{errata}</small></li>"


def listed(found: list[Statement], report: Coverage, shown: bool, long: bool) -> None:
    """Statements in this order; those without an experiment by name."""
    for lively, group in groupby(found, lambda s: s.id in report.alive):
        if not lively:
            st.html(names(list(group), "In preparation: ", shown))
        elif long:
            st.html(names(list(group), "", shown, link=True))
        else:
            for statement in group:
                entry(statement, report.alive[statement.id], shown)


def counted(found: list[Statement], report: Coverage, shown: bool, looked: frozenset[str]) -> str:
    """How many there are, in one line."""
    statements = load().values()
    known = sum(len(s.errata) for s in statements)
    parts = [f"{len(report.alive)} of {len(statements)} statements have an experiment"]
    parts += [f"you have seen {len(looked)}"] if looked else []
    parts += [f"{known} misprints of the printed sheet are known"] if shown else []
    parts += [f"{len(found)} shown"] if len(found) < len(statements) else []
    return " · ".join(parts)


def nothing(words: str, section: str, show: str, shown: bool) -> str:
    """Why no statement fits the filters."""
    if show == UNSEEN and not words:
        of = "" if section == EVERYWHERE else f" of {section}"
        return f"Nothing is left here: you have seen an experiment for every statement{of}."
    hint = "Try fewer words, or all sections."
    if re.fullmatch(r"(?i)e-?\d*", words) and not shown:
        hint = "Misprints have such numbers: they are found with the switch above."
    return f"Nothing here matches “{words}”. {hint}"


def show() -> None:
    """Draw the page."""
    if st.query_params.get(PAPER) == "1":
        settle.mount()
        paper.show()
        return
    report = coverage(experiments())
    looked = looked_at(report, seen.places())
    cards.style()
    settle.mount()
    with st.container(key="sheet"):
        st.title("Formula sheet", anchor=False)
        st.markdown(INTRO)
        with st.container(horizontal=True, vertical_alignment="center", key="doors"):
            misprints.switch()
            st.page_link(
                "pages/sheet.py",
                label="The sheet on paper",
                icon=":material/print:",
                query_params={PAPER: "1"},
            )
        shown = misprints.on()
        words, section, show = filters(shown)
        sought = {"q": words, "section": section, "show": show}
        st.session_state[paper.SOUGHT] = {k: v for k, v in sought.items() if v not in USUAL}
        found = chosen(words, section, show, report.alive, shown, looked)
        st.caption(counted(found, report, shown, looked))
        if not found:
            st.text(nothing(words, section, show, shown))
        narrowed = words or section != EVERYWHERE
        long = not narrowed or sum(s.id in report.alive for s in found) > FULL
        if long:
            st.markdown("A name opens the statement; a section shows all of its own in full.")
        if words:
            listed(found, report, shown, long)
            return
        for prefix, group in groupby(found, lambda s: s.section):
            st.header(sections()[prefix], anchor=False)
            here = sorted(group, key=lambda s: s.id not in report.alive)
            listed(here, report, shown, long)


if __name__ == "__main__":
    entrance.through_app()
    show()
