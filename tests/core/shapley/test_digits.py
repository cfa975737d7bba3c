"""The two readers of digits: stored accuracy, repeatable training, the file."""

from pathlib import Path

import pytest
import torch

from core.shapley import digits as training_digits
from core.shapley.digits import digits, held_out, labels, load


def test_the_stored_readers_reach_the_stated_accuracy():
    truth, test = torch.tensor(labels()), held_out()
    assert int(test.sum()) == 360
    right = {}
    for name in training_digits.READERS:
        reader = load(name)
        assert reader.second.dtype == torch.float64
        read = reader.scores(digits()[test]).argmax(-1)
        right[name] = int((read == truth[test]).sum())
    assert right == {"net": 353, "linear": 342}
    text = (training_digits.WEIGHTS.parent / "README.md").read_text()
    assert "353 of 360 digits (98.1 %), linear 342 of 360 (95.0 %)" in text
    assert training_digits.WEIGHTS.stat().st_size < 20_000


def test_the_digits_are_those_of_scikit_learn_in_their_order():
    from sklearn.datasets import load_digits

    data = load_digits()
    assert torch.equal(digits(), torch.as_tensor(data.data))
    assert labels() == tuple(data.target.tolist())


def test_training_is_repeatable_and_learns_from_the_rest_only():
    truth, test = torch.tensor(labels()), held_out()
    wrong = torch.where(test, (truth + 1) % 10, truth)  # labels of the held-out ones do not matter
    first = training_digits.train("net", truth, epochs=3)
    again = training_digits.train("net", wrong, epochs=3)
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert training_digits.accuracy(first, digits()[test], truth[test]) > 0.8
    assert (
        first.first.shape == (24, 64)
        and training_digits.train("linear", truth, epochs=1)[0] is None
    )


def test_what_is_saved_is_what_is_loaded(tmp_path: Path):
    readers = {name: load(name) for name in training_digits.READERS}
    path = tmp_path / "readers.npz"
    training_digits.save(readers, torch.tensor(labels()), path)
    for name, reader in readers.items():
        back = training_digits.load(name, path)
        assert all(a is b or torch.equal(a, b) for a, b in zip(reader, back, strict=True))
    training_digits.save({"net": readers["linear"]}, torch.tensor(labels()), path)
    training_digits.load.cache_clear()
    with pytest.raises(ValueError, match=r"net_first of shape \(24, 64\)"):
        training_digits.load("net", path)
    with pytest.raises(ValueError, match="name to be one of"):
        load("forest")
