"""The DAG board."""

from core.experiments.importance import board
from core.experiments.importance import board_claims as claims
from core.importance import pairs, sets
from pages.figures.importance.board import figure
from pages.ui import choice, declare, hidden, number, text


def room(graph: str) -> tuple[int, int]:
    """Nodes: those that the arrows name, and more."""
    last = max((board.NODES.find(letter) for letter in graph), default=0)
    return max(last + 1, board.FEWEST), board.MOST


def count(nodes: int) -> tuple[int, int]:
    return 1, len(pairs(nodes))


def known(nodes: int) -> tuple[int, int]:
    return 1, len(sets(nodes))


EXPERIMENT = declare(
    __name__,
    board.board,
    claims,
    figure,
    (
        text("graph"),
        number("nodes", reach=room),
        choice("law"),
        text("tables", when={"law": "tables"}),
        number("seed", 0, 999),
        *hidden("held", "arrow"),
        *hidden("pair", reach=count),
        *hidden("given", reach=known),
    ),
    statements=("CAUS-02", "CAUS-03", "CAUS-04"),
    presets={
        "chain": {},
        "two": {"graph": "A>C B>C", "tables": "0.5 0.5 0.1 0.9 0.9 0.9", "pair": 1},
        "fork": {"graph": "A>B C>A C>B", "tables": "0.2 0.8 0.3 0.7 0.4 0.8 0.5", "pair": 1},
        "before": {
            "graph": "A>B D>A D>C E>B E>C", "nodes": 5, "pair": 1,
            "tables": "0.1 0.9 0.1 0.8 0.2 0.9 0.1 0.7 0.7 0.95 0.5 0.5",
        },
        "any": {"law": "any", "seed": 0, "given": 3},
    },
)  # fmt: skip
