"""The statements of the formula sheet, and which of them an experiment brings to life."""

import importlib
import re
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from core.statements import Coverage, Statement, coverage, load, sections
from pages import sheet
from pages.topics import TOPICS
from pages.ui import paper
from tests.test_pages import open_page

COUNTS = {
    "PROB": 32,
    "ANA": 21,
    "MC": 24,
    "OPT": 17,
    "INFO": 7,
    "CNN": 35,
    "RNN": 8,
    "FLOW": 7,
    "GAN": 9,
    "DDPM": 9,
    "ROB": 15,
    "DRO": 8,
    "XAI": 22,
    "CAUS": 4,
}
ENTRY = """title = "Optimization"
[[statement]]
id = "OPT-01"
name = "Descent"
line = "L1"
topic = "landscapes"
"""
ERRATUM = """[[statement.errata]]
number = "E-01"
kind = "argued"
"""


def declared() -> dict[str, list]:
    """Topic -> experiments of every page that exists."""
    return {
        topic.noun: importlib.import_module(f"pages.{topic.noun}").EXPERIMENTS
        for topic in TOPICS
        if topic.built
    }


def written(tmp_path: Path, text: str, name: str = "opt.toml") -> Path:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_the_sheet_has_218_statements_in_14_sections_and_106_errata():
    statements = load()
    assert Counter(s.section for s in statements.values()) == COUNTS
    assert list(sections()) == list(COUNTS)
    errata = [e.number for s in statements.values() for e in s.errata]
    assert sorted(errata) == sorted(f"E-{n:02d}" for n in range(1, 107))
    assert sum(s.implied for s in statements.values()) == 30


def test_ids_are_numbered_without_gaps():
    for section, count in COUNTS.items():
        ids = [s.id for s in load().values() if s.section == section]
        assert ids == [f"{section}-{n:02d}" for n in range(1, count + 1)]


def test_every_statement_waits_for_a_topic_that_exists():
    assert {s.topic for s in load().values()} == {topic.noun for topic in TOPICS if topic.ids}
    assert [topic.noun for topic in TOPICS if not topic.ids] == ["museum"]


def test_topics_list_the_statements_that_wait_for_them():
    for topic in TOPICS:
        assert topic.ids == tuple(s.id for s in load().values() if s.topic == topic.noun)


def test_reads_a_statement_with_its_erratum(tmp_path):
    text = ENTRY + "statement = '''\n$x$ and\n\n$$\ny\n$$\n'''\nneeds = 'costs 3\\$'\n" + ERRATUM
    (statement,) = load(written(tmp_path, text)).values()
    assert statement.statement == "$x$ and\n\n$$\ny\n$$"
    assert statement.section == "OPT"
    assert statement.errata[0].number == "E-01"
    assert not statement.complete  # the erratum is only announced


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ENTRY + ENTRY.partition("\n")[2], "opt.toml, OPT-01: id is given twice"),
        (ENTRY.replace('name = "Descent"\n', ""), "opt.toml, OPT-01: name is missing"),
        (ENTRY.replace('"Descent"', '" "'), "opt.toml, OPT-01: name is empty"),
        (ENTRY.replace('"Descent"', "3"), "opt.toml, OPT-01: name is not a str"),
        (ENTRY.replace("OPT-01", "OPT-1"), "opt.toml, OPT-1: id does not match"),
        (ENTRY.replace("OPT-01", "ANA-01"), "opt.toml, ANA-01: id does not match"),
        (ENTRY + "statement = 'half $x of it'", "OPT-01: statement has unbalanced LaTeX"),
        (ENTRY + "needs = 'mixed $$x$'", "OPT-01: needs has unbalanced LaTeX"),
        (ENTRY + "needs = 'inside $$x$$ a line'", "OPT-01: needs has unbalanced LaTeX"),
        (ENTRY + "proof = 'trivial'", "opt.toml, OPT-01: unknown field proof"),
        (ENTRY + "errata = 'none'", "OPT-01: errata is not an array of tables"),
        (ENTRY + ERRATUM + ERRATUM, "opt.toml, OPT-01: E-01 is given twice"),
        (ENTRY + ERRATUM.replace("argued", "rumour"), "erratum E-01: kind is none of verified"),
        (ENTRY + ERRATUM.replace("E-01", "01"), "erratum 01: number does not match"),
        (ENTRY + ERRATUM + "blame = 'scan'", "OPT-01, erratum: unknown field blame"),
        (ENTRY.replace("title", "head"), "opt.toml: unknown field head"),
        (ENTRY.partition("\n")[2], "opt.toml: title is missing"),
        (ENTRY + "id", "opt.toml: "),
    ],
)
def test_refuses_a_malformed_file_by_name_id_and_field(tmp_path, text, message):
    with pytest.raises(ValueError, match=r"^opt\.toml") as refusal:
        load(written(tmp_path, text))
    assert message in str(refusal.value)


