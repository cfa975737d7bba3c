"""Figures of the page stochastic."""
