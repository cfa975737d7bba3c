"""What the pages of explanations make of the tables that students bring."""

import pytest

from core import sheets
from core.tabular import models
from core.tabular.data import data
from core.words import typeset
from pages.experiments.shapley import everyone, explain, risk_data
from pages.ui import compose, run
from pages.ui.codec import pack
from tests import contract
from tests.house import EXPERIMENTS
from tests.tables import column, own

PAGES = {m.EXPERIMENT.slug: m.EXPERIMENT for m in (explain, everyone, risk_data)}
GOAL = [round(0.1 * i - v, 3) for i, v in enumerate(column(48, 1))]
SEXES, KINDS = ["male", "female", "female"] * 16, ["ant", "bee", "cow"] * 16
TABLES = {  # columns, the target last
    "plain": (range(48), column(48, 1), GOAL),
    "unix seconds": ([1764000000 + i for i in range(48)], column(48, 1), GOAL),
    "a target far from 0": (range(48), column(48, 1), [1764000000 + i for i in range(48)]),
    "picofarads": (range(48), column(48, 1), [1e-12 * v for v in GOAL]),
    "columns that never vary": ([0.1] * 48, [2] * 48, range(48)),
    "a model that says nothing": ([0.1] * 48, [2] * 48, [1e-11 * i for i in range(48)]),
    "words and gaps": (SEXES, ["", *range(47)], column(48, 2), ["TRUE", "FALSE"] * 24, GOAL),
    "three classes": (range(48), column(48, 1), KINDS),
    "few rows": (range(20), column(20, 1), range(0, 40, 2)),
}


def shown(page, table, **more):
    """Values, result and checks of a page for a table; everything it would send is sound."""
    experiment = PAGES[page]
    values = experiment.defaults() | {"data": own(*TABLES[table]), "background": 9} | more
    if page == "risk-data":
        values["passes"] = 2
    result = contract.run(experiment, values)
    checks = experiment.checks(result, **values)
    contract.theorems_hold(experiment, checks)
    contract.picture_is_sound(experiment.figure(result, **values), experiment)
    words = {"words": compose.spoken(experiment, values, result)}
    assert pack(words | compose.picture(experiment, values, result))
    if experiment.chart:
        assert experiment.chart(result, **values)
    return values, result, experiment.says(result, **values)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("model", models.KINDS)
@pytest.mark.parametrize("page", PAGES)
def test_every_page_answers_every_kind_of_table(page, model, table):
    _, result, said = shown(page, table, model=model)
    assert said.endswith(result.table.kept) and "Predicted is the last column, " in said
    contract.sentence_is_words(typeset(said))


@pytest.mark.parametrize("game", ["baseline", "conditional", "empirical"])
@pytest.mark.parametrize("table", ["unix seconds", "columns that never vary", "picofarads"])
@pytest.mark.parametrize("page", ["explain", "everyone"])
def test_the_other_games_too(page, table, game):
    shown(page, table, game=game)


def test_what_was_left_out_is_counted_and_a_word_told_as_one():
    _, result, said = shown("explain", "words and gaps", row=0)
    assert result.named[0] == "x0 ≠ male" and result.named[3] == "x3 ≠ TRUE"
    assert said.endswith("column, y. Left out: 1 row with a missing cell.")
    assert len(data(result.data).X) == 47


def test_columns_that_never_vary_get_nothing_in_a_sentence():
    table = data(own(*TABLES["columns that never vary"]))
    mean = table.y[table.train].mean().item()
    for page, told in (
        ("explain", f"f(x) = {mean:.4g} = f∅: no feature moves it."),
        ("everyone", "Over 12 rows held out, no feature moves f."),
        ("risk-data", "SAGE gives nothing to any of them."),
    ):
        assert told in shown(page, "columns that never vary")[2]


def test_a_time_is_told_in_full_and_a_far_target_drawn_from_near_it():
    _, result, _ = shown("explain", "unix seconds", row=5)
    assert result.named[0] == "x0 1764000005"
    values, result, _ = shown("explain", "a target far from 0", row=5)
    panel, *_ = PAGES["explain"].figure(result, **values).panels
    assert panel.layout["xaxis"]["title"]["text"] == "f − 1764000023"
    assert max(map(abs, panel.layout["xaxis"]["range"])) < 100


def test_a_row_kept_from_a_longer_table_is_the_last_one():
    values, _, said = shown("explain", "plain", row=114)
    assert said.startswith("This table has no row 114; its last one, 47, is explained.")
    low, high = next(p for p in PAGES["explain"].params if p.name == "row").reach(values)
    assert low <= 114 <= high


@pytest.mark.parametrize("page", PAGES)
def test_a_column_that_is_not_there_is_refused_with_the_names_of_those_that_are(page):
    with pytest.raises(ValueError, match="one of the columns x0, x1, y, got 'price'"):
        shown(page, "plain", target="price")


@pytest.mark.parametrize("slug", ["game", "queue", "interactions"])
def test_the_sentence_of_a_game_says_what_was_dropped_while_reading(slug):
    experiment = EXPERIMENTS[f"shapley/{slug}"]
    name = sheets.add(b",coalition,value\n0,,0\n1,1,1\n2,2,2\n3,1 2,6\n")
    values = experiment.defaults() | {"game": name}
    result = run.result(experiment, values)
    assert result.phi.tolist() == [2.5, 3.5]
    assert experiment.says(result, **values).endswith("the first column, which has no name.")
