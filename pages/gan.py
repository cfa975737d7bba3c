"""The page gan: two players, and what their game is worth."""

from pages.ui import collect, show

EXPERIMENTS = collect(
    "gan",
    "referee",
    "push",
    "ledger",
    "circle",
    "studio",
    "latent",
)  # fmt: skip

if __name__ == "__main__":
    show("gan", EXPERIMENTS)
