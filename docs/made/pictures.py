"""The pictures of README's first screen and of the first evenings, drawn by the very lines beside
them: `make pictures` puts them into docs/, and the tests hold them to what the lines draw.
"""

from __future__ import annotations

import contextlib
import re
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
FIRST = ("portrait", "equilibria", "spectrum", "training")
EVENINGS = ("paper", "method", "gan")
BLOCK = re.compile(r'^```python(?: title="(.*?)")?\n(.*?)^```', re.MULTILINE | re.DOTALL)


def run(page: Path, blocks: int | None = None) -> None:
    """The Python of a page, or its first blocks, as one session; what it draws lies in the working
    folder, as do the files it shows.
    """
    shown = BLOCK.findall(page.read_text(encoding="utf-8"))[:blocks]
    for name, text in shown:
        if name:
            Path(name).write_text(text, encoding="utf-8")
    code = "\n".join(text for _, text in shown)
    exec(compile(code, page.name, "exec", dont_inherit=True), {"__name__": "page"})


def small(path: Path) -> Image.Image:
    """A picture as a page shows it: half as large."""
    with Image.open(path) as picture:
        half = picture.convert("RGB").resize((picture.width // 2, picture.height // 2))
    return half.quantize(256, Image.Quantize.MAXCOVERAGE)


def drawn(page: Path, folder: Path, names: tuple[str, ...], blocks: int | None = None) -> None:
    """Draw a page's pictures into a folder of docs/."""
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary, contextlib.chdir(temporary):
        run(page, blocks)
        for name in names:
            small(Path(f"{name}.png")).save(folder / f"{name}.png", optimize=True)
            print((folder / f"{name}.png").relative_to(ROOT))


if __name__ == "__main__":
    wanted = sys.argv[1:] or ("first", *EVENINGS)
    for one in wanted:
        if one == "first":
            drawn(README, ROOT / "docs" / "first", FIRST, blocks=1)
        else:
            evening = ROOT / "docs" / "evenings" / f"{one}.md"
            drawn(evening, evening.parent, (one,))
