"""Recurrences: linear ones by steps, scan and FFT; gated cells; gradients through time."""
