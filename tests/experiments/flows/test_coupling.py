import itertools
import math
import re

import numpy as np
import pytest
import torch

from core.experiments.flows import coupling_claims as claims
from core.experiments.flows.coupling import (
    FUNCTIONS,
    HALF,
    along,
    coupling,
    layer_of,
    point,
    through,
)
from core.signature import call

GIVEN = {
    "s": "linear", "size": 0.5, "t": "sine", "x1": 1.0, "x2": 1.0, "keep": "first", "D": 2,
    "seed": 0, "s_of": "1 - x^2/2", "t_of": "abs(x)",
}  # fmt: skip
CASES = [
    {"s": s, "t": t, "keep": keep, "D": D, "seed": seed, "size": 1.3, "x1": -0.7, "x2": 1.9}
    for seed, (s, t, keep, D) in enumerate(
        itertools.product(FUNCTIONS[1:4], ("sine", "waves"), ("first", "last"), (2, 3, 6))
    )
]  # fmt: skip


def checked(**values):
    run = coupling(**values)
    return run, call(claims.checks, run, values=GIVEN | values)


def spoken(run, **values):
    return call(claims.says, run, values=GIVEN | values)


def test_a_line_and_a_sine_by_hand():
    run = coupling(x1=1.0, x2=-2.0)
    assert run.y[0] == 1
    assert run.y[1].item() == pytest.approx(-2 * math.exp(0.5) + math.sin(2), rel=1e-14)
    below = -2 * 0.5 * math.exp(0.5) + 2 * math.cos(2)
    np.testing.assert_allclose(run.J, [[1, 0], [below, math.exp(0.5)]], rtol=1e-12, atol=0)
    assert run.det == pytest.approx(math.exp(0.5), rel=1e-12)
    # the mean of exp(u/2) over the cell
    mean = (math.exp(0.75) - math.exp(0.25)) / 0.5
    assert run.area == pytest.approx(mean, rel=1e-5)


def test_the_other_half_passes():
    run = coupling(x1=1.0, x2=-2.0, keep="last")
    assert run.x.tolist() == [-2, 1] and run.y[1] == 1 and run.J[1, 0] == 0
    other = coupling(x1=1.0, x2=-2.0)
    assert run.y.tolist() == other.y.flip(0).tolist() and run.det == other.det


@pytest.mark.parametrize("values", CASES)
def test_jacobian_by_difference_quotients_and_determinant_by_numpy(values):
    run = coupling(**values)
    layer = layer_of(*(values[key] for key in ("s", "size", "t", "keep", "D", "seed")))
    h, D = 1e-6, values["D"]
    steps = h * torch.eye(D, dtype=torch.float64)
    J = (layer.forward(run.x + steps) - layer.forward(run.x - steps)).T / (2 * h)
    np.testing.assert_allclose(run.J, J, rtol=1e-6, atol=1e-6)
    sign, log = np.linalg.slogdet(run.J.numpy())
    assert sign == 1 and log == pytest.approx(run.log_det, abs=1e-9)
    assert run.log_det == pytest.approx(float(run.s.sum()), abs=1e-12)
    assert float((run.back - run.x).abs().max()) < 1e-12
    d = D // 2
    block = run.J[D - d :, : D - d] if values["keep"] == "last" else run.J[:d, d:]
    assert bool((block == 0).all())
    _, found = checked(**values)
    assert all(check.holds for check in found if check.applies)


def test_cells_that_tile_the_grid_have_the_area_of_its_image():
    """Areas of cells add up: a sum of means is the mean over the whole."""
    xs = np.arange(-1.5, 2, 1.0)
    cells = [coupling(s="sine", size=1.0, x1=float(x)).area for x in xs]
    u = np.linspace(-2, 2, 200_001)
    assert np.mean(cells) == pytest.approx(np.mean(np.exp(np.sin(2 * u))), rel=1e-3)


@pytest.mark.parametrize("t", FUNCTIONS)
def test_without_s_the_volume_stays(t):
    for D, keep in itertools.product((2, 5), ("first", "last")):
        run, found = checked(s="zero", t=t, D=D, keep=keep, seed=4)
        assert run.log_det == 0 and run.s.abs().max() == 0 and abs(run.det - 1) < 1e-15
        assert run.area == pytest.approx(1, abs=1e-12)
        (volume,) = (check for check in found if check.id == "FLOW-07")
        assert volume.applies and volume.holds
        assert "only shifts" in spoken(run, s="zero")


