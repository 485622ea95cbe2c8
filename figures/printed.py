"""What a printed figure must be, read back from its files: as wide as a column or two, letters that
are letters, 7 to 9 points, inside the page and clear of each other.
"""

from __future__ import annotations

import itertools
import re
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .page import DOUBLE, LARGEST, SINGLE, SMALLEST

Matrix = tuple[float, float, float, float, float, float]
UNIT: Matrix = (1, 0, 0, 1, 0, 0)
RISE, FALL = 0.66, 0.2  # of letters above and below their line, in their size
TOUCH = 0.6  # points that boxes of texts may overlap by
EDGE = 0.25  # points that they may be over the edge, for they are not that exact
MARK = re.compile(rb"(?<=\s)(q|Q|cm|BT)(?=\s)")
WORD = re.compile(rb"\((?:\\.|[^\\)])*\)|[\[\]]|/?[^\s\[\]()/]+", re.DOTALL)


class Text(NamedTuple):
    """One piece of text: its size, that of its largest letters, and its box in points."""

    words: str
    size: float
    box: tuple[float, float, float, float]
    level: bool


class Page(NamedTuple):
    """A PDF page: width and height in inches, kinds of its fonts, and what is written on it."""

    width: float
    height: float
    fonts: frozenset[str]
    texts: tuple[Text, ...]


def read(path: Path) -> Page:
    """The one page of a PDF that matplotlib has written."""
    raw = path.read_bytes()
    objects = {int(m[1]): m[2] for m in re.finditer(rb"(\d+) 0 obj\s(.*?)endobj", raw, re.DOTALL)}
    found = re.search(rb"/MediaBox \[ ([^\]]*) \].*?/Contents (\d+) 0 R", raw, re.DOTALL)
    if found is None:
        raise ValueError(f"{path} has no page")
    *_, width, height = map(float, found[1].split())
    kinds = re.findall(rb"/Type /Font\s.*?/Subtype /(\w+)", raw, re.DOTALL)
    body = objects[int(found[2])].split(b"stream", 1)[1].strip(b"\r\n")
    content = zlib.decompressobj().decompress(body)
    texts = tuple(_texts(content, _fonts(raw, objects)))
    return Page(width / 72, height / 72, frozenset(kind.decode() for kind in kinds), texts)


def faults(folder: Path, names: Sequence[str] = ()) -> Iterator[str]:
    """What is wrong with the figures in `folder`, or with those named, a line each."""
    for path in sorted(folder.glob("*.pdf")):
        if names and path.stem not in names:
            continue
        for fault in itertools.chain(_of_page(read(path)), _of_picture(path.with_suffix(".png"))):
            yield f"{path.stem}: {fault}"


def _of_page(page: Page) -> Iterator[str]:
    if not any(abs(page.width - column) < 0.01 for column in (SINGLE, DOUBLE)):
        yield f"it is {page.width:.2f} in wide, not {SINGLE} or {DOUBLE}"
    if "Type3" in page.fonts or not page.fonts:
        yield "its text is no text: Type 3 or no fonts"
    texts = [text for text in page.texts if text.level and text.words.strip()]
    for text in texts:
        if not SMALLEST - 0.01 <= text.size <= LARGEST + 0.01:
            yield f"{text.words!r} has {text.size:.2g} points"
        left, low, right, top = text.box
        if min(left, low, 72 * page.width - right, 72 * page.height - top) < -EDGE:
            yield f"{text.words!r} runs over the edge"
    for one, other in itertools.combinations(texts, 2):
        across = min(one.box[2], other.box[2]) - max(one.box[0], other.box[0])
        down = min(one.box[3], other.box[3]) - max(one.box[1], other.box[1])
        if min(across, down) > TOUCH:
            yield f"{one.words!r} lies over {other.words!r}"


def _of_picture(path: Path) -> Iterator[str]:
    from PIL import Image

    if not path.exists():
        yield "there is no PNG"
        return
    with Image.open(path) as image:
        grey = np.asarray(image.convert("L"))
    if grey.std() < 2:
        yield "its PNG is blank"
    rim = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    if rim.min() < 250:
        yield "its PNG is cut off at the border"


