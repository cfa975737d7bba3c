"""The experiments of cnn."""