def test_t_plays_no_part_and_s_does():
    dets = [coupling(t=t, seed=2).det for t in FUNCTIONS]
    assert max(dets) - min(dets) < 1e-12
    assert len({round(coupling(s=s, seed=2).det, 6) for s in FUNCTIONS}) == 4


def test_the_determinant_is_the_product_over_all_of_s():
    """E-69: with one factor alone, or with a sum, it is another number."""
    run, found = checked(s="sine", size=0.6, D=4, seed=1)
    e = run.s.exp()
    assert run.det == pytest.approx(float(e[0] * e[1]), rel=1e-12)
    assert abs(run.det - float(e[0])) > 0.05 and abs(run.det - float(e.sum())) > 0.05
    (printed,) = (check for check in found if "E-69" in check.claim)
    assert printed.applies and printed.holds and len(run.s) == 2
    assert not any(check.applies for check in checked()[1] if "E-69" in check.claim)


def test_the_plane_and_the_functions_are_those_of_the_layer():
    layer = layer_of("waves", 1.0, "waves", "first", 5, 7)
    x = point(layer, 0.4, -1.1, 7)
    assert (layer.kept, layer.moved, layer.d) == (0, 2, 2)
    assert x[0].item() == 0.4 and x[2].item() == -1.1
    y = layer.forward(x)
    (moved,) = through(layer, x, torch.tensor([[0.4, -1.1]], dtype=torch.float64))
    assert moved.tolist() == [y[0].item(), y[2].item()]
    s, t = along(layer, x, torch.tensor([0.4], dtype=torch.float64))
    run = coupling("waves", 1.0, "waves", 0.4, -1.1, "first", 5, 7)
    assert s[0] == run.s[0] and t[0] == run.t[0]


def test_seeds_and_ends_of_all_ranges():
    assert not torch.equal(coupling("waves", seed=0).y, coupling("waves", seed=1).y)
    for s, x1, D in itertools.product(FUNCTIONS, (-HALF, HALF), (2, 6)):
        run, found = checked(s=s, size=2.0, t="linear", x1=x1, x2=-x1, D=D)
        assert all(check.holds for check in found if check.applies)
        assert spoken(run, s=s, size=2.0)


@pytest.mark.parametrize(
    "values", [{"D": 1}, {"D": 7}, {"s": "cube"}, {"size": -1.0}, {"x1": math.nan}, {"D": 2.5}]
)
def test_what_is_no_layer_is_refused_by_name(values):
    with pytest.raises(ValueError, match=f"expected {next(iter(values))}"):
        coupling(**values)


def test_formulas_of_ones_own_by_hand():
    run, found = checked(s="own", t="own", s_of="x/2 - 1", t_of="x^2", x1=-1.5, x2=2.0)
    assert run.y[1].item() == pytest.approx(2 * math.exp(-1.75) + 2.25, rel=1e-14)
    np.testing.assert_allclose(run.J[1], [math.exp(-1.75) - 3, math.exp(-1.75)], rtol=1e-12)
    assert run.area == pytest.approx(2 * math.exp(-1.75) * math.sinh(0.25) * 2, rel=1e-5)
    assert all(check.holds for check in found if check.applies)
    # the size is that of the given functions, whatever it was set to before
    own = {"s": "own", "t": "own", "size": 0.0}
    assert "multiplied by" in spoken(coupling(**own), **own)


@pytest.mark.parametrize("formula", ["abs(sin(9*x))", "max(x, 0)", "3*sin(40*x)", "sin(900*x)"])
@pytest.mark.parametrize("D", [2, 5])
def test_no_formula_makes_a_check_lie(formula, D):
    run, found = checked(s="own", t="own", s_of=formula, t_of=formula, D=D, x1=0.4)
    assert all(check.holds for check in found if check.applies)
    assert math.isfinite(run.area) and run.det == pytest.approx(math.exp(run.log_det))


@pytest.mark.parametrize(
    ("key", "text", "told"),
    [
        ("s", "3*x", "expected s_of to lie in [-5, 5] for x in [-3, 3], got -9 at x = -3"),
        ("s", "log(x)", "expected s_of to lie in [-5, 5] for x in [-3, 3], got nan at x = -3"),
        ("t", "x*y", "expected t_of to use x, got y"),
        ("t", "x**", "expected t_of"),
    ],
)
def test_a_formula_that_cannot_be_used_is_refused_by_name(key, text, told):
    with pytest.raises(ValueError, match=re.escape(told)):
        coupling(**{key: "own", f"{key}_of": text})
