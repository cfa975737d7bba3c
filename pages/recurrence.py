"""The page recurrence: what a loop remembers, and for how long."""

from pages.ui import collect, show

EXPERIMENTS = collect(
    "recurrence",
    "pad",
    "bases",
    "unrolled",
    "through",
    "gates",
    "job",
    "unit",
)  # fmt: skip

if __name__ == "__main__":
    show("recurrence", EXPERIMENTS)
