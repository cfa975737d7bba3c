"""The experiments of adversarial."""
