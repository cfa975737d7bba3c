"""The convolutional layer: sizes, fields, gradients, pooling, parameters."""

from pages.ui import collect, show

EXPERIMENTS = collect(
    "cnn",
    "shapes",
    "field",
    "backprop",
    "pooling",
    "ledger",
    "shift",
    "channels",
    "network",
)  # fmt: skip

if __name__ == "__main__":
    show("cnn", EXPERIMENTS)
