import pytest
import torch
import torch.nn.functional as F

from core.experiments.museum import stride_claims as claims
from core.experiments.museum.stride import INPUT, KERNEL, strided
from core.signature import call, fields
from tests.forgery import failures

GIVEN = {name: field.default for name, field in fields(strided).items()}


def red(run, **values) -> list[str]:
    return failures(claims.checks(run, **GIVEN | values))


def test_the_figures_of_the_report():
    run = strided()
    assert run.shown.tolist() == [[1, 6, 5], [7, 10, 9], [7, 10, 8]]
    assert run.right.tolist() == [[1, 5, 6], [7, 8, 3], [3, 10, 4]]


@pytest.mark.parametrize("stride", [1, 2])
def test_windows_are_those_of_torch(stride):
    x, h = (torch.tensor(each, dtype=torch.float64)[None, None] for each in (INPUT, KERNEL))
    theirs = F.conv2d(x, h, stride=stride, padding=1)[0, 0, :3, :3]
    assert torch.equal(strided(stride=stride).right, theirs)
    assert torch.equal(strided(stride=stride, code="mended").shown, theirs)


def test_which_cells_are_off():
    run = strided()
    assert (run.shown == run.right).nonzero().tolist() == [[0, 0], [1, 0], [2, 1]]
    assert torch.equal(strided(stride=1).shown, strided(stride=1).right)
    assert "6 of 9 cells" in call(claims.says, run, values=GIVEN)


@pytest.mark.parametrize("values", [{}, {"code": "mended"}, {"u": 2, "v": 2, "stride": 1}])
@pytest.mark.parametrize("field", ["x", "shown", "right", "top", "left"])
def test_what_is_off_turns_a_check_red(field, values):
    run = strided(**values)
    assert red(run, **values) == []
    assert red(run._replace(**{field: getattr(run, field) + 1}), **values)


@pytest.mark.parametrize("bad", [{"u": 3}, {"v": -1}, {"stride": 3}])
def test_refusals_name_the_parameter(bad):
    with pytest.raises(ValueError, match=f"expected {next(iter(bad))}"):
        strided(**bad)
