import itertools
import math

import numpy as np
import pytest

from core.experiments.probability import joint_claims as claims
from core.experiments.probability.joint import LARGEST, SIZES, TRIPLES, joint, typed
from pages.experiments.probability.joint import EXPERIMENT
from pages.figures.parts.thirds import product

RNG = np.random.default_rng(5)
MINE = {"law": "mine", "z": "unknown", "printed": False}


def own(cells, **values):
    text = ",".join(" ".join(f"{v:.17g}" for v in row) for row in np.asarray(cells).tolist())
    return joint(law="mine", mine=text, **values)


def found(run, words, **values):
    (one,) = (c for c in claims.checks(run, **(MINE | values)) if words in c.claim)
    return one


@pytest.mark.parametrize("size", SIZES)
def test_a_random_table_against_numpy(size):
    P = RNG.dirichlet(np.ones(size[0] * size[1])).reshape(size)
    run = own(P)
    np.testing.assert_allclose(run.px, P.sum(1), atol=1e-12)
    np.testing.assert_allclose(run.py, P.sum(0), atol=1e-12)
    np.testing.assert_allclose(run.given, (P.T / P.sum(1)).T, atol=1e-12)
    np.testing.assert_allclose(run.gap, P - np.outer(P.sum(1), P.sum(0)), atol=1e-12)
    assert not found(run, "independent").applies
    free = own(np.outer(P.sum(1), P.sum(0)))
    assert found(free, "independent").applies and free.off < 1e-15
    assert "independent, every cell" in claims.says(free, law="mine", z="unknown", row=1, col=1)


@pytest.mark.parametrize("size", SIZES)
def test_the_dial_moves_no_margin_and_is_blank_at_0_only(size):
    runs = {t: joint(rows=size[0], columns=size[1], theta=t) for t in (-1, -0.3, 0, 0.01, 0.6, 1)}
    for theta, run in runs.items():
        np.testing.assert_allclose(run.px, runs[0].px, atol=1e-15)
        np.testing.assert_allclose(run.py, runs[0].py, atol=1e-15)
        assert (run.off < 1e-15) == (theta == 0)
        order = np.arange(size[0])[:, None] * np.arange(size[1])
        assert np.sign(float((run.gap.numpy() * order).sum().round(12))) == np.sign(theta)
    np.testing.assert_allclose(runs[0.6].gap, 0.6 * runs[1].gap, atol=1e-15)


def by_listing(law, s):
    """P(x, y, z) from all coins and all slips of the copies."""
    P, right, wrong = np.zeros((2, 2, 2)), (1 + s) / 2, (1 - s) / 2
    for a, b, slip, other in itertools.product((0, 1), repeat=4):
        if law == "common_cause":  # a is Z, b is not needed
            P[a ^ slip, a ^ other, a] += (
                0.25 * (wrong if slip else right) * (wrong if other else right)
            )
        else:
            z = a ^ b if law == "xor" else a | b
            P[a, b, z ^ slip] += 0.125 * (wrong if slip else right)
    return P


@pytest.mark.parametrize("law", TRIPLES)
@pytest.mark.parametrize("s", [0.0, 0.35, 1.0])
def test_what_a_known_z_binds_and_frees(law, s):
    P = by_listing(law, s)
    np.testing.assert_allclose(joint(law=law, strength=s).table, P.sum(2), atol=1e-15)
    free = {z: joint(law=law, strength=s, z=z).off < 1e-12 for z in ("unknown", "0", "1")}
    for z in (0, 1):
        run = joint(law=law, strength=s, z=str(z))
        np.testing.assert_allclose(run.table, P[:, :, z] / P[:, :, z].sum(), atol=1e-15)
    if s == 0:
        assert all(free.values())
    elif law == "common_cause":
        assert free == {"unknown": False, "0": True, "1": True}
    else:  # the collider that is certain to be silent leaves nothing to guess
        assert free == {"unknown": True, "0": law == "collider" and s == 1, "1": False}
    for id in ("PROB-04", "PROB-06", "PROB-07"):
        (check,) = (
            c
            for c in claims.checks(joint(law=law, strength=s), **(MINE | {"law": law}))
            if c.id == id
        )
        assert check.applies == (law == "common_cause" or s == 0) and check.holds <= check.applies


def test_two_coins_and_a_bell_by_hand():
    run = joint(law="xor", z="1")
    assert run.table.tolist() == [[0, 0.5], [0.5, 0]]
    assert claims.answers["bell"](run) == ("all", {"before": "0.5", "now": "0"})
    alarm = joint(law="common_cause", strength=0.8)
    assert float(2 * alarm.table[1, 1]) == pytest.approx(0.9**2 + 0.1**2)


@pytest.mark.parametrize("order", ["".join(o) for o in itertools.permutations("xyz")])
@pytest.mark.parametrize("law", TRIPLES)
def test_the_factors_written_in_any_order_multiply_to_the_cell(law, order):
    solid = joint(law=law, strength=0.6).solid
    for at in itertools.product((0, 1), repeat=3):
        _, numbers = product(solid, at, order)
        factors = [float(f) for f in numbers.removeprefix("= ").split(r"\cdot ")]
        assert len(factors) == 3
        assert math.prod(factors) == pytest.approx(float(solid[at]), abs=2e-4)


