"""The queue of arrivals."""

from core.experiments.shapley import queue
from core.experiments.shapley import queue_claims as claims
from pages.figures.shapley.queue import figure
from pages.ui import choice, declare, hidden, number, switch

EXPERIMENT = declare(
    __name__,
    queue.queue,
    claims,
    figure,
    (
        choice("game"),
        number("p", when={"game": queue.SIZED}),
        number("draw", when={"game": "random"}),
        number("M", log=True),
        choice("method"),
        number("seed"),
        switch("alike"),
        hidden("k", "player"),
    ),
    statements=("XAI-16", "XAI-17", "XAI-21"),
    presets={
        "cooks": {},
        "ten": {"game": "random", "p": 5, "M": 10, "method": "plain", "k": queue.LAST},
        "alike": {"game": "glove", "M": 2000, "method": "plain", "alike": True, "k": queue.LAST},
        "slowly": {"game": "glove", "M": 5000, "method": "plain", "k": queue.LAST},
        "rotations": {"M": 6, "method": "stratified", "k": queue.LAST},
        "votes": {"game": "voting", "M": 1000, "method": "antithetic", "k": queue.LAST},
    },
)
