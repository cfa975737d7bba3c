"""The experiments of landscapes."""
