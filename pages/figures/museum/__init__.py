"""Figures of the page convexity."""