def test_a_row_that_never_happens_is_undefined_and_everything_else_goes_on():
    run = own([[0.2, 0.1, 0.1], [0, 0, 0], [0.3, 0.1, 0.2]])
    assert run.given[1].isnan().all() and not run.given[[0, 2]].isnan().any()
    assert "P(x₂) = 0: what Y does given x₂ is undefined." in claims.says(
        run, law="mine", z="unknown", row=2, col=1
    )
    assert all(c.holds or not c.applies for c in claims.checks(run, **MINE))
    values = EXPERIMENT.preset("A row that never happens")
    panel = EXPERIMENT.figure(run, **values).panels[1]
    assert "undefined" in panel.title and "undefined" in panel.alt


def test_nothing_is_normalised_unless_the_cells_are_called_weights():
    text = "2 1,1 0"
    with pytest.raises(ValueError, match=r"mine to sum to 1, got 4.*call the cells weights"):
        joint(law="mine", mine=text)
    run = joint(law="mine", mine=text, units="weights")
    assert run.table.tolist() == [[0.5, 0.25], [0.25, 0]]
    painted = EXPERIMENT.defaults() | {"law": "mine", "mine": text}
    for units, pen in (("probabilities", False), ("weights", True)):
        panel = EXPERIMENT.figure(run, **(painted | {"units": units})).panels[0]
        assert bool(panel.paint) == pen


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1 -1,1 0", r"row 1, column 2 of mine in \[0"),
        ("0 0,0 0", "got 0 in every cell"),
        ("nan 0,0 1", "row 1, column 1 of mine"),
        (f"{10 * LARGEST} 0,0 1", "row 1, column 1 of mine"),
        ("1 0", "expected mine to be 2 x 2 or"),
        ("1 0,1", "equally long rows"),
    ],
)
def test_what_is_no_table_is_refused(text, words):
    for units in ("weights", "probabilities"):
        with pytest.raises(ValueError, match=words):
            typed(text, units)


def test_a_light_row_is_judged_by_its_shape():
    run = joint(law="mine", mine="1 1,1e-9 0", units="weights")
    assert not found(run, "independent").applies
    assert all(c.holds or not c.applies for c in claims.checks(run, **MINE))
    told = claims.says(run, law="mine", z="unknown", row=1, col=1)
    values = EXPERIMENT.defaults() | {"law": "mine", "mine": "1 1,1e-9 0", "units": "weights"}
    title = EXPERIMENT.figure(run, **values).panels[2].title
    assert "depend on each other" in told and "independent" not in title


@pytest.mark.parametrize("law", TRIPLES)
@pytest.mark.parametrize("z", ["unknown", "0", "1"])
def test_the_table_of_two_is_held_against_that_of_three(law, z):
    """A sound table of X and Y that is not what Z leaves of the three is noticed."""
    run = joint(law=law, strength=0.4, z=z)
    other = joint(law="mine", mine="0.1 0.2,0.3 0.4")._replace(solid=run.solid)
    for at, holds in ((run, True), (other, False)):
        found = claims.checks(at, law=law, z=z, printed=False)
        assert all(c.holds or not c.applies for c in found) == holds


def test_the_wrong_belief_has_the_same_margins():
    values = EXPERIMENT.preset("Never together")
    (asked,) = (p for p in EXPERIMENT.predictions if p.preset == "Never together")
    (belief,) = asked.beliefs.values()
    true, wrong = (joint(**EXPERIMENT.inputs(v)) for v in (values, values | belief))
    assert wrong.px.tolist() == pytest.approx(true.px.tolist())
    assert wrong.py.tolist() == pytest.approx(true.py.tolist()) and claims.independent(wrong)


def test_the_printed_sum_adds_one_cell_and_its_check_knows_where_that_is_right():
    cells = np.array([[0.05, 0.1, 0.2], [0.15, 0.3, 0.2]])
    wrong = found(own(cells), "as printed (E-01)", printed=True)
    assert not wrong.applies and wrong.lhs == pytest.approx(3 * (0.05 + 0.3))
    right = found(own([[0.3, 0.1], [0.4, 0.2]]), "as printed (E-01)", printed=True)
    assert right.applies and right.holds  # the diagonal happens to weigh one half


@pytest.mark.parametrize("theta", [-1.0, 0.0, 0.7])
def test_the_row_that_slides_keeps_its_lengths_and_ends_in_its_stack(theta):
    values = EXPERIMENT.defaults() | {"theta": theta, "row": 1}
    run = joint(theta=theta)
    for step in (0, 5, 12):
        traces = EXPERIMENT.figure(run, **(values | {"step": step})).panels[0].traces
        bars = [t for t in traces if t["name"].startswith("from ")]
        ends = np.array([t["x"][:2] for t in bars])
        np.testing.assert_allclose(np.diff(ends)[:, 0], 2 * run.table[0], atol=1e-6)
    np.testing.assert_allclose(ends[1:, 0], ends[:-1, 1], atol=1e-6)
    assert ends[-1, 1] - ends[0, 0] == pytest.approx(2 * float(run.px[0]), abs=1e-6)


def test_the_sentence_says_what_the_printed_sum_adds_up_to():
    run, given = joint(), {"law": "dial", "z": "unknown", "row": 1, "col": 1}
    assert "Row x₁ adds up to 0.5; given x₁, y₁ has probability 0.15" in claims.says(run, **given)
    assert "printed" not in claims.says(run, **given)
    told = claims.says(run, printed=True, **given)
    assert told.endswith(f"As printed the row would add up to {4 * float(run.table[0, 0]):.3g}.")
    tall = own(np.full((4, 2), 0.125))  # there is no y₃
    assert "printed" not in claims.says(tall, **(given | {"row": 3}), printed=True)
