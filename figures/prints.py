"""Copies of a figure for a page: small ones, and dark ones, whose lightness is turned round and
whose hues are kept.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

ROOM = 480, 336  # pixels of a small one, twice those of the page
PAPER = np.array([0x15, 0x18, 0x1C]) / 255  # what white becomes, as in gallery.css
PICTURES = ("_samples",)  # of figures that show pictures, which have no negative


def older(made: Path, source: Path) -> bool:
    """Whether a copy is missing or was made before its source."""
    return not made.exists() or made.stat().st_mtime < source.stat().st_mtime


def prints(image: Path, folder: Path) -> tuple[int, int]:
    """A dark copy of an image and small ones of both, where there are none newer than it; the
    size of the image in pixels.
    """
    from PIL import Image

    from minimax_lab.files import writing

    name = image.stem
    with Image.open(image) as opened:
        size = opened.size
        wanted = {
            "dark": folder / "dark" / f"{name}.png",
            "small": folder / "small" / f"{name}.webp",
            "small dark": folder / "small" / f"{name}-dark.webp",
        }
        if not any(older(path, image) for path in wanted.values()):
            return size
        light = opened.convert("RGB")
    dark = light if name.endswith(PICTURES) else Image.fromarray(negative(np.asarray(light)))
    made = {"dark": dark, "small": light.copy(), "small dark": dark.copy()}
    for kind, path in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if kind != "dark":
            made[kind].thumbnail(ROOM, Image.Resampling.LANCZOS)
        how = {"compress_level": 6} if kind == "dark" else {"quality": 82, "method": 4}
        with writing(path) as temporary:
            made[kind].save(temporary, format="PNG" if kind == "dark" else "WEBP", **how)
    return size


def negative(pixels: np.ndarray) -> np.ndarray:
    """Black for white, and colours as light as they were dark (lightness as in HSL)."""
    scaled = pixels.astype(np.float32) / 255
    ends = scaled.max(-1, keepdims=True) + scaled.min(-1, keepdims=True)
    turned = np.clip(scaled + 1 - ends, 0, 1)
    return np.rint(255 * (PAPER + (1 - PAPER) * turned)).astype(np.uint8)
