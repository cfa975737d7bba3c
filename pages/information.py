"""The page information: what a message costs, and what one thing tells about another."""

from pages.ui import collect, show

EXPERIMENTS = collect(
    "information",
    "bars",
    "code",
    "fit",
    "feature",
    "likelihood",
    "processing",
    # bars, code, fit, feature, likelihood, processing
)  # fmt: skip

if __name__ == "__main__":
    show("information", EXPERIMENTS)
