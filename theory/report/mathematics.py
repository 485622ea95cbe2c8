"""Statements as HTML: the Markdown they use, and their LaTeX drawn as inline SVG by matplotlib, so
no network is needed.
"""

from __future__ import annotations

import functools
import html
import re

SIZE = 100.0  # units to the em


def rendered(text: str) -> str:
    """Paragraphs, **bold**, *italic*, `code`, $inline$ and $$displayed$$ formulas."""
    paragraphs = []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        pieces = re.split(r"(\$\$.+?\$\$|\$.+?\$)", paragraph, flags=re.DOTALL)
        paragraphs.append("<p>" + "".join(map(_piece, pieces)) + "</p>")
    return "\n".join(paragraphs)


def formulas(text: str) -> list[str]:
    """The LaTeX in a statement."""
    return [piece.strip("$") for piece in re.findall(r"\$\$.+?\$\$|\$.+?\$", text, flags=re.DOTALL)]


def _piece(piece: str) -> str:
    if piece.startswith("$$"):
        return f'<span class="display">{svg(piece.strip("$"))}</span>'
    if piece.startswith("$"):
        return svg(piece.strip("$"))
    plain = html.escape(piece)
    plain = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", plain)
    plain = re.sub(r"\*(.+?)\*", r"<i>\1</i>", plain)
    return re.sub(r"`(.+?)`", r"<code>\1</code>", plain)


@functools.cache
def svg(formula: str) -> str:
    """A formula as an inline picture on the text's baseline, in the text's colour; its LaTeX is the
    alternative text.
    """
    from matplotlib.font_manager import FontProperties
    from matplotlib.mathtext import MathTextParser
    from matplotlib.textpath import TextToPath

    flat = "$" + _known(" ".join(formula.split())) + "$"
    font = FontProperties(size=SIZE, math_fontfamily="stix")
    vertices, codes = TextToPath().get_text_path(font, flat, ismath=True)
    width, height, depth, *_ = MathTextParser("path").parse(flat, dpi=72, prop=font)
    depth, height = depth + 2, height + 2
    label = html.escape(formula, quote=True)
    return (
        f'<svg role="img" aria-label="{label}" '
        f'viewBox="0 {-height + depth:.0f} {width:.0f} {height:.0f}" '
        f'style="width:{width / SIZE:.3f}em;height:{height / SIZE:.3f}em;'
        f'vertical-align:{-depth / SIZE:.3f}em">'
        f'<title>{label}</title><path d="{_outline(vertices, codes)}"/></svg>'
    )


def _known(formula: str) -> str:
    """Fractions as mathtext knows them: one command, both parts in braces."""
    argument = r"\s*(\{(?:[^{}]|\{[^{}]*\})*\}|\\[a-zA-Z]+|[^\s\\{}])"

    def braced(match: re.Match[str]) -> str:
        return r"\frac" + "".join(
            "{" + _known(re.sub(r"^\{(.*)\}$", r"\1", part)) + "}" for part in match.groups()
        )

    return re.sub(r"\\[td]?frac(?![a-zA-Z])" + argument + argument, braced, formula)


def _outline(vertices: object, codes: object) -> str:
    """A matplotlib path as an SVG one; y grows downwards there."""
    letters, said, i = {1: "M", 2: "L", 3: "Q", 4: "C", 79: "Z"}, [], 0
    lengths = {1: 1, 2: 1, 3: 2, 4: 3, 79: 1}
    points = [(f"{x:.1f}".removesuffix(".0"), f"{-y:.1f}".removesuffix(".0")) for x, y in vertices]  # type: ignore[attr-defined]
    while i < len(points):
        code = int(codes[i])  # type: ignore[index]
        used = points[i : i + lengths[code]]
        said.append(letters[code] + ("" if code == 79 else " ".join(f"{x} {y}" for x, y in used)))
        i += lengths[code]
    return "".join(said)
