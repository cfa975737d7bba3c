import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.convolution.operator import BOUNDARIES
from core.experiments.convolution import frequency
from core.experiments.convolution import frequency_claims as claims
from core.words import tex
from pages.experiments.convolution.frequency import EXPERIMENT as FREQUENCY
from tests import contract

DEFAULT = FREQUENCY.defaults()
DRAWN = "0.3 1.7 -2.1 0.4 3.3 -0.6 1.9 -1.2 0.8 2.6 -0.5 1.1"
F = np.array([float(v) for v in DRAWN.split()])
H = np.array([1, -2, 0.5, 3, -1.25])
ROUGH = {"signal": "drawn", "drawn": DRAWN, "filter": "own", "taps": "1 -2 0.5 3 -1.25"}
PADS = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}
run = frequency.frequency


def failed(result):
    return [check.claim for check in claims.checks(result) if check.applies and not check.holds]


def pictured(**values):
    values = DEFAULT | values
    return FREQUENCY.figure(FREQUENCY.compute(**values), **values)


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


def test_the_experiment_warns_of_truncation_and_shows_what_comes_out():
    result = run(N=8, **ROUGH)
    assert result.cut == 4
    assert claims.says(result).startswith("Warning: N = 8 is shorter than f (12 samples)")
    full = np.convolve(F[:8], H)
    full[:4] += full[8:]
    np.testing.assert_allclose(result.product, full[:8], atol=1e-12)
    silent = [c.why for c in claims.checks(result) if c.id == "CNN-12" and not c.applies]
    assert ["truncates" in why for why in silent] == [True, True]
    assert claims.says(run(N=8, filter="painted", n=8)).startswith(
        "Warning: N = 8 is shorter than h (11 taps)"
    )


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_without_the_flip_the_conjugate_gives_numpys_correlation(boundary):
    result = run(pair="conj", boundary=boundary, N=16, **ROUGH)
    if boundary == "zero":
        np.testing.assert_allclose(result.direct, np.correlate(F, H, "full"), atol=1e-12)
        np.testing.assert_allclose(result.product, result.direct, atol=1e-12)
        assert result.first == -4
    else:
        padded = np.pad(F, (0, 4), PADS[boundary])
        np.testing.assert_allclose(result.direct, np.correlate(padded, H, "valid"), atol=1e-12)
        assert result.first == 0


@pytest.mark.parametrize("boundary", ["reflect", "replicate", "circular"])
def test_with_another_border_the_sum_is_numpys_on_the_padded_signal(boundary):
    result, padded = run(boundary=boundary, **ROUGH), np.pad(F, (4, 0), PADS[boundary])
    np.testing.assert_allclose(result.direct, np.convolve(padded, H, "valid"), atol=1e-12)
    assert wrong(result) == ([] if boundary == "circular" else [0, 1, 2, 3])
    # padding does not help: it is the border that is missing
    assert wrong(run(boundary=boundary, N=16, **ROUGH)) == [0, 1, 2, 3]


def test_the_plain_product_is_wrong_for_the_correlation_and_the_conjugate_right():
    assert len(wrong(run(pair="corr", N=16, **ROUGH))) == 16
    assert wrong(run(pair="conj", N=16, **ROUGH)) == []
    result = run(pair="corr", N=16, **ROUGH)
    assert any("it must be conj H" in c.why for c in claims.checks(result) if not c.applies)
    assert "14 of 16 samples are wrong" in claims.says(run(pair="corr", N=16, filter="echo"))


def test_a_short_dft_of_a_correlation_spoils_its_first_lags():
    assert wrong(run(pair="conj", **ROUGH)) == [-4, -3, -2, -1]
    assert "u = -4, -3, -2, -1" in claims.says(run(pair="conj", **ROUGH))


def test_the_mean_of_the_wound_signal_is_its_spectrum():
    for k, share in enumerate(np.fft.fft(F) / 12):
        assert complex(run(**ROUGH).wound(k).mean()) == pytest.approx(complex(share))
    assert "F[3]" in pictured(k=15).panels[2].title


def test_the_curve_runs_through_the_wound_samples():
    _, _, curve, samples, _ = pictured(n=13, N=20, k=4).panels[2].traces
    at = np.round(np.arange(13) * 240 / 12).astype(int)
    for axis in "xy":
        np.testing.assert_allclose(curve[axis][at], samples[axis], atol=1e-6)


def test_a_painted_gain_is_the_gain_of_a_symmetric_kernel():
    result = run(filter="painted", gain="1 0.5 0 2 0.1 1", N=32)
    assert len(result.h) == 11
    np.testing.assert_allclose(result.h, result.h.flip(0), atol=1e-12)
    j, t = np.arange(6), np.arange(11)
    H = np.exp(-2j * np.pi * j[:, None] * t / 11) @ result.h.numpy()
    np.testing.assert_allclose(abs(H), [1, 0.5, 0, 2, 0.1, 1], atol=1e-12)


def test_the_gaussian_keeps_its_shape():
    check = next(c for c in claims.checks(run()) if "exp(−πu²)" in c.claim)
    assert (check.lhs, check.rhs) == pytest.approx((0.21451, 0.21451), abs=5e-6)


