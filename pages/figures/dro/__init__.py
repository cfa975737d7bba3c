"""Figures of the page dro."""
