"""Convolution of signals: what slides, what is flipped, and when it is a product of spectra."""

from pages.ui import collect, show

EXPERIMENTS = collect(
    "convolution",
    "slide",
    "filter",
    "operators",
    "matrix",
    "frequency",
    "algebra",
)  # fmt: skip

if __name__ == "__main__":
    show("convolution", EXPERIMENTS)
