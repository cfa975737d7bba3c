"""The page adversarial: how small a push changes the answer, and what holds against it."""

from pages.ui import collect, show

EXPERIMENTS = collect(
    "adversarial",
    "ball",
    "norms",
    "dimensions",
    "classes",
    "tangent",
    "arena",
    "price",
    "training",
    "digits",
    "nets",
    "certificate",
)  # fmt: skip

if __name__ == "__main__":
    show("adversarial", EXPERIMENTS)
