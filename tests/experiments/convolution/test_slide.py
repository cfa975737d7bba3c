import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate

from core import table
from core.convolution import signals
from core.experiments.convolution import slide
from core.words import typeset
from pages.experiments.convolution.slide import EXPERIMENT as SLIDE

DEFAULTS = SLIDE.defaults()
run = slide.slide


def drawn(f, h, **values):
    texts = {"f_drawn": table.write(torch.tensor(f)), "h_drawn": table.write(torch.tensor(h))}
    return {"f": "drawn", "h": "drawn", **texts, **values}


def by_definition(f, h, origin, u, flip):
    """Σ_t h[t] f[u − t] (or f[u + t]) with t counted from the origin, term by term."""
    total = 0.0
    for j, weight in enumerate(h):
        t = u - (j - origin) if flip else u + (j - origin)
        if 0 <= t < len(f):
            total += weight * f[t]
    return total


@pytest.mark.parametrize("flip", [True, False])
@pytest.mark.parametrize("mode", [m for m in slide.MODES if m != "circular"])
@pytest.mark.parametrize("m", [1, 2, 3, 4, 7])
def test_every_output_is_the_sum_of_the_definition_at_its_position(mode, flip, m):
    rng = np.random.default_rng(m)
    f, h = rng.integers(-5, 6, 6).tolist(), rng.integers(-5, 6, m).tolist()
    result = run(**drawn(f, h, mode=mode, flip=flip))
    origin = (m - 1) // 2 if mode in ("centred", "same") else 0
    expected = [by_definition(f, h, origin, round(u), flip) for u in result.u.tolist()]
    assert result.y.tolist() == pytest.approx(expected)
    products = [float(result.window(k).products.sum()) for k in range(len(result.y))]
    assert products == pytest.approx(expected)


def test_the_full_results_are_those_of_numpy():
    rng = np.random.default_rng(0)
    f, h = rng.integers(-9, 10, 12).astype(float), rng.integers(-9, 10, 5).astype(float)
    np.testing.assert_allclose(run(**drawn(f, h)).y, np.convolve(f, h))
    np.testing.assert_allclose(run(**drawn(f, h, flip=False)).y, np.correlate(f, h, "full"))
    np.testing.assert_allclose(run(**drawn(f, h, mode="same")).y, np.convolve(f, h, "same"))
    np.testing.assert_allclose(run(**drawn(f, h, mode="valid")).y, np.convolve(f, h, "valid"))
    np.testing.assert_allclose(run(**drawn(f, h, mode="causal")).y, np.convolve(f, h)[:12])
    np.testing.assert_allclose(run(**drawn(f, h, mode="stride 3")).y, np.convolve(f, h)[::3])


@pytest.mark.parametrize("flip", [True, False])
@pytest.mark.parametrize("m", [1, 3, 9])
def test_on_the_circle_f_repeats(flip, m):
    rng = np.random.default_rng(m)
    f, h = rng.integers(-5, 6, 6), rng.integers(-5, 6, m)
    expected = [sum(h[j] * f[(u - j if flip else u + j) % 6] for j in range(m)) for u in range(6)]
    result = run(**drawn(f.tolist(), h.tolist(), mode="circular", flip=flip))
    assert result.y.tolist() == pytest.approx(expected)
    products = [float(result.window(k).products.sum()) for k in range(6)]
    assert products == pytest.approx(expected)


def test_the_kernel_lies_turned_round_on_the_signal():
    there = run(**drawn([0, 0, 0, 0], [5, 7])).window(2)
    assert dict(zip(there.at.tolist(), there.lying.tolist())) == {2.0: 5.0, 1.0: 7.0}
    assert there.weights.tolist() == [0, 7, 5, 0]
    unturned = run(**drawn([0, 0, 0, 0], [5, 7], flip=False)).window(2)
    assert unturned.u == 1 and unturned.weights.tolist() == [0, 5, 7, 0]


def test_box_meets_box_in_nine_places_with_a_triangle_between_1_and_5():
    result = run(f="box", n=5, h="box", m=5)
    assert result.y.tolist() == [1, 2, 3, 4, 5, 4, 3, 2, 1]
    assert result.y.tolist() == result.theory.tolist()
    assert run(m=1, h="box").y.tolist() == run().f.tolist()  # a delta keeps the signal


