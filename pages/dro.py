"""The page dro: the worst law within reach of the one that was seen."""

from pages.ui import collect, show

EXPERIMENTS = collect(
    "dro",
    "liar",
    "sand",
    "worst",
    "unify",
    "groups",
    "shift",
    "penalty",
)  # fmt: skip

if __name__ == "__main__":
    show("dro", EXPERIMENTS)
