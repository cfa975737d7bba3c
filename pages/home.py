"""The default page: the topics as small live pictures, and three paths through them."""

import html
from functools import cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

import streamlit as st

from core.words import typeset
from pages.topics import TOPICS, Topic, experiments
from pages.ui import entrance, serve, store, teaching
from pages.ui.declare import quoted

CSS = Path(__file__).resolve().parent.parent / "assets" / "stage" / "home.css"
PROMISE = (
    "The mathematics of deep learning, live under your finger: drag a figure, see the theorem hold "
    "on your own numbers, and find out which hypothesis it needed."
)
ABOUT = (
    "**The formula sheet.** The theorems come from the printed formula sheet of a deep-learning "
    "course. Each has a name and a code such as OPT-08, and stands on the page *Formula sheet* in "
    "its right form, with the experiments that show it. The printed sheet has known misprints, "
    "which stay out of sight until you switch them on there."
)
# What to open in which order: topic/experiment on its first question, or with a preset by its key.
PATHS = {
    "First lecture": (
        "convolution/filter",
        "landscapes/bowl",
        "shapley/queue",
        "cnn/network/misread",
        "landscapes/ball",
    ),
    "Exam next week": (
        "probability/test",
        "convexity/tester",
        "matrix_calculus/identities",
        "information/code",
        "landscapes/ball",
        "stochastic/averaging",
        "convolution/slide",
        "cnn/shapes",
        "recurrence/bases",
        "flows/warp",
        "gan/referee",
        "diffusion/film",
        "adversarial/ball",
        "dro/liar",
        "importance/see",
        "shapley/game",
    ),
    "Preparing a lecture": (
        "stochastic/escape",
        "gan/circle",
        "information/fit",
        "importance/see/stones",
        "museum/stride",
    ),
}
LEADS = {
    "First lecture": "Five things to drag and to wonder about.",
    "Exam next week": "One question for each topic; answer it before you look.",
    "Preparing a lecture": "Five votes that split a room. Below: what to ask, and in which minute.",
}
TEACHING = "Preparing a lecture"  # the path that ends at the teacher's sheets
STYLE = """<style>
.stMarkdown p { font-family: SourceSerif, Georgia, serif; }
.st-key-paths h2 { font-size: 1.3rem; padding: .4rem 0 .1rem; }
.st-key-paths .stPageLink a { padding: .25rem 0; margin: 0; background: none; }
.st-key-paths .stPageLink p { font-family: Inter, sans-serif; white-space: normal; text-align: left;
  line-height: 1.45; }
.st-key-paths .stPageLink a:is(:hover, :focus-visible) strong { text-decoration: underline;
  text-underline-offset: 4px; }
.st-key-paths .stVerticalBlock { gap: .4rem; }
.waiting-topics h2 { font-size: 1.05rem; font-weight: 400; padding: 0 0 .4rem; }
.waiting-topics ul { columns: 3 18rem; column-gap: 2rem; list-style: none; margin: 0; padding: 0; }
.waiting-topics li { break-inside: avoid; margin: 0; padding: .15rem 0; font-size: .88rem;
  line-height: 1.4; }
.waiting-topics small { display: block; font-size: .8rem; opacity: .75; }
</style>"""
LOADER = """
const home = import(new URL("{url}", document.baseURI));
export default component => {{
  home.then(module => module.default(component));
  return () => home.then(module => module.close(component.parentElement));
}};
"""


class Way(NamedTuple):
    """One link of a path: the page, the address it opens, and what stands on it."""

    topic: str
    address: str
    title: str
    text: str


@cache
def topic_map():
    """The component that draws the map."""
    return st.components.v2.component(
        "saddlepoint_map",
        html='<div class="map"></div>\n',
        css=CSS.read_text(encoding="utf-8"),
        js=LOADER.format(url=serve.url("home.js")),
    )


def card(topic: Topic) -> dict:
    """An open topic, as the browser wants it."""
    return {
        "noun": topic.noun,
        "href": f"{topic.noun}?{topic.entry}" if topic.entry else topic.noun,
        "title": topic.title,
        "section": topic.section,
        "question": topic.question,
        "star": topic.headline and not all(t.headline for t in TOPICS if t.built),
    }


def ways(path: str) -> list[Way]:
    """The links of a path into topics that are open."""
    built, found = experiments(), []
    for place in PATHS[path]:
        noun, slug, *key = place.split("/")
        experiment = next((e for e in built.get(noun, ()) if e.slug == slug), None)
        if experiment is None:
            continue
        text, values = experiment.question, None
        if key:
            preset = teaching.words(noun, experiment)[key[0]]
            text, values = preset["ask"], experiment.presets[preset["name"]]
        address = store.link(noun, experiment, values)
        found.append(Way(noun, address, experiment.title, bound(typeset(quoted(noun, text)))))
    return found


def bound(text: str) -> str:
    """The text with a number and its sign on one line."""
    return text.replace(" %", "\N{NO-BREAK SPACE}%")


def paths() -> None:
    """The paths, beside each other."""
    with st.container(key="paths"):
        for column, path in zip(st.columns(len(PATHS), gap="medium"), PATHS, strict=True):
            with column:
                st.markdown(f"## {path}\n\n{LEADS[path]}", anchors=False)
                for number, way in enumerate(ways(path), 1):
                    st.page_link(
                        f"pages/{way.topic}.py",
                        label=f"{number}\\. **{way.title}** · {way.text}",
                        query_params=dict(parse_qsl(urlsplit(way.address).query)),
                    )
                if path == TEACHING:
                    st.markdown(teachers())


def teachers() -> str:
    """The teacher's sheets of the open topics, in one line."""
    links = (f"[{t.title}](teacher?topic={t.noun})" for t in TOPICS if t.built)
    return f"Teacher's sheets: {' · '.join(links)}"


def waiting(topics: list[Topic]) -> str:
    """The topics in preparation, as a quiet list."""
    rows = "".join(
        f"<li>{html.escape(t.title)} <small>{html.escape(t.question)}</small></li>" for t in topics
    )
    return f'<div class="waiting-topics"><h2>In preparation</h2><ul>{rows}</ul></div>'


def show() -> None:
    """Draw the page."""
    built = {topic.noun: topic for topic in TOPICS if topic.built}
    st.html(STYLE)
    st.title("Saddlepoint", anchor=False)
    st.markdown(PROMISE, width=640)
    data = {"topics": [card(topic) for topic in built.values()], "files": serve.libraries()}
    chosen = topic_map()(key="map", data=data, on_open_change=lambda: None)
    if chosen.open in built:
        query = dict(parse_qsl(built[chosen.open].entry))
        st.switch_page(f"pages/{chosen.open}.py", query_params=query)
    if any(topic["star"] for topic in data["topics"]):
        st.caption("★ is a good place to start.")
    paths()
    st.markdown(ABOUT, width=720)
    if len(built) < len(TOPICS):
        st.html(waiting([topic for topic in TOPICS if not topic.built]))


if __name__ == "__main__":
    entrance.through_app()
    show()
