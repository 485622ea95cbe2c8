"""Contact sheets: every figure of a folder, small and side by side, in colour and in grey."""

from __future__ import annotations

from pathlib import Path

CELL, COLUMNS, ROWS = (620, 560), 4, 4


def write(folder: Path, target: Path) -> list[Path]:
    """Sheets of all PNG files in `folder`, into `target`; each figure with its name and its printed
    width.
    """
    from PIL import Image, ImageDraw

    target.mkdir(parents=True, exist_ok=True)
    for old in target.glob("sheet-*.png"):
        old.unlink()
    paths, made = sorted(folder.glob("*.png")), []
    for grey in (False, True):
        for start in range(0, len(paths), COLUMNS * ROWS):
            page = paths[start : start + COLUMNS * ROWS]
            sheet = Image.new(
                "RGB", (CELL[0] * COLUMNS, CELL[1] * -(-len(page) // COLUMNS)), "white"
            )
            pen = ImageDraw.Draw(sheet)
            for k, path in enumerate(page):
                left, top = CELL[0] * (k % COLUMNS), CELL[1] * (k // COLUMNS)
                with Image.open(path) as image:
                    inches = image.width / image.info.get("dpi", (220,))[0]
                    small = image.convert("L" if grey else "RGB").convert("RGB")
                    small.thumbnail((CELL[0] - 20, CELL[1] - 40), Image.Resampling.LANCZOS)
                pen.text((left + 10, top + 8), f"{path.stem}, {inches:.2f} in", fill="black")
                sheet.paste(small, (left + 10, top + 28))
                pen.rectangle((left, top, left + CELL[0] - 1, top + CELL[1] - 1), outline="#cccccc")
            name = f"sheet-{'grey' if grey else 'colour'}-{start // (COLUMNS * ROWS) + 1}.png"
            sheet.save(target / name)
            made.append(target / name)
    return made
