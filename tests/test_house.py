"""The house rules: layers, one stem everywhere, budgets, words, and what no file may contain."""

import ast
import importlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from core import signature
from pages.ui.declare import wording
from tests import contract
from tests.house import EXPERIMENTS, LIVE_DRAWS, ROOT, TOPICS, each_experiment, settings, sources

# --- layers ------------------------------------------------------------------------------------

# Engines may use those before them in this order.
ENGINES = (
    "landscapes",
    "optimizers",
    "convolution",
    "cnn",
    "shapley",
    "tabular",
    "gan",
    "diffusion",
    "adversarial",
    "flows",
    "dro",
    "stochastic",
    "convexity",
    "probability",
    "information",
    "matrix_calculus",
    "recurrence",
    "importance",
)
STAGES = ("streamlit", "plotly", "altair", "pages", "app")


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


def allowed(path: Path) -> tuple[str, ...]:
    """What of the house a file may import: everything below it, and nothing beside it."""
    *folders, stem = path.relative_to(ROOT).with_suffix("").parts
    ground = tuple(f"core.{file.stem}" for file in (ROOT / "core").glob("*.py"))
    engines = tuple(f"core.{engine}" for engine in ENGINES)
    match folders:
        case []:
            return ("core", "pages")
        case ["core"]:
            return ground
        case ["core", engine] if engine in ENGINES:
            return ground + engines[: ENGINES.index(engine) + 1]
        case ["core", "experiments", topic]:
            own = f"core.experiments.{topic}"
            if stem in ("quoted", "__init__"):
                return (*ground, *engines, own)
            return (*ground, *engines, f"{own}.{stem.removesuffix('_claims')}")
        case ["core", "experiments"]:
            return ()
        case ["pages", "figures", "parts"]:
            return (*ground, *engines, "pages.figures.marks", "pages.figures.plot", PARTS)
        case ["pages", "figures", topic]:
            own = f"core.experiments.{topic}.{stem}"
            shared = ("pages.figures.marks", "pages.figures.plot", PARTS)
            return (*ground, *engines, own, f"{own}_claims", *shared)
        case ["pages", "figures"]:
            return ("pages.figures.marks",)
        case ["pages", "experiments", topic]:
            own = f"core.experiments.{topic}.{stem}"
            figure = f"pages.figures.{topic}.{stem}"
            return (*ground, *engines, own, f"{own}_claims", figure, PARTS, "pages.ui")
        case ["pages", "ui"]:
            return (*ground, "pages.ui", "pages.topics")
        case ["pages"] if stem in TOPICS:
            return ("pages.ui",)
        case ["pages"]:
            return (*ground, "pages.ui", "pages.topics")
    return ()


PARTS = "pages.figures.parts"
HOUSE = ("app.py", "core", "pages")


def test_arrows_go_down_only():
    packages = {".".join(p.relative_to(ROOT).parts) for p in (ROOT / "pages").rglob("*")}
    packages |= {".".join(p.relative_to(ROOT).parts) for p in (ROOT / "core").rglob("*")}
    packages = {p.removesuffix(".py") for p in packages} | {"core", "pages", "app"}
    wrong = []
    for path in (path for where in HOUSE for path in sources(where)):
        may = allowed(path)
        for name in imports(path):
            if name.partition(".")[0] not in ("core", "pages", "app"):
                continue
            if name not in packages:  # a name inside a module: its module was judged
                continue
            # a package on the way to what is allowed, as in "from core.experiments.x import y"
            leads = any(within(each, name) and each != name for each in may)
            if not leads and not any(within(name, each) for each in may):
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert not wrong, "\n".join(wrong)


def test_the_core_and_the_figures_know_no_stage():
    for path in sources("core"):
        for name in imports(path):
            assert not any(within(name, each) for each in STAGES), f"{path} imports {name}"
    for path in sources("pages/figures"):
        for name in imports(path):
            assert not within(name, "streamlit"), f"{path.relative_to(ROOT)} imports {name}"


def test_an_experiment_is_data_only():
    for name in imports(ROOT / "pages/ui/experiment.py"):
        assert name.partition(".")[0] in sys.stdlib_module_names, name


