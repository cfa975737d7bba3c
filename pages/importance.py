"""The page importance: what a feature is worth to a model, and what a cause does."""

from pages.ui import collect, show

EXPERIMENTS = collect(
    "importance",
    "ice",
    "hide",
    "four",
    "real",
    "see",
    "board",
    "saliency",
)  # fmt: skip

if __name__ == "__main__":
    show("importance", EXPERIMENTS)
