import numpy as np
import pytest
import torch

from core import sheets
from core.shapley import restrict
from core.shapley.prediction import GAMES
from core.tabular import models, shap
from core.tabular.data import DATA, data
from core.tabular.words import signed


@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize("kind", models.KINDS)
def test_the_four_games_are_those_of_the_engine(name, kind):
    table = data(name)
    f, x, z = models.model(table, kind), table.X[20], shap.drawn(table, 9, 3)
    cov = torch.cov(table.X[table.train].T)
    for game, v in zip(GAMES, shap.games(f, table, x, z), strict=True):
        background = z.mean(0, keepdim=True) if game == "baseline" else z
        engine = restrict(f, background, game, cov=cov).table(x[None])[0]
        torch.testing.assert_close(v, engine, rtol=1e-9, atol=1e-9)
        torch.testing.assert_close(v, shap.worth(game, f, table, x, z), rtol=1e-9, atol=1e-9)


def test_the_background_is_drawn_from_the_rows_learned_from():
    table = data("diabetes")
    learned = {tuple(row) for row in table.X[table.train].tolist()}
    found = {tuple(row) for row in shap.drawn(table, 50, 4).tolist()}
    assert found <= learned and len(found) == 50
    assert not torch.equal(shap.drawn(table, 15, 1), shap.drawn(table, 15, 2))


def test_an_own_table_offers_as_much_background_as_it_has_rows_to_learn_from():
    rows = np.random.default_rng(0).normal(size=(60, 3)).round(3)
    name = sheets.add("\n".join(["a,b,y", *(",".join(map(str, row)) for row in rows)]).encode())
    assert shap.reach(name, "") == (1, 45)
    with pytest.raises(ValueError, match=r"background a whole number in \[1, 45\], got 50"):
        shap.drawn(data(name), 50, 0)
    assert shap.reach("own-00000000ffff", "") == (1, 50)


def test_numbers_that_belong_together_have_the_same_decimals():
    assert signed([12.34, -0.05, 0.0]) == ["+12.3", "-0.1", "0"]
    assert signed([0.5, -0.01]) == ["+0.500", "-0.010"]
    assert signed([2e9, 0.0]) == ["+2.00e+09", "0"]
    assert signed([]) == []
