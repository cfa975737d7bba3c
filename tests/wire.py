"""Reading the binary message of the stage, as the browser does."""

import json


def head(message: bytes) -> dict:
    """The JSON header of a message."""
    length = int.from_bytes(message[:4], "little")
    return json.loads(message[4 : 4 + length])


def blocks(message: bytes) -> list[tuple[str, str, bytes]]:
    """Name, type and content of the blocks that came with a message."""
    begin = 4 + int.from_bytes(message[:4], "little")
    return [
        (name, kind, message[begin + offset : begin + offset + length])
        for name, offset, length, kind in head(message)["blocks"]
    ]
