"""The experiments of importance."""
