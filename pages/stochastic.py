"""The page stochastic: what noise does to a descent, what averaging and adapting do about it."""

from pages.ui import collect, show

EXPERIMENTS = collect(
    "stochastic",
    # arrows, schedules, averaging, escape, adaptive, wrong, digits
    "arrows",
    "schedules",
    "averaging",
    "escape",
    "adaptive",
    "wrong",
    "digits",
)  # fmt: skip

if __name__ == "__main__":
    show("stochastic", EXPERIMENTS)
