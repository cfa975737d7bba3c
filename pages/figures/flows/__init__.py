"""Figures of the page flows."""
