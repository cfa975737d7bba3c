import numpy as np
import pytest
import torch
from scipy.signal import lfilter

from core.experiments.recurrence import unrolled_claims as claims
from core.experiments.recurrence.unrolled import inputs, unrolled
from pages.experiments.recurrence.unrolled import EXPERIMENT as UNROLLED
from pages.figures.recurrence.unrolled import figure
from tests.forgery import failures, forgeries

AT = {"r": 0.9, "omega": 0.5, "x": "echo", "drawn": "1 2 1", "T": 40}


def red(run, **values) -> list[str]:
    return failures(claims.checks(run, **AT | values))


@pytest.mark.parametrize("r", [0.0, 0.3, 0.97, 1.05])
@pytest.mark.parametrize("omega", [0.0, 0.5, 3.0])
def test_the_output_is_a_filter_of_second_order(r, omega):
    """h = rᵏ cos ωk is (1 − r cos ω/q)/(1 − 2 r cos ω/q + r²/q²), one step late."""
    run = unrolled(r=r, omega=omega, x="noise", T=100)
    c = r * np.cos(omega)
    told = lfilter([1, -c], [1, -2 * c, r * r], run.x.numpy())
    for y in (run.steps, run.scan, run.fft):
        np.testing.assert_allclose(y[1:], told, rtol=0, atol=1e-8)
        assert float(y[0]) == pytest.approx(0, abs=1e-12)


def test_one_impulse_leaves_the_kernel():
    run = unrolled(x="impulse", omega=0.0)
    np.testing.assert_allclose(run.steps[4:], 0.9 ** np.arange(37), atol=1e-12)
    assert (run.steps[:4] == 0).all()


def test_two_impulses_add_up():
    run = unrolled(x="echo")
    alone = np.zeros((2, 41))
    for row, at in zip(alone, (3, 15)):
        row[at + 1 :] = run.h[: 40 - at]
    np.testing.assert_allclose(run.steps, alone.sum(0), atol=1e-12)


def test_a_loop_that_forgets_nothing_adds_up():
    run = unrolled(r=1.0, omega=0.0, x="step")
    np.testing.assert_allclose(run.steps[1:], run.x.cumsum(0))


def test_the_drawn_input_is_followed_by_zeros_or_cut():
    assert inputs("drawn", "1 2 3", 5).tolist() == [1, 2, 3, 0, 0]
    assert inputs("drawn", "1 2 3 4 5 6", 4).tolist() == [1, 2, 3, 4]
    for drawn in ("0", "1000000", "1e-9 0 5"):
        assert red(unrolled(x="drawn", drawn=drawn), x="drawn", drawn=drawn) == []


@pytest.mark.parametrize("values", [{}, {"x": "noise", "r": 1.05, "T": 256}, {"T": 4, "x": "step"}])
def test_what_is_off_turns_a_check_red(values):
    run = unrolled(**values)
    assert red(run, **values) == []
    for name, forged in forgeries(run):
        assert red(forged, **values), name


def test_unturned_is_another_sum():
    run = unrolled(x="noise", T=20)
    told = [float((run.h[:t] * run.x[:t]).sum()) for t in range(21)]
    np.testing.assert_allclose(run.unturned, told, atol=1e-12)


def test_the_kernel_that_the_question_tells():
    told = ", ".join(f"{0.9**k * np.cos(0.5 * k):.2g}" for k in range(3))
    assert f"a number of the kernel {told}, …" in UNROLLED.predictions[0].question
    assert (UNROLLED.defaults()["r"], UNROLLED.defaults()["omega"]) == (0.9, 0.5)
    assert set(UNROLLED.presets[UNROLLED.predictions[0].preset]) == {"k"}


def test_the_answers():
    run = unrolled()
    assert claims.answers["oldest"](run)[0] == "tail"
    assert claims.answers["oldest"](run, turned=False)[0] == "head"
    assert claims.answers["rounds"](unrolled(T=64))[0] == 9


@pytest.mark.parametrize(
    ("r", "part"),
    [(0.9, "after 44 steps"), (0.0, "after 1 step."), (0.005, "after 1 step."), (1.0, "forgotten")],
)
def test_the_sentence(r, part):
    run = unrolled(r=r)
    assert part in claims.says(run, r=r, T=40, k=39)
    assert "42 rounds, the scan 8" in claims.says(run, r=r, T=40, k=400)


def test_the_picture():
    run = unrolled(x="drawn", drawn="1 2 1")
    picture = figure(run, r=0.9, x="drawn", drawn="1 2 1", T=40, k=255)
    assert [p.name for p in picture.panels] == ["laid", "output", "kernel", "cost"]
    assert picture.panels[0].paint.param == "drawn" and picture.frames == 40
    assert picture.panels[2].handles[0].params == ("r",)
    wrong = figure(run, r=0.9, x="drawn", drawn="1 2 1", T=40, turned=False, count="rounds")
    assert any(t["name"] == "not turned" for t in wrong.panels[1].traces)


@pytest.mark.parametrize("bad", [{"T": 3}, {"r": 1.2}, {"omega": 4.0}, {"x": "sine"}])
def test_refusals_name_the_parameter(bad):
    with pytest.raises(ValueError, match=f"expected {next(iter(bad))}"):
        unrolled(**bad)


def test_a_drawing_that_is_none_is_refused():
    with pytest.raises(ValueError, match="drawn"):
        unrolled(x="drawn", drawn="1 two 3")
    assert torch.isfinite(unrolled(x="echo", drawn="1 two 3").steps).all()
