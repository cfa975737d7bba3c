"""The formula sheet on paper: every statement in its right form, small, in two columns."""

from itertools import groupby
from pathlib import Path

import streamlit as st

from core.statements import Statement, load, sections
from pages.ui import misprints

PRINT = """
export default ({ parentElement }) => {
  parentElement.querySelector("button").onclick = () => window.print();
};
"""
STYLE = Path(__file__).parents[2] / "assets/stage/paper.css"
SHORT = 220  # letters of a paragraph that is worth its place on paper
SOUGHT = "sheet:sought"  # in the session: what was looked for on the sheet, as its address says it


def show() -> None:
    """Draw the page."""
    shown = misprints.on()
    st.html(STYLE)
    with st.container(key="paper"):
        st.title("Formula sheet", anchor=False)
        with st.container(key="tools", horizontal=True, vertical_alignment="center"):
            _button()(key="print")
            st.page_link(
                "pages/sheet.py",
                label="Back to the sheet with its experiments",
                query_params=st.session_state.get(SOUGHT),
            )
            misprints.switch()
        with st.container(key="columns"):
            for prefix, group in groupby(load().values(), lambda s: s.section):
                written = "\n\n".join(entry(statement, shown) for statement in group)
                st.markdown(f"## {sections()[prefix]}\n\n{written}", anchors=False)


def _button():
    return st.components.v2.component(
        "saddlepoint_print", html="<button>Print</button>", js=PRINT, css=BUTTON
    )


BUTTON = """button { font: 0.9rem Inter, sans-serif; padding: 0.35rem 1.1rem; cursor: pointer;
  border-radius: 99px; border: 1px solid var(--st-primary-color);
  background: var(--st-primary-color); color: var(--st-background-color); }"""


def entry(statement: Statement, shown: bool) -> str:
    """A statement as it is taken along: name, right form, what it needs; with misprints, those."""
    parts = [f"### {statement.name} :small[{statement.id}]", core(statement.statement)]
    if statement.needs:
        parts.append(f"*Needs* {first(statement.needs)}")
    if shown:
        parts += [f"✗ {e.number}: ~~{e.printed.strip()}~~ ✓ {e.corrected.strip()}" if inline(e)
                  else f"✗ {e.number}: {e.printed.strip()}\n\n✓ {e.corrected.strip()}"
                  for e in statement.errata]  # fmt: skip
    return "\n\n".join(part for part in parts if part)


def inline(erratum) -> bool:
    return "\n" not in erratum.printed.strip() and "$" not in erratum.printed


def core(text: str) -> str:
    """A statement to the end of its first formula, and what is briefly said of it.

    A statement without a formula of its own line is its first paragraph.
    """
    blocks = text.strip().split("\n\n")
    end = next((i for i, block in enumerate(blocks) if display(block)), 0)
    after = blocks[end + 1 : end + 2]
    told = [b for b in after if len(b) <= SHORT and b[-1] == "." and not b.startswith("**")]
    return "\n\n".join([*blocks[: end + 1], *told])


def display(block: str) -> bool:
    return block.lstrip().startswith("$$")


def first(text: str) -> str:
    """The first paragraph."""
    return text.strip().split("\n\n")[0]
