"""Pictures as phones and screens make them: large, tiny, narrow."""

import numpy as np
import pytest
from PIL import Image

from core.pictures import add, picture
from tests.files import chunk, encoded, png


@pytest.mark.parametrize("quality", ["L", "RGB", "RGBA", "P", "I;16"])
def test_sixteen_megapixels_are_still_accepted(quality):
    bits, colour, width = {
        "L": (8, 0, 1),
        "RGB": (8, 2, 3),
        "RGBA": (8, 6, 4),
        "P": (8, 3, 1),
        "I;16": (16, 0, 2),
    }[quality]
    palette = chunk(b"PLTE", bytes(3)) if quality == "P" else b""
    raw = png(4000, 4000, bytes((1 + 4000 * width) * 4000), bits, colour, palette)
    assert picture(add(raw)).shape == (1 if quality in ("L", "I;16") else 3, 512, 512)


def large(columns, rows):
    """Quadrants of dark, red, green and blue, with a margin that is no multiple of a band."""
    image = Image.new("RGB", (columns, rows), (10, 10, 10))
    for k, colour in enumerate([(250, 0, 0), (0, 250, 0), (0, 0, 250)], start=1):
        x, y = k % 2 * columns // 2, k // 2 * rows // 2
        image.paste(colour, (x, y, x + columns // 2, y + rows // 2))
    return image


@pytest.mark.parametrize("more", [{}, {"progressive": True}, {"turn": 6}])
def test_a_photograph_from_a_phone_is_made_smaller_and_used(more):
    exif = Image.Exif()
    exif[0x0112] = turn = more.pop("turn", 1)
    raw = encoded(large(4032, 3024), "JPEG", quality=80, exif=exif, **more)
    pixels = picture(add(raw))
    assert pixels.shape == ((3, 512, 384) if turn == 6 else (3, 384, 512))
    seen = {  # at a quarter of each side, as the camera was held
        1: [[0.04] * 3, [0.98, 0, 0], [0, 0.98, 0], [0, 0, 0.98]],
        6: [[0, 0.98, 0], [0.04] * 3, [0, 0, 0.98], [0.98, 0, 0]],
    }[turn]
    rows, columns = pixels.shape[1] // 4, pixels.shape[2] // 4
    for k, colour in enumerate(seen):
        at = pixels[:, rows * (1 + 2 * (k // 2)), columns * (1 + 2 * (k % 2))]
        assert at.tolist() == pytest.approx(colour, abs=0.03)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "LA"])
def test_a_screenshot_is_averaged_in_bands_as_in_one_piece(mode):
    image = large(2560, 1600).resize((2560, 1600)).convert(mode)
    pixels = picture(add(encoded(image, "PNG")))
    plain = image.convert("L" if mode == "LA" else "RGB")
    whole = np.atleast_3d(np.asarray(plain.resize((512, 320), Image.Resampling.BOX)))
    assert pixels.shape[1:] == (320, 512)
    np.testing.assert_allclose(pixels.numpy().transpose(1, 2, 0), whole / 255, atol=1.01 / 255)


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1), (1, 3000), (3000, 1)])
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_tiny_and_narrow_pictures_keep_their_shape(size, kind):
    pixels = picture(add(encoded(Image.new("RGB", size, (250, 128, 0)), kind, quality=95)))
    assert pixels.shape == (3, min(size[1], 512), min(size[0], 512))
    assert pixels.mean((1, 2)).tolist() == pytest.approx([0.98, 0.5, 0], abs=0.03)
