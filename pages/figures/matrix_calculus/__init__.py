"""Figures of the page matrix_calculus."""
