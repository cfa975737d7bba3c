import math

import numpy as np
import pytest
import scipy.signal
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from core.convolution.operator import MODES
from core.experiments.convolution.matrix import MOST, Banded, banded
from pages.experiments.convolution.matrix import EXPERIMENT as MATRIX

DEFAULT = MATRIX.defaults()
X = np.array([1, 2, 0, -1, 1, 3, 2, 0, 0, 1, -2, 1.0])
H = np.array([1, 2, 3, -1, -2.0])
HALF = np.array([[0, 0, 1], [0, 1, 2], [1, 2, 3.0]])
PICTURE = np.block([[HALF, HALF[:, ::-1]], [HALF[::-1], HALF[::-1, ::-1]]])
SOBEL = np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1.0]])
TORUS = {"domain": "picture", "mode": "circular"}
run = banded


def checked(result):
    return MATRIX.checks(result, **DEFAULT)


def said(result, **values):
    return MATRIX.says(result, **DEFAULT | values)


def text(values):
    return " ".join(f"{v:g}" for v in values)


def pictured(**values):
    values = DEFAULT | values
    return MATRIX.figure(MATRIX.compute(**values), **values)


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize("m", [1, 2, 3, 4, 5])
def test_the_product_is_numpys_convolution(mode, m):
    result = run(mode=mode, h=text(H[:m]))
    np.testing.assert_allclose(result.y[result.kept], np.convolve(X, H[:m], mode), atol=1e-12)


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("dilation", [1, 2])
def test_the_transpose_is_torchs_transposed_convolution(stride, dilation):
    values = {"mode": "valid", "flip": False, "stride": stride, "dilation": dilation}
    result = run(**values)
    x, h = torch.from_numpy(X)[None, None], torch.from_numpy(H)[None, None]
    y = F.conv1d(x, h, stride=stride, dilation=dilation)
    back = F.conv_transpose1d(y, h, stride=stride, dilation=dilation)[0, 0]
    torch.testing.assert_close(result.y[result.kept], y[0, 0])
    torch.testing.assert_close(result.back[: len(back)], back)
    assert bool((result.back[len(back) :] == 0).all())  # samples that no window saw


def test_a_stride_deletes_rows_and_nothing_else_and_leaves_their_cells_empty():
    plain, strided = run(mode="valid"), run(mode="valid", stride=2)
    assert strided.kept.nonzero().flatten().tolist() == [4, 6, 8, 10]
    torch.testing.assert_close(strided.T[strided.kept], plain.T[[4, 6, 8, 10]])
    assert bool(strided.T[~strided.kept].isnan().all() & strided.y[~strided.kept].isnan().all())
    weights, zeros = (t["z"] for t in pictured(mode="valid", stride=2).panels[0].traces[:2])
    filled = np.isfinite(weights) | np.isfinite(zeros)
    assert filled.all(1).nonzero()[0].tolist() == [4, 6, 8, 10]
    assert filled.any(1).sum() == 4


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
def test_the_matrix_of_a_picture_convolves_like_scipy(mode):
    result = run(domain="picture", mode=mode)
    expected = scipy.signal.convolve2d(PICTURE, SOBEL, mode)
    np.testing.assert_allclose(result.y[result.kept], expected.ravel(), atol=1e-12)


@pytest.mark.parametrize("flip", [True, False])
def test_the_eigenvalues_of_a_circulant_are_the_dft_of_the_kernel(flip):
    result = run(mode="circular", flip=flip)
    dft = np.fft.fft(H, 12)
    np.testing.assert_allclose(result.response, dft if flip else dft.conj(), atol=1e-12)
    both = torch.linalg.eigvals(result.T).numpy(), dft
    np.testing.assert_allclose(*(np.sort_complex(v.round(9)) for v in both), atol=1e-8)


