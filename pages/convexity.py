"""The page convexity: the shape of a function, and what it guarantees."""

from pages.ui import collect, show

EXPERIMENTS = collect(
    "convexity",
    "tester",
    "sets",
    "inner",
    "taylor",
    "parabolas",
    "pl",
    "wide",
    "walk",
    "sensitivity",
    "score",
    # tester, sets, inner, taylor, parabolas, pl, wide, walk, sensitivity, score
)  # fmt: skip

if __name__ == "__main__":
    show("convexity", EXPERIMENTS)
