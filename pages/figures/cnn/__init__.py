"""Figures of the page cnn."""
