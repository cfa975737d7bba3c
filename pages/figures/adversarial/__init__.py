"""Figures of the page adversarial."""
