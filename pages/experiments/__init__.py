"""Experiments: what can be set, looked at, claimed and asked, one declaration each."""
