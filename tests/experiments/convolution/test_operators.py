import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core import table
from core.convolution import convolve
from core.experiments.convolution import operators
from pages.experiments.convolution.operators import EXPERIMENT as BOX
from tests import contract

DEFAULTS = BOX.defaults()
N = operators.N
NAMES = list(operators.OPERATORS)
LINEAR = {"delay", "blur", "derivative", "padded", "stride", "gain", "random", "fourier", "mean"}
EQUIVARIANT = {
    "delay", "blur", "derivative", "square", "clamp", "plus", "maximum", "mean",
}  # fmt: skip
INVARIANT = {"magnitude", "mean"}


run = operators.box


def noise(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("op", NAMES)
def test_linear_boxes_are_linear_and_the_others_are_not(op):
    T = operators.transform(op, 3)
    f, g = 2 * noise(0, 2, 50, N)
    gap = float((T(1.7 * f - 0.6 * g) - (1.7 * T(f) - 0.6 * T(g))).abs().max())
    assert (gap < 1e-9) == (op in LINEAR) == operators.OPERATORS[op].linear
    assert op in LINEAR or gap > 1e-3


@pytest.mark.parametrize("op", NAMES)
def test_boxes_move_along_or_stay_or_neither_as_declared(op):
    T, f = operators.transform(op, 3), noise(1, 20, N)
    gaps, stays = [], []
    for shift in range(1, N):
        answer, moved = T(f), T(f.roll(-shift, -1))
        stays.append(float((moved - answer).abs().max()))
        if answer.shape == moved.shape == f.shape:
            gaps.append(float((moved - answer.roll(-shift, -1)).abs().max()))
    declared = operators.OPERATORS[op]
    assert (max(stays) < 1e-9) == (op in INVARIANT) == declared.still
    if op != "stride":
        assert (max(gaps) < 1e-9) == (op in EQUIVARIANT) == (declared.moves == "all")


def test_a_stride_of_two_moves_along_with_even_shifts_only():
    T, f = operators.transform("stride", 0), noise(2, 20, N)
    for shift in range(1, N):
        gap = (T(f.roll(-shift, -1)) - T(f).roll(-(shift // 2), -1)).abs().max()
        assert (float(gap) < 1e-12) == (shift % 2 == 0)


@pytest.mark.parametrize("shift", [-16, -7, 1, 8])
def test_zeros_outside_break_the_shift_at_the_border_only(shift):
    result = run(op="padded", shift=shift, f=table.write(noise(4, N)))
    left, right = result.sides("shift")
    apart = (left - right).abs()
    assert float(apart[result.compared].max()) < 1e-12
    assert float(apart[~result.compared].max()) > 1e-3
    # both windows of 5 lie inside for at least N − 8 outputs
    assert int(result.compared.sum()) >= N - 8


@pytest.mark.parametrize(
    ("op", "by_hand"),
    [
        ("delay", lambda f, t: f[(t - 3) % N]),
        ("derivative", lambda f, t: (f[(t + 1) % N] - f[(t - 1) % N]) / 2),
        ("gain", lambda f, t: t / N * f[t]),
        ("maximum", lambda f, t: max(f[t - 1], f[t], f[(t + 1) % N])),
        ("clamp", lambda f, t: min(max(f[t], -1), 1)),
        (
            "blur",
            lambda f, t: sum(w * f[(t + j - 2) % N] for j, w in enumerate([1, 4, 6, 4, 1])) / 16,
        ),
        (
            "padded",
            lambda f, t: (
                sum(w * f[t + j - 2] for j, w in enumerate([1, 4, 6, 4, 1]) if 0 <= t + j - 2 < N)
                / 16
            ),
        ),
    ],
)
def test_a_box_does_what_its_name_says(op, by_hand):
    f = (2 * noise(5, N)).tolist()
    found = operators.transform(op, 0)(torch.tensor(f, dtype=torch.float64))
    assert found.tolist() == pytest.approx([by_hand(f, t) for t in range(N)])


def test_the_fourier_transform_is_that_of_numpy():
    f = noise(6, N)
    np.testing.assert_allclose(operators.transform("fourier", 0)(f), np.fft.fft(f.numpy()))
    np.testing.assert_allclose(
        operators.transform("magnitude", 0)(f), np.abs(np.fft.fft(f.numpy()))
    )


@pytest.mark.parametrize("op", NAMES)
def test_one_impulse_foretells_exactly_the_boxes_that_convolve(op):
    result = run(op=op, f=table.write(2 * noise(7, N)))
    declared = operators.OPERATORS[op]
    assert declared.convolves == (op in LINEAR & EQUIVARIANT)
    gap = result.gap("impulse", 11)
    assert (gap < 1e-9) == declared.convolves
    assert declared.convolves or gap > 1e-3
    if declared.convolves:
        h = result.K[:, 11].roll(-11)  # counted from its impulse
        engine = convolve(result.f, h, mode="circular")
        torch.testing.assert_close(result.sides("impulse", 11)[1], engine)


@pytest.mark.parametrize("op", sorted(LINEAR))
def test_a_linear_box_is_its_matrix_of_impulse_answers(op):
    result = run(op=op, f=table.write(noise(8, N)))
    for u in range(len(result.Tf)):
        total = sum(result.K[u, t] * result.f[t] for t in range(N))
        assert abs(complex(total - result.Tf[u])) < 1e-9


def test_plus_one_is_off_by_one_minus_alpha_minus_beta():
    result = run(op="plus", alpha=0.7, beta=-1.2)
    left, right = result.sides("linear")
    assert (left - right).tolist() == pytest.approx([1 - 0.7 + 1.2] * N)


def test_a_positive_shift_moves_the_signal_to_the_left():
    # the box delays by 3, so it undoes a shift by 3
    result = run(op="delay", shift=3)
    assert result.T_moved.tolist() == result.f.tolist()


def test_a_wrong_answer_would_be_noticed_by_the_checks():
    values = BOX.preset("A blur on a circle")
    result = BOX.compute(**values)

    def failing(**wrong):
        found = BOX.checks(result._replace(**wrong), **values)
        return {check.id for check in found if check.applies and not check.holds}

    assert failing() == set()
    assert failing(K=result.K.mT.roll(1, 0)) == {"CNN-03", "CNN-08"}
    assert failing(T_mixed=result.T_mixed + 1) == {"CNN-02"}
    assert failing(T_moved=-result.T_moved) == {"CNN-10"}


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"op": "gain", "shift": 0}, "nothing to compare"),
        ({"op": "gain"}, "minds where f is"),
        ({"op": "gain", "f": "0 " * N}, "as it does for this f, but not always"),
        ({"op": "stride", "shift": 4}, "every even Δ"),
        ({"op": "padded", "shift": 8}, "zeros stand in, it differs by up to 0.5."),
        ({"op": "padded", "shift": 8, "f": "0 " * N}, "nothing differs for this f"),
        ({"op": "padded", "f": "0 1 " * 16}, "moves along; near the border"),
        ({"op": "blur"}, "equivariance"),
        ({"op": "mean"}, "invariance"),
    ],
)
def test_what_moving_f_does_is_said_as_it_is(values, told):
    values = DEFAULTS | {"test": "shift"} | values
    assert told in BOX.says(BOX.compute(**values), **values)


