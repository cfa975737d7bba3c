import math

import numpy as np
import pytest
import scipy.signal
import torch

from core.experiments.recurrence import pad_claims as claims
from core.experiments.recurrence.pad import TUNE, echo
from pages.experiments.recurrence.pad import EXPERIMENT as PAD
from tests.forgery import failures

DEFAULT = PAD.defaults()


def red(run, **values) -> list[str]:
    return failures(PAD.checks(run, **DEFAULT | values))


def said(**values) -> str:
    values = DEFAULT | values
    return PAD.says(PAD.compute(**PAD.inputs(values)), **values)


@pytest.mark.parametrize("signal", ["impulse", "step", "noise", "drawn"])
@pytest.mark.parametrize(
    ("modulus", "angle"), [(0.95, 0.3), (0.4, 2.0), (1.1, 0.0), (0.9, math.pi)]
)
def test_the_echo_is_a_filter_with_two_poles(signal, modulus, angle):
    run = echo(modulus, angle, signal, T=60)
    c = modulus * math.cos(angle)
    # 1/(s − λ) summed over both, over 2: (s − Re λ)/(s² − 2 Re λ s + |λ|²), one step late
    theirs = scipy.signal.lfilter([0, 1, -c], [1, -2 * c, modulus**2], run.x)
    late = scipy.signal.lfilter([0, 0, modulus * math.sin(angle)], [1, -2 * c, modulus**2], run.x)
    np.testing.assert_allclose(run.z[:-1, 0], theirs, atol=1e-9 * float(run.z.abs().max()))
    np.testing.assert_allclose(run.z[:-1, 1], late, atol=1e-9 * float(run.z.abs().max()))
    assert red(run, modulus=modulus, angle=angle) == []


def test_one_push_turns_and_fades():
    run, k = echo(0.9, 0.5, T=30), np.arange(30)
    np.testing.assert_allclose(run.z[1:, 0], 0.9**k * np.cos(0.5 * k), atol=1e-12)
    np.testing.assert_allclose(run.z[1:, 1], 0.9**k * np.sin(0.5 * k), atol=1e-12)


@pytest.mark.parametrize(("modulus", "half"), [(0.9, 6.58), (0.95, 13.51), (0.99, 68.97)])
def test_half_lives(modulus, half):
    run = echo(modulus, 0.0, T=240)
    assert run.half == pytest.approx(half, abs=0.005)
    size = run.z[1:, 0].numpy()
    assert int((size < 0.5).argmax()) == math.ceil(half)


def test_a_step_settles_or_walks_in_a_circle():
    lam = 0.8 * complex(math.cos(0.7), math.sin(0.7))
    last = echo(0.8, 0.7, "step", T=200).z[-1].tolist()
    assert complex(*last) == pytest.approx(1 / (1 - lam))
    far = echo(1.0, 0.2, "step", T=240).z
    centre = 1 / (1 - complex(math.cos(0.2), math.sin(0.2)))
    away = torch.hypot(far[:, 0] - centre.real, far[:, 1] - centre.imag)
    torch.testing.assert_close(away, torch.full_like(away, abs(centre)))
    grows = torch.arange(41, dtype=torch.float64)
    torch.testing.assert_close(echo(1.0, 0.0, "step", T=40).z[:, 0], grows)


def test_inputs():
    noise = echo(signal="noise", seed=3).x
    assert torch.equal(noise, echo(signal="noise", seed=3).x)
    assert not torch.equal(noise, echo(signal="noise", seed=4).x)
    drawn = echo(signal="drawn", T=60).x
    assert drawn[:40].tolist() == [float(v) for v in TUNE.split()] and not drawn[40:].any()
    assert echo(signal="drawn", drawn="1 2 3", T=2).x.tolist() == [1, 2]


