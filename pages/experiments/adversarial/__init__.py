"""The experiments of gan."""
