"""Reading the binary message of the stage, as the browser does."""

import json


def head(message: bytes) -> dict:
    """The JSON header of a message."""
    length = int.from_bytes(message[:4], "little")
    return json.loads(message[4 : 4 + length])
