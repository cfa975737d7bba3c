"""The experiments of convexity."""
