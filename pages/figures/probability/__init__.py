"""Figures of the page probability."""
