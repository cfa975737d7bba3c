"""Figures of the page museum."""