def _fonts(raw: bytes, objects: dict[int, bytes]) -> dict[bytes, dict[int, float]]:
    """The widths of letters by font."""
    known: dict[bytes, dict[int, float]] = {}
    for name, number in re.findall(rb"/(F\d+) (\d+) 0 R", raw):
        inner = re.search(rb"/DescendantFonts \[ (\d+) 0 R", objects[int(number)])
        at = re.search(rb"/W (\d+) 0 R", objects[int(inner[1])]) if inner else None
        words = re.findall(rb"\[[^\[\]]*\]|\d+", objects[int(at[1])].strip()[1:-1]) if at else []
        known[name] = {
            int(first) + k: float(width) / 1000
            for first, row in zip(words[::2], words[1::2], strict=True)
            for k, width in enumerate(row[1:-1].split())
        }
    return known


def _texts(content: bytes, fonts: dict[bytes, dict[int, float]]) -> Iterator[Text]:
    """All that is written, where the transformations put it."""
    stack: list[Matrix] = []
    now, at = UNIT, 0
    while found := MARK.search(content, at):
        at = found.end()
        if found[1] == b"q":
            stack.append(now)
        elif found[1] == b"Q":
            now = stack.pop()
        elif found[1] == b"cm":
            now = _times(_six(content[max(0, found.start() - 200) : found.start()].split()), now)
        else:
            end = content.index(b"\nET", at)
            yield from _block(WORD.findall(content[at:end]), now, fonts)
            at = end


def _block(words: list[bytes], now: Matrix, fonts: dict[bytes, dict[int, float]]) -> Iterator[Text]:
    """One piece of text: letters of one or more fonts, each where it is moved to."""
    place, font, size, letters = UNIT, b"", 0.0, ""
    corners: list[tuple[float, float]] = []
    largest = 0.0
    for k, word in enumerate(words):
        if word == b"Tf":
            font, size = words[k - 2][1:], float(words[k - 1])
        elif word == b"Td":
            place = _times((1, 0, 0, 1, float(words[k - 2]), float(words[k - 1])), place)
        elif word == b"Tm":
            place = _six(words[:k])
        elif word in (b"Tj", b"TJ"):
            begin = k - 1
            while word == b"TJ" and words[begin] != b"[":
                begin -= 1
            width = 0.0
            for part in words[begin:k]:
                if part.startswith(b"("):
                    codes = _codes(part[1:-1])
                    letters += "".join(map(chr, codes))
                    width += sum(fonts.get(font, {}).get(code, 0.5) for code in codes) * size
                elif part not in (b"[", b"]"):
                    width -= float(part) / 1000 * size
            whole = _times(place, now)
            ends = itertools.product((0.0, width), (-FALL * size, RISE * size))
            corners += [_moved(x, y, whole) for x, y in ends]
            largest = max(largest, size)
    if corners:
        x, y = zip(*corners, strict=True)
        level = min(abs(now[0]), abs(now[1])) < 1e-6
        yield Text(letters, largest, (min(x), min(y), max(x), max(y)), level)


def _codes(escaped: bytes) -> list[int]:
    """The letters of a string: two bytes each."""
    named = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
    plain = re.sub(rb"\\(.)", lambda m: named.get(m[1], m[1]), escaped, flags=re.DOTALL)
    return [256 * high + low for high, low in zip(plain[::2], plain[1::2], strict=False)]


def _six(words: list[bytes]) -> Matrix:
    a, b, c, d, e, f = map(float, words[-6:])
    return a, b, c, d, e, f


def _times(first: Matrix, then: Matrix) -> Matrix:
    a, b, c, d, e, f = first
    p, q, r, s, t, u = then
    return (
        a * p + b * r,
        a * q + b * s,
        c * p + d * r,
        c * q + d * s,
        e * p + f * r + t,
        e * q + f * s + u,
    )


def _moved(x: float, y: float, by: Matrix) -> tuple[float, float]:
    return x * by[0] + y * by[2] + by[4], x * by[1] + y * by[3] + by[5]
