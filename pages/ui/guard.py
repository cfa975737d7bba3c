"""What a student reads when something broke that no sentence of the core foresaw."""

import json
import logging

from pages.ui.experiment import Experiment, Values

log = logging.getLogger("saddlepoint")
SORRY = (
    "These settings cannot be shown: something in the computation broke. It has been written down "
    "for the people who run this server; change a setting, or start over (⟲)."
)


def broken(topic: str, experiment: Experiment, values: Values) -> str:
    """Log the exception under way with its settings; the sentence for the page."""
    settings = json.dumps(values, default=repr, ensure_ascii=False)
    told = {"topic": topic, "experiment": experiment.slug, "settings": values}
    log.exception("%s/%s failed with %s", topic, experiment.slug, settings, extra=told)
    return SORRY
