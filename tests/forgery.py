"""Forged records: whether a check notices that a number is not what was computed."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import torch

from core.check import Check
from pages.ui.experiment import Experiment, Values


def forgeries(record: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """(name of a field, the record with that field forged), nested records field by field."""
    for name, value in fields_of(record).items():
        if fields_of(value):
            for inner, forged in forgeries(value, f"{path}{name}."):
                yield inner, with_field(record, name, forged)
        else:
            forged = forge(value)
            if forged is not None:
                yield f"{path}{name}", with_field(record, name, forged)


def fields_of(record: Any) -> dict[str, Any]:
    """The fields of a dataclass or a named tuple; nothing for anything else."""
    if dataclasses.is_dataclass(record) and not isinstance(record, type):
        return {f.name: getattr(record, f.name) for f in dataclasses.fields(record)}
    return record._asdict() if hasattr(record, "_asdict") else {}


def with_field(record: Any, name: str, value: Any) -> Any:
    if hasattr(record, "_replace"):
        return record._replace(**{name: value})
    return dataclasses.replace(record, **{name: value})


def forge(value: Any) -> Any:
    """Numbers 7 % larger (0.37 where all are 0), a flag turned; None for what holds no number.

    Lists, tuples and dictionaries are forged entry by entry, records inside them field by field.
    """
    match value:
        case torch.Tensor():
            return _array(value) if value.numel() else None
        case np.ndarray():
            return _array(torch.from_numpy(value)).numpy() if value.size else None
        case bool():
            return not value
        case int():
            return value + 1
        case float() | complex():
            return value * 1.07 if value else 0.37
        case dict():
            return _entries(value.items(), lambda new: value | new)
        case list() | tuple() if not fields_of(value):
            pairs = list(enumerate(value))
            return _entries(pairs, lambda new: type(value)(new.get(i, old) for i, old in pairs))
    return _entries(fields_of(value).items(), lambda new: _all(value, new))


def _array(value: torch.Tensor) -> torch.Tensor:
    if value.dtype == torch.bool:
        return ~value
    if value.is_floating_point() or value.is_complex():
        return value * 1.07 if bool(value.abs().max() > 0) else value + 0.37
    return value + 1


def _entries(pairs: Iterable, made: Callable) -> Any:
    forged = {key: new for key, old in pairs if (new := forge(old)) is not None}
    return made(forged) if forged else None


def _all(record: Any, new: dict[str, Any]) -> Any:
    for name, value in new.items():
        record = with_field(record, name, value)
    return record


def failures(checks: Iterable[Check]) -> list[str]:
    """The claims that apply and do not hold."""
    return [check.claim for check in checks if check.applies and not check.holds]


def noticed(experiment: Experiment, forged: Any, values: Values) -> bool:
    """Whether a check that applies fails on a forged record; one that cannot be read counts."""
    try:
        return bool(failures(experiment.checks(forged, **values)))
    except (ArithmeticError, IndexError, RuntimeError, StopIteration, ValueError):
        return True
