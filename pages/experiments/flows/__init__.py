"""The experiments of flows."""