def test_a_zero_inside_the_kernel_belongs_to_the_window():
    result = run(h="1 0 -1")
    assert result.look(False, 5, MOST).ins.tolist() == [3, 4, 5]
    assert result.look(False, MOST, 3).outs.tolist() == [3, 4, 5]


@pytest.mark.parametrize("values", [{"mode": "valid", "stride": 3}, TORUS, {"mode": "same"}])
@pytest.mark.parametrize("transpose", [True, False])
def test_rows_and_columns_tell_the_same_story(values, transpose):
    result = run(**values)
    rows, columns = result.T.T.shape if transpose else result.T.shape
    by_row = [(u, result.look(transpose, u, 0).ins.tolist()) for u in range(rows)]
    by_column = [(t, result.look(transpose, MOST, t).outs.tolist()) for t in range(columns)]
    reads = {(u, t) for u, ins in by_row for t in ins}
    assert reads and reads == {(u, t) for t, outs in by_column for u in outs}


@pytest.mark.parametrize("transpose", [True, False])
def test_the_lit_products_add_up_to_the_output(transpose):
    result = run(mode="valid", stride=2)
    for u in range(12 if transpose else 16):
        look = result.look(transpose, u, 0)
        total, expected = float(look.weights @ look.source[look.ins]), float(look.result[u])
        assert total == pytest.approx(0 if math.isnan(expected) else expected)


def test_transposing_undoes_only_what_preserves_lengths():
    assert run(h="0 0 1 0 0").miss == pytest.approx(0)
    assert run(h="2").miss == pytest.approx(3)  # TᵀT = 4
    assert run(h="1 1").miss > 1 and run(x="0 0 0").miss == 0
    # TᵀT = (2, 1; 1, 2) has the eigenvector (1, −1) with eigenvalue 1
    for values, told in (
        ({"h": "0 -1"}, "it undoes T"),
        ({"x": "1 -1", "h": "1 1"}, "This x comes back, but others do not"),
        ({"x": "1 1", "h": "1 1"}, "It is no inverse"),
    ):
        assert told in said(run(**values), transpose=True)


def test_a_kernel_that_does_not_fit_leaves_no_row_and_says_so():
    result = run(x="1 2 0 -1", mode="valid")
    assert result.outputs == 0 and result.y.isnan().all() and not result.back.any()
    assert "spans 5 entries, the input has 4" in said(result)
    silent = [check for check in checked(result) if not check.applies]
    assert {check.id for check in silent if check.why} == {"CNN-17", "CNN-20"}
    assert pictured(x="1 2 0 -1", mode="valid").panels[0].traces


def test_what_is_lit_is_said():
    assert "y[6] = 12, the sum of 5 products" in said(run())
    assert "x[4] goes into 5 samples of y" in said(run(), u=199, t=4)
    assert "nothing is lit" in said(run(), u=199)
    strided = run(mode="valid", stride=2)
    assert "deleted by the stride" in said(strided, u=5)
    assert "deleted by the mode valid" in said(strided, u=2)
    assert "The column of y[5] was deleted" in said(strided, u=199, t=5, transpose=True)
    assert "No window ever saw x[11]" in said(strided, transpose=True, u=11)
    assert "y[3, 3] = 4" in said(run(domain="picture"), u=27)
    one = "T has 1 row and 1 column: 1 cell with 1 weight, all from a kernel of 1. Lit: y[0] = 6"
    assert said(run(x="3", h="2"), u=0) == f"{one}, a single product."


@pytest.mark.parametrize(
    "values", [{}, {"mode": "circular"}, {"mode": "valid", "stride": 2}, TORUS]
)
def test_a_wrong_matrix_would_be_noticed_by_the_checks(values):
    result = run(**values)
    for wrong in ({"T": -result.T}, {"T": result.T.roll(1, 1)}, {"flip": False}):
        found = checked(result._replace(**wrong))
        failed = {c.claim[:9] for c in found if c.applies and not c.holds}
        assert "Tᵀg is th" in failed
        assert ("circulant" in failed) == result.circulant
    wrong = checked(result._replace(y=result.y.roll(1)))
    assert [c.claim[:5] for c in wrong if c.applies and not c.holds] == ["T x ="]
    with pytest.MonkeyPatch.context() as patch:  # what the panel of x̂ draws
        patch.setattr(Banded, "back", 1.07 * result.back)
        assert [c.claim[:5] for c in checked(result) if not c.holds and c.applies] == ["Tᵀg i"]