def test_a_declaration_does_not_compute():
    for path in sources("pages/experiments"):
        tree = ast.parse(path.read_text())
        loops = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.For | ast.While)]
        assert not loops, f"{path.relative_to(ROOT)}: loops in lines {loops}"
        assert not {"torch", "numpy"} & set(imports(path)), path.relative_to(ROOT)


# --- one stem, everywhere -------------------------------------------------------------------------


def stems(folder: str, pattern: str) -> set[str]:
    """The stems of a folder's files that fit a pattern with one group."""
    found = (re.fullmatch(pattern, path.name) for path in (ROOT / folder).iterdir())
    return {match[1] for match in found if match and not match[1].startswith("__")}


@pytest.mark.parametrize("noun", TOPICS)
def test_an_experiment_has_one_stem_everywhere(noun):
    mine = {e.slug.replace("-", "_") for name, e in EXPERIMENTS.items() if within_topic(name, noun)}
    for folder, pattern in (
        (f"core/experiments/{noun}", r"(?!quoted)(.+?)(?:_claims)?\.py"),
        (f"pages/experiments/{noun}", r"(.+)\.py"),
        (f"pages/figures/{noun}", r"(.+)\.py"),
        (f"assets/experiments/{noun}", r"(.+)\.toml"),
        (f"tests/experiments/{noun}", r"test_(?!quoted)(.+)\.py"),
    ):
        assert stems(folder, pattern) == mine, folder
    assert stems(f"core/experiments/{noun}", r"(.+)_claims\.py") == mine


def within_topic(name: str, noun: str) -> bool:
    return name.startswith(f"{noun}/")


@pytest.mark.parametrize("noun", TOPICS)
def test_a_topic_has_its_texts(noun):
    for place in (f"assets/theory/{noun}.md", f"assets/teaching/{noun}.md"):
        assert (ROOT / place).exists(), f"missing: {place}"


def test_slugs_are_unique_within_a_topic():
    for noun in TOPICS:
        slugs = [each.slug for each in importlib.import_module(f"pages.{noun}").EXPERIMENTS]
        assert slugs, f"{noun} has no experiment"
        assert len(set(slugs)) == len(slugs), f"{noun} has two experiments of one slug"


def test_every_page_file_is_on_the_map():
    listed = {topic.noun for topic in importlib.import_module("pages.topics").TOPICS}
    assert set(TOPICS) <= listed


# --- budgets -------------------------------------------------------------------------------------

LINES = {
    "pages/experiments/{topic}/{stem}.py": 60,
    "pages/figures/{topic}/{stem}.py": 180,
    "core/experiments/{topic}/{stem}.py core/experiments/{topic}/{stem}_claims.py": 420,
    "tests/experiments/{topic}/test_{stem}.py": 250,
}
# (experiment, what): why it may exceed; "controls", "presets", "predictions"
# or a file.
OVER: dict[tuple[str, str], str] = {}


