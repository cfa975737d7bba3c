"""Figures of the page shapley."""
