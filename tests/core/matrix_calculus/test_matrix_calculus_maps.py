import numpy as np
import pytest
import torch

from core.matrix_calculus.maps import MAPS, formula_map, jacobian, jet, plane_map, slopes


@pytest.mark.parametrize("name", MAPS)
def test_jacobian_and_hessian_are_those_of_torch(name):
    f, at = plane_map(name), torch.tensor([0.7, -1.2], dtype=torch.float64)
    J, H = jet(f, 0.7, -1.2)
    whole = torch.autograd.functional.jacobian(lambda p: torch.stack(f(p[0], p[1])), at)
    torch.testing.assert_close(J, whole)
    torch.testing.assert_close(jacobian(f, 0.7, -1.2), whole)
    torch.testing.assert_close(H, torch.autograd.functional.hessian(lambda p: f(p[0], p[1])[0], at))
    t = torch.tensor([-1.2, 0.3]).double()
    by_x, by_y = slopes(f, at[0], t)
    torch.testing.assert_close(torch.stack([by_x[0], by_y[0]]), J[0])


def test_the_crease_is_the_only_one_without_a_symmetric_hessian():
    for name in MAPS:
        H = jet(plane_map(name), 0.0, 0.0)[1]
        assert (H == H.T).all() == (name != "crease")
    J, H = jet(plane_map("crease"), 0.0, 0.0)
    assert H.tolist() == [[0, 1], [-1, 0]] and J.tolist() == [[0, 0], [0, 1]]


def test_a_map_of_formulas():
    f = formula_map("x^2 - y^2", "3")
    np.testing.assert_allclose(jacobian(f, 1.0, 2.0), [[2, -4], [0, 0]])
    with pytest.raises(ValueError, match="expected map to be one of"):
        plane_map("rank")
