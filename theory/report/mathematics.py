"""Statements as HTML: their Markdown by markdown-it, their LaTeX as MathML, which a browser draws
without script, font or network.
"""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Sequence
from typing import Any

from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

FORMULA = re.compile(r"(?P<fence>\$\$?)(?P<latex>.+?)(?P=fence)", re.DOTALL)
# Bars are brackets here, |v|, and no relations, which browsers would set apart.
BAR = re.compile(r"<mo ([^>]*)>(?=&#x0007C;|&#x02016;)")
TIGHT = r'<mo \1 lspace="0" rspace="0">'
DISPLAYS = {"$": "inline", "$$": "block"}


def rendered(text: str) -> str:
    """Markdown with $inline$ and $$displayed$$ formulas."""
    return _markdown().render(text)


@functools.cache
def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False})
    markdown.inline.ruler.before("escape", "formula", _formula)
    markdown.add_render_rule("formula", _drawn)
    return markdown


def _formula(state: StateInline, silent: bool) -> bool:
    """A rule of markdown-it: what stands between dollars is LaTeX, whatever else it looks like."""
    found = FORMULA.match(state.src, state.pos)
    if found is None:
        return False
    if not silent:
        token = state.push("formula", "math", 0)
        token.content, token.markup = found["latex"], found["fence"]
    state.pos = found.end()
    return True


def _drawn(_: Any, tokens: Sequence[Token], index: int, *__: Any) -> str:
    """A formula that cannot be drawn is shown as written, whatever the converter says of it."""
    latex, display = tokens[index].content, DISPLAYS[tokens[index].markup]
    try:
        return BAR.sub(TIGHT, convert(latex, display=display))
    except Exception:
        return f"<code>{html.escape(latex)}</code>"
