"""Figures of the page recurrence."""
