"""A matrix taken along is the same matrix there."""

import itertools
import math
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest

from core.carry import cells, entries, hessian
from core.experiments.convolution.matrix import banded
from core.landscapes import quadratic
from core.words import number
from pages.ui import run, store
from pages.ui.along import along, links, taken
from pages.ui.experiment import Experiment, Values
from tests.house import EXPERIMENTS

CARRIERS = {name: e for name, e in EXPERIMENTS.items() if e.carries}
KINDS = {
    "any": (0.9, 0.7, -0.1, 0.8),
    "symmetric": (2.0, -0.6, -0.6, 1.0),
    "one diagonal": (0.5, 1.5, -0.25, 0.5),
}


def offered(experiment: Experiment, **values) -> dict | None:
    """What is offered beside the defaults with these values."""
    values = experiment.defaults() | values
    return along(experiment, values, run.result(experiment, values))


def opened(link: dict) -> tuple[Experiment, Values]:
    """The experiment and the values behind a link, none of which is refused."""
    url = urlsplit(link["href"])
    query, refused = dict(parse_qsl(url.query)), []
    other = EXPERIMENTS[f"{url.path}/{query['exp']}"]
    values = store._parse(other, query, refused)
    assert not refused, link
    return other, values


def slugs(*matrix: float) -> set[str]:
    return {experiment.slug for experiment, _ in links(matrix)}


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
    told = offered(coupling)
    matrix = coupling.carries[0].of(run.result(coupling, coupling.defaults()))
    assert matrix[1] == 0 and matrix[0] == 1 and told["name"] == "Jacobian of the layer"
    to = {other.slug: values for other, values in map(opened, told["to"])}
    found = [to["sensitivity"][name] for name in ("a11", "a12", "a21", "a22")]
    np.testing.assert_allclose(found, matrix, rtol=1e-9)
    assert offered(coupling, D=4) is None
    assert offered(grid)["to"]
    polar = grid.carries[0].of(run.result(grid, grid.defaults() | {"x": 2.0, "y": 0.5}))
    c, s = math.cos(0.5), math.sin(0.5)
    assert polar == pytest.approx((c, -2 * s, s, 2 * c))


def test_what_is_carried_is_read_off_the_result_and_not_computed_again():
    for name in ("flows/coupling", "matrix_calculus/grid"):
        experiment = EXPERIMENTS[name]
        (carry,), values = experiment.carries, experiment.defaults()
        other = next(v for v in experiment.presets.values() if v.get("D", 2) == 2 and v)
        result = run.result(experiment, values | other)
        text = "({} {}; {} {})".format(*map(number, carry.of(result)))
        assert along(experiment, values, result)["matrix"] == text


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
    told = offered(bowl)
    assert told["name"] == "Hessian, up to a factor" and told["to"]
    matrix = bowl.carries[0].of(bowl.defaults())
    for link in told["to"]:
        other, values = opened(link)
        assert other is not bowl
        seen = (carry.of(values) for carry in other.carries if carry.name == link["as"])
        found = np.array(next(seen))
        found = found * matrix[3] / found[3] if "factor" in link["as"] else found
        np.testing.assert_allclose(found, matrix, rtol=1e-8, atol=1e-8)


def test_what_does_not_fit_is_not_offered():
    turned = slugs(0.0, 1.0, -1.0, 0.0)
    assert "sensitivity" in turned and not turned & {"bowl", "glass", "inner", "slicing"}
    assert "bowl" not in slugs(1.0, 2.0, 2.0, 1.0)  # a saddle
    assert not {"sensitivity", "bowl"} & slugs(1e300, 0.0, 0.0, 1e-300)


@pytest.mark.parametrize("kappa", [1.0, 2.5, 10.0, 1e4])
def test_every_link_opens_what_its_experiment_accepts(kappa):
    bowl = EXPERIMENTS["landscapes/bowl"]
    for angle in (0.0, 30.0, 45.0, 60.0, 90.0, 90.0000001, 120.0, 135.0, 179.0, 180.0):
        told = offered(bowl, kappa=kappa, angle=angle)
        assert told or kappa > 1000, "a large κ fits nowhere else"
        for link in told["to"] if told else ():
            other, values = opened(link)
            assert run.admitted(other, values), (angle, link["href"])


def test_at_a_right_angle_the_hessian_is_diagonal_to_the_last_digit():
    bowl = EXPERIMENTS["landscapes/bowl"]
    for angle, matrix in ((0.0, "(1 0; 0 10)"), (90.0, "(10 0; 0 1)"), (180.0, "(1 0; 0 10)")):
        told = offered(bowl, kappa=10.0, angle=angle)
        assert told["matrix"] == matrix
        assert {"bases", "wiggle"} <= {opened(link)[0].slug for link in told["to"]}


def test_an_entry_too_small_for_a_page_is_not_offered_there():
    signs, tiny = (-1.0, 1.0), 2.0**-40
    for one, other in itertools.product(signs, signs):
        matrix = (1.0, one * tiny, other * tiny, 1.0)
        assert not slugs(*matrix) & {"bases", "matrix", "wiggle"}
        assert {"bases", "matrix"} <= slugs(*(round(each, 9) for each in matrix))
    assert cells("A", "matrix", 10.0).to(1.0, -0.0, -0.0, -2.0) == {"A": "1 0,0 -2"}


def test_an_experiment_that_shows_no_matrix_now_offers_nothing():
    moments = EXPERIMENTS["probability/moments"]
    assert offered(moments) is None
    assert offered(moments, view="map") is not None
    assert offered(EXPERIMENTS["landscapes/wild"]) is None


def test_a_symmetric_one_is_needed_where_two_entries_are_one():
    with pytest.raises(ValueError, match="expected a symmetric matrix, got 1 beside 2"):
        entries("v1", "c", "c", "v2").to(1.0, 1.0, 2.0, 1.0)
