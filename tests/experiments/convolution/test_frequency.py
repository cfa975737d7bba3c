import math

import numpy as np
import plotly.graph_objects as go
import pytest
import scipy.linalg
import scipy.signal
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.convolution.operator import BOUNDARIES
from core.experiments.convolution import frequency
from core.experiments.convolution import frequency_claims as frequency_checks
from pages.experiments.convolution.frequency import EXPERIMENT as FREQUENCY
from pages.figures.convolution.frequency import figure

DEFAULT = FREQUENCY.defaults()
DRAWN = "0.3 1.7 -2.1 0.4 3.3 -0.6 1.9 -1.2 0.8 2.6 -0.5 1.1"
F = np.array([float(v) for v in DRAWN.split()])
H = np.array([1, -2, 0.5, 3, -1.25])
ROUGH = {"signal": "drawn", "drawn": DRAWN, "filter": "own", "taps": "1 -2 0.5 3 -1.25"}


def run(**values):
    return frequency.frequency(**DEFAULT | values)


def checked(result, **values):
    return frequency_checks.checks(result, **DEFAULT | values)


def failed(result):
    return [check.claim for check in checked(result) if check.applies and not check.holds]


def pictured(**values):
    values = DEFAULT | values
    return figure(frequency.frequency(**values), **values)


def wrong(result):
    return (result.wrong.nonzero().flatten() + result.first).tolist()


def test_the_waves_are_sines_of_whole_cycles():
    t = np.arange(12)
    result = run(waves="1 2,3 -1,5 0.5")
    sines = [a * np.sin(2 * np.pi * q * t / 12) for q, a in ((1, 2), (3, -1), (5, 0.5))]
    np.testing.assert_allclose(result.f, sum(sines), atol=1e-12)


def test_a_dft_as_long_as_the_signal_spoils_the_first_four_samples():
    assert wrong(run()) == [0, 1, 2, 3]
    assert wrong(run(**ROUGH)) == [0, 1, 2, 3]


@pytest.mark.parametrize("n", [12, 13, 20])
@pytest.mark.parametrize("m", [1, 2, 5, 7])
def test_exactly_what_comes_round_is_wrong(n, m):
    generator = np.random.default_rng(n + m)
    texts = [" ".join(f"{v:.3f}" for v in generator.normal(size=size)) for size in (n, m)]
    for N in range(n, n + m + 3):
        values = {"signal": "drawn", "drawn": texts[0], "filter": "own", "taps": texts[1]}
        assert wrong(run(n=n, N=N, **values)) == list(range(max(0, n + m - 1 - N)))


def test_the_product_of_spectra_is_a_circulant_matrix_applied():
    C = scipy.linalg.circulant(np.concatenate([H, np.zeros(7)]))
    f, h = torch.from_numpy(F), torch.from_numpy(H)
    np.testing.assert_allclose(frequency.by_spectra(f, h, 12), C @ F, atol=1e-12)
    np.testing.assert_allclose(frequency.by_spectra(f, h, 12, True), C.T @ F, atol=1e-12)


def test_filled_up_with_zeros_it_is_the_convolution_of_scipy():
    f, h = torch.from_numpy(F), torch.from_numpy(H)
    for N in (16, 17, 40):
        expected = np.zeros(N)
        expected[:16] = scipy.signal.fftconvolve(F, H)
        np.testing.assert_allclose(frequency.by_spectra(f, h, N), expected, atol=1e-12)


@pytest.mark.parametrize("N", [11, 0, 12.5, math.nan])
def test_a_dft_that_would_truncate_is_refused(N):
    with pytest.raises(ValueError, match=r"expected N a whole number in \[12, inf\)"):
        frequency.by_spectra(torch.from_numpy(F), torch.from_numpy(H), N)


