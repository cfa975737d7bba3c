"""Several classes, by hand, by quadratic programmes and by looking at a fine grid."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog, minimize

from core.experiments.adversarial import classes as several
from core.experiments.adversarial import classes_claims as claims
from core.experiments.adversarial.classes import classes as run
from pages.figures.adversarial.classes import figure

PRESETS = (
    {},
    {"W": several.BETWEEN},
    {"W": several.CORNER, "x0": 0.0, "x1": 0.0},
    {"W": several.FOUR, "x0": 1.5},
    {"W": "1 1 0,-1 1 0.2,-1 -1 0,1 -1 -0.3,0 0 0.5", "x0": 2.0, "x1": 1.0},
)


def the(result, words):
    (found,) = (c for c in claims.checks(result) if words in c.claim)
    return found


def test_the_nearest_class_is_not_the_runner_up():
    result = run()
    assert result.scores.tolist() == [3, 1, 2]
    assert result.found.margins.tolist() == [0, 2, 1]
    assert result.found.distances.tolist() == [math.inf, 0.5, 2.0]
    assert (int(result.found.nearest), int(result.found.runner_up)) == (1, 2)
    assert result.found.delta.tolist() == [0.5, 0]
    assert "second highest score, 2 away; the nearest is class 2, 0.5 away" in claims.says(result)


@pytest.mark.parametrize("values", PRESETS)
def test_changes_to_each_class_are_those_of_a_quadratic_programme(values):
    result = run(**values)
    W, b, x = result.W.numpy(), result.b.numpy(), result.x.numpy()
    for t in result.others:
        beats = {"type": "ineq", "fun": lambda d, t=t: ((W[t] - W) @ (x + d)) + b[t] - b}
        tries = [minimize(lambda d: d @ d, start, constraints=beats, tol=1e-12)
                 for start in ([3.0, -1.0], [-3.0, 1.0], [0.1, 3.0])]  # fmt: skip
        best = min(np.linalg.norm(one.x) for one in tries if one.success)
        assert float(result.targeted[t]) == pytest.approx(best, abs=1e-5)


@pytest.mark.parametrize("values", PRESETS)
@pytest.mark.parametrize("norm", ["1", "inf"])
def test_distances_in_other_norms_are_those_of_a_linear_programme(values, norm):
    result = run(**values, norm=norm)
    for j in result.others:
        a, m = (result.W[result.y] - result.W[j]).numpy(), float(result.found.margins[j])
        if norm == "1":  # δ = u − v, u, v ≥ 0
            found = linprog(np.ones(4), A_ub=[[*a, *-a]], b_ub=[-m])
        else:  # −t ≤ δ ≤ t
            A = [[1, 0, -1], [-1, 0, -1], [0, 1, -1], [0, -1, -1], [*a, 0]]
            free = [(None, None)] * 2 + [(0, None)]
            found = linprog([0, 0, 1], A_ub=A, b_ub=[0, 0, 0, 0, -m], bounds=free)
        assert float(result.found.distances[j]) == pytest.approx(found.fun, abs=1e-9)


def test_the_largest_coordinate_prefers_another_class():
    values = PRESETS[2]
    assert float(run(**values).found.distance) == pytest.approx(0.5)
    assert float(run(**values, norm="inf").found.distance) == pytest.approx(0.4)
    assert float(run(**values).found.distances[2]) == pytest.approx(1.6 / math.sqrt(8))
    assert [int(run(**values, norm=p).found.nearest) for p in ("1", "2", "inf")] == [1, 1, 2]


def test_a_class_in_between_makes_the_way_longer():
    result = run(W=several.BETWEEN)
    assert float(result.found.distances[2]) == pytest.approx(1.25)
    assert float(result.to_target.norm()) == pytest.approx(2.0)
    assert "there another class scores higher" in claims.says(result)
    assert "move by 2." in claims.says(run())


def test_edges_are_told():
    wrong = run(x0=1.5)
    assert not wrong.found.right and not wrong.found.delta.any()
    assert "read as class 2 already: δ = 0 is enough" in claims.says(wrong)
    assert the(wrong, "E-81").applies and the(wrong, "E-81").lhs == pytest.approx(-0.5)
    assert not the(run(), "E-81").applies
    margins = wrong.found._replace(margins=wrong.found.margins.abs())
    assert not the(replace(wrong, found=margins), "E-81").holds
    twins = run(W=several.TWINS, x0=1.0, x1=0.0)
    assert twins.found.ignored.tolist() == [False, True, False]
    assert "Between class 1 and class 2 is no boundary" in claims.says(twins)
    second = run(W=several.TWINS, x0=1.0, x1=0.0, y=2)  # class 3 is behind, 0.49 away
    assert not second.found.right and not the(second, "E-81").applies
    assert all(c.holds for c in claims.checks(second) if c.applies)
    assert "highest score nowhere" in claims.says(run(W="0 0 0,2 0 0,1 0 -1", x0=-1.0))
    assert "aim at another" in claims.says(run(target=1)) and not run(target=1).reached
    assert "on the boundary" in claims.says(run(x0=1.0))
    assert "no change of x" in claims.says(run(W="1 0 1,1 0 0,1 0 0"))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"y": 4}, r"expected y in \[1, 3\], got 4"),
        ({"target": 5}, r"expected target in \[1, 3\], got 5"),
        ({"W": "1 2 3"}, "expected W to be"),
        ({"W": "1 2 x,1 2 3,1 2 3"}, "row 1, column 3 of W"),
        ({"W": "1e9 0 0,0 0 0,0 1 0"}, "expected W to have entries in"),
    ],
)
def test_what_cannot_be_is_refused(values, words):
    with pytest.raises(ValueError, match=words):
        run(**values)


@pytest.mark.parametrize("values", PRESETS)
def test_the_regions_are_where_a_fine_grid_finds_the_highest_score(values):
    result = run(**values)
    side = (np.arange(400) + 0.5) / 50 - 4
    at = np.stack(np.meshgrid(side, side), -1).reshape(-1, 2)
    best = (at @ result.W.numpy().T + result.b.numpy()).argmax(1)
    total = 0.0
    for j, corners in enumerate(several.regions(result.W, result.b)):
        x, y = corners.T
        area = abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2
        assert area == pytest.approx(64 * np.mean(best == j), abs=0.2)
        total += area
    assert total == pytest.approx(64)


def test_lines_lie_where_the_margin_is_zero():
    rng = np.random.default_rng(0)
    drawn = 0
    for _ in range(50):
        rows = ",".join(" ".join(f"{v:.3f}" for v in row) for row in rng.normal(0, 2, (3, 3)))
        result = run(W=rows)
        both = several.boundary(result.W, result.b, 0, 1)
        a, c = (result.W[0] - result.W[1]).numpy(), float(result.b[0] - result.b[1])
        signs = [np.sign(a @ corner + c) for corner in ((4, 4), (4, -4), (-4, 4), (-4, -4))]
        assert (both is not None) == (len(set(signs)) > 1)
        if both is not None:
            drawn += 1
            np.testing.assert_allclose(both @ a + c, 0, atol=1e-9)
            np.testing.assert_allclose(np.abs(both).max(1), 4, atol=1e-9)
    assert drawn > 20


def test_a_change_too_short_or_aside_is_noticed():
    result = run()
    for delta in (0.9 * result.found.delta, result.found.delta.flip(0)):
        forged = replace(result, found=result.found._replace(delta=delta))
        assert not the(forged, "at x + δ*").holds
    swapped = result.found._replace(runner_up=result.found.nearest)
    assert not the(replace(result, found=swapped), "change no margin").holds


def test_the_answers_and_the_picture():
    assert claims.answers["second"](run())[0] == "class_2"
    assert claims.answers["between"](run(W=several.BETWEEN))[0] == pytest.approx(2)
    assert claims.answers["corner"](run(**PRESETS[2], norm="inf"))[0] == "class_3"
    panels = figure(run(), aim=True).panels
    (handle,) = panels[0].handles
    assert (handle.x, handle.y, handle.params) == (0.5, 0.5, ("x0", "x1"))
    arrow = next(t for t in panels[0].traces if t["name"] == "δ*")
    assert arrow["x"][:2].tolist() == [0.5, 1.0] and arrow["y"][:2].tolist() == [0.5, 0.5]


def test_the_bars_name_the_highest_score_where_x_is_read_wrongly():
    for x0, words in ((0.5, "1, second highest score"), (1.5, "−2, highest score")):
        names = [trace["name"] for trace in figure(run(x0=x0)).panels[1].traces]
        assert words in names
