"""Figures of the page convolution."""
