"""Tables as people have them: what is read of them, and that their units change nothing."""

import numpy as np
import pytest
import torch

from core import sheets
from core.tabular import models, shap
from core.tabular.data import data
from tests.tables import column, own

# --- what is read ------------------------------------------------------------------------------


def test_an_own_table_of_numbers_becomes_a_regression_and_says_what_is_predicted():
    columns = [column(40, j) for j in range(4)]
    table = data(own(*columns))
    assert table.features == ("x0", "x1", "x2") and table.target == "y"
    np.testing.assert_allclose(table.X, np.array(columns[:3]).T)
    np.testing.assert_allclose(table.y, columns[3])
    assert table.kept == "Predicted is the last column, y." and len(table.test) == 10
    other = data(own(*columns), "x1")
    assert other.features == ("x0", "x2", "y") and other.kept == "Predicted is x1."


def test_two_different_values_become_a_probability():
    words = data(own(column(40, 0), column(40, 1), ["no", "yes", "no", "yes"] * 10))
    assert words.task == "probability" and words.target == "y = yes"
    assert words.y.tolist() == [0, 1, 0, 1] * 10
    assert words.kept == "Predicted is the last column, the probability of y = yes."
    numbers = data(own(column(40, 0), column(40, 1), [3, -2] * 20))
    assert numbers.target == "y = 3" and numbers.y.tolist() == [1, 0] * 20


def test_three_words_of_a_target_are_one_against_the_rest():
    words = ["ant", "bee", "cow", "cow"] * 12
    name = own(column(48, 0), column(48, 1), words)
    commonest, asked = data(name), data(name, "y = Bee")
    assert commonest.target == "y = cow" and commonest.y.tolist() == [0, 0, 1, 1] * 12
    assert commonest.kept.endswith("probability of y = cow against the other 2 words.")
    assert asked.target == "y = bee" and asked.y.tolist() == [0, 1, 0, 0] * 12
    assert data(name, "y = cow").y.tolist() == commonest.y.tolist()


def test_two_words_of_a_feature_are_0_and_1_and_the_name_says_which():
    flags, sexes = ["TRUE", "False", "true", "FALSE"] * 10, ["male", "female"] * 20
    table = data(own(flags, sexes, column(40, 0), column(40, 1), names=["m", "sex", "b", "y"]))
    assert table.features == ("m = TRUE", "sex = male", "b")
    assert table.X[:4, :2].tolist() == [[1, 1], [0, 0], [1, 1], [0, 0]]


def test_rows_with_a_missing_cell_are_left_out_and_counted():
    first, second, goal = column(40, 0), column(40, 1), column(40, 2)
    holes = [*first[:3], "", "NA", *first[5:]]
    table = data(own(holes, second, [*goal[:9], "?", *goal[10:]]))
    kept = [i for i in range(40) if i not in (3, 4, 9)]
    np.testing.assert_allclose(table.X, np.array([first, second]).T[kept])
    np.testing.assert_allclose(table.y, np.array(goal)[kept])
    assert table.kept.endswith("y. Left out: 3 rows with a missing cell.")
    one = data(own([*first[:3], "nan", *first[4:]], second, goal))
    assert one.kept.endswith("Left out: 1 row with a missing cell.")


def test_columns_of_words_counts_of_rows_and_mostly_empty_ones_are_left_out_by_name():
    ids, cabins = range(1, 41), [""] * 25 + ["7"] * 15
    people = [f"person {i}" for i in range(40)]
    table = data(
        own(ids, people, cabins, range(40), column(40, 1), column(40, 2),
            names=["id", "who", "cabin", "t", "b", "y"])
    )  # fmt: skip
    assert table.features == ("t", "b") and len(table.X) == 40
    for told in ("id (counts the rows)", "who (words)", "cabin (mostly empty)"):
        assert f"Left out: {told}." in table.kept
    scattered = data(own(column(40, 3), column(40, 1), column(40, 2), names=["id", "b", "y"]))
    assert scattered.features == ("id", "b"), "a column called id that counts nothing is a feature"


