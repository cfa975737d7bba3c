import math

import numpy as np
import plotly.graph_objects as go
import pytest
import scipy.linalg
import scipy.signal
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from core.convolution.operator import MODES
from core.experiments.convolution import matrix as banded
from core.experiments.convolution import matrix_claims as banded_checks
from pages.experiments.convolution.matrix import EXPERIMENT as MATRIX
from pages.figures.convolution.matrix import figure

DEFAULT = MATRIX.defaults()
X = np.array([1, 2, 0, -1, 1, 3, 2, 0, 0, 1, -2, 1.0])
H = np.array([1, 2, 3, -1, -2.0])
PICTURE = np.array(
    [
        [0, 0, 1, 1, 0, 0],
        [0, 1, 2, 2, 1, 0],
        [1, 2, 3, 3, 2, 1],
        [1, 2, 3, 3, 2, 1],
        [0, 1, 2, 2, 1, 0],
        [0, 0, 1, 1, 0, 0.0],
    ]
)
SOBEL = np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1.0]])
TORUS = {"domain": "picture", "mode": "circular"}


def run(**values):
    return banded.banded(**DEFAULT | values)


def checked(result, **values):
    return banded_checks.checks(result, **DEFAULT | values)


def text(values):
    return " ".join(f"{v:g}" for v in values)


def left(result):
    return result.T[result.kept].numpy()


def pictured(**values):
    values = DEFAULT | values
    return figure(banded.banded(**values), **values)


def drawn(panel, name):
    return next(trace for trace in panel.traces if trace["name"] == name)


def test_the_full_matrix_is_the_toeplitz_matrix_of_scipy():
    column = np.concatenate([H, np.zeros(11)])
    expected = scipy.linalg.toeplitz(column, np.concatenate([H[:1], np.zeros(11)]))
    np.testing.assert_array_equal(left(run()), expected)


def test_the_circular_matrix_is_the_circulant_of_scipy():
    expected = scipy.linalg.circulant(np.concatenate([H, np.zeros(7)]))
    np.testing.assert_array_equal(left(run(mode="circular")), expected)


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize("m", [1, 2, 3, 4, 5])
def test_the_product_is_numpys_convolution(mode, m):
    result = run(mode=mode, h=text(H[:m]))
    np.testing.assert_allclose(result.y[result.kept], np.convolve(X, H[:m], mode), atol=1e-12)


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.parametrize("m", [2, 3, 4, 5])
@pytest.mark.parametrize("dilation", [1, 2])
def test_same_without_the_flip_is_that_of_torch(m, dilation):
    result = run(mode="same", flip=False, h=text(H[:m]), dilation=dilation)
    x, h = (torch.from_numpy(v)[None, None] for v in (X, H[:m]))
    expected = F.conv1d(x, h, padding="same", dilation=dilation)[0, 0]
    torch.testing.assert_close(result.y[result.kept], expected)


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("dilation", [1, 2])
def test_the_transpose_is_torchs_transposed_convolution(stride, dilation):
    values = {"mode": "valid", "flip": False, "stride": stride, "dilation": dilation}
    result = run(**values, transpose=True)
    x, h = torch.from_numpy(X)[None, None], torch.from_numpy(H)[None, None]
    y = F.conv1d(x, h, stride=stride, dilation=dilation)
    back = F.conv_transpose1d(y, h, stride=stride, dilation=dilation)[0, 0]
    torch.testing.assert_close(result.y[result.kept], y[0, 0])
    torch.testing.assert_close(result.back[: len(back)], back)
    assert bool((result.back[len(back) :] == 0).all())  # samples that no window saw


def test_a_stride_deletes_rows_and_nothing_else():
    plain, strided = run(mode="valid"), run(mode="valid", stride=2)
    assert strided.kept.nonzero().flatten().tolist() == [4, 6, 8, 10]
    torch.testing.assert_close(strided.T[strided.kept], plain.T[[4, 6, 8, 10]])
    assert bool(strided.T[~strided.kept].isnan().all())
    assert bool(strided.y[~strided.kept].isnan().all())


@pytest.mark.parametrize(
    ("mode", "rows"),
    [("full", range(16)), ("same", range(2, 14)), ("valid", range(4, 12)), ("causal", range(12))],
)
def test_every_mode_keeps_a_slice_of_the_full_rows(mode, rows):
    assert run(mode=mode).kept.nonzero().flatten().tolist() == list(rows)


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
def test_the_matrix_of_a_picture_convolves_like_scipy(mode):
    result = run(domain="picture", mode=mode)
    expected = scipy.signal.convolve2d(PICTURE, SOBEL, mode)
    np.testing.assert_allclose(result.y[result.kept], expected.ravel(), atol=1e-12)


