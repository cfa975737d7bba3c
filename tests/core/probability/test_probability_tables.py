"""Tables against enumeration and axioms: marginals, conditionals, any order, third variables."""

import itertools

import pytest
import torch

from core.probability import (
    TRIPLES,
    chain,
    conditional,
    conditional_gap,
    conditionals,
    dependent,
    expectation,
    factorised,
    given,
    independence_gap,
    largest,
    marginal,
    normalised,
    orders,
    printed_marginal,
    product,
    told,
    triple,
)
from core.rng import generator


def table(*shape, seed=0):
    p = torch.rand(shape, generator=generator(seed), dtype=torch.float64)
    return p / p.sum()


def law(n, seed=0):
    return table(n, seed=seed)


@pytest.mark.parametrize("shape", [(3, 4), (2, 2, 2), (2, 3, 4)])
def test_a_marginal_is_what_the_cells_of_a_value_add_up_to(shape):
    p = table(*shape)
    for axis in range(p.ndim):
        found = marginal(p, axis)
        for value in range(shape[axis]):
            cells = [
                p[at].item()
                for at in itertools.product(*map(range, shape))
                if at[axis] == value
            ]  # fmt: skip
            assert float(found[value]) == pytest.approx(sum(cells), rel=1e-12)
    assert torch.equal(marginal(p, -1), marginal(p, p.ndim - 1))


def test_the_printed_sum_takes_one_cell_over_and_over():
    p = table(3, 4)
    assert printed_marginal(p).tolist() == pytest.approx([4 * p[i, i].item() for i in range(3)])
    assert printed_marginal(p.T)[3].isnan()
    assert float((printed_marginal(p) - marginal(p, 0)).abs().max()) > 0.05


def test_a_conditional_is_a_ratio_and_can_be_undefined():
    p = torch.tensor([[0.1, 0.3, 0.0], [0.4, 0.2, 0.0]], dtype=torch.float64)
    assert conditional(p, 0, 0).tolist() == pytest.approx([0.25, 0.75, 0.0])
    assert conditional(p, 1, 1).tolist() == pytest.approx([0.6, 0.4])
    assert conditional(p, 1, 2).isnan().all()  # undefined, not 0
    whole = conditionals(p, 1)
    for value in range(3):
        assert torch.equal(whole[:, value].nan_to_num(9), conditional(p, 1, value).nan_to_num(9))
    deep = table(2, 3, 4)
    assert torch.allclose(conditional(deep, 1, 2) * marginal(deep, 1)[2], deep[:, 2], rtol=1e-12)


def test_all_orders_give_back_the_table():
    p = table(2, 2, 2)
    assert len(orders(3)) == 6
    for order in orders(3):
        a, b, c = chain(p, order)
        assert float((a * b * c - p).abs().max()) < 1e-15
        assert torch.allclose(a.flatten(), marginal(p, order[0]))
        assert torch.allclose(c.sum(order[2]), torch.ones(2, 2, dtype=torch.float64))
    hole = p.clone()
    hole[1, 0] = 0
    assert chain(normalised(hole), (0, 1, 2))[2][1, 0].isnan().all()
    with pytest.raises(ValueError, match="order to be a permutation of 0 to 2, got"):
        chain(p, (0, 1, 1))


def test_the_gap_is_empty_exactly_for_tables_of_rank_one():
    p, q = law(3), law(4, 1)
    free = product(p, q)
    assert float(independence_gap(free).abs().max()) < 1e-15
    assert torch.allclose(marginal(free, 0), p, rtol=1e-12)
    bound = table(3, 4)
    gap = independence_gap(bound)
    assert float(gap[1, 2]) == pytest.approx(
        float(bound[1, 2] - bound[1].sum() * bound[:, 2].sum())
    )
    assert int(torch.linalg.matrix_rank(bound, tol=1e-12)) > 1 and float(gap.abs().max()) > 1e-3
    assert float(gap.sum(0).abs().max()) < 1e-15


@pytest.mark.parametrize("theta", [-1.0, -0.3, 0.0, 0.5, 1.0])
def test_the_dial_keeps_the_marginals_and_orders_the_values(theta):
    p, q = law(3), law(4, 1)
    mixed = dependent(p, q, theta)
    assert torch.allclose(marginal(mixed, 0), p) and torch.allclose(marginal(mixed, 1), q)
    assert float(mixed.min()) >= 0
    x, y = torch.arange(3.0).double(), torch.arange(4.0).double()
    xy = expectation(x[:, None] * y, mixed)
    cov = xy - expectation(x, p) * expectation(y, q)
    assert (cov > 1e-3) == (theta > 0) and (cov < -1e-3) == (theta < 0)
    assert (largest(independence_gap(mixed)) < 1e-15) == (theta == 0)


