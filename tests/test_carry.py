"""A matrix taken along is the same matrix there."""

from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest

from core.carry import entries, hessian
from core.experiments.convolution.matrix import banded
from core.landscapes import quadratic
from pages.ui import store
from pages.ui.along import along, links, taken
from tests.house import EXPERIMENTS

CARRIERS = {name: e for name, e in EXPERIMENTS.items() if e.carries}
KINDS = {
    "any": (0.9, 0.7, -0.1, 0.8),
    "symmetric": (2.0, -0.6, -0.6, 1.0),
    "one diagonal": (0.5, 1.5, -0.25, 0.5),
}


@pytest.mark.parametrize("name", CARRIERS)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_taken_is_the_same_matrix_up_to_the_factor_that_is_named(name, kind):
    matrix = np.array(KINDS[kind])
    for carry in CARRIERS[name].carries:
        values = taken(CARRIERS[name], carry, KINDS[kind])
        if values is None:
            continue
        found = np.array(carry.of(values))
        if "factor" in carry.name:
            found *= matrix[3] / found[3]
        np.testing.assert_allclose(found, matrix, atol=1e-12)


def test_every_carrier_takes_one_of_them_or_computes_its_own():
    for experiment in CARRIERS.values():
        for carry in experiment.carries:
            takes = any(taken(experiment, carry, m) for m in KINDS.values())
            assert takes != carry.name.startswith("Jacobian"), experiment.slug


def test_a_jacobian_goes_along_and_none_comes():
    coupling, grid = EXPERIMENTS["flows/coupling"], EXPERIMENTS["matrix_calculus/grid"]
    told = along(coupling, coupling.defaults())
    matrix = coupling.carries[0].of(coupling.defaults())
    assert matrix[1] == 0 and matrix[0] == 1 and told["name"] == "Jacobian of the layer"
    sensitivity = next(link for link in told["to"] if link["slug"] == "sensitivity")
    query = dict(parse_qsl(urlsplit(sensitivity["href"]).query))
    values = EXPERIMENTS["convexity/sensitivity"].defaults() | {
        k: float(v) for k, v in query.items() if k[0] == "a" and k[1:].isdigit()
    }
    found = [values[name] for name in ("a11", "a12", "a21", "a22")]
    np.testing.assert_allclose(found, matrix, rtol=1e-9)
    assert along(coupling, coupling.defaults() | {"D": 4}) is None
    polar = grid.carries[0].of(grid.defaults() | {"x": 2.0, "y": 0.0})
    assert len(polar) == 4 and along(grid, grid.defaults())["to"]


def _hessian(kappa: float, angle: float) -> list[float]:
    a, b, c = map(float, quadratic(kappa, angle).entries)
    return [a, b, b, c]


@pytest.mark.parametrize("angle", [0.0, 17.0, 45.0, 90.0, 133.0, 179.0])
@pytest.mark.parametrize("kappa", [1.0, 2.5, 40.0])
def test_the_hessian_is_that_of_the_bowl(kappa, angle):
    matrix = hessian().of({"kappa": kappa, "angle": angle})
    np.testing.assert_allclose(matrix, _hessian(kappa, angle), atol=1e-12)
    back = hessian().to(*(3 * each for each in matrix))
    again = _hessian(back["kappa"], back["angle"])
    np.testing.assert_allclose(again, matrix, rtol=1e-9, atol=1e-9)


def test_the_toeplitz_matrix_is_that_of_the_page():
    matrix = EXPERIMENTS["convolution/matrix"]
    values = taken(matrix, matrix.carries[0], KINDS["one diagonal"])
    made = banded(**{k: v for k, v in values.items() if k not in ("u", "t", "transpose")})
    assert made.T[made.kept].flatten().tolist() == list(KINDS["one diagonal"])


def test_links_open_what_they_say_and_lead_elsewhere():
    bowl = EXPERIMENTS["landscapes/bowl"]
    told = along(bowl, bowl.defaults())
    assert told["name"] == "Hessian, up to a factor" and told["to"]
    matrix = bowl.carries[0].of(bowl.defaults())
    for link in told["to"]:
        url = urlsplit(link["href"])
        query, refused = dict(parse_qsl(url.query)), []
        other = EXPERIMENTS[f"{url.path}/{query['exp']}"]
        assert other is not bowl
        values = store._parse(other, query, refused)
        assert not refused
        seen = (carry.of(values) for carry in other.carries if carry.name == link["as"])
        found = np.array(next(seen))
        found = found * matrix[3] / found[3] if "factor" in link["as"] else found
        np.testing.assert_allclose(found, matrix, rtol=1e-8, atol=1e-8)


def test_what_does_not_fit_is_not_offered():
    slugs = {link["slug"] for link in links((0.0, 1.0, -1.0, 0.0))}  # a rotation
    assert "sensitivity" in slugs and not slugs & {"bowl", "glass", "inner", "slicing"}
    assert "bowl" not in {link["slug"] for link in links((1.0, 2.0, 2.0, 1.0))}  # a saddle
    assert not {"sensitivity", "bowl"} & {link["slug"] for link in links((1e300, 0.0, 0.0, 1e-300))}


def test_an_experiment_that_shows_no_matrix_now_offers_nothing():
    moments = EXPERIMENTS["probability/moments"]
    assert along(moments, moments.defaults()) is None
    assert along(moments, moments.defaults() | {"view": "map"}) is not None
    assert along(EXPERIMENTS["landscapes/wild"], EXPERIMENTS["landscapes/wild"].defaults()) is None


def test_a_symmetric_one_is_needed_where_two_entries_are_one():
    with pytest.raises(ValueError, match="expected a symmetric matrix, got 1 beside 2"):
        entries("v1", "c", "c", "v2").to(1.0, 1.0, 2.0, 1.0)
