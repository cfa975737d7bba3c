"""What an experiment is: data only, no streamlit, no plotly, no torch."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Value = int | float | str | bool
Values = dict[str, Value]


@dataclass(frozen=True)
class Tick:
    """A mark on a slider at a value that theory singles out."""

    value: float
    label: str


@dataclass(frozen=True)
class Grid:
    """A text parameter edited as a table of numbers, "1 0 -1,2 0 -2" (see `core.table`).

    Attributes:
        low, high, step: what dragging or an arrow key reaches; a typed number may be finer.
        sizes: (rows, columns) offered; a larger table keeps the old one in its middle.
        names: values -> what is written over each cell, row after row; a table of one row wraps,
            and a larger one keeps the named cells first.
    """

    low: float
    high: float
    step: float
    sizes: tuple[tuple[int, int], ...]
    names: Callable[[dict[str, Value]], tuple[str, ...]] | None = None


@dataclass(frozen=True)
class Param:
    """One primitive the student can change. Its kind follows from `default`.

    A number becomes a slider with an exact field, a bool a switch, a str with `options` a choice,
    a str with `grid` a table of numbers and any other str a line of text.

    Attributes:
        name: keyword of the core function, and the name in the URL.
        label: what the student reads, symbol included.
        default: also decides the kind.
        low, high: range of a number. The slider spans it; the field refuses what is outside.
        step: resolution of a linear slider; None for 1/200 of the range (1 for integers).
        reach: values -> (low, high) the slider spans for the current settings, within the range.
        log: logarithmic slider.
        live: redraw while dragging; False waits for release (slow computations).
        options: value -> label, for a choice.
        upload: "picture" or "table": a choice that also takes a file of the student's own.
        grid: the shape of a table.
        ticks: values -> tuple of Tick, the theory's marks for the current settings.
        optimum: values -> the best value, behind a "set to optimum" button.
        shown: values -> whether the control is shown for the current settings.
        help: one sentence.
        misprints: options that say what the printed sheet says, seen with the switch only.
        misprint: the whole control is about a misprint.
    """

    name: str
    label: str
    default: Value
    low: float | None = None
    high: float | None = None
    step: float | None = None
    reach: Callable[[Values], tuple[float, float]] | None = None
    log: bool = False
    live: bool = True
    options: dict[str, str] | None = None
    upload: str = ""
    grid: Grid | None = None
    ticks: Callable[[Values], tuple[Tick, ...]] | None = None
    optimum: Callable[[Values], float] | None = None
    shown: Callable[[Values], bool] | None = None
    help: str = ""
    misprints: frozenset[str] = frozenset()
    misprint: bool = False


@dataclass(frozen=True)
class Prediction:
    """A question whose answer the core computes.

    Attributes:
        preset: name of the preset the question is about.
        question: what the student is asked before seeing it run.
        options: the answers offered; ranges or orders of magnitude rather than trick numbers.
        answer: (result, **belief) -> the option that a run of the preset, or of a belief, shows.
        because: the mechanism, shown after the commitment. May use {…} fields filled by `facts`.
        facts: result -> numbers for `because`.
        beliefs: wrong option -> parameter values on top of the preset that run this belief.
        shows: names of the panels that do not answer it; the others are covered until it is.
        misprint: it is about a misprint of the printed sheet.
    """

    preset: str
    question: str
    options: tuple[str, ...]
    answer: Callable[..., str]
    because: str
    facts: Callable[[Any], dict[str, Any]] | None = None
    beliefs: dict[str, Values] = field(default_factory=dict)
    shows: tuple[str, ...] = ()
    misprint: bool = False


@dataclass(frozen=True)
class Experiment:
    """One question, its parameters, and the functions that answer it.

    Attributes:
        slug: name in the URL (?exp=slug).
        title: short; the tab reads this.
        question: one question a student could fail.
        look: one line: you see …; drag …; watch ….
        function: the function or rule itself, in TeX.
        symbols: symbol as it stands on the page -> its meaning.
        first: how many panels stand open at first.
        statements: ids brought to life.
        params: controls in order.
        compute: (**values) -> frozen result; a generator function of snapshots, the last of which
            is the result, when it takes more than half a second.
        figure: (result, **values) -> Picture.
        checks: (result, **values) -> list of Check.
        says: (result, **values) -> one or two sentences describing what happened, in words.
        presets: name -> values that differ from the defaults; named by the situation.
        asks: name of a preset -> the question it poses.
        misprints: names of the presets about misprints of the printed sheet.
        predictions: questions.
        views: parameters that only change what is shown: no arguments of `compute`.
        chart: (result, **values) -> (a vega-lite specification, its named data frames), for what
            is read at leisure and linked; the specification never changes.
        carries: as what it knows a 2 × 2 matrix, see `core.carry`.
    """

    slug: str
    title: str
    question: str
    statements: tuple[str, ...]
    params: tuple[Param, ...]
    compute: Callable[..., Any]
    figure: Callable[..., Any]
    checks: Callable[..., list]
    says: Callable[..., str]
    look: str = ""
    function: str = ""
    symbols: dict[str, str] = field(default_factory=dict)
    first: int = 2
    presets: dict[str, Values] = field(default_factory=dict)
    asks: dict[str, str] = field(default_factory=dict)
    misprints: frozenset[str] = frozenset()
    predictions: tuple[Prediction, ...] = ()
    views: tuple[str, ...] = ()
    chart: Callable[..., Any] | None = None
    carries: tuple[Any, ...] = ()

    def inputs(self, values: Values) -> Values:
        """What the computation depends on."""
        return {name: value for name, value in values.items() if name not in self.views}

    def defaults(self) -> Values:
        """Every parameter at its default."""
        return {param.name: param.default for param in self.params}

    def preset(self, name: str) -> Values:
        """Every parameter as the named preset sets it."""
        return self.defaults() | self.presets[name]

    @property
    def opening(self) -> int:
        """The number of the question the page opens on, counted from 1; 0 if there is none."""
        open_to_all = (i for i, one in enumerate(self.predictions, 1) if not one.misprint)
        return next(open_to_all, 0)

    def posed(self, number: int) -> Values:
        """Every parameter as question `number` sets it."""
        return self.preset(self.predictions[number - 1].preset)
