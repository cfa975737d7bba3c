import math

import numpy as np
import pytest
import torch

from core.experiments.convexity import sets_claims as claims
from core.experiments.convexity.sets import HOW, OWN, SHAPES, corners, first, key, sets
from core.signature import call, fields
from pages.figures.convexity.sets import figure

GIVEN = {name: field.default for name, field in fields(sets).items()}
CONVEX = {"disc", "planes", "above"}


def asked(**values):
    run, values = sets(**values), GIVEN | values
    return run, call(claims.checks, run, values=values), call(claims.says, run, values=values)


def test_the_notch_of_two_discs_by_hand():
    run, _, told = asked()
    # the middle (0.6, 0.95) is as far from both centres
    away = math.hypot(0.6, 0.95) - 1
    assert float(run.depth[2]) == pytest.approx(-away, rel=1e-12)
    assert run.depth[:2].tolist() == pytest.approx([0.05, 0.05])
    # the segment at height 0.95 is outside between sqrt(1 − 0.95²) and 1.2 less that
    edge = math.sqrt(1 - 0.95**2)
    assert run.out == pytest.approx(1 - 2 * edge / 1.2, abs=2 / 160)
    assert told.startswith("Not convex") and "though A and B are convex" in told
    assert run.way is not None and run.way.depth < -0.05


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("how", HOW)
def test_every_set_keeps_its_checks_and_is_told_rightly(shape, how):
    run, found, told = asked(
        shape=shape, how=how, bx=0.7, x1=-0.3, y1=0.2, x2=0.8, y2=-0.4, lam=0.3
    )
    assert len(found) == 6
    assert all(check.holds for check in found if check.applies), [c for c in found if not c.holds]
    convex = shape in CONVEX and how != "or"
    assert told.startswith("Convex" if convex else "Not convex"), told
    if convex:
        assert run.way is None and claims.searched(*key(shape, how, 0.7, OWN)) is None


def test_what_is_found_is_a_proof():
    for shape in SHAPES:
        way = sets(shape=shape, how="alone").way
        assert (way is None) == (shape in CONVEX)
        if way is not None:
            ends = claims.by_hand(way.ends.numpy(), shape, "alone", 0.0, OWN)
            place = claims.by_hand(way.place[None].numpy(), shape, "alone", 0.0, OWN)
            assert (ends >= -1e-12).all() and place[0] == pytest.approx(way.depth, abs=1e-12)
            assert way.depth < -0.05


def test_a_point_as_high_as_a_corner_is_inside_where_it_is():
    """Sides that meet at a corner agree on which side of it a point is."""
    values = {"shape": "polygon", "how": "alone", "radii": "0.7 2 1.99 1.99 1.99 1.4 0.2 0.7"}
    _, found, _ = asked(**values)
    assert all(check.holds for check in found if check.applies)
    heights = corners(values["radii"])[:, 1].tolist()
    for y in [h + s * math.ulp(h) for h in heights for s in (-1, 0, 1)]:
        x = torch.linspace(-2.4, 2.4, 49, dtype=torch.float64)
        p = torch.stack([x, torch.full_like(x, y)], 1)
        depth = first("polygon", values["radii"]).depth(p)
        hand = claims.by_hand(p.numpy(), "polygon", "alone", 0.0, values["radii"])
        np.testing.assert_allclose(depth, hand, atol=1e-12)


def test_two_discs_on_top_of_each_other_are_one():
    run, _, told = asked(bx=0.0)
    assert run.way is None and told.startswith("None of 4 096 segments")
    assert claims.answers["union"](run) == "yes"
    assert claims.answers["union"](sets())[0] == "no"


