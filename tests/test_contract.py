"""The contract of every experiment: sound pictures, computed answers, refusals by name."""

import json
import re

import altair as alt
import pytest

from tests import contract, forgery
from tests.house import (
    EXPERIMENTS,
    checks,
    each_experiment,
    each_prediction,
    grouped,
    settings,
    tried,
)

MOST_CHECKS = 8

# --- the contract ------------------------------------------------------------------------------


@each_experiment
def test_the_declaration_is_sound(name):
    contract.declaration_is_sound(EXPERIMENTS[name])


LONG = [grouped(name) for name, experiment in EXPERIMENTS.items() if contract.slow(experiment)]


@pytest.mark.parametrize("name", LONG)
def test_a_long_run_is_a_picture_at_every_snapshot(name):
    contract.every_snapshot_can_be_drawn(EXPERIMENTS[name], EXPERIMENTS[name].posed(1))


@each_experiment
def test_theorems_hold_and_pictures_are_sound(name):
    """On the defaults, the presets that are tried, the ends of every range and at random."""
    spoken: set[str] = set()
    for setting in settings(name):
        try:
            found = checks(name, setting)
        except AssertionError as error:
            raise AssertionError(f"{setting}, {settings(name)[setting]}: {error}") from error
        assert len(found) <= MOST_CHECKS, f"{len(found)} checks on {setting}"
        if setting in ("defaults", *EXPERIMENTS[name].presets):
            spoken |= {check.id for check in found if check.applies}
    silent = set(EXPERIMENTS[name].statements) - spoken
    assert not silent, f"no preset shows {silent}"


@each_experiment
def test_the_same_settings_give_the_same_picture(name):
    experiment = EXPERIMENTS[name]
    values = experiment.defaults()
    first, second = (experiment.figure(contract.run(experiment, values), **values) for _ in "12")
    for one, two in zip(first.panels, second.panels, strict=True):
        pairs = zip(contract.arrays(one.traces), contract.arrays(two.traces), strict=True)
        assert all(a.tobytes() == b.tobytes() for a, b in pairs)


CHARTS = [name for name, experiment in EXPERIMENTS.items() if experiment.chart]


@pytest.mark.parametrize("name", CHARTS)
def test_a_linked_chart_keeps_its_specification_and_changes_its_data(name):
    experiment, specifications, data = EXPERIMENTS[name], set(), set()
    for setting in ("defaults", "everything low", *tried(name)):
        values = settings(name)[setting]
        spec, frames = experiment.chart(contract.run(experiment, values), **values)
        named = set(re.findall(r'"data": \{"name": "(\w+)"', json.dumps(spec)))
        assert named == set(frames), "data without a place, or a place without data"
        datasets = {key: rows.to_dict("records") for key, rows in frames.items()}
        assert all(datasets.values())
        specifications.add(json.dumps(spec, sort_keys=True))
        data.add(json.dumps(datasets, sort_keys=True, default=float))
    assert len(specifications) == 1 and len(data) > 1
    assert alt.Chart.from_dict(spec).to_dict(validate=True)


@each_prediction
def test_the_prediction_is_computed(name, number):
    contract.prediction_is_computed(EXPERIMENTS[name], number)


@each_experiment
def test_what_is_no_number_or_no_option_is_refused_by_name(name):
    experiment = EXPERIMENTS[name]
    for param in experiment.params:
        if param.name in experiment.views:
            continue
        bad = (
            [float("nan"), float("inf"), float("-inf")] if contract.is_number(param.default) else []
        )
        for value in bad + (["no such option"] if param.options else []):
            with pytest.raises(ValueError, match=rf"expected {param.name}\b"):
                contract.run(experiment, experiment.defaults() | {param.name: value})


@each_experiment
def test_what_is_out_of_range_is_refused_by_name(name):
    """The mathematics may allow more than the slider; then it must answer soundly."""
    experiment = EXPERIMENTS[name]
    for param in experiment.params:
        if not contract.is_number(param.default) or param.name in experiment.views:
            continue
        kind, span = type(param.default), param.high - param.low
        for value in (kind(param.low - span - 1), kind(1e9 * param.high + 1)):
            values = experiment.defaults() | {param.name: value}
            try:
                told = experiment.says(contract.run(experiment, values), **values)
            except ValueError as refusal:
                told = str(refusal)
                named = bool(re.search(rf"expected {param.name}\b", told))
            else:
                named = True
            assert named, told
            contract.sentence_is_words(told)


# --- a green mark means something ----------------------------------------------------------------

# "topic/slug.field": why no check speaks of it. How far a long computation has come ("progress") is
# about the work, not about the mathematics.
UNCHECKED = {
    "convolution/filter.source": "the photograph as it came, in its colours",
    "shapley/big.seconds": "measured on this machine",
    "shapley/big.spread": "over 20 seeds, so that 7 % lie within its chance",
    "shapley/game.costs": "how the table is to be read, as the student set it",
}


@each_experiment
def test_forging_any_field_turns_a_check_red(name):
    experiment, green = EXPERIMENTS[name], {}
    for setting in ("defaults", *tried(name)):
        values = settings(name)[setting]
        for field, forged in forgery.forgeries(contract.run(experiment, values)):
            if green.get(field, True):
                green[field] = not forgery.noticed(experiment, forged, values)
    unseen = {f"{name}.{field}" for field, still in green.items() if still and field != "progress"}
    assert unseen <= set(UNCHECKED), f"no check speaks of {sorted(unseen - set(UNCHECKED))}"
