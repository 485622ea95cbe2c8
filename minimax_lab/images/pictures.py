"""Pictures in files of their own: a folder of them, whose subfolders are classes."""

from __future__ import annotations

import pathlib
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

import numpy as np

from ..checks import InputError, refuse, whole
from .contents import Path, damaged
from .formats import Progress, silent
from .value import Images, Pixels

if TYPE_CHECKING:
    from PIL.Image import Image

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".ppm", ".pgm", ".tif", ".tiff")
GREY = {"1", "L", "LA"}
COLOURS = {"RGB", "RGBA", "P", "PA", "CMYK", "YCbCr"}
HALVES = ("train", "test")
STRIDE = 100  # pictures from one word of progress to the next
Size = tuple[int, int]  # height, width


@contextmanager
def opened(file: IO[bytes] | pathlib.Path, path: Path) -> Iterator[Image]:
    """A picture, whatever Pillow reads; one that is damaged or vast is refused."""
    try:
        import PIL.Image
    except ImportError as error:
        raise InputError(
            f"{path} is a picture, which Pillow reads, and that is not installed: "
            'pip install "minimax_lab[gan]" or pillow alone.'
        ) from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", PIL.Image.DecompressionBombWarning)
            with PIL.Image.open(file) as picture:
                yield picture
    except PermissionError:
        allowed = "a picture that can be read"
        raise refuse("path", str(path), allowed, "Permission is denied.") from None
    except (PIL.Image.DecompressionBombWarning, PIL.Image.DecompressionBombError):
        raise damaged(path, "a picture of moderate size", "It is vast.") from None
    except InputError:
        raise
    except (OSError, SyntaxError, ValueError, EOFError):
        raise damaged(path, "a picture") from None


def read(
    folder: Path, size: int | Sequence[int] | None = None, progress: Progress = silent
) -> Images:
    """The pictures of a folder; its subfolders, where it has some, are the classes, and train/ and
    test/ the two parts. With `size` all are scaled to cover it and cropped about their middle.
    """
    top = pathlib.Path(folder)
    wanted = None if size is None else _size(size)
    halves = [top / half for half in HALVES if (top / half).is_dir()]
    if len(halves) < len(HALVES):
        halves = [top]
    listed = [_listed(half) for half in halves]
    classes = tuple(sorted({name for half in listed for name, _ in half if name is not None}))
    paths = [path for half in listed for _, path in half]
    if not paths:
        allowed = f"a folder of pictures ({', '.join(SUFFIXES)})"
        raise refuse("path", str(folder), allowed, "There is none in it.")
    numbers = {name: number for number, name in enumerate(classes)}
    labels = [numbers[name] for half in listed for name, _ in half if name is not None]
    if labels and len(labels) < len(paths):
        cause = "Some lie beside the folders of the classes."
        raise refuse("path", str(folder), "a folder of pictures or of classes, not both", cause)
    pixels = _decoded(paths, wanted, progress)
    held = len(listed[1]) if len(listed) > 1 else 0
    told = np.asarray(labels) if labels else None
    return Images(pixels, told, top.resolve().name, classes, str(folder), held)


def _size(given: int | Sequence[int]) -> Size:
    sides = tuple(given) if isinstance(given, tuple | list) else (given, given)
    if len(sides) != 2:
        raise refuse("size", given, "one number of pixels, or height and width")
    return whole(sides[0], "size"), whole(sides[1], "size")


def _listed(folder: pathlib.Path) -> list[tuple[str | None, pathlib.Path]]:
    """The pictures below a folder, each with the subfolder that is its class."""
    found: list[tuple[str | None, pathlib.Path]] = []
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).parts
        hidden = any(part.startswith(".") for part in inside)
        if path.suffix.lower() in SUFFIXES and not hidden and path.is_file():
            found.append((inside[0] if len(inside) > 1 else None, path))
    return found


def _decoded(paths: Sequence[pathlib.Path], size: Size | None, progress: Progress) -> Pixels:
    sizes, modes = [], set()
    for i, path in enumerate(paths):
        if i % STRIDE == 0:
            progress(i, 2 * len(paths))
        with opened(path, path) as picture:
            sizes.append((picture.height, picture.width))
            modes.add(picture.mode)
            if picture.mode not in GREY | COLOURS:
                cause = f"It has another kind of numbers ({picture.mode})."
                raise damaged(path, "a picture of 8 bits a colour", cause)
    if size is None:
        other = next((i for i, found in enumerate(sizes) if found != sizes[0]), None)
        if other is not None:
            raise refuse(
                str(paths[other]),
                "of {} x {} pixels".format(*sizes[other]),
                "as large as {}, {} x {}".format(paths[0], *sizes[0]),
                "With `size` all are scaled and cropped.",
            )
    height, width = size or sizes[0]
    grey = modes <= GREY
    pixels = np.empty((len(paths), height, width, 1 if grey else 3), np.uint8)
    for i, path in enumerate(paths):
        if i % STRIDE == 0:
            progress(len(paths) + i, 2 * len(paths))
        with opened(path, path) as picture:
            shown = _fitted(picture.convert("L" if grey else "RGB"), height, width)
            pixels[i] = np.asarray(shown).reshape(height, width, -1)
    return pixels


def _fitted(picture: Image, height: int, width: int) -> Image:
    """Scaled to cover the size, and cropped about its middle."""
    if picture.size == (width, height):
        return picture
    from PIL import ImageOps

    return ImageOps.fit(picture, (width, height))