def test_the_lens_by_random_points():
    """The lens of two discs: any mean of two of its points has both distances at most 1."""
    rng = np.random.default_rng(3)
    p = rng.uniform(-1, 1, (4000, 2))
    b = np.array([0.7, 0.0])
    p = p[(np.linalg.norm(p, axis=1) <= 1) & (np.linalg.norm(p - b, axis=1) <= 1)]
    x, y = p[: len(p) // 2], p[len(p) // 2 : 2 * (len(p) // 2)]
    lam = rng.uniform(0, 1, (len(x), 1))
    depth = claims.by_hand(lam * x + (1 - lam) * y, "disc", "and", 0.7, "")
    assert depth.min() >= 0 and len(p) > 500


def test_the_dent_of_the_polygon_goes_at_radius_1():
    """Neighbours at 1.4 and ±45°: the corner between is on their line at 1.4/√2."""
    flat = 1.4 / math.sqrt(2)
    for radius, dented in ((0.6, True), (0.95, True), (1.0, False), (1.2, False)):
        assert (radius < flat) == dented
        radii = f"1.2 1.4 {radius} 1.4 1.2 1.4 1.2 1.4"
        run, _, told = asked(shape="polygon", how="alone", radii=radii)
        assert told.startswith("Not convex" if dented else "Convex")
        assert first("polygon", radii).convex != dented
        (panel,) = (each for each in figure(
            run, **{k: (GIVEN | {"shape": "polygon", "how": "alone", "radii": radii})[k]
                    for k in ("shape", "how", "bx", "radii", "lam")}).panels
            if each.name == "radii")  # fmt: skip
        assert panel.title.endswith(
            "one corner bends inwards" if dented else "no corner bends inwards"
        )


def test_the_area_of_the_cells_is_that_of_the_sets():
    """By shoelace, by π, by an integral."""
    cell = (4.8 / 60) ** 2
    c = corners(OWN).numpy()
    shoelace = 0.5 * abs(
        np.dot(c[:, 0], np.roll(c[:, 1], -1)) - np.dot(c[:, 1], np.roll(c[:, 0], -1))
    )
    t = 1.2 / 2
    lens = 2 * math.acos(t) - 2 * t * math.sqrt(1 - t * t)
    for values, area in (
        ({}, 2 * math.pi - lens),
        ({"how": "and"}, lens),
        ({"shape": "ring", "how": "alone"}, math.pi * 0.75),
        ({"shape": "polygon", "how": "alone"}, shoelace),
        ({"shape": "ball", "how": "alone"}, 2 / 3),
        ({"shape": "planes", "how": "alone"}, 1.8**2),
    ):
        assert float(sets(**values).inside.sum()) * cell == pytest.approx(area, abs=0.16), values


def test_ends_outside_are_named():
    _, found, told = asked(x1=2.0, y1=2.0)
    assert "x is not in the set" in told
    assert not found[0].applies and found[0].why == "x or x′ is not in the set"
    assert "x and x′ are not" in asked(x1=2.0, y1=2.0, x2=-2.0, y2=2.0)[2]
    _, found, told = asked(how="and", x1=0.6, y1=0.7, x2=0.6, y2=-0.7)
    assert "stays inside" in told and found[0].applies and found[3].applies
    assert found[0].lhs == found[3].lhs == pytest.approx(0.4)


def test_the_segment_may_be_a_point():
    run, found, _ = asked(x1=0.5, y1=0.5, x2=0.5, y2=0.5)
    assert run.out == 0 and all(check.holds for check in found if check.applies)
    assert figure(run, shape="disc", how="or", bx=1.2, radii=OWN, lam=0.5).panels


def test_forged_numbers_are_noticed():
    run = sets()
    for forged in (
        run._replace(depth=run.depth + torch.tensor([0, 0, 0.3])),
        run._replace(point=run.point + 0.01),
        run._replace(inside=~run.inside),
        run._replace(along=run.along * math.nan),
        run._replace(way=run.way._replace(lam=run.way.lam + 0.1)),
    ):
        checks = call(claims.checks, forged, values=GIVEN)
        assert any(check.applies and not check.holds for check in checks)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"shape": "cloud"}, "expected shape"),
        ({"lam": -0.1}, r"expected lam in \[0, 1\]"),
        ({"x1": math.inf}, "expected x1"),
        ({"bx": 3.0}, "expected bx in"),
        ({"shape": "polygon", "radii": "1 1 1"}, "expected radii to be 8 numbers, got 3"),
        ({"shape": "polygon", "radii": "1 1 1 1 1 1 1 0"}, r"expected radii in \[0.2, 2\], got 0"),
        ({"shape": "polygon", "radii": "1 1 1 x 1 1 1 1"}, "finite number in row 1, column 4"),
    ],
)
def test_what_is_no_set_is_refused_by_name(values, words):
    with pytest.raises(ValueError, match=words):
        sets(**values)
