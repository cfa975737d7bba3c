import struct
import subprocess
import sys
import textwrap
import threading
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw
from sklearn.datasets import load_digits, load_sample_image

from core import pictures
from core.keep import Keep
from core.pictures import add, picture
from tests.files import chunk, encoded, png


@pytest.fixture(autouse=True)
def empty_store():
    pictures._own.clear()


def photo(columns=60, rows=40, mode="RGB"):
    """Smooth, so that a lossy file keeps it, and without any symmetry."""
    i, j = np.mgrid[0:rows, 0:columns] / max(rows, columns)
    pixels = np.stack([0.2 + 0.6 * j, 0.9 - 0.7 * i, 0.3 + 0.5 * i * j], -1)
    return Image.fromarray((pixels * 255).astype("u1")).convert(mode)


def webp_canvas(columns, rows):
    """A WEBP whose extended header promises a canvas around a tiny picture."""
    tiny = encoded(photo(8, 8), "WEBP")[12:]
    size = (columns - 1).to_bytes(3, "little") + (rows - 1).to_bytes(3, "little")
    body = b"WEBP" + b"VP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + size + tiny
    return b"RIFF" + struct.pack("<I", len(body)) + body


def jpeg_header(columns, rows, progressive=False):
    """A JPEG with another size written into its frame header."""
    raw = bytearray(encoded(photo(), "JPEG", progressive=progressive))
    at = raw.index(b"\xff\xc2" if progressive else b"\xff\xc0")
    raw[at + 5 : at + 9] = struct.pack(">HH", rows, columns)
    return bytes(raw)


# --- bundled -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*pictures.NAMES, "digit-0", "digit-1796-large"])
def test_every_bundled_picture_is_finite_and_fills_the_unit_interval(name):
    pixels = picture(name)
    assert pixels.dtype == torch.float32 and pixels.shape[0] in (1, 3)
    assert 0 <= pixels.min() < 0.05 and 0.9 < pixels.max() <= 1


@pytest.mark.parametrize("name", ["china", "flower"])
def test_the_photographs_are_those_of_scikit_learn(name):
    ours = picture(name)
    assert ours.shape == (3, 512, 512)
    left = {"china": 8, "flower": 94}[name]
    theirs = Image.fromarray(load_sample_image(f"{name}.jpg")).crop((left, 0, left + 427, 427))
    back = np.asarray(theirs.resize((512, 512), Image.Resampling.LANCZOS)) / 255
    assert np.abs(ours.numpy().transpose(1, 2, 0) - back).mean() < 0.02


def test_the_digits_are_those_of_scikit_learn():
    theirs = load_digits().images
    for index in (0, 42, 43, 1000, 1796):
        np.testing.assert_allclose(picture(f"digit-{index}")[0], theirs[index] / 16, atol=1e-6)
    large = picture("digit-1000-large")
    assert large.shape == (1, 128, 128)
    assert float(large.mean()) == pytest.approx(theirs[1000].mean() / 16, abs=0.01)


def test_a_caller_may_write_into_its_picture_without_changing_the_next_one():
    for name in (*pictures.NAMES, "digit-3", add(encoded(photo(), "PNG"))):
        before = picture(name).clone()
        picture(name).zero_()
        assert torch.equal(picture(name), before), name


@pytest.mark.parametrize("name", ["", "moon", "digit-", "digit-1797", "digit--1", "../china"])
def test_an_unknown_name_is_refused(name):
    with pytest.raises(ValueError, match="expected"):
        picture(name)


# --- the student's own -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "more"),
    [("PNG", {}), ("JPEG", {"quality": 95}), ("WEBP", {"quality": 95}), ("WEBP", {"lossless": 1})],
)
def test_a_picture_comes_back_as_it_was(kind, more):
    name = add(encoded(photo(), kind, **more))
    assert len(name) == 16 and name.startswith("own-") and int(name[4:], 16) >= 0
    pixels = picture(name)
    assert pixels.shape == (3, 40, 60) and pixels.dtype == torch.float32
    expected = np.asarray(photo()).transpose(2, 0, 1) / 255
    assert np.abs(pixels.numpy() - expected).max() < 0.03
    assert add(encoded(photo(), kind, **more)) == name


def test_a_large_picture_is_averaged_to_512_and_keeps_its_shape():
    fine = Image.fromarray((np.indices((1000, 2000)).sum(0) % 2 * 255).astype("u1"))
    pixels = picture(add(encoded(fine, "PNG")))
    assert pixels.shape == (1, 256, 512)
    assert (pixels - 0.5).abs().max() < 0.1  # picking every fourth pixel would show 0 or 1


