import numpy as np
import pytest
import torch

from core.experiments.museum import warmup_claims as claims
from core.experiments.museum.warmup import STEPS, warmup
from core.signature import call, fields
from tests.forgery import failures

GIVEN = {name: field.default for name, field in fields(warmup).items()}


def red(run, **values) -> list[str]:
    return failures(claims.checks(run, **GIVEN | values))


@pytest.mark.parametrize("f", ["slope", "bowl"])
@pytest.mark.parametrize(("beta1", "beta2"), [(0.9, 0.999), (0.5, 0.99), (0.0, 0.9)])
def test_the_mended_code_is_that_of_torch(f, beta1, beta2):
    x = torch.tensor([1.5], dtype=torch.float64, requires_grad=True)
    adam, theirs = torch.optim.Adam([x], lr=0.05, betas=(beta1, beta2)), [1.5]
    for _ in range(STEPS):
        adam.zero_grad()
        (x if f == "slope" else x * x / 2).sum().backward()
        adam.step()
        theirs.append(x.item())
    run = warmup(code="mended", f=f, lr=0.05, beta1=beta1, beta2=beta2)
    np.testing.assert_allclose(run.x, theirs, atol=1e-12)


def test_the_first_steps_of_the_published_code_by_hand():
    assert float(warmup().length[0]) == pytest.approx(1.0, abs=1e-5)  # 0.1² / 0.01
    assert float(warmup(beta2=0.999).length[0]) == pytest.approx(10.0, abs=1e-3)
    two = (1 - 0.81) ** 2 / (1 - 0.99**2)
    assert float(warmup().length[1]) == pytest.approx(two, rel=1e-5)
    k = np.arange(1, STEPS + 1)
    longest = ((1 - 0.9**k) ** 2 / (1 - 0.999**k)).max()
    assert float(warmup(beta2=0.999).length.max()) == pytest.approx(longest, abs=1e-3)


def test_on_a_slope_every_mended_step_is_the_rate():
    run = warmup(code="mended", lr=0.03, beta1=0.7, beta2=0.95)
    np.testing.assert_allclose(run.length, 1, atol=1e-6)
    assert "Every step" in call(claims.says, run, values=GIVEN | {"code": "mended"})


@pytest.mark.parametrize("values", [{}, {"code": "mended"}, {"f": "bowl", "beta2": 0.999}])
@pytest.mark.parametrize("field", ["x", "length", "right"])
def test_what_is_off_turns_a_check_red(field, values):
    run = warmup(**values)
    assert red(run, **values) == []
    assert red(run._replace(**{field: getattr(run, field) * 1.01 + 0.01}), **values)


@pytest.mark.parametrize("bad", [{"lr": 0.0}, {"beta1": 1.0}, {"beta2": -0.1}, {"x0": 3.0}])
def test_refusals_name_the_parameter(bad):
    with pytest.raises(ValueError, match=f"expected {next(iter(bad))}"):
        warmup(**bad)
