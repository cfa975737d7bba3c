"""The experiments of shapley."""