def experiment(*ids: str, slug: str = "bowl", presets: tuple[str, ...] = ()) -> SimpleNamespace:
    return SimpleNamespace(slug=slug, statements=ids, presets=dict.fromkeys(presets))


def test_coverage_by_hand():
    sheet = {
        id: Statement(id, "a name", "", topic)
        for id, topic in [("OPT-01", "a"), ("OPT-02", "a"), ("OPT-03", "b"), ("OPT-04", "c")]
    }
    bowl = experiment("OPT-01", "OPT-03", "OPT-99", presets=("slow", "fast"))
    race = experiment("OPT-01", slug="race")
    report = coverage({"a": [bowl, race], "b": []}, sheet)
    assert list(report.alive) == ["OPT-01", "OPT-03"]
    seen = [(s.topic, s.experiment.slug, s.preset) for s in report.alive["OPT-01"]]
    assert seen == [("a", "bowl", "slow"), ("a", "race", ""), ("a", "bowl", "fast")]
    assert report.waiting == {"OPT-04": "topic not built yet: c"}
    assert report.missing == ("OPT-02",)  # its page exists and keeps silent about it
    assert report.unknown == ("OPT-99",)


@pytest.fixture(scope="module")
def report() -> Coverage:
    return coverage(declared())


def test_every_id_named_by_an_experiment_exists_and_is_written_out(report):
    assert report.unknown == ()
    assert [id for id in report.alive if not load()[id].complete] == []


def test_each_of_the_218_ids_is_alive_or_has_a_written_reason(report):
    assert report.missing == ()
    assert set(report.alive) | set(report.waiting) == set(load())
    for id, reason in report.waiting.items():
        assert reason == f"topic not built yet: {load()[id].topic}"


def found(words: str, shown: bool = False, section: str = sheet.EVERYWHERE) -> list[str]:
    """Names of what a search finds, in its order."""
    return [s.name for s in sheet.chosen(words, section, sheet.ALL, (), shown)]


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("shapley", "Shapley value"),
        ("value shapley", "Shapley value"),
        ("SHAPLEY val", "Shapley value"),
        ("momentum", "Momentum / heavy ball"),
        ("adam", "Adam"),
        ("gradient descent", "Gradient descent"),
        ("opt-08", "Gradient descent"),
        ("zigzag", "Ill-conditioned: elongated contours, zig-zag"),
        ("zig-zag", "Ill-conditioned: elongated contours, zig-zag"),
        ("kappa of a matrix", "Condition number of a matrix"),
    ],
)
def test_a_search_finds_the_name_before_the_text(words, first):
    assert found(words)[0] == first


def test_relevance_by_hand():
    def level(name: str, text: str = "", word: str = "wave") -> int:
        rank = sheet.rank(Statement("OPT-01", name, "", "landscapes", False, text), word, True)
        return rank and rank[0]

    assert [level("Waves", word="waves"), level("A wave"), level("Waveform"), level("x", "A wave."),
            level("x", "Waveforms")] == [0, 1, 2, 4, 5]  # fmt: skip
    assert level("x", r"$\kappa$", "κ") == 4
    assert level("x", word="landsc") == 6
    assert level("x") is None


def test_without_words_the_sheet_keeps_its_order():
    assert found("") == [s.name for s in load().values()]


