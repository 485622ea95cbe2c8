"""Pictures one after another as a file: GIF, MP4, or a page that plays them."""

from __future__ import annotations

import base64
import io
import json
import pathlib
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from jaxtyping import UInt8

from ..checks import InputError

if TYPE_CHECKING:
    from PIL import Image

Picture: TypeAlias = UInt8[np.ndarray, "height width 3"]
COLOURS = 128  # of a picture's palette

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>minimax_lab</title>
<style>body{font:14px sans-serif;margin:1em}div{position:relative}
#shown{position:absolute;left:0;top:0}input{width:20em;vertical-align:middle}</style>
<div><img src="data:image/png;base64,STILL" alt="a run as it goes"><img id="shown" alt=""></div>
<button id="play">pause</button>
<input id="at" type="range" min="0" max="LAST" value="0" aria-label="moment">
<script>
const pictures = PICTURES, shown = document.getElementById("shown");
const at = document.getElementById("at"), play = document.getElementById("play");
let timer = null;
function show(i) { at.value = i; shown.src = "data:image/png;base64," + pictures[i]; }
function step() { show((Number(at.value) + 1) % pictures.length); }
function toggle() {
  if (timer === null) { timer = setInterval(step, PERIOD); play.textContent = "pause"; }
  else { clearInterval(timer); timer = null; play.textContent = "play"; }
}
play.onclick = toggle;
at.oninput = () => { if (timer !== null) toggle(); show(Number(at.value)); };
show(0); toggle();
</script></html>
"""


def gif(last: Picture, pictures: Iterator[Picture], target: pathlib.Path, pace: float) -> None:
    """A GIF that goes on for ever."""
    rest = _indexed(last, pictures)
    first = next(rest)
    settings: dict[str, Any] = {"save_all": True, "append_images": rest, "loop": 0}
    # Its clock counts hundredths of a second.
    first.save(target, format="gif", duration=max(20, round(100 / pace) * 10), **settings)


def html(last: Picture, pictures: Iterator[Picture], target: pathlib.Path, pace: float) -> None:
    """A page with all pictures in it, a slider and a button."""
    told, first = [], None
    for picture in _indexed(last, pictures):
        if first is None:
            first = picture
        told.append(_png(_over(first, picture), transparency=COLOURS))
    assert first is not None
    page = PAGE.replace("LAST", str(len(told) - 1)).replace("PERIOD", f"{1000 / pace:.0f}")
    page = page.replace("STILL", _png(first))
    target.write_text(page.replace("PICTURES", json.dumps(told)), encoding="utf-8")


def mp4(last: Picture, pictures: Iterator[Picture], target: pathlib.Path, pace: float) -> None:
    """H.264 by ffmpeg, which is given the pictures as they come."""
    height, width, _ = last.shape
    plain = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", f"{pace:g}"]
    coded = [
        "-an",
        "-c:v",
        "libx264",
        "-pix_fmt",
        "yuv420p",
        "-movflags",
        "+faststart",
        "-f",
        "mp4",
    ]
    command = [demand_ffmpeg(), "-y", "-loglevel", "error", *plain, "-i", "-", *coded, str(target)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stderr is not None
        try:
            for picture in pictures:
                process.stdin.write(picture.tobytes())
            process.stdin.close()
        except BrokenPipeError:
            pass  # ffmpeg has ended, and says why
        said = process.stderr.read().decode(errors="replace")
    if process.returncode:
        raise InputError(f"ffmpeg could not write {target.suffix}: {' '.join(said.split())[-300:]}")


def demand_ffmpeg() -> str:
    """Where ffmpeg is."""
    found = shutil.which("ffmpeg")
    if found is None:
        raise InputError(
            "an .mp4 needs ffmpeg, which is not on the path; install it, or write a .gif or an "
            ".html, which need nothing."
        )
    return found


# Each is told how the pictures end, then given them one by one.
Film: TypeAlias = Callable[[Picture, Iterator[Picture], pathlib.Path, float], None]
FILMS: Mapping[str, Film] = {
    "gif": gif,
    "mp4": mp4,
    "html": html,
}


def _over(first: Image.Image, picture: Image.Image) -> Image.Image:
    """What a picture has other than the first, and nothing elsewhere."""
    from PIL import Image

    below, above = np.asarray(first), np.asarray(picture)
    found = Image.fromarray(np.where(below == above, np.uint8(COLOURS), above))
    found.putpalette([*(picture.getpalette() or [])[: 3 * COLOURS], 0, 0, 0])
    return found


def _png(picture: Image.Image, **settings: int) -> str:
    stream = io.BytesIO()
    picture.save(stream, format="png", **settings)
    return base64.b64encode(stream.getvalue()).decode("ascii")


def _indexed(last: Picture, pictures: Iterator[Picture]) -> Iterator[Image.Image]:
    """The pictures in the colours of the last one, in which all that moves has come to be seen."""
    from PIL import Image

    palette = Image.fromarray(last).quantize(COLOURS, method=Image.Quantize.MEDIANCUT)
    for picture in pictures:
        yield Image.fromarray(picture).quantize(palette=palette, dither=Image.Dither.NONE)
