import pytest
import torch

from core.cnn.layer import decimal, layer, layer_gradient
from core.convolution import backward, convolve


@pytest.mark.parametrize("mode", ["valid", "same", "full"])
@pytest.mark.parametrize("flip", [False, True])
def test_a_map_is_a_sum_of_two_dimensional_convolutions(mode, flip, generator):
    x = torch.randn(4, 6, 5, dtype=torch.float64, generator=generator)
    weight = torch.randn(6, 2, 3, 2, dtype=torch.float64, generator=generator)
    bias = torch.randn(6, dtype=torch.float64, generator=generator)
    y = layer(x, weight, bias, mode=mode, groups=2, flip=flip)
    for k in range(6):
        own = x[:2] if k < 3 else x[2:]
        parts = [convolve(own[c], weight[k, c], mode, flip=flip) for c in range(2)]
        torch.testing.assert_close(y[k], bias[k] + sum(parts))


@pytest.mark.parametrize("mode", ["valid", "same"])
@pytest.mark.parametrize("flip", [False, True])
def test_the_gradient_of_a_layer_is_autograd_and_that_of_the_engine(mode, flip, generator):
    x = torch.randn(2, 6, 5, dtype=torch.float64, generator=generator).requires_grad_()
    weight = torch.randn(3, 2, 3, 2, dtype=torch.float64, generator=generator)
    y = layer(x, weight, weight.new_zeros(3), mode=mode, flip=flip)
    delta = torch.randn(y.shape, dtype=torch.float64, generator=generator)
    (exact,) = torch.autograd.grad(y, x, delta)
    mine = layer_gradient(delta, weight, mode=mode, flip=flip)
    torch.testing.assert_close(mine, exact)
    for c in range(2):
        parts = [backward(delta[k], x[c].detach(), weight[k, c], mode, flip)[0] for k in range(3)]
        torch.testing.assert_close(mine[c], sum(parts))


def test_decimal_takes_the_hair_off_a_sum_and_leaves_the_gradient():
    z = torch.tensor([0.1 + 0.2 - 0.3, 1.23 + 1e-13], dtype=torch.float64, requires_grad=True)
    tidy = decimal(z)
    assert tidy.tolist() == [0.0, 1.23]
    (grad,) = torch.autograd.grad(tidy @ torch.tensor([2.0, 3.0], dtype=torch.float64), z)
    assert grad.tolist() == [2.0, 3.0]


def test_a_layer_that_does_not_fit_is_refused():
    x, b = torch.zeros(4, 5, 5, dtype=torch.float64), torch.zeros(2, dtype=torch.float64)
    with pytest.raises(ValueError, match="expected groups to divide"):
        layer(x, torch.zeros(2, 1, 3, 3, dtype=torch.float64), b, groups=2)
    with pytest.raises(ValueError, match="expected groups"):
        layer(x, torch.zeros(2, 4, 3, 3, dtype=torch.float64), b, groups=0)
    with pytest.raises(ValueError, match="expected x"):
        layer(x[0], torch.zeros(2, 4, 3, 3, dtype=torch.float64), b)
    with pytest.raises(ValueError, match="span"):
        layer(x, torch.zeros(2, 4, 6, 6, dtype=torch.float64), b)
