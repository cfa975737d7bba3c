"""The experiments of recurrence."""
