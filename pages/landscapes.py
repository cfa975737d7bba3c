"""Optimizer landscapes: the condition number, momentum and what it takes to go downhill."""

from pages.ui import collect, show

EXPERIMENTS = collect(
    "landscapes",
    "bowl",
    "sweep",
    "valley",
    "ball",
    "glass",
    "flow",
    "wild",
    "basins",
    "race",
    "network",
)  # fmt: skip

if __name__ == "__main__":
    show("landscapes", EXPERIMENTS)