def test_the_matrix_of_a_separable_kernel_is_a_kronecker_product():
    result = run(domain="picture")
    down, across = run(n=6, h="1 2 1"), run(n=6, h="1 0 -1")
    np.testing.assert_array_equal(left(result), np.kron(left(down), left(across)))


def test_a_picture_around_a_torus_wraps_like_scipy():
    expected = scipy.signal.convolve2d(PICTURE, SOBEL, "full")
    wrapped = expected[:6, :6].copy()
    wrapped[:2] += expected[6:, :6]
    wrapped[:, :2] += expected[:6, 6:]
    wrapped[:2, :2] += expected[6:, 6:]
    np.testing.assert_allclose(run(**TORUS).y, wrapped.ravel(), atol=1e-12)


@pytest.mark.parametrize("flip", [True, False])
def test_the_eigenvalues_of_a_circulant_are_the_dft_of_the_kernel(flip):
    result = run(mode="circular", flip=flip)
    dft = np.fft.fft(H, 12)
    np.testing.assert_allclose(result.response, dft if flip else dft.conj(), atol=1e-12)
    ordered = [np.sort_complex(np.round(v, 9)) for v in (result.eigenvalues.numpy(), dft)]
    np.testing.assert_allclose(*ordered, atol=1e-8)


def test_a_kernel_longer_than_the_circle_is_laid_around_it():
    result = run(mode="circular", n=4, h="1 2 3 4 5 6 7")
    np.testing.assert_array_equal(left(result)[:, 0], [1 + 5, 2 + 6, 3 + 7, 4])
    np.testing.assert_allclose(result.response, np.fft.fft([6, 8, 10, 4]), atol=1e-12)


def test_the_response_of_a_torus_is_the_two_dimensional_dft():
    np.testing.assert_allclose(
        run(**TORUS).response, np.fft.fft2(SOBEL, (6, 6)).ravel(), atol=1e-12
    )


def test_a_zero_inside_the_kernel_belongs_to_the_window():
    result = run(h="1 0 -1", u=5)
    assert result.touched().tolist() == [3, 4, 5]
    assert result._replace(u=199, t=3).touched().tolist() == [3, 4, 5]


@pytest.mark.parametrize("values", [{"mode": "valid", "stride": 3}, TORUS, {"mode": "same"}])
@pytest.mark.parametrize("transpose", [True, False])
def test_rows_and_columns_tell_the_same_story(values, transpose):
    result = run(**values, transpose=transpose)
    rows, columns = result.acting.shape
    reads = {(u, t) for u in range(rows) for t in result._replace(u=u).touched().tolist()}
    feeds = {(u, t) for t in range(columns) for u in result._replace(u=199, t=t).touched().tolist()}
    assert reads == feeds
    assert reads


def test_the_lit_products_add_up_to_the_output():
    for transpose in (False, True):
        result = run(mode="valid", stride=2, transpose=transpose)
        for u in range(len(result.acting)):
            at = result._replace(u=u).touched()
            total = float((result.acting[u, at] * result.source[at]).sum())
            expected = float(result.result[u])
            assert total == pytest.approx(0 if math.isnan(expected) else expected)


def test_transposing_undoes_only_what_preserves_lengths():
    assert run(h="0 0 1 0 0").miss == pytest.approx(0)
    assert run(h="2").miss == pytest.approx(3)  # TᵀT = 4
    assert run(h="1 1").miss > 1


def test_a_kernel_that_does_not_fit_leaves_no_row_and_says_so():
    values = {"n": 4, "mode": "valid"}
    result = run(**values)
    assert result.outputs == 0
    assert result.y.isnan().all()
    assert not result.back.any()
    assert "spans 5 entries, the input has 4" in banded.says(result)
    silent = [check for check in checked(result, **values) if not check.applies]
    assert {check.id for check in silent} == {"CNN-17", "CNN-20"}
    assert all(check.why for check in silent)


