import math

import numpy as np
import pytest
import torch

from core.experiments.matrix_calculus import grid_claims as claims
from core.experiments.matrix_calculus.grid import AFTER, grid
from core.matrix_calculus.maps import MAPS, plane_map
from core.signature import fields
from pages.figures.matrix_calculus.grid import figure
from tests.forgery import failures

DEFAULTS = {name: field.default for name, field in fields(grid).items()}


def red(run, **values) -> list[str]:
    return failures(claims.checks(run, **DEFAULTS | values))


def says(run, layout: str = "numerator", **values) -> str:
    told = {k: v for k, v in (DEFAULTS | values).items() if k not in ("u", "v")}
    return claims.says(run, layout=layout, **told)


@pytest.mark.parametrize(
    ("map", "area"),
    [
        ("polar", lambda x, y: x),
        ("square", lambda x, y: x * x + y * y),
        ("swirl", lambda x, y: 1.0),
        ("fold", lambda x, y: y),
        ("layer", lambda x, y: 1.25 * (1 - math.tanh(x + y / 2) ** 2)
            * (1 - math.tanh(y - x / 2) ** 2)),
    ],
)  # fmt: skip
def test_the_area_factor_by_hand(map, area):
    for x, y in ((1.5, 0.5), (-0.7, -1.9), (0.2, 2.0)):
        run = grid(map=map, x=x, y=y)
        assert float(torch.linalg.det(run.J)) == pytest.approx(area(x, y))
        assert ("turned over" in says(run, map=map, x=x, y=y)) == (area(x, y) < 0)


def test_a_small_square_has_an_image_of_that_area():
    run = grid(map="layer", then="swirl", x=-0.5, y=0.5, size=0.01)
    a, b = run.patch.numpy().T
    shoelace = abs(np.sum(a * np.roll(b, -1) - np.roll(a, -1) * b)) / 2
    assert shoelace / 0.02**2 == pytest.approx(run.area, rel=1e-3)


def test_the_linear_map_is_off_by_the_square_of_the_size():
    off = [
        float((run.patch - claims.linear(run, size)).norm(dim=1).max())
        for size in (0.04, 0.02, 0.01)
        for run in [grid(size=size)]
    ]
    np.testing.assert_allclose(np.array(off[:-1]) / off[1:], 4, rtol=0.05)


def test_the_order_flips_in_the_other_layout():
    run = grid(map="layer", then="swirl", x=-0.5, y=0.5)
    f, g = plane_map("layer"), plane_map("swirl")
    at = torch.tensor([-0.5, 0.5], dtype=torch.float64)
    whole = torch.autograd.functional.jacobian(lambda p: torch.stack(g(*f(*p))), at)
    torch.testing.assert_close(run.J, whole)
    torch.testing.assert_close(run.Jf.T @ run.Jg.T, whole.T)
    assert not torch.allclose(run.J, run.Jf @ run.Jg)
    values = {"map": "layer", "then": "swirl"}
    assert "Jg Jf" in says(run, **values)
    assert "Df Dg" in says(run, "denominator", **values)
    assert claims._order(run, "denominator")[0] == "first"
    assert claims._order(run, "numerator")[0] == "second"


def test_the_crease_has_two_mixed_derivatives_at_0_and_one_elsewhere():
    run = grid(map="crease", x=0.0, y=0.0)
    assert run.H.tolist() == [[0, 1], [-1, 0]]
    t = torch.linspace(-1, 1, 41, dtype=torch.float64)
    torch.testing.assert_close(run.along, torch.stack([-t, t]), rtol=0, atol=1e-12)
    assert "1 and −1" in says(run, map="crease", x=0.0, y=0.0)
    silent = [c.why for c in claims.checks(run, **DEFAULTS | {"map": "crease", "x": 0.0, "y": 0.0})]
    assert "the second derivatives of u jump at 0" in silent
    away = grid(map="crease", x=1.0, y=0.0)
    assert float(away.H[0, 1]) == pytest.approx(1.0) == float(away.H[1, 0])


