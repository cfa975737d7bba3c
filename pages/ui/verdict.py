"""The answer to a question that was committed: computed, with its mechanism and the belief."""

from pages.ui import run
from pages.ui.declare import quoted
from pages.ui.experiment import Experiment


def verdict(topic: str, experiment: Experiment, number: int, option: int) -> dict:
    """What is shown to the student who chose `option` of question `number`.

    Returns:
        number and chosen, as given; right: the option that a run shows; because: the mechanism;
        values: what the question set; belief: what runs the wrong answer, or None.

    Raises:
        ValueError: the core refuses the settings of the question.
    """
    asked, values = experiment.predictions[number - 1], experiment.posed(number)
    result = run.result(experiment, values)
    right, chosen = asked.answer(result), asked.options[option]
    facts = asked.facts(result) if asked.facts else {}
    belief = asked.beliefs.get(chosen) if chosen != right else None
    return {
        "number": number,
        "chosen": option,
        "right": asked.options.index(right),
        "because": quoted(topic, asked.because.format(**facts)),
        "values": values,
        "belief": belief and values | belief,
    }
