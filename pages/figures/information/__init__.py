"""Figures of the page information."""
