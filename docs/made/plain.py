"""Text that is no Markdown, put into a page."""

import re


def plain(text: str) -> str:
    """With every sign escaped that Markdown would read; it may stand in a table."""
    return re.sub(r"([|*_\\`<$\[\]])", r"\\\1", text)