def test_at_the_end_of_the_dial_equal_laws_sit_on_the_diagonal():
    p = law(4)
    assert torch.allclose(dependent(p, p, 1.0), torch.diag(p))
    flat = torch.full((3,), 1 / 3, dtype=torch.float64)
    assert torch.allclose(dependent(flat, flat, -1.0), torch.eye(3).double().flip(0) / 3)


@pytest.mark.parametrize("name", TRIPLES)
def test_the_two_independences_of_a_triple_go_their_own_ways(name):
    p = triple(name, 0.8)
    assert float(p.sum()) == pytest.approx(1)
    free, free_given = name in ("collider", "xor", "independent"), name not in ("collider", "xor")
    assert (largest(independence_gap(p.sum(2))) < 1e-15) == free
    assert (largest(conditional_gap(p)) < 1e-15) == free_given
    assert largest(conditional_gap(triple(name, 0.0))) < 1e-15  # a coin tells nothing


def test_triples_by_enumeration():
    right = {True: 0.9, False: 0.1}
    for x, y, z in itertools.product((0, 1), repeat=3):
        by_hand = {
            "common_cause": 0.5 * right[x == z] * right[y == z],
            "chain": 0.5 * right[z == x] * right[y == z],
            "collider": 0.25 * right[z == (x | y)],
            "xor": 0.25 * right[z == (x ^ y)],
        }
        for name, cell in by_hand.items():
            assert float(triple(name, 0.8)[x, y, z]) == pytest.approx(cell, rel=1e-12)


def test_given_z_y_is_irrelevant_exactly_where_they_are_independent():
    pz = law(3)
    px, py = (torch.stack([law(n, s + n) for s in range(3)], 1) for n in (2, 4))
    p = factorised(pz, px, py)
    assert torch.allclose(given(p).sum(1), px) and largest(conditional_gap(p)) < 1e-15
    with_y, without = told(p)
    assert largest(with_y - without[:, None]) < 1e-15
    off = p.clone()
    off[0, 0, 0] += 1e-3
    off[1, 0, 0] -= 1e-3
    assert largest(conditional_gap(off)) > 1e-4
    with_y, without = told(off)
    assert largest(with_y - without[:, None]) > 1e-4


def test_what_never_happens_is_undefined():
    p = triple("common_cause", 1.0)  # copies without error: y = 0, z = 1 never happens
    with_y, without = told(p)
    assert with_y[:, 0, 1].isnan().all() and not without.isnan().any()
    p = torch.stack([table(2, 2), torch.zeros(2, 2)], 2)
    assert given(p)[:, :, 1].isnan().all() and conditional_gap(p)[:, :, 1].isnan().all()


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ([[0.5, -0.1], [0.3, 0.3]], r"table in \[0, inf\), got -0.1"),
        ([[0.5, float("nan")], [0.3, 0.2]], r"table in \[0, inf\), got nan"),
        ([[0.0, 0.0], [0.0, 0.0]], r"sum in \(0, inf\), got 0"),
        ([[0.5, 0.5], [0.5, 0.5]], "table to sum to 1, got 2"),
    ],
)
def test_a_table_that_is_none_is_refused(cells, says):
    p = torch.tensor(cells)
    for job in (lambda: marginal(p, 0), lambda: conditional(p, 0, 0), lambda: independence_gap(p)):
        with pytest.raises(ValueError, match=says):
            job()


def test_other_refusals():
    p = table(2, 3)
    with pytest.raises(ValueError, match=r"axis a whole number in \[-2, 1\], got 2"):
        marginal(p, 2)
    with pytest.raises(ValueError, match=r"value a whole number in \[0, 2\], got 3"):
        conditional(p, 1, 3)
    with pytest.raises(ValueError, match=r"theta in \[-1, 1\], got 1.5"):
        dependent(law(2), law(2), 1.5)
    with pytest.raises(ValueError, match=r"table of shape \(n, m, k\)"):
        conditional_gap(p)
    with pytest.raises(ValueError, match="triple to be one of"):
        triple("twins")
    assert float(normalised(torch.tensor([[2.0, 2.0]])).sum()) == 1
