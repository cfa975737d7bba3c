"""Results of `core` turned into pictures; no streamlit here."""