@pytest.mark.parametrize("size", [1e-8, 1.0, 900.0])
def test_a_small_signal_is_judged_on_its_own_scale(size):
    values = DEFAULTS | {"test": "shift", "f": table.write(size * BOX.compute(**DEFAULTS).f / 2)}
    for op, told in (("gain", "minds where f is"), ("blur", "equivariance")):
        result = BOX.compute(**values | {"op": op})
        assert told in BOX.says(result, **values)
        off = result._replace(T_moved=1.01 * result.T_moved)
        red = [c for c in BOX.checks(off, **values) if c.applies and not c.holds]
        assert len(red) == (op == "blur")


@settings(max_examples=25, deadline=None)
@given(
    op=st.sampled_from(NAMES), test=st.sampled_from(operators.TESTS),
    f=st.lists(st.integers(-8, 8), min_size=N, max_size=N).map(lambda f: " ".join(map(str, f))),
    g=st.sampled_from(list(operators.SECOND)), alpha=st.floats(-3, 3), beta=st.floats(-3, 3),
    shift=st.integers(-16, 16), at=st.integers(0, 31), seed=st.integers(0, 99),
)  # fmt: skip
def test_every_check_holds_for_signals_drawn_by_hand(**values):
    contract.answers(BOX, DEFAULTS | values)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 2 3", "expected f to be 1 x 32, got 1 x 3"),
        ("", "expected f"),
        ("x " * 32, "column 1 of f, got 'x'"),
        ("5e-324 " + "1 " * 31, "every number of f to be 0 or at least 1e-09 in size"),
        ("1e9 " * 32, r"largest \|f\|"),
    ],
)
def test_a_text_that_is_no_signal_is_refused_by_name(text, message):
    with pytest.raises(ValueError, match=message):
        run(f=text)


@pytest.mark.parametrize("op", NAMES)
@pytest.mark.parametrize("test", operators.TESTS)
def test_an_all_zero_signal_is_no_trouble(op, test):
    values = DEFAULTS | {"f": "0 " * N, "op": op, "test": test}
    result = BOX.compute(**values)
    found = BOX.checks(result, **values)
    assert all(check.holds or not check.applies for check in found)
    assert BOX.says(result, **values)


def test_the_handles_set_what_they_stand_for():
    for test, param, value in (("shift", "shift", -5), ("impulse", "at", 9)):
        values = DEFAULTS | {"test": test, param: value}
        signals = BOX.figure(BOX.compute(**values), **values).panels[1]
        handle = signals.handles[0]
        assert handle.params == (param,)
        assert handle.matrix[0][0] * handle.x + handle.offset[0] == value
        assert signals.paint.values.tolist() == BOX.compute(**values).f.tolist()
