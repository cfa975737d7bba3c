"""Figures of the page diffusion."""
