"""The page flows: where the probability goes when space is bent."""

from pages.ui import collect, show

EXPERIMENTS = collect(
    "flows",
    "warp",
    "coupling",
    "train",
    "bridge",
    "straight",
    # warp, coupling, train, bridge, straight
)  # fmt: skip

if __name__ == "__main__":
    show("flows", EXPERIMENTS)
