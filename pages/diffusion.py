"""The page diffusion: noise in, and the way back."""

from pages.ui import collect, show

EXPERIMENTS = collect(
    "diffusion",
    "film",
    "noise_level",
    "triangle",
    "sampler",
    "solvers",
    "field",
    "memory",
    "guidance",
    "denoiser",
    "digits",
)  # fmt: skip

if __name__ == "__main__":
    show("diffusion", EXPERIMENTS)
