"""python -m figures.filming [NAME...]: films, as GIF, as MP4 where ffmpeg is, and one picture of
each as SVG; `make films` calls this.

A film is a public function in `films/` whose parameters name the experiments it reads and whose
docstring is its caption. It returns a figure, a function that makes it show a frame, how many
frames there are, and which one to print.
"""

from __future__ import annotations

import ast
import functools
import importlib
import io
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from . import declare, jobs, results, sources
from .declare import Experiment, Plot

ROOT = Path(__file__).resolve().parents[1]
SECONDS, DOTS = 10.0, 110  # of a film; an inch
Show = Callable[[int], None]


def films(root: Path) -> dict[str, Plot]:
    """Every film under `root`, by name."""
    found = {}
    for path in sorted((root / "figures" / "films").glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                reads = tuple(argument.arg for argument in node.args.args)
                caption = " ".join((ast.get_docstring(node) or "").split())
                found[node.name] = Plot(node.name, reads, caption, path)
    return found


def main(names: Sequence[str]) -> None:
    """Make those named, or all whose records are there; cheap experiments are computed anew where
    their code has changed.
    """
    os.chdir(ROOT)
    jobs.prepare()
    known, every, folders = declare.experiments(ROOT), films(ROOT), jobs.Folders(ROOT)
    sources.recall(ROOT, folders.known)
    for name in names or every:
        if name not in every:
            raise SystemExit(f"{name} is no film{declare.meant(name, every)}")
        film = every[name]
        lacking = [read for read in film.reads if not _ready(known[read], folders)]
        if lacking:
            jobs.say(f"skip {name}: there is no record of {', '.join(lacking)} yet")
            continue
        read = {each: results.load(folders.result(known[each])) for each in film.reads}
        module = importlib.import_module(f"figures.films.{film.path.stem}")
        made = shoot(getattr(module, name)(**read), folders.build / "films" / name)
        jobs.say("".join(f"{path.relative_to(ROOT)}: {_size(path)}\n" for path in made).rstrip())


def _ready(experiment: Experiment, folders: jobs.Folders) -> bool:
    path = folders.result(experiment)
    if experiment.cost == "cheap" and (
        not path.exists() or results.outdated(results.load(path).header, experiment, ROOT)
    ):
        jobs.compute(experiment, folders)
    return path.exists()


def _size(path: Path) -> str:
    return f"{path.stat().st_size / 1024:.0f} kB"


def shoot(film: tuple[Any, Show, int, int], target: Path, seconds: float = SECONDS) -> list[Path]:
    """The files of one film, `target` with their endings."""
    from matplotlib import pyplot

    from minimax_lab.files import writing

    figure, show, count, printed = film
    figure.set_dpi(DOTS)
    target.parent.mkdir(parents=True, exist_ok=True)
    made = [target.with_suffix(".gif"), target.with_suffix(".svg")]
    pictures = [_picture(figure, show, i, count) for i in range(count)]
    first, *rest = _reduced(pictures, printed)
    with writing(made[0]) as file:
        how: Mapping[str, Any] = {"format": "GIF", "save_all": True, "loop": 0, "optimize": True}
        first.save(file, append_images=rest, duration=round(1000 * seconds / count), **how)
    show(printed)
    with writing(made[1]) as file:
        figure.savefig(file, format="svg", metadata={"Date": None})
    if shutil.which("ffmpeg"):
        made.append(target.with_suffix(".mp4"))
        _encode(pictures, made[-1], count / seconds)
    pyplot.close(figure)
    return made


def _picture(figure: Any, show: Show, index: int, count: int) -> Any:
    from PIL import Image

    show(index)
    kept = io.BytesIO()
    figure.savefig(kept, format="png", dpi=DOTS, metadata={"Software": None})
    if sys.stdout.isatty() or index % 25 == 0:
        jobs.say(f"      frame {index + 1} of {count}", passing=True)
    with Image.open(kept) as opened:
        return opened.convert("RGB")


def _reduced(pictures: Sequence[Any], printed: int) -> list[Any]:
    """All in the same few colours, those of three of them, so that what stands still is not written
    again; white stays white.
    """
    from PIL import Image

    width, height = pictures[0].size
    shown = Image.new("RGB", (width, 3 * height))
    for i, index in enumerate((0, printed, len(pictures) // 2)):
        shown.paste(pictures[index], (0, i * height))
    palette = shown.quantize(128, method=Image.Quantize.MEDIANCUT)
    colours = palette.getpalette()
    white = max(range(0, len(colours), 3), key=lambda i: sum(colours[i : i + 3]))
    colours[white : white + 3] = [255, 255, 255]
    palette.putpalette(colours)
    reduce = functools.partial(_quantised, palette=palette)
    return [reduce(picture) for picture in pictures]


def _quantised(picture: Any, palette: Any) -> Any:
    from PIL import Image

    return picture.quantize(palette=palette, dither=Image.Dither.NONE)


def _encode(pictures: Sequence[Any], path: Path, rate: float) -> None:
    """H.264 by ffmpeg, which asks for even sizes."""
    from minimax_lab.files import writing

    width, height = (size - size % 2 for size in pictures[0].size)
    words = ["ffmpeg", "-loglevel", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24"]
    words += ["-s", f"{width}x{height}", "-r", f"{rate:g}", "-i", "-", "-pix_fmt", "yuv420p"]
    with writing(path) as file:
        words += ["-c:v", "libx264", "-crf", "18", "-f", "mp4", "-movflags", "+faststart"]
        whole = b"".join(picture.crop((0, 0, width, height)).tobytes() for picture in pictures)
        subprocess.run([*words, os.fspath(file)], input=whole, check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
