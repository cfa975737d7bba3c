"""The experiments of stochastic."""