def test_the_experiment_warns_of_truncation_and_shows_what_comes_out():
    result = run(N=8, **ROUGH)
    assert result.cut == 4
    assert frequency.says(result).startswith("Warning: N = 8 is shorter than f (12 samples)")
    full = np.convolve(F[:8], H)
    full[:4] += full[8:]
    np.testing.assert_allclose(result.product, full[:8], atol=1e-12)
    silent = [c for c in checked(result) if c.id == "CNN-12" and not c.applies]
    assert len(silent) == 4
    assert all("truncates" in check.why for check in silent)
    assert frequency.says(run(N=8, filter="painted", n=8)).startswith(
        "Warning: N = 8 is shorter than h (11 taps)"
    )


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_without_the_flip_the_conjugate_gives_numpys_correlation(boundary):
    result = run(pair="conj", boundary=boundary, N=16, **ROUGH)
    modes = {"zero": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
    if boundary == "zero":
        np.testing.assert_allclose(result.direct, np.correlate(F, H, "full"), atol=1e-12)
        np.testing.assert_allclose(result.product, result.direct, atol=1e-12)
        assert result.first == -4
    else:
        padded = np.pad(F, (0, 4), modes[boundary])
        np.testing.assert_allclose(result.direct, np.correlate(padded, H, "valid"), atol=1e-12)
        assert result.first == 0


@pytest.mark.parametrize("boundary", ["reflect", "replicate", "circular"])
def test_with_another_border_the_sum_is_numpys_on_the_padded_signal(boundary):
    modes = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}
    result = run(boundary=boundary, **ROUGH)
    padded = np.pad(F, (4, 0), modes[boundary])
    np.testing.assert_allclose(result.direct, np.convolve(padded, H, "valid"), atol=1e-12)
    assert wrong(result) == ([] if boundary == "circular" else [0, 1, 2, 3])
    # padding does not help: it is the border that is missing
    assert wrong(run(boundary=boundary, N=16, **ROUGH)) == [0, 1, 2, 3]


def test_the_plain_product_is_wrong_for_the_correlation_and_the_conjugate_right():
    assert len(wrong(run(pair="corr", N=16, **ROUGH))) == 16
    assert wrong(run(pair="conj", N=16, **ROUGH)) == []
    result = run(pair="corr", N=16, **ROUGH)
    silent = [check for check in checked(result) if not check.applies]
    assert any("it must be conj H" in check.why for check in silent)
    assert "14 of 16 samples are wrong" in frequency.says(run(pair="corr", N=16, filter="echo"))


def test_a_short_dft_of_a_correlation_spoils_its_first_lags():
    assert wrong(run(pair="conj", **ROUGH)) == [-4, -3, -2, -1]
    assert "u = −4, −3, −2, −1" in frequency.says(run(pair="conj", **ROUGH))


def test_the_dft_matrix_is_numpys():
    for N in (1, 2, 7, 12, 64):
        expected = np.fft.fft(np.eye(N))
        np.testing.assert_allclose(frequency_checks.dft_matrix(N), expected, atol=1e-12)


def test_the_mean_of_the_wound_signal_is_its_spectrum():
    for k in range(12):
        result = run(k=k, **ROUGH)
        assert complex(result.wound.mean()) == pytest.approx(complex(np.fft.fft(F)[k]) / 12)
    assert run(k=15).k == 3


def test_the_curve_runs_through_the_wound_samples():
    result = run(n=13, N=20, k=4)
    at = np.round(np.arange(13) * 240 / 12).astype(int)
    np.testing.assert_allclose(result.curve.numpy()[at], result.wound.numpy(), atol=1e-12)


def test_a_painted_gain_is_the_gain_of_a_symmetric_kernel():
    result = run(filter="painted", gain="1 0.5 0 2 0.1 1", N=32)
    assert len(result.h) == 11
    np.testing.assert_allclose(result.h, result.h.flip(0), atol=1e-12)
    j, t = np.arange(6), np.arange(11)
    H = np.exp(-2j * np.pi * j[:, None] * t / 11) @ result.h.numpy()
    np.testing.assert_allclose(abs(H), [1, 0.5, 0, 2, 0.1, 1], atol=1e-12)