def test_the_classic_network_is_another_one():
    run = echo(1.02, form="classic")
    assert float(run.classic.abs().max()) < 1 < float(run.z.abs().max())
    w = torch.zeros(2).double()
    turn = run.eigenvalues.imag.max() / 1.02, run.eigenvalues.real[0] / 1.02
    for t, x in enumerate(run.x):
        w = torch.tanh(1.02 * torch.stack([turn[1] * w[0] - turn[0] * w[1] + x / 1.02,
                                           turn[0] * w[0] + turn[1] * w[1]]))  # fmt: skip
        torch.testing.assert_close(run.classic[t + 1], w)
    found = PAD.checks(run, **DEFAULT | {"modulus": 1.02, "form": "classic"})
    assert all(c.holds and c.applies for c in found)
    silent = echo(form="classic", signal="drawn", drawn="0 0")
    assert not PAD.checks(silent, **DEFAULT | {"form": "classic"})[-1].applies


@pytest.mark.parametrize("field", ["x", "z", "eigenvalues", "half", "classic"])
@pytest.mark.parametrize("values", [{}, {"modulus": 1.1, "signal": "noise"}, {"angle": 0.0}])
def test_what_is_off_turns_a_check_red(field, values):
    values = values | {"form": "classic"}
    run = echo(**values)
    assert red(run, **values) == []
    assert red(run._replace(**{field: getattr(run, field) * 1.001}), **values)


def test_no_check_is_red_at_the_edges():
    for modulus in (0.0, 1e-300, 1e-9, 0.5, 1.0, 1 + 1e-12, 1.2):
        for angle in (0.0, 1e-300, 1e-7, 1.5707963, 3.14159, math.pi, 3.1416):
            for signal in ("impulse", "noise", "drawn"):
                for T, t in ((2, 0), (240, 240), (240, 13)):
                    values = {"modulus": modulus, "angle": angle, "signal": signal, "T": T}
                    run = echo(**values, form="classic")
                    assert red(run, **values, t=t, form="classic") == [], values


def test_sentences():
    assert "is halved in 13.5 steps and turns round in 20.9" in said()
    assert "is gone one step later." in said(modulus=0.0)
    assert "never fades and does not turn" in said(modulus=1.0, angle=0.0)
    assert "doubles in 7.27 steps" in said(modulus=1.1)
    assert "changes its sign at every step" in said(angle=3.141592654)
    assert "At step 0 the state is (0, 0)." in said(t=0)


def test_what_the_question_tells_of_fifty_steps():
    (question,) = [p for p in PAD.predictions if "0.99" in p.question]
    assert f"50 steps leave {100 * 0.99**50:.0f} %" in question.because


def test_the_answers():
    assert claims.answers["half"](echo(0.99))[0] == pytest.approx(69, abs=0.05)
    sign = claims.answers["sign"]
    assert sign(echo(0.9, math.pi)) == "flips" and sign(echo(0.9, 0.0)) == "falls"
    assert sign(echo(0.9, 0.3)) == "swings" and sign(echo(0.0)) == "none"


def test_the_pair_is_dragged_by_size_and_angle():
    picture = PAD.figure(echo(), **DEFAULT)
    assert [p.name for p in picture.panels] == ["disc", "echo", "inputs", "path"]
    (handle,) = picture.panels[0].handles
    assert handle.polar and handle.params == ("modulus", "angle")
    assert math.hypot(handle.x, handle.y) == pytest.approx(0.95)
    assert math.atan2(handle.y, handle.x) == pytest.approx(0.3)
    bars = picture.panels[2].traces[1]["y"]
    assert bars.sum() == pytest.approx(float(echo().z[20, 0]), abs=1e-6)


@pytest.mark.parametrize(
    "bad", [{"modulus": 1.3}, {"angle": -0.1}, {"T": 1}, {"T": 241}, {"signal": "sine"}]
)
def test_refusals_name_the_parameter(bad):
    with pytest.raises(ValueError, match=f"expected {next(iter(bad))}"):
        echo(**bad)


@pytest.mark.parametrize("drawn", ["", "1 x", "nan", "11", "1e-300", "1,2", "0 " * 65])
def test_refusals_of_a_drawing(drawn):
    with pytest.raises(ValueError, match="drawn"):
        echo(signal="drawn", drawn=drawn)