def counted(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


@each_experiment
def test_an_experiment_keeps_its_budget(name):
    topic, experiment = name.partition("/")[0], EXPERIMENTS[name]
    stem = experiment.slug.replace("-", "_")
    found = {}
    for files, most in LINES.items():
        paths = files.format(topic=topic, stem=stem).split()
        found[paths[0]] = sum(counted(ROOT / path) for path in paths), most
    found["presets"] = len(experiment.presets), 6
    found["predictions"] = len(experiment.predictions), 3
    assert experiment.predictions, "asks nothing"
    seen = [
        sum(not p.shown or p.shown(values) for p in experiment.params)
        for values in settings(name).values()
    ]
    found["controls"] = max(seen), 8
    over = [
        f"{what}: {count} of {most}"
        for what, (count, most) in found.items()
        if count > most and (name, what) not in OVER
    ]
    assert not over, "; ".join(over)


def test_no_file_is_longer_than_400_lines():
    files = [
        p for where in ("app.py", "core", "pages", "tests", "benchmarks") for p in sources(where)
    ]
    files += [p for p in (ROOT / "assets/stage").iterdir() if p.suffix in (".js", ".css")]
    long = [f"{p.relative_to(ROOT)}: {counted(p)}" for p in files if counted(p) > 400]
    assert not long, long


# --- words ---------------------------------------------------------------------------------------


@each_experiment
def test_the_words_fit_the_declaration(name):
    topic, experiment = name.partition("/")[0], EXPERIMENTS[name]
    words = wording(topic, experiment.slug.replace("-", "_"))
    params = {param.name: param for param in experiment.params}
    hidden = {n for n, p in params.items() if p.shown and not p.shown.__closure__}
    assert set(words["controls"]) - set(params) == set(), "words without a control"
    assert set(params) - set(words["controls"]) <= hidden, "controls without words"
    for key, param in params.items():
        if param.options is not None:
            declared = field_of(name, key)
            assert set(param.options) == set(declared), f"options of {key}"
    titles = [each["name"] for each in words["presets"].values()]
    assert titles == list(experiment.presets), "presets without a name, or names without a preset"
    module = importlib.import_module(
        f"core.experiments.{topic}.{experiment.slug.replace('-', '_')}_claims"
    )
    assert set(words.get("predictions", {})) == set(module.answers), "questions and answers differ"


def field_of(name: str, param: str) -> tuple[str, ...]:
    """The choices that the signatures of an experiment declare for a parameter."""
    experiment = EXPERIMENTS[name]
    declared = signature.fields(experiment.figure) | signature.fields(experiment.compute)
    return declared[param].choices


# --- what no file may contain ------------------------------------------------------------------


@cache
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


@pytest.mark.xdist_group("code")  # which is read once
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


def recipe() -> dict[str, str]:
    """Path -> content of the files that the README shows."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.findall(r"```(?:python|toml)\n# (\S+)\n(.*?)```", text, re.DOTALL)
    return dict(shown)


def test_the_recipe_of_the_readme_is_short_and_formatted(tmp_path):
    files = recipe()
    assert sum(content.count("\n") for content in files.values()) < 80
    for path, content in files.items():
        if path.endswith(".py"):
            (tmp_path / "file.py").write_text(content, encoding="utf-8")
            command = [sys.executable, "-m", "ruff", "format", "--check", "file.py"]
            options = ["--config", str(ROOT / "pyproject.toml")]
            done = subprocess.run(command + options, cwd=tmp_path, capture_output=True, text=True)
            assert done.returncode == 0, (path, done.stdout, done.stderr)


def test_the_recipe_of_the_readme_runs(tmp_path, monkeypatch):
    for path, content in recipe().items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content, encoding="utf-8")
    for package in ("core.experiments", "pages.experiments", "pages.figures"):
        folders = importlib.import_module(package).__path__
        more = [*folders, str(tmp_path / package.replace(".", "/"))]
        monkeypatch.setattr(importlib.import_module(package), "__path__", more)
    declare = importlib.import_module("pages.ui.declare")
    monkeypatch.setattr(declare, "WORDS", tmp_path / "assets/experiments")
    experiment = importlib.import_module("pages.experiments.demo.descent").EXPERIMENT
    contract.declaration_is_sound(experiment)
    for values in contract.settings(experiment, LIVE_DRAWS).values():
        contract.answers(experiment, values)
    for number in range(len(experiment.predictions)):
        contract.prediction_is_computed(experiment, number)
    for name in ("lr", "L", "steps"):
        with pytest.raises(ValueError, match=f"expected {name}"):
            contract.run(experiment, experiment.defaults() | {name: float("nan")})


def test_the_links_of_the_readme_lead_somewhere():
    for target in re.findall(r"\]\((?!https?://)([^)#]+)", (ROOT / "README.md").read_text()):
        assert (ROOT / target).exists(), f"README.md links {target}"


@pytest.mark.xdist_group("together")
def test_the_tests_of_a_group_run_in_one_worker(request):
    """Else every worker starts the server, and trains the nets, that one of them could share."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        pytest.skip("there is only one process")
    assert request.node.nodeid.endswith("@together")
