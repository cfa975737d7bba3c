"""The code a student downloads runs and says what the page says."""

import plotly.graph_objects as go

from pages.ui.code import code
from tests import contract
from tests.house import EXPERIMENTS, each_experiment


@each_experiment
def test_the_code_of_a_picture_reproduces_it(name, monkeypatch, capsys):
    experiment = EXPERIMENTS[name]
    settings = contract.settings(experiment, 0)
    last = next(reversed(experiment.presets), "defaults")
    values = settings["everything low" if contract.slow(experiment) else last]
    drawn = []
    monkeypatch.setattr(go.Figure, "show", lambda figure: drawn.append(figure))
    exec(compile(code(experiment, values), f"{experiment.slug}.py", "exec"), {})
    result = contract.run(experiment, values)
    said = capsys.readouterr().out
    assert experiment.says(result, **values) in said
    assert "FAILS" not in said
    assert said.count("\n") == 1 + len(experiment.checks(result, **values))
    panels = experiment.figure(result, **values).panels
    assert [figure.to_json() for figure in drawn] == [
        go.Figure(panel.spec()).to_json() for panel in panels
    ]
