"""Pictures side by side, pixel for pixel."""

from __future__ import annotations

import math
import os

import numpy as np
from jaxtyping import UInt8

from ..checks import refuse
from ..files import writing

GAP = 1  # pixels between two pictures


def grid_of(
    pixels: UInt8[np.ndarray, "count height width colours"], columns: int | None = None
) -> UInt8[np.ndarray, "height width colours"]:
    """Pictures of bytes in rows, as near to a square as they come.

    Arguments:
        pixels: bytes of shape (count, height, width, colours), of one or three colours.
        columns: how many stand in a row.

    Examples:
        >>> import numpy as np
        >>> import minimax_lab as mm
        >>> mm.draw.grid_of(np.zeros((6, 8, 8, 1), np.uint8)).shape
        (17, 26, 1)
    """
    pixels = np.asarray(pixels)
    if pixels.ndim != 4 or pixels.dtype != np.uint8 or pixels.shape[-1] not in (1, 3):
        allowed = "bytes of shape (count, height, width, colours), of one or three colours"
        raise refuse("pixels", f"an array of {pixels.dtype}, shape {pixels.shape}", allowed)
    count, height, width, colours = pixels.shape
    columns = columns or math.ceil(math.sqrt(count))
    rows = -(-count // columns)
    tall, wide = height + GAP, width + GAP
    sheet = np.full((rows * tall, columns * wide, colours), 255, np.uint8)
    for i, picture in enumerate(pixels):
        top, left = i // columns * tall, i % columns * wide
        sheet[top : top + height, left : left + width] = picture
    return sheet[: rows * tall - GAP, : columns * wide - GAP]


def save_grid(
    pixels: UInt8[np.ndarray, "count height width colours"],
    path: str | os.PathLike[str],
    *,
    magnified: int = 1,
) -> None:
    """The grid as a .png, whole or not at all.

    Arguments:
        pixels: as `grid_of` takes them.
        path: the file.
        magnified: how many pixels of the file a pixel is wide.

    Examples:
        >>> import tempfile
        >>> import numpy as np
        >>> import minimax_lab as mm
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     mm.draw.save_grid(np.zeros((4, 8, 8, 1), np.uint8), f"{folder}/pictures.png")
    """
    from PIL import Image

    sheet = grid_of(pixels).repeat(magnified, 0).repeat(magnified, 1)
    picture = Image.fromarray(sheet[..., 0] if sheet.shape[-1] == 1 else sheet)
    with writing(path) as temporary:
        picture.save(temporary, format="png")
