"""Experiments: what one question computes, and what it claims."""
