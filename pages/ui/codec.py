"""One binary message: a JSON header, then blocks; what the browser holds is named, not sent."""

import dataclasses
import hashlib
import io
import json
from collections.abc import Iterable
from typing import Any

import numpy as np
from PIL import Image

from core.keep import Keep

LOSSLESS = 128 * 128  # pixels up to which a picture is sent as PNG
QUALITY = 75  # of the JPEG of a larger one: 512 x 512 pixels of edges stay below 90 kB


@dataclasses.dataclass(frozen=True, eq=False)
class Block:
    """What a message names by its content and spells out only for a browser that lacks it."""

    name: str
    raw: bytes | np.ndarray
    kind: str = "json"

    @classmethod
    def of(cls, value: Any) -> "Block":
        """A JSON value as a block named by its content."""
        raw = json.dumps(value, allow_nan=False).encode()
        return cls(digest(raw), raw)

    @classmethod
    def array(cls, value: Any) -> "Block":
        """Numbers, or a picture (rows, columns, 3) of bytes, compressed when it is sent."""
        if value.dtype == np.uint8:
            pixels = np.ascontiguousarray(value)
            kind = "png" if pixels.shape[0] * pixels.shape[1] <= LOSSLESS else "jpeg"
            return cls(digest(pixels.data), pixels, f"image/{kind}")
        raw = np.ascontiguousarray(value, dtype="<f4").tobytes()
        return cls(digest(raw), raw, "float32")

    @property
    def content(self) -> bytes:
        """What the browser gets."""
        if isinstance(self.raw, bytes):
            return self.raw
        return _files.made(self.name, lambda: compressed(self.raw, self.kind))


_files = Keep(8_000_000)  # bytes of compressed pictures


def digest(data: Any) -> str:
    """The name of a block: a hash of its content."""
    return hashlib.blake2b(data, digest_size=8).hexdigest()


def compressed(pixels: np.ndarray, kind: str) -> bytes:
    """A picture (rows, columns, 3) of bytes as a browser reads it."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind.removeprefix("image/"), quality=QUALITY, subsampling=0)
    return file.getvalue()


@dataclasses.dataclass(frozen=True, eq=False)
class Part:
    """Fields of a header as JSON without its braces, and the blocks they name."""

    text: str
    blocks: tuple[Block, ...]

    @classmethod
    def of(cls, fields: dict) -> "Part":
        """Arrays become {"$": hash, "shape": shape} and a `Block` {"$": hash}."""
        blocks: list[Block] = []

        def encode(value: Any) -> Any:
            if isinstance(value, np.generic):
                return value.item()
            if isinstance(value, Block):
                blocks.append(value)
                return {"$": value.name}
            array = np.asarray(value)
            blocks.append(Block.array(array))
            return {"$": blocks[-1].name, "shape": array.shape}

        text = json.dumps(fields, default=encode, allow_nan=False)
        return cls(text[1:-1], tuple(blocks))


def pack(head: dict, have: frozenset[str] = frozenset(), parts: Iterable[Part] = ()) -> bytes:
    """One message: header length, JSON header, blocks aligned to four bytes.

    What the browser already holds (`have`) is named but not sent again. A block is listed as
    [hash, offset, bytes, type]: float32 numbers, a compressed picture, JSON.
    """
    whole = (Part.of(head), *parts)
    uses = {block.name: block for part in whole for block in part.blocks}
    listed, body, offset = [], [], 0
    for block in uses.values():
        if block.name not in have:
            raw = block.content
            listed.append((block.name, offset, len(raw), block.kind))
            body.append(raw + bytes(-len(raw) % 4))
            offset += len(body[-1])
    tail = json.dumps({"blocks": listed, "uses": list(uses)})
    text = f"{{{', '.join(part.text for part in whole if part.text)}, {tail[1:]}".encode()
    text += b" " * (-len(text) % 4)
    return len(text).to_bytes(4, "little") + text + b"".join(body)
