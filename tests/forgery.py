"""Forged records: whether a check notices that a number is not what was computed."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import torch

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
    """Numbers 7 % larger (0.37 where all are 0), a flag turned; None for what is no number."""
    if isinstance(value, torch.Tensor):
        if not value.numel():
            return None
        if value.dtype == torch.bool:
            return ~value
        if value.is_floating_point() or value.is_complex():
            return value * 1.07 if bool(value.abs().max() > 0) else value + 0.37
        return value + 1
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, float):
        return value * 1.07 if value else 0.37
    if isinstance(value, tuple) and value and type(value) is tuple:
        forged = tuple(forge(each) for each in value)
        return (
            None
            if all(each is None for each in forged)
            else tuple(old if new is None else new for old, new in zip(value, forged))
        )
    return None


def noticed(experiment: Experiment, forged: Any, values: Values) -> bool:
    """Whether a check that applies fails on a forged record; one that cannot be read counts."""
    try:
        return any(c.applies and not c.holds for c in experiment.checks(forged, **values))
    except (ArithmeticError, IndexError, RuntimeError, StopIteration, ValueError):
        return True
