"""The experiments of convolution."""
