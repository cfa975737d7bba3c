import itertools

import numpy as np
import pytest
import torch

from core.experiments.matrix_calculus import chain_claims as claims
from core.experiments.matrix_calculus.chain import chain, drawn
from core.signature import fields
from pages.figures.matrix_calculus.chain import figure
from tests.forgery import failures

DEFAULTS = {name: field.default for name, field in fields(chain).items()}
SMALL = {"inputs": 7, "hidden1": 6, "hidden2": 5, "outputs": 4, "batch": 3}


def red(run, **values) -> list[str]:
    return failures(claims.checks(run, **DEFAULTS | values))


def test_the_costs_known_before():
    run = chain()
    assert (sum(run.forward), sum(run.reverse)) == (4_160_000, 68_096)
    assert run.forward == (4_096_000, 64_000) and run.reverse == (4_096, 64_000)
    assert "61.1 times fewer" in claims.says(run, batch=1, layer=2)
    assert sum(chain(batch=16).reverse) == 16 * 68_096


def test_the_thin_side_is_cheaper():
    for n, m, k in ((4, 32, 64), (64, 32, 4), (16, 20, 16)):
        run = chain(inputs=n, hidden1=m, hidden2=m, outputs=k)
        key = claims._mode(run)[0]
        assert key == ("forward" if n < k else "reverse" if n > k else "same")
        assert (", the same number." in claims.says(run, batch=1, layer=1)) == (n == k)


@pytest.mark.parametrize("layer", [1, 2, 3])
def test_the_gradient_is_the_central_difference_of_the_loss(layer):
    net, run = drawn((7, 6, 5, 4), 3, 0), chain(**SMALL, layer=layer)

    def loss(entry, by: float) -> float:
        W = [each.numpy().copy() for each in net.W]
        W[layer - 1][entry] += by
        h = np.tanh(np.tanh(net.x.numpy() @ W[0].T) @ W[1].T) @ W[2].T
        return float(((h - net.t.numpy()) ** 2).sum() / 2)

    for entry in itertools.product(range(4), range(5)):
        slope = (loss(entry, 1e-5) - loss(entry, -1e-5)) / 2e-5
        assert float(run.G[entry]) == pytest.approx(slope, abs=1e-7)


@pytest.mark.parametrize("batch", [1, 2, 5, 16])
def test_the_rank_is_that_of_the_batch(batch):
    run = chain(inputs=30, hidden1=20, hidden2=20, outputs=8, batch=batch, layer=1)
    assert claims.rank(run) == batch == int(torch.linalg.matrix_rank(run.G, rtol=1e-9))
    assert len(run.sigma) == batch
    np.testing.assert_allclose(
        run.sigma, np.linalg.svd(run.G.numpy(), compute_uv=False)[:batch], rtol=1e-9
    )


@pytest.mark.parametrize("field", ["forward", "reverse", "x", "delta", "G", "below", "sigma", "J"])
@pytest.mark.parametrize("values", [{}, SMALL | {"layer": 3}, SMALL | {"layer": 1}])
def test_what_is_off_turns_a_check_red(field, values):
    run = chain(**values)
    assert red(run, **values) == []
    off = getattr(run, field)
    forged = tuple(each + 1 for each in off) if isinstance(off, tuple) else 1.01 * off + 1e-3
    assert red(run._replace(**{field: forged}), **values)


def test_no_check_is_red_at_the_corners():
    for n, m, k, out, batch in itertools.product((1, 1000), (1, 64), (1, 3), (1, 64), (1, 16)):
        values = {"inputs": n, "hidden1": m, "hidden2": k, "outputs": out, "batch": batch}
        for layer in (1, 3):
            run = chain(**values, layer=layer)
            assert red(run, **values, layer=layer) == [], values
            claims.says(run, batch=batch, layer=layer)


def test_another_width_draws_nothing_anew():
    small, large = drawn((7, 6, 5, 4), 3, 2), drawn((90, 6, 50, 4), 16, 2)
    np.testing.assert_array_equal(small.x, large.x[:3, :7])
    np.testing.assert_array_equal(small.t, large.t[:3])
    for one, other in zip(small.W, large.W):
        b, a = one.shape
        shrunk = other[:b, :a] * (other.shape[1] / a) ** 0.5
        np.testing.assert_allclose(one, shrunk, rtol=1e-14)


def test_softmax_of_one_output_does_not_move():
    assert chain().J.tolist() == [[0]]
    J = chain(**SMALL).J
    assert J.shape == (4, 4) and float(J.sum(0).abs().max()) < 1e-15


def test_the_picture():
    values = {k: v for k, v in DEFAULTS.items() if k != "seed"}
    picture = figure(chain(), **values)
    assert [p.name for p in picture.panels] == ["cost", "order", "gradient", "singular"]
    assert picture.panels[0].handles[0].params == ("outputs",)
    assert figure(chain(), **values, look="softmax").panels[3].name == "softmax"
    roles = {t.get("meta", {}).get("role") for p in picture.panels for t in p.traces}
    assert "wrong" not in roles and picture.panels[2].title.startswith("One sample: one outer")
    even = figure(chain(inputs=1), **values | {"inputs": 1})
    assert even.panels[0].title == "Both modes cost the same"


@pytest.mark.parametrize(
    "bad", [{"inputs": 0}, {"hidden1": 65}, {"outputs": 2.5}, {"batch": 17}, {"layer": 4}]
)
def test_refusals_name_the_parameter(bad):
    with pytest.raises(ValueError, match=f"expected {next(iter(bad))}"):
        chain(**bad)
