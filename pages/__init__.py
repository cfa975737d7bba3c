"""The pages of the app: each topic declares its experiments."""
