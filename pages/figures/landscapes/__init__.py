"""Pictures of the landscapes page."""
