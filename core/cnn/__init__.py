"""The convolutional layer: sizes, fields, gradients, pooling, parameters."""
