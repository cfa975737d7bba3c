"""The runnable lines that reproduce a picture, derived from the experiment itself."""

from core.signature import streams
from pages.ui.experiment import Experiment, Values

ABOUT = (
    "Run it from the folder of Saddlepoint: `core` (the computations) and `pages` (the drawings)",
    "are folders there. It needs what requirements.txt lists.",
)


def code(experiment: Experiment, values: Values) -> str:
    """A script with the current numbers: compute, say, check, draw."""
    e, inputs = experiment, experiment.inputs(values)
    wanted: dict[str, list[str]] = {}
    for function in (e.compute, e.checks, e.says):
        wanted.setdefault(function.__module__, []).append(function.__name__)
    drawing = e.figure.__name__
    # a figure may be named like the computation it draws
    wanted[e.figure.__module__] = [drawing if drawing == "figure" else f"{drawing} as figure"]
    imports = [f"from {module} import {', '.join(wanted[module])}" for module in wanted]
    run = f"{e.compute.__name__}(**settings)"
    about = f" ({', '.join(e.statements)})" if e.statements else ""
    looked = {name: value for name, value in values.items() if name not in inputs}
    return "\n".join(
        [
            f'"""{e.title}: {e.question}{about}',
            "",
            *ABOUT,
            '"""',
            "",
            "import plotly.graph_objects as go",
            "",
            "from core.signature import call",
            *imports,
            "",
            "settings = dict(",
            *_lines(inputs),
            ")",
            f"*_, result = {run}" if streams(e.compute) else f"result = {run}",
            *(["settings |= dict(", *_lines(looked), ")"] if looked else []),
            f"print(call({e.says.__name__}, result, values=settings))",
            f"for check in call({e.checks.__name__}, result, values=settings):",
            '    mark = "-" if not check.applies else "holds" if check.holds else "FAILS"',
            "    print(mark, check.id, check.claim, check.lhs, check.relation, check.rhs)",
            "for panel in call(figure, result, values=settings).panels:",
            "    go.Figure(panel.spec()).show()",
            "",
        ]
    )


def _lines(values: Values) -> list[str]:
    return [f"    {name}={value!r}," for name, value in values.items()]
