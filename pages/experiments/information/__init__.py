"""The experiments of information."""