def radix2(x, count):
    """A Fourier transform by halves, which counts its multiplications in `count`."""
    N = len(x)
    if N == 1:
        return x
    even, odd = radix2(x[::2], count), radix2(x[1::2], count)
    count[0] += N // 2
    turned = np.exp(-2j * np.pi * np.arange(N // 2) / N) * odd
    return np.concatenate([even + turned, even - turned])


@pytest.mark.parametrize("N", [1, 2, 8, 32, 128])
def test_the_butterflies_are_those_of_a_real_fft(N):
    count, x = [0], np.random.default_rng(N).normal(size=N)
    np.testing.assert_allclose(radix2(x.astype(complex), count), np.fft.fft(x), atol=1e-9)
    assert frequency.butterflies(N) == count[0]


def test_the_costs_by_hand():
    assert frequency.cost_direct(12, 5) == 60
    assert frequency.cost_fft(12, 5) == 4 * (3 * 32 + 16)  # 16 points: 8 · 4 butterflies
    assert frequency.next_power(16) == 16
    assert frequency.next_power(17) == 32
    assert frequency.cost_fft(64, 64) > 64 * 64
    assert frequency.cost_fft(128, 128) < 128 * 128
    assert frequency.crossing() == 128


def test_the_gaussian_keeps_its_shape():
    check = next(c for c in checked(run()) if "exp(−πu²)" in c.claim)
    assert check.lhs == pytest.approx(0.21451, abs=5e-6)
    assert check.rhs == pytest.approx(0.21451, abs=5e-6)


def test_a_wrong_result_would_be_noticed_by_the_checks():
    result = run(N=16, **ROUGH)
    assert failed(result) == []
    moved = result._replace(product=result.product.roll(1))
    moved = moved._replace(wrong=(moved.product - moved.truth).abs() > 1e-9)
    assert [claim[:13] for claim in failed(moved)] == ["N ≥ n + m − 1", "wrong samples"]
    circle = run(boundary="circular", **ROUGH)
    moved = circle._replace(product=circle.product.flip(0))
    assert [claim[:17] for claim in failed(moved)] == ["a circular border"]
    painted = run(filter="painted", N=32)
    moved = painted._replace(gain=painted.gain.flip(0))
    assert [claim[:14] for claim in failed(moved)] == ["a painted gain"]


@settings(max_examples=80, deadline=None)
@given(
    signal=st.sampled_from(frequency.SIGNALS),
    drawn=st.lists(st.floats(-1e6, 1e6).map(lambda v: round(v, 2)), min_size=1, max_size=32),
    n=st.integers(12, 32),
    filter=st.sampled_from([*frequency.FILTERS, "own", "painted"]),
    taps=st.lists(st.floats(-1e6, 1e6).map(lambda v: round(v, 2)), min_size=1, max_size=7),
    gain=st.lists(st.floats(0, 2).map(lambda v: round(v, 2)), min_size=2, max_size=6),
    N=st.integers(1, 64),
    pair=st.sampled_from(frequency.PAIRS),
    boundary=st.sampled_from(BOUNDARIES),
    k=st.integers(0, 64),
)
def test_every_check_holds_wherever_it_applies(**values):
    for name in ("drawn", "taps", "gain"):
        values[name] = " ".join(str(v) for v in values[name])
    values["waves"] = DEFAULT["waves"]
    result = frequency.frequency(**values)
    found = frequency_checks.checks(result, **values)
    assert [check for check in found if check.applies and not check.holds] == []
    assert all(check.why for check in found if not check.applies)
    assert frequency.says(result)
    for panel in figure(result, **values).panels:
        go.Figure(panel.spec())


# --- the picture ---------------------------------------------------------------------------------


def test_the_red_bars_are_the_wrong_samples_and_arrows_say_where_they_come_from():
    panel = pictured(**ROUGH).panels[0]
    by_name = {trace["name"]: trace for trace in panel.traces}
    assert by_name["wrong"]["meta"]["role"] == "wrong"
    assert by_name["wrong"]["x"].tolist() == [0, 1, 2, 3]
    assert by_name["DFT⁻¹(F H)"]["x"].tolist() == list(range(4, 12))
    arrows = by_name["comes round"]["x"].reshape(-1, 3)
    assert arrows[:, :2].tolist() == [[12, 0], [13, 1], [14, 2], [15, 3]]
    right = pictured(N=16, **ROUGH).panels[0]
    assert not [
        trace for trace in right.traces if trace["meta"]["role"] == "wrong" and len(trace["x"])
    ]


@pytest.mark.parametrize("pair", frequency.PAIRS)
@pytest.mark.parametrize("N", [9, 12, 40])
def test_the_handle_at_the_end_of_the_dft_stands_for_its_length(pair, N):
    (handle,) = pictured(pair=pair, N=N).panels[0].handles
    assert handle.params == ("N",)
    assert handle.matrix[0][0] * handle.x + handle.offset[0] == pytest.approx(N)


@pytest.mark.parametrize("values", [{}, {"filter": "painted", "N": 31}])
def test_the_handle_on_the_spectra_stands_for_the_frequency(values):
    for k in (0, 3, 6):
        (handle,) = pictured(k=k, **values).panels[1].handles
        assert handle.matrix[0][0] * handle.x == pytest.approx(k)


def test_the_gain_is_painted_where_it_is_drawn():
    panel = pictured(filter="painted", N=24, gain="1 1 0.5 0").panels[1]
    assert panel.paint.param == "gain"
    painted = next(trace for trace in panel.traces if trace["name"] == "painted")
    curve = next(trace for trace in panel.traces if trace["name"] == "|H|")
    assert painted["x"].tolist() == [0, 1, 2, 3]
    near = np.interp(painted["x"], curve["x"], curve["y"])
    np.testing.assert_allclose(near, [1, 1, 0.5, 0], atol=0.02)
    assert pictured().panels[1].paint is None


def test_the_formula_adds_what_comes_round():
    result = run(**ROUGH)
    line = pictured(**ROUGH).formula[1]
    full = np.convolve(F, H)
    assert line.endswith(f"= {frequency.short(full[0] + full[12])}")
    assert float(result.product[0]) == pytest.approx(full[0] + full[12])
    assert len(pictured(N=16).formula) == 1


def test_the_slider_marks_the_shortest_exact_length():
    param = next(param for param in FREQUENCY.params if param.name == "N")
    for values in ({}, ROUGH, {"filter": "painted"}, {"n": 20, "filter": "difference"}):
        values = DEFAULT | values
        exact = int(frequency.shortest_in_words(frequency.frequency(**values | {"N": 64})))
        assert param.optimum(values) == exact
        assert Tick(param, values) == [values["n"], exact]


def Tick(param, values):
    return [tick.value for tick in param.ticks(values)]


# --- the declaration -----------------------------------------------------------------------------


def test_predictions_have_the_right_answer():
    right = ["4", "16", "F conj H", "N = 12", "nothing"]
    for prediction, answer in zip(FREQUENCY.predictions, right, strict=True):
        values = FREQUENCY.preset(prediction.preset)
        result = FREQUENCY.compute(**values)
        assert prediction.answer(result) == answer
        assert prediction.because.format(**prediction.facts(result))


def test_beliefs_show_what_was_believed():
    believed = [p.beliefs for p in FREQUENCY.predictions]
    assert wrong(run(**believed[0]["none"])) == []
    assert wrong(run(**believed[1]["12"])) == [0, 1, 2, 3]
    circle = FREQUENCY.preset("A circle needs no padding")
    assert wrong(run(**circle)) == []
    assert wrong(run(**circle | believed[3]["N = 16"])) != []
    silent = FREQUENCY.preset("A wave falls silent")
    assert frequency.left_in_words(run(**silent | believed[4]["about a third"])) == "about a third"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"N": 0}, r"N a whole number in \[1, 256\], got 0"),
        ({"n": 0}, "n a whole number"),
        ({"n": 33}, "n a whole number"),
        ({"k": -1}, "k a whole number"),
        ({"signal": "noise"}, "signal to be one of"),
        ({"filter": "sobel"}, "filter to be one of"),
        ({"pair": "both"}, "pair to be one of"),
        ({"boundary": "wrap"}, "boundary to be one of"),
        ({"drawn": ""}, "drawn"),
        ({"drawn": "1 inf"}, "row 1, column 2 of drawn"),
        ({"waves": "1 2 3"}, "waves to be 1 x 2"),
        ({"waves": "1 1e99"}, "waves in"),
        ({"filter": "own", "taps": ""}, "taps"),
        ({"filter": "own", "taps": "1 -1e7"}, r"taps in \[-1e\+06, 1e\+06\], got -1e\+07"),
        ({"filter": "painted", "gain": "1"}, "gain to be 1 x 2"),
    ],
)
def test_bad_values_are_refused_by_name(change, message):
    with pytest.raises(ValueError, match=message):
        run(**change)
