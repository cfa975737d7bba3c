"""One binary message: a JSON header, then blocks; what the browser holds is named, not sent."""

import dataclasses
import hashlib
import io
import json
from typing import Any

import numpy as np
from PIL import Image

LOSSLESS = 128 * 128  # pixels up to which a picture is sent as PNG
QUALITY = 75  # of the JPEG of a larger one: 512 x 512 pixels of edges stay below 90 kB


@dataclasses.dataclass(frozen=True, eq=False)
class Block:
    """Part of a message that rarely changes, spelled out once."""

    name: str
    raw: bytes
    kind: str = "json"

    @classmethod
    def of(cls, value: Any) -> "Block":
        """A JSON value as a block named by its content."""
        raw = json.dumps(value, allow_nan=False).encode()
        return cls(digest(raw), raw)


def digest(data: Any) -> str:
    """The name of a block: a hash of its content."""
    return hashlib.blake2b(data, digest_size=8).hexdigest()


def compressed(pixels: np.ndarray) -> tuple[bytes, str]:
    """A picture (rows, columns, 3) of bytes as a browser reads it, and its type."""
    kind = "png" if pixels.shape[0] * pixels.shape[1] <= LOSSLESS else "jpeg"
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, quality=QUALITY, subsampling=0)
    return file.getvalue(), f"image/{kind}"


def pack(head: dict, have: frozenset[str] = frozenset()) -> bytes:
    """One message: header length, JSON header, blocks aligned to four bytes.

    Arrays in `head` are replaced by {"$": hash, "shape": shape} and a `Block` by {"$": hash}; those
    the browser already holds (`have`) are named but not sent again. A block is listed as
    [hash, offset, bytes, type]: float32 numbers, a compressed picture for an array of bytes, JSON.
    """
    blocks: list[list] = []
    body: list[bytes] = []
    uses: dict[str, None] = {}
    offset = 0

    def add(name: str, raw: bytes, kind: str) -> None:
        nonlocal offset
        blocks.append([name, offset, len(raw), kind])
        body.append(raw + bytes(-len(raw) % 4))
        offset += len(body[-1])

    def encode(value: Any) -> Any:
        if isinstance(value, np.generic):
            return value.item()
        if isinstance(value, Block):
            if value.name not in uses and value.name not in have:
                add(value.name, value.raw, value.kind)
            uses[value.name] = None
            return {"$": value.name}
        array = np.asarray(value)
        picture = array.dtype == np.uint8
        array = np.ascontiguousarray(array, dtype="u1" if picture else "<f4")
        name = digest(array.data)
        if name not in uses:
            uses[name] = None
            if name not in have:
                add(name, *(compressed(array) if picture else (array.tobytes(), "float32")))
        return {"$": name, "shape": array.shape}

    fields = json.dumps(head, default=encode, allow_nan=False)
    tail = json.dumps({"blocks": blocks, "uses": list(uses)})
    text = (fields[:-1] + ", " + tail[1:]).encode()
    text += b" " * (-len(text) % 4)
    return len(text).to_bytes(4, "little") + text + b"".join(body)
