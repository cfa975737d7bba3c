"""Where else the matrix of an experiment can be taken: links that open the others with it."""

from functools import lru_cache
from typing import Any

from core.carry import Carry, Matrix
from core.words import number
from pages.topics import TOPICS, experiments
from pages.ui import store
from pages.ui.experiment import Experiment, Values

TITLES = {topic.noun: topic.title for topic in TOPICS}


def along(experiment: Experiment, values: Values, result: Any) -> dict | None:
    """The matrix on stage and the other experiments that take it; None where there are none."""
    seen = ((carry, carry.of(result if carry.read else values)) for carry in experiment.carries)
    carry, matrix = next(((c, m) for c, m in seen if m is not None), (None, None))
    if matrix is None:
        return None
    others = [link for other, link in links(matrix) if other is not experiment]
    text = "({} {}; {} {})".format(*(number(each) for each in matrix))
    return {"name": carry.name, "matrix": text, "to": others} if others else None


@lru_cache(maxsize=256)
def links(matrix: Matrix) -> list[tuple[Experiment, dict]]:
    """Every experiment that takes this matrix, with its title and address there."""
    found = []
    for noun, built in experiments().items():
        for experiment in built:
            for carry in experiment.carries:
                values = taken(experiment, carry, matrix)
                if values is not None:
                    link = {
                        "title": f"{experiment.title} · {TITLES[noun]}",
                        "as": carry.name,
                        "href": store.link(noun, experiment, values),
                    }
                    found.append((experiment, link))
    return found


def taken(experiment: Experiment, carry: Carry, matrix: Matrix) -> Values | None:
    """The settings with this matrix; None where it is no matrix for them, or out of range."""
    try:
        values = experiment.defaults() | carry.to(*matrix)
    except ValueError:
        return None
    fits = all(store.read(p, store.write(values[p.name])) is not None for p in experiment.params)
    return values if fits else None
