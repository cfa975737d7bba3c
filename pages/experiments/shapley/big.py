"""Big p."""

from core.experiments.shapley import big
from core.experiments.shapley import big_claims as claims
from core.shapley.many_games import LEAST, MOST, most_votes
from pages.figures.shapley.big import figure
from pages.ui import choice, declare, number, text

SIZED = ("parties", "majority", "unanimity", "glove", "airport", "blocks", "random")


def sizes(game: str) -> tuple[int, int]:
    """Players: a random game is a table."""
    return LEAST, big.EXACT if game == "random" else MOST


EXPERIMENT = declare(
    __name__,
    big.big,
    claims,
    figure,
    (
        choice("game"),
        number("p", reach=sizes, when={"game": SIZED}),
        text("votes", when={"game": "votes"}),
        number("needed", reach=lambda votes: (0, most_votes(votes)), when={"game": "votes"}),
        number("left", reach=lambda p: (1, p - 1), when={"game": "glove"}),
        number("members", reach=lambda p: (1, p), when={"game": "unanimity"}),
        choice("budget"),
        choice("method"),
        number("seed"),
    ),
    statements=("XAI-14", "XAI-17"),
    presets={
        "council": {},
        "luxembourg": {"votes": "4 4 4 2 2 1", "needed": 12, "budget": "1000"},
        "rotations": {"game": "blocks", "method": "stratified"},
        "equal": {"game": "majority", "p": 15, "method": "stratified", "budget": "1000"},
        "random": {"game": "random", "p": 16, "method": "kernel"},
        "runways": {"game": "airport", "p": 40, "method": "antithetic"},
    },
)
