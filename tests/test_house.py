"""The house rules: layers, one noun in five places, and the contract of every experiment."""

import ast
import importlib
import json
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from core.check import Check
from pages.ui.experiment import Experiment, Values
from tests import contract

ROOT = Path(__file__).resolve().parents[1]

# Page files that are no topic.
ROOMS = {"__init__", "home", "sheet", "topics"}
LIVE_DRAWS, SLOW_DRAWS = 8, 2


def topics() -> list[str]:
    """The nouns of the topics that are built."""
    return sorted(path.stem for path in (ROOT / "pages").glob("*.py") if path.stem not in ROOMS)


def experiments() -> dict[str, Experiment]:
    """ "topic/slug" -> experiment, for every topic that is built."""
    return {
        f"{noun}/{experiment.slug}": experiment
        for noun in topics()
        for experiment in importlib.import_module(f"pages.{noun}").EXPERIMENTS
    }


EXPERIMENTS = experiments()
TOPICS = topics()


@cache
def settings(name: str) -> dict[str, Values]:
    experiment = EXPERIMENTS[name]
    return contract.settings(experiment, SLOW_DRAWS if contract.slow(experiment) else LIVE_DRAWS)


each_experiment = pytest.mark.parametrize("name", EXPERIMENTS)
each_setting = pytest.mark.parametrize(
    ("name", "setting"), [(name, setting) for name in EXPERIMENTS for setting in settings(name)]
)
each_number = pytest.mark.parametrize(
    ("name", "param"),
    [
        (name, param.name)
        for name, experiment in EXPERIMENTS.items()
        for param in experiment.params
        if contract.is_number(param.default)
    ],
)
each_choice = pytest.mark.parametrize(
    ("name", "param"),
    [
        (name, param.name)
        for name, experiment in EXPERIMENTS.items()
        for param in experiment.params
        if param.options
    ],
)
each_prediction = pytest.mark.parametrize(
    ("name", "number"),
    [
        (name, number)
        for name, experiment in EXPERIMENTS.items()
        for number in range(len(experiment.predictions))
    ],
)


# --- layers ------------------------------------------------------------------------------------

LAYERS = {
    "core": {"streamlit", "plotly", "altair", "pages", "app"},
    "pages/figures": {"streamlit", "pages.ui", "app"},
    "pages/ui": {"app"},
}


