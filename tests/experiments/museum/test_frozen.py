import pytest
import torch

from core.experiments.museum import frozen_claims as claims
from core.experiments.museum.frozen import STEPS, frozen, pictures
from core.signature import call, fields
from tests.forgery import failures

GIVEN = {name: field.default for name, field in fields(frozen).items()}


def red(run, **values) -> list[str]:
    return failures(claims.checks(run, **GIVEN | values))


@pytest.mark.parametrize(("code", "x"), [("published", 0.3), ("mended", 0.0), ("mended", 1.0)])
def test_the_run_is_that_of_torch(code, x):
    shrink = 0.999999 if code == "mended" else 1.0
    start = torch.atanh(torch.tensor([shrink * (2 * x - 1)], dtype=torch.float64))
    w = start.clone().requires_grad_()
    adam, theirs = torch.optim.Adam([w], lr=0.2), [(float(start.tanh()) + 1) / 2]
    for _ in range(STEPS):
        adam.zero_grad()
        (((w.tanh() + 1) / 2 - 0.5) ** 2 / 2).sum().backward()
        adam.step()
        theirs.append((w.tanh().item() + 1) / 2)
    torch.testing.assert_close(
        frozen(code, x).path, torch.tensor(theirs, dtype=torch.float64), rtol=0, atol=1e-6
    )


@pytest.mark.parametrize("x", [0.0, 1.0])
def test_black_and_white_stay_as_published_and_move_when_mended(x):
    stays, moves = frozen(x=x), frozen("mended", x)
    assert stays.path.tolist() == [x] * (STEPS + 1) and stays.slope == 0
    assert abs(float(moves.path[-1]) - 0.5) < 0.01
    assert moves.slope == pytest.approx(1e-6, rel=1e-5)
    assert "stays at" in call(claims.says, stays, values=GIVEN | {"x": x})


def test_half_of_a_digit_is_black_or_white():
    image = pictures()[0]
    assert image.shape == (8, 8) and 0 <= float(image.min()) <= float(image.max()) <= 1
    assert int(frozen().stuck.sum()) == int(((image == 0) | (image == 1)).sum()) == 29
    one = pictures()[1]
    assert int(frozen(digit=1).stuck.sum()) == int(((one == 0) | (one == 1)).sum()) == 45
    assert int(frozen("mended").stuck.sum()) == 0


@pytest.mark.parametrize("values", [{}, {"code": "mended"}, {"x": 0.4, "wish": 0.9}])
@pytest.mark.parametrize("field", ["path", "slope", "image", "stuck"])
def test_what_is_off_turns_a_check_red(field, values):
    run = frozen(**values)
    assert red(run, **values) == []
    off = getattr(run, field)
    off = ~off if field == "stuck" else off * 1.01 + 0.01
    assert red(run._replace(**{field: off}), **values)


@pytest.mark.parametrize("bad", [{"x": 1.1}, {"wish": -0.1}, {"lr": 0.0}, {"digit": 1797}])
def test_refusals_name_the_parameter(bad):
    with pytest.raises(ValueError, match=f"expected {next(iter(bad))}"):
        frozen(**bad)
