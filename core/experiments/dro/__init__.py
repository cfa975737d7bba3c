"""The experiments of dro."""
