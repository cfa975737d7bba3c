"""The teacher's sheet of a topic: its Markdown with every [[…]] a link, and what to ask where."""

import re
from collections.abc import Callable
from pathlib import Path

from core.words import typeset
from pages.ui import misprints, store
from pages.ui.declare import quoted, wording
from pages.ui.experiment import Experiment

FOLDER = Path(__file__).parents[2] / "assets/teaching"
LINK = re.compile(r"\[\[([\w-]+)(?:/(\w+))?\]\]")
HEAD = "\n| preset | ask | answer |\n|---|---|---|\n"


def sheet(topic: str, experiments: list[Experiment], shown: bool) -> str:
    """All of it, with links to the pages that are relative to the app's root.

    Args:
        shown: whether what is about misprints of the printed sheet is in it.
    """
    text = (FOLDER / f"{topic}.md").read_text(encoding="utf-8")
    if not shown:
        lines = text.splitlines(keepends=True)
        text = "".join(line for line in lines if not about(topic, experiments, line))
    return linked(topic, experiments, quoted(topic, text + asked(topic, experiments, shown)))


def linked(topic: str, experiments: list[Experiment], text: str) -> str:
    """The text with [[slug]] and [[slug/preset]] as links by the names on the page.

    What names nothing stays as it is.
    """
    known = {experiment.slug: experiment for experiment in experiments}

    def link(found: re.Match) -> str:
        slug, key = found.groups()
        if slug not in known:
            return found[0]
        experiment = known[slug]
        if key is None:
            return f"[{experiment.title}]({store.link(topic, experiment)})"
        name = words(topic, experiment).get(key, {}).get("name")
        if name not in experiment.presets:
            return found[0]
        address = store.link(topic, experiment, experiment.presets[name])
        more = f"&{misprints.NAME}=1" if name in experiment.misprints else ""
        return f"[{typeset(quoted(topic, name))}]({address}{more})"

    return LINK.sub(link, text)


def about(topic: str, experiments: list[Experiment], line: str) -> bool:
    """Whether a row of a table leads to a misprint."""
    known = {experiment.slug: experiment for experiment in experiments}
    return line.startswith("|") and any(
        key and slug in known and words(topic, known[slug]).get(key, {}).get("misprint")
        for slug, key in LINK.findall(line)
    )


def asked(topic: str, experiments: list[Experiment], shown: bool) -> str:
    """What to ask before each preset, as one table an experiment."""
    parts = []
    for experiment in experiments:
        rows = [
            f"| [[{experiment.slug}/{key}]] | {one['ask']} | {one['answer']} |\n"
            for key, one in sorted(words(topic, experiment).items(), key=place(experiment))
            if "ask" in one and "answer" in one and (shown or not one.get("misprint"))
        ]
        if rows:
            parts += [f"\n### [[{experiment.slug}]]\n", HEAD, *rows]
    return "".join(["\n\n## What to ask before each preset\n", *parts]) if parts else ""


def place(experiment: Experiment) -> Callable[[tuple[str, dict]], int]:
    """The order of the presets on the page."""
    names = [*experiment.presets]
    return lambda pair: names.index(pair[1]["name"])


def words(topic: str, experiment: Experiment) -> dict[str, dict]:
    """The presets of an experiment as its TOML holds them, by key."""
    return wording(topic, experiment.slug.replace("-", "_"))["presets"]