def test_an_even_kernel_has_no_symmetric_padding_that_is_same():
    check = next(c for c in checked(run(h="1 2 3 4", x="0 " * 24)) if "odd kernel" in c.claim)
    assert not check.applies and "p = 1 leaves 23 of 24, p = 2 makes 25" in check.why


numbers = st.floats(-1e6, 1e6).map(lambda v: str(round(v, 2)))


@settings(max_examples=60, deadline=None)
@given(
    domain=st.sampled_from(["signal", "picture"]),
    x=st.lists(numbers, min_size=1, max_size=24).map(" ".join),
    h=st.lists(numbers, min_size=1, max_size=7).map(" ".join),
    kernel=st.sampled_from(["1 0 -1,2 0 -2,1 0 -1", "1 -1,2 0.5", "1 2 1", "1,0,-1"]),
    mode=st.sampled_from(MODES), stride=st.integers(1, 4), dilation=st.integers(1, 3),
    flip=st.booleans(),
)  # fmt: skip
def test_every_check_holds_for_numbers_of_any_size(**values):
    assert [c for c in checked(run(**values)) if c.applies and not c.holds] == []


# --- the picture ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "lit"),
    [((6, 3), ("row", 6)), ((6, 13), ("row", 6)), ((17, 3), ("column", 3)), ((17, 13), ("", 0))],
)
def test_pointing_at_a_cell_an_input_or_an_output_lights_its_row_or_column(cell, lit):
    pick = pictured().panels[0].pick
    u, t = (round(a * cell[1] + b * cell[0] + c) for (a, b), c in zip(pick.matrix, pick.offset))
    look = run().look(False, u, t)
    assert (look.kind, look.lit) == lit


def test_pointing_at_a_pixel_lights_what_it_touches():
    _, x, y = pictured(domain="picture").panels
    for panel, (i, j), other in ((x, (2, 1), "u"), (y, (3, 4), "t")):
        ((a, b),) = panel.pick.matrix
        values = {panel.pick.params[0]: int(a * j + b * i), **panel.pick.also}
        assert set(values) == {"u", "t"}
        assert values[other] == MOST
        look = run(domain="picture").look(False, **values)
        assert {len(look.ins), len(look.outs)} == {1, 9}
        lit = pictured(domain="picture", **values).panels[1 if panel is x else 2].traces[1]
        assert (lit["x"][:5].mean().round(), lit["y"][:5].mean().round()) == (j, i)


def test_the_formula_shows_the_products_of_the_lit_row():
    assert pictured().formula[1] == (
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
    rule, result = pictured(**values).formula[0], run(**values)
    inside = rule.split("h[")[1].split("]")[0].replace(r"\bmod", "%")
    for u, t in np.ndindex(*result.T.shape):
        entry = eval(inside, {}, {"u": u, "t": t})
        expected = H[int(entry)] if entry == int(entry) and 0 <= entry < 5 else 0.0
        assert float(result.T[u, t]) == expected, (u, t)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"h": "1 x"}, "row 1, column 2 of h, got 'x'"),
        ({"h": "1 1e300"}, r"h in \[-1e\+06, 1e\+06\], got 1e\+300"),
        ({"x": " ".join(["1"] * 25)}, "x to be one row of 1 to 24"),
        ({"domain": "picture", "kernel": "1"}, "kernel to be 2 x 2"),
    ],
)
def test_tables_that_do_not_fit_are_refused_by_name(change, message):
    with pytest.raises(ValueError, match=message):
        run(**change)
