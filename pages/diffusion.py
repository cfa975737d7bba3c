"""The page diffusion: noise in, and the way back."""

from pages.ui import collect, show

EXPERIMENTS = collect(
    "diffusion",
    "film",
    "triangle",
    "sampler",
    "field",
    "memory",
    "denoiser",
)  # fmt: skip

if __name__ == "__main__":
    show("diffusion", EXPERIMENTS)
