"""The experiments of museum."""
