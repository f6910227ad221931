"""Images drawn by Pillow: another one for every seed, the same bytes every time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from io import BytesIO
from random import Random

from PIL import Image, ImageChops

CONTENT_TYPES = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}
OTHER_FORMATS = {"png": "jpeg", "jpeg": "webp", "webp": "png"}

# Fast rather than small: PNG by level 1 and run lengths (zlib's strategy 3), WebP by method 0.
SAVE_OPTIONS: dict[str, dict[str, int]] = {
    "png": {"compress_level": 1, "compress_type": 3},
    "jpeg": {"quality": 85},
    "webp": {"quality": 80, "method": 0},
}
SKETCH_PX = 96  # the picture is composed this small and then enlarged, which is cheap
BANDS = 4  # colours from top to bottom: a sky, a horizon, a ground
CLOUDS_PX = 9  # a few large soft shapes over them
LEAVES_PX = 40  # and finer ones
GRAIN_PX = 128  # the tile of noise that makes it hard to compress, as photographs are


@dataclass(frozen=True, slots=True)
class Picture:
    """What an image is to be; `image_format` is png, jpeg or webp."""

    seed: str
    width: int
    height: int
    image_format: str

    def of_wrong_size(self) -> Picture:
        """Return the same a good fifth larger: 1254 for 1024, as customers have seen.

        https://github.com/marcusquinn/aidevops/issues/31094
        """
        return replace(self, width=-(-self.width * 1254 // 1024), height=-(-self.height * 1254 // 1024))

    def of_wrong_format(self) -> Picture:
        """Return the same in another format."""
        return replace(self, image_format=OTHER_FORMATS[self.image_format])

    def draw(self) -> bytes:
        """Return the file's bytes; some 80 ms for a 1024 x 1024 PNG, most of it Pillow's PNG filters."""
        random = Random(self.seed)  # noqa: S311 - to be repeatable is the point
        size = (self.width, self.height)
        image = _sketch(random).resize(size, Image.Resampling.BICUBIC)
        image = ImageChops.add(image, _tiled(_noise(random, "RGB", GRAIN_PX, GRAIN_PX).point(_faint), size))
        file = BytesIO()
        image.save(file, self.image_format.upper(), **SAVE_OPTIONS[self.image_format])
        return file.getvalue()


def _sketch(random: Random) -> Image.Image:
    """Compose a landscape of sorts: bands of colour, with soft and fine shapes of light."""
    size = (SKETCH_PX, SKETCH_PX)
    bands = _noise(random, "RGB", 1, BANDS).resize(size, Image.Resampling.BICUBIC)
    clouds = _noise(random, "L", CLOUDS_PX, CLOUDS_PX).resize(size, Image.Resampling.BICUBIC)
    leaves = _noise(random, "L", LEAVES_PX, LEAVES_PX).resize(size, Image.Resampling.BILINEAR)
    light = Image.blend(clouds, leaves, 0.2).convert("RGB")
    return Image.blend(bands, light, 0.45)


def _noise(random: Random, mode: str, width: int, height: int) -> Image.Image:
    """Return an image of random pixels, grey (`L`) or coloured (`RGB`)."""
    return Image.frombytes(mode, (width, height), random.randbytes(width * height * len(mode)))


def _faint(value: int) -> int:
    """Bring a noise value down to a grain of 0 to 7."""
    return value >> 5


def _tiled(tile: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Fill an image of `size` with a tile, doubling what is there, so that it takes few pastes."""
    width, height = size
    filled = Image.new("RGB", size)
    filled.paste(tile)
    across = tile.width
    while across < width:
        filled.paste(filled.crop((0, 0, across, tile.height)), (across, 0))
        across *= 2
    down = tile.height
    while down < height:
        filled.paste(filled.crop((0, 0, width, down)), (0, down))
        down *= 2
    return filled