def test_what_is_lit_is_said():
    assert "y[6] = 12, the sum of 5 products" in banded.says(run())
    assert "x[4] goes into 5 samples of y" in banded.says(run(u=199, t=4))
    assert "nothing is lit" in banded.says(run(u=199))
    assert "deleted by the stride" in banded.says(run(mode="valid", stride=2, u=5))
    assert "deleted by the mode valid" in banded.says(run(mode="valid", stride=2, u=2))
    assert "No window ever saw x[11]" in banded.says(
        run(mode="valid", stride=2, transpose=True, u=11)
    )
    assert "y[3, 3] = 4" in banded.says(run(domain="picture", u=27))


def test_a_shorter_text_is_continued_by_zeros():
    assert run(x="1 2", n=4).x.tolist() == [1, 2, 0, 0]
    assert run(x="1 2 3", n=2).x.tolist() == [1, 2]


def test_zeros_in_zeros_out():
    result = run(x="0", h="0 0")
    assert result.y.tolist() == [0] * 13
    assert result.miss == 0
    assert all(check.holds for check in checked(result, x="0", h="0 0") if check.applies)
    go.Figure(pictured(x="0", h="0 0").panels[0].spec())


def test_a_wrong_matrix_would_be_noticed_by_the_checks():
    for values in ({}, {"mode": "circular"}, {"mode": "valid", "stride": 2}, TORUS):
        result = run(**values)
        for wrong in (
            result._replace(T=-result.T),
            result._replace(T=result.T.roll(1, 1)),
            result._replace(flip=not result.flip),
        ):
            failed = {c.claim for c in checked(wrong, **values) if c.applies and not c.holds}
            assert any(claim.startswith("T x =") for claim in failed), values
            assert any(claim.startswith("Tᵀg is") for claim in failed), values
    wrong = run(mode="circular")
    wrong = wrong._replace(response=wrong.response.conj())
    failed = [c.claim for c in checked(wrong) if c.applies and not c.holds]
    assert [claim[:33] for claim in failed] == ["circulant: T only multiplies each"]


def test_an_even_kernel_has_no_symmetric_padding_that_is_same():
    values = {"h": "1 2 3 4", "n": 24}
    check = next(c for c in checked(run(**values), **values) if "odd kernel" in c.claim)
    assert not check.applies
    assert "p = 1 leaves 23 of 24, p = 2 makes 25" in check.why


@settings(max_examples=60, deadline=None)
@given(
    domain=st.sampled_from(banded.DOMAINS),
    n=st.integers(1, 24),
    x=st.lists(st.floats(-1e6, 1e6).map(lambda v: round(v, 2)), min_size=1, max_size=24),
    h=st.lists(st.floats(-1e6, 1e6).map(lambda v: round(v, 2)), min_size=1, max_size=7),
    kernel=st.sampled_from(["1 0 -1,2 0 -2,1 0 -1", "1 -1,2 0.5", "1 2 1", "1,0,-1"]),
    mode=st.sampled_from(MODES),
    stride=st.integers(1, 4),
    dilation=st.integers(1, 3),
    flip=st.booleans(),
    transpose=st.booleans(),
    u=st.integers(0, 60),
    t=st.integers(0, 60),
)
def test_every_check_holds_wherever_it_applies(**values):
    values["x"], values["h"] = (" ".join(str(v) for v in values[name]) for name in ("x", "h"))
    values["picture"] = DEFAULT["picture"]
    result = banded.banded(**values)
    failed = [c for c in banded_checks.checks(result, **values) if c.applies and not c.holds]
    assert failed == []
    assert banded.says(result)
    for panel in figure(result, **values).panels:
        go.Figure(panel.spec())


# --- the picture ---------------------------------------------------------------------------------


def test_deleted_rows_stay_as_empty_cells():
    panel = pictured(mode="valid", stride=2).panels[0]
    weights, zeros = (trace["z"] for trace in panel.traces[:2])
    assert weights.shape == (16, 12)
    filled = np.isfinite(weights) | np.isfinite(zeros)
    assert filled.any(1).nonzero()[0].tolist() == [4, 6, 8, 10]
    assert filled[4].all()


def test_pointing_at_a_cell_an_input_or_an_output_lights_its_row_or_column():
    pick = pictured().panels[0].pick

    def pointed(i, j):
        u, t = (
            round(a * j + b * i + c) for (a, b), c in zip(pick.matrix, pick.offset, strict=False)
        )
        result = run(u=u, t=t)
        return result.row, result.column

    assert pointed(6, 3) == (6, None)
    assert pointed(6, 13) == (6, None)  # the output beside row 6
    assert pointed(17, 3) == (None, 3)  # the input below column 3
    assert pointed(17, 13) == (None, None)


