"""The experiments of diffusion."""
