"""The page probability: tables, moments, generating functions, bells, tails."""

from pages.ui import collect, show

EXPERIMENTS = collect(
    "probability",
    "joint",
    "test",
    "moments",
    "cancel",
    "mgf",
    "density",
    "bell",
    "slicing",
    "fitting",
    "tails",
    # joint, test, moments, mgf, bell, slicing, tails
)  # fmt: skip

if __name__ == "__main__":
    show("probability", EXPERIMENTS)