def test_a_very_long_picture_keeps_one_row():
    assert picture(add(encoded(Image.new("L", (3000, 2)), "PNG"))).shape == (1, 1, 512)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_picture_stands_as_the_camera_was_held(orientation):
    upright = np.asarray(photo()) / 255
    stored = {  # what the sensor saw, by the definition of the tag
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright, 1),
        7: upright[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = Image.fromarray((stored * 255).round().astype("u1"))
    for kind in ("PNG", "JPEG", "WEBP"):
        pixels = picture(add(encoded(image, kind, exif=exif, quality=95)))
        assert np.abs(pixels.numpy().transpose(1, 2, 0) - upright).max() < 0.05, kind


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_damaged_exif_is_no_reason_to_refuse():
    raw = encoded(photo(), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff\x01\x12\0\x03")
    assert picture(add(raw)).shape == (3, 40, 60)


def test_transparent_parts_show_white_paper():
    image = photo(mode="RGBA")
    image.paste((255, 0, 0, 0), (0, 0, 30, 40))
    pixels = picture(add(encoded(image, "PNG")))
    assert pixels.shape == (3, 40, 60) and (pixels[:, :, :30] == 1).all()
    half = Image.new("LA", (4, 4), (0, 128))
    assert picture(add(encoded(half, "PNG"))) == pytest.approx(torch.full((1, 4, 4), 127 / 255))
    palette = Image.new("P", (4, 4), 1)
    palette.putpalette([0, 0, 0, 250, 0, 0])
    clear = picture(add(encoded(palette, "PNG", transparency=1)))
    assert (clear == 1).all() and clear.shape == (3, 4, 4)


def test_sixteen_bits_one_bit_and_printing_colours_are_understood():
    ramp = np.linspace(0, 65535, 64).astype("u2")[None].repeat(4, 0)
    pixels = picture(add(encoded(Image.fromarray(ramp), "PNG")))
    assert pixels.shape == (1, 4, 64)
    np.testing.assert_allclose(pixels[0], ramp / 65535, atol=0.005)
    colour = np.dstack([ramp, ramp[:, ::-1], 0 * ramp])
    lines = b"".join(b"\0" + row.astype(">u2").tobytes() for row in colour)
    pixels = picture(add(png(64, 4, lines, bits=16, colour=2)))
    np.testing.assert_allclose(pixels.numpy().transpose(1, 2, 0), colour / 65535, atol=0.005)
    bits = Image.fromarray(np.eye(6, dtype=bool))
    assert torch.equal(picture(add(encoded(bits, "PNG"))), torch.eye(6)[None])
    printed = picture(add(encoded(photo(mode="CMYK"), "JPEG", quality=95)))
    assert np.abs(printed.numpy().transpose(1, 2, 0) - np.asarray(photo()) / 255).max() < 0.05


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_of_a_moving_picture_the_first_frame_is_taken(kind):
    frames = [Image.new("RGB", (20, 10), colour) for colour in ("red", "lime", "blue")]
    raw = encoded(frames[0], kind, save_all=True, append_images=frames[1:], lossless=True)
    pixels = picture(add(raw))
    assert pixels.shape == (3, 10, 20)
    assert pixels[:, 5, 5].tolist() == pytest.approx([1, 0, 0], abs=0.02)


# --- what is refused ---------------------------------------------------------------------------

BAD = {
    "an empty file": (b"", "got an empty file"),
    "text called .png": (b"name,value\nlr,0.1\n", "got a file of another kind"),
    "a GIF": (encoded(photo(), "GIF"), "expected a PNG, JPEG or WEBP picture, got a GIF"),
    "an SVG": (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "got an SVG"),
    "a BMP": (encoded(photo(), "BMP"), "got a BMP"),
    "a TIFF": (encoded(photo(), "TIFF"), "got a TIFF"),
    "a PDF": (b"%PDF-1.7\n", "got a PDF"),
    "an iPhone's HEIC": (b"\0\0\0\x18ftypheic", "got an HEIC"),
    "eleven megabytes": (b"\x89PNG\r\n\x1a\n" + bytes(11_000_000), "at most 10 MB, got 11.0 MB"),
    "a header of 65535 x 65535": (png(65535, 65535), "at most 16 megapixels, got 65535 x 65535"),
    "a header of 2^31 - 1": (png(2**31 - 1, 2**31 - 1), "at most 16 megapixels"),
    "one pixel too many": (png(4001, 4000, bytes(4_002_000)), "got 4001 x 4000, which is 16.0"),
    "9000 x 9000 of one bit": (png(9000, 9000, bytes(1126 * 9000), bits=1), "which is 81.0"),
    "400 million zeros": (png(20000, 20000, bytes(2501 * 20000), bits=1), "which is 400.0"),
    "a JPEG of 65500 x 65500": (jpeg_header(65500, 65500), "at most 64 megapixels"),
    "a progressive JPEG of 8000 x 6000": (
        jpeg_header(8000, 6000, progressive=True),
        "a JPEG picture of at most 12.5 megapixels, got 8000 x 6000, which is 48.0",
    ),
    "a WEBP canvas of 16384 x 16384": (webp_canvas(16384, 16384), "at most 4 megapixels"),
    "a WEBP canvas of 2^24": (webp_canvas(2**24, 2**24), "at most 4 megapixels"),
    "a WEBP canvas around a smaller frame": (webp_canvas(1900, 1900), "damaged or cut off"),
    "no pixels": (png(0, 10), "damaged or cut off"),
    "half a JPEG": (encoded(photo(300, 300), "JPEG")[:3000], "expected a JPEG .* damaged"),
    "half a PNG": (encoded(photo(300, 300), "PNG")[:500], "expected a PNG .* damaged"),
    "half a WEBP": (encoded(photo(300, 300), "WEBP")[:200], "expected a WEBP .* damaged"),
    "only the first bytes": (b"\xff\xd8\xff", "expected a JPEG .* damaged"),
    "a PNG that says more than it holds": (png(100, 100, bytes(5000)), "damaged or cut off"),
    "a second header": (
        png(100, 100, extra=chunk(b"IHDR", struct.pack(">IIBBBBB", 9000, 9000, 8, 2, 0, 0, 0))),
        "damaged or cut off",
    ),
    "a thousand scans": (
        encoded(photo(), "JPEG", progressive=True)[:-2] + b"\xff\xda\0\x08" * 1000,
        "at most 100 scans",
    ),
    "comments that unpack to 60 MB": (
        png(4, 4, bytes(20), extra=60 * chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(10**6)))),
        "damaged or cut off",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_in_one_sentence(name):
    raw, message = BAD[name]
    with pytest.raises(ValueError, match=message) as refusal:
        add(raw)
    assert type(refusal.value) is ValueError and "\n" not in str(refusal.value)
    assert not pictures._own


def test_a_picture_that_unpacks_to_more_than_it_says_is_cut_at_its_size():
    assert picture(add(png(10, 10, bytes(50_000_000)))).shape == (1, 10, 10)


# --- what is kept ------------------------------------------------------------------------------


def test_an_unknown_own_picture_asks_for_it_again():
    with pytest.raises(ValueError, match="got own-0123456789ab: it is gone"):
        picture("own-0123456789ab")


def test_the_picture_looked_at_least_recently_goes_first(monkeypatch):
    monkeypatch.setattr(pictures, "_own", Keep(40))
    names = [add(png(1 + i, 1, bytes(2 + i))) for i in range(4)]  # 1 + 2 + 3 + 4 bytes
    picture(names[0])
    add(png(31, 1, bytes(32)))
    assert picture(names[0]).shape == (1, 1, 1)
    with pytest.raises(ValueError, match="upload it again"):
        picture(names[1])
    assert picture(names[3]).shape == (1, 1, 4) and pictures._own.weight <= 40


def test_the_small_pictures_of_a_whole_class_stay():
    names = [add(png(1 + i, 1, bytes(2 + i))) for i in range(300)]
    assert all(picture(name).shape[2] == 1 + i for i, name in enumerate(names))


def test_many_students_at_once_neither_fail_nor_overfill_the_store():
    files = [encoded(Image.new("L", (20 + i, 20), i), "PNG") for i in range(60)]
    failures = []

    def work(part):
        try:
            for raw in part:
                assert picture(add(raw)).shape[1] == 20
        except Exception as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(files[k::6],)) for k in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures and pictures._own.weight <= pictures.KEPT


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads Linux's peak memory")
def test_neither_bombs_nor_the_largest_pictures_raise_the_memory_by_100_mb(tmp_path):
    phone, screen = Image.effect_noise((4032, 3024), 90), Image.effect_noise((2000, 2000), 90)
    largest = screen
    ImageDraw.Draw(largest).line((0, 0, 2000, 2000), 255, 9)
    exif = Image.Exif()
    exif[0x0112] = 6
    colour = Image.merge(
        "RGBA", [largest.resize((2000, 2000), box=(k, 0, 999, 999)) for k in range(4)]
    )
    files = [raw for raw, _ in BAD.values()] + [
        encoded(largest, "PNG", compress_level=1),
        encoded(colour.quantize(64), "PNG", compress_level=1),
        png(2000, 2000, bytes(2000 * 16001), bits=16, colour=6),
        encoded(colour, "WEBP", quality=30, method=0, exif=exif),
        encoded(colour.convert("CMYK"), "JPEG", quality=30, exif=exif),
        encoded(phone.convert("RGB"), "JPEG", quality=30, progressive=True, exif=exif),
        png(4000, 4000, bytes(4000 * 16001), colour=6),
        png(4000, 4000, bytes(4000 * 8001), bits=16),
        encoded(colour.convert("RGB"), "JPEG", quality=30, progressive=True),
    ]
    for number, raw in enumerate(files):
        (tmp_path / f"{number:02}").write_bytes(raw)
    script = textwrap.dedent("""
        import pathlib, re, sys
        from core.pictures import add, picture

        def peak():
            return int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024

        picture(add(pathlib.Path(sys.argv[2]).read_bytes()))
        before = peak()
        for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
            was = peak()
            try:
                picture(add(path.read_bytes()))
            except ValueError:
                pass
            if peak() > was + 1:
                print(path.name, round(peak() - was), file=sys.stderr)
        print(peak() - before)
    """)
    small = tmp_path.parent / "small"
    small.write_bytes(encoded(photo(), "WEBP"))
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path), str(small)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert float(done.stdout) <= 100, done.stderr
