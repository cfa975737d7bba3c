"""Importance of features and causal effects: curves, hidden features, permutations, graphs."""
