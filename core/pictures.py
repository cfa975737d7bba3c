"""Pictures: two photographs, drawings, handwritten digits, and those a student brings.

A student's file is judged before it is decoded: its kind by its first bytes, its size by its
header. What is kept of it is at most 512 x 512 bytes per channel.
"""

import io
import re
import threading
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, PngImagePlugin
from torch import Tensor

from core import shelf
from core.check import choose, require
from core.keep import Keep

NAMES = ("china", "flower", "disc", "checker", "text", "ramp", "dots")
DIGITS = 1797
SIDE = 512  # pixels of the longer side, at most
BYTES = 10_000_000  # of a file
# megapixels of a file, before it is made smaller: what decoding in this way takes some 75 MB for
MEGAPIXELS = {"PNG": 16.0, "WEBP": 4.0, "JPEG": 64.0}
PROGRESSIVE = 37.5  # of a progressive JPEG, all channels together: it is held as a whole
KEPT = 32_000_000  # bytes of students' pictures in this process: 40 of the largest
BAND = 32  # rows of what is kept that are averaged at once
SCANS = 100  # of a progressive JPEG: each one costs a pass over the whole picture

_FOLDER = Path(__file__).resolve().parents[1] / "assets" / "images"
_own = Keep(KEPT)
_decoder = threading.Lock()  # one file at a time, so that the memory for decoding is bounded

# a compressed comment in a PNG may unpack to this much, all together
PngImagePlugin.MAX_TEXT_MEMORY = min(PngImagePlugin.MAX_TEXT_MEMORY, 4_000_000)


def picture(name: str) -> Tensor:
    """The picture `name`, (3, rows, columns) or grey (1, rows, columns), float32 in [0, 1].

    Args:
        name: one of `NAMES` ("china" and "flower" are photographs in colour, 512 x 512; the
            others are grey); "digit-17" for a handwritten digit, 8 x 8, of index 0 to 1796, and
            "digit-17-large" for the same, interpolated to 128 x 128; or what `add` returned.

    Raises:
        ValueError: no such picture, or one of a student that is no longer kept.
    """
    if name.startswith("own-"):
        pixels = _own.get(name)
        if pixels is not None:
            shelf.used(name, "png")
        else:
            content = shelf.read(name, "png")
            if content is None:
                raise shelf.gone("picture", name, KEPT)
            with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
                pixels = _own.put(name, _channels(image))
        return pixels.float() / 255
    digit = re.fullmatch(r"digit-(\d{1,9})(-large)?", name)
    if digit:
        return _digit(int(digit[1]), bool(digit[2]))
    choose("picture", name, (*NAMES, f"digit-0 to digit-{DIGITS - 1}"))
    return _bundled(name).float() / 255 if name in ("china", "flower", "text") else _drawn(name)


def add(raw: bytes) -> str:
    """Keep a student's PNG, JPEG or WEBP file; its name, "own-" and 12 digits of a hash.

    The first frame of a moving picture is taken, turned as its EXIF says, laid on white where it is
    transparent, and made to at most 512 x 512 by area averages. Colour profiles are ignored.

    Raises:
        ValueError: too many bytes, another kind of file, more megapixels by its header than may be
            decoded, or damaged.
    """
    if len(raw) > BYTES:
        raise ValueError(f"expected a picture file of at most 10 MB, got {len(raw) / 1e6:.1f} MB")
    kind = _kind(raw)
    size = _size(raw, kind)
    if not all(size):
        raise _damaged(kind)
    most, megapixels = _most(raw, kind), size[0] * size[1] / 1e6
    if megapixels > most:
        raise ValueError(
            f"expected a {kind} picture of at most {most:g} megapixels, got {size[0]} x {size[1]}, "
            f"which is {megapixels:.1f}: make it smaller first"
        )
    if kind == "JPEG" and raw.count(b"\xff\xda") > SCANS:
        raise ValueError(
            f"expected a JPEG of at most {SCANS} scans, got {raw.count(bytes([255, 218]))}"
        )
    with _decoder:
        small = _decoded(raw, kind, size)
    file = io.BytesIO()
    small.save(file, "PNG", compress_level=1)
    name = shelf.write(file.getvalue(), "png")
    _own.put(name, _channels(small))
    return name