def test_decimal_commas_are_read_where_semicolons_separate():
    rows = [f"{a:.2f};{b:.2f};{a - b:.2f}" for a, b in zip(column(40, 0), column(40, 1))]
    text = "\n".join(["a;b;y", *rows])
    pointed, comma = (data(sheets.add(each.encode())) for each in (text, text.replace(".", ",")))
    assert pointed.name != comma.name
    assert torch.equal(pointed.X, comma.X) and torch.equal(pointed.y, comma.y)


def test_long_tables_and_names_are_cut_and_wide_ones_said():
    long = data(own(column(2500, 0), column(2500, 1), column(2500, 2)))
    assert len(long.X) == 2000 and "2000 of 2500 rows are kept" in long.kept
    names = ["a name as long as a whole sentence would be", "b", "y"]
    table = data(own(column(40, 0), column(40, 1), column(40, 2), names=names))
    assert table.features[0] == "a name as long as a who…"
    alike = ["a name as long as a whole one", "a name as long as a whole two", "y"]
    twice = data(own(column(40, 0), column(40, 1), column(40, 2), names=alike))
    assert twice.features == ("a name as long as a who…", "a name as long as a who…′")


def test_the_rows_held_out_have_no_say_in_the_choice_of_ten_columns():
    """A column that is the target on the rows held out, and noise on the others, is not taken."""
    goal = np.array(column(80, 12))
    test = data(own(column(80, 0), column(80, 1), goal)).test.numpy()
    learned = np.setdiff1d(range(80), test)
    columns = [(0.3 * goal + np.array(column(80, j))).round(3) for j in range(11)]
    spy, far = np.array(column(80, 99)), goal - goal[learned].mean()
    spy -= far * (spy[learned] @ far[learned]) / (far[learned] @ far[learned])
    spy[test] = 100 * goal[test]

    def order(rows):
        r = [abs(np.corrcoef(each[rows], goal[rows])[0, 1]) for each in (*columns, spy)]
        return np.argsort(r).tolist()

    table = data(own(*columns, spy, goal))
    assert order(range(80))[-1] == order(learned)[0] == 11
    assert table.features == tuple(f"x{j}" for j in sorted(order(learned)[2:]))
    assert "Of 12 columns the 10 most" in table.kept and np.array_equal(table.test, test)


def hole(cell):
    return [1.5] * 6 + [cell] + [2.5] * 33