def sources(where: str) -> list[Path]:
    path = ROOT / where
    return [path] if path.is_file() else sorted(path.rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """Dotted names of everything a file imports, also inside its functions."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join((*above, *([node.module] if node.module else [])))
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


@pytest.mark.parametrize("layer", LAYERS)
def test_layers_only_look_down(layer):
    for path in sources(layer):
        for name in imports(path):
            bad = [each for each in LAYERS[layer] if within(name, each)]
            assert not bad, f"{path.relative_to(ROOT)} imports {name}"


def test_an_experiment_is_data_only():
    for name in imports(ROOT / "pages/ui/experiment.py"):
        assert name.partition(".")[0] in sys.stdlib_module_names, name


def test_the_shared_user_interface_knows_no_topic():
    for path in sources("pages/ui"):
        for name in imports(path):
            for noun in TOPICS:
                places = (f"core.{noun}", f"pages.{noun}", f"pages.figures.{noun}")
                assert not any(within(name, place) for place in places), (
                    f"{path.relative_to(ROOT)} imports {name}"
                )


# The convolutional layer is built from the operator that the page before it explains.
ENGINES = {"cnn": "core.convolution"}


def engine(noun: str) -> set[str]:
    """What a topic may import of another one: what its package exports, and where that is made."""
    if noun not in ENGINES:
        return set()
    package = importlib.import_module(ENGINES[noun])
    made = {getattr(package, name).__module__ for name in package.__all__}
    return made | {ENGINES[noun]} | {f"{ENGINES[noun]}.{name}" for name in package.__all__}


@pytest.mark.parametrize("noun", TOPICS)
def test_topics_do_not_import_topics(noun):
    mine = [f"pages/{noun}.py"]
    for place in (f"core/{noun}", f"pages/figures/{noun}"):
        mine += [where for where in (place, place + ".py") if (ROOT / where).exists()]
    others = [
        place
        for other in TOPICS
        if other != noun
        for place in (f"core.{other}", f"pages.{other}", f"pages.figures.{other}")
    ]
    allowed = engine(noun)
    for path in (path for where in mine for path in sources(where)):
        for name in imports(path):
            lent = name in allowed or name.rpartition(".")[0] in allowed - {ENGINES.get(noun)}
            assert lent or not any(within(name, place) for place in others), (
                f"{path.relative_to(ROOT)} imports {name}"
            )


@pytest.mark.parametrize("noun", TOPICS)
def test_a_page_declares_and_does_not_compute(noun):
    tree = ast.parse((ROOT / f"pages/{noun}.py").read_text())
    loops = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.For | ast.While)]
    assert not loops, f"loops in lines {loops}"
    assert not {"torch", "numpy"} & set(imports(ROOT / f"pages/{noun}.py"))


# --- one noun, five places ---------------------------------------------------------------------


@pytest.mark.parametrize("noun", TOPICS)
def test_a_topic_has_one_noun_in_five_places(noun):
    for places in (
        (f"core/{noun}.py", f"core/{noun}/__init__.py"),
        (f"pages/{noun}.py",),
        (f"pages/figures/{noun}.py", f"pages/figures/{noun}/__init__.py"),
        (f"assets/theory/{noun}.md",),
        (f"assets/teaching/{noun}.md",),
        (f"tests/core/test_{noun}.py", f"tests/core/{noun}"),
    ):
        assert any((ROOT / place).exists() for place in places), f"missing: {places[0]}"


def test_slugs_are_unique_within_a_topic():
    for noun in TOPICS:
        slugs = [each.slug for each in importlib.import_module(f"pages.{noun}").EXPERIMENTS]
        assert slugs, f"{noun} has no experiment"
        assert len(set(slugs)) == len(slugs), f"{noun} has two experiments of one slug"


def test_every_page_file_is_on_the_map():
    listed = {topic.noun for topic in importlib.import_module("pages.topics").TOPICS}
    assert set(TOPICS) <= listed


# --- the contract ------------------------------------------------------------------------------


@each_experiment
def test_the_declaration_is_sound(name):
    contract.declaration_is_sound(EXPERIMENTS[name])


@cache
def checks(name: str, setting: str) -> list[Check]:
    return contract.answers(EXPERIMENTS[name], settings(name)[setting])


@each_setting
def test_theorems_hold_and_pictures_are_sound(name, setting):
    checks(name, setting)


@each_experiment
def test_every_statement_speaks_on_some_preset(name):
    spoken = {
        check.id
        for setting in ("defaults", *EXPERIMENTS[name].presets)
        for check in checks(name, setting)
        if check.applies
    }
    assert set(EXPERIMENTS[name].statements) <= spoken


@each_experiment
def test_the_same_settings_give_the_same_picture(name):
    experiment = EXPERIMENTS[name]
    values = experiment.defaults()
    first, second = (experiment.figure(contract.run(experiment, values), **values) for _ in "12")
    for one, two in zip(first.panels, second.panels, strict=True):
        pairs = zip(contract.arrays(one.traces), contract.arrays(two.traces), strict=True)
        assert all(a.tobytes() == b.tobytes() for a, b in pairs)


VIEWS = {
    f"{noun}/{slug}": view
    for noun in TOPICS
    for slug, view in getattr(importlib.import_module(f"pages.{noun}"), "VIEWS", {}).items()
}


@pytest.mark.parametrize("name", VIEWS)
def test_a_linked_chart_keeps_its_specification_and_changes_its_data(name):
    experiment = EXPERIMENTS[name]
    data, specifications = set(), set()
    for setting in ("defaults", *experiment.presets):
        values = settings(name)[setting]
        chart = VIEWS[name](contract.run(experiment, values), **values).to_dict(validate=True)
        data.add(json.dumps(chart.pop("datasets"), sort_keys=True))
        names = re.compile(r'"data-[0-9a-f]+"')
        specifications.add(names.sub("", json.dumps(chart, sort_keys=True)))
    assert len(specifications) == 1 and len(data) > 1


@each_prediction
def test_the_prediction_is_computed(name, number):
    contract.prediction_is_computed(EXPERIMENTS[name], number)


@each_number
@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")], ids=str)
def test_what_is_no_number_is_refused_by_name(name, param, bad):
    experiment = EXPERIMENTS[name]
    with pytest.raises(ValueError, match=rf"expected {param}\b"):
        contract.run(experiment, experiment.defaults() | {param: bad})


@each_number
def test_what_is_out_of_range_is_refused_by_name(name, param):
    """The mathematics may allow more than the slider; then it must answer soundly."""
    experiment = EXPERIMENTS[name]
    spec = next(each for each in experiment.params if each.name == param)
    span = spec.high - spec.low
    for value in (type(spec.default)(spec.low - span - 1), type(spec.default)(1e9 * spec.high + 1)):
        values = experiment.defaults() | {param: value}
        try:
            result = contract.run(experiment, values)
        except ValueError as error:
            refusal = str(error)
        else:
            refusal = f"expected {param}"
            contract.sentence_is_words(experiment.says(result, **values))
        assert re.search(rf"expected {param}\b", refusal), refusal


@each_choice
def test_what_is_no_option_is_refused_by_name(name, param):
    experiment = EXPERIMENTS[name]
    with pytest.raises(ValueError, match=rf"expected {param}\b"):
        contract.run(experiment, experiment.defaults() | {param: "no such option"})


# --- what no file may contain ------------------------------------------------------------------

HOUSE = ("app.py", "core", "pages")


def code(path: Path) -> str:
    """A Python file without its comments and docstrings."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(getattr(node, "body", None), list) and node.body:
            head = node.body[0]
            if isinstance(head, ast.Expr) and isinstance(head.value, ast.Constant):
                head.value = ast.Constant(value=None)
    return ast.unparse(tree)


def stripped(path: Path) -> str:
    """A script or style sheet without its comments."""
    return re.sub(r"/\*.*?\*/|(?m:(?<![:'\"\w])//.*$)", "", path.read_text(), flags=re.DOTALL)


FORBIDDEN = {
    "the global random state": (HOUSE, r"torch\.(manual_seed|seed|random\.)|np\.random\.seed"),
    "a formula run as code": (HOUSE, r"(?<![\w.])(eval|exec|__import__)\("),
    "sympify": (HOUSE, r"\bsympify\b|parse_expr"),
    "a device by name": (("core", "pages"), r"\.cuda\("),
    "raw HTML": (HOUSE, r"unsafe_allow_html|unsafe_allow_javascript"),
    "a cache every visitor can clear": (HOUSE, r"cache_resource"),
    "an address on another host": (HOUSE, r"https?://(?!www\.w3\.org/)"),
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_contains(what):
    places, pattern = FORBIDDEN[what]
    for path in (path for where in places for path in sources(where)):
        found = re.search(pattern, code(path))
        assert not found, f"{path.relative_to(ROOT)}: {found.group()}"


def test_the_stage_loads_nothing_from_another_host():
    for path in (ROOT / "assets").rglob("*"):
        if path.suffix in (".js", ".mjs", ".css", ".html") and "vendor" not in path.parts:
            found = re.search(r"https?://(?!www\.w3\.org/)\S+", stripped(path))
            assert not found, f"{path.relative_to(ROOT)}: {found.group()}"


def test_only_the_device_module_asks_for_cuda():
    for path in sources("core"):
        if path.name != "device.py":
            assert "cuda.is_available" not in code(path), path.relative_to(ROOT)


# --- the README --------------------------------------------------------------------------------


def test_the_worked_example_of_the_readme_runs():
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    (example,) = [block for block in blocks if "Experiment(" in block]
    assert example.count("\n") <= 50
    scope: dict = {"__name__": "example"}
    exec(compile(example, "README.md", "exec"), scope)
    (experiment,) = scope["EXPERIMENTS"]
    contract.declaration_is_sound(experiment)
    for values in contract.settings(experiment, LIVE_DRAWS).values():
        contract.answers(experiment, values)
    for number in range(len(experiment.predictions)):
        contract.prediction_is_computed(experiment, number)
    for param in experiment.params:
        with pytest.raises(ValueError, match=f"expected {param.name}"):
            contract.run(experiment, experiment.defaults() | {param.name: float("nan")})


def test_the_links_of_the_readme_lead_somewhere():
    for target in re.findall(r"\]\((?!https?://)([^)#]+)", (ROOT / "README.md").read_text()):
        assert (ROOT / target).exists(), f"README.md links {target}"