# --- bundled -----------------------------------------------------------------------------------


@lru_cache(maxsize=8)
def _bundled(name: str) -> Tensor:
    path = _FOLDER / (f"{name}.jpg" if name in ("china", "flower") else f"{name}.png")
    with Image.open(path) as image:
        return _channels(image)


def _digit(index: int, large: bool) -> Tensor:
    require("index of the digit", index, 0, DIGITS - 1, integer=True)
    row, column = divmod(index, 43)
    sheet = _bundled("digits")
    tile = sheet[:, 8 * row : 8 * row + 8, 8 * column : 8 * column + 8].float() / 240
    return F.interpolate(tile[None], (128, 128), mode="bilinear")[0] if large else tile


def _drawn(name: str) -> Tensor:
    side = 32 if name == "dots" else 128
    i = torch.arange(side, dtype=torch.float32)
    row, column = i[:, None], i[None, :]
    match name:
        case "disc":  # radius 40, its border softened over one pixel
            centre = (side - 1) / 2
            drawing = (40.5 - torch.hypot(row - centre, column - centre)).clamp(0, 1)
        case "checker":
            drawing = ((row // 16 + column // 16) % 2).clone()
        case "ramp":
            drawing = (column / (side - 1)).repeat(side, 1)
        case "dots":
            drawing = torch.zeros(side, side)
            drawing[[7, 7, 16, 24, 24], [7, 24, 16, 7, 24]] = 1
    return drawing[None]


# --- the student's own -------------------------------------------------------------------------


def _kind(raw: bytes) -> str:
    """PNG, JPEG or WEBP by the first bytes, whatever the file was called."""
    if raw.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if raw.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if raw[:4] == b"RIFF" and raw[8:12] == b"WEBP":
        return "WEBP"
    others = {
        "a GIF": raw.startswith(b"GIF8"),
        "a BMP": raw.startswith(b"BM"),
        "a TIFF": raw.startswith((b"II*\0", b"MM\0*")),
        "a PDF": raw.startswith(b"%PDF"),
        "an HEIC or AVIF": raw[4:8] == b"ftyp",
        "an SVG drawing": b"<svg" in raw[:1000].lower(),
        "an empty file": not raw,
    }
    found = next((name for name, fits in others.items() if fits), "a file of another kind")
    raise ValueError(f"expected a PNG, JPEG or WEBP picture, got {found}")


def _size(raw: bytes, kind: str) -> tuple[int, int]:
    """(columns, rows) as the header says, (0, 0) where it says nothing."""
    if kind == "PNG":
        fits = raw[12:16] == b"IHDR" and len(raw) >= 24
        return (_big(raw[16:20]), _big(raw[20:24])) if fits else (0, 0)
    return _jpeg_frame(raw)[:2] if kind == "JPEG" else _webp_size(raw)


def _most(raw: bytes, kind: str) -> float:
    """Megapixels that may be decoded."""
    if kind == "JPEG":
        *_, channels, progressive = _jpeg_frame(raw)
        return round(PROGRESSIVE / max(channels, 1), 1) if progressive else MEGAPIXELS[kind]
    return MEGAPIXELS[kind]


def _jpeg_frame(raw: bytes) -> tuple[int, int, int, bool]:
    """Columns, rows, channels, and whether the frame is progressive; zeros where there is none."""
    at = 2
    while at + 10 <= len(raw) and raw[at] == 0xFF:
        marker = raw[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            columns, rows = _big(raw[at + 7 : at + 9]), _big(raw[at + 5 : at + 7])
            return columns, rows, raw[at + 9], marker in (0xC2, 0xC6, 0xCA, 0xCE)
        if marker == 0xFF:
            at += 1
        elif marker == 0x01 or 0xD0 <= marker <= 0xD8:
            at += 2
        else:
            at += 2 + max(2, _big(raw[at + 2 : at + 4]))
    return 0, 0, 0, False


def _webp_size(raw: bytes) -> tuple[int, int]:
    """The canvas; the decoder refuses a frame that does not fit into it."""
    chunk, head = raw[12:16], raw[20:30]
    if len(head) < 10:
        return 0, 0
    if chunk == b"VP8X":
        return 1 + _little(head[4:7]), 1 + _little(head[7:10])
    if chunk == b"VP8L":
        bits = _little(head[1:5])
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if chunk == b"VP8 " and head[3:6] == b"\x9d\x01\x2a":
        return _little(head[6:8]) & 0x3FFF, _little(head[8:10]) & 0x3FFF
    return 0, 0


def _big(raw: bytes) -> int:
    return int.from_bytes(raw, "big")


def _little(raw: bytes) -> int:
    return int.from_bytes(raw, "little")


def _damaged(kind: str) -> ValueError:
    return ValueError(f"expected a {kind} picture that can be read, got one damaged or cut off")


def _decoded(raw: bytes, kind: str, size: tuple[int, int]) -> Image.Image:
    """Upright, as L or RGB, at most 512 x 512."""
    try:
        with Image.open(io.BytesIO(raw), formats=[kind]) as image:
            if image.size != size:  # a second header
                raise _damaged(kind)
            turn = _TURNS.get(_orientation(image))
            target = _target(size)
            image.draft(None, (2 * target[0], 2 * target[1]))  # a JPEG is decoded at a fraction
            small = _smaller(image, target)
    except Exception as error:  # a decoder fails in a dozen ways, and all mean the same here
        raise _damaged(kind) from error
    if "A" in small.mode:
        paper = Image.new("RGBA", small.size, "white")
        grey = small.mode == "LA"
        small = Image.alpha_composite(paper, small.convert("RGBA")).convert("L" if grey else "RGB")
    return small if turn is None else small.transpose(turn)


def _target(size: tuple[int, int]) -> tuple[int, int]:
    """(columns, rows) with the longer side at most 512."""
    share = min(1.0, SIDE / max(size))
    return max(1, round(size[0] * share)), max(1, round(size[1] * share))


def _smaller(image: Image.Image, target: tuple[int, int]) -> Image.Image:
    """As L, LA, RGB or RGBA, averaged to `target`.

    Band by band: a copy of the whole in another mode would take as much memory again.
    """
    image.load()
    columns, rows = target
    bands = -(-rows // BAND)
    small = None
    for band in range(bands):
        low, high = band * BAND, min(rows, (band + 1) * BAND)
        top, bottom = (image.height * y / rows for y in (low, high))
        first, last = int(top), min(image.height, -int(-bottom // 1))
        part = _plain(image.crop((0, first, image.width, last)) if bands > 1 else image)
        box = (0, top - first, image.width, bottom - first)
        part = part.resize((columns, high - low), Image.Resampling.BOX, box=box)
        small = small or Image.new(part.mode, target)
        small.paste(part, (0, low))
    return small


def _plain(image: Image.Image) -> Image.Image:
    """As L, LA, RGB or RGBA."""
    if image.mode.startswith("I"):  # 16 bits of grey
        image = Image.fromarray((np.asarray(image) // 257).astype("u1"))
    mode = "L" if image.mode in ("1", "L", "LA") else "RGB"
    if image.has_transparency_data:
        mode += "A"
    # convert copies even where there is nothing to convert
    return image if mode == image.mode else image.convert(mode)


_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _orientation(image: Image.Image) -> int:
    """How EXIF says the camera was held; upright when that cannot be read."""
    try:
        return image.getexif().get(0x0112, 1)
    except Exception:  # damaged EXIF is no reason to refuse a picture
        return 1


def _channels(image: Image.Image) -> Tensor:
    pixels = np.array(image if image.mode in ("L", "RGB") else image.convert("L"))
    return torch.from_numpy(np.ascontiguousarray(np.atleast_3d(pixels).transpose(2, 0, 1)))
