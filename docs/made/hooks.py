"""What MkDocs is to do besides: pages get what is made from the code, formulas become MathML, which
browsers draw without a script.
"""

from __future__ import annotations

import html
import re
from typing import Any

from latex2mathml.converter import convert

FORMULA = re.compile(
    r'<(span|div) class="arithmatex">\\[(\[](.*?)\\[)\]]</\1>', re.DOTALL
)  # as arithmatex leaves them, wherever they stand but in code

NAME = re.compile(r"^::: mm\.(\S+)$", re.MULTILINE)  # a public name, on the pages under api/


def on_page_markdown(markdown: str, **_: Any) -> str:
    """The page with all it asks for."""
    return NAME.sub(
        r"\n::: minimax_lab.\1\n    options: {heading: mm.\1, toc_label: \1}\n", markdown
    )


def on_page_content(content: str, **_: Any) -> str:
    """The page with every formula as MathML."""
    return FORMULA.sub(lambda found: mathml(*found.groups()), content)


def mathml(element: str, latex: str) -> str:
    """One formula: a div is a displayed one."""
    display = "block" if element == "div" else "inline"
    drawn = convert(html.unescape(latex), display=display)
    return f'<{element} class="arithmatex">{drawn}</{element}>'
