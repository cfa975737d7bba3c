"""Figures of the page importance."""
