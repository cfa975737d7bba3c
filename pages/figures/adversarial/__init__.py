"""Figures of the page gan."""
