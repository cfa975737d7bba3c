import numpy as np
import pytest
import torch

from core.convolution import doubly_block_toeplitz
from core.experiments.cnn import ledger
from core.experiments.cnn.ledger_claims import says
from pages.experiments.cnn.ledger import EXPERIMENT as LEDGER

SMALL = {"m": 5, "n": 6, "c": 2, "p": 3, "q": 2, "K": 4}


def run(**values):
    return ledger.ledger(**values)


def checked(result, **values):
    return LEDGER.checks(result, **LEDGER.defaults() | values)


def test_the_numbers_of_the_sheet_and_the_right_ones():
    result = run()
    assert result.counted == (456, 357_504, 14_455_392)
    assert result.printed == (156, 352_806, 14_450_694)
    assert result.output == (28, 28, 6)


def test_weights_and_biases_counted_one_by_one():
    m, n, c, p, q, K = SMALL.values()
    windows = [(i, j) for i in range(m - p + 1) for j in range(n - q + 1)]
    cells = [(a, b, channel) for a in range(p) for b in range(q) for channel in range(c)]
    shared = {("weight", k, cell) for k in range(K) for cell in cells}
    shared |= {("bias", k) for k in range(K)}
    local = {("weight", k, at, cell) for k in range(K) for at in windows for cell in cells}
    local |= {("bias", k, at) for k in range(K) for at in windows}
    pixels = [(i, j, channel) for i in range(m) for j in range(n) for channel in range(c)]
    full = {("weight", k, at, pixel) for k in range(K) for at in windows for pixel in pixels}
    full |= {("bias", k, at) for k in range(K) for at in windows}
    assert run(**SMALL).counted == (len(shared), len(local), len(full))


def test_the_locally_connected_module_with_equal_weights_is_the_convolution():
    m, n, c, p, q, K = SMALL.values()
    convolution, local, full = (
        each.to_empty(device="cpu").double() for each in ledger.layers(*SMALL.values())
    )
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(1, c, m, n, generator=generator, dtype=torch.float64)
    outputs = (m - p + 1) * (n - q + 1)
    with torch.no_grad():
        convolution.weight.copy_(torch.randn(K, c, p, q, generator=generator, dtype=torch.float64))
        convolution.bias.copy_(torch.randn(K, generator=generator, dtype=torch.float64))
        local.weight.copy_(convolution.weight.reshape(K, -1, 1).repeat(outputs, 1, 1))
        local.bias.copy_(convolution.bias.repeat(outputs))
        windows = torch.nn.functional.unfold(x, (p, q))  # (1, pqc, outputs)
        made = local(windows.transpose(1, 2).reshape(1, -1, 1)).view(outputs, K).T
        expected = convolution(x)
        torch.testing.assert_close(made.reshape(1, K, m - p + 1, n - q + 1), expected)
        # and the fully connected one can be the convolution too, as its Toeplitz matrix
        blocks = [
            torch.cat(
                [
                    doubly_block_toeplitz(
                        convolution.weight[k, channel], (m, n), "valid", flip=False
                    )
                    for channel in range(c)
                ],
                dim=1,
            )
            for k in range(K)
        ]
        full.weight.copy_(torch.cat(blocks))
        full.bias.copy_(convolution.bias.repeat_interleave(outputs))
        torch.testing.assert_close(full(x.flatten(1)), expected.flatten(1))


@pytest.mark.parametrize(
    ("m", "n", "p", "q", "K"), [(7, 9, 3, 1, 2), (7, 7, 7, 7, 1), (7, 12, 1, 5, 3)]
)
def test_the_output_has_the_shape_torch_says(m, n, p, q, K):
    assert run(m=m, n=n, p=p, q=q, K=K).output == (m - p + 1, n - q + 1, K)


def test_with_one_channel_the_printed_formula_of_the_convolution_is_right():
    one, two = run(c=1), run(c=2)
    assert one.printed[0] == one.counted[0] == 156
    assert two.printed[0] == 156 < two.counted[0]
    printed = [c for c in checked(two, c=2) if "forgets the channels" in c.claim]
    assert not printed[0].applies and "the sheet says 156" in printed[0].why
    assert "happens to be right" in says(one, c=1, printed=True)
    assert "156: it forgets the 2 channels" in says(two, c=2, printed=True)


@pytest.mark.parametrize("values", [{}, {"c": 1}, {"layer": "fully_connected"}])
def test_the_printed_counts_are_drawn_and_said_only_when_asked_for(values):
    for printed in (False, True):
        values = LEDGER.defaults() | values | {"printed": printed}
        result = LEDGER.compute(**LEDGER.inputs(values))
        picture = LEDGER.figure(result, **values)
        told = str(picture.formula) + LEDGER.says(result, **values)
        told += "".join(panel.title + panel.alt + str(panel.traces) for panel in picture.panels)
        assert ("printed" in told) == printed and "sheet" not in told


def test_a_kernel_as_large_as_the_image_makes_all_three_the_same():
    values = {"m": 7, "n": 7, "p": 7, "q": 7}
    result = run(**values)
    assert result.output == (1, 1, 6)
    assert len(set(result.counted)) == 1 and result.printed[1:] == result.counted[1:]
    assert "one window" in says(result, c=3, printed=False)


def test_the_convolution_alone_does_not_grow_with_the_image():
    small, large = run(m=16, n=16), run(m=32, n=32)
    assert small.on(32, 32)[:3] == large.counted
    assert small.counted[0] == large.counted[0]
    assert large.counted[1] / small.counted[1] == pytest.approx((28 / 12) ** 2)
    growth = np.array([small.on(side, side)[:3] for side in range(5, 65)]).T
    assert (growth[0] == growth[0, 0]).all()
    assert (np.diff(growth[1:], axis=1) > 0).all()
    assert growth[:, 16 - 5].tolist() == list(small.counted)


def test_a_wrong_count_is_noticed():
    result = run()
    for wrong in (
        {"counted": (156, 357_504, 14_455_392)},
        {"counted": (456, 352_806, 14_455_392)},
        {"counted": (456, 357_504, 14_450_694)},
        {"output": (32, 28, 6)},
        {"output": (28, 28, 3)},
    ):
        assert not all(c.holds for c in checked(result._replace(**wrong)) if c.applies)


def test_the_handle_sets_both_sides_of_the_image():
    values = LEDGER.defaults() | {"m": 20, "n": 40, "layer": "fully_connected"}
    result = LEDGER.compute(**values)
    handle = LEDGER.figure(result, **values).panels[1].handles[0]
    assert handle.params == ("m", "n")
    assert [a * 25.0 + b * handle.y for a, b in handle.matrix] == [25.0, 25.0]
    assert handle.y == result.counted[2]


@pytest.mark.parametrize(("layer", "times"), [("locally_connected", 4), ("fully_connected", 20)])
def test_the_beliefs_about_a_larger_image_belong_to_the_other_layers(layer, times):
    assert run().doubled("cnn") == 1
    assert run().doubled(layer) == pytest.approx(times, rel=0.2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"p": 6, "m": 5}, r"p a whole number in \[1, 5\], got 6"),
        ({"q": 6, "n": 5}, r"q a whole number in \[1, 5\], got 6"),
    ],
)
def test_a_kernel_larger_than_the_image_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        ledger.ledger(**change)