@pytest.mark.parametrize(
    ("columns", "target", "message"),
    [
        ([column(40, j) for j in range(3)], "z", "one of the columns x0, x1, y, got 'z'"),
        ([column(19, j) for j in range(3)], "", "at least 20 rows, got 19"),
        ([["a", "b", "c", "d"] * 10] * 2 + [column(40, 2)], "", "two numeric columns .* got none"),
        ([column(40, 0), column(40, 2)], "", "two numeric columns beside the target 'y', got x0"),
        ([["", 1] * 15, column(30, 1), column(30, 2)], "", "20 rows without .* got 15 of 30"),
        ([column(40, 0), hole("12a"), column(40, 2)], "", "'x1', got '12a' in row 8"),
        ([column(40, 0), hole("inf"), column(40, 2)], "", "'x1', got 'inf'"),
        ([column(40, 0), hole("1e16"), column(40, 2)], "", "'x1', got '1e16'"),
        ([column(40, 0), column(40, 1), [5] * 40], "", "differs between rows, got 'y' .* '5'"),
        ([column(40, 0), column(40, 1), ["a"] * 40], "", "differs between rows, got 'y' .* 'a'"),
        ([column(42, 0), column(42, 1), list("abcdefghijklmn") * 3], "", "14 different words"),
        ([column(42, 0), column(42, 1), ["a", "b", "c"] * 14], "y = d", "a, b, c, got 'd'"),
        ([column(40, 0), column(40, 1), [1] * 3 + [0] * 37], "", "at least 4 rows .* got 3"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_learned_is_refused_in_a_sentence(columns, target, message):
    with pytest.raises(ValueError, match=message):
        data(own(*columns), target)


# --- units change nothing ----------------------------------------------------------------------


def twins(move, kind, game="interventional"):
    """φ, v and f of a row of a table, and of the same table with `move` of a column and y."""
    a, b = range(60), column(60, 1)
    goal = [round(0.1 * i - v + (i % 7) / 10, 3) for i, v in zip(a, b)]
    first, second = data(own(a, b, goal)), data(own(*move(a, b, goal)))
    found = []
    for table in (first, second):
        f, z = models.model(table, kind), shap.drawn(table, 15, 0)
        v = shap.worth(game, f, table, table.X[7], z)
        found.append((f, v - v[0]))
    return found


SHIFTS = {
    "unix seconds": lambda a, b, y: ([1764000000 + t for t in a], b, y),
    "a target far from 0": lambda a, b, y: (a, b, [1764000000 + v for v in y]),
    "below 0": lambda a, b, y: ([t - 10**8 for t in a], b, y),
}


@pytest.mark.parametrize("game", ["baseline", "interventional", "conditional", "empirical"])
@pytest.mark.parametrize("kind", models.KINDS)
@pytest.mark.parametrize("shift", SHIFTS)
def test_a_constant_added_to_a_column_or_the_target_changes_nothing(shift, kind, game):
    (f, v), (g, w) = twins(SHIFTS[shift], kind, game)
    torch.testing.assert_close(w, v, rtol=0, atol=2e-6)
    move = (g.outputs - f.outputs).mean()
    torch.testing.assert_close(g.outputs - move, f.outputs, rtol=0, atol=2e-6)
    assert g.quality == pytest.approx(f.quality, abs=1e-6)


SCALES = {
    "millimetres": (lambda a, b, y: ([1000 * t for t in a], b, y), 1.0),
    "inches": (lambda a, b, y: ([t / 2.54 for t in a], [v * 2.54 for v in b], y), 1.0),
    "picofarads": (lambda a, b, y: (a, b, [v * 1e-12 for v in y]), 1e-12),
    "small columns": (lambda a, b, y: ([t * 1e-11 for t in a], b, y), 1.0),
    "millions": (lambda a, b, y: (a, b, [v * 1e6 for v in y]), 1e6),
}


@pytest.mark.parametrize("kind", models.KINDS)
@pytest.mark.parametrize("scale", SCALES)
def test_other_units_of_a_column_or_the_target_scale_f_and_nothing_else(scale, kind):
    move, unit = SCALES[scale]
    (f, v), (g, w) = twins(move, kind)
    assert f.outputs.unique().numel() > 20, "the model learns nothing"
    torch.testing.assert_close(g.outputs / unit, f.outputs, rtol=1e-7, atol=1e-7)
    torch.testing.assert_close(w / unit, v, rtol=1e-7, atol=1e-7)
    assert g.quality == pytest.approx(f.quality, abs=1e-7)


@pytest.mark.parametrize("kind", models.KINDS)
def test_columns_that_never_vary_get_nothing(kind):
    table = data(own([0.1] * 20, [2] * 20, range(20)))
    f, z = models.model(table, kind), shap.drawn(table, 15, 0)
    v = shap.games(f, table, table.X[3], z)
    assert f.outputs.unique().numel() == 1 and (v == v[:, :1]).all()
    assert f.outputs[0].item() == pytest.approx(table.y[table.train].mean().item(), abs=0.2)


def test_one_far_value_does_not_blind_the_trees():
    a, goal = [*range(60), 10**12], [*[int(i > 30) for i in range(60)], 1]
    f = models.model(data(own(a, column(61, 1), goal)), "trees")
    assert f.quality == 1.0
