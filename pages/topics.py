"""The sixteen topics and the museum, in the order of the navigation: data only."""

import importlib
from dataclasses import dataclass
from pathlib import Path

from core.statements import load

PAGES = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Topic:
    """One page.

    Attributes:
        noun: name of the page file and of everything else that belongs to the topic.
        title: what the student reads.
        section: group in the navigation.
        question: one line that makes curious.
        headline: whether it is one of the pages the house is known for.
        entry: the query that opens the page on what the question asks, where that is not its start.
    """

    noun: str
    title: str
    section: str
    question: str
    headline: bool = False
    entry: str = ""

    @property
    def built(self) -> bool:
        """Whether the page exists."""
        return (PAGES / f"{self.noun}.py").is_file()

    @property
    def ids(self) -> tuple[str, ...]:
        """The statements of the formula sheet that the page brings to life."""
        return tuple(s.id for s in load().values() if s.topic == self.noun)


FOUNDATIONS = "Foundations"
OPTIMIZATION = "Optimization"
CONVOLUTION = "Convolution & sequence"
GENERATIVE = "Generative models"
ROBUSTNESS = "Robustness"
INTERPRETABILITY = "Interpretability"
BEYOND = "Beyond the sheet"

TOPICS = (
    Topic(
        "probability", "Probability workbench", FOUNDATIONS, "How many dice until the bell appears?"
    ),
    Topic(
        "convexity",
        "Shape of functions",
        FOUNDATIONS,
        "When does one tangent say something about the whole function?",
    ),
    Topic(
        "matrix_calculus",
        "Matrix-calculus laboratory",
        FOUNDATIONS,
        "Which way round does the transpose go?",
    ),
    Topic(
        "information",
        "Information",
        FOUNDATIONS,
        "What does it cost to believe the wrong distribution?",
    ),
    Topic(
        "landscapes",
        "Optimizer landscapes",
        OPTIMIZATION,
        "Why is a long valley slow, and what does momentum buy?",
        headline=True,
    ),
    Topic(
        "stochastic",
        "Noise, averaging, adaptive steps",
        OPTIMIZATION,
        "Every step is wrong. Why is the average right?",
        headline=True,
    ),
    Topic(
        "convolution",
        "Convolution: signals",
        CONVOLUTION,
        "What does a sliding kernel see, and why is it flipped?",
        headline=True,
    ),
    Topic(
        "cnn",
        "Convolution: the CNN layer",
        CONVOLUTION,
        "How much of the image does one neuron know?",
        headline=True,
        entry="exp=field",
    ),
    Topic("recurrence", "Recurrence and memory", CONVOLUTION, "How long does a loop remember?"),
    Topic("flows", "Normalizing flows", GENERATIVE, "Bend space: where does the probability go?"),
    Topic(
        "gan",
        "GAN sampler",
        GENERATIVE,
        "Why do two players circle instead of settling?",
        headline=True,
        entry="exp=circle",
    ),
    Topic(
        "diffusion",
        "Diffusion sampler",
        GENERATIVE,
        "How does noise find its way back to a shape?",
        headline=True,
    ),
    Topic(
        "adversarial",
        "Adversarial perturbations",
        ROBUSTNESS,
        "How small a push changes the answer?",
        headline=True,
    ),
    Topic(
        "dro",
        "Distribution shift",
        ROBUSTNESS,
        "Which nearby world would hurt you most?",
        entry="exp=worst",
    ),
    Topic(
        "importance",
        "Feature importance and causality",
        INTERPRETABILITY,
        "Shuffle a column: what was it worth?",
    ),
    Topic(
        "shapley",
        "Shapley calculator",
        INTERPRETABILITY,
        "Three cooks, one cake: who earned what?",
        headline=True,
    ),
    Topic("museum", "Bug museum", BEYOND, "Which picture lied to a million readers, and who told?"),
)


def experiments() -> dict[str, list]:
    """Noun -> experiments of every page that exists."""
    return {
        topic.noun: importlib.import_module(f"pages.{topic.noun}").EXPERIMENTS
        for topic in TOPICS
        if topic.built
    }
