"""The page shapley: what each player is worth, what each feature did."""

from pages.ui import collect, show

EXPERIMENTS = collect(
    "shapley",
    "queue",
    "game",
    "interactions",
    "absent",
    "explain",
    "everyone",
    "risk",
    "risk_data",
    "patches",
    "big",
)  # fmt: skip

if __name__ == "__main__":
    show("shapley", EXPERIMENTS)