def test_an_antisymmetric_kernel_changes_the_sign_of_the_answer_everywhere():
    values = {"f": "drawn", "h": "edge", "m": 3, "mode": "centred"}
    turned, plain = run(**values), run(**values, flip=False)
    assert turned.u.tolist() == plain.u.tolist()
    assert turned.y.tolist() == (-plain.y).tolist() and float(turned.y.abs().max()) == 3


def test_two_dice_are_counted_pair_by_pair():
    result = run(f="die", n=6, h="die", m=6)
    pairs = [i + j for i in range(1, 7) for j in range(1, 7)]
    assert result.u.tolist() == list(range(2, 13))
    assert (36 * result.y).tolist() == pytest.approx([pairs.count(z) for z in range(2, 13)])


def test_many_dice_come_close_to_the_bell():
    gaps = []
    for copies in range(2, 7):
        result = run(f="die", n=6, h="die", m=6, copies=copies)
        mean = 3.5 * (copies + 1)
        bell = torch.distributions.Normal(mean, math.sqrt(35 / 12 * (copies + 1)))
        torch.testing.assert_close(result.theory, bell.log_prob(result.u).exp())
        assert float(result.y.sum()) == pytest.approx(1)
        assert float(result.y @ result.u) == pytest.approx(mean)
        gaps.append(float((result.y - result.theory).abs().max()))
    assert gaps == sorted(gaps, reverse=True)


def test_the_sum_of_two_uniform_numbers_has_a_triangle_for_density():
    result = run(f="box", n=1, h="box", m=1, time="continuous")
    for u, density in {0.5: 0.5, 1.0: 1.0, 1.5: 0.5}.items():
        assert float(result.y[(result.u - u).abs().argmin()]) == pytest.approx(density, abs=1e-6)
    assert float(result.y[0]) == pytest.approx(float(result.u[0]))
    assert float(result.u[-1]) < 2 and float(result.y[-1]) < 0.05


def test_two_exponential_densities_make_a_gamma_density():
    # f(t) h(u − t) = 0.8ᵘ for all t, so the integral over [0, u] is u 0.8ᵘ
    result = run(f="decay", n=8, h="decay", m=6, time="continuous")
    early = result.u <= 6
    expected = result.u * 0.8**result.u
    torch.testing.assert_close(result.y[early], expected[early], rtol=1e-9, atol=1e-12)
    assert float(result.y[-1]) < 0.5 * float(expected[-1])


@pytest.mark.parametrize(
    ("f", "h"), [("triangle", "decay"), ("wave", "ramp"), ("bump", "triangle")]
)
@pytest.mark.parametrize("flip", [True, False])
def test_the_integral_is_scipys_and_the_stated_error_is_not_too_small(f, h, flip):
    result = run(f=f, n=7, h=h, m=4, time="continuous", flip=flip)

    def shape(name, n, t):
        return float(signals.function(name, n, torch.tensor(t, dtype=torch.float64)))

    errors = []
    for k in range(3, len(result.y), 11):
        u = float(result.u[k])

        def product(t, u=u):
            return shape(f, 7, t) * shape(h, 4, u - t if flip else t - u)

        kinks = sorted({min(max(x, 0), 7) for x in (u, u - 2, u - 4, u + 2, u + 4, 3.5)})
        exact, _ = integrate.quad(product, 0, 7, points=kinks, limit=200)
        errors.append(abs(float(result.y[k]) - exact))
    assert max(errors) < 2 * result.error + 1e-9
    assert result.error < 3e-3


def test_the_variances_of_gaussians_add():
    result = run(f="bump", n=32, h="bump", m=24, time="continuous")
    share = result.y / result.y.sum()
    mean = float(share @ result.u)
    assert mean == pytest.approx(28, abs=1e-6)
    assert float(share @ (result.u - mean) ** 2) == pytest.approx(4**2 + 3**2, rel=3e-3)
    assert float((result.y - result.theory).abs().max()) < 1e-3 * float(result.y.max())


numbers = st.lists(st.integers(-12, 12), min_size=1, max_size=9).map(
    lambda cells: " ".join(str(cell / 4) for cell in cells)
)


