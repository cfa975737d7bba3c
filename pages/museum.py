"""The page museum: mistakes of loved pages, to be played with, and what would have caught them."""

from pages.ui import collect, show

EXPERIMENTS = collect(
    "museum",
    "square",
    "splice",
    "stride",
    "density",
    "warmup",
    "frozen",
)  # fmt: skip

if __name__ == "__main__":
    show("museum", EXPERIMENTS)
