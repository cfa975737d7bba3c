"""Statements with their misprints, the theory of a topic and its teacher's sheet."""

from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.statements import Statement, load
from pages.ui.declare import quoted, wording
from pages.ui.experiment import Experiment

HEAD = "| preset | ask | answer |\n|---|---|---|\n"
ASSETS = Path(__file__).parents[2] / "assets"


def statements(experiment: Experiment) -> None:
    """What the experiment brings to life, each with hypotheses and printed / corrected."""
    if not experiment.statements:
        return
    name = f"Statements and misprints · {', '.join(experiment.statements)}"
    box = folded(name, f"cards:{experiment.slug}")
    if box.open:
        known = load()
        with box:
            for id in experiment.statements:
                card(known[id], experiment.slug)


def folded(name: str, key: str) -> DeltaGenerator:
    """A fold whose content is made when it is opened: what is closed costs the stage nothing."""
    return st.expander(name, key=key, on_change="rerun")


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


def texts(topic: str, experiments: list[Experiment]) -> None:
    """The mathematics in one page, and the sheet for the teacher."""
    theory = folded("The mathematics behind it", f"theory:{topic}")
    if theory.open:
        theory.markdown(quoted(topic, _read("theory", topic)))
    sheet = folded("Teacher's sheet", f"teaching:{topic}")
    if sheet.open:
        text = quoted(topic, _read("teaching", topic) + rows(topic, experiments))
        sheet.markdown(text)
        sheet.download_button(
            "Download (Markdown)",
            text,
            f"saddlepoint-{topic}-teaching.md",
            "text/markdown",
            on_click="ignore",
        )


def _read(kind: str, topic: str) -> str:
    return (ASSETS / kind / f"{topic}.md").read_text(encoding="utf-8")


def rows(topic: str, experiments: list[Experiment]) -> str:
    """What to ask before each preset, as tables of the teacher's sheet."""
    parts = ["\n\n#### What to ask before each preset\n"]
    for experiment in experiments:
        presets = wording(topic, experiment.slug.replace("-", "_"))["presets"].values()
        asked = [each for each in presets if "ask" in each]
        if asked:
            parts.append(
                f"\n##### {experiment.title}\n\n| preset | ask | answer |\n|---|---|---|\n"
            )
            parts += [f"| **{e['name']}** | {e['ask']} | {e['answer']} |\n" for e in asked]
    return "".join(parts) if len(parts) > 1 else ""
