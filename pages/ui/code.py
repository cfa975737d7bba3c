"""The runnable lines that reproduce a picture, derived from the experiment itself."""

from pages.ui.experiment import Experiment, Values
from pages.ui.run import slow


def code(experiment: Experiment, values: Values) -> str:
    """A script with the current numbers: compute, say, check, draw."""
    e = experiment
    names: dict[str, list[str]] = {}
    for function in (e.compute, e.checks, e.says):
        names.setdefault(function.__module__, []).append(function.__name__)
    drawing = e.figure.__name__
    # a figure may be named like the computation it draws
    names[e.figure.__module__] = [drawing if drawing == "figure" else f"{drawing} as figure"]
    imports = [f"from {module} import {', '.join(names[module])}" for module in names]
    settings = [f"    {name}={value!r}," for name, value in values.items()]
    run = f"{e.compute.__name__}(**settings)"
    return "\n".join(
        [
            f'"""{e.title}: {e.question} ({", ".join(e.statements)})"""',
            "",
            "import plotly.graph_objects as go",
            "",
            *imports,
            "",
            "settings = dict(",
            *settings,
            ")",
            f"*_, result = {run}" if slow(e) else f"result = {run}",
            f"print({e.says.__name__}(result, **settings))",
            f"for check in {e.checks.__name__}(result, **settings):",
            '    mark = "-" if not check.applies else "holds" if check.holds else "FAILS"',
            "    print(mark, check.id, check.claim, check.lhs, check.relation, check.rhs)",
            "for panel in figure(result, **settings).panels:",
            "    go.Figure(panel.spec()).show()",
            "",
        ]
    )
