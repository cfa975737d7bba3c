"""What the cases of the museum share."""


def role_of(code: str) -> str:
    """The role of what a code draws: as it was published, or mended."""
    return "wrong" if code == "published" else "good"