@pytest.mark.parametrize("H", [[[0, 5], [3, 0]], [[0, 1], [1, 0]], [[0, -1], [1, 0]]])
def test_other_mixed_derivatives_at_the_crease_turn_a_check_red(H):
    at = {"map": "crease", "x": 0.0, "y": 0.0}
    run = grid(**at)
    assert red(run, **at) == []
    assert red(run._replace(H=torch.tensor(H, dtype=torch.float64)), **at)


def test_a_small_map_is_not_a_flat_one():
    """det J = 4·10⁻¹⁴ of an even stretch, and 0 of one onto a line."""
    small = {"map": "own", "u": "x/1000/5000", "v": "y/1000/5000"}
    assert "det J = 0" not in says(grid(**small), map="own")
    flat = {"map": "own", "u": "1000*x + 1000*y", "v": "x + y"}
    assert "det J = 0" in says(grid(**flat), map="own")


def test_own_formulas():
    values = {"map": "own", "u": "x^2 - y^2", "v": "2*x*y"}
    run, theirs = grid(**values), grid(map="square")
    torch.testing.assert_close(run.J, 2 * theirs.J)
    assert red(run, **values) == []
    none = grid(map="own", u="log(x)", v="y", x=-1.0)
    assert "no derivative" in says(none, map="own", x=-1.0)
    assert red(none, map="own", u="log(x)", v="y", x=-1.0) == []
    figure(none, **DEFAULTS | {"map": "own", "u": "log(x)", "v": "y", "x": -1.0})


@pytest.mark.parametrize("field", ["lines", "patch", "at", "Jf", "Jg", "product", "H", "along"])
@pytest.mark.parametrize("values", [{}, {"map": "layer", "then": "swirl", "x": -0.5}])
def test_what_is_off_turns_a_check_red(field, values):
    run = grid(**values)
    assert red(run, **values) == []
    assert red(run._replace(**{field: 1.07 * getattr(run, field)}), **values)
    assert red(run._replace(**{field: -getattr(run, field)}), **values)


def test_no_check_is_red_on_random_settings():
    rng = np.random.default_rng(0)
    formulas = ["x^2 - y^2", "log(x)", "sqrt(x^2+y^2)", "abs(x)*y", "1/(x*y)", "min(x,y)", "3"]
    for _ in range(150):
        values = {
            "map": str(rng.choice([*MAPS, "own"])),
            "u": str(rng.choice(formulas)),
            "v": str(rng.choice(formulas)),
            "then": str(rng.choice(AFTER)),
            "x": float(rng.choice([0.0, -2.0, 2.0, 1e-9, rng.uniform(-2, 2)])),
            "y": float(rng.choice([0.0, -2.0, 2.0, 1e-3, rng.uniform(-2, 2)])),
            "size": float(rng.choice([0.01, 0.3, 1.0])),
        }
        run = grid(**values)
        assert red(run, **values) == [], values
        figure(run, **values)
        assert "nan" not in says(run, **values)


def test_the_picture():
    picture = figure(grid(), **DEFAULTS)
    assert [p.name for p in picture.panels] == ["image", "plane", "slopes", "product"]
    (handle,) = picture.panels[0].handles
    back = np.array(handle.matrix) @ [handle.x, handle.y] + handle.offset
    assert back.tolist() == pytest.approx([1.5, 0.5])
    assert (
        not figure(grid(map="fold", y=0.0), **DEFAULTS | {"map": "fold", "y": 0.0})
        .panels[0]
        .handles
    )


@pytest.mark.parametrize("bad", [{"x": 3.0}, {"size": 0.0}, {"map": "rank"}, {"then": "crease"}])
def test_refusals_name_the_parameter(bad):
    with pytest.raises(ValueError, match=f"expected {next(iter(bad))}"):
        grid(**bad)
    with pytest.raises(ValueError, match="expected formula"):
        grid(map="own", u="import os")
