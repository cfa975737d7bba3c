import math
import random

import numpy as np
import pytest
import torch

from core.convexity import gram, ratio_density, ratios
from core.convexity import inner as form
from core.experiments.convexity import inner_claims as claims
from core.experiments.convexity.inner import PAIRS, drawn, inner, pairs
from core.rng import generator
from core.signature import call
from pages.experiments.convexity.inner import EXPERIMENT
from pages.figures.convexity.inner import figure

SKEW = {"u1": 1.0, "u2": 0.0, "v1": 0.0, "v2": 1.0, "m11": 4.0, "m12": 1.8}
SIGNS = {"u1": 0.5, "u2": 1.5, "v1": -0.5, "v2": 1.0, "m11": -1.0}


def given(**values):
    return EXPERIMENT.defaults() | values


def told(**values):
    return call(claims.says, inner(**values), values=given(**values))


def panels(**values):
    picture = call(figure, inner(**values), values=given(**values))
    return {panel.name: panel for panel in picture.panels}


def traces(panel):
    return {t["name"]: t for t in panel.traces}


def anywhere(seed):
    rng = random.Random(seed)
    values = {name: round(rng.uniform(-2, 2), 2) for name in ("u1", "u2", "v1", "v2", "m12")}
    return values | {"m11": round(rng.uniform(-2, 4), 2)}


@pytest.mark.parametrize("seed", range(30))
def test_the_engine_says_the_same_in_any_product(seed):
    values = anywhere(seed)
    u, v = torch.tensor([[values[w + i] for i in "12"] for w in "uv"], dtype=torch.float64)
    M = torch.tensor([[values["m11"], values["m12"]], [values["m12"], 1]], dtype=torch.float64)
    run = inner(**values)
    assert run.product == pytest.approx(float(u @ M @ v))
    assert run.eigen.tolist() == pytest.approx(torch.linalg.eigvalsh(M).tolist())
    matrix = torch.stack([u, v]) @ M @ torch.stack([u, v]).T
    assert run.gram == pytest.approx(float(torch.linalg.det(matrix)), abs=1e-12)
    assert float(u @ M @ (v - run.foot)) == pytest.approx(0, abs=1e-9)
    assert run.definite == bool((torch.linalg.eigvalsh(M) > 0).all())
    if run.definite:
        assert run.ratio <= 1 and run.gram == pytest.approx(float(gram(u, v, M)))
        assert run.product == pytest.approx(float(form(u, v, M)))
    else:
        with pytest.raises(ValueError, match="expected M with eigenvalues"):
            form(u, v, M)
        assert run.product**2 >= float(run.squares.prod()) - 1e-12  # turned round


def test_by_hand():
    run = inner(u1=1.0, u2=0.0, v1=1.0, v2=1.0)
    assert (run.product, run.gram, run.foot.tolist()) == (1.0, 1.0, [1.0, 0.0])
    assert run.ratio == pytest.approx(math.sqrt(0.5))
    assert inner(**SKEW).ratio == pytest.approx(0.9) and inner(**SKEW).definite
    run = inner(**SIGNS)
    assert (run.product, run.squares.tolist(), run.gram) == (1.75, [2.0, 0.75], -1.5625)
    assert math.isnan(inner(u1=0.0, u2=0.0).ratio) and inner(u1=0.0, u2=0.0).foot.isnan().all()


@pytest.mark.parametrize("d", [2, 3, 20, 200])
def test_random_pairs_follow_their_law(d):
    found = inner(d=d).ratios
    again = ratios(d, 4 * PAIRS, generator(5)).sqrt()  # drawn anew, in d dimensions
    for share in (0.25, 0.5, 0.9):
        at, spread = again.quantile(share), math.sqrt(1.25 * share * (1 - share) / PAIRS)
        assert abs(float((found <= at).double().mean()) - share) < 5 * spread
    angle = (torch.arange(2000, dtype=torch.float64) + 0.5) / 2000 * math.pi / 2
    t = angle.cos()
    law = 2 * t * ratio_density(t * t, d) * angle.sin() * math.pi / 2
    assert float(law.mean()) == pytest.approx(1, abs=1e-4)
    below = float((law * (t <= found.median())).mean())
    assert below == pytest.approx(0.5, abs=5 * 0.5 / math.sqrt(PAIRS))


def test_a_smaller_dimension_is_the_larger_one_cut_off():
    every, means = pairs(3)
    x, y = drawn(3)
    for d in (2, 7, 200):
        direct = [abs(float(a @ b)) / float(a.norm() * b.norm()) for a, b in zip(x[:d].T, y[:d].T)]
        assert every[d - 2].tolist() == pytest.approx(direct)
        assert float(means[d - 2]) == pytest.approx(np.square(direct).mean())
        error = math.sqrt(2 * (d - 1) / (d * d * (d + 2)) / PAIRS)
        assert float(means[d - 2]) == pytest.approx(1 / d, abs=5 * error)
    assert inner(d=7, seed=3).ratios.equal(every[5]) and not inner(seed=4).means.equal(means)
    logs = np.log(np.arange(2, 201)), means.log().numpy()
    assert np.polyfit(*logs, 1)[0] == pytest.approx(-1, abs=0.03)


def test_the_picture_keeps_lengths_and_angles():
    for values in (SKEW, anywhere(4) | {"m11": 3.9, "m12": 0.7}):
        run, seen = inner(**values), traces(panels(**values)["seen"])
        u, v = (np.array([seen[w]["x"][1], seen[w]["y"][1]]) for w in "uv")
        assert u @ v == pytest.approx(run.product, abs=1e-5)
        assert [u @ u, v @ v] == pytest.approx(run.squares.tolist(), rel=1e-5)
        cross = values["u1"] * values["v2"] - values["u2"] * values["v1"]
        assert u[0] * v[1] - u[1] * v[0] == pytest.approx(
            math.copysign(math.sqrt(run.gram), cross), rel=1e-5
        )
        curve = traces(panels(**values)["plane"])["⟨w, w⟩ = 1"]
        x, y = curve["x"], curve["y"]
        square = values["m11"] * x * x + 2 * values["m12"] * x * y + y * y
        assert np.nanmax(np.abs(square - 1)) < 1e-5
    assert "seen" not in panels(**SIGNS) and "seen" not in panels()


def test_the_sentences():
    assert "1.4: its size is 0.537 of ‖u‖‖v‖ = 2.61" in told() and "within 2.8" in told()
    assert "half are within 45" in told(d=2) or "half are within 44" in told(d=2)
    assert "as large as it can be" in told(u1=0.8, u2=0.4, v1=-1.6, v2=-0.8)
    assert "⟨u, v⟩² = 3.06 is not below ⟨u, u⟩⟨v, v⟩ = 1.5" in told(**SIGNS)
    assert "⟨u, u⟩ = −1" in told(u1=1.0, u2=0.0, m11=-1.0).replace("-", "−")
    assert "A vector is 0" in told(v1=0.0, v2=0.0)


def test_refusals_and_forgeries():
    for name, value in (("d", 1), ("d", 201), ("u1", 2.5), ("m11", 5.0), ("v2", math.nan)):
        with pytest.raises(ValueError, match=rf"expected {name}\b"):
            inner(**{name: value})
    run = inner(**SKEW)
    for forged in (
        run._replace(product=-run.product),
        run._replace(gram=run.gram / 2),
        run._replace(foot=run.foot * math.nan),
        run._replace(ratios=run.ratios.flip(0)),
        run._replace(means=run.means**2),
    ):
        found = call(claims.checks, forged, values=given(**SKEW))
        assert any(c.applies and not c.holds for c in found)
