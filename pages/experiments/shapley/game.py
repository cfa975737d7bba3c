"""The game table."""

from core.experiments.shapley import game
from core.experiments.shapley import game_claims as claims
from pages.figures.parts.players import cell_names
from pages.figures.shapley.game import figure
from pages.ui import choice, declare, hidden, number, switch, table

SIZES = tuple((1, n) for n in range(1, game.MOST + 1))
TABLES = tuple((1, 2**n) for _, n in SIZES)


def least(game: str, needed: int) -> tuple[int, int]:
    """Players: as many as are needed, and more."""
    return needed if game == "unanimity" else 1, 5


EXPERIMENT = declare(
    __name__,
    game.lattice,
    claims,
    figure,
    (
        choice("game"),
        number("p", reach=least, when={"game": ("random", "unanimity")}),
        number("seed", when={"game": "random"}),
        table("weights", 0, 100, 1, SIZES, when={"game": "voting"}),
        number("share", step=0.01, when={"game": "voting"}),
        table("costs", 0, 10, 0.5, SIZES, when={"game": "airport"}),
        number("needed", reach=lambda p: (1, p), when={"game": "unanimity"}),
        table("v", -10, 10, 0.05, TABLES, cells=lambda v: cell_names(v), when={"game": "mine"}),
        switch("paid", unless={"game": game.NAMED}),
        choice("rule"),
        choice("look"),
        hidden("edge"),
    ),
    statements=("XAI-14", "XAI-15", "XAI-16", "XAI-17", "XAI-21", "XAI-22", "ROB-15"),
    presets={
        "gloves": {},
        "votes": {"game": "voting", "edge": 9},
        "order": {"rule": "order", "edge": 4},
        "no_peace": {"game": "voting", "weights": "1 1 1", "look": "core"},
        "plain_mean": {"game": "random", "p": 5, "seed": 3, "rule": "banzhaf", "edge": 21},
        "misprint": {"game": "airport", "rule": "printed", "edge": 9},
    },
)
