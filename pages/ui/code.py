"""The runnable lines that reproduce a picture, derived from the experiment itself."""

from collections.abc import Callable

from core.signature import names, streams
from pages.ui.experiment import Experiment, Values

WIDTH = 88


def code(experiment: Experiment, values: Values) -> str:
    """A script with the current numbers: compute, say, check, draw."""
    e = experiment
    wanted: dict[str, list[str]] = {}
    for function in (e.compute, e.checks, e.says):
        wanted.setdefault(function.__module__, []).append(function.__name__)
    drawing = e.figure.__name__
    # a figure may be named like the computation it draws
    wanted[e.figure.__module__] = [drawing if drawing == "figure" else f"{drawing} as figure"]
    imports = [f"from {module} import {', '.join(wanted[module])}" for module in wanted]
    run = _call(e.compute.__name__, e.compute, e.inputs(values))
    about = f" ({', '.join(e.statements)})" if e.statements else ""
    return "\n".join(
        [
            f'"""{e.title}: {e.question}{about}"""',
            "",
            "import plotly.graph_objects as go",
            "",
            *imports,
            "",
            *(f"{name} = {value!r}" for name, value in values.items()),
            "",
            f"*_, result = {run}" if streams(e.compute) else f"result = {run}",
            f"print({_call(e.says.__name__, e.says, values, 'result')})",
            f"for check in {_call(e.checks.__name__, e.checks, values, 'result')}:",
            '    mark = "-" if not check.applies else "holds" if check.holds else "FAILS"',
            "    print(mark, check.id, check.claim, check.lhs, check.relation, check.rhs)",
            f"for panel in {_call('figure', e.figure, values, 'result')}.panels:",
            "    go.Figure(panel.spec()).show()",
            "",
        ]
    )


def _call(name: str, function: Callable, values: Values, *first: str) -> str:
    """name(first, a=a, b=b) with what the function takes, in several lines where it is long."""
    taken = names(function)
    given = [*first, *(f"{v}={v}" for v in values if taken is None or v in taken)]
    line = f"{name}({', '.join(given)})"
    if len(line) <= WIDTH:
        return line
    return f"{name}(\n" + "".join(f"    {each},\n" for each in given) + ")"