def test_what_was_not_looked_at_is_what_is_alive_less_that():
    report = Coverage({id: () for id in ("OPT-08", "OPT-13", "ANA-18")}, {}, (), ())
    args = ("", sheet.EVERYWHERE, sheet.UNSEEN, report.alive, False)
    assert [s.id for s in sheet.chosen(*args, {"OPT-13"})] == ["ANA-18", "OPT-08"]
    built = declared()
    (bowl,) = (e for e in built["landscapes"] if e.slug == "bowl")
    looked = sheet.looked_at(coverage(built), {"landscapes/bowl", "no/such"})
    assert looked == set(bowl.statements)
    assert sheet.looked_at(coverage(built), ()) == set()


def test_what_is_left_is_said_of_the_section_that_is_looked_at():
    told = sheet.nothing("", "Optimization", sheet.UNSEEN, False)
    assert told.endswith("an experiment for every statement of Optimization.")
    assert sheet.nothing("", sheet.EVERYWHERE, sheet.UNSEEN, False).endswith("every statement.")
    assert "matches “x”. Try fewer" in sheet.nothing("x", "Optimization", sheet.UNSEEN, False)
    assert "with the switch" in sheet.nothing("E-45", sheet.EVERYWHERE, sheet.ALL, False)


def test_from_paper_one_comes_back_to_what_was_looked_for():
    for query in ({"q": "momentum", "section": "Optimization", "show": sheet.UNSEEN}, {}):
        at = open_page("sheet", query)
        at.query_params.clear()
        at.query_params["paper"] = "1"
        back = next(e.proto for e in at.run().get("page_link") if "Back" in e.proto.label)
        assert dict(parse_qsl(back.query_string)) == query


@pytest.mark.parametrize("printed", [False, True])
def test_on_paper_stands_every_statement_and_no_experiment(printed):
    at = open_page("sheet", {"paper": "1"} | ({"misprints": "1"} if printed else {}))
    text = "\n".join(each.value for each in at.markdown)
    assert all(f"### {s.name} :small[{s.id}]" in text for s in load().values())
    assert "**Try**" not in text and text.count("$$") % 2 == 0
    numbers = [e.number for s in load().values() for e in s.errata]
    assert [n for n in numbers if f"✗ {n}:" in text] == (numbers if printed else [])


def test_a_statement_on_paper_ends_after_its_formula():
    assert paper.core("A\n\n$$\nx\n$$\n\nSo it is.\n\n**Try** *This* (That).") == (
        "A\n\n$$\nx\n$$\n\nSo it is."
    )
    assert paper.core("$$\nx\n$$\n\nand so on:\n\n$$\ny\n$$") == "$$\nx\n$$"
    assert paper.core("A $x$.\n\nB.") == "A $x$.\n\nB."
    assert paper.core("") == ""


def test_misprints_are_searched_with_the_switch_only():
    (owner,) = (s.name for s in load().values() for e in s.errata if e.number == "E-45")
    assert found("E-45", shown=True) == [owner]
    assert found("E-45") == []


def seen(**query: str) -> str:
    """All the texts of the formula sheet at an address."""
    at = open_page("sheet", query)
    written = (*at.title, *at.header, *at.markdown, *at.caption, *at.text)
    made = [each.proto.body for each in at.get("html") if "<style>" not in each.proto.body]
    return "\n".join([*(each.value for each in written), *made, *at.button_group[0].options])


@pytest.mark.parametrize("query", [{}, {"section": "Optimization"}, {"q": "shapley"}])
def test_misprints_stand_behind_the_switch(query):
    pattern = r"\bE-\d\d|\bL\d{2,}|✗|as printed|misprint"
    assert not re.search(pattern, seen(**query))
    assert re.search(pattern, seen(**query, misprints="1"))


def card_page() -> None:
    from core.statements import load
    from pages.ui import cards

    cards.card(load()["PROB-15"])


def test_a_card_is_headed_by_the_name_and_shows_misprints_with_the_switch_only():
    at = AppTest.from_function(card_page, default_timeout=60).run()
    statement = load()["PROB-15"]
    head, needs = (each.value for each in at.markdown)
    assert head.startswith(f"### {statement.name} :small[PROB-15]")
    assert statement.statement in head and statement.needs in needs
    at.query_params["misprints"] = "1"
    texts = [each.value for each in at.run().markdown]
    assert texts[0].startswith(f"### {statement.name} :small[PROB-15 · L")
    assert any(statement.errata[0].corrected in text for text in texts)
