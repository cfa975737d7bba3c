"""Measured ratios against peers; `python -m benchmarks` prints the table."""