def test_pointing_at_a_pixel_lights_what_it_touches():
    _, x, y = pictured(domain="picture").panels
    for panel, (i, j), other in ((x, (2, 1), "u"), (y, (3, 4), "t")):
        ((a, b),) = panel.pick.matrix
        values = {panel.pick.params[0]: int(a * j + b * i), **panel.pick.also}
        assert set(values) == {"u", "t"}
        assert values[other] == banded.MOST
        result = run(domain="picture", **values)
        assert len(result.touched()) == 9
        lit = drawn(pictured(domain="picture", **values).panels[1 if panel is x else 2], "lit")
        left, right, top, bottom = (f(lit[k][:5]) for k in "xy" for f in (np.min, np.max))
        assert (left, right, top, bottom) == (j - 0.5, j + 0.5, i - 0.5, i + 0.5)


def test_the_formula_shows_the_products_of_the_lit_row():
    line = pictured().formula[1]
    assert line == (
        r"y[6] = \role{model}{(-2)}\cdot 0 + \role{model}{(-1)}\cdot (-1) + "
        r"\role{model}{3}\cdot 1 + \role{model}{2}\cdot 3 + \role{model}{1}\cdot 2 = "
        r"\role{force}{12}"
    )
    assert len(pictured(u=199).formula) == 1
    assert pictured(u=199, t=4).formula[1].startswith(r"x[4] = 1\ \to")


@pytest.mark.parametrize("flip", [True, False])
@pytest.mark.parametrize("mode", ["full", "circular"])
@pytest.mark.parametrize("dilation", [1, 2])
def test_the_rule_names_the_kernel_entry_that_stands_in_the_matrix(flip, mode, dilation):
    values = {"flip": flip, "mode": mode, "dilation": dilation}
    rule = pictured(**values).formula[0]
    inside = rule.split("h[")[1].split("]")[0].replace(r"\bmod", "%")
    result = run(**values)
    for u in range(len(result.T)):
        for t in range(12):
            entry = eval(inside, {}, {"u": u, "t": t})
            expected = H[int(entry)] if entry == int(entry) and 0 <= entry < 5 else 0.0
            assert float(result.T[u, t]) == expected, (u, t)


def test_the_player_walks_the_rows():
    for values in ({}, {"transpose": True}, {"mode": "circular"}):
        picture = pictured(**values)
        assert picture.drive == "u"
        assert picture.frames == len(run(**values).acting)


def test_a_drawn_signal_keeps_what_lies_beyond_n():
    paint = pictured(n=4, x="1 2 3 4 5 6").panels[1].paint
    assert paint.param == "x"
    assert paint.values.tolist()[:7] == [1, 2, 3, 4, 5, 6, 0]


# --- the declaration -----------------------------------------------------------------------------


def test_predictions_have_the_right_answer_and_beliefs_that_show_the_wrong_one():
    right = ["5", "1 2 3 -1 -2", "every second row", "8", "something else"]
    for prediction, answer in zip(MATRIX.predictions, right, strict=True):
        values = MATRIX.preset(prediction.preset)
        result = MATRIX.compute(**values)
        assert prediction.answer(result) == answer
        assert prediction.because.format(**(prediction.facts or (lambda _: {}))(result))
        for option, change in prediction.beliefs.items():
            assert prediction.answer(MATRIX.compute(**values | change)) == option


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n": 25}, r"n a whole number in \[1, 24\], got 25"),
        ({"stride": 0}, "stride a whole number"),
        ({"dilation": 0}, "dilation a whole number"),
        ({"mode": "reflect"}, "mode to be one of"),
        ({"domain": "sound"}, "domain to be one of"),
        ({"h": "1 x"}, "row 1, column 2 of h, got 'x'"),
        ({"h": "1 2,3 4"}, "h to be 1 x 1"),
        ({"h": "1 1e300"}, r"h in \[-1e\+06, 1e\+06\], got 1e\+300"),
        ({"h": ""}, "h"),
        ({"x": "1 nan"}, "finite number in row 1, column 2 of x"),
        ({"x": " ".join(["1"] * 25)}, "x to be one row of 1 to 24"),
        ({"domain": "picture", "picture": "1 2,3"}, "equally long rows"),
        ({"domain": "picture", "kernel": "1"}, "kernel to be 2 x 2"),
        ({"u": -1}, "u a whole number"),
        ({"t": 200}, "t a whole number"),
    ],
)
def test_bad_values_are_refused_by_name(change, message):
    with pytest.raises(ValueError, match=message):
        run(**change)
