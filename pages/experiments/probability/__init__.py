"""The experiments of probability."""