def test_a_wrong_result_would_be_noticed_by_the_checks():
    result = run(N=16, **ROUGH)
    assert failed(result) == []
    moved = result._replace(product=result.product.roll(1))
    assert len(failed(moved)) == 3
    circle = run(boundary="circular", **ROUGH)
    moved = circle._replace(direct=circle.direct.flip(0))
    assert ["on a circle" in claim for claim in failed(moved)] == [True]
    for field in ("F", "H", "curve"):  # what the panel of the spectra draws
        drawn = result._replace(**{field: getattr(result, field).roll(1)})
        assert any("as drawn" in claim for claim in failed(drawn)), field
    painted = run(filter="painted", N=32)
    moved = painted._replace(gain=painted.gain.flip(0))
    assert [claim[:14] for claim in failed(moved)] == ["a painted gain"]


@pytest.mark.parametrize("size", [1e-8, 1.0, 1e5])
def test_a_signal_is_judged_on_its_own_scale(size):
    small = " ".join(f"{size * value:.6g}" for value in F)
    result = run(**ROUGH | {"drawn": small})
    assert wrong(result) == [0, 1, 2, 3] and failed(result) == []
    assert "by up to 0" not in claims.says(result)
    assert len(failed(result._replace(product=1.001 * result.product))) == 2
    outputs = pictured(waves=f"1 {size},3 0,5 0").panels[0].layout["yaxis"]["range"]
    assert size < outputs[1] < 3 * size


def numbers(low, high, least, most):
    """Texts of `least` to `most` numbers."""
    one = st.floats(low, high).map(lambda value: str(round(value, 2)))
    return st.lists(one, min_size=least, max_size=most).map(" ".join)


@settings(max_examples=25, deadline=None)
@given(
    signal=st.sampled_from(["waves", "drawn"]), drawn=numbers(-1e6, 1e6, 1, 32),
    n=st.integers(12, 32), filter=st.sampled_from(frequency.CHOICES),
    taps=numbers(-1e6, 1e6, 1, 7), gain=numbers(0, 2, 2, 6), N=st.integers(1, 64),
    pair=st.sampled_from(["conv", "corr", "conj"]), boundary=st.sampled_from(BOUNDARIES),
)  # fmt: skip
def test_every_check_holds_for_numbers_of_any_size(**values):
    contract.answers(FREQUENCY, DEFAULT | values)


# --- the picture ---------------------------------------------------------------------------------


def test_the_red_bars_are_the_wrong_samples_and_arrows_say_where_they_come_from():
    panel = pictured(**ROUGH).panels[0]
    by_name = {trace["name"]: trace for trace in panel.traces}
    assert by_name["wrong"]["x"].tolist() == [0, 1, 2, 3]
    assert by_name["DFT⁻¹(F H)"]["x"].tolist() == list(range(4, 12))
    arrows = by_name["comes round"]["x"].reshape(-1, 3)
    assert arrows[:, :2].tolist() == [[12, 0], [13, 1], [14, 2], [15, 3]]
    right = pictured(N=16, **ROUGH).panels[0].traces
    assert not [t for t in right if t["meta"]["role"] == "wrong" and len(t["x"])]


@pytest.mark.parametrize("pair", ["conv", "corr", "conj"])
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
    painted, curve = (next(t for t in panel.traces if t["name"] == n) for n in ("painted", "|H|"))
    assert painted["x"].tolist() == [0, 1, 2, 3]
    near = np.interp(painted["x"], curve["x"], curve["y"])
    np.testing.assert_allclose(near, [1, 1, 0.5, 0], atol=0.02)
    assert pictured().panels[1].paint is None


def test_the_formula_adds_what_comes_round():
    result = run(**ROUGH)
    line = pictured(**ROUGH).formula[1]
    full = np.convolve(F, H)
    assert line.endswith(f"= {tex(full[0] + full[12])}")
    assert float(result.product[0]) == pytest.approx(full[0] + full[12])
    assert len(pictured(N=16).formula) == 1


def test_the_slider_marks_the_shortest_exact_length():
    param = next(param for param in FREQUENCY.params if param.name == "N")
    for values in ({}, ROUGH, {"filter": "painted"}, {"n": 20, "filter": "difference"}):
        values = DEFAULT | values
        result = FREQUENCY.compute(**values | {"N": 64})
        tries = range(max(len(result.f), len(result.h)), 64)
        exact = next(N for N in tries if claims.right_at(result, N, False))
        assert param.optimum(values) == exact
        assert [tick.value for tick in param.ticks(values)] == [values["n"], exact]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"signal": "drawn", "drawn": ""}, "drawn"),
        ({"signal": "drawn", "drawn": "1 inf"}, "row 1, column 2 of drawn"),
        ({"waves": "1 2 3"}, "waves to be 1 x 2"),
        ({"waves": "1 1e99"}, "waves in"),
        ({"filter": "own", "taps": ""}, "taps"),
        ({"filter": "own", "taps": "1 -1e7"}, r"taps in \[-1e\+06, 1e\+06\], got -1e\+07"),
        ({"filter": "painted", "gain": "1"}, "gain to be 1 x 2"),
    ],
)
def test_what_is_no_table_is_refused_by_name(change, message):
    with pytest.raises(ValueError, match=message):
        run(**change)