@settings(max_examples=60, deadline=None)
@given(
    f_drawn=numbers, h=st.sampled_from(signals.SHAPES), m=st.integers(1, 32), h_drawn=numbers,
    flip=st.booleans(), time=st.sampled_from(["discrete", "continuous"]),
    mode=st.sampled_from(slide.MODES),
)  # fmt: skip
def test_every_check_holds_for_signals_drawn_by_hand(**values):
    values = DEFAULTS | values | {"f": "drawn"}
    found = SLIDE.checks(SLIDE.compute(**values), **values)
    assert [check for check in found if check.applies and not check.holds] == []


@pytest.mark.parametrize("values", [{"k": 13}, {"n": 5, "mode": "valid"}])
def test_an_output_that_does_not_exist_lights_nothing(values):
    values = DEFAULTS | values
    result = SLIDE.compute(**values)
    assert result.window(values["k"]) is None
    assert SLIDE.figure(result, **values).panels[0].handles == ()


ONE = {"h": "box", "n": 1, "m": 1}


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"n": 5, "mode": "valid"}, "(6 samples) is longer than the signal (5): nowhere"),
        ({"k": 13}, "no output number 13: the last of the 13 is number 12, counted from 0."),
        (ONE | {"k": 3}, "There is no output number 3: there is only one, counted from 0."),
        (ONE, "At u = 0: 1, the only product that is not 0. It is the only output."),
        ({"f": "edge", "n": 1}, "At u = 0: 0, for no product differs from 0. Every output is 0."),
        ({"f": "edge", "h": "box"}, "Of 13 outputs furthest from 0 is -1 at u = 0."),
        ({"k": 2}, "2.44, the sum of 3 products that are not 0. Of 13 outputs the largest is"),
        (drawn([1e-8, 2e-8], [1e-8]), "At u = 0: 1e-16, the only product that is not 0."),
        ({"flip": False}, "At u = -5: 0.3277, the only product that is not 0. The kernel is not"),
    ],
)
def test_a_position_is_described_as_it_is(values, told):
    values = DEFAULTS | values
    assert typeset(told) in typeset(SLIDE.says(SLIDE.compute(**values), **values))


def test_forging_what_is_drawn_of_a_position_turns_a_check_red():
    result, now = run(), run().window(5)
    for name in ("products", "lying", "at", "y", "weights"):
        forged = now._replace(**{name: 1.07 * getattr(now, name) + (name == "at")})
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(slide.Slide, "window", lambda run, k, forged=forged: forged)
            red = [c.claim for c in SLIDE.checks(result, **DEFAULTS | {"k": 5}) if not c.holds]
        assert any("as drawn" in claim for claim in red), name


@pytest.mark.parametrize("name", ["Correlation instead", "Two equal bumps", "Two dice"])
def test_the_handle_and_the_pick_name_the_output_at_their_position(name):
    values = SLIDE.preset(name) | {"mode": "centred", "k": 5}
    result = SLIDE.compute(**values)
    sliding, outputs, *_ = SLIDE.figure(result, **values).panels
    (handle,), pick = sliding.handles, outputs.pick
    assert handle.x == pytest.approx(float(result.u[values["k"]]))
    for rule in (handle, pick):
        assert rule.matrix[0][0] * handle.x + rule.offset[0] == pytest.approx(values["k"])
    assert pick.columns == len(result.y)


def test_the_formula_shows_the_numbers_of_this_position():
    pattern = {"f_drawn": "0 1 0 -1 2 1 -2 0 1 -1 0", "h_drawn": "2 1 -2"}
    values = DEFAULTS | pattern | {"f": "drawn", "h": "drawn", "flip": False, "k": 6}
    text = SLIDE.figure(SLIDE.compute(**values), **values).formula[0]
    assert r"(h \star f)[4]" in text
    # the pattern 2 1 −2 lies on itself: 4 + 1 + 4
    assert text.count(r"\cdot") == 3 and text.endswith(r"\role{force}{9}")


def test_a_drawn_signal_is_painted_where_it_stands():
    for time in ("discrete", "continuous"):
        values = DEFAULTS | {"f": "drawn", "h": "drawn", "time": time, "mode": "centred"}
        result = SLIDE.compute(**values)
        sliding, _, kernel, _ = SLIDE.figure(result, **values).panels
        assert sliding.paint.values.tolist() == [0, 1, 2, 3, 3, 2, 0, 0, 1, 1, 0, 0]
        assert kernel.paint.values.tolist() == [1, 2, 1]
        assert sliding.paint.at == pytest.approx(0 if time == "discrete" else 0.5)
        assert kernel.paint.at == pytest.approx(-1)
